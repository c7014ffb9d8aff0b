/* SPDX-License-Identifier: ISC */
/*
 * Sights of a site that is well or broken in one way or another, with the
 * verdicts that belong to them.
 */
#ifndef TESTS_UNIT_SIGHT_SAMPLE_H
#define TESTS_UNIT_SIGHT_SAMPLE_H

#include "uptime/judge/check.h"

#define SAMPLE_NOW 1795245420 /* Sat 21 Nov 2026 07:17:00 UTC */

struct sample {
	struct target target;
	struct verdict verdict;
	struct sight sight;
	struct ip ip[20];
	struct resolution resolution;
	struct zone_verdict zone;
	struct probe probe[CHECK_HOPS][20];
};
void sample_free(struct sample *);

#define SAMPLES 14
extern const struct sample_kind {
	const char *name;
	struct sample *(*make)(void);
	int nagios; /* the status that a plugin would end with */
} sample_kinds[SAMPLES];

#endif
