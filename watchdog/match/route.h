/* SPDX-License-Identifier: ISC */
/*
 * Section -> owners.  Pure.  The longest prefix on a component boundary
 * wins: "/news" takes /news and /news/x.php, not /newsletter.
 */
#ifndef WATCHDOG_MATCH_ROUTE_H
#define WATCHDOG_MATCH_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

struct route {
	char *prefix;  /* normalised: "/", "/bboard" */
	char **owners; /* at least one */
	size_t nowners;
};

struct routes {
	struct route *route;
	size_t n;
};

/* NULL: no route; then it is admin's.  path NULL: no place is known, which
 * no route takes, "/" neither. */
const struct route *route_find(const struct routes *, const char *path);
bool route_covers(const char *prefix, const char *path);

#endif
