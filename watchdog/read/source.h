/* SPDX-License-Identifier: ISC */
/*
 * From a log source to the bytes to read now: the generations written since
 * the last run, oldest first, each opened and identified.
 */
#ifndef WATCHDOG_READ_SOURCE_H
#define WATCHDOG_READ_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/read/generation.h"

struct input;

/* The paths a source names: itself, or what its glob(7) matches, sorted,
 * without rotated generations of the others (*.1, *-20260101, *.gz …).  A
 * glob's matches are not looked at: some may be no files (SOURCE_NOT_FILE),
 * and nobody named these. */
bool source_is_glob(const char *pattern);
char **source_expand(const char *pattern, size_t *n);
void source_expand_free(char **, size_t n);

enum source_kin {
	SOURCE_STRANGER,
	SOURCE_GENERATION,
	/* "error.1.log" of "error.log": it may be a log of its own, and is
	 * taken for a generation only by what is in it */
	SOURCE_DOUBTFUL
};
/* Does name look like a rotated generation of base ("error.log.1",
 * "error.log.000", "error.log-20260101", "error-20260101.log",
 * "error.log.old", "error.log.2.gz"; of "current" "@4000…s")?  Both without
 * directory. */
enum source_kin source_kin(const char *base, const char *name);
bool source_is_generation(const char *base, const char *name);

enum source_trouble {
	SOURCE_OK,
	SOURCE_MISSING,    /* ENOENT, and no generation to follow */
	SOURCE_UNREADABLE, /* EACCES, EIO … : sys_errno says which */
	SOURCE_NOT_FILE    /* FIFO, directory, device: not opened */
};

/* strerror(3), in words for an administrator where input.h gives an errno a
 * meaning of its own. */
const char *source_strerror(int error);

/* A stretch of one file that has not been read. */
struct source_part {
	size_t g;         /* index of its generation in the plan */
	const char *path; /* its name now */
	struct input *in; /* the plan's */
	int64_t from;
	int64_t end;   /* the size seen; read no further; -1: to its end */
	bool live;     /* the server writes here */
	bool finished; /* nobody writes here any more */
	bool still;    /* it is as it was at the last look */
	/* Its writer came from the finished part before: a record may go on;
	 * torn: so may a line. */
	bool joins, torn;
	int64_t mtime;      /* ns since 1970 */
	struct cursor head; /* its first bytes, before it was read */
	/* set by whoever reads: */
	bool ended;   /* all of it was read */
	int64_t next; /* offset to go on from */
	int error;    /* errno of what stopped it; 0 */
};

struct source_gap {
	size_t g;
	enum gap_reason reason;
	int64_t from;
	int64_t to; /* the size when last seen; from: nobody knows */
};

struct source_plan {
	enum source_trouble trouble;
	int sys_errno;
	bool idle;  /* nothing to read anywhere */
	bool waits; /* a compressed file is in the midst of being written */
	/* As they were saved, and those that are new; after source_settle as
	 * they are to be saved. */
	struct generation *g;
	size_t ng;
	bool changed;      /* they differ from what was saved */
	int64_t dir_mtime; /* of the directory, before it was looked at; ns */
	struct source_part *part; /* oldest first; the live one last */
	size_t n;
	struct source_gap *gap;
	size_t ngaps;
	/* With GAP_UNREADABLE: what cannot be read, and why. */
	char *closed;
	int closed_errno;
	struct source_look *look; /* its own */
};

/*
 * The quick look, which is enough if the log did nothing but grow: one stat(2),
 * and one for each renamed file that is watched.  g need not have more than the
 * generations that are watched, in the order of their birth; dir_mtime: that of
 * the last plan.  A log that has grown in a directory that has changed is not
 * looked at quickly: a copy may be about, made to truncate the log.  True: they
 * are the plan's now.  False: nothing is made of it, ask source_plan.
 */
bool source_quick(const char *path, struct generation *g, size_t n,
    int64_t dir_mtime, struct source_plan *);
/*
 * All files with names of a generation are looked at; see track.h.  Takes over
 * all saved generations; none: first sight, then what lies about is noted as
 * having been there before.  Could not ask is not no: SOURCE_UNREADABLE then,
 * nothing is read, and what is saved stays as it is until it can be asked (the
 * plan's g are of no use then).
 */
void source_plan(const char *path, char *const *olddir, struct generation *g,
    size_t n, int64_t now, struct source_plan *);
/*
 * After reading: moves the cursors of what was read, notes gaps that showed
 * then, and closes all files: of a part only g, from and next are of use any
 * more.  Of a file that was emptied under our hands the cursor stays where it
 * was, and next is from.
 */
void source_settle(struct source_plan *);
void source_plan_free(struct source_plan *);

void generations_free(struct generation *, size_t n);

#endif
