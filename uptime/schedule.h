/* SPDX-License-Identifier: ISC */
/*
 * What is due, and in which order.  Pure.
 */
#ifndef UPTIME_SCHEDULE_H
#define UPTIME_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One target, seen by the schedule. */
struct schedule_item {
	const char *key;
	int64_t every;   /* s */
	int64_t last;    /* begun, seconds since 1970; 0: never */
	bool failed;     /* last time */
	int64_t last_us; /* the last reply took; -1: not known */
	size_t index;    /* the caller's */
};

/*
 * Is it due at `now`?  A run that comes a little early (cron's jitter, a tenth
 * of `every` and at most 30 s) counts as on time, so that `every = 5m` under a
 * 5-minute cron does not become 10 minutes; a `last` that lies ahead (the
 * clock went back) is due.
 */
bool schedule_due(const struct schedule_item *, int64_t now);
/*
 * Failed and slow ones first, the slowest foremost, the rest in an order that
 * differs from run to run (by seed), so that nobody is always last and sites
 * of one host are not asked in one burst.
 */
void schedule_order(struct schedule_item *, size_t n, uint64_t seed);

#endif
