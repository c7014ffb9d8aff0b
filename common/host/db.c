/* SPDX-License-Identifier: ISC */
/* The state database on SQLite 3 (3.40.1 measured). */
#include "common/host/db.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/base/step.h"
#include "common/base/xmem.h"
#include "common/host/db_file.h"
#include "common/host/db_sqlite.h"

/*
 * What lets a mark be committed on a full disk: a -wal with space in front
 * of its last frame, and free pages in a database file without holes.
 */
#define WAL_RESERVE (1024 * 1024) /* bytes of the -wal, from the start */
#define WAL_HEAVY 128             /* frames; half of that */
#define FREE_PAGES 16             /* in the database, at the least */

struct db_stmt {
	struct db *db;
	const char *sql; /* its address is the key */
	sqlite3_stmt *st;
	int hint; /* the column that is likely to be next */
	/* Columns' names in this execution; SQLite's until the next. */
	const char **name;
	int names;
};

bool
db_is_damage(int rc)
{
	return (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
}

static bool
is_no_memory(int rc)
{
	return (rc & 0xff) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM;
}

/* What an operator can do about it; NULL if nobody can but us. */
static const char *
advice(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return "make room on its file system";
	case SQLITE_IOERR:
		return "look for a full quota or a failing disk";
	case SQLITE_READONLY:
		return "check its owner, mode and mount";
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return "check the owner and mode of it and of its directory";
	default:
		return NULL;
	}
}

void
db_fail(struct db *d, int rc, const char *what)
{
	bool told = d->sq != NULL && sqlite3_extended_errcode(d->sq) == rc;
	const char *text = told ? sqlite3_errmsg(d->sq) : sqlite3_errstr(rc);
	int system = told ? sqlite3_system_errno(d->sq) : 0;

	if (is_no_memory(rc))
		fatal(EX_OSERR, "%s: out of memory", d->file.db);
	if ((rc & 0xff) == SQLITE_BUSY)
		fatal(EX_TEMPFAIL,
		    "%s: another process has it open; try"
		    " again when that has ended",
		    d->file.db);
	if (db_is_damage(rc)) {
		if (d->mode == DB_WRITE)
			db_file_suspect(&d->file);
		fatal(EX_IOERR,
		    "%s: damaged (%s); the next run sets it aside,"
		    " and its last copy or a new one takes its place",
		    d->file.db, text);
	}
	if (advice(rc) != NULL)
		fatal(EX_IOERR, "%s: %s%s%s; %s; %s", d->file.db, text,
		    system != 0 ? ": " : "",
		    system != 0 ? strerror(system) : "", advice(rc), DB_AGAIN);
	fatal(EX_SOFTWARE, "%s: internal error: %s: %s", d->file.db, what,
	    text);
}

void
db_exec(struct db *d, const char *sql)
{
	int rc = sqlite3_exec(d->sq, sql, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		db_fail(d, sqlite3_extended_errcode(d->sq), sql);
}

/* SQLITE_OK, and the number a statement answers in its only row. */
static int
ask(struct db *d, const char *sql, int64_t *n)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(d->sq, sql, -1, &st, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
		*n = sqlite3_column_int64(st, 0);
	if (rc != SQLITE_ROW)
		rc = sqlite3_extended_errcode(d->sq);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

int64_t
db_ask(struct db *d, const char *sql)
{
	int64_t n = 0;
	int rc = ask(d, sql, &n);

	if (rc != SQLITE_OK)
		db_fail(d, rc, sql);
	return n;
}

void
db_disconnect(struct db *d)
{
	sqlite3_close(d->sq);
	d->sq = NULL;
}

/* ---- writing --------------------------------------------------------- */

bool
db_is_full(sqlite3 *sq, int rc)
{
	int system = sqlite3_system_errno(sq);

	return (rc & 0xff) == SQLITE_FULL ||
	    ((rc & 0xff) == SQLITE_IOERR &&
		(system == EDQUOT || system == EFBIG));
}

/* What was committed is, and must not look as if it were not: whoever tidies
 * up afterwards does it another time. */
static bool
may_wait(struct db *d, int rc)
{
	return db_is_full(d->sq, rc) || is_no_memory(rc);
}

/*
 * Copies the -wal into the database, so that it is written from its
 * beginning again.  To be tried only: without it the -wal grows.
 */
static void
restart_wal(struct db *d)
{
	int rc;

	rc = sqlite3_wal_checkpoint_v2(d->sq, "main", SQLITE_CHECKPOINT_RESTART,
	    NULL, NULL);
	/* After a failed fsync nobody knows what is on the disk. */
	if (((rc & 0xff) == SQLITE_IOERR && !may_wait(d, rc)) ||
	    db_is_damage(rc))
		db_fail(d, rc, "checkpoint");
	d->restarted = rc == SQLITE_OK;
	if (d->restarted)
		STEP("db:restarted");
	db_file_reserve_wal(&d->file, WAL_RESERVE);
}

void
db_begin_write(struct db *d)
{
	if (d->mode == DB_READ)
		fatal(EX_SOFTWARE, "%s: internal error: a reader writes",
		    d->file.db);
	if (d->begun)
		return;
	if (d->mode == DB_WRITE && !d->restarted)
		restart_wal(d);
	d->wrote = true;
	if (d->asked) {
		db_exec(d, "BEGIN IMMEDIATE");
		d->begun = true;
	}
}

void
db_begin(struct db *d)
{
	assert(!d->asked);
	/* BEGIN waits for the first write: there may be none. */
	d->asked = true;
}

/* False if there was nothing to end. */
static bool
end(struct db *d, const char *sql)
{
	assert(d->asked);
	d->asked = false;
	if (!d->begun)
		return false;
	d->begun = false;
	db_exec(d, sql);
	return true;
}

void
db_commit(struct db *d)
{
	if (end(d, "COMMIT"))
		STEP("db:committed");
}

void
db_rollback(struct db *d)
{
	size_t i;

	/* A row that is being read would end in SQLITE_ABORT. */
	for (i = 0; i < d->nstmt; i++)
		sqlite3_reset(d->stmt[i]->st);
	end(d, "ROLLBACK");
}

/* Runs SQL that need not succeed. */
static void
attempt(struct db *d, const char *sql)
{
	int rc = sqlite3_exec(d->sq, sql, NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		return;
	rc = sqlite3_extended_errcode(d->sq);
	if (!may_wait(d, rc))
		db_fail(d, rc, sql);
	if (!sqlite3_get_autocommit(d->sq))
		sqlite3_exec(d->sq, "ROLLBACK", NULL, NULL, NULL);
}

/*
 * Leaves the files so that the next runs can commit on a full disk and need
 * not read a long -wal.  Only after writing, and seldom needed.
 */
static void
settle(struct db *d)
{
	int64_t unused = 0, pages = 0, size = 0;
	int rc = ask(d, "PRAGMA freelist_count", &unused);

	if (rc == SQLITE_OK)
		rc = ask(d, "PRAGMA page_count", &pages);
	if (rc == SQLITE_OK)
		rc = ask(d, "PRAGMA page_size", &size);
	if (rc != SQLITE_OK && !may_wait(d, rc))
		db_fail(d, rc, "settling");
	if (rc != SQLITE_OK)
		return;
	if (unused < FREE_PAGES)
		attempt(d,
		    "BEGIN;"
		    "CREATE TABLE reserve (bytes BLOB);"
		    "INSERT INTO reserve VALUES (zeroblob(131072));"
		    "DROP TABLE reserve;"
		    "COMMIT");
	if (d->frames <= WAL_HEAVY && db_file_size(&d->file) >= pages * size)
		return;
	restart_wal(d);
	/* The first commit after the restart ends the validity of the rest. */
	attempt(d, "PRAGMA user_version = 1");
	STEP("db:settled");
}

static void
free_statements(struct db *d)
{
	size_t i;

	for (i = 0; i < d->nstmt; i++) {
		sqlite3_finalize(d->stmt[i]->st);
		free(d->stmt[i]->name);
		free(d->stmt[i]);
	}
	free(d->stmt);
	d->stmt = NULL;
	d->nstmt = 0;
}

void
db_close(struct db *d)
{
	if (d == NULL)
		return;
	if (d->asked)
		db_rollback(d);
	free_statements(d);
	if (d->wrote && d->mode == DB_WRITE)
		settle(d);
	db_disconnect(d);
	db_file_free(&d->file);
	free(d);
}

/* ---- statements ------------------------------------------------------ */

struct db_stmt *
db_stmt(struct db *d, const char *sql)
{
	struct db_stmt *s;
	size_t i;
	int rc;

	for (i = 0; i < d->nstmt; i++) {
		s = d->stmt[i];
		if (s->sql == sql) {
			sqlite3_reset(s->st);
			sqlite3_clear_bindings(s->st);
			return s;
		}
	}
	s = xcalloc(1, sizeof *s);
	s->db = d;
	s->sql = sql;
	rc = sqlite3_prepare_v3(d->sq, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &s->st, NULL);
	if (rc != SQLITE_OK)
		db_fail(d, rc, sql);
	d->stmt = xreallocarray(d->stmt, d->nstmt + 1, sizeof *d->stmt);
	d->stmt[d->nstmt++] = s;
	return s;
}

static int
parameter(struct db_stmt *s, const char *name)
{
	int i = sqlite3_bind_parameter_index(s->st, name);

	if (i == 0)
		fatal(EX_SOFTWARE, "internal error: no parameter %s in: %s",
		    name, s->sql);
	return i;
}

static void
bound(struct db_stmt *s, int rc)
{
	if (rc != SQLITE_OK)
		db_fail(s->db, rc, s->sql);
}

void
db_bind_int(struct db_stmt *s, const char *name, int64_t v)
{
	bound(s, sqlite3_bind_int64(s->st, parameter(s, name), v));
}

void
db_bind_text(struct db_stmt *s, const char *name, const char *text)
{
	bound(s,
	    sqlite3_bind_text(s->st, parameter(s, name), text, -1,
		SQLITE_TRANSIENT));
}

void
db_bind_blob(struct db_stmt *s, const char *name, const void *p, size_t n)
{
	/* SQLite takes a null pointer for NULL, an empty buffer has one. */
	bound(s,
	    sqlite3_bind_blob64(s->st, parameter(s, name), n != 0 ? p : "", n,
		SQLITE_TRANSIENT));
}

bool
db_step(struct db_stmt *s)
{
	int rc;

	if (!sqlite3_stmt_busy(s->st)) {
		s->names = 0; /* it may be compiled anew */
		if (!sqlite3_stmt_readonly(s->st))
			db_begin_write(s->db);
	}
	rc = sqlite3_step(s->st);
	s->hint = 0;
	if (rc == SQLITE_ROW)
		return true;
	if (rc != SQLITE_DONE)
		db_fail(s->db, rc, s->sql);
	/* Or it would keep the -wal from being restarted. */
	sqlite3_reset(s->st);
	return false;
}

int64_t
db_run(struct db_stmt *s)
{
	if (db_step(s))
		fatal(EX_SOFTWARE, "internal error: a row from: %s", s->sql);
	return sqlite3_changes(s->db->sq);
}

static void
learn_names(struct db_stmt *s)
{
	int i;

	s->names = sqlite3_data_count(s->st);
	s->name = xreallocarray(s->name, (size_t)s->names + 1, sizeof *s->name);
	for (i = 0; i < s->names; i++) {
		s->name[i] = sqlite3_column_name(s->st, i);
		if (s->name[i] == NULL)
			db_fail(s->db, SQLITE_NOMEM, s->sql);
	}
}

/* Callers ask in the order of the SELECT, mostly. */
static int
column_of(struct db_stmt *s, const char *name)
{
	int i = s->hint, k;

	if (s->names == 0)
		learn_names(s);
	for (k = 0; k < s->names; k++, i++) {
		if (i >= s->names)
			i = 0;
		if (strcmp(s->name[i], name) == 0) {
			s->hint = i + 1;
			return i;
		}
	}
	fatal(EX_SOFTWARE, "internal error: no column %s in: %s", name, s->sql);
}

int64_t
db_int(struct db_stmt *s, const char *column)
{
	return sqlite3_column_int64(s->st, column_of(s, column));
}

const char *
db_text(struct db_stmt *s, const char *column)
{
	int i = column_of(s, column);
	const unsigned char *text = sqlite3_column_text(s->st, i);

	if (text == NULL && sqlite3_column_type(s->st, i) != SQLITE_NULL)
		db_fail(s->db, SQLITE_NOMEM, s->sql);
	return (const char *)text;
}

const void *
db_blob(struct db_stmt *s, const char *column, size_t *n)
{
	int i = column_of(s, column);
	const void *p = sqlite3_column_blob(s->st, i);

	*n = (size_t)sqlite3_column_bytes(s->st, i);
	if (p != NULL || sqlite3_column_type(s->st, i) == SQLITE_NULL)
		return p;
	if (*n != 0)
		db_fail(s->db, SQLITE_NOMEM, s->sql);
	return ""; /* empty, but not NULL */
}

int64_t
db_last_id(struct db *d)
{
	return sqlite3_last_insert_rowid(d->sq);
}
