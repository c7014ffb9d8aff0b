/* SPDX-License-Identifier: ISC */
/* The hourly copy of a state database, and what is said of a lost one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/db_sqlite.h"

#define BACKUP_EVERY 3600 /* s */

/* ---- making it --------------------------------------------------------- */

/* A connection to the copy that is being made.  Nobody needs what a crash
 * would leave of it: no journal, and one fsync at its end. */
static int
open_fresh(const struct db *d, sqlite3 **sq)
{
	static const char pragmas[] = "PRAGMA journal_mode = OFF;"
				      "PRAGMA synchronous = OFF;"
				      "PRAGMA cell_size_check = ON;";
	int rc = sqlite3_open_v2(d->file.fresh, sq,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	sqlite3_extended_result_codes(*sq, 1);
	return rc != SQLITE_OK ? rc :
				 sqlite3_exec(*sq, pragmas, NULL, NULL, NULL);
}

/* In the copy itself: whoever finds it in the database's place knows. */
static int
put_marks(sqlite3 *sq, int64_t now)
{
	char sql[200];

	snprintf(sql, sizeof sql,
	    "INSERT INTO schema (component, version) VALUES"
	    " ('" DB_COPIED "', %lld), ('" DB_LOST "', %d)"
	    " ON CONFLICT (component) DO UPDATE SET version = excluded.version",
	    (long long)now, DB_RESTORED);
	return sqlite3_exec(sq, sql, NULL, NULL, NULL);
}

/* The pages; then, as a database of its own, the marks, and a look at all of
 * it: a damaged copy must not replace a sound one. */
static int
fill(struct db *d, int64_t now, int *system)
{
	sqlite3 *sq = NULL;
	int rc = open_fresh(d, &sq);

	if (rc == SQLITE_OK)
		rc = db_copy_pages(sq, d->sq);
	*system = sqlite3_system_errno(sq);
	sqlite3_close(sq);
	if (rc != SQLITE_OK)
		return rc;
	if (!db_file_copy_single(&d->file)) {
		*system = errno;
		return SQLITE_IOERR_WRITE;
	}
	rc = open_fresh(d, &sq);
	if (rc == SQLITE_OK)
		rc = put_marks(sq, now);
	if (rc == SQLITE_OK)
		rc = db_verify(sq);
	*system = sqlite3_system_errno(sq);
	sqlite3_close(sq);
	return rc;
}

/* The last copy stays; what is full is no news, there are others to say so. */
static void
say_failed(struct db *d, int rc, int system)
{
	if (rc == SQLITE_FULL || system == ENOSPC || system == EDQUOT ||
	    system == EFBIG) {
		log_info("%s: no room for a copy of the state", d->file.backup);
		return;
	}
	log_warn("%s: no copy of the state could be made: %s%s%s",
	    d->file.backup, rc != SQLITE_OK ? sqlite3_errstr(rc) : "",
	    rc != SQLITE_OK && system != 0 ? ": " : "",
	    system != 0 ? strerror(system) : "");
}

void
db_backup(struct db *d, int64_t now)
{
	int64_t age = now - d->file.copied;
	int rc, system = 0;

	if (d->mode != DB_WRITE || !d->wrote ||
	    (d->file.copied != 0 && age >= 0 && age < BACKUP_EVERY))
		return;
	if (!db_file_has_room(&d->file, db_file_size(&d->file))) {
		say_failed(d, SQLITE_FULL, 0);
		return;
	}
	if (!db_file_copy_begin(&d->file)) {
		say_failed(d, SQLITE_OK, errno);
		return;
	}
	rc = fill(d, now, &system);
	if (rc != SQLITE_OK) {
		db_file_copy_drop(&d->file);
		/* So is what it was made of, as it seems. */
		if (db_is_damage(rc))
			db_file_suspect(&d->file);
		say_failed(d, rc, system);
		return;
	}
	if (!db_file_copy_end(&d->file, now))
		say_failed(d, SQLITE_OK, errno);
}

/* ---- using it ---------------------------------------------------------- */

/* Sound, and one of ours: it has the mark. */
static int
check(struct db *d, sqlite3 *sq)
{
	static const char sql[] =
	    "SELECT version FROM schema WHERE component = '" DB_COPIED "'";
	sqlite3_stmt *st = NULL;
	int rc = db_verify(sq);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_prepare_v2(sq, sql, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		d->copied = sqlite3_column_int64(st, 0);
		rc = SQLITE_OK;
	} else if (rc == SQLITE_DONE || rc == SQLITE_ERROR)
		rc = SQLITE_NOTADB;
	sqlite3_finalize(st);
	return rc;
}

bool
db_backup_open(struct db *d, sqlite3 **sq)
{
	char when[CLOCK_TEXT];
	int rc;

	*sq = NULL;
	if (d->file.copied == 0)
		return false;
	rc = sqlite3_open_v2(d->file.backup, sq,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_extended_result_codes(*sq, 1);
		sqlite3_db_config(*sq, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
		sqlite3_db_config(*sq, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		rc = check(d, *sq);
	}
	if (rc == SQLITE_OK) {
		log_warn("%s: of %s, takes its place", d->file.backup,
		    clock_local(d->copied, when));
		return true;
	}
	if (!db_is_damage(rc))
		fatal(EX_IOERR,
		    "%s: cannot be read: %s; mend that, or remove it to begin"
		    " anew",
		    d->file.backup, sqlite3_errstr(rc));
	log_warn("%s: is damaged too", d->file.backup);
	sqlite3_close(*sq);
	*sq = NULL;
	/* The next one replaces it, however young it is. */
	d->file.copied = 0;
	return false;
}

bool
db_restore(struct db *d)
{
	sqlite3 *sq;
	bool sound = db_backup_open(d, &sq);

	sqlite3_close(sq);
	if (sound)
		db_file_restore(&d->file);
	return sound;
}

/* ---- telling it -------------------------------------------------------- */

enum db_lost
db_lost(const struct db *d)
{
	return d->lost;
}

int64_t
db_copied_at(const struct db *d)
{
	return d->copied;
}

char *
db_lost_text(const struct db *d, const char *what)
{
	const char *path = d->file.db;
	char when[CLOCK_TEXT];

	switch (d->lost) {
	case DB_RESTORED:
		return xasprintf(
		    "The state database %s was damaged or gone.  Its copy of "
		    "%s has taken its place: %s of the time since then may be "
		    "told again.  What was damaged lies beside it as "
		    "*.corrupt-*; look for a failing disk if nobody knows "
		    "why.",
		    path, clock_local(d->copied, when), what);
	case DB_BEGUN:
		return xasprintf(
		    "The state database %s was damaged, and there was no sound "
		    "copy of it: a new one was begun, and %s that were told "
		    "before may be told again.  What was damaged lies beside "
		    "it as *.corrupt-*; look for a failing disk if nobody "
		    "knows why.",
		    path, what);
	case DB_GONE:
		return xasprintf(
		    "The state database %s was gone, and so was its copy, "
		    "though there were runs: a new one was begun, and %s that "
		    "were told before may be told again.  If you removed it "
		    "to begin anew, all is well.",
		    path, what);
	case DB_KEPT:
		break;
	}
	return NULL;
}

void
db_lost_put(struct db *d)
{
	static const char sql[] =
	    "INSERT INTO schema (component, version)"
	    " VALUES (:component, :version) ON CONFLICT (component)"
	    " DO UPDATE SET version = excluded.version";
	struct db_stmt *st = db_stmt(d, sql);

	db_bind_text(st, ":component", DB_LOST);
	db_bind_int(st, ":version", (int64_t)d->lost);
	db_run(st);
}

void
db_lost_told(struct db *d)
{
	if (d->lost == DB_KEPT)
		return;
	db_run(
	    db_stmt(d, "DELETE FROM schema WHERE component = '" DB_LOST "'"));
	d->lost = DB_KEPT;
}
