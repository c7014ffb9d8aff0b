/* SPDX-License-Identifier: ISC */
/* A web server that misbehaves as it is asked to: a process a connection. */
#define _GNU_SOURCE
#include "tests/unit/fake_httpd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIFE 120 /* s of a connection, at most */

void
fake_pause(long ms)
{
	const struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void
say(int fd, const char *p, size_t n)
{
	ssize_t k;

	for (; n > 0; n -= (size_t)k, p += k)
		if ((k = send(fd, p, n, MSG_NOSIGNAL)) <= 0)
			_exit(0);
}

static void
says(int fd, const char *s)
{
	say(fd, s, strlen(s));
}

static void
reset(int fd)
{
	const struct linger now = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
	_exit(0);
}

static void
repeat(int fd, const char *s, long times)
{
	char block[16384];
	size_t len = strlen(s), n = 0;

	for (; times != 0; times--) {
		if (n + len > sizeof block) {
			say(fd, block, n);
			n = 0;
		}
		memcpy(block + n, s, len);
		n += len;
	}
	say(fd, block, n);
}

static void
drip(int fd)
{
	for (;;) {
		says(fd, "x");
		fake_pause(50);
	}
}

/* Its own address, which is the one that was asked. */
static void
who(int fd)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof a;
	char text[64] = "", reply[200];
	const char *shown = text;

	getsockname(fd, (struct sockaddr *)&a, &len);
	inet_ntop(AF_INET6, &a.sin6_addr, text, sizeof text);
	if (strncmp(shown, "::ffff:", 7) == 0)
		shown += 7;
	snprintf(reply, sizeof reply,
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(shown),
	    shown);
	says(fd, reply);
}

static void
echo(int fd, const char *request)
{
	char head[100];

	snprintf(head, sizeof head,
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(request));
	says(fd, head);
	says(fd, request);
}

#define OK "HTTP/1.1 200 OK\r\n"

/* A path and the whole reply, after which the connection is closed. */
static const struct {
	const char *path, *reply;
} simple[] = {
	{ "/ok", OK "Content-Length: 9\r\nX-A: 1\r\n\r\n success\n" },
	{ "/500", "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops" },
	{ "/redirect",
	    "HTTP/1.1 302 Found\r\nLocation:  /ok \r\nContent-Length: 0"
	    "\r\n\r\n" },
	{ "/early",
	    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" OK
	    "Content-Length: 2\r\n\r\nhi" },
	{ "/early-end", "HTTP/1.1 103 Early Hints\r\nLocation: /x\r\n\r\n" },
	{ "/trailers",
	    OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
	       "X-Late: 1\r\n\r\n" },
	{ "/old", "HTTP/1.0 200 OK\r\n\r\nuntil the end" },
	{ "/cut", OK "Content-Length: 100\r\n\r\nonly this" },
	{ "/chunk-cut",
	    OK "Transfer-Encoding: chunked\r\n\r\n20\r\nonly this" },
	{ "/chunk-bad", OK "Transfer-Encoding: chunked\r\n\r\nzz\r\nthis" },
	{ "/head-cut", OK "Content-Length: 100\r\nX-Hal" },
	{ "/status-cut", "HTTP/1.1 20" },
	{ "/empty", "" },
	{ "/http09", "<html>hello</html>" },
	{ "/ssh", "SSH-2.0-OpenSSH_9.2\r\n" },
	{ "/bad-status", "HTTP/1.1 abc\r\n\r\n" },
	{ "/bad-length", OK "Content-Length: -5\r\n\r\nx" },
	{ "/cookie",
	    OK "Set-Cookie: id=42; Path=/\r\nContent-Length: 0\r\n\r\n" },
	{ "/gzip",
	    OK "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n"
	       "\x1f\x8b\x08\x09\x09" },
	{ "/twice",
	    OK "Content-Length: 2\r\n\r\nhi" OK "Content-Length: 2\r\n\r\nho" },
};

static void
special(int fd, const char *path)
{
	if (strcmp(path, "/rst") == 0)
		reset(fd);
	if (strcmp(path, "/who") == 0)
		who(fd);
	if (strcmp(path, "/silent") == 0)
		fake_pause(LIFE * 1000);
	if (strcmp(path, "/big") == 0) {
		says(fd, OK "Content-Length: 300000\r\n\r\n");
		repeat(fd, "0123456789", 30000);
	}
	if (strcmp(path, "/drip") == 0) {
		says(fd, OK "Content-Length: 100000\r\n\r\n");
		drip(fd);
	}
	if (strcmp(path, "/head-drip") == 0) {
		says(fd, OK "X-Long: ");
		drip(fd);
	}
	if (strcmp(path, "/endless") == 0) {
		says(fd, OK "\r\n");
		repeat(fd, "0123456789abcdef", -1);
	}
	if (strcmp(path, "/endless-hints") == 0)
		repeat(fd, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", -1);
	if (strcmp(path, "/heads") == 0) {
		says(fd, OK);
		repeat(fd, "X-Many: 0123456789012345678901234567890\r\n",
		    26000);
		says(fd, "\r\n");
	}
	if (strcmp(path, "/endless-trailers") == 0) {
		says(fd, OK "Transfer-Encoding: chunked\r\n\r\n0\r\n");
		repeat(fd, "X-Late: 0123456789\r\n", -1);
	}
	if (strcmp(path, "/long-line") == 0) {
		says(fd, OK "X-Long: ");
		repeat(fd, "0123456789", 20000);
		says(fd, "\r\n\r\n");
	}
	if (strcmp(path, "/pieces") == 0)
		for (const char *c = "a banner"; *c != '\0'; c++) {
			say(fd, c, 1);
			fake_pause(20);
		}
	if (strcmp(path, "/cut-rst") == 0) {
		says(fd, OK "Content-Length: 100\r\n\r\nonly this");
		fake_pause(50);
		reset(fd);
	}
	if (strcmp(path, "/half") == 0) {
		says(fd, OK "Content-Length: 100\r\n\r\nonly this");
		shutdown(fd, SHUT_WR);
		fake_pause(LIFE * 1000);
	}
}

static void
answer(int fd, char *request)
{
	char *path = strchr(request, ' '), *end;
	char copy[200] = "";

	if (path == NULL)
		return;
	path++;
	if ((end = strchr(path, ' ')) != NULL)
		snprintf(copy, sizeof copy, "%.*s", (int)(end - path), path);
	if (strncmp(copy, "/echo", 5) == 0)
		echo(fd, request);
	for (size_t i = 0; i < sizeof simple / sizeof *simple; i++)
		if (strcmp(copy, simple[i].path) == 0)
			says(fd, simple[i].reply);
	special(fd, copy);
}

/* Until text is there, or the other end is gone. */
static void
hear(int fd, char *s, size_t size, const char *text)
{
	size_t n = 0;
	ssize_t k;

	*s = '\0';
	while (strstr(s, text) == NULL && n + 1 < size) {
		if ((k = recv(fd, s + n, size - n - 1, 0)) <= 0)
			return;
		n += (size_t)k;
		s[n] = '\0';
	}
}

/* So many bytes more. */
static void
hear_body(int fd, char *request, size_t size)
{
	const char *length = strstr(request, "Content-Length: ");
	const char *body = strstr(request, "\r\n\r\n");
	size_t n = strlen(request), want;
	ssize_t k;

	if (length == NULL || body == NULL)
		return;
	want = (size_t)(body + 4 - request) + strtoul(length + 16, NULL, 10);
	while (n < want && want < size) {
		if ((k = recv(fd, request + n, want - n, 0)) <= 0)
			return;
		n += (size_t)k;
		request[n] = '\0';
	}
}

static void
serve(int fd, const char *greeting)
{
	char request[20000], part[2000];

	if (greeting != NULL && *greeting == '\0') {
		recv(fd, part, sizeof part, 0);
		return;
	}
	if (greeting != NULL && *greeting == '\001') {
		recv(fd, part, sizeof part, 0);
		reset(fd);
	}
	if (greeting != NULL) {
		says(fd, greeting);
		hear(fd, request, sizeof request, "\n");
		says(fd, "and: ");
		says(fd, request);
		return;
	}
	hear(fd, request, sizeof request, "\r\n\r\n");
	hear_body(fd, request, sizeof request);
	answer(fd, request);
	/* what was not read would make a reset of the end */
	shutdown(fd, SHUT_WR);
	hear(fd, part, sizeof part, "\001");
}

/* Ends with its parent, even if that is dead already. */
static void
die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

static void
listen_forever(int s, const char *greeting, pid_t parent)
{
	pid_t self = getpid();
	int fd;

	die_with(parent);
	signal(SIGCHLD, SIG_IGN);
	while ((fd = accept(s, NULL, NULL)) != -1) {
		if (fork() == 0) {
			die_with(self);
			alarm(LIFE);
			close(s);
			serve(fd, greeting);
			_exit(0);
		}
		close(fd);
	}
	_exit(1);
}

void
fake_httpd_start(struct fake_httpd *f, const char *greeting)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof a;
	int s = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), no = 0;
	pid_t parent = getpid();

	assert_int_not_equal(s, -1);
	setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
	/* as far as we may */
	setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
	assert_int_equal(bind(s, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(s, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(listen(s, 1024), 0);
	f->port = ntohs(a.sin6_port);
	if ((f->pid = fork()) == 0)
		listen_forever(s, greeting, parent);
	assert_int_not_equal(f->pid, -1);
	close(s);
}

void
fake_httpd_stop(struct fake_httpd *f)
{
	fake_program_end(f->pid);
}

int
fake_port(int backlog, uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof a;
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(0x7f1f0001);
	assert_int_equal(bind(s, (struct sockaddr *)&a, len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(s, backlog), 0);
	assert_int_equal(getsockname(s, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return s;
}

pid_t
fake_program(const char *output, char *const *argv)
{
	pid_t parent = getpid(), pid = fork();
	int fd;

	assert_int_not_equal(pid, -1);
	if (pid != 0)
		return pid;
	die_with(parent);
	fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	execvp(argv[0], argv);
	_exit(127);
}

void
fake_program_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
