/* SPDX-License-Identifier: ISC */
/* The time at the beginning of a text. */
#include "watchdog/read/stamp.h"

#include <string.h>

#include "watchdog/match/span.h"
#include "watchdog/read/format.h"
#include "watchdog/read/when.h"

static void
take_n(struct span *s, size_t n)
{
	*s = span_skip(*s, n);
}

static bool
take(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	take_n(s, 1);
	return true;
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
		take_n(s, i);
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
	if (span_begins(t, "UTC") || span_begins(t, "GMT")) {
		take_n(&t, 3);
		*s = t;
		return true;
	}
	if (t.n < 5 || (t.p[0] != '+' && t.p[0] != '-'))
		return false;
	sign = t.p[0] == '-' ? -1 : 1;
	h = when_number(t.p + 1, 2);
	take_n(&t, 3);
	take(&t, ':');
	m = t.n >= 2 ? when_number(t.p, 2) : -1;
	if (h < 0 || m < 0)
		return false;
	take_n(&t, 2);
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
	take_n(s, 19);
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
	take_n(s, 20);
	return true;
}

bool
stamp_take(struct span *s, struct fields *f, bool *zone)
{
	struct span t = *s;
	struct when w;
	int east;

	if (!take_iso(&t, &w) && !take_named(&t, &w))
		return false;
	take_fraction(&t);
	*zone = take_zone(&t, &east);
	if (*zone) {
		f->has_time = when_utc(&w, &f->time);
		f->time -= f->has_time ? east : 0;
	} else
		f->has_time = when_local(&w, &f->time);
	*s = t;
	return true;
}
