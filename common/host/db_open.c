/* SPDX-License-Identifier: ISC */
/* Opens the state database and brings it up to date. */
#include "common/host/db_sqlite.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/base/step.h"
#include "common/base/xmem.h"

/*
 * A reader (status) holds the database for milliseconds, a run takes it for
 * its whole length; whoever waits longer has met a run.
 */
#define BUSY_MS 3000

#define WAL_CHECKPOINT 1000 /* frames; SQLite's own default */
#define CHUNK (64 * 1024)   /* bytes the database grows by */

/* Replaces SQLite's own hook, which would checkpoint at 1000 frames too. */
static int
count_frames(void *arg, sqlite3 *sq, const char *name, int frames)
{
	struct db *d = arg;

	d->frames = frames;
	if (frames >= WAL_CHECKPOINT)
		sqlite3_wal_checkpoint_v2(sq, name, SQLITE_CHECKPOINT_PASSIVE,
		    NULL, NULL);
	return SQLITE_OK;
}

/* The settings that need no SQL, and so no time. */
static void
configure(struct db *d, sqlite3 *sq)
{
	int keep = 1, chunk = CHUNK;

	sqlite3_extended_result_codes(sq, 1);
	sqlite3_busy_timeout(sq, BUSY_MS);
	sqlite3_db_config(sq, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	/* The file may be forged: nothing in it may do more than hold data. */
	sqlite3_db_config(sq, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(sq, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Or a run without news would write. */
	sqlite3_db_config(sq, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_file_control(sq, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	/* Growth by chunks is growth without holes. */
	sqlite3_file_control(sq, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
	sqlite3_wal_hook(sq, count_frames, d);
}

/*
 * Opens the file; the order of the pragmas matters: only with EXCLUSIVE in
 * front, WAL needs no shared memory file.  A -wal that one big run has blown
 * up shrinks again, but never to less than its reserve.  Returns SQLite's
 * code.
 */
static int
connect_file(struct db *d, sqlite3 **sq)
{
	static const char pragmas[] = "PRAGMA locking_mode = EXCLUSIVE;"
				      "PRAGMA journal_mode = WAL;"
				      "PRAGMA synchronous = FULL;"
				      "PRAGMA journal_size_limit = 4194304;"
				      "PRAGMA cell_size_check = ON;"
				      "PRAGMA temp_store = MEMORY;";
	/* Setting WAL would write to an empty file. */
	static const char reading[] = "PRAGMA locking_mode = EXCLUSIVE;"
				      "PRAGMA query_only = ON;"
				      "PRAGMA cell_size_check = ON;";
	int rc;

	/*
	 * Not SQLITE_OPEN_NOFOLLOW: it refuses links in the directories too.
	 * On a read-only file system nobody writes, and no lock is to be had.
	 */
	rc = sqlite3_open_v2(d->file.db, sq,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE,
	    d->read_only ? "unix-none" : NULL);
	if (rc != SQLITE_OK)
		return rc;
	configure(d, *sq);
	return sqlite3_exec(*sq, d->mode == DB_WRITE ? pragmas : reading, NULL,
	    NULL, NULL);
}

/* No table of versions: a new database, or somebody else's. */
static int
check_new(struct db *d)
{
	if (db_ask(d, "SELECT count(*) FROM sqlite_master") != 0)
		fatal(EX_IOERR,
		    "%s: an SQLite database, but none of ours;"
		    " name another file for the state",
		    d->file.db);
	return SQLITE_OK;
}

/* What else stands there. */
static void
read_mark(struct db *d, const char *name, int64_t value)
{
	if (strcmp(name, DB_COPIED) == 0)
		d->copied = value;
	else if (strcmp(name, DB_LOST) == 0 && value > DB_KEPT &&
	    value <= DB_GONE)
		d->lost = (enum db_lost)value;
}

/* have[i] becomes the version of schema i in the file, 0 if it has none. */
static int
read_versions(struct db *d, const struct db_schema *s, size_t n, int *have)
{
	static const char sql[] = "SELECT component, version FROM schema";
	const char *component;
	sqlite3_stmt *st = NULL;
	size_t i;
	int rc;

	memset(have, 0, n * sizeof *have);
	rc = sqlite3_prepare_v2(d->sq, sql, -1, &st, NULL);
	if (rc == SQLITE_ERROR)
		return check_new(d);
	if (rc != SQLITE_OK)
		return rc;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		component = (const char *)sqlite3_column_text(st, 0);
		if (component == NULL)
			continue;
		for (i = 0; i < n; i++)
			if (strcmp(component, s[i].component) == 0)
				have[i] = sqlite3_column_int(st, 1);
		read_mark(d, component, sqlite3_column_int64(st, 1));
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int
db_verify(sqlite3 *sq)
{
	sqlite3_stmt *st = NULL;
	const unsigned char *text;
	int rc;

	rc = sqlite3_prepare_v2(sq, "PRAGMA integrity_check(1)", -1, &st, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		text = sqlite3_column_text(st, 0);
		rc = text != NULL && strcmp((const char *)text, "ok") == 0 ?
		    SQLITE_OK :
		    SQLITE_CORRUPT;
	}
	sqlite3_finalize(st);
	return rc;
}

/* Opens what there is and reads its versions. */
static int
try_file(struct db *d, const struct db_schema *s, size_t n, int *have)
{
	int rc = connect_file(d, &d->sq);

	if (rc == SQLITE_OK && d->mode == DB_WRITE &&
	    db_file_is_suspect(&d->file)) {
		/* SQLite met damage in an earlier run: is there any? */
		rc = db_verify(d->sq);
		if (rc == SQLITE_OK)
			db_file_trust(&d->file);
	}
	if (rc == SQLITE_OK)
		rc = read_versions(d, s, n, have);
	return rc;
}

/* Puts the copy in the place of what is lost, or a new file. */
static void
recover(struct db *d, enum db_lost lost)
{
	if (lost == DB_GONE)
		log_warn("%s: is gone, though there were runs", d->file.db);
	if (db_restore(d)) {
		d->lost = DB_RESTORED;
		return;
	}
	log_warn("%s: there is no sound copy: a new one is begun", d->file.db);
	d->lost = lost;
	d->unmarked = true;
	db_file_create(&d->file);
}

/* For a damaged one. */
static void
replace(struct db *d)
{
	if (!db_file_is_ours(&d->file))
		fatal(EX_IOERR,
		    "%s: not a database (%s), or a damaged one; move it away,"
		    " or name another file for the state",
		    d->file.db, sqlite3_errmsg(d->sq));
	db_disconnect(d);
	db_file_set_aside(&d->file);
	recover(d, DB_BEGUN);
}

/* Before anything is opened: what is missing, and should not be? */
static void
find_file(struct db *d)
{
	switch (db_file_look(&d->file)) {
	case DB_FILE_EMPTIED:
		db_file_set_aside(&d->file);
		recover(d, DB_BEGUN);
		break;
	case DB_FILE_MISSING:
	case DB_FILE_EMPTY:
		if (db_file_had_runs(&d->file))
			recover(d, DB_GONE);
		else
			db_file_create(&d->file);
		break;
	case DB_FILE_THERE:
		break;
	}
}

static void
open_write(struct db *d, const struct db_schema *s, size_t n, int *have)
{
	int rc;

	find_file(d);
	db_file_access(&d->file, &d->read_only);
	if (d->read_only)
		fatal(EX_IOERR, "%s: its file system is read-only; %s",
		    d->file.db, DB_AGAIN);
	rc = try_file(d, s, n, have);
	/* SQLite 3.40 calls an EIO on reading damage; it may have passed. */
	if (db_is_damage(rc)) {
		db_disconnect(d);
		rc = try_file(d, s, n, have);
	}
	if (db_is_damage(rc) && d->lost == DB_KEPT) {
		replace(d);
		rc = try_file(d, s, n, have);
	}
	if (rc != SQLITE_OK)
		db_fail(d, rc, "opening");
}

int
db_copy_pages(sqlite3 *to, sqlite3 *from)
{
	sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");

	if (copy == NULL)
		return sqlite3_extended_errcode(to);
	sqlite3_backup_step(copy, -1);
	return sqlite3_backup_finish(copy);
}

/* The file into the database in memory. */
static int
copy_file(struct db *d)
{
	sqlite3 *from = NULL;
	int rc;

	db_file_access(&d->file, &d->read_only);
	rc = connect_file(d, &from);
	if (rc == SQLITE_OK)
		rc = db_copy_pages(d->sq, from);
	sqlite3_close(from);
	return rc;
}

static void
open_memory(struct db *d)
{
	db_disconnect(d);
	if (sqlite3_open_v2(":memory:", &d->sq,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		db_fail(d, SQLITE_NOMEM, "opening");
	configure(d, d->sq);
}

/* What a run would do: the last copy, or nothing. */
static int
recover_scratch(struct db *d, enum db_lost lost)
{
	sqlite3 *from = NULL;
	int rc = SQLITE_OK;

	if (lost == DB_GONE)
		log_warn("%s: is gone, though there were runs", d->file.db);
	else
		log_warn("%s: damaged; the next run sets it aside", d->file.db);
	d->lost = lost;
	open_memory(d);
	d->unmarked = !db_backup_open(d, &from);
	if (!d->unmarked)
		rc = db_copy_pages(d->sq, from);
	sqlite3_close(from);
	return rc;
}

/* A copy in memory; an empty one if there is nothing, or nothing sound. */
static void
open_scratch(struct db *d, const struct db_schema *s, size_t n, int *have)
{
	enum db_file_state state = db_file_look(&d->file);
	int rc = SQLITE_OK;

	open_memory(d);
	if (state == DB_FILE_EMPTIED)
		rc = SQLITE_CORRUPT;
	else if (state == DB_FILE_THERE)
		rc = copy_file(d);
	else if (db_file_had_runs(&d->file))
		rc = recover_scratch(d, DB_GONE);
	if (rc == SQLITE_OK)
		rc = read_versions(d, s, n, have);
	if (db_is_damage(rc)) {
		rc = recover_scratch(d, DB_BEGUN);
		if (rc == SQLITE_OK)
			rc = read_versions(d, s, n, have);
	}
	if (rc != SQLITE_OK)
		db_fail(d, rc, "copying");
}

/* False if there is nothing to read. */
static bool
open_read(struct db *d, const struct db_schema *s, size_t n, int *have)
{
	enum db_file_state state = db_file_look(&d->file);
	size_t i;
	int rc;

	if (state == DB_FILE_MISSING)
		return false;
	if (state == DB_FILE_EMPTIED ||
	    (state == DB_FILE_EMPTY && db_file_had_runs(&d->file)))
		db_fail(d, SQLITE_CORRUPT, "opening");
	db_file_access(&d->file, &d->read_only);
	rc = try_file(d, s, n, have);
	if (rc != SQLITE_OK)
		db_fail(d, rc, "opening");
	/* Of an older program: it can be brought up to date in a copy only. */
	for (i = 0; i < n; i++)
		if (have[i] < s[i].version)
			d->mode = DB_SCRATCH;
	if (d->mode == DB_SCRATCH) {
		db_disconnect(d);
		open_scratch(d, s, n, have);
	}
	return true;
}

static void
set_version(struct db *d, const struct db_schema *s)
{
	static const char sql[] =
	    "INSERT INTO schema (component, version)"
	    " VALUES (:component, :version) ON CONFLICT (component)"
	    " DO UPDATE SET version = excluded.version";
	struct db_stmt *st = db_stmt(d, sql);

	db_bind_text(st, ":component", s->component);
	db_bind_int(st, ":version", s->version);
	db_run(st);
}

/* All components in one transaction: a crash leaves all as they were. */
static void
migrate(struct db *d, const struct db_schema *s, size_t n, const int *have)
{
	bool due = false;
	size_t i;
	int v;

	for (i = 0; i < n; i++) {
		if (have[i] > s[i].version)
			fatal(EX_IOERR,
			    "%s: of a newer version of this"
			    " program (%s %d, known up to %d); install that",
			    d->file.db, s[i].component, have[i], s[i].version);
		due = due || have[i] < s[i].version;
	}
	if (!due)
		return;
	db_begin(d);
	db_begin_write(d);
	db_exec(d,
	    "CREATE TABLE IF NOT EXISTS schema ("
	    "component TEXT PRIMARY KEY, version INTEGER NOT NULL)");
	for (i = 0; i < n; i++) {
		for (v = have[i]; v < s[i].version; v++)
			db_exec(d, s[i].steps[v]);
		if (have[i] < s[i].version)
			set_version(d, &s[i]);
	}
	if (d->unmarked)
		db_lost_put(d);
	d->unmarked = false;
	db_commit(d);
	STEP("db:migrated");
}

struct db *
db_open(const char *path, enum db_mode mode, const struct db_schema *s,
    size_t n)
{
	struct db *d = xcalloc(1, sizeof *d);
	int *have = xcalloc(n, sizeof *have);
	bool there = true;

	/* One thread, nobody who asks for statistics: no locks, no sums.  Too
	 * late for the second database of a process, and harmless then. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	d->mode = mode;
	db_file_init(&d->file, path);
	if (mode == DB_WRITE)
		open_write(d, s, n, have);
	else if (mode == DB_SCRATCH)
		open_scratch(d, s, n, have);
	else
		there = open_read(d, s, n, have);
	if (there)
		migrate(d, s, n, have);
	free(have);
	if (!there) {
		db_close(d);
		return NULL;
	}
	return d;
}
