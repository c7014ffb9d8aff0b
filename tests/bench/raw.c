/* SPDX-License-Identifier: ISC */
/*
 * raw [-s] [-n IN-FLIGHT] [-t MS] RESOLVER: the floor that probes are measured
 * against.  For each host name on stdin: its A and AAAA by UDP, a connection,
 * GET /, a body that must be "success", and nothing that could be left out.
 * -s: TLS on port 443, chain and name verified, one SSL_CTX for all.  Prints
 * how many were good, refused, hung and otherwise bad.
 */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define NAME 64       /* bytes of a host name */
#define REPLY 2048    /* bytes of a reply that are looked at */
#define QUESTIONS 400 /* names that are being looked up at once */

enum step { ASKING, CONNECTING, SHAKING, SENDING, READING, DONE };

struct job {
	char host[NAME];
	enum step step;
	uint16_t id[2]; /* of the questions for A and AAAA; 0: answered */
	struct in_addr ip;
	int fd;
	SSL *ssl;
	int64_t end;       /* ms */
	struct job *later; /* of those that wait, in order of their ends */
	size_t got;
	char reply[REPLY];
};

static struct {
	struct job *job;
	size_t n, begun, connected, asking, flying, done;
	size_t good, refused, hung, bad;
	size_t limit;     /* of connections at once */
	int64_t patience; /* ms */
	int epoll, dns;
	SSL_CTX *tls; /* NULL: plain */
	struct job *by_id[65536];
	struct job *first, *last; /* that wait, the oldest first */
} all;

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
finish(struct job *j, size_t *count)
{
	if (j->step == ASKING)
		all.asking--;
	else
		all.flying--;
	for (int i = 0; i < 2; i++)
		all.by_id[j->id[i]] = NULL;
	SSL_free(j->ssl);
	if (j->fd != -1)
		close(j->fd);
	j->ssl = NULL;
	j->fd = -1;
	j->step = DONE;
	all.done++;
	(*count)++;
}

/* ---- DNS -------------------------------------------------------------- */

static uint16_t
random_id(void)
{
	static uint16_t pool[2048];
	static size_t left;

	if (left == 0) {
		/* Up to 256 bytes come whole. */
		for (size_t i = 0; i < sizeof pool; i += 256)
			if (getrandom((char *)pool + i, 256, 0) != 256)
				err(71, "getrandom");
		left = sizeof pool / sizeof *pool;
	}
	return pool[--left];
}

static void
question(struct job *j, int which)
{
	unsigned char p[NAME + 18] = { 0 };
	const char *s = j->host;
	size_t at = 12, n;
	uint16_t id;

	do
		id = random_id();
	while (id == 0 || all.by_id[id] != NULL);
	all.by_id[id] = j;
	j->id[which] = id;
	p[0] = (unsigned char)(id >> 8);
	p[1] = (unsigned char)id;
	p[2] = 1; /* recursion is wanted */
	p[5] = 1; /* one question */
	for (; *s != '\0'; s += n + (s[n] == '.')) {
		n = strcspn(s, ".");
		p[at++] = (unsigned char)n;
		memcpy(p + at, s, n);
		at += n;
	}
	p[at + 2] = which == 0 ? 1 : 28;
	p[at + 4] = 1;
	if (send(all.dns, p, at + 5, 0) == -1)
		err(71, "send");
}

/* The owner of a record: labels, or a pointer. */
static const unsigned char *
skip_name(const unsigned char *p, const unsigned char *end)
{
	while (p < end && *p != 0 && *p < 0xc0)
		p += *p + 1;
	return p < end && *p >= 0xc0 ? p + 2 : p + 1;
}

static void
answer(const unsigned char *p, size_t len, struct job *j)
{
	const unsigned char *end = p + len, *at = p + 12;
	int n = p[6] << 8 | p[7];

	for (at = skip_name(at, end) + 4; n > 0 && at < end; n--) {
		at = skip_name(at, end);
		if (at + 14 <= end && at[1] == 1 && at[9] == 4)
			memcpy(&j->ip, at + 10, 4);
		if (at + 10 > end)
			break;
		at += 10 + (at[8] << 8 | at[9]);
	}
}

static void dial(struct job *);

static void
answers(void)
{
	unsigned char p[1500];
	struct job *j;
	ssize_t n;
	int id, which;

	while ((n = recv(all.dns, p, sizeof p, MSG_DONTWAIT)) > 12) {
		id = p[0] << 8 | p[1];
		if ((j = all.by_id[id]) == NULL)
			continue;
		all.by_id[id] = NULL;
		which = j->id[0] != id;
		j->id[which] = 0;
		if (which == 0)
			answer(p, (size_t)n, j);
		if (j->id[0] != 0 || j->id[1] != 0)
			continue;
		if (j->ip.s_addr == 0)
			finish(j, &all.bad);
		else
			dial(j);
	}
}

/* ---- the probe -------------------------------------------------------- */

static bool
is_success(const struct job *j)
{
	const char *body = memmem(j->reply, j->got, "\r\n\r\n", 4);
	size_t n;

	if (body == NULL || strncmp(j->reply, "HTTP/1.1 200 ", 13) != 0)
		return false;
	body += 4;
	n = j->got - (size_t)(body - j->reply);
	while (n > 0 && strchr("\r\n\t ", body[n - 1]) != NULL)
		n--;
	return n == 7 && memcmp(body, "success", 7) == 0;
}

/* All of the length that was promised is there. */
static bool
is_whole(const struct job *j)
{
	const char *body = memmem(j->reply, j->got, "\r\n\r\n", 4);
	const char *length = memmem(j->reply, j->got,
	    "\r\nContent-Length: ", 18);

	return body != NULL && length != NULL && length < body &&
	    (size_t)(j->reply + j->got - body - 4) >=
	    strtoul(length + 18, NULL, 10);
}

/* 1: go on, 0: wait, -1: over. */
static int
result(struct job *j, int n)
{
	int e;

	if (n > 0)
		return 1;
	if (j->ssl == NULL)
		return n == -1 && errno == EAGAIN ? 0 : -1;
	e = SSL_get_error(j->ssl, n);
	return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static int
say(struct job *j)
{
	char ask[NAME + 80];
	int n = snprintf(ask, sizeof ask,
	    "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: raw\r\n"
	    "Accept: */*\r\n\r\n",
	    j->host);

	return j->ssl != NULL ? SSL_write(j->ssl, ask, n) :
				(int)send(j->fd, ask, (size_t)n, MSG_NOSIGNAL);
}

static int
hear(struct job *j)
{
	size_t room = REPLY - 1 - j->got;
	int n = j->ssl != NULL ?
	    SSL_read(j->ssl, j->reply + j->got, (int)room) :
	    (int)recv(j->fd, j->reply + j->got, room, 0);

	if (n > 0) {
		j->got += (size_t)n;
		j->reply[j->got] = '\0';
	}
	return n;
}

static int
connected(struct job *j)
{
	int error = 0;
	socklen_t n = sizeof error;

	getsockopt(j->fd, SOL_SOCKET, SO_ERROR, &error, &n);
	if (error != 0)
		return -1;
	if (all.tls == NULL) {
		j->step = SENDING;
		return 1;
	}
	j->ssl = SSL_new(all.tls);
	SSL_set_fd(j->ssl, j->fd);
	SSL_set_tlsext_host_name(j->ssl, j->host);
	SSL_set1_host(j->ssl, j->host);
	j->step = SHAKING;
	return 1;
}

/* As far as it comes. */
static void
work(struct job *j)
{
	int r = 1;

	while (r == 1)
		switch (j->step) {
		case CONNECTING:
			if (connected(j) == -1) {
				finish(j, &all.refused);
				return;
			}
			break;
		case SHAKING:
			if ((r = result(j, SSL_connect(j->ssl))) == 1)
				j->step = SENDING;
			break;
		case SENDING:
			if ((r = result(j, say(j))) == 1)
				j->step = READING;
			break;
		case READING:
			r = result(j, hear(j));
			if (r == 1 && !is_whole(j))
				break;
			if (r != 0) {
				finish(j, is_success(j) ? &all.good : &all.bad);
				return;
			}
			break;
		default:
			return;
		}
	if (r == -1)
		finish(j, &all.bad);
}

static void
dial(struct job *j)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(all.tls != NULL ? 443 : 80),
		.sin_addr = j->ip };
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.ptr = j };

	all.asking--;
	all.flying++;
	j->step = CONNECTING;
	j->end = now_ms() + all.patience;
	j->later = NULL;
	if (all.last != NULL)
		all.last->later = j;
	else
		all.first = j;
	all.last = j;
	j->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (j->fd == -1)
		err(71, "socket");
	if (connect(j->fd, (struct sockaddr *)&a, sizeof a) == -1 &&
	    errno != EINPROGRESS)
		finish(j, &all.refused);
	else
		epoll_ctl(all.epoll, EPOLL_CTL_ADD, j->fd, &e);
}

/* ---- the loop --------------------------------------------------------- */

static void
begin(void)
{
	struct job *j;

	while (all.begun < all.n && all.asking < QUESTIONS &&
	    all.asking + all.flying < all.limit) {
		j = &all.job[all.begun++];
		all.asking++;
		question(j, 0);
		question(j, 1);
	}
}

/* Returns how long to wait for. */
static int
expire(void)
{
	int64_t now = now_ms();

	while (all.first != NULL &&
	    (all.first->step == DONE || all.first->end <= now)) {
		if (all.first->step != DONE)
			finish(all.first, &all.hung);
		if ((all.first = all.first->later) == NULL)
			all.last = NULL;
	}
	return all.first != NULL ? (int)(all.first->end - now + 1) :
				   (int)all.patience;
}

static void
run(void)
{
	struct epoll_event e[256];
	int n, wait;

	while (all.done < all.n) {
		begin();
		wait = expire();
		if (all.done == all.n)
			break;
		n = epoll_wait(all.epoll, e, 256, wait);
		if (n == 0 && all.flying == 0)
			errx(69, "the resolver does not answer");
		for (int i = 0; i < n; i++)
			if (e[i].data.ptr == NULL)
				answers();
			else
				work(e[i].data.ptr);
	}
}

static void
read_names(void)
{
	char line[NAME + 2];
	size_t room = 0;

	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (all.n == room) {
			room = room == 0 ? 16384 : room * 2;
			all.job = reallocarray(all.job, room, sizeof *all.job);
			if (all.job == NULL)
				err(71, NULL);
		}
		memset(&all.job[all.n], 0, sizeof *all.job);
		memcpy(all.job[all.n].host, line, NAME);
		all.job[all.n++].fd = -1;
	}
}

static void
start(const char *resolver, bool tls)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct epoll_event e = { .events = EPOLLIN };
	int size = 4 << 20;

	if (inet_pton(AF_INET, resolver, &a.sin_addr) != 1)
		errx(64, "%s: not an address", resolver);
	all.epoll = epoll_create1(EPOLL_CLOEXEC);
	all.dns = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(all.dns, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (connect(all.dns, (struct sockaddr *)&a, sizeof a) == -1)
		err(71, "%s", resolver);
	epoll_ctl(all.epoll, EPOLL_CTL_ADD, all.dns, &e);
	if (!tls)
		return;
	all.tls = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(all.tls, SSL_VERIFY_PEER, NULL);
	/* A directory: only the authorities that are met are read. */
	if (X509_STORE_load_path(SSL_CTX_get_cert_store(all.tls),
		"/etc/ssl/certs") != 1)
		errx(71, "/etc/ssl/certs");
}

int
main(int argc, char **argv)
{
	bool tls = false;
	int c;

	all.limit = 1000;
	all.patience = 5000;
	while ((c = getopt(argc, argv, "sn:t:")) != -1)
		switch (c) {
		case 's':
			tls = true;
			break;
		case 'n':
			all.limit = strtoul(optarg, NULL, 10);
			break;
		case 't':
			all.patience = strtol(optarg, NULL, 10);
			break;
		default:
			return 64;
		}
	if (argc - optind != 1)
		errx(64, "usage: raw [-s] [-n IN-FLIGHT] [-t MS] RESOLVER");
	signal(SIGPIPE, SIG_IGN);
	start(argv[optind], tls);
	read_names();
	run();
	printf("good %zu refused %zu hung %zu bad %zu\n", all.good, all.refused,
	    all.hung, all.bad);
	SSL_CTX_free(all.tls);
	free(all.job);
	return 0;
}
