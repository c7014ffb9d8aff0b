/* SPDX-License-Identifier: ISC */
/* Dates as logs write them. */
#include "watchdog/format/when.h"

#include <string.h>
#include <time.h>

#include "watchdog/format/take.h"

#define EPOCH_DIGITS 11 /* up to the year 5138 */

int
when_number(const char *p, int digits)
{
	int n = 0;

	for (int i = 0; i < digits; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		n = n * 10 + (p[i] - '0');
	}
	return n;
}

int
when_month(const char *p)
{
	static const char name[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++)
		if (memcmp(p, name + 3 * i, 3) == 0)
			return i + 1;
	return 0;
}

bool
when_clock(const char *p, struct when *w)
{
	w->hour = when_number(p, 2);
	w->min = when_number(p + 3, 2);
	w->sec = when_number(p + 6, 2);
	return p[2] == ':' && p[5] == ':' && w->hour >= 0 && w->min >= 0 &&
	    w->sec >= 0;
}

/* What "now" is, to find the year of a date that has none. */
static _Thread_local int64_t now;

static bool
is_real(const struct when *w)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (w->year % 4 == 0 && w->year % 100 != 0) ||
	    w->year % 400 == 0;

	return w->year >= 1970 && w->year <= 9999 && w->month >= 1 &&
	    w->month <= 12 && w->day >= 1 && w->day <= days[w->month - 1] &&
	    (w->month != 2 || w->day < 29 || leap) && w->hour >= 0 &&
	    w->hour < 24 && w->min >= 0 && w->min < 60 && w->sec >= 0 &&
	    w->sec <= 60; /* a leap second */
}

bool
when_utc(const struct when *w, int64_t *t)
{
	/* Years that begin in March put the odd day at their end. */
	int64_t y = w->month > 2 ? w->year : w->year - 1;
	int64_t m = (w->month + 9) % 12;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 +
	    (m * 306 + 5) / 10 + w->day - 1 - 719468;

	if (!is_real(w))
		return false;
	*t = ((days * 24 + w->hour) * 60 + w->min) * 60 + w->sec;
	return true;
}

static int64_t
local(const struct when *w, int min, int sec)
{
	struct tm tm = { .tm_year = w->year - 1900,
		.tm_mon = w->month - 1,
		.tm_mday = w->day,
		.tm_hour = w->hour,
		.tm_min = min,
		.tm_sec = sec,
		.tm_isdst = -1 };

	return (int64_t)mktime(&tm);
}

/*
 * mktime(3) costs a microsecond, and a log has a thousand records an hour:
 * the last hour's begin is kept, unless the zone changes within that hour
 * (Lord Howe Island does it by 30 minutes).  A memo, a thread: it changes no
 * answer.
 */
bool
when_local(const struct when *w, int64_t *t)
{
	static _Thread_local struct {
		struct when hour;
		int64_t begin;
	} last;
	struct when hour = *w;

	if (!is_real(w))
		return false;
	hour.min = hour.sec = 0;
	if (memcmp(&hour, &last.hour, sizeof hour) != 0) {
		last.hour = hour;
		last.begin = local(w, 0, 0);
		if (local(w, 59, 59) - last.begin != 3599) {
			last.hour.year = 0;
			*t = local(w, w->min, w->sec);
			return true;
		}
	}
	*t = last.begin + w->min * 60 + w->sec;
	return true;
}

void
when_set_now(int64_t t)
{
	now = t;
}

bool
when_yearless(const struct when *date, int64_t *t)
{
	struct when w = *date;
	int64_t found;

	if (now == 0)
		return false;
	/* 365.2425 days; in the last days of a year it is one too many */
	w.year = (int)(1970 + (now + 2 * 86400) / 31556952);
	/* the 29th of February comes after at most 8 years */
	for (int i = 0; i < 10; i++, w.year--)
		if (when_local(&w, &found) && found <= now + 86400) {
			*t = found;
			return true;
		}
	return false;
}

/* ---- at the beginning of a text ---------------------------------------- */

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
when_take_zone(struct span *s, bool *exists, int64_t *t, bool *zone)
{
	struct span rest = *s;
	struct when w;
	int east;

	if (!take_iso(&rest, &w) && !take_named(&rest, &w) &&
	    !take_ctime(&rest, &w) && !take_american(&rest, &w))
		return false;
	take_fraction(&rest);
	*zone = take_zone(&rest, &east);
	if (*zone) {
		*exists = when_utc(&w, t);
		*t -= *exists ? east : 0;
	} else
		*exists = when_local(&w, t);
	*s = rest;
	return true;
}

bool
when_take(struct span *s, bool *exists, int64_t *t)
{
	bool zone;

	return when_take_zone(s, exists, t, &zone);
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
