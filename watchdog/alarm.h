/* SPDX-License-Identifier: ISC */
/*
 * What site-watchdog has to say of itself and its logs, to admin: conditions,
 * told once when they begin and once when they are over, and events, told
 * when they happen.
 */
#ifndef WATCHDOG_ALARM_H
#define WATCHDOG_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alarms;
struct db;

struct alarms *alarms_new(void);
void alarms_free(struct alarms *);

/* The condition of that key holds now.  The first text of a run counts. */
void alarm_on(struct alarms *, const char *key, const char *, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether it holds was not looked at this time: it stays as it is. */
void alarm_keep(struct alarms *, const char *key);
/* The same for all whose keys are this one, an LF, and anything. */
void alarm_keep_below(struct alarms *, const char *key);
/* If it is over, that is said besides. */
void alarm_note(struct alarms *, const char *key, const char *, ...)
    __attribute__((format(printf, 3, 4)));
/* Something happened. */
void alarm_event(struct alarms *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Compares with what was on before.  True if there is anything to tell: then
 * alarms_lines has it, owned by the set. */
bool alarms_settle(struct alarms *, struct db *, int64_t now);
const char *const *alarms_lines(const struct alarms *, size_t *n);
/* Writes what changed, in the caller's transaction. */
void alarms_write(const struct alarms *, struct db *, int64_t now);

#endif
