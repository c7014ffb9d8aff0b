/* SPDX-License-Identifier: ISC */
/*
 * Everything that was seen of a target in one attempt, before it is judged.
 */
#ifndef UPTIME_JUDGE_SIGHT_H
#define UPTIME_JUDGE_SIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/dns/resolve.h"
#include "uptime/judge/zone.h"
#include "uptime/probe.h"
#include "uptime/site.h"

struct walk;

/* One URL on the way, asked at every address; redirects make several. */
struct hop {
	struct url url; /* owned; unused in the first: the target's */
	const struct resolution *resolution; /* NULL: a literal address */
	struct probe *probe;                 /* owned, one an address */
	size_t n;
};

#define CHECK_HOPS 6 /* five redirects */

/* Everything that was seen of a target in one attempt. */
struct sight {
	const struct target *target;
	const struct walk *walk;    /* NULL: not walked */
	struct zone_verdict *zone;  /* of the walk, owned; NULL: none */
	struct hop hop[CHECK_HOPS]; /* tcp: one, url unused; exec: one probe */
	size_t nhop;
	enum reason stopped; /* a redirect that was not followed: REDIRECT,
			      * REDIRECT_LOOP, REDIRECT_PRIVATE, REDIRECT_BAD */
	char why[PROBE_DETAIL];
	bool offline;      /* the witnesses: it is us */
	bool no_v4, no_v6; /* this host has no route for the family */
	int64_t began;     /* the first attempt, seconds since 1970 */
	int64_t now;       /* this one */
	int attempts;
};
void sight_free(struct sight *);

#endif
