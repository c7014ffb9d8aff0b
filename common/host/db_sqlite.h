/* SPDX-License-Identifier: ISC */
/*
 * What db.c, db_open.c and db_backup.c, the only users of SQLite, share.
 * Private to them.
 */
#ifndef COMMON_HOST_DB_SQLITE_H
#define COMMON_HOST_DB_SQLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "common/host/db.h"
#include "common/host/db_file.h"

struct db {
	sqlite3 *sq;
	struct db_file file;
	struct db_stmt **stmt;
	size_t nstmt;
	enum db_mode mode;
	bool read_only; /* the file system is */
	enum db_lost lost;
	bool unmarked;  /* the database does not say so yet */
	int64_t copied; /* db_copied_at */
	bool asked;     /* between db_begin and its end */
	bool begun;     /* BEGIN has been executed */
	bool restarted; /* the -wal is written from its beginning */
	bool wrote;
	int frames; /* in the -wal after the last commit */
};

/* The end of every message about what an operator can mend. */
#define DB_AGAIN \
	"nothing was lost: what is not committed is read again by" \
	" the next run"

/* The file is not as SQLite left it. */
bool db_is_damage(int rc);
/* The disk or a quota is full, or the file as big as it may be: the one trouble
 * that may go unnoticed where nothing hangs on it. */
bool db_is_full(sqlite3 *, int rc);
/* Ends the program for SQLite's error rc of what we were about to do. */
void db_fail(struct db *, int rc, const char *what) __attribute__((noreturn));
/* Runs SQL without parameters or rows. */
void db_exec(struct db *, const char *sql);
/* The number a statement answers in its only row. */
int64_t db_ask(struct db *, const char *sql);
/* Before a statement that writes. */
void db_begin_write(struct db *);
void db_disconnect(struct db *);
/* All pages of one into another. */
int db_copy_pages(sqlite3 *to, sqlite3 *from);
/* Reads all of a database: SQLITE_CORRUPT for any damage. */
int db_verify(sqlite3 *);

/*
 * PATH.backup, opened for reading only; false if there is none, or none that
 * is sound.  What keeps it from being read is fatal (74).
 */
bool db_backup_open(struct db *, sqlite3 **);
/* PATH.backup takes PATH's place, if it is sound; nothing is there. */
bool db_restore(struct db *);
/* In the table of versions: what was lost, and is not told yet; and the time
 * of the copy that this database began as. */
#define DB_LOST "lost"
#define DB_COPIED "copied"
/* Puts the first there, in the caller's transaction. */
void db_lost_put(struct db *);

#endif
