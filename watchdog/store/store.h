/* SPDX-License-Identifier: ISC */
/*
 * The watchdog's tables: alarms that are on, samples of file systems, the last
 * runs; store_source.h has the sources and the ledger, store_story.h the
 * groups.  Everything that writes runs in the caller's transaction.
 */
#ifndef WATCHDOG_STORE_STORE_H
#define WATCHDOG_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host/db.h"

extern const struct db_schema store_schema;

/* Opens the database with all its components. */
struct db *store_open(const char *path, enum db_mode);

/* Alarms that are on, by key; told once when they begin and once when their
 * condition is gone. */
void store_alarms_list(struct db *,
    void (*)(void *, const char *key, const char *text, int64_t since), void *);
void store_alarm_put(struct db *, const char *key, const char *text,
    int64_t now);
void store_alarm_drop(struct db *, const char *key);

/* Bytes used on a file system, one sample an hour at most, for 14 days. */
struct store_sample {
	int64_t at, used, size;
};
void store_sample_put(struct db *, int64_t dev, const struct store_sample *);
/* The samples of a device, oldest first; returns their number. */
size_t store_samples(struct db *, int64_t dev, struct store_sample *,
    size_t max);

struct store_run {
	int64_t started, ended;
	int64_t records, ignored, reported, held, bytes;
	int64_t mails;
	char status[16]; /* "done", "deadline" */
};
void store_run_put(struct db *, const struct store_run *);
/* The last run that found something; false if there was none. */
bool store_run_last(struct db *, struct store_run *);
/* What is too old, of stories too. */
void store_prune(struct db *, int64_t now);

#endif
