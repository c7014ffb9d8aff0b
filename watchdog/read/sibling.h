/* SPDX-License-Identifier: ISC */
/*
 * The generations of a log that lie about, and how a file is compared with a
 * saved cursor.
 */
#ifndef WATCHDOG_READ_SIBLING_H
#define WATCHDOG_READ_SIBLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/read/cursor.h"

struct stat;

struct sibling {
	char *path;
	struct cursor_now now; /* hashed is false */
	bool known;            /* for the caller: dealt with */
};

struct siblings {
	struct sibling *s; /* oldest first: by time, then by name */
	size_t n;
	int error; /* errno of what could not be asked, and may be there */
};

/* ".gz", ".bz2" and the like at the end of a name. */
bool sibling_compressed(const char *name);

/*
 * The generations of path in its directory and in the olddirs (NULL-ended
 * list, or NULL) that are regular files, not links, not compressed and not the
 * file `not_this` (NULL: none).  In an olddir a file of the same name is one
 * too.
 */
void siblings_find(const char *path, char *const *olddir,
    const struct cursor_now *not_this, struct siblings *);
void siblings_free(struct siblings *);
/* Opens it and fills now anew; -1 if it cannot be opened (errno) or was
 * replaced (ENOENT). */
int sibling_open(struct sibling *);

/* A file as stat(2) tells it. */
void look_stat(const struct stat *, struct cursor_now *);
/* Hashes what the saved cursor has hashes of, if the file is long enough;
 * false (errno) if it cannot be read. */
bool look_hash(int fd, const struct cursor *saved, struct cursor_now *);
/* Are the n > 0 bytes of file a what file b begins with, by head and tail?
 * 1, 0, or -1 (errno). */
int look_prefix(int a, int64_t n, int b);
/* Could the answer be another one next time?  What is not there, or not for
 * us, is no accident. */
bool look_failed(int error);

#endif
