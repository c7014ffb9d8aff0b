/* SPDX-License-Identifier: ISC */
/*
 * What is kept of a log source: its generations with their cursors, and the
 * ledger: which bytes of each were read when, and what may be missing.
 * Everything that writes runs in the caller's transaction.
 */
#ifndef WATCHDOG_STORE_STORE_SOURCE_H
#define WATCHDOG_STORE_STORE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/read/generation.h"

struct db;

#define LEDGER_KEEP (35 * 86400) /* s; of generations that are gone */

struct store_source {
	int64_t id;           /* 0: nothing is known of it */
	struct generation *g; /* in the order of their birth */
	size_t n;
	int64_t last_line; /* when the log last had something new; 0 */
	char *journal;     /* the journal's cursor; NULL: it is no journal */
};

/* All sources of a reader, in one question: a run asks for every one.
 * reader: "" for run, else the NAME of `new --as`. */
struct store_table *store_table_load(struct db *, const char *reader);
/* Moves one out; nothing known leaves it zeroed. */
void store_table_take(struct store_table *, const char *path,
    struct store_source *);
void store_table_free(struct store_table *);

/* One alone. */
void store_source_get(struct db *, const char *reader, const char *path,
    struct store_source *);
/* Writes the source and all of its generations; ids are filled in. */
void store_source_put(struct db *, const char *reader, const char *path,
    struct store_source *);
void store_source_free(struct store_source *);

/* Bytes [from, to) of a generation were read by the run that began then;
 * before: they were there at first sight, and were not read.  Joins the stretch
 * before it. */
void store_stretch_put(struct db *, int64_t generation, int64_t from,
    int64_t to, bool before, int64_t run);

/* Bytes that may be missing. */
struct store_gap {
	int64_t generation; /* 0: none is known */
	int64_t from, to;   /* to -1: nobody knows how many there were */
	enum gap_reason reason;
	int64_t since, until; /* between these two looks it happened */
};
void store_gap_put(struct db *, int64_t source, const struct store_gap *);

/* The whole ledger of a reader, by source, generation and offset. */
struct store_entry {
	const char *path;           /* the source's */
	const struct generation *g; /* NULL: of a gap without one */
	enum { ENTRY_READ, ENTRY_BEFORE, ENTRY_GAP } what;
	int64_t from, to;       /* to -1: not known */
	int64_t first, last;    /* runs; of a gap: since, until */
	enum gap_reason reason; /* of a gap */
};
void store_ledger(struct db *, const char *reader,
    void (*each)(void *, const struct store_entry *), void *arg);
/* What is too old. */
void store_source_prune(struct db *, int64_t now);

#endif
