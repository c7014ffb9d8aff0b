/* SPDX-License-Identifier: ISC */
/* Section -> owners: the longest prefix on a component boundary. */
#include "watchdog/match/route.h"

#include <string.h>

/* Without trailing slashes, so that "/news/" and "/news" mean the same; 0
 * for "/". */
static size_t
prefix_length(const char *prefix)
{
	size_t n = strlen(prefix);

	while (n > 0 && prefix[n - 1] == '/')
		n--;
	return n;
}

bool
route_covers(const char *prefix, const char *path)
{
	size_t n = prefix_length(prefix);

	return strncmp(prefix, path, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0');
}

const struct route *
route_find(const struct routes *routes, const char *path)
{
	const struct route *best = NULL, *r;
	size_t i, n, longest = 0;

	if (path == NULL)
		return NULL;
	for (i = 0; i < routes->n; i++) {
		r = &routes->route[i];
		n = prefix_length(r->prefix);
		if (!route_covers(r->prefix, path))
			continue;
		/* Of two that are equal, the first in the file. */
		if (best == NULL || n > longest) {
			best = r;
			longest = n;
		}
	}
	return best;
}
