/* SPDX-License-Identifier: ISC */
/*
 * A generation of a log: one file's content from its birth on, whatever names
 * and inodes it has had.  A noun: nothing but the struct.
 */
#ifndef WATCHDOG_READ_GENERATION_H
#define WATCHDOG_READ_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "watchdog/read/cursor.h"

enum generation_state {
	GENERATION_LIVE, /* has the source's name, or had it when last seen */
	GENERATION_OLD,  /* renamed; a server may still write into it, and each
			  * run looks */
	GENERATION_DONE, /* read to its end: looked at when something rotates */
	GENERATION_GONE, /* nowhere any more; kept for the ledger, and so that
			  * a copy that turns up is known */
	GENERATION_COPY  /* no generation: a copy of one that was there too.
			  * Not read, unless the original goes unread */
};

struct generation {
	int64_t id; /* of the ledger; 0: not stored yet */
	enum generation_state state;
	/* A compressed file: cursor.dev to mtime are the file's, offset, head
	 * and tail are those of what is in it. */
	bool packed;
	/* It was there before the log was first seen, and is not read; offset
	 * is its size then.  Of a compressed one head and tail are those of
	 * the file as it is. */
	bool before;
	struct cursor cursor;
	char *path;    /* where it was last seen */
	int64_t found; /* when first seen, seconds since 1970 */
};

/* Does each run look at it? */
static inline bool
generation_is_watched(const struct generation *g)
{
	return g->state == GENERATION_LIVE || g->state == GENERATION_OLD;
}

/* Why bytes may be missing. */
enum gap_reason {
	GAP_NONE,
	GAP_GONE,       /* rotated, and the file is nowhere any more */
	GAP_TRUNCATED,  /* truncated or replaced, and no file has the rest */
	GAP_DAMAGED,    /* compressed, and cannot be decompressed further */
	GAP_UNREADABLE, /* rotated, and what may be its file cannot be read */
	GAP_VACUUMED    /* the journal threw away what was not read yet */
};

#endif
