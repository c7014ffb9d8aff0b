/* SPDX-License-Identifier: ISC */
/*
 * hang ADDRESS PORT…: accepts every connection and never answers, until the
 * other end gives up.
 */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

static int
watch(int ep, int fd, int listens)
{
	struct epoll_event e = { .events = EPOLLIN,
		.data.u64 = (uint64_t)fd << 1 | (uint64_t)listens };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static int
listen_on(const char *address, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtol(port, NULL, 10)) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (inet_pton(AF_INET, address, &a.sin_addr) != 1)
		errx(64, "%s: not an address", address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) == -1 ||
	    listen(fd, 4096) == -1)
		err(71, "%s:%s", address, port);
	return fd;
}

int
main(int argc, char **argv)
{
	static char waste[65536];
	struct epoll_event e;
	int ep = epoll_create1(0), fd, i;

	if (argc < 3)
		errx(64, "usage: hang ADDRESS PORT…");
	for (i = 2; i < argc; i++)
		watch(ep, listen_on(argv[1], argv[i]), 1);
	for (;;) {
		if (epoll_wait(ep, &e, 1, -1) != 1)
			continue;
		fd = (int)(e.data.u64 >> 1);
		if (e.data.u64 & 1) {
			while (
			    (i = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) != -1)
				if (watch(ep, i, 0) == -1)
					close(i);
		} else if (read(fd, waste, sizeof waste) <= 0) {
			close(fd);
		}
	}
}
