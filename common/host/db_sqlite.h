/* SPDX-License-Identifier: ISC */
/*
 * What db.c and db_open.c, the only users of SQLite, share.  Private to them.
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
	bool damaged;   /* what was there was set aside */
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
/* Ends the program for SQLite's error rc of what we were about to do. */
void db_fail(struct db *, int rc, const char *what) __attribute__((noreturn));
/* Runs SQL without parameters or rows. */
void db_exec(struct db *, const char *sql);
/* The number a statement answers in its only row. */
int64_t db_ask(struct db *, const char *sql);
/* Before a statement that writes. */
void db_begin_write(struct db *);
void db_disconnect(struct db *);

#endif
