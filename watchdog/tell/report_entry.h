/* SPDX-License-Identifier: ISC */
/*
 * One group in a report.  Pure; every byte from a log is cleaned.
 */
#ifndef WATCHDOG_TELL_REPORT_ENTRY_H
#define WATCHDOG_TELL_REPORT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"
#include "watchdog/tell/digest.h"

struct buf;
struct frame;
struct group;
struct report_env;

#define REPORT_WIDTH 72

/* ---- what a group says ------------------------------------------------ */

/* Its message, without what servers wrap around it and its stack trace. */
struct span entry_said(const struct group *);
/* Its sample's first line. */
struct span entry_first_line(const struct group *);
/* Where the words stand in the line, or NULL; no words stand nowhere. */
const char *entry_find(struct span line, struct span words);
/* Where in the site's code it happened, as the message says it or else its
 * stack trace; false if neither does. */
bool entry_place(const struct group *, struct frame *);

/* ---- pieces of a line ------------------------------------------------- */

/* "1 record", "1,204 records". */
void entry_count(struct buf *, int64_t n, const char *noun);
/* Cleaned, runs of blanks folded, in at most max characters. */
void entry_short(struct buf *, struct span, size_t max);
/* What it says in at most max characters, without PHP's word for the level,
 * the docroot and, of the script that the path names, the directory. */
void entry_headline(struct buf *, const struct group *, size_t max);

/* ---- whole entries, each ends in an LF -------------------------------- */

/*
 * In full: count, level, place, message, times, where the record is.  With
 * advice also the command that shows all records of the group and a rule that
 * hides them; a sample of all but what is known.
 */
void entry_full(struct buf *, const struct group *, enum novelty,
    const struct report_env *, bool advice);
/* In one line; how its fingerprint begins, if that may be needed. */
void entry_line(struct buf *, const struct group *, bool fingerprint);
/* Of one that is quiet again. */
void entry_quiet(struct buf *, const struct group *);

/* Can its first record be looked at in a file, by its offset? */
bool entry_in_file(const struct group *);
/* May the name stand in a command as it is? */
bool entry_is_plain(const char *name);
/* "site-watchdog", with the configuration if it is not the usual one. */
void entry_program(struct buf *, const struct report_env *);

#endif
