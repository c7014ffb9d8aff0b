/* SPDX-License-Identifier: ISC */
/* Dates as logs write them. */
#include "watchdog/read/when.h"

#include <string.h>
#include <time.h>

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
exists(const struct when *w)
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

	if (!exists(w))
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

	if (!exists(w))
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
