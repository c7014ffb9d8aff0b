/* SPDX-License-Identifier: ISC */
/* The date at the beginning of a line. */
#include "watchdog/read/when_text.h"

#include <string.h>

#include "watchdog/read/take.h"
#include "watchdog/read/when.h"

#define EPOCH_DIGITS 11 /* up to the year 5138 */

/* Takes ".123" or ",123". */
static void
take_fraction(struct span *s)
{
	struct span t = *s;

	if ((take_char(&t, '.') || take_char(&t, ',')) && take_digits(&t))
		*s = t;
}

/* Takes a zone: seconds east of Greenwich. */
static bool
take_zone(struct span *s, int *east)
{
	struct span t = *s;
	int h, m, sign;

	*east = 0;
	if (take_char(s, 'Z'))
		return true;
	take_char(&t, ' ');
	if (take_text(&t, "UTC") || take_text(&t, "GMT")) {
		*s = t;
		return true;
	}
	if (t.n < 5 || (t.p[0] != '+' && t.p[0] != '-'))
		return false;
	sign = t.p[0] == '-' ? -1 : 1;
	h = when_number(t.p + 1, 2);
	take_bytes(&t, 3);
	take_char(&t, ':');
	m = t.n >= 2 ? when_number(t.p, 2) : -1;
	if (h < 0 || m < 0)
		return false;
	take_bytes(&t, 2);
	*s = t;
	*east = sign * (h * 60 + m) * 60;
	return true;
}

/* "2026-11-20" or "2026/11/20", and 'T' or a blank */
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
	take_bytes(s, 19);
	return true;
}

/* PHP's and Tomcat's "20-Nov-2026 04:00:01", AOLserver's
 * "20/Nov/2026:04:00:01", Django's "20/Nov/2026 04:00:01" */
static bool
take_named(struct span *s, struct when *w)
{
	const char *p = s->p;

	if (s->n < 20 || (p[2] != '-' && p[2] != '/') || p[6] != p[2] ||
	    (p[11] != ' ' && (p[2] == '-' || p[11] != ':')) ||
	    !when_clock(p + 12, w))
		return false;
	w->day = when_number(p, 2);
	w->month = when_month(p + 3);
	w->year = when_number(p + 7, 4);
	take_bytes(s, 20);
	return true;
}

/* One or two digits; -1 if there is none. */
static int
take_short(struct span *s)
{
	int n = s->n >= 2 ? when_number(s->p, 2) : -1;
	size_t digits = n >= 0 ? 2 : 1;

	if (n < 0 && s->n > 0)
		n = when_number(s->p, 1);
	if (n >= 0)
		take_bytes(s, digits);
	return n;
}

/* ctime(3)'s "Fri Nov 20 04:00:01 2026"; Apache puts ".123456" in between. */
static bool
take_ctime(struct span *s, struct when *w)
{
	const char *p = s->p;
	struct span t = *s;

	if (s->n < 24 || p[3] != ' ' || p[7] != ' ' || p[10] != ' ' ||
	    !when_clock(p + 11, w))
		return false;
	w->month = when_month(p + 4);
	w->day = p[8] == ' ' ? when_number(p + 9, 1) : when_number(p + 8, 2);
	take_bytes(&t, 19);
	take_fraction(&t);
	if (!take_char(&t, ' ') || t.n < 4)
		return false;
	w->year = when_number(t.p, 4);
	take_bytes(&t, 4);
	*s = t;
	return true;
}

/* java.util.logging's "Nov 20, 2026 4:00:01 AM" */
static bool
take_american(struct span *s, struct when *w)
{
	struct span t = *s;
	bool pm;

	if (t.n < 23 || t.p[3] != ' ')
		return false;
	w->month = when_month(t.p);
	take_bytes(&t, 4);
	w->day = take_short(&t);
	if (w->month == 0 || !take_text(&t, ", ") || t.n < 5)
		return false;
	w->year = when_number(t.p, 4);
	take_bytes(&t, 4);
	if (!take_char(&t, ' '))
		return false;
	w->hour = take_short(&t);
	if (w->hour < 1 || w->hour > 12 || t.n < 9 || t.p[0] != ':' ||
	    t.p[3] != ':')
		return false;
	w->min = when_number(t.p + 1, 2);
	w->sec = when_number(t.p + 4, 2);
	take_bytes(&t, 6);
	/* newer Java puts U+202F in front */
	if (!take_char(&t, ' ') && !take_text(&t, "\xe2\x80\xaf"))
		return false;
	pm = take_text(&t, "PM");
	if (!pm && !take_text(&t, "AM"))
		return false;
	w->hour = w->hour % 12 + (pm ? 12 : 0);
	*s = t;
	return true;
}

bool
when_take(struct span *s, bool *exists, int64_t *t)
{
	struct span rest = *s;
	struct when w;
	int east;

	if (!take_iso(&rest, &w) && !take_named(&rest, &w) &&
	    !take_ctime(&rest, &w) && !take_american(&rest, &w))
		return false;
	take_fraction(&rest);
	if (take_zone(&rest, &east)) {
		*exists = when_utc(&w, t);
		*t -= *exists ? east : 0;
	} else
		*exists = when_local(&w, t);
	*s = rest;
	return true;
}

bool
when_read(struct span s, int64_t *t)
{
	struct span digits = s;
	int64_t seconds = 0;
	bool exists;

	if (when_take(&s, &exists, t))
		return exists;
	if (!take_digits(&s) || digits.n - s.n > EPOCH_DIGITS)
		return false;
	digits.n -= s.n;
	take_fraction(&s);
	if (s.n > 0)
		return false;
	for (size_t i = 0; i < digits.n; i++)
		seconds = seconds * 10 + (digits.p[i] - '0');
	*t = seconds;
	return true;
}
