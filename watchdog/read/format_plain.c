/* SPDX-License-Identifier: ISC */
/* Any text. */
#define _GNU_SOURCE /* memmem */
#include "watchdog/read/format.h"

#include <string.h>

#include "watchdog/read/reader.h"
#include "watchdog/read/trace.h"
#include "watchdog/read/when.h"

static bool
plain_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct trace t = { .state = state->trace };
	const char *p;
	size_t len;

	(void)self;
	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &len);
		if (t.state <= TRACE_START && len > 0 &&
		    trace_plain_start((unsigned char)p[0])) {
			starts[i] = 1;
			t = (struct trace){ TRACE_START, p, len };
		} else
			starts[i] = !trace_continues(&t, p, len);
	}
	state->trace = trace_settle(&t);
	state->open = true; /* there is no end of a record */
	return false;
}

static void
drop(struct span *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

static bool
take(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	drop(s, 1);
	return true;
}

static bool
begins(struct span s, const char *with)
{
	size_t len = strlen(with);

	return s.n >= len && memcmp(s.p, with, len) == 0;
}

/* Takes ".123" or ",123". */
static void
take_fraction(struct span *s)
{
	size_t i = 1;

	if (s->n < 2 || (s->p[0] != '.' && s->p[0] != ','))
		return;
	while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9')
		i++;
	if (i > 1)
		drop(s, i);
}

/* Takes "Z", " UTC", "+01:00", " +0100": seconds east of Greenwich. */
static bool
take_zone(struct span *s, int *east)
{
	struct span t = *s;
	int h, m, sign;

	*east = 0;
	if (take(s, 'Z'))
		return true;
	take(&t, ' ');
	if (begins(t, "UTC") || begins(t, "GMT")) {
		drop(&t, 3);
		*s = t;
		return true;
	}
	if (t.n < 5 || (t.p[0] != '+' && t.p[0] != '-'))
		return false;
	sign = t.p[0] == '-' ? -1 : 1;
	h = when_number(t.p + 1, 2);
	drop(&t, 3);
	take(&t, ':');
	m = t.n >= 2 ? when_number(t.p, 2) : -1;
	if (h < 0 || m < 0)
		return false;
	drop(&t, 2);
	*s = t;
	*east = sign * (h * 60 + m) * 60;
	return true;
}

/* Takes "2026-11-20" or "2026/11/20" and 'T' or a blank. */
static bool
take_iso(struct span *s, struct when *w)
{
	const char *p = s->p;

	if (s->n < 19 || (p[4] != '-' && p[4] != '/') || p[7] != p[4] ||
	    (p[10] != ' ' && p[10] != 'T') || !when_clock(p + 11, w))
		return false;
	w->year = when_number(p, 4);
	w->month = when_number(p + 5, 2);
	w->day = when_number(p + 8, 2);
	drop(s, 19);
	return true;
}

/* Takes PHP's "20-Nov-2026 04:00:01" or AOLserver's "20/Nov/2026:04:00:01". */
static bool
take_named(struct span *s, struct when *w)
{
	const char *p = s->p;

	if (s->n < 20 || (p[2] != '-' && p[2] != '/') || p[6] != p[2] ||
	    p[11] != (p[2] == '-' ? ' ' : ':') || !when_clock(p + 12, w))
		return false;
	w->day = when_number(p, 2);
	w->month = when_month(p + 3);
	w->year = when_number(p + 7, 4);
	drop(s, 20);
	return true;
}

static void
take_time(struct span *s, struct fields *f)
{
	struct span t = *s;
	struct when w;
	const char *close;
	int east;
	bool in = take(&t, '[');

	if (!take_iso(&t, &w) && !take_named(&t, &w))
		return;
	take_fraction(&t);
	if (take_zone(&t, &east)) {
		f->has_time = when_utc(&w, &f->time);
		f->time -= f->has_time ? east : 0;
	} else
		f->has_time = when_local(&w, &f->time);
	/* what is left in the bracket is the name of a zone */
	close = in ? memchr(t.p, ']', t.n) : NULL;
	if (close != NULL)
		drop(&t, (size_t)(close + 1 - t.p));
	*s = t;
}

/* The word at the beginning, if it is a level and not just a word: `close`
 * or a colon follows, or it is in capitals. */
static enum level
level_here(struct span s, char close)
{
	size_t n = 0;
	bool capitals = true;

	while (n < s.n &&
	    ((s.p[n] >= 'A' && s.p[n] <= 'Z') ||
		(s.p[n] >= 'a' && s.p[n] <= 'z') ||
		(n > 0 && s.p[n] >= '0' && s.p[n] <= '9'))) {
		capitals = capitals && s.p[n] < 'a';
		n++;
	}
	if (n < s.n && s.p[n] != ':' && s.p[n] != close &&
	    !(capitals && s.p[n] == ' '))
		return LEVEL_NONE;
	return level_parse(s.p, n);
}

/* "ERROR text", "[main] WARN text", "- name - INFO - text", "error: text" */
static enum level
find_level(struct span s)
{
	enum level found;
	const char *at;
	bool in;

	for (;;) {
		while (take(&s, ' '))
			;
		in = take(&s, '[');
		if (!in && !begins(s, "- "))
			return level_here(s, ':');
		if (!in)
			drop(&s, 2);
		found = level_here(s, in ? ']' : ' ');
		at = in ? memchr(s.p, ']', s.n) : memmem(s.p, s.n, " - ", 3);
		if (found != LEVEL_NONE || at == NULL)
			return found;
		drop(&s, (size_t)(at + 1 - s.p));
	}
}

static bool
plain_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	const char *lf = len > 0 ? memchr(record, '\n', len) : NULL;
	struct span s = { record, lf != NULL ? (size_t)(lf - record) : len };

	(void)self;
	f->message = s;
	take_time(&s, f);
	f->level = find_level(s);
	return true;
}

const struct format format_plain = { .name = "plain",
	.starts = plain_starts,
	.parse = plain_parse };
