/* SPDX-License-Identifier: ISC */
/*
 * Which of the files that are there now is which generation of a log, what of
 * it is unread, in which order it was written, and what cannot be found any
 * more.  Pure: whoever asks says what is in the files.
 *
 * A generation is known by its file (device, inode, handle), confirmed by what
 * is in it; else by content alone.  What nobody knows was born and rotated
 * since the last look, unless it is a copy of what is there, or older than
 * that look.
 */
#ifndef WATCHDOG_READ_TRACK_H
#define WATCHDOG_READ_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/read/generation.h"

#define TRACK_NONE SIZE_MAX
#define TRACK_STILL 10 /* s: two looks that are less apart tell nothing */
#define TRACK_OLD 2    /* renamed files that each run looks at, the newest */

enum track_answer {
	TRACK_NO,
	TRACK_YES,
	TRACK_LATER, /* it is being written: not yet to be told */
	TRACK_ERROR  /* could not be asked */
};

struct track_file {
	uint64_t dev, ino, handle;
	int64_t size, mtime; /* of the file, compressed or not */
	const char *path;
	size_t id;     /* the caller's own number for it */
	bool live;     /* it has the log's own name */
	bool packed;   /* compressed */
	bool doubtful; /* its name may as well be another log's */
	/* out */
	size_t g;  /* which generation it is, TRACK_NONE: none */
	bool copy; /* of another one that is there, */
	size_t of; /* this one */
};

/* Files by their ids. */
struct track_oracle {
	void *arg;
	/* Does the file hold the bytes that the generation's cursor was saved
	 * from?  Asked only of files that may be long enough. */
	enum track_answer (
	    *holds)(void *arg, size_t file, const struct generation *);
	/* Is what file a holds what file b begins with?  LATER: so far, but a
	 * is compressed and ends too early.  NO if a is empty. */
	enum track_answer (*begins)(void *arg, size_t a, size_t b);
	/* Fills in the cursor of a file that is not to be read. */
	enum track_answer (*take)(void *arg, size_t id, struct generation *);
};

/* A stretch to read: generation g from its cursor's offset on. */
struct track_part {
	size_t g, file;
	bool still;    /* see track_still */
	bool finished; /* nobody writes into it any more */
	bool joins;    /* its writer came from the part before */
	bool torn;     /* and may have been in the midst of a line */
};

struct track_gap {
	size_t g;
	enum gap_reason reason;
};

struct track {
	/* in; the generations in the order of their birth, room for nf more */
	struct generation *g;
	size_t n;
	struct track_file *f;
	size_t nf;
	int64_t now;
	struct track_oracle ask;
	/* out: g has the new ones too; f[].g; and */
	size_t *file;            /* of each generation, TRACK_NONE: nowhere */
	struct track_part *part; /* in the order of writing, the live last */
	size_t nparts;
	struct track_gap *gap;
	size_t ngaps;
	enum track_answer answer; /* LATER, ERROR: nothing may be concluded */
	/* its own */
	bool *known; /* generations that were there before this look */
};

/* False if it could not be told: answer says why, and nothing has changed.
 * Paths of generations are the caller's to keep in step with file[]. */
bool track(struct track *);
void track_free(struct track *);

/* After reading: what each is now.  left[g]: it has bytes that were not read
 * (or whose end is not known). */
void track_settle(struct track *, const bool *left);

/* The same file, whatever is in it now. */
bool track_same_file(const struct cursor *, const struct track_file *);
/* It is as it was at the last look. */
bool track_unchanged(const struct cursor *, const struct track_file *);
/* And was written to so long ago that whoever writes it is done. */
bool track_still(const struct cursor *, const struct track_file *, int64_t now);

#endif
