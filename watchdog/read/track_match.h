/* SPDX-License-Identifier: ISC */
/* The first half of tracking: which file is which generation.  Pure. */
#ifndef WATCHDOG_READ_TRACK_MATCH_H
#define WATCHDOG_READ_TRACK_MATCH_H

#include "watchdog/read/track.h"

/* Fills in f[].g, f[].copy, file[] and known[], sorts f by age and appends the
 * generations that are new; false as track() has it. */
bool track_match(struct track *);
/* Of two struct track_file, for qsort(3): by age, as far as times and names
 * tell: .2 is older than .1. */
int track_by_age(const void *, const void *);

#endif
