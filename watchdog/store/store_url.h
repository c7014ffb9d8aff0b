/* SPDX-License-Identifier: ISC */
/*
 * Errors by URL and hour, kept for STORY_DAYS; of each hour URL_HOUR URLs by
 * name, the others in one sum.
 */
#ifndef WATCHDOG_STORE_STORE_URL_H
#define WATCHDOG_STORE_STORE_URL_H

#include <stdint.h>

struct db;
struct urls;

#define URL_HOUR 200

/* Adds a run's counts, in the caller's transaction, and forgets old hours. */
void store_url_put(struct db *, const struct urls *, int64_t now);
/* Of the hours [from, to), the most frequent first, at most max; the sum of
 * the unnamed ones has the path "". */
void store_url_each(struct db *, int64_t from, int64_t to, int64_t max,
    void (*)(void *, const char *path, int64_t records), void *);

#endif
