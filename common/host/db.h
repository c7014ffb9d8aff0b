/* SPDX-License-Identifier: ISC */
/*
 * The state database, and the only place that knows SQLite.
 *
 * Any failure of the database ends the program: one line that names the
 * file, what failed and what to do, exit 74 (75 when another process has it
 * open for longer than a reader would, 71 when memory is out, 70 for SQL that
 * is wrong).  That is safe everywhere, because nothing is published before a
 * commit.  SQL is portable, columns and parameters have names.
 *
 * Settings, from measurements: one connection, locking_mode EXCLUSIVE,
 * journal_mode WAL, synchronous FULL, foreign_keys ON, trusted_schema OFF,
 * defensive.  The -wal file is kept, has 1 MiB of disk space from the start,
 * and is restarted before the first write of a connection, so that a mark can
 * be committed on a full disk.  A connection that only reads writes nothing,
 * not even at its close.
 */
#ifndef COMMON_HOST_DB_H
#define COMMON_HOST_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_stmt;

/*
 * A component's schema: step i is a script of SQL that takes version i to
 * i + 1.  Steps are only ever appended.
 */
struct db_schema {
	const char *component; /* "outbox", "watchdog" */
	const char *const *steps;
	int version; /* the number of steps */
};

enum db_mode {
	DB_WRITE,  /* made if missing, migrated if older */
	DB_READ,   /* NULL if the file is missing; never written */
	DB_SCRATCH /* a dry run: a copy in memory of what there is */
};

/*
 * Opens the database at path and brings every component up to date in one
 * transaction (a DB_READ of older components reads a copy in memory that was
 * brought up to date).  A component that is newer than this program is fatal
 * (74), and so is a path that is a link, has several names, is no regular
 * file, or holds something else.
 *
 * A damaged file is set aside as PATH.corrupt-TIME (with its -wal).  Its last
 * copy, PATH.backup, takes its place if that is sound, else a new one is
 * begun; lines say so, and db_lost answers what it was, until somebody has
 * been told.  The same goes for a file that is missing or empty though the
 * stamps of PATH.lock or a copy say that there were runs.  Damage that is met
 * only later is fatal (74); PATH.suspect then makes the next DB_WRITE check
 * all of the file, and set it aside if need be.  A DB_SCRATCH does the same in
 * memory.
 */
struct db *db_open(const char *path, enum db_mode, const struct db_schema *,
    size_t n);
/* NULL is fine.  An open transaction is rolled back. */
void db_close(struct db *);

enum db_lost {
	DB_KEPT,
	DB_RESTORED, /* damaged or gone; a copy of it took its place */
	DB_BEGUN,    /* damaged, and there was no sound copy */
	DB_GONE      /* missing though there were runs, and no sound copy */
};
/* Kept in the database until db_lost_told. */
enum db_lost db_lost(const struct db *);
/* What admin should know of it; what: "Errors", which may be told again.  NULL
 * when nothing was lost.  To be freed. */
char *db_lost_text(const struct db *, const char *what);
/* In the transaction in which admin is told. */
void db_lost_told(struct db *);
/* If this was restored, ever: the time of the copy, in seconds since 1970.
 * What it says is still to be done may have been done since.  Else 0. */
int64_t db_copied_at(const struct db *);

/*
 * After a commit: copies the database to PATH.backup (PATH.backup.new until it
 * is whole, sound and on the disk), if the last copy is an hour old and this
 * connection wrote anything; else it costs nothing.  now: seconds since 1970.
 * Whatever hinders it leaves the last copy alone and is said: on stderr, but
 * with -v only when it is want of room.
 */
void db_backup(struct db *, int64_t now);

/* Nothing is begun before the first statement that writes. */
void db_begin(struct db *);
void db_commit(struct db *);
void db_rollback(struct db *);

/*
 * A statement, reset and without bindings.  sql must be a string constant:
 * compiled statements are kept by its address until db_close.
 */
struct db_stmt *db_stmt(struct db *, const char *sql);
/*
 * name with its colon, ":path".  Bytes are copied.  NULL text binds NULL; a
 * blob of 0 bytes is empty, not NULL; what is never bound is NULL.
 */
void db_bind_int(struct db_stmt *, const char *name, int64_t);
void db_bind_text(struct db_stmt *, const char *name, const char *);
void db_bind_blob(struct db_stmt *, const char *name, const void *, size_t);
/* True: a row is there, its values valid until the next step.  After false
 * the statement is reset: another step would run it again. */
bool db_step(struct db_stmt *);
/* Runs a statement that answers no row; returns the number of rows changed. */
int64_t db_run(struct db_stmt *);
/* Values of the present row by column name; an unknown name is a bug. */
int64_t db_int(struct db_stmt *, const char *column);
/* NULL for NULL. */
const char *db_text(struct db_stmt *, const char *column);
const void *db_blob(struct db_stmt *, const char *column, size_t *n);
/* The id of the row last inserted. */
int64_t db_last_id(struct db *);

#endif
