/* SPDX-License-Identifier: ISC */
/*
 * One fault in a good walk (walk_sample.h), and what zone_judge should say.
 */
#ifndef TESTS_UNIT_ZONE_CASE_H
#define TESTS_UNIT_ZONE_CASE_H

#include "tests/unit/walk_sample.h"
#include "uptime/probe.h"

struct zone_case {
	void (*broken)(struct walk_sample *);
	const char *name;
	enum grade grade;
	enum reason reason; /* of the first finding */
	size_t n;           /* findings */
	enum layer layer;
	int good, all;
	int64_t cached; /* seconds from SAMPLE_NOW */
};

#define BROKEN(f) f, #f

void zone_cases(const struct zone_case *, size_t n);

#endif
