/* SPDX-License-Identifier: ISC */
/* What is due, and in which order. */
#include "uptime/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"
#include "common/base/xmem.h"

#define EARLY_PART 10       /* of `every` */
#define EARLY_MAX 30        /* s */
#define SLOW (1000 * 1000L) /* µs; worth a head start */

bool
schedule_due(const struct schedule_item *it, int64_t now)
{
	int64_t early = it->every / EARLY_PART;

	if (it->last <= 0 || it->last > now)
		return true;
	if (early > EARLY_MAX)
		early = EARLY_MAX;
	return now - it->last >= it->every - early;
}

/* An item with what it is sorted by, asked for once. */
struct place {
	int64_t us; /* what it may take; 0: not long */
	uint64_t lot;
	struct schedule_item item;
};

/* A failure without a reply may well have been a timeout. */
static int64_t
time_of(const struct schedule_item *it)
{
	if (it->failed && it->last_us < 0)
		return INT64_MAX;
	if (it->failed)
		return it->last_us + 1;
	return it->last_us >= SLOW ? it->last_us : 0;
}

static int
by_place(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	if (a->us != b->us)
		return a->us > b->us ? -1 : 1;
	if (a->lot != b->lot)
		return a->lot < b->lot ? -1 : 1;
	return strcmp(a->item.key, b->item.key);
}

void
schedule_order(struct schedule_item *item, size_t n, uint64_t seed)
{
	struct place *place;
	uint64_t lot[2];

	if (n < 2)
		return;
	place = xreallocarray(NULL, n, sizeof *place);
	for (size_t i = 0; i < n; i++) {
		lot[0] = hash_bytes(item[i].key, strlen(item[i].key)).lo;
		lot[1] = seed;
		place[i].us = time_of(&item[i]);
		place[i].lot = hash_bytes(lot, sizeof lot).lo;
		place[i].item = item[i];
	}
	qsort(place, n, sizeof *place, by_place);
	for (size_t i = 0; i < n; i++)
		item[i] = place[i].item;
	free(place);
}
