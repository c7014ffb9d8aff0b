/* SPDX-License-Identifier: ISC */
/* One pass over one stretch of one file. */
#include "watchdog/scan.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/base/log.h"
#include "watchdog/match/ignore.h"
#include "watchdog/progress.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/when.h"

#define FINE 0 /* any rule: records only look whether there is one */
#define DETECT_BYTES (64 * 1024) /* of a head, to know the format */

/* A resumed file is known by its head: what comes next may be the middle of
 * a stack trace. */
static const struct format *
detect(struct input *in, int64_t from, int64_t end, const struct lines *first)
{
	const struct format *f;
	struct reader *r;
	struct lines l;

	if (from == 0 || end < 0)
		return format_detect(first);
	r = reader_new(in, 0, end < DETECT_BYTES ? end : DETECT_BYTES, false);
	f = reader_next(r, &l) == READER_LINES_READ && l.n > 0 ?
	    format_detect(&l) :
	    format_detect(first);
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
scan_lines(struct scan *s, struct recorder *rec, struct format_state *state,
    const struct lines *l)
{
	uint8_t starts[READER_LINES];
	uint32_t key[READER_LINES];
	int32_t rule[READER_LINES];
	struct marks m = { .starts = starts, .key = key };

	record_only_count(rec,
	    s->counts && !s->format->judges &&
		(s->ignore == NULL || !ignore_has_conditions(s->ignore)));
	m.keyed = s->format->starts(s->format, state, l, starts, key);
	record_lines(rec, l, &m, hide(s, rec, l, &m, rule) ? rule : NULL);
}

/* Takes the first n lines off a block. */
static void
drop_lines(struct lines *l, size_t n)
{
	uint32_t base = l->end[n - 1];

	l->p += base;
	l->offset += base;
	l->n -= n;
	l->end += n;
	for (size_t i = 0; i < l->n; i++)
		l->end[i] -= base;
}

/* A log whose format was found out may change it: what was read before is
 * closed there. */
static void
scan_block(struct scan *s, struct recorder *rec, struct format_state *state,
    struct lines l, bool first)
{
	const struct format *to;
	struct lines part;
	size_t at;

	while (s->detects &&
	    (at = format_change(s->format, &l, first, &to)) < l.n) {
		part = l;
		part.n = at;
		if (at > 0) {
			scan_lines(s, rec, state, &part);
			drop_lines(&l, at);
		}
		record_end(rec, false);
		log_info("%s: from byte %lld on its format is %s",
		    s->name != NULL ? s->name : "input", (long long)l.offset,
		    to->name);
		s->format = to;
		memset(state, 0, sizeof *state);
		first = false;
	}
	scan_lines(s, rec, state, &l);
}

/* What is open at the end: is it whole?  A pass that was cut short leaves it
 * for the next, unless that pass would get no further either. */
static void
scan_close(const struct scan *s, enum scan_end end, const struct reader *r,
    const struct format_state *state, struct recorder *rec,
    struct scan_result *res)
{
	int64_t at;
	bool hold;

	if (end == SCAN_END)
		hold = s->fresh && !s->finished &&
		    ((record_open_lines(rec) > 1 && !state->whole) ||
			state->open || reader_pending(r) > 0);
	else
		hold = record_tally(rec)->records > 0;
	res->next = reader_offset(r);
	res->pending = reader_pending(r);
	at = record_end(rec, hold);
	if (at >= 0)
		res->next = at;
	res->tally = *record_tally(rec);
}

enum scan_end
scan_file(struct scan *s, int fd, int64_t from, int64_t end,
    struct scan_result *res)
{
	struct input *in = end < 0 ? input_pipe(fd) : input_file(fd);
	struct reader *r = reader_new(in, from, end, s->finished);
	struct recorder *rec = record_new(s->sink, s->arg);
	struct format_state state = { 0 };
	struct progress progress;
	int error;
	bool first = true;
	enum scan_end how = SCAN_END;
	enum reader_status st;
	struct lines l;

	when_set_now(clock_now());
	s->detects = s->format == NULL;
	progress_begin(&progress, s->name);
	while ((st = reader_next(r, &l)) == READER_LINES_READ) {
		if (l.n == 0)
			continue;
		if (s->format == NULL)
			s->format = detect(in, from, end, &l);
		scan_block(s, rec, &state, l, first);
		first = false;
		progress_show(&progress, l.offset, end);
		if (s->stop) {
			how = SCAN_STOPPED;
			break;
		}
		if (s->deadline != NULL && deadline_passed(*s->deadline)) {
			how = SCAN_DEADLINE;
			break;
		}
	}
	error = errno;
	progress_end(&progress);
	if (st == READER_ERROR)
		how = SCAN_ERROR;
	scan_close(s, how, r, &state, rec, res);
	record_free(rec);
	reader_free(r);
	input_free(in);
	errno = error;
	return how;
}
