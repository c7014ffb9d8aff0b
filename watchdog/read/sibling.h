/* SPDX-License-Identifier: ISC */
/*
 * The files of a log that are there: its own and its generations, and what is
 * asked about their content.
 */
#ifndef WATCHDOG_READ_SIBLING_H
#define WATCHDOG_READ_SIBLING_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/read/cursor.h"
#include "watchdog/read/track.h"

struct input;

struct sibling {
	char *path;
	struct track_file f; /* path, and what stat(2) says */
	int fd;              /* -1: not opened yet */
	struct input *in;
};

struct siblings {
	struct sibling *s;
	size_t n;
	int error; /* errno of what could not be asked, and may be there */
	/* What may hold a generation and is not for us, that which was written
	 * to last; NULL: nothing.  A file, or a directory (mtime INT64_MAX). */
	char *closed;
	int closed_errno; /* EACCES …; ENOTSUP: compressed in no known way */
	int64_t closed_mtime;
};

/* ".gz", ".bz2" and the like at the end of a name. */
bool sibling_compressed(const char *name);

/*
 * The log and its generations in its directory and in the olddirs (NULL-ended
 * list, or NULL): regular files, each once, however many names it has.  No
 * link is followed but the log's own name.  In an olddir a file of the same
 * name is a generation too.
 */
void siblings_find(const char *path, char *const *olddir, struct siblings *);
void siblings_free(struct siblings *);
/* Opens it, unless it is open; false (errno) if it cannot be, or was replaced
 * (ENOENT).  Its size and times are those of the open file then. */
bool sibling_open(struct sibling *);

/* A file as stat(2) tells it; the handle is asked for by its path. */
void sibling_stat(const char *path, const struct stat *, struct track_file *);

/* What track() asks; arg is the struct siblings. */
enum track_answer sibling_holds(void *arg, size_t id,
    const struct generation *);
enum track_answer sibling_begins(void *arg, size_t a, size_t b);
enum track_answer sibling_take(void *arg, size_t id, struct generation *);

/* Hashes for a cursor of the input's first `offset` bytes: 1, 0 if they are
 * not all there, -1 (errno). */
int sibling_hash(struct input *, int64_t offset, struct cursor *);
/* Takes the hashes that a cursor has not, as its file could not be read then;
 * false if it still can not. */
bool sibling_mend(struct sibling *, struct generation *);
/* Could the answer be another one next time?  What is not there, or not for
 * us, is no accident. */
bool sibling_failed(int error);

#endif
