/* SPDX-License-Identifier: ISC */
/* Lines become records. */
#define _GNU_SOURCE /* memrchr */
#include "watchdog/read/record.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/read/reader.h"

#define ROOM_MIN 1024

/* A record that was not handed out yet. */
struct slot {
	bool closed; /* whole: it waits for others */
	bool hidden; /* it will be ignored */
	uint32_t key;
	struct record rec; /* p is in the block or in buf */
	int64_t lf;        /* line ends that end it, empty lines' too */
	bool ragged;       /* its last line has no line end */
	int64_t added;     /* line ends put in behind such lines */
	int64_t end;       /* offset behind its last line */
	int64_t seen;      /* number of that line */
	char *buf;
	size_t room;
};

struct recorder {
	record_sink sink, given; /* sink is NULL while it only counts */
	void *arg;
	struct tally tally;
	struct slot slot[RECORD_OPEN]; /* by first line; [0, n) are in use */
	size_t n;
	size_t last;  /* index of the one that the last line belongs to */
	int64_t line; /* how many lines there were */
	int64_t end;  /* offset behind the last line that was handed out */
};

struct recorder *
record_new(record_sink sink, void *arg)
{
	struct recorder *r = xcalloc(1, sizeof *r);

	r->sink = r->given = sink;
	r->arg = arg;
	return r;
}

void
record_free(struct recorder *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < RECORD_OPEN; i++)
		free(r->slot[i].buf);
	free(r);
}

void
record_only_count(struct recorder *r, bool only)
{
	r->sink = only ? NULL : r->given;
}

/* Where line i begins, from the block's begin. */
static uint32_t
line_from(const struct lines *l, size_t i)
{
	return i == 0 ? 0 : l->end[i - 1];
}

/* Opens a record at line i, nothing in it yet; there is a free slot. */
static struct slot *
open_at(struct recorder *r, const struct lines *l, size_t i, bool orphan,
    const int32_t *rule)
{
	struct slot *s = &r->slot[r->n];

	r->last = r->n++;
	s->closed = false;
	s->hidden = rule != NULL && rule[i] >= 0;
	s->key = 0;
	s->lf = s->added = 0;
	s->ragged = false;
	s->rec = (struct record){
		.p = l->p + line_from(l, i),
		.offset = l->offset + line_from(l, i),
		.orphan = orphan,
	};
	return s;
}

/* What is in it outlives the block; room for n more bytes. */
static void
make_own(struct slot *s, size_t n)
{
	bool own = s->rec.p == s->buf;

	while (s->room < s->rec.len + n)
		s->room = s->room == 0 ? ROOM_MIN : s->room * 2;
	s->buf = xreallocarray(s->buf, s->room, 1);
	if (!own)
		memcpy(s->buf, s->rec.p, s->rec.len);
	s->rec.p = s->buf;
}

static void
keep(struct slot *s)
{
	if (s->rec.len > 0 && s->rec.p != s->buf)
		make_own(s, 0);
}

/* Adds lines [i, k), which stand behind what is in it unless it has its own
 * memory. */
static void
extend(struct recorder *r, struct slot *s, const struct lines *l, size_t i,
    size_t k)
{
	const char *p = l->p + line_from(l, i);
	size_t n = l->end[k - 1] - line_from(l, i), lf = 0, room;

	while (lf < n && p[n - 1 - lf] == '\n')
		lf++;
	s->lf = lf < n ? (int64_t)lf : s->lf + (int64_t)lf;
	s->rec.bytes += (int64_t)n + (i == 0 ? l->cut : 0);
	s->rec.lines += (int64_t)(k - i);
	s->end = l->offset + l->end[k - 1] + (i == 0 ? l->cut : 0);
	s->seen = r->line + (int64_t)k;
	if (s->hidden || r->sink == NULL)
		return;
	if (s->ragged && *p != '\n' && s->rec.len < RECORD_MAX) {
		make_own(s, 1);
		s->buf[s->rec.len++] = '\n';
		s->added++;
	}
	s->ragged = lf == 0;
	room = RECORD_MAX - s->rec.len;
	if (n > room)
		n = room;
	if (s->rec.p == s->buf) {
		make_own(s, n);
		memcpy(s->buf + s->rec.len, p, n);
	}
	s->rec.len += n;
}

/* Counts it and hands it out.  An orphan of empty lines says nothing. */
static void
hand_out(struct recorder *r, struct slot *s)
{
	struct record *rec = &s->rec;
	int64_t text = rec->bytes + s->added - s->lf;
	bool reported = !s->hidden && text != 0;

	if (reported && r->sink != NULL) {
		while (rec->len > 0 && rec->p[rec->len - 1] == '\n')
			rec->len--;
		rec->cut = text - (int64_t)rec->len;
		if (s->lf > 1)
			rec->lines -= s->lf - 1;
		reported = r->sink(r->arg, rec);
	}
	r->tally.records++;
	r->tally.bytes += rec->bytes;
	if (reported) {
		r->tally.reported++;
		r->tally.reported_bytes += rec->bytes;
	} else {
		r->tally.ignored++;
		r->tally.ignored_bytes += rec->bytes;
	}
}

/* Hands out the first k slots; their memory stays for others. */
static void
shift(struct recorder *r, size_t k)
{
	struct slot spare[RECORD_OPEN];

	for (size_t i = 0; i < k; i++) {
		if (r->slot[i].end > r->end)
			r->end = r->slot[i].end;
		hand_out(r, &r->slot[i]);
	}
	if (k > 0 && k < r->n) {
		memcpy(spare, r->slot, k * sizeof *spare);
		memmove(r->slot, r->slot + k, (r->n - k) * sizeof *spare);
		memcpy(r->slot + r->n - k, spare, k * sizeof *spare);
	}
	r->n -= k;
	r->last = r->last >= k ? r->last - k : SIZE_MAX;
}

/* How many of the first slots may go: they are whole, and none behind them
 * began before they ended. */
static size_t
ready(const struct recorder *r)
{
	int64_t end = 0;
	size_t i, good = 0;

	for (i = 0; i < r->n && r->slot[i].closed; i++) {
		if (r->slot[i].end > end)
			end = r->slot[i].end;
		if (i + 1 == r->n || r->slot[i + 1].rec.offset >= end)
			good = i + 1;
	}
	return good;
}

/* ---- one writer ------------------------------------------------------- */

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
	extend(r, open_at(r, l, last, false, NULL), l, last, l->n);
}

/* At most one record is open; runs of lines are taken at once. */
static void
add_runs(struct recorder *r, const struct lines *l, const uint8_t *starts,
    const int32_t *rule)
{
	const uint8_t *s;
	size_t i = 0, next;

	while (i < l->n) {
		if (starts[i]) {
			shift(r, r->n);
			if (r->sink == NULL && rule == NULL) {
				count_only(r, l, starts, i);
				break;
			}
		}
		if (r->n == 0)
			open_at(r, l, i, !starts[i], rule);
		s = memchr(starts + i + 1, 1, l->n - i - 1);
		next = s != NULL ? (size_t)(s - starts) : l->n;
		extend(r, &r->slot[0], l, i, next);
		i = next;
	}
}

/* ---- several ---------------------------------------------------------- */

/* Can line i of the block continue it?  It does not matter here where blocks
 * end, nor when close_idle was called. */
static bool
is_open(const struct recorder *r, const struct slot *s, size_t i)
{
	return !s->closed && r->line + (int64_t)i - s->seen < RECORD_IDLE;
}

/* The index of that writer's open record, r->n if there is none; key 0: of
 * the line before. */
static size_t
find(const struct recorder *r, uint32_t key, size_t i)
{
	size_t k;

	if (key == 0)
		return r->last < r->n && is_open(r, &r->slot[r->last], i) ?
		    r->last :
		    r->n;
	for (k = r->n; k-- > 0;)
		if (r->slot[k].key == key && is_open(r, &r->slot[k], i))
			return k;
	return r->n;
}

/* Closes those whose writers are silent, and hands out what may go. */
static void
close_idle(struct recorder *r, size_t i)
{
	for (size_t k = 0; k < r->n; k++)
		r->slot[k].closed = !is_open(r, &r->slot[k], i);
	shift(r, ready(r));
}

static void
add_line(struct recorder *r, const struct lines *l, size_t i, bool start,
    uint32_t key, const int32_t *rule)
{
	size_t k = find(r, key, i);
	struct slot *s = &r->slot[k];

	/* what nobody signed does not end what somebody did */
	if (start && k < r->n && s->key == key)
		s->closed = true;
	if (start || k == r->n) {
		if (r->n == RECORD_OPEN)
			close_idle(r, i);
		if (r->n == RECORD_OPEN) /* only now: a block's end is none */
			shift(r, 1);
		s = open_at(r, l, i, !start, rule);
		s->key = key;
	}
	r->last = (size_t)(s - r->slot);
	keep(s); /* its lines need not stand together */
	extend(r, s, l, i, i + 1);
}

static void
add_lines(struct recorder *r, const struct lines *l, const struct marks *m,
    const int32_t *rule)
{
	for (size_t i = 0; i < l->n; i++)
		add_line(r, l, i, m->starts[i], m->keyed ? m->key[i] : 0, rule);
	close_idle(r, l->n);
}

void
record_lines(struct recorder *r, const struct lines *l, const struct marks *m,
    const int32_t *rule)
{
	if (m->keyed || r->n > 1 || (r->n == 1 && r->slot[0].closed))
		add_lines(r, l, m, rule);
	else
		add_runs(r, l, m->starts, rule);
	if (!m->keyed && r->last < r->n)
		r->slot[r->last].key = m->key[l->n - 1];
	for (size_t i = 0; i < r->n; i++)
		keep(&r->slot[i]);
	r->line += (int64_t)l->n;
}

/* Does line i, which starts none, find no record of its writer? */
static bool
is_orphan(const struct recorder *r, const struct marks *m, size_t i)
{
	uint32_t key = m->keyed ? m->key[i] : 0;

	if (key == 0)
		return i == 0 && find(r, 0, 0) == r->n;
	for (size_t k = i; k-- > 0 && i - k <= RECORD_IDLE;)
		if (m->key[k] == key)
			return false;
	return find(r, key, i) == r->n;
}

void
record_wanted(const struct recorder *r, const struct lines *l,
    const struct marks *m, uint8_t *wanted)
{
	memcpy(wanted, m->starts, l->n);
	for (size_t i = 0; i < (m->keyed ? l->n : 1); i++)
		if (!wanted[i])
			wanted[i] = is_orphan(r, m, i);
}

/* What is open or waits will be read again. */
static int64_t
put_back(struct recorder *r)
{
	int64_t from = r->slot[0].rec.offset;

	for (size_t i = 0; i < r->n; i++) {
		r->tally.records++;
		r->tally.bytes += r->slot[i].rec.bytes;
		r->tally.held++;
		r->tally.held_bytes += r->slot[i].rec.bytes;
	}
	r->n = 0;
	return from;
}

int64_t
record_end(struct recorder *r, bool hold)
{
	shift(r, ready(r));
	/* One that was closed for want of room may have taken lines that stand
	 * behind the beginnings of these: they cannot be read again. */
	while (hold && r->n > 0 && r->slot[0].rec.offset < r->end)
		shift(r, 1);
	if (hold && r->n > 0)
		return put_back(r);
	shift(r, r->n);
	return -1;
}

int64_t
record_open_lines(const struct recorder *r)
{
	int64_t lines = 0;

	for (size_t i = 0; i < r->n; i++)
		lines += r->slot[i].rec.lines;
	return lines;
}

bool
record_goes_on(const struct recorder *r, uint32_t key)
{
	size_t k = find(r, key, 0);

	return k < r->n && r->line - r->slot[k].seen < RECORD_NEAR &&
	    r->slot[k].rec.bytes < RECORD_LONG;
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
