/* SPDX-License-Identifier: ISC */
/* Name servers on loopback. */
#define _GNU_SOURCE
#include "tests/unit/fake_dns.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "tests/unit/fake_dns_in.h"
#include "uptime/dns/answer.h"

#define SERVERS 64

static struct server server[SERVERS];
static size_t nserver;
static pid_t child;
static unsigned *asked; /* shared with the child */

/* ---- the world, read ----------------------------------------------------- */

static void
lower(char out[256], const char *s)
{
	size_t n = strlen(s);

	if (n > 0 && s[n - 1] == '.')
		n--;
	assert(n < 256);
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
	out[n] = '\0';
}

static void
server_word(struct server *s, const char *w)
{
	const struct {
		const char *name;
		bool *flag;
	} words[] = { { "mute", &s->mute }, { "notcp", &s->notcp },
		{ "noudp", &s->noudp }, { "closedtcp", &s->closedtcp },
		{ "refuse", &s->refuse }, { "servfail", &s->servfail },
		{ "garbage", &s->garbage }, { "lame", &s->lame },
		{ "up", &s->up }, { "self", &s->self }, { "down", &s->down },
		{ "far", &s->far }, { "chaos", &s->chaos } };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].name, w) == 0) {
			*words[i].flag = true;
			return;
		}
	if (strncmp(w, "aaonly=", 7) == 0)
		lower(s->aaonly, w + 7);
	else
		fail_msg("server word %s", w);
}

static int
type_of(const char *s)
{
	static const struct {
		const char *name;
		int type;
	} types[] = { { "A", RR_A }, { "AAAA", RR_AAAA }, { "NS", RR_NS },
		{ "CNAME", RR_CNAME }, { "DS", RR_DS }, { "SOA", RR_SOA } };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, s) == 0)
			return types[i].type;
	return 0;
}

static struct zone *
read_zone(char *name, char **save)
{
	struct zone *z = xcalloc(1, sizeof *z);
	const char *w;

	lower(z->name, name);
	z->serial = 1;
	z->ttl = 300;
	while ((w = strtok_r(NULL, " ", save)) != NULL)
		if (strncmp(w, "signed=", 7) == 0) {
			z->is_signed = true;
			z->until = strtol(w + 7, NULL, 10);
		} else if (strncmp(w, "ttl=", 4) == 0) {
			z->ttl = (uint32_t)strtoul(w + 4, NULL, 10);
		} else {
			fail_msg("zone word %s", w);
		}
	return z;
}

static void
read_line(char *line)
{
	char *save = NULL, *w = strtok_r(line, " ", &save), *type, *data;
	struct server *s = nserver > 0 ? &server[nserver - 1] : NULL;
	struct record *r;
	struct zone *z;

	if (w == NULL)
		return;
	if (strcmp(w, "server") == 0) {
		s = &server[nserver++];
		memset(s, 0, sizeof *s);
		if (!ip_parse(strtok_r(NULL, " ", &save), 53, &s->ip))
			fail_msg("server's address");
		while ((w = strtok_r(NULL, " ", &save)) != NULL)
			server_word(s, w);
		return;
	}
	if (strcmp(w, "zone") == 0) {
		w = strtok_r(NULL, " ", &save);
		s->zone[s->n++] = read_zone(w, &save);
		return;
	}
	z = s->zone[s->n - 1];
	type = strtok_r(NULL, " ", &save);
	data = strtok_r(NULL, " ", &save);
	if (type == NULL || data == NULL || type_of(type) == 0)
		fail_msg("record of %s", w);
	if (type_of(type) == RR_SOA) {
		z->serial = (uint32_t)strtoul(data, NULL, 10);
		return;
	}
	r = &z->record[z->n++];
	lower(r->name, w);
	lower(r->data, data);
	r->type = type_of(type);
}

/* ---- sockets ------------------------------------------------------------ */

static int
listen_on(const struct ip *ip, int kind)
{
	int fd = socket(ip->family, kind | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_storage ss;
	socklen_t n = ip_sockaddr(ip, &ss);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	/* Children of the last world may hold the port for a moment yet. */
	for (int tries = 0; tries < 200; tries++) {
		if (bind(fd, (struct sockaddr *)&ss, n) == 0 &&
		    (kind != SOCK_STREAM || listen(fd, 64) == 0))
			return fd;
		if (errno != EADDRINUSE)
			break;
		poll(NULL, 0, 10);
	}
	close(fd);
	return -1;
}

static void
on_udp(size_t i)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	struct packet p;
	ssize_t n;

	n = recvfrom(server[i].udp, p.p, 2048, 0, (struct sockaddr *)&from,
	    &len);
	if (n < 12)
		return;
	asked[i]++;
	p.n = (size_t)n;
	if (!server[i].mute && !server[i].noudp &&
	    fake_dns_respond(&server[i], &p))
		sendto(server[i].udp, p.p, p.n, 0, (struct sockaddr *)&from,
		    len);
}

/* A child for each connection; who is mute keeps it. */
static void
on_tcp(size_t i)
{
	struct timeval wait = { 1, 0 };
	unsigned char size[2];
	struct packet p;
	int fd = accept(server[i].tcp, NULL, NULL);

	if (fd == -1)
		return;
	if (server[i].mute || server[i].notcp)
		return;
	if (fork() != 0) {
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	while (recv(fd, size, 2, MSG_WAITALL) == 2) {
		p.n = (size_t)(size[0] << 8 | size[1]);
		if (p.n < 12 || p.n > 2048 ||
		    recv(fd, p.p, p.n, MSG_WAITALL) != (ssize_t)p.n)
			break;
		asked[i]++;
		if (!fake_dns_respond(&server[i], &p))
			break;
		size[0] = (unsigned char)(p.n >> 8);
		size[1] = (unsigned char)p.n;
		send(fd, size, 2, MSG_NOSIGNAL | MSG_MORE);
		send(fd, p.p, p.n, MSG_NOSIGNAL);
	}
	_exit(0);
}

static void
serve(void)
{
	struct pollfd fds[2 * SERVERS];

	for (;;) {
		for (size_t i = 0; i < nserver; i++) {
			fds[2 * i].fd = server[i].udp;
			fds[2 * i + 1].fd = server[i].tcp;
			fds[2 * i].events = fds[2 * i + 1].events = POLLIN;
		}
		if (poll(fds, 2 * nserver, -1) == -1)
			continue;
		for (size_t i = 0; i < nserver; i++) {
			if (fds[2 * i].revents != 0)
				on_udp(i);
			if (fds[2 * i + 1].revents != 0)
				on_tcp(i);
		}
	}
}

/*
 * The socket is the mutex: whoever has it owns the range, until the process
 * ends.  The same test may run twice at once, with and without sanitizers.
 */
bool
fake_dns_allowed(void)
{
	static const struct timespec nap = { 0, 50000000 };
	struct sockaddr_storage ss;
	socklen_t n;
	struct ip ip;
	int fd;

	ip_parse("127.241.255.254", 53, &ip);
	n = ip_sockaddr(&ip, &ss);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (int i = 0; i < 4000; i++) {
		if (bind(fd, (struct sockaddr *)&ss, n) == 0)
			return true;
		if (errno != EADDRINUSE)
			break;
		nanosleep(&nap, NULL);
	}
	close(fd);
	return false;
}

void
fake_dns_start(const char *world)
{
	char *text = xstrdup(world), *save = NULL, *line;
	struct server *s;

	assert_int_equal(child, 0);
	nserver = 0;
	for (line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		read_line(line);
	free(text);
	asked = mmap(NULL, SERVERS * sizeof *asked, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(asked, MAP_FAILED);
	for (size_t i = 0; i < nserver; i++) {
		s = &server[i];
		s->udp = listen_on(&s->ip, SOCK_DGRAM);
		s->tcp = s->closedtcp ? -1 : listen_on(&s->ip, SOCK_STREAM);
		assert_true(s->udp != -1 && (s->closedtcp || s->tcp != -1));
	}
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		signal(SIGSEGV, SIG_DFL); /* not cmocka's */
		signal(SIGPIPE, SIG_IGN);
		signal(SIGCHLD, SIG_IGN);
		serve();
	}
	for (size_t i = 0; i < nserver; i++) {
		close(server[i].udp);
		if (server[i].tcp != -1)
			close(server[i].tcp);
	}
}

void
fake_dns_stop(void)
{
	if (child == 0)
		return;
	setpgid(child, child);
	kill(-child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
	munmap(asked, SERVERS * sizeof *asked);
	for (size_t i = 0; i < nserver; i++)
		for (size_t k = 0; k < server[i].n; k++)
			free(server[i].zone[k]);
	nserver = 0;
}

unsigned
fake_dns_asked(const char *address)
{
	struct ip ip;

	ip_parse(address, 53, &ip);
	for (size_t i = 0; i < nserver; i++)
		if (ip_same_address(&server[i].ip, &ip))
			return asked[i];
	return 0;
}
