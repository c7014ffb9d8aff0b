/* SPDX-License-Identifier: ISC */
/*
 * Dates as logs write them, read by hand: strptime(3) obeys the locale.
 */
#ifndef WATCHDOG_FORMAT_WHEN_H
#define WATCHDOG_FORMAT_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"

struct when {
	int year, month, day, hour, min, sec; /* month from 1 */
};

/* Exactly `digits` decimal digits; -1 if they are not there. */
int when_number(const char *, int digits);
/* 1 for "Jan"; 0 if it is none. */
int when_month(const char *);
/* "hh:mm:ss", eight bytes. */
bool when_clock(const char *, struct when *);

/* Seconds since 1970; false if there is no such day or hour. */
bool when_utc(const struct when *, int64_t *);
/* The same for the local zone. */
bool when_local(const struct when *, int64_t *);

/*
 * Of a date without a year, in the local zone: the latest year in which there
 * is such a day and it is no more than a day after "now".  False before
 * when_set_now was called, for nobody here looks at a clock.  A year is as
 * good as the assumption that no log is older than one.
 */
bool when_yearless(const struct when *, int64_t *);
/* For this thread; seconds since 1970. */
void when_set_now(int64_t);

/*
 * Takes one of
 *	2026-11-20 04:00:01	2026/11/20 04:00:01	2026-11-20T04:00:01
 *	20-Nov-2026 04:00:01	20/Nov/2026:04:00:01	20/Nov/2026 04:00:01
 *	Fri Nov 20 04:00:01 2026	Nov 20, 2026 4:00:01 AM
 * with its fraction (".123", ",123") and its zone ("Z", " UTC", "+01:00",
 * " +0100") if they follow; without a zone it is local.  *exists: there is
 * such a day, and *t is set.  False, and nothing taken, if there is no date.
 */
bool when_take(struct span *, bool *exists, int64_t *t);
/* The same; *zone: one stood there. */
bool when_take_zone(struct span *, bool *exists, int64_t *t, bool *zone);
/* The whole of a text that was cut out as a time: one of the above, or seconds
 * since 1970 with or without a fraction. */
bool when_read(struct span, int64_t *t);

#endif
