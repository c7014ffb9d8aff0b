/* SPDX-License-Identifier: ISC */
/* Where a log's bytes come from. */
#define _GNU_SOURCE /* SEEK_DATA */
#include "watchdog/read/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "watchdog/read/unpack.h"

#define HEAD 1024           /* bytes that are kept: of the begin, where a log */
#define WINDOW (256 * 1024) /* is known by, and before the place reached */

struct input {
	ssize_t (*read)(struct input *, void *, size_t, int64_t);
	int fd;
	ssize_t (*make)(void *, void *, size_t);
	void *arg;
	int64_t at; /* behind the last byte read, of what comes in order */
	struct unpack *unpack;
	char *head, *window; /* of what was unpacked; byte i of the content is
			      * at i % WINDOW */
};

static struct input *
input_new(ssize_t (*read)(struct input *, void *, size_t, int64_t), int fd)
{
	struct input *in = xcalloc(1, sizeof *in);

	in->read = read;
	in->fd = fd;
	return in;
}

void
input_free(struct input *in)
{
	if (in == NULL)
		return;
	unpack_free(in->unpack);
	free(in->head);
	free(in->window);
	free(in);
}

static ssize_t
read_file(struct input *in, void *to, size_t n, int64_t offset)
{
	ssize_t k;

	do
		k = pread(in->fd, to, n, (off_t)offset);
	while (k == -1 && errno == EINTR);
	return k;
}

struct input *
input_file(int fd)
{
	return input_new(read_file, fd);
}

int64_t
input_data(const struct input *in, int64_t offset)
{
	off_t was, to;
	int error = errno;

	if (in->read != read_file || (was = lseek(in->fd, 0, SEEK_CUR)) == -1)
		return offset;
	to = lseek(in->fd, (off_t)offset, SEEK_DATA);
	if (to == -1 && errno == ENXIO)
		to = lseek(in->fd, 0, SEEK_END);
	lseek(in->fd, was, SEEK_SET);
	errno = error;
	return to > offset ? (int64_t)to : offset;
}

static ssize_t
read_pipe(struct input *in, void *to, size_t n, int64_t offset)
{
	struct pollfd wait = { .fd = in->fd, .events = POLLIN };
	ssize_t k;

	if (offset != in->at) {
		errno = ESPIPE;
		return -1;
	}
	for (;;) {
		k = in->make != NULL ? in->make(in->arg, to, n) :
				       read(in->fd, to, n);
		if (k >= 0) {
			in->at += k;
			return k;
		}
		/* a pipe that somebody else made non-blocking */
		if (errno == EAGAIN && in->make == NULL)
			poll(&wait, 1, -1);
		else if (errno != EINTR)
			return -1;
	}
}

struct input *
input_pipe(int fd)
{
	return input_new(read_pipe, fd);
}

struct input *
input_made(ssize_t (*read)(void *, void *, size_t), void *arg)
{
	struct input *in = input_new(read_pipe, -1);

	in->make = read;
	in->arg = arg;
	return in;
}

/* Unpacks up to n bytes more, into the window. */
static ssize_t
advance(struct input *in, int64_t n)
{
	size_t i = (size_t)(in->at % WINDOW);
	ssize_t k;

	if (n > (int64_t)(WINDOW - i))
		n = (int64_t)(WINDOW - i);
	k = unpack_read(in->unpack, in->window + i, (size_t)n);
	if (k <= 0)
		return k;
	/* the window begins to be used at 0, so does the head */
	if (in->at < HEAD)
		memcpy(in->head, in->window, HEAD);
	in->at += k;
	return k;
}

static ssize_t
read_packed(struct input *in, void *to, size_t n, int64_t offset)
{
	int64_t head = in->at < HEAD ? in->at : HEAD, room = (int64_t)n;
	ssize_t k = 1;
	size_t i;

	if (in->window == NULL) {
		in->head = xcalloc(1, HEAD);
		in->window = xcalloc(1, WINDOW);
		in->unpack = unpack_new(in->fd);
	}
	if (offset < head) {
		if (room > head - offset)
			room = head - offset;
		memcpy(to, in->head + offset, (size_t)room);
		return (ssize_t)room;
	}
	if (offset < in->at - WINDOW) {
		unpack_free(in->unpack);
		in->unpack = unpack_new(in->fd);
		in->at = 0;
	}
	while (in->at < offset && k > 0)
		k = advance(in, offset - in->at);
	if (in->at == offset && k > 0)
		k = advance(in, room);
	if (in->at <= offset)
		return k;
	/* what stands there in the window, in one piece */
	i = (size_t)(offset % WINDOW);
	if (room > in->at - offset)
		room = in->at - offset;
	if (room > (int64_t)(WINDOW - i))
		room = (int64_t)(WINDOW - i);
	memcpy(to, in->window + i, (size_t)room);
	return (ssize_t)room;
}

struct input *
input_packed(int fd)
{
	return input_new(read_packed, fd);
}

ssize_t
input_read(struct input *in, void *to, size_t n, int64_t offset)
{
	return in->read(in, to, n, offset);
}
