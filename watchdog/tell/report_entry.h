/* SPDX-License-Identifier: ISC */
/*
 * One group in a report.  Pure; every byte from a log is cleaned.
 */
#ifndef WATCHDOG_TELL_REPORT_ENTRY_H
#define WATCHDOG_TELL_REPORT_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"
#include "watchdog/tell/digest.h"

struct buf;
struct group;

#define REPORT_WIDTH 72

/* Cleaned, runs of blanks folded, in at most max characters. */
void entry_short(struct buf *, struct span, size_t max);
/* Its message in at most max characters, without what servers wrap around it
 * and without its stack trace. */
void entry_headline(struct buf *, const struct group *, size_t max);
/* In full: count, level, place, message, times, where the record is; with a
 * sample of what is new.  Ends in an LF. */
void entry_full(struct buf *, const struct group *, enum novelty);
/* In one line, with its LF. */
void entry_line(struct buf *, const struct group *);
/* A rule that hides records like this one: its message as a regular
 * expression, on one line, without LF; nothing if there is no message. */
void entry_rule(struct buf *, const struct group *);
/* "1 record", "1,204 records". */
void entry_count(struct buf *, int64_t n, const char *noun);

#endif
