/* SPDX-License-Identifier: ISC */
/* One pass over the parts of a log. */
#include "watchdog/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "watchdog/match/ignore.h"
#include "watchdog/progress.h"
#include "watchdog/format/format.h"
#include "watchdog/format/trace.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/when.h"
#include "watchdog/scan_piece.h"

#define FINE 0 /* any rule: records only look whether there is one */
#define DETECT_BYTES (64 * 1024) /* of a head, to know the format */

/*
 * Inside, offsets are virtual: parts follow each other without a hole, so
 * that the rules of what may be handed out and what is put back need not know
 * of parts.
 */
struct pass {
	struct scan *s;
	struct scan_part *part;
	size_t n;
	size_t first, i; /* [first, i] are open: the later joined the first */
	int64_t *base;   /* virtual offset of each one's `from` */
	struct reader *reader; /* of part i */
	struct recorder *rec;
	struct format_state state;
	struct piece piece; /* ended the part before, may go on */
	bool known;         /* the format is */
	bool begun;         /* part i has lines */
	int64_t holes;      /* bytes, of all parts */
	int error;          /* errno of SCAN_ERROR */
};

static int64_t
to_virtual(const struct pass *p, int64_t offset)
{
	return p->base[p->i] + offset - p->part[p->i].from;
}

/* The open part that a virtual offset is in. */
static size_t
part_of(const struct pass *p, int64_t at)
{
	size_t k = p->i;

	while (k > p->first && p->base[k] > at)
		k--;
	return k;
}

static bool
joins_next(const struct pass *p)
{
	return p->i + 1 < p->n && p->part[p->i].finished &&
	    p->part[p->i + 1].joins;
}

/* To the caller's sink, with the file's own offset. */
static bool
on_record(void *arg, const struct record *rec)
{
	struct pass *p = arg;
	size_t k = part_of(p, rec->offset);
	struct record own = *rec;

	own.offset += p->part[k].from - p->base[k];
	p->s->at = &p->part[k];
	return p->s->sink(p->s->arg, &own);
}

/* ---- lines ------------------------------------------------------------ */

/* A resumed file is known by its head: what comes next may be the middle of
 * a stack trace. */
static const struct format *
detect_head(const struct scan_part *part)
{
	const struct format *f = NULL;
	int64_t end = DETECT_BYTES;
	struct reader *r;
	struct lines l = { .n = 0 };

	if (part->from == 0)
		return NULL;
	if (part->end >= 0 && part->end < end)
		end = part->end;
	r = reader_new(part->in, 0, end, false);
	while (reader_next(r, &l) == READER_LINES_READ && l.n == 0)
		;
	if (l.n > 0)
		f = format_detect(&l);
	reader_free(r);
	return f;
}

/*
 * Which lines are hidden: by a rule, or because they are fine, which is known
 * of a line of such a format for less than a rule costs.  False: none.
 */
static bool
hide(const struct scan *s, const struct recorder *rec, const struct lines *l,
    const struct marks *m, int32_t *rule)
{
	uint8_t wanted[READER_LINES], fine[READER_LINES];
	const struct format *f = s->format;
	bool rules = s->ignore != NULL && ignore_count(s->ignore) > 0;

	if (f->fine != NULL)
		f->fine(f, l, fine);
	if (rules) {
		record_wanted(rec, l, m, wanted);
		for (size_t i = 0; f->fine != NULL && i < l->n; i++)
			wanted[i] = wanted[i] && !fine[i];
		ignore_lines(s->ignore, l, wanted, rule);
	}
	for (size_t i = 0; f->fine != NULL && i < l->n; i++)
		if (fine[i])
			rule[i] = FINE;
		else if (!rules)
			rule[i] = -1;
	return rules || f->fine != NULL;
}

static void
scan_lines(struct pass *p, const struct lines *l)
{
	uint8_t starts[READER_LINES];
	uint32_t key[READER_LINES];
	int32_t rule[READER_LINES];
	struct marks m = { .starts = starts, .key = key };
	const struct scan *s = p->s;

	record_only_count(p->rec,
	    s->counts && !s->format->judges &&
		(s->ignore == NULL || !ignore_has_conditions(s->ignore)));
	m.keyed = s->format->starts(s->format, &p->state, l, starts, key);
	record_lines(p->rec, l, &m, hide(s, p->rec, l, &m, rule) ? rule : NULL);
}

/* Takes the first n lines off a block. */
static void
drop_lines(struct lines *l, size_t n)
{
	uint32_t base = l->end[n - 1];

	l->p += base;
	l->offset += base + l->cut;
	l->cut = 0;
	l->n -= n;
	l->end += n;
	for (size_t i = 0; i < l->n; i++)
		l->end[i] -= base;
}

/* A log whose format was found out may change it: what was read before is
 * closed there. */
static void
scan_block(struct pass *p, struct lines l)
{
	bool first = !p->begun && p->i == p->first;
	struct scan *s = p->s;
	const struct format *to;
	struct lines part;
	size_t at, k;

	p->begun = true;
	while (s->detects &&
	    (at = format_change(s->format, &l, first, &to)) < l.n) {
		part = l;
		part.n = at;
		if (at > 0) {
			scan_lines(p, &part);
			drop_lines(&l, at);
		}
		record_end(p->rec, false);
		k = part_of(p, l.offset);
		log_info("%s: from byte %lld on its format is %s",
		    p->part[k].name != NULL ? p->part[k].name : "input",
		    (long long)(l.offset + p->part[k].from - p->base[k]),
		    to->name);
		s->format = to;
		memset(&p->state, 0, sizeof p->state);
		first = false;
	}
	scan_lines(p, &l);
}

/* ---- a line across parts ---------------------------------------------- */

/* What waits is a line, as it is. */
static void
scan_piece(struct pass *p)
{
	struct lines l;
	uint32_t end;

	if (!piece_waits(&p->piece))
		return;
	piece_lines(&p->piece, &l, &end);
	scan_block(p, l);
	piece_reset(&p->piece);
}

/* The block's first line may be the rest of what waits; false: of the block
 * nothing is left. */
static bool
take_rest(struct pass *p, struct lines *l)
{
	if (piece_goes_on(&p->piece, p->s->format, &p->state, l,
		p->part[p->i].torn)) {
		piece_add(&p->piece, l);
		if (l->n == 1 && !piece_whole(&p->piece) && joins_next(p))
			return false;
		scan_piece(p);
		if (l->n == 1)
			return false;
		drop_lines(l, 1);
		return true;
	}
	scan_piece(p);
	return true;
}

static bool
ends_in_line(const struct lines *l)
{
	return l->p[l->end[l->n - 1] - 1] == '\n';
}

/* The unfinished last line of a part that another one joins waits for it. */
static void
keep_last(struct pass *p, struct lines *l)
{
	struct lines last = *l;

	if (ends_in_line(l) || !joins_next(p))
		return;
	if (l->n > 1) {
		last.end = &l->end[l->n - 2];
		last.n = 2;
		drop_lines(&last, 1);
	}
	l->n--;
	piece_add(&p->piece, &last);
}

/* Half a line says little. */
static void
find_format(struct pass *p, const struct lines *l)
{
	const struct format *f = format_detect(l);

	if (piece_waits(&p->piece) && f == &format_plain)
		f = piece_format(&p->piece, l);
	p->s->format = f;
	p->known = l->n > 1 || !joins_next(p) || ends_in_line(l);
}

/* l is as the reader has it. */
static void
take_block(struct pass *p, struct lines *l)
{
	l->offset = to_virtual(p, l->offset);
	if (l->n == 0) {
		p->holes += l->hole;
		p->part[p->i].hole += l->hole;
		return;
	}
	if (!p->known)
		find_format(p, l);
	if (piece_waits(&p->piece) && !take_rest(p, l))
		return;
	keep_last(p, l);
	if (l->n > 0)
		scan_block(p, *l);
}

/* ---- ends ------------------------------------------------------------- */

/* Will another line of an open record come for certain? */
static bool
in_midst(const struct pass *p)
{
	const struct format_state *state = &p->state;
	const struct format_writer *w;

	if (trace_unfinished(state->trace) && record_goes_on(p->rec, 0))
		return true;
	for (w = state->writer; w < state->writer + FORMAT_WRITERS; w++)
		if (trace_unfinished(w->trace) &&
		    record_goes_on(p->rec, w->key))
			return true;
	return false;
}

/* What is open when a part ends: is it left for later?  A pass that was cut
 * short leaves it for the next, unless that would get no further either. */
static bool
must_hold(const struct pass *p, enum scan_end how)
{
	const struct scan_part *part = &p->part[p->i];

	if (how != SCAN_END)
		return record_tally(p->rec)->records > 0;
	if (part->finished || part->still)
		return false;
	if (piece_waits(&p->piece) || in_midst(p))
		return true;
	return part->fresh &&
	    ((record_open_lines(p->rec) > 1 && !p->state.whole) ||
		p->state.open || reader_pending(p->reader) > 0);
}

/* All before the virtual offset `at` is read, what is behind it is not. */
static void
settle(struct pass *p, int64_t at, int64_t hole)
{
	size_t k = part_of(p, at);
	struct scan_part *part;

	for (size_t j = p->first; j < k; j++)
		p->part[j].next = p->part[j].from + p->base[j + 1] - p->base[j];
	for (size_t j = p->i; j > k; j--) {
		part = &p->part[j];
		hole -= part->hole;
		part->hole = 0;
		part->pending = 0;
		part->next = part->from;
		part->ended = false;
	}
	part = &p->part[k];
	part->next = part->from + at - p->base[k];
	part->hole -= hole;
	part->ended &= at == p->base[k + 1];
	if (k < p->i && piece_waits(&p->piece))
		part->pending = p->base[k + 1] - piece_offset(&p->piece);
}

/* Nothing that is open goes on in the next part, if there is one. */
static void
close_parts(struct pass *p, enum scan_end how)
{
	int64_t end = to_virtual(p, reader_offset(p->reader)), at, hole;
	struct tally *sum = &p->s->tally;
	bool hold = must_hold(p, how);
	int64_t held = record_tally(p->rec)->held_bytes;

	p->part[p->i].pending = reader_pending(p->reader);
	if (!hold)
		scan_piece(p);
	at = record_end(p->rec, hold);
	if (at < 0)
		at = piece_waits(&p->piece) ? piece_offset(&p->piece) : end;
	held = record_tally(p->rec)->held_bytes - held;
	hole = end - at - held - piece_bytes(&p->piece);
	settle(p, at, hole);
	piece_reset(&p->piece);
	p->holes -= hole;
	sum->bytes += hole;
	sum->held_bytes += hole;
	memset(&p->state, 0, sizeof p->state);
}

/* Is there nothing behind what was read? */
static bool
at_end(const struct pass *p)
{
	const struct scan_part *part = &p->part[p->i];

	return p->i + 1 == p->n && part->end >= 0 &&
	    reader_offset(p->reader) >= part->end;
}

/* Something is done with, or what is open is long enough to be broken. */
static bool
gets_on(const struct pass *p)
{
	return record_tally(p->rec)->records > 0 ||
	    to_virtual(p, reader_offset(p->reader)) >= READER_BLOCK;
}

/* After a block of so many bytes: shall there be another one? */
static enum scan_end
may_go_on(const struct pass *p, int64_t bytes)
{
	const struct scan *s = p->s;
	bool cut;

	if (s->budget != NULL)
		*s->budget -= bytes;
	if (s->stop)
		return SCAN_STOPPED;
	cut = s->deadline != NULL && deadline_passed(*s->deadline);
	cut |= s->budget != NULL && *s->budget <= 0;
	if (!cut || at_end(p))
		return SCAN_END;
	return gets_on(p) ? SCAN_DEADLINE : SCAN_END;
}

static enum scan_end
read_part(struct pass *p)
{
	struct scan_part *part = &p->part[p->i];
	enum scan_end how = SCAN_END;
	enum reader_status st = READER_END;
	struct progress progress;
	struct lines l;
	int64_t at;

	progress_begin(&progress, p->s->progress ? part->name : NULL);
	at = reader_offset(p->reader);
	while (how == SCAN_END &&
	    (st = reader_next(p->reader, &l)) == READER_LINES_READ) {
		take_block(p, &l);
		progress_show(&progress, reader_offset(p->reader), part->end);
		how = may_go_on(p, reader_offset(p->reader) - at);
		at = reader_offset(p->reader);
	}
	if (st == READER_ERROR) {
		how = SCAN_ERROR;
		p->error = errno;
	}
	progress_end(&progress);
	return how;
}

/* Goes to part i, which joins those before it, or is the first. */
static void
open_part(struct pass *p, bool joins)
{
	struct scan_part *part = &p->part[p->i];
	const struct format *f;

	if (!joins)
		p->first = p->i;
	if (p->s->detects && !(joins && p->known)) {
		f = detect_head(part);
		p->known = f != NULL;
		if (p->known)
			p->s->format = f;
	}
	p->begun = false;
	p->reader = reader_new(part->in, part->from, part->end, part->finished);
}

static void
begin(struct scan *s, struct scan_part *part, size_t n, struct pass *p)
{
	memset(p, 0, sizeof *p);
	p->s = s;
	p->part = part;
	p->n = n;
	p->base = xreallocarray(NULL, n + 1, sizeof *p->base);
	p->base[0] = 0;
	p->rec = record_new(s->sink != NULL ? on_record : NULL, p);
	piece_init(&p->piece);
	s->detects = s->format == NULL;
	p->known = !s->detects;
	memset(&s->tally, 0, sizeof s->tally);
	for (size_t i = 0; i < n; i++) {
		part[i].next = part[i].from;
		part[i].pending = part[i].hole = 0;
		part[i].ended = false;
	}
	when_set_now(clock_now());
}

static void
finish(struct pass *p)
{
	struct tally *t = &p->s->tally;

	tally_add(t, record_tally(p->rec));
	t->bytes += p->holes;
	t->ignored_bytes += p->holes;
	p->s->at = NULL;
	piece_free(&p->piece);
	record_free(p->rec);
	free(p->base);
}

enum scan_end
scan_parts(struct scan *s, struct scan_part *part, size_t n)
{
	enum scan_end how = SCAN_END;
	struct pass p;
	bool joins = false;

	begin(s, part, n, &p);
	for (p.i = 0; p.i < n && how == SCAN_END; p.i++) {
		open_part(&p, joins);
		how = read_part(&p);
		p.base[p.i + 1] = to_virtual(&p,
		    reader_offset(p.reader) + reader_pending(p.reader));
		part[p.i].ended = how == SCAN_END;
		if (how == SCAN_ERROR)
			s->stopped = p.i;
		joins = how == SCAN_END && joins_next(&p);
		if (!joins)
			close_parts(&p, how);
		reader_free(p.reader);
	}
	finish(&p);
	errno = p.error;
	return how;
}
