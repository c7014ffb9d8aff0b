/* SPDX-License-Identifier: ISC */
/*
 * What the parts of zone_judge share.  Pure.
 */
#ifndef UPTIME_JUDGE_ZONE_IN_H
#define UPTIME_JUDGE_ZONE_IN_H

#include "common/base/buf.h"
#include "uptime/dns/walk.h"
#include "uptime/judge/zone.h"

#define LIST_MAX 3 /* servers named in a detail */

struct judging {
	struct zone_verdict *v;
	const struct walk *w;
	int64_t now, serial_since;
	bool alias; /* not the name that was asked for */
};

/* So many servers of a layer are well. */
void zone_count(struct judging *, enum layer, size_t good, size_t all);
/* One of them took so long. */
void zone_time(struct judging *, enum layer, int64_t us);
void zone_find(struct judging *, enum grade, enum reason, const struct buf *);
/* Appends the nth of a list, from 0: ", ns.example.com (192.0.2.53)". */
void zone_list(struct buf *, size_t nth, const struct walk_server *);

/* zone_servers.c: each of the zone's servers; last: its serials too. */
void zone_judge_servers(struct judging *, const struct walk_zone *, bool last);
/* zone_records.c: what they say of the name. */
void zone_judge_records(struct judging *, const struct walk_zone *);

#endif
