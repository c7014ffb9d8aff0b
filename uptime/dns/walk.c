/* SPDX-License-Identifier: ISC */
/* Which zones are registries. */
#include "uptime/dns/walk.h"

#include <stdlib.h>
#include <string.h>

/* Labels under which registries of countries sell names ("co.uk"). */
static const char *const second[] = { "ac", "co", "com", "edu", "go", "gob",
	"gov", "gub", "ltd", "me", "mil", "ne", "net", "nom", "or", "org",
	"plc", "sch" };

bool
walk_registry(const char *zone)
{
	const char *dot = strchr(zone, '.');
	size_t i, n;

	if (dot == NULL)
		return true;
	if (strlen(dot + 1) != 2)
		return false;
	n = (size_t)(dot - zone);
	for (i = 0; i < sizeof second / sizeof *second; i++)
		if (strlen(second[i]) == n && strncmp(zone, second[i], n) == 0)
			return true;
	return false;
}
