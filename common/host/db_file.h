/* SPDX-License-Identifier: ISC */
/*
 * The files of a state database, without a look at what is in them: the
 * database itself, its -wal, its -journal, and a mark that says it is
 * suspected of damage.  Private to db.  Trouble is fatal (74).
 *
 * The database is never opened here while SQLite has it open: closing any
 * descriptor of it would drop SQLite's POSIX locks.
 */
#ifndef COMMON_HOST_DB_FILE_H
#define COMMON_HOST_DB_FILE_H

#include <sys/types.h>

#include <stdbool.h>

struct db_file {
	char *db, *wal, *journal, *suspect;
};

enum db_file_state {
	DB_FILE_MISSING,
	DB_FILE_THERE,
	DB_FILE_EMPTIED /* what stands beside it belongs to nothing */
};

void db_file_init(struct db_file *, const char *path);
void db_file_free(struct db_file *);

/* Refuses all but regular files with a single name. */
enum db_file_state db_file_look(const struct db_file *);
/* That we may write the database; *read_only: its file system is. */
void db_file_access(const struct db_file *, bool *read_only);
/* An empty file, mode 0600. */
void db_file_create(const struct db_file *);
/* Bytes in the database; 0 when there is none. */
off_t db_file_size(const struct db_file *);
/*
 * Whether the database is ours for certain: we leave a -wal beside each.
 * Without it a mistyped path could make us move a stranger's file away.
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

#endif
