/* SPDX-License-Identifier: ISC */
/*
 * What is new about a group, by what was kept of it.  Pure.
 */
#ifndef WATCHDOG_TELL_NOVELTY_H
#define WATCHDOG_TELL_NOVELTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/story.h"

/* The most worth telling first. */
enum novelty { NOVEL_NEW, NOVEL_BACK, NOVEL_GROWING, NOVEL_KNOWN };
#define NOVELTIES 4

#define NOVELTY_RETURN (7 * 86400) /* s of silence; then it is back */
#define NOVELTY_QUIET 86400        /* s of silence; then it is quiet */
#define NOVELTY_CALM 86400         /* s without growth; then it may be told */
/* Fewer records than these are no growth, however rare they were; */
#define NOVELTY_FLOOR 20
/* nor is less than so many times what is usual. */
#define NOVELTY_TIMES 5
/* In so many hours of its last day: it went on, and its end is worth a line. */
#define NOVELTY_ONGOING 3

/* Records in the hours from..to, both included. */
int64_t novelty_sum(const struct story_hour *, size_t n, int64_t from,
    int64_t to);

/*
 * Does it grow in the hours of this run?  all: its kept hours with this run's
 * already added; run: the hours this run had records in; both ascending, none
 * in the future.  first: the hour of its first record ever; what came in that
 * hour is no growth.  An hour is compared with
 *  - the same hour of that day of the week and the two beside it, in the four
 *    weeks before, if its history is two weeks long;
 *  - else the same hour and the two beside it of the seven days before, if it
 *    is a day long;
 *  - else the mean of all its hours.
 * *usual is how many records these hours had so, rounded.
 */
bool novelty_grows(const struct story_hour *all, size_t nall,
    const struct story_hour *run, size_t nrun, int64_t first, int64_t *usual);

/* Did it have records in NOVELTY_ONGOING of the 24 hours that end with the
 * last one that has any? */
bool novelty_ongoing(const struct story_hour *, size_t n);

#endif
