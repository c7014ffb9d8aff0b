/* SPDX-License-Identifier: ISC */
/*
 * Section -> owners.  Pure.  The longest prefix on a component boundary
 * wins: "/news" takes /news and /news/x.php, not /newsletter.
 */
#ifndef WATCHDOG_MATCH_ROUTE_H
#define WATCHDOG_MATCH_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"

/* When the owners are told of a group (tell/cadence.h). */
struct cadence {
	enum {
		CADENCE_EVERY_RUN,
		CADENCE_POWERS,    /* at 10, 100, 1000 … records */
		CADENCE_THRESHOLD, /* at so many records within so many hours */
		CADENCE_DAILY      /* once a day, from a minute of it on */
	} kind;
	int64_t records, hours;
	int minute; /* of the local day */
};

struct route {
	char *prefix;  /* normalised: "/", "/bboard" */
	char **owners; /* at least one */
	size_t nowners;
	char *site; /* virtual host, NULL: any */
	char *name; /* as configured: "/bboard", "www.example.com/bboard" */
	const char *log; /* title of the log block it stands in; NULL: none */
	struct cadence tell;
	int64_t return_after; /* s of silence; then a group is back */
	int64_t quiet_after;  /* s of silence; then it is quiet; 0: never */
};

struct routes {
	struct route *route;
	size_t n;
};

/*
 * NULL: no route; then it is admin's.  Routes of the record's own site come
 * before those of any.  path NULL: no place is known, which no route takes,
 * "/" neither, but a site's own "/".  site may be empty.
 */
const struct route *route_find(const struct routes *, struct span site,
    const char *path);
bool route_covers(const char *prefix, const char *path);

#endif
