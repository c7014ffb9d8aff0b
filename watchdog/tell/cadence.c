/* SPDX-License-Identifier: ISC */
/* When the owners of a route are told of a group. */
#include "watchdog/tell/cadence.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 1000000000
#define MORNING (7 * 60) /* minute of "daily" */

/* A decimal number and what follows it; false: no digit, or too large. */
static bool
number(const char **s, int64_t max, int64_t *n)
{
	const char *p = *s;

	for (*n = 0; *p >= '0' && *p <= '9'; p++)
		if ((*n = *n * 10 + (*p - '0')) > max)
			return false;
	if (p == *s)
		return false;
	*s = p;
	return true;
}

static bool
parse_threshold(const char *s, struct cadence *c)
{
	static const char in[] = " in ";

	c->kind = CADENCE_THRESHOLD;
	if (!number(&s, RECORDS_MAX, &c->records) || c->records == 0 ||
	    strncmp(s, in, strlen(in)) != 0)
		return false;
	s += strlen(in);
	if (!number(&s, CADENCE_HOURS, &c->hours))
		return false;
	if (strcmp(s, "d") == 0)
		c->hours *= 24;
	else if (strcmp(s, "h") != 0)
		return false;
	return c->hours >= 1 && c->hours <= CADENCE_HOURS;
}

static bool
parse_daily(const char *s, struct cadence *c)
{
	int64_t hour, minute;

	*c = (struct cadence){ .kind = CADENCE_DAILY, .minute = MORNING };
	if (*s == '\0')
		return true;
	if (*s++ != ' ' || !number(&s, 23, &hour) || *s++ != ':' ||
	    strlen(s) != 2 || !number(&s, 59, &minute) || *s != '\0')
		return false;
	c->minute = (int)(hour * 60 + minute);
	return true;
}

bool
cadence_parse(const char *s, struct cadence *c)
{
	static const char daily[] = "daily";

	*c = (struct cadence){ .kind = CADENCE_EVERY_RUN };
	if (strcmp(s, "every-run") == 0)
		return true;
	if (strncmp(s, daily, strlen(daily)) == 0)
		return parse_daily(s + strlen(daily), c);
	if (strcmp(s, "powers") != 0)
		return parse_threshold(s, c);
	c->kind = CADENCE_POWERS;
	return true;
}

/* How often ten goes into it as a factor of what is passed. */
static int
power(int64_t n)
{
	int p = 0;

	for (; n >= 10; n /= 10)
		p++;
	return p;
}

/*
 * Hour by hour, from the last that was over: each of this run's hours that is
 * over while the one looked at before it was not makes it due.
 */
static bool
passes(const struct cadence *c, struct cadence_case *k)
{
	int64_t hour, from, over = k->over_at;
	bool due = false, is_over;
	size_t i;

	for (i = 0; i < k->nrun; i++) {
		hour = k->run[i].hour;
		if (hour < over)
			continue;
		is_over = novelty_sum(k->all, k->nall, hour - c->hours, hour) >=
		    c->records;
		if (!is_over)
			continue;
		/* Was it over all the time since? */
		for (from = over + 1; over != 0 && from < hour; from++)
			if (from - over > CADENCE_HOURS + 1 ||
			    novelty_sum(k->all, k->nall, from - c->hours,
				from) < c->records)
				break;
		due |= over == 0 || from < hour;
		over = hour;
	}
	k->over_at = over;
	return due;
}

bool
cadence_due(const struct cadence *c, struct cadence_case *k)
{
	switch (c->kind) {
	case CADENCE_POWERS:
		return k->novelty != NOVEL_KNOWN ||
		    power(k->told) < power(k->told + k->waits + k->count);
	case CADENCE_THRESHOLD:
		return passes(c, k);
	case CADENCE_DAILY:
		return k->since < k->daily ||
		    (k->waits > 0 && k->waits_since < k->daily);
	case CADENCE_EVERY_RUN:
		break;
	}
	return true;
}
