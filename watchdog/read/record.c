/* SPDX-License-Identifier: ISC */
/* Lines become records. */
#define _GNU_SOURCE /* memrchr */
#include "watchdog/read/record.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/read/reader.h"

struct recorder {
	record_sink sink;
	void *arg;
	struct tally tally;
	bool open;
	bool hidden;       /* what is open will be ignored */
	struct record rec; /* what is open; p is in the block or in buf */
	int64_t lf;        /* line ends that end it, empty lines' too */
	char *buf;         /* RECORD_MAX, for what spans blocks */
};

struct recorder *
record_new(record_sink sink, void *arg)
{
	struct recorder *r = xcalloc(1, sizeof *r);

	r->sink = sink;
	r->arg = arg;
	r->buf = xmalloc(RECORD_MAX);
	return r;
}

void
record_free(struct recorder *r)
{
	if (r == NULL)
		return;
	free(r->buf);
	free(r);
}

/* Where line i begins, from the block's begin. */
static uint32_t
line_from(const struct lines *l, size_t i)
{
	return i == 0 ? 0 : l->end[i - 1];
}

/* Opens a record at line i, nothing in it yet. */
static void
open_at(struct recorder *r, const struct lines *l, size_t i, bool orphan,
    const int32_t *rule)
{
	r->open = true;
	r->hidden = rule != NULL && rule[i] >= 0;
	r->lf = 0;
	r->rec = (struct record){
		.p = l->p + line_from(l, i),
		.offset = l->offset + line_from(l, i),
		.orphan = orphan,
	};
}

/* Adds lines [i, k) to what is open. */
static void
extend(struct recorder *r, const struct lines *l, size_t i, size_t k)
{
	const char *p = l->p + line_from(l, i);
	size_t n = l->end[k - 1] - line_from(l, i), lf = 0, room;

	while (lf < n && p[n - 1 - lf] == '\n')
		lf++;
	r->lf = lf < n ? (int64_t)lf : r->lf + (int64_t)lf;
	r->rec.bytes += (int64_t)n + (i == 0 ? l->cut : 0);
	r->rec.lines += (int64_t)(k - i);
	if (r->hidden || r->sink == NULL)
		return;
	room = RECORD_MAX - r->rec.len;
	if (n > room)
		n = room;
	if (r->rec.p == r->buf)
		memcpy(r->buf + r->rec.len, p, n);
	r->rec.len += n;
}

/* Hands out what is open.  An orphan of empty lines says nothing. */
static void
finish(struct recorder *r)
{
	struct record *rec = &r->rec;
	int64_t text = rec->bytes - r->lf;

	if (!r->open)
		return;
	r->open = false;
	r->tally.records++;
	r->tally.bytes += rec->bytes;
	if (r->hidden || text == 0) {
		r->tally.ignored++;
		r->tally.ignored_bytes += rec->bytes;
		return;
	}
	r->tally.reported++;
	r->tally.reported_bytes += rec->bytes;
	if (r->sink == NULL)
		return;
	while (rec->len > 0 && rec->p[rec->len - 1] == '\n')
		rec->len--;
	rec->cut = text - (int64_t)rec->len;
	if (r->lf > 1)
		rec->lines -= r->lf - 1;
	r->sink(r->arg, rec);
}

/* What is open outlives the block. */
static void
keep(struct recorder *r)
{
	if (!r->open || r->rec.p == r->buf)
		return;
	memcpy(r->buf, r->rec.p, r->rec.len);
	r->rec.p = r->buf;
}

/* Nobody wants the text, nothing is hidden: all records of lines [i, n) but
 * the last are counted in one go.  Line i starts one. */
static void
count_only(struct recorder *r, const struct lines *l, const uint8_t *starts,
    size_t i)
{
	const uint8_t *s = memrchr(starts + i, 1, l->n - i);
	size_t k, last = (size_t)(s - starts);
	int64_t bytes = line_from(l, last) - line_from(l, i), records = 0;

	for (k = i; k < last; k++)
		records += starts[k];
	r->tally.records += records;
	r->tally.bytes += bytes;
	r->tally.reported += records;
	r->tally.reported_bytes += bytes;
	open_at(r, l, last, false, NULL);
	extend(r, l, last, l->n);
}

void
record_lines(struct recorder *r, const struct lines *l, const uint8_t *starts,
    const int32_t *rule)
{
	const uint8_t *s;
	size_t i = 0, next;

	while (i < l->n) {
		if (starts[i]) {
			finish(r);
			if (r->sink == NULL && rule == NULL) {
				count_only(r, l, starts, i);
				break;
			}
		}
		if (!r->open)
			open_at(r, l, i, !starts[i], rule);
		s = memchr(starts + i + 1, 1, l->n - i - 1);
		next = s != NULL ? (size_t)(s - starts) : l->n;
		extend(r, l, i, next);
		i = next;
	}
	keep(r);
}

int64_t
record_end(struct recorder *r, bool hold)
{
	if (!r->open || !hold) {
		finish(r);
		return -1;
	}
	r->open = false;
	r->tally.records++;
	r->tally.bytes += r->rec.bytes;
	r->tally.held++;
	r->tally.held_bytes += r->rec.bytes;
	return r->rec.offset;
}

int64_t
record_open_lines(const struct recorder *r)
{
	return r->open ? r->rec.lines : 0;
}

const struct tally *
record_tally(const struct recorder *r)
{
	return &r->tally;
}

void
tally_add(struct tally *sum, const struct tally *t)
{
	sum->records += t->records;
	sum->bytes += t->bytes;
	sum->ignored += t->ignored;
	sum->ignored_bytes += t->ignored_bytes;
	sum->reported += t->reported;
	sum->reported_bytes += t->reported_bytes;
	sum->held += t->held;
	sum->held_bytes += t->held_bytes;
}

bool
tally_holds(const struct tally *t)
{
	return t->records == t->ignored + t->reported + t->held &&
	    t->bytes == t->ignored_bytes + t->reported_bytes + t->held_bytes;
}
