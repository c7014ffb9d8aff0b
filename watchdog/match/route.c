/* SPDX-License-Identifier: ISC */
/* Section -> owners: the longest prefix on a component boundary. */
#include "watchdog/match/route.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

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

/* Host names are alike in either case. */
static bool
same_site(const char *site, struct span s)
{
	return strlen(site) == s.n && strncasecmp(site, s.p, s.n) == 0;
}

/* How well it fits: 0 not at all; its own site first, then the longest. */
static size_t
fit(const struct route *r, struct span site, const char *path)
{
	size_t n = prefix_length(r->prefix);
	bool own = r->site != NULL;

	if (own && !same_site(r->site, site))
		return 0;
	if (path == NULL)
		return own && n == 0;
	if (!route_covers(r->prefix, path))
		return 0;
	return own ? SIZE_MAX / 2 + n : n + 1;
}

const struct route *
route_find(const struct routes *routes, struct span site, const char *path)
{
	const struct route *best = NULL;
	size_t i, n, most = 0;

	for (i = 0; i < routes->n; i++) {
		n = fit(&routes->route[i], site, path);
		/* Of two that are equal, the first in the file. */
		if (n > most) {
			best = &routes->route[i];
			most = n;
		}
	}
	return best;
}
