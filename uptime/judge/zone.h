/* SPDX-License-Identifier: ISC */
/*
 * A walk judged: what is amiss with a zone, each thing told apart, and who can
 * mend it.  Pure.
 */
#ifndef UPTIME_JUDGE_ZONE_H
#define UPTIME_JUDGE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "uptime/probe.h"

struct walk;
struct walk_server;
struct walk_zone;

#define ZONE_SIGNED_SOON (3 * 86400) /* s before signatures end: a warning */
#define ZONE_SERIAL_GRACE 600        /* s that secondaries may lag behind */

struct zone_verdict {
	struct findings findings; /* worst first within each layer */
	struct layer_result at[LAYER_RECORDS + 1];
	/* Until when resolvers that asked before the fault may still answer, at
	 * most (seconds since 1970); 0: nothing is wrong, or nobody says. */
	int64_t cached_until;
	/* Since when the serials have been apart: as handed in, `now` when
	 * they were not before, 0 when they are not. */
	int64_t serial_since;
};

/*
 * Grades: nobody can find the site: DOWN; some cannot (1 of 2 servers dead or
 * lame, answers that differ, one family): DEGRADED; it will break or is
 * fragile (signatures near their end, one network, serials apart for longer
 * than the grace, NS sets that differ): WARNING.  serial_since: since when the
 * serials have been apart, as told before, 0 if they were not; WALK_NO_ROOT
 * is UNKNOWN (REASON_ROOTS_SILENT).
 */
void zone_judge(struct zone_verdict *, const struct walk *, int64_t now,
    int64_t serial_since);
void zone_verdict_free(struct zone_verdict *);

/* What is amiss with one server by itself: REASON_NS_… or NONE. */
enum reason zone_server(const struct walk_server *);
/* Was it asked, over a network that we have? */
bool zone_heard(const struct walk_server *);
/* Its name, for people: "the root" or as it is. */
const char *zone_name(const struct walk_zone *);

#endif
