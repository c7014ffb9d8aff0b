/* SPDX-License-Identifier: ISC */
/* Blocks of whole lines from a descriptor. */
#include "watchdog/read/reader.h"

#include <sys/types.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "watchdog/read/cut.h"

struct reader {
	int fd;
	bool stream; /* read(2); else pread(2) up to end */
	bool finished;
	bool ended; /* nothing more comes */
	/* The line at pos is over-long: READER_LINE bytes of it are kept, its
	 * end is not found yet. */
	bool skipping;
	int64_t at, end; /* offset of what is read next, and the limit */
	int64_t cut;     /* bytes left out of the line at pos */
	char *buf;
	size_t pos, have; /* what waits in it */
	uint32_t *ends;
};

struct reader *
reader_new(int fd, int64_t from, int64_t end, bool finished)
{
	struct reader *r = xcalloc(1, sizeof *r);

	r->fd = fd;
	r->stream = end < 0;
	r->finished = finished;
	r->at = from;
	r->end = end;
	r->buf = xmalloc(READER_LINE + READER_BLOCK);
	r->ends = xreallocarray(NULL, READER_LINES + CUT_SLACK,
	    sizeof *r->ends);
	return r;
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	free(r->buf);
	free(r->ends);
	free(r);
}

int64_t
reader_pending(const struct reader *r)
{
	return (int64_t)(r->have - r->pos) + r->cut;
}

int64_t
reader_offset(const struct reader *r)
{
	return r->at - reader_pending(r);
}

/* One read; 0 at the end, -1 with errno. */
static ssize_t
read_some(struct reader *r, char *to)
{
	struct pollfd wait = { .fd = r->fd, .events = POLLIN };
	size_t max = READER_BLOCK;
	ssize_t n;

	if (!r->stream && r->end - r->at < (int64_t)max)
		max = r->end > r->at ? (size_t)(r->end - r->at) : 0;
	if (max == 0)
		return 0;
	for (;;) {
		n = r->stream ? read(r->fd, to, max) :
				pread(r->fd, to, max, (off_t)r->at);
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return n;
		/* a pipe that somebody else made non-blocking */
		if (errno == EAGAIN)
			poll(&wait, 1, -1);
	}
}

/* The line at pos is longer than what is kept of one. */
static void
shorten(struct reader *r)
{
	if (r->have - r->pos <= READER_LINE)
		return;
	r->skipping = true;
	r->cut += (int64_t)(r->have - r->pos - READER_LINE);
	r->have = r->pos + READER_LINE;
}

/* Gets more behind what waits, which has no line end; false: errno. */
static bool
fill(struct reader *r)
{
	ssize_t n;

	shorten(r);
	memmove(r->buf, r->buf + r->pos, r->have - r->pos);
	r->have -= r->pos;
	r->pos = 0;
	n = read_some(r, r->buf + r->have);
	if (n < 0)
		return false;
	r->ended = n == 0;
	r->at += n;
	r->have += (size_t)n;
	return true;
}

/* The rest of an over-long line, in what was just read: dropped. */
static bool
skip(struct reader *r, struct lines *l)
{
	char *more = r->buf + READER_LINE;
	char *lf = memchr(more, '\n', r->have - READER_LINE);

	if (lf == NULL) {
		r->cut += (int64_t)(r->have - READER_LINE);
		r->have = READER_LINE;
		return false;
	}
	l->p = r->buf;
	l->offset = reader_offset(r);
	l->n = 1;
	l->end = r->ends;
	l->cut = r->cut + (lf - more);
	r->pos = (size_t)(lf + 1 - r->buf);
	/* it ends like any other line, behind what is kept of it */
	*more = '\n';
	r->ends[0] = READER_LINE + 1;
	r->cut = 0;
	r->skipping = false;
	return true;
}

/* How many of the ends from the i-th on are at most `limit`. */
static size_t
ends_within(const uint32_t *end, size_t i, size_t n, uint64_t limit)
{
	size_t mid, from = i;

	while (i < n) {
		mid = i + (n - i) / 2;
		if (end[mid] <= limit)
			i = mid + 1;
		else
			n = mid;
	}
	return i - from;
}

/*
 * Index of the first over-long line.  It goes in hops of READER_LINE: lines
 * inside a hop are short enough, one that is not begins where a hop begins.
 */
static size_t
first_long(const uint32_t *end, size_t n)
{
	size_t i = 0, k;

	while (i < n) {
		k = ends_within(end, i, n,
		    (i == 0 ? 0 : end[i - 1]) + (uint64_t)READER_LINE + 1);
		if (k == 0)
			break;
		i += k;
	}
	return i;
}

/* Hands out what is there in whole lines; false if there is none. */
static bool
hand_out(struct reader *r, struct lines *l)
{
	size_t n = cut_lines(r->buf + r->pos, r->have - r->pos, r->ends,
	    READER_LINES);
	size_t whole, len;

	if (n == 0)
		return false;
	l->p = r->buf + r->pos;
	l->offset = reader_offset(r);
	l->end = r->ends;
	l->cut = 0;
	whole = first_long(r->ends, n);
	l->n = whole > 0 ? whole : 1;
	len = r->ends[l->n - 1];
	r->pos += len;
	if (whole == 0) {
		l->cut = (int64_t)len - READER_LINE - 1;
		r->ends[0] = READER_LINE + 1;
		r->buf[r->pos - len + READER_LINE] = '\n';
	}
	return true;
}

/* The unterminated line that waits is the last one. */
static void
hand_out_last(struct reader *r, struct lines *l)
{
	shorten(r);
	l->p = r->buf + r->pos;
	l->offset = reader_offset(r);
	l->n = 1;
	l->end = r->ends;
	r->ends[0] = (uint32_t)(r->have - r->pos);
	l->cut = r->cut;
	r->pos = r->have;
	r->cut = 0;
	r->skipping = false;
}

enum reader_status
reader_next(struct reader *r, struct lines *l)
{
	if (!r->skipping && hand_out(r, l))
		return READER_LINES_READ;
	while (!r->ended) {
		if (!fill(r))
			return READER_ERROR;
		if (r->ended)
			break;
		if (r->skipping ? skip(r, l) : hand_out(r, l))
			return READER_LINES_READ;
	}
	if (!r->finished || r->have == r->pos)
		return READER_END;
	hand_out_last(r, l);
	return READER_LINES_READ;
}
