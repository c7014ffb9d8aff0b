/* SPDX-License-Identifier: ISC */
/*
 * What a run makes of its groups by what was kept of them: what is new about
 * each, whether it is told now or waits, and what is kept then.  Every record
 * that was reported is told or waits, never both.
 */
#ifndef WATCHDOG_STORIES_H
#define WATCHDOG_STORIES_H

#include <stdint.h>

struct db;
struct groups;
struct stories;
struct watchdog_conf;

/*
 * Judges all groups and fills what group.h has of their history.  A group to
 * be told has those of its records that waited, too.  Adds groups for stories
 * without a record in this run of which something is to be told: what waited
 * and is due, and what fell silent; as many as there is room for.  since: the
 * run before, 0 if there was none.  Writes nothing; the groups must stay.
 */
struct stories *stories_judge(struct db *, struct groups *,
    const struct watchdog_conf *, int64_t since, int64_t now);
/* In the caller's transaction. */
void stories_write(struct stories *);
void stories_free(struct stories *);

#endif
