/* SPDX-License-Identifier: ISC */
/*
 * What each owner will be told: the groups of all routes that name the owner,
 * never seen before first, then those that came back, then those that grow,
 * then the rest, the gravest and most frequent first within each.  Pure.
 */
#ifndef WATCHDOG_TELL_DIGEST_H
#define WATCHDOG_TELL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/tell/novelty.h"

struct group;
struct groups;

#define DIGEST_GROUPS 10 /* told in full; the others by one line each, */
#define DIGEST_LINES 100 /* what is known, beyond these, by its count */

struct digest {
	const char *owner; /* mail address; not a copy */
	/*
	 * Sorted by novelty; not copies.  The first DIGEST_GROUPS of them by
	 * weight; those behind, which get one line each, by novelty and then
	 * the rarest first, since a frequent one comes again.
	 */
	const struct group **group;
	size_t n;
	size_t of[NOVELTIES]; /* how many groups of each novelty, in order */
	int64_t records;      /* all of them, those beyond the caps too */
	int64_t overflow;     /* of these, in no group (GROUP_MAX) */
	/* What those in overflow say: bytes from logs, NUL-terminated. */
	const char **named;
	size_t nnamed;
	/* Told before, went on, and silent since quiet_since: one line each.
	 * Their count is 0, or they are among the groups too. */
	const struct group **quiet;
	size_t nquiet;
	bool rollup; /* all of it waited for the hour of a daily one */
	/* From when on these records came, by the clock of the runs: the end
	 * of the run before, or earlier if some waited; 0: the first run. */
	int64_t since;
};

struct digests {
	struct digest *digest; /* sorted by owner */
	size_t n;
};

/*
 * admin: who gets what has no route; at least one.  An owner of several
 * routes gets one digest.  Groups that wait are in none.  now: when a group
 * without times was met.  `since` is that of what waited: the end of the run
 * before is the caller's to know.  The result points into the groups, the
 * routes and admin.
 */
void digests_make(struct digests *, struct groups *, char *const *admin,
    size_t nadmin, int64_t now);
void digests_free(struct digests *);
/* Of a group as its seen_* and what its history says have it. */
enum novelty digest_novelty(const struct group *, int64_t now);

#endif
