/* SPDX-License-Identifier: ISC */
/*
 * How a command gets its state to itself: the directory checked, the lock
 * taken, what stands in the way said.
 */
#ifndef COMMON_HOST_CLAIM_H
#define COMMON_HOST_CLAIM_H

#include <stdint.h>

struct lock;

enum claim_mode {
	CLAIM_WRITE, /* the directory is made if it is missing */
	CLAIM_DRY,   /* nothing is made: before the first run no lock is held */
	CLAIM_READ   /* there must be a state; both do without the lock on a
		      * read-only file system */
};

/* For a lock that another holds. */
struct claim_busy {
	int wait_ms;      /* wait for it so long */
	int64_t patience; /* s: a run that is younger is no news to cron, and
			   * only said with -v */
	const char *text; /* the end of the line: what the user can do */
};

/* Returns 0, or the exit status (74, 75) after a line on stderr. */
int claim_state(struct lock *, const char *state, enum claim_mode,
    const struct claim_busy *);

#endif
