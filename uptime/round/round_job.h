/* SPDX-License-Identifier: ISC */
/*
 * One target on its way through a round.  Shared by round.c, which starts jobs
 * and settles them, and round_job.c, which takes a job from the question for
 * its addresses to the verdict.
 */
#ifndef UPTIME_ROUND_ROUND_JOB_H
#define UPTIME_ROUND_ROUND_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/probe/loop.h"
#include "uptime/round/round.h"

/* What all jobs of a round share; NULL: nobody needs it. */
struct round {
	const struct uptime_conf *conf;
	struct loop *loop;
	struct dns *dns;
	struct resolve *resolve;
	struct delegation *delegation;
	struct fetch *fetch;
	struct plugins *plugins;
	struct gates *gates;
	/* By family, IPv4 first: witnesses, whether there is a route, and
	 * whether it was found dead in this round. */
	struct witnesses *witness[2];
	size_t nwitness[2];
	bool route[2], dead[2], asked[2];

	struct round_item *item;
	size_t n, next, settled;
	size_t active;
	int64_t end; /* clock_mono: no job is begun after it */
	void (*each)(void *, struct round_item *, const struct verdict *,
	    const struct sight *);
	void *arg;
	struct round_stats *stats;
};

struct job {
	struct round *round;
	struct round_item *item;
	struct sight sight;
	int attempt;         /* from 1 */
	int64_t began;       /* the first of them */
	int waiting;         /* answers that are still to come */
	size_t family;       /* whose witnesses are asked */
	int answered, asked; /* witnesses */
	struct loop_timer timer;
};

/* One attempt; ends in job_judged. */
void job_attempt(struct job *);
/* In round.c: what the attempt came to. */
void job_judged(struct job *, const struct verdict *);

#endif
