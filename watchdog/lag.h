/* SPDX-License-Identifier: ISC */
/*
 * The files of a log that are on disk now, and what of them no run has read.
 * Files are looked at, not read, except where one may be another than it was.
 */
#ifndef WATCHDOG_LAG_H
#define WATCHDOG_LAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/store/store_source.h"

struct lag_file {
	char *path;
	int64_t size;
	int64_t mtime; /* s */
	/* The generation that it is; NULL: no run has met it. */
	const struct generation *g;
	int64_t unread; /* bytes; -1: it is compressed, nobody knows */
	/* The generation that had this inode, and was another or longer. */
	const struct generation *was;
};

struct lag {
	struct lag_file *file; /* the log's own first, if it is there */
	size_t n;
	int64_t unread;  /* bytes, of all that are known */
	size_t nunread;  /* files with unread bytes */
	size_t nwatched; /* generations that each run looks at */
	int error;       /* errno of the log's own name; 0 */
};

/*
 * olddir: NULL-ended list of further directories, or NULL.  last_run: files
 * that no run has met count if they were written to since.  The source must
 * stay until lag_free.
 */
void lag_look(const char *path, char *const *olddir,
    const struct store_source *, int64_t last_run, struct lag *);
void lag_free(struct lag *);

#endif
