/* SPDX-License-Identifier: ISC */
/* The only source of time. */
#define _GNU_SOURCE /* tm_zone, tm_gmtoff, CLOCK_BOOTTIME */
#include "common/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* strftime's %a and %b follow the locale; mail wants English. */
static const char *const month[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const weekday[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
	"Sat" };

static int64_t pinned = -1;

int64_t
clock_now(void)
{
	struct timespec ts;
#ifdef WITH_STEPS
	const char *now = getenv("SITEWATCH_NOW");

	if (pinned == -1 && now != NULL)
		return strtoll(now, NULL, 10);
#endif
	if (pinned != -1)
		return pinned;
	/* Not time(2): it may lag behind the stamps of files by a tick. */
	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

void
clock_pin(int64_t t)
{
	pinned = t;
}

int64_t
clock_mono(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct deadline
deadline_in(int64_t ms)
{
	struct deadline d;

	if (__builtin_add_overflow(clock_mono(), ms, &d.end))
		d.end = ms < 0 ? INT64_MIN : INT64_MAX;
	return d;
}

int64_t
deadline_left(struct deadline d)
{
	int64_t now = clock_mono();

	return d.end > now ? d.end - now : 0;
}

bool
deadline_passed(struct deadline d)
{
	return deadline_left(d) == 0;
}

/* That minute of the local day of which tm is a moment. */
static int64_t
minute_of(struct tm tm, int minute)
{
	int64_t best = INT64_MIN;
	struct tm got;
	time_t t;

	tm.tm_hour = minute / 60;
	tm.tm_min = minute % 60;
	tm.tm_sec = 0;
	/* Never -1: what that gives may differ from call to call. */
	for (int dst = 0; dst <= 1; dst++) {
		struct tm ask = tm;

		ask.tm_isdst = dst;
		t = mktime(&ask);
		if (localtime_r(&t, &got) == NULL)
			continue;
		if (got.tm_hour * 60 + got.tm_min == minute &&
		    (best == INT64_MIN || t < best))
			best = t;
	}
	if (best == INT64_MIN) {
		tm.tm_isdst = 0;
		best = mktime(&tm);
	}
	return best;
}

int64_t
clock_daily(int64_t t, int minute)
{
	time_t tt = t;
	struct tm tm;
	int64_t at;

	if (localtime_r(&tt, &tm) == NULL)
		return INT64_MIN;
	at = minute_of(tm, minute);
	/* Noon: mktime must not land on the day before or after. */
	for (int back = 0; at > t && back < 2; back++) {
		tm.tm_mday--;
		tm.tm_hour = 12;
		tm.tm_isdst = -1;
		mktime(&tm);
		at = minute_of(tm, minute);
	}
	return at;
}

/* A year that does not fit into an int is the one thing to fail. */
static char *
bare_seconds(int64_t t, char out[CLOCK_TEXT])
{
	snprintf(out, CLOCK_TEXT, "@%" PRId64, t);
	return out;
}

char *
clock_rfc3339(int64_t t, char out[CLOCK_TEXT])
{
	time_t tt = t;
	struct tm tm;

	if (gmtime_r(&tt, &tm) == NULL)
		return bare_seconds(t, out);
	snprintf(out, CLOCK_TEXT, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02dZ",
	    (int64_t)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	return out;
}

char *
clock_rfc5322(int64_t t, char out[CLOCK_TEXT])
{
	time_t tt = t;
	struct tm tm;
	long off;

	if (localtime_r(&tt, &tm) == NULL)
		return bare_seconds(t, out);
	off = labs(tm.tm_gmtoff) / 60;
	snprintf(out, CLOCK_TEXT,
	    "%s, %02d %s %04" PRId64 " %02d:%02d:%02d %c%02ld%02ld",
	    weekday[tm.tm_wday], tm.tm_mday, month[tm.tm_mon],
	    (int64_t)tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    tm.tm_gmtoff < 0 ? '-' : '+', off / 60 % 100, off % 60);
	return out;
}

char *
clock_local(int64_t t, char out[CLOCK_TEXT])
{
	time_t tt = t;
	struct tm tm;

	if (localtime_r(&tt, &tm) == NULL)
		return bare_seconds(t, out);
	/* TZ may name a zone of any length. */
	snprintf(out, CLOCK_TEXT, "%02d %s %02d:%02d:%02d %.10s", tm.tm_mday,
	    month[tm.tm_mon], tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_zone);
	return out;
}

char *
clock_span(int64_t seconds, char out[CLOCK_TEXT])
{
	static const struct {
		uint64_t size;
		char name;
	} unit[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	const char *sign = seconds < 0 ? "-" : "";
	/* Unsigned, as INT64_MIN has no positive twin. */
	uint64_t s = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
	uint64_t first, second;
	size_t i;

	for (i = 0; i < 3 && s < unit[i].size; i++)
		;
	first = s / unit[i].size;
	second = i < 3 ? s % unit[i].size / unit[i + 1].size : 0;
	if (second == 0)
		snprintf(out, CLOCK_TEXT, "%s%" PRIu64 "%c", sign, first,
		    unit[i].name);
	else
		snprintf(out, CLOCK_TEXT, "%s%" PRIu64 "%c %" PRIu64 "%c", sign,
		    first, unit[i].name, second, unit[i + 1].name);
	return out;
}
