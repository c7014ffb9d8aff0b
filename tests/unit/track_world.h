/* SPDX-License-Identifier: ISC */
/*
 * A log in memory, its server and its rotator: a line is a number, and counts
 * as a byte.  For tests of the tracker.
 */
#ifndef TESTS_UNIT_TRACK_WORLD_H
#define TESTS_UNIT_TRACK_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "watchdog/read/generation.h"

#define MAX_LINES 2048
#define MAX_FILES 48
#define MAX_GENERATIONS 256
#define KEEP 9
#define HEADER (-1) /* a line that every file begins with, in some histories */
#define SECOND INT64_C(1000000000)

struct file {
	bool used, packed, live;
	bool partial; /* its last line is still being written */
	int age;      /* N of .N; 0: the log itself */
	char name[24];
	uint64_t dev, ino, handle;
	int64_t mtime;
	int n;
	int line[MAX_LINES];
};

struct history {
	unsigned seed, first_seed;
	struct file file[MAX_FILES];
	int server; /* index of the file that it has open, -1 */
	int lines, generation;
	bool stale;   /* renamed under the server's hands */
	bool headers; /* each file begins alike */
	bool handles; /* the file system has them */
	bool dates;   /* .N does not tell the age */
	int unread_rotations;
	uint64_t next_ino, free_ino[MAX_FILES], dev;
	size_t nfree;
	int64_t clock; /* s */
	struct generation g[MAX_GENERATIONS];
	size_t ng;
	uint8_t seen[MAX_LINES];
	struct buf story;
	void (*look)(struct history *); /* a run comes in the midst */
};

/* A number below n. */
unsigned track_any(struct history *, unsigned n);
/* The end of what happened, for the one who has to mend it. */
const char *track_tale(const struct history *);
/* The file that has the log's name; NULL. */
struct file *track_live(struct history *);
/* The server opens the log, and makes it if need be; writes some lines. */
void track_reopen(struct history *);
void track_say(struct history *);
/* The rotator; meanwhile: a run comes between copying and truncating, 2: and
 * in the midst of copying. */
void track_rotate(struct history *, bool create);
void track_copytruncate(struct history *, int meanwhile);
void track_compress(struct history *, bool slowly);
/* Some renamed file; NULL. */
struct file *track_some_rotated(struct history *);
/* As a restored backup has it, or a move to another file system. */
void track_new_inode(struct history *, struct file *);
void track_new_device(struct history *);

#endif
