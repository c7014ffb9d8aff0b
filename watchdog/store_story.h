/* SPDX-License-Identifier: ISC */
/*
 * The kept history of groups: enough for novelty, for report and for try.
 * Bounded: STORY_MAX rows, of which those silent longest go first.
 */
#ifndef WATCHDOG_STORE_STORY_H
#define WATCHDOG_STORE_STORY_H

#include <stdint.h>

#include "watchdog/story.h"

struct db;

#define STORY_MAX 20000

/* All stories that had a record since then, the latest first; each is valid
 * during its call. */
void store_story_each(struct db *, int64_t since,
    void (*)(void *, const struct story *), void *);

#endif
