/* SPDX-License-Identifier: ISC */
/* Everything that was seen of a target in one attempt. */
#include "uptime/judge/sight.h"

#include <stdlib.h>
#include <string.h>

void
sight_free(struct sight *s)
{
	for (size_t i = 0; i < CHECK_HOPS; i++) {
		for (size_t k = 0; k < s->hop[i].n; k++)
			probe_free(&s->hop[i].probe[k]);
		free(s->hop[i].probe);
		url_free(&s->hop[i].url);
	}
	if (s->zone != NULL)
		zone_verdict_free(s->zone);
	free(s->zone);
	memset(s, 0, sizeof *s);
}
