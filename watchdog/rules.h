/* SPDX-License-Identifier: ISC */
/*
 * The ignore rules of the configured logs: loaded when a log first has
 * something new, shared by logs that name the same files.  A broken rule is
 * told (stderr with a caret, admin), hides nothing, and stops nothing.
 */
#ifndef WATCHDOG_RULES_H
#define WATCHDOG_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alarms;
struct db;
struct ignore;
struct log_conf;
struct watchdog_conf;

/* set: one slot for each log of the configuration, NULL at first.  *broken
 * is set when a rule could not be used. */
struct ignore *rules_of(struct ignore **set, const struct watchdog_conf *,
    const struct log_conf *, struct alarms *, bool *broken);
void rules_free(struct ignore **set, const struct watchdog_conf *);
/* Tells of rules that have expired, and of those that were switched off for
 * hitting the match limit.  What was said of rules that were not looked at
 * stays. */
void rules_judge(struct ignore *const *set, const struct watchdog_conf *,
    struct alarms *);
/* Adds this run's hits to the store, in the caller's transaction. */
void rules_write(struct ignore *const *set, const struct watchdog_conf *,
    struct db *, int64_t now);
/* Do two logs name the same files? */
bool rules_same(const struct log_conf *, const struct log_conf *);

/* Prints one mistake: file:line, the rule, a caret under the place; for
 * ignore_load.  arg: a size_t that counts them. */
void rules_complain(void *arg, const char *file, int line, const char *pattern,
    size_t column, const char *what);

#endif
