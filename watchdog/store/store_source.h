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
	bool partial;      /* those DONE, GONE and COPY are left out */
	int64_t last_line; /* when the log last had something new; 0 */
	/* Of its directory when all files in it were looked at last, ns. */
	int64_t dir_mtime;
	char *journal; /* the journal's cursor; NULL: it is no journal */
};

/* All sources of a reader, in one question: a run asks for every one.  Of
 * hundreds of generations only those that each run looks at: what is taken is
 * partial.  reader: "" for run, else the NAME of `new --as`. */
struct store_table *store_table_load(struct db *, const char *reader);
/* The i-th path, sorted; NULL behind the last. */
const char *store_table_path(const struct store_table *, size_t i);
/* What is known of that path, partial; NULL: nothing. */
const struct store_source *store_table_find(const struct store_table *,
    const char *path);
/* Moves one out; nothing known leaves it zeroed. */
void store_table_take(struct store_table *, const char *path,
    struct store_source *);
void store_table_free(struct store_table *);

/* All generations of a source that is partial, before any is changed; what
 * pointed to those that were there points nowhere.  Nothing if it is not. */
void store_source_rest(struct db *, struct store_source *);

/* One alone, whole. */
void store_source_get(struct db *, const char *reader, const char *path,
    struct store_source *);
/* Writes the source and its generations, in their order; ids are filled in.
 * Only what differs from what is stored is written, and a generation that is
 * not in the array is left as it is: the ledger forgets by age alone. */
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
/* How many gaps for that reason were noted since then; *last: when, 0. */
int64_t store_gap_count(struct db *, const char *reader, const char *path,
    enum gap_reason, int64_t since, int64_t *last);
/* A word for it, for scripts: "gone", "truncated" … */
const char *store_reason(enum gap_reason);

/* The ledger: of each source, by generation and offset.  Gaps of which no
 * generation is known come last. */
struct store_entry {
	const char *path;           /* the source's */
	const struct generation *g; /* NULL: of a gap without one */
	enum { ENTRY_READ, ENTRY_BEFORE, ENTRY_GAP } what;
	int64_t from, to;       /* to -1: not known */
	int64_t first, last;    /* runs; of a gap: since, until */
	enum gap_reason reason; /* of a gap */
};
typedef void store_entry_each(void *arg, const struct store_entry *);
/* The whole ledger of a reader. */
void store_ledger(struct db *, const char *reader, store_entry_each *,
    void *arg);
/* That of one source as store_source_get has it; g points into it. */
void store_ledger_source(struct db *, const char *path,
    const struct store_source *, store_entry_each *, void *arg);
/* The paths of all sources of a reader, sorted; the caller frees each, and the
 * array (NULL: none). */
char **store_source_paths(struct db *, const char *reader, size_t *n);
/* What is too old: generations that were gone LEDGER_KEEP before now, with
 * what was read of them, and gaps.  A source itself is never forgotten, nor
 * what it has on disk: it would be at first sight again. */
void store_source_prune(struct db *, int64_t now);

#endif
