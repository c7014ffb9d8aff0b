/* SPDX-License-Identifier: ISC */
/*
 * The files of a state database, without a look at what is in them: the
 * database itself, its -wal, its -journal, a mark that says it is suspected of
 * damage, and its copy.  Private to db.  Trouble is fatal (74).
 *
 * The database is never opened here while SQLite has it open: closing any
 * descriptor of it would drop SQLite's POSIX locks.
 */
#ifndef COMMON_HOST_DB_FILE_H
#define COMMON_HOST_DB_FILE_H

#include <sys/types.h>

#include <stdbool.h>

struct db_file {
	char *dir, *db, *wal, *journal, *suspect;
	char *backup, *fresh; /* the copy; and while it is being made */
	int64_t copied;       /* the copy's time; 0: there is none */
};

enum db_file_state {
	DB_FILE_MISSING,
	DB_FILE_THERE,
	DB_FILE_EMPTY,  /* 0 bytes, and nothing beside it */
	DB_FILE_EMPTIED /* what stands beside it belongs to nothing */
};

void db_file_init(struct db_file *, const char *path);
void db_file_free(struct db_file *);

/* Refuses all but regular files with a single name. */
enum db_file_state db_file_look(struct db_file *);
/* Whether there was a state once, which a missing one would have been: by its
 * copy, or by the lock's stamps. */
bool db_file_had_runs(const struct db_file *);
/* That we may write the database; *read_only: its file system is. */
void db_file_access(const struct db_file *, bool *read_only);
/* An empty file, mode 0600. */
void db_file_create(const struct db_file *);
/* Bytes in the database; 0 when there is none. */
off_t db_file_size(const struct db_file *);
/*
 * Whether the database is ours for certain: we leave a -wal beside each, and
 * there were runs.  Else a mistyped path could make us move a stranger's file
 * away.
 */
bool db_file_is_ours(const struct db_file *);

/* The next opening looks for damage. */
void db_file_suspect(const struct db_file *);
bool db_file_is_suspect(const struct db_file *);
void db_file_trust(const struct db_file *);
/* Renames all of it to PATH.corrupt-TIME... and says so. */
void db_file_set_aside(const struct db_file *);

/* Makes the -wal at least n bytes long, with the disk space behind them; to
 * be tried only. */
void db_file_reserve_wal(const struct db_file *, off_t n);

/*
 * The copy.  These answer false with errno set; `fresh` is gone then.
 * begin: an empty file, mode 0600.  single: what SQLite wrote into it becomes
 * a database without a -wal.  end: it is on the disk as the copy of that time.
 */
bool db_file_copy_begin(const struct db_file *);
bool db_file_copy_single(const struct db_file *);
bool db_file_copy_end(struct db_file *, int64_t now);
void db_file_copy_drop(const struct db_file *);
/* The copy becomes the database. */
void db_file_restore(struct db_file *);
/* Room for so many bytes, and as many again for everybody else. */
bool db_file_has_room(const struct db_file *, off_t n);

#endif
