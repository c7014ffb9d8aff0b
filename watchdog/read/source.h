/* SPDX-License-Identifier: ISC */
/*
 * From a log source to the files to read now: the generations written since
 * the last run, oldest first, each opened and identified.
 */
#ifndef WATCHDOG_READ_SOURCE_H
#define WATCHDOG_READ_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/read/cursor.h"

/* The paths a source names: itself, or what its glob(7) matches, sorted,
 * without rotated generations of the others (*.1, *-20260101, *.gz …).  A
 * glob's matches are not looked at: some may be no files (SOURCE_NOT_FILE),
 * and nobody named these. */
bool source_is_glob(const char *pattern);
char **source_expand(const char *pattern, size_t *n);
void source_expand_free(char **, size_t n);
/* Does name look like a rotated generation of base ("error.log.1",
 * "error.log.000", "error.log-20260101", "error-20260101.log",
 * "error.log.old", "error.log.2.gz")?  Both without directory. */
bool source_is_generation(const char *base, const char *name);

enum source_trouble {
	SOURCE_OK,
	SOURCE_MISSING,    /* ENOENT, and no generation to follow */
	SOURCE_UNREADABLE, /* EACCES, EIO … : sys_errno says which */
	SOURCE_NOT_FILE    /* FIFO, directory, device: not opened */
};

/* A stretch of one file that has not been read. */
struct source_part {
	char *path;           /* its name now */
	int fd;               /* open, owned by the plan */
	struct cursor cursor; /* offset: read from here */
	int64_t end;          /* the size seen; read no further */
	/* The file that has the source's own name; or, when none has it, the
	 * newest generation: the server writes there until it reopens. */
	bool live;
	/* Its last line is its last: rotated, and as it was at the last look
	 * or followed by another rotated part. */
	bool finished;
};

enum source_gap {
	SOURCE_NO_GAP,
	SOURCE_GAP_GONE,     /* rotated, and the old file is nowhere */
	SOURCE_GAP_TRUNCATED /* truncated, and no copy has the rest */
};

struct source_plan {
	enum source_trouble trouble;
	int sys_errno;
	enum source_gap gap;
	bool idle;                /* nothing to read anywhere */
	struct source_part *part; /* oldest first; the live one last */
	size_t n;
};

/*
 * live: the cursor of the file that had the name at the last run; old: that
 * of the generation before it, still watched because a server writes into a
 * renamed file until it reopens.  Either may be NULL.  olddir: NULL-ended
 * list of further directories to look for generations in, or NULL.
 *
 * A file that did not change costs one stat(2), and one more for the old.
 * Rotated files are looked for by content among the siblings of the path:
 * regular files, no links, whose names are a generation's.  Those not known
 * that were written to since the last look (by their times) are read from
 * their start, unless they are a copy of another file that is read.
 * Compressed generations are passed over for now (and make a gap, which is
 * told).  Of late lines only those of one generation are found, the `old`.
 *
 * Whoever reads the parts: the cursor of one that is not live becomes `old`
 * when it was read to its end; else it becomes `live`, and the next plan goes
 * on there.
 */
void source_plan(const char *path, char *const *olddir,
    const struct cursor *live, const struct cursor *old, const char *old_path,
    struct source_plan *);
void source_plan_free(struct source_plan *);

/* The cursor of an open file whose first `offset` bytes are accounted for;
 * false (errno) if it cannot be read or is shorter. */
bool source_cursor(int fd, int64_t offset, struct cursor *);

#endif
