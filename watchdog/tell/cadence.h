/* SPDX-License-Identifier: ISC */
/*
 * When the owners of a route are told of a group: now, or does it wait?  Pure.
 *
 *  every-run  always
 *  powers     new, back and growing at once; a known one when its records
 *             since it was new or came back pass 10, 100, 1000 ...
 *  N in T     when N records came within T, and again when that was over in
 *             between.  T is counted by the hours of the clock: a record may
 *             be up to an hour older than T
 *  daily      by the first run from that time of the day on; that one tells
 *             what it found itself, too
 */
#ifndef WATCHDOG_TELL_CADENCE_H
#define WATCHDOG_TELL_CADENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/match/route.h"
#include "watchdog/story.h"
#include "watchdog/tell/novelty.h"

#define CADENCE_HOURS (7 * 24) /* T of "N in T" at most */

/* "every-run", "powers", "10 in 1h", "daily", "daily 07:00"; false: none of
 * these. */
bool cadence_parse(const char *, struct cadence *);

/* A group at the end of a run. */
struct cadence_case {
	enum novelty novelty;
	int64_t told;        /* records since it was new or came back, told; */
	int64_t waits;       /* waiting from runs before; */
	int64_t count;       /* and of this run */
	int64_t waits_since; /* run that met the first of those waiting, or 0 */
	/* All hours kept, this run's too, and this run's alone; ascending. */
	const struct story_hour *all, *run;
	size_t nall, nrun;
	int64_t over_at; /* last hour known to be over the threshold, or 0 */
	int64_t since;   /* the run before; 0: none */
	int64_t daily;   /* of "daily": the last such time of the day */
};

/* over_at moves on. */
bool cadence_due(const struct cadence *, struct cadence_case *);

#endif
