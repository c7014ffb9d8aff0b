/* SPDX-License-Identifier: ISC */
/*
 * Section -> owners.  Pure.  The longest prefix on a component boundary
 * wins: "/news" takes /news and /news/x.php, not /newsletter.
 */
#ifndef WATCHDOG_MATCH_ROUTE_H
#define WATCHDOG_MATCH_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/text.h"

struct route {
	char *prefix;  /* normalised: "/", "/bboard" */
	char **owners; /* at least one */
	size_t nowners;
	char *site; /* virtual host, NULL: any */
	char *name; /* as configured: "/bboard", "www.example.com/bboard" */
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
