/* SPDX-License-Identifier: ISC */
/*
 * The only source of time.  Wall time is for display and for what outlives a
 * boot; deadlines run on CLOCK_BOOTTIME.  A test pins the wall clock with
 * clock_pin, a build with STEPS also by SITEWATCH_NOW (seconds since 1970).
 */
#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since 1970, UTC. */
int64_t clock_now(void);
/* From here on clock_now answers t; -1 lets it run again. */
void clock_pin(int64_t t);
/* Milliseconds that only ever grow, suspend included. */
int64_t clock_mono(void);
/* The same clock in microseconds, to time with. */
int64_t clock_mono_us(void);

struct deadline {
	int64_t end; /* in clock_mono's milliseconds */
};

struct deadline deadline_in(int64_t ms);
/* Milliseconds left, never below 0. */
int64_t deadline_left(struct deadline);
bool deadline_passed(struct deadline);

/* The latest moment up to t at which a local clock showed that minute of the
 * day (0 to 1439); the first of two; where the clock was put forward over it,
 * the moment at which it would have. */
int64_t clock_daily(int64_t t, int minute);

#define CLOCK_TEXT 48 /* room for any of the texts below */

/* "2026-11-21T06:47:00Z".  Each returns its buffer. */
char *clock_rfc3339(int64_t t, char out[CLOCK_TEXT]);
/* "Sat, 21 Nov 2026 07:47:00 +0100", in the local zone. */
char *clock_rfc5322(int64_t t, char out[CLOCK_TEXT]);
/* "21 Nov 07:47:00 CET", in the local zone, for people. */
char *clock_local(int64_t t, char out[CLOCK_TEXT]);
/* "3d 4h", "12m", "45s": the two largest units. */
char *clock_span(int64_t seconds, char out[CLOCK_TEXT]);

#endif
