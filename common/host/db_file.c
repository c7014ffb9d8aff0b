/* SPDX-License-Identifier: ISC */
/* The files of a state database, seen from outside. */
#define _GNU_SOURCE /* AT_EACCESS */
#include "common/host/db_file.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/step.h"
#include "common/base/xmem.h"
#include "common/host/lock.h"

void
db_file_init(struct db_file *f, const char *path)
{
	/* SQLite takes "file:x" for a URI and ":memory:" for no file. */
	f->db = xasprintf("%s%s", path[0] == '/' ? "" : "./", path);
	f->dir = xstrndup(f->db, (size_t)(strrchr(f->db, '/') - f->db + 1));
	f->wal = xasprintf("%s-wal", f->db);
	f->journal = xasprintf("%s-journal", f->db);
	f->suspect = xasprintf("%s.suspect", f->db);
	f->backup = xasprintf("%s.backup", f->db);
	f->fresh = xasprintf("%s.new", f->backup);
	f->copied = 0;
}

void
db_file_free(struct db_file *f)
{
	free(f->dir);
	free(f->db);
	free(f->wal);
	free(f->journal);
	free(f->suspect);
	free(f->backup);
	free(f->fresh);
	memset(f, 0, sizeof *f);
}

/* False if it is not there. */
static bool
look_at(const char *path, struct stat *st)
{
	if (lstat(path, st) == -1) {
		if (errno == ENOENT)
			return false;
		fatal(EX_IOERR,
		    "%s: %m; check the owner and mode of its"
		    " directories",
		    path);
	}
	/* Either could make us write to a file of another's choice. */
	if (!S_ISREG(st->st_mode))
		fatal(EX_IOERR,
		    "%s: not a regular file (a symbolic link is"
		    " none); move it away",
		    path);
	if (st->st_nlink > 1)
		fatal(EX_IOERR,
		    "%s: has %ju names (hard links), but state"
		    " may have one only; remove the others",
		    path, (uintmax_t)st->st_nlink);
	return true;
}

enum db_file_state
db_file_look(struct db_file *f)
{
	struct stat st;
	bool journal, wal;

	/* 0 says that there is none, whatever a clock said in 1970. */
	f->copied = 0;
	if (look_at(f->backup, &st))
		f->copied = st.st_mtime > 0 ? st.st_mtime : 1;
	journal = look_at(f->journal, &st) && st.st_size > 0;
	wal = look_at(f->wal, &st) && st.st_size > 0;
	if (!look_at(f->db, &st))
		return wal || journal ? DB_FILE_EMPTIED : DB_FILE_MISSING;
	/*
	 * SQLite 3.40 silently deletes the -wal of an empty database; when
	 * one is made, the -wal comes last.
	 */
	if (st.st_size > 0)
		return DB_FILE_THERE;
	return wal ? DB_FILE_EMPTIED : DB_FILE_EMPTY;
}

bool
db_file_had_runs(const struct db_file *f)
{
	return f->copied != 0 || lock_last_end(f->db) != 0;
}

void
db_file_access(const struct db_file *f, bool *read_only)
{
	*read_only = false;
	if (faccessat(AT_FDCWD, f->db, R_OK | W_OK, AT_EACCESS) == 0)
		return;
	if (errno != EROFS)
		fatal(EX_IOERR,
		    "%s: %m; run as its owner, or give it back"
		    " to the user who runs this",
		    f->db);
	*read_only = true;
}

void
db_file_create(const struct db_file *f)
{
	/* SQLite gives the -wal and the -journal the same mode and owner. */
	int fd = open(f->db,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd == -1)
		fatal(EX_IOERR, "%s: cannot be made: %m", f->db);
	close(fd);
	STEP("db:file");
}

off_t
db_file_size(const struct db_file *f)
{
	struct stat st;

	return stat(f->db, &st) == -1 ? 0 : st.st_size;
}

bool
db_file_is_ours(const struct db_file *f)
{
	return access(f->wal, F_OK) == 0 || db_file_had_runs(f);
}

void
db_file_suspect(const struct db_file *f)
{
	int fd = open(f->suspect,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600);

	if (fd != -1)
		close(fd);
}

bool
db_file_is_suspect(const struct db_file *f)
{
	return access(f->suspect, F_OK) == 0;
}

void
db_file_trust(const struct db_file *f)
{
	unlink(f->suspect);
}

/* New names survive a power cut as well. */
static bool
sync_directory(const struct db_file *f)
{
	int fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd != -1 && fsync(fd) == 0;
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
	return ok;
}

static void
must_sync_directory(const struct db_file *f)
{
	if (!sync_directory(f))
		fatal(EX_IOERR, "%s: %m", f->dir);
}

static void
move(const char *from, const char *base, const char *suffix)
{
	char *to = xasprintf("%s%s", base, suffix);

	if (rename(from, to) == -1 && errno != ENOENT)
		fatal(EX_IOERR, "%s: cannot be renamed to %s: %m", from, to);
	STEP("db:set-aside");
	free(to);
}

void
db_file_set_aside(const struct db_file *f)
{
	char now[CLOCK_TEXT], stamp[CLOCK_TEXT];
	char *base;
	size_t i, o = 0;

	clock_rfc3339(clock_now(), now);
	for (i = 0; now[i] != '\0'; i++)
		if (now[i] != '-' && now[i] != ':')
			stamp[o++] = now[i];
	stamp[o] = '\0';
	base = xasprintf("%s.corrupt-%s", f->db, stamp);
	log_warn("%s: damaged; set aside as %s", f->db, base);
	/*
	 * The database first: killed behind it, we find a -wal that belongs
	 * to nothing and go on here.
	 */
	move(f->db, base, "");
	move(f->wal, base, "-wal");
	/* A stale one would be rolled back into the new database. */
	move(f->journal, base, "-journal");
	must_sync_directory(f);
	db_file_trust(f);
	free(base);
}

void
db_file_reserve_wal(const struct db_file *f, off_t n)
{
	struct stat st;
	int fd = open(f->wal, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return;
	/*
	 * Zeros behind the last frame are no frames to SQLite.  No other
	 * process writes now: we have the database to ourselves.
	 */
	if (fstat(fd, &st) == 0 && st.st_size < n &&
	    posix_fallocate(fd, 0, n) == 0)
		STEP("db:reserve");
	close(fd);
}

/* ---- the copy ---------------------------------------------------------- */

/* It is ours, of a run that was killed; a link is removed, not followed. */
void
db_file_copy_drop(const struct db_file *f)
{
	int saved = errno;

	unlink(f->fresh);
	errno = saved;
}

bool
db_file_copy_begin(const struct db_file *f)
{
	int fd;

	db_file_copy_drop(f);
	fd = open(f->fresh,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
	    0600);
	if (fd == -1)
		return false;
	close(fd);
	STEP("db:copy");
	return true;
}

static int
open_fresh(const struct db_file *f)
{
	return open(f->fresh, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
}

/*
 * Bytes 18 and 19 of a database say that it has a -wal (2) or not (1).  Pages
 * are copied as they are, and none goes with the copy.
 */
bool
db_file_copy_single(const struct db_file *f)
{
	int fd = open_fresh(f);
	bool ok = fd != -1 && pwrite(fd, "\1\1", 2, 18) == 2;

	if (fd != -1)
		close(fd);
	return ok;
}

/* The kernel forgets what it could not write: after a failed fsync nothing
 * says that a second one covers the same bytes. */
bool
db_file_copy_end(struct db_file *f, int64_t now)
{
	const struct timespec t[2] = { { .tv_sec = now }, { .tv_sec = now } };
	int fd = open_fresh(f);
	bool ok = fd != -1 && futimens(fd, t) == 0 && fsync(fd) == 0;
	int saved = errno;

	if (fd != -1)
		close(fd);
	errno = saved;
	STEP("db:copied");
	if (!ok || rename(f->fresh, f->backup) == -1) {
		db_file_copy_drop(f);
		return false;
	}
	f->copied = now;
	STEP("db:backup");
	return sync_directory(f);
}

void
db_file_restore(struct db_file *f)
{
	if (rename(f->backup, f->db) == -1)
		fatal(EX_IOERR, "%s: cannot be renamed to %s: %m", f->backup,
		    f->db);
	f->copied = 0;
	STEP("db:restored");
	must_sync_directory(f);
}

bool
db_file_has_room(const struct db_file *f, off_t n)
{
	struct statvfs fs;

	return statvfs(f->dir, &fs) == -1 ||
	    fs.f_bavail > 2 * ((uintmax_t)n / fs.f_frsize + 1);
}
