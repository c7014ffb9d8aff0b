/* SPDX-License-Identifier: ISC */
/*
 * The tables of site-uptime.  Everything that writes is in the caller's
 * transaction.
 */
#ifndef UPTIME_STORE_STORE_H
#define UPTIME_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host/db.h"
#include "uptime/judge/state.h"

extern const struct db_schema uptime_schema;

/* Opens the database with all its components. */
struct db *uptime_store_open(const char *path, enum db_mode);

/* A target as it is kept; strings owned by the table. */
struct target_row {
	int64_t id; /* 0: not stored yet */
	char *key, *name, *site;
	struct state state;
	int64_t tried;   /* when it was last probed, begun */
	int64_t last_us; /* the last reply took; -1 */
	int64_t serial_since;
	int64_t incident; /* open; 0: none */
	char *detail;     /* of the last verdict; "" */
	enum grade grade; /* of the last verdict */
};

struct target_rows {
	struct target_row *row; /* sorted by key */
	size_t n;
};
void targets_load(struct db *, struct target_rows *);
void targets_free(struct target_rows *);
/* NULL: never seen. */
struct target_row *targets_find(const struct target_rows *, const char *key);
/* Inserts (id 0, which is then set) or updates.  name, site and detail may be
 * NULL for "". */
void target_put(struct db *, struct target_row *);
/* For a target that is new: zero but for its key, STATE_NEW, no figure yet.
 * Freed with target_row_free. */
void target_row_init(struct target_row *, const char *key);
void target_row_free(struct target_row *);

/* One judged attempt; at is cut to seconds since 1970. */
void sample_put(struct db *, int64_t target, int64_t at,
    const struct verdict *);
struct sample {
	int64_t at;
	enum grade grade;
	enum reason reason; /* REASON_NONE: all was well */
	int64_t us;         /* -1: no reply */
};
/* Those of a target from <= at < to, in the order of the hours. */
void samples_list(struct db *, int64_t target, int64_t from, int64_t to,
    void (*)(void *, const struct sample *), void *);
/* The last of them before a time that worked, even if not well; looks back for
 * two days.  0: none. */
int64_t sample_last_good(struct db *, int64_t target, int64_t before);

/* Incidents. */
struct incident_row {
	int64_t id, target;
	int64_t began, ended; /* 0: open */
	int64_t told;         /* when DOWN was mailed (committed); 0 */
	const char *site, *name, *layer, *reason, *detail; /* during the call */
};
/* Returns its id, which is never 0. */
int64_t incident_open(struct db *, int64_t target, int64_t began,
    const struct verdict *);
void incident_told(struct db *, int64_t id, int64_t now);
void incident_close(struct db *, int64_t id, int64_t now);
/* The newest first. */
void incidents_list(struct db *, size_t max,
    void (*)(void *, const struct incident_row *), void *);
/* False: there is none of that number. */
bool incident_get(struct db *, int64_t id,
    void (*)(void *, const struct incident_row *), void *);

/* A line of an incident's timeline; and all of them, in order. */
void event_put(struct db *, int64_t incident, int64_t at, const char *what,
    const char *detail);
void events_list(struct db *, int64_t incident,
    void (*)(void *, int64_t at, const char *what, const char *detail), void *);

/* Facts of the program itself: "blind-since", "blind-targets".  0: not set. */
int64_t fact_get(struct db *, const char *name);
void fact_put(struct db *, const char *name, int64_t);

/* Runs. */
struct uptime_run {
	int64_t started, ended, probed, failed, blind, mails;
};
void uptime_run_put(struct db *, const struct uptime_run *);
/* The last one; false if there was none. */
bool uptime_run_last(struct db *, struct uptime_run *);

/* Deletes what is older: samples by keep, runs after 30 days, targets that no
 * run has seen for as long as samples are kept. */
void uptime_prune(struct db *, int64_t now, int64_t keep);

#endif
