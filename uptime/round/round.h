/* SPDX-License-Identifier: ISC */
/*
 * One round: every target that is handed in is walked, resolved, asked at each
 * address, judged, and rechecked when it failed.  Commits nothing.
 */
#ifndef UPTIME_ROUND_ROUND_H
#define UPTIME_ROUND_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/judge/check.h"

struct uptime_conf;

struct round_item {
	const struct target *target;
	/* A failure counts only when it was rechecked (conf->recheck). */
	bool recheck;
	int64_t serial_since; /* for zone_judge */
};

struct round_stats {
	uint64_t questions; /* to name servers */
	bool offline;       /* the witnesses were silent at some time */
	bool cut;           /* the deadline came first: some have no evidence */
};

/*
 * In the order given, as far as limits let it.  each is called once an item,
 * when its verdict stands; verdict and sight are gone after it.
 */
void round_run(const struct uptime_conf *, struct round_item *, size_t n,
    void (*each)(void *, struct round_item *, const struct verdict *,
	const struct sight *),
    void *arg, struct round_stats *);

#endif
