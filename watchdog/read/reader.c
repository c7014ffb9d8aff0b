/* SPDX-License-Identifier: ISC */
/* Blocks of whole lines from an input. */
#include "watchdog/read/reader.h"

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/read/cut.h"
#include "watchdog/read/input.h"

struct reader {
	struct input *in;
	bool finished;
	bool ended; /* nothing more comes */
	/* The line at pos is over-long: READER_LINE bytes of it are kept, its
	 * end is not found yet. */
	bool skipping;
	int64_t at, end; /* offset of what is read next, and the limit */
	int64_t cut;     /* bytes left out of the line at pos */
	int64_t hole;    /* bytes left out in front of pos */
	char *buf;
	size_t pos, have; /* what waits in it */
	uint32_t *ends;
};

struct reader *
reader_new(struct input *in, int64_t from, int64_t end, bool finished)
{
	struct reader *r = xcalloc(1, sizeof *r);

	r->in = in;
	r->finished = finished;
	r->at = from;
	r->end = end < 0 ? INT64_MAX : end;
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
	return (int64_t)(r->have - r->pos) + r->cut + r->hole;
}

int64_t
reader_offset(const struct reader *r)
{
	return r->at - reader_pending(r);
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

/* In a hole, or where nothing is kept, what is not on the disk need not be
 * read. */
static void
jump(struct reader *r)
{
	int64_t to;

	if (!r->skipping && r->hole == 0)
		return;
	to = input_data(r->in, r->at);
	if (to > r->end)
		to = r->end;
	if (to <= r->at)
		return;
	if (r->skipping)
		r->cut += to - r->at;
	else
		r->hole += to - r->at;
	r->at = to;
}

/* Gets more behind what waits, which has no line end; false: errno. */
static bool
fill(struct reader *r)
{
	size_t max = READER_BLOCK;
	ssize_t n = 0;

	shorten(r);
	memmove(r->buf, r->buf + r->pos, r->have - r->pos);
	r->have -= r->pos;
	r->pos = 0;
	jump(r);
	if (r->end - r->at < (int64_t)max)
		max = r->end > r->at ? (size_t)(r->end - r->at) : 0;
	if (max > 0)
		n = input_read(r->in, r->buf + r->have, max, r->at);
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
	l->hole = 0;
	r->pos = (size_t)(lf + 1 - r->buf);
	/* it ends like any other line, behind what is kept of it */
	*more = '\n';
	r->ends[0] = READER_LINE + 1;
	r->cut = 0;
	r->skipping = false;
	return true;
}

/* How many NUL bytes stand at p. */
static size_t
nuls(const char *p, size_t n)
{
	static const char zero[4096];
	size_t i = 0;

	while (n - i >= sizeof zero && memcmp(p + i, zero, sizeof zero) == 0)
		i += sizeof zero;
	while (i < n && p[i] == '\0')
		i++;
	return i;
}

/* The hole in front of the line at pos; false: there is none, or its end is
 * not found yet. */
static bool
hand_out_hole(struct reader *r, struct lines *l)
{
	size_t n = nuls(r->buf + r->pos, r->have - r->pos);

	r->pos += n;
	r->hole += (int64_t)n;
	if (r->hole == 0 || (r->pos == r->have && !(r->ended && r->finished)))
		return false;
	l->p = r->buf + r->pos;
	l->n = 0;
	l->end = r->ends;
	l->cut = 0;
	l->hole = r->hole;
	r->hole = 0;
	l->offset = reader_offset(r);
	return true;
}

/* How many of n lines come before one that begins with a hole. */
static size_t
lines_before_hole(const char *p, const uint32_t *end, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[end[i - 1]] == '\0')
			return i;
	return n;
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
	size_t n, whole, len;

	if (hand_out_hole(r, l))
		return true;
	n = cut_lines(r->buf + r->pos, r->have - r->pos, r->ends, READER_LINES);
	if (n == 0)
		return false;
	l->p = r->buf + r->pos;
	l->offset = reader_offset(r);
	l->end = r->ends;
	l->cut = 0;
	l->hole = 0;
	n = lines_before_hole(l->p, r->ends, n);
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
	l->hole = 0;
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
	if (!r->skipping && hand_out_hole(r, l))
		return READER_LINES_READ;
	if (!r->finished || r->have == r->pos)
		return READER_END;
	hand_out_last(r, l);
	return READER_LINES_READ;
}
