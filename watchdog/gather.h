/* SPDX-License-Identifier: ISC */
/*
 * The reading half of a run: every source's new records, grouped; cursors
 * moved in memory only.
 */
#ifndef WATCHDOG_GATHER_H
#define WATCHDOG_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "watchdog/follow.h"
#include "watchdog/store/store.h"

struct alarms;
struct db;
struct groups;
struct ignore;
struct urls;
struct watchdog_conf;

/* A source that has something to write. */
struct moved {
	char *path;
	struct follow follow;
};

struct gather {
	const struct watchdog_conf *conf;
	struct db *db;
	struct alarms *alarms;
	int64_t now;
	int64_t before;                 /* when the run before began; 0 */
	int64_t budget;                 /* bytes that may still be read */
	struct deadline deadline, last; /* then no log is begun any more */
	struct groups *groups;
	struct urls *urls;
	struct store_table *known; /* cursors as saved */
	struct ignore **ignore; /* by log of the configuration; NULL: unread */
	struct moved *moved;
	size_t nmoved;
	struct tally tally; /* of all sources */
	bool broken_rules;  /* exit 78 */
	bool trouble;       /* a log could not be read: exit 71 */
	bool unfinished;    /* max-time or max-bytes came first: exit 75 */
};

void gather_init(struct gather *, const struct watchdog_conf *, struct db *,
    struct alarms *, int64_t now, int64_t before);
/* All sources, those first that have least to read. */
void gather_all(struct gather *);
/* Nothing has moved: there is nothing to commit for the logs. */
bool gather_idle(const struct gather *);
/* Writes cursors and counts, in the caller's transaction. */
void gather_write(struct gather *);
void gather_free(struct gather *);

#endif
