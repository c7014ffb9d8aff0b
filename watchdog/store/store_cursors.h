/* SPDX-License-Identifier: ISC */
/*
 * A log file's two cursors: of the file that had the name, and of the
 * generation before it, which is still watched.
 */
#ifndef WATCHDOG_STORE_STORE_CURSORS_H
#define WATCHDOG_STORE_STORE_CURSORS_H

#include <stdbool.h>
#include <stdint.h>

#include "watchdog/read/cursor.h"

struct db;
struct store_table;

struct store_cursors {
	bool has_live, has_old;
	struct cursor live, old;
	char *old_path;    /* where the old one was last seen */
	int64_t last_line; /* when the log last had something new; 0 */
};

/* reader: "" for run, else the NAME of `new --as`. */
void store_cursors_get(struct db *, const char *reader, const char *path,
    struct store_cursors *);
void store_cursors_put(struct db *, const char *reader, const char *path,
    const struct store_cursors *);
void store_cursors_free(struct store_cursors *);
/* All of a reader's, in one question; store_cursors_take moves one out. */
struct store_table *store_table_load(struct db *, const char *reader);
void store_table_free(struct store_table *);
void store_cursors_take(struct store_table *, const char *path,
    struct store_cursors *);

#endif
