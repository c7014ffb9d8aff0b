/* SPDX-License-Identifier: ISC */
/*
 * A command's look into the state: while no run is at work, and changing
 * nothing.
 */
#ifndef WATCHDOG_PEEK_H
#define WATCHDOG_PEEK_H

#include "common/host/lock.h"

struct db;

struct peek {
	struct lock lock;
	struct db *db;
};

/* Waits some seconds for a run to end.  Returns 0, or the exit status (74,
 * 75) after a line on stderr: there is no state, or a run is long at work. */
int peek_open(struct peek *, const char *state);
/* Whoever has read all closes soon: the next run waits for nobody. */
void peek_close(struct peek *);

#endif
