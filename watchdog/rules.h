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

struct alarms;
struct ignore;
struct log_conf;
struct watchdog_conf;

/* set: one slot for each log of the configuration, NULL at first.  *broken
 * is set when a rule could not be used. */
struct ignore *rules_of(struct ignore **set, const struct watchdog_conf *,
    const struct log_conf *, struct alarms *, bool *broken);
void rules_free(struct ignore **set, const struct watchdog_conf *);
/* Tells of rules that were switched off for hitting the match limit. */
void rules_judge(struct ignore *const *set, size_t n, struct alarms *);
/* This log's rules were not looked at: what was said of them stays. */
void rules_keep(const struct log_conf *, struct alarms *);

/* Prints one mistake: file:line, the rule, a caret under the place; for
 * ignore_load.  arg: a size_t that counts them. */
void rules_complain(void *arg, const char *file, int line, const char *pattern,
    size_t column, const char *what);

#endif
