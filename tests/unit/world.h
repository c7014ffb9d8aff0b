/* SPDX-License-Identifier: ISC */
/*
 * A log in a directory of its own, what servers and rotators do to it, and
 * runs that move their cursors as site-watchdog's do.
 */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "watchdog/read/source.h"

/* A source in a directory of its own, and what a run keeps of it. */
struct world {
	char dir[32];
	char *path;           /* dir/error.log */
	char *olddir[2];      /* dir/old */
	int64_t clock;        /* mtime of what is written next */
	struct generation *g; /* what is kept of it */
	size_t n;
	int64_t dir_mtime;
	struct source_plan plan; /* while it is read */
	/* what comes between reading and the cursor; NULL */
	void (*meanwhile)(struct world *);
	/* of the last run */
	enum source_trouble trouble;
	int sys_errno;
	enum gap_reason gap; /* the first one */
	bool idle;
	struct buf got; /* what the last run read */
};

/* For cmocka_unit_test_setup_teardown. */
int world_setup(void **state);
int world_teardown(void **state);
#define WORLD_TEST(f) \
	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* The path of a name in the directory; four of them live at a time. */
char *world_in(const struct world *, const char *name);
/* One second later, by the file's time. */
void world_stamp(struct world *, const char *path);
void world_append(struct world *, const char *name, const char *text);
/* So much that head and tail do not meet. */
void world_append_much(struct world *, const char *name, const char *what);
void world_move(struct world *, const char *from, const char *to);
void world_copy(struct world *, const char *from, const char *to);
void world_truncate(struct world *, const char *name);

/* stop_at: the part in which the deadline strikes, -1 for none. */
void world_run_until(struct world *, int stop_at);
/* A run without trouble or gap that reads exactly this. */
void world_run(struct world *, const char *expected);
void world_run_idle(struct world *);
void world_run_gap(struct world *, enum gap_reason, const char *expected);

#endif
