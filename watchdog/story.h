/* SPDX-License-Identifier: ISC */
/*
 * A story: what the store keeps of a group of records, for one route.  A
 * noun: nothing but the struct.
 */
#ifndef WATCHDOG_STORY_H
#define WATCHDOG_STORY_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/hash.h"
#include "common/base/text.h"
#include "watchdog/format/format.h"

#define STORY_DAYS 35 /* records by the hour are kept so long */

/* Records of one hour; hours without any are left out. */
struct story_hour {
	int64_t hour; /* since 1970 */
	int64_t records;
};

struct story {
	struct hash fingerprint;
	const char *route; /* its prefix, "" for what is admin's */
	const char *log;   /* of a route in a log block: its title; else "" */
	const char *site;  /* virtual host, "" if none is known */
	enum level level;  /* the gravest so far */
	int64_t first, last;
	int64_t records; /* in all */
	/* The latest sample, as struct group has it. */
	const char *path; /* "" if none */
	const char *file;
	int64_t offset, lines, cut;
	struct span message, sample;
	/* Of the last STORY_DAYS days, ascending. */
	const struct story_hour *hour;
	size_t nhour;
};

#endif
