/* SPDX-License-Identifier: ISC */
/*
 * Dates as logs write them, read by hand: strptime(3) obeys the locale.
 */
#ifndef WATCHDOG_READ_WHEN_H
#define WATCHDOG_READ_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
