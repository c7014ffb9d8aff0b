/* SPDX-License-Identifier: ISC */
/* Rotation in all its kinds: short histories on real files. */
#include "watchdog/read/source.h"

#include <sys/stat.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "tests/unit/world.h"
#include "watchdog/read/track.h"

static void
grows(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\nb\n");
	world_run(w, "a\nb\n");
	world_run_idle(w);
	world_append(w, "error.log", "c\nhal");
	world_run(w, "c\n");
	/* half a line waits, and does not come alone */
	world_run(w, "");
	world_append(w, "error.log", "f\n");
	world_run(w, "half\n");
	world_run_idle(w);
	world_stamp(w, w->path);
	world_run(w, "");
	world_run_idle(w);
}

static void
starts_empty(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "");
	world_run(w, "");
	world_run_idle(w);
	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_run_idle(w);
}

static void
renamed(void **state)
{
	struct world *w = *state;

	world_append_much(w, "error.log", "x");
	world_run_until(w, -1);
	world_append(w, "error.log", "rest\n");
	world_move(w, "error.log", "error.log.1");
	world_append(w, "error.log", "new\n");
	world_run(w, "rest\nnew\n");
	world_run_idle(w);
	/* the server has not opened its log anew yet */
	world_append(w, "error.log.1", "late\n");
	world_append(w, "error.log", "more\n");
	world_run(w, "late\nmore\n");
	world_append(w, "error.log.1", "later\n");
	world_run(w, "later\n");
	world_run_idle(w);
	/* late lines, found behind the next rotation */
	world_append(w, "error.log.1", "last\n");
	world_append(w, "error.log", "end\n");
	world_move(w, "error.log.1", "error.log.2");
	world_move(w, "error.log", "error.log.1");
	world_append(w, "error.log", "third\n");
	world_run(w, "last\nend\nthird\n");
	world_run_idle(w);
}

static void
renamed_idle(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_move(w, "error.log", "error.log.1");
	world_append(w, "error.log", "");
	world_run(w, "");
	assert_false(w->idle);
	world_run_idle(w);
	world_append(w, "error.log.1", "late\n");
	world_run(w, "late\n");
	world_append(w, "error.log", "b\n");
	world_run(w, "b\n");
	world_run_idle(w);
}

/* Renamed, and nobody has made a new one yet. */
static void
not_created(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	world_move(w, "error.log", "error.log.1");
	world_run(w, "b\n");
	world_run_idle(w);
	world_append(w, "error.log.1", "c\nd");
	world_run(w, "c\n");
	world_run(w, "");
	world_run(w, "");
	world_append(w, "error.log.1", "\n");
	world_append(w, "error.log", "e\n");
	world_run(w, "d\ne\n");
	world_run_idle(w);
	/* and again, two at once */
	world_move(w, "error.log.1", "error.log.3");
	world_append(w, "error.log", "f\n");
	world_move(w, "error.log", "error.log.2");
	world_append(w, "error.log.1", "g\n");
	world_run(w, "f\ng\n");
	world_run_idle(w);
	world_append(w, "error.log.1", "h\n");
	world_append(w, "error.log", "i\n");
	world_run(w, "h\ni\n");
	world_run_idle(w);
}

static void
several(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log.2", "history\n");
	world_append(w, "error.log.1", "history too\n");
	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	world_move(w, "error.log.2", "error.log.5");
	world_move(w, "error.log.1", "error.log.4");
	world_move(w, "error.log", "error.log.3");
	world_append(w, "error.log.2", "c\n");
	world_append(w, "error.log.1", "d\n");
	world_append(w, "error.log", "e\n");
	world_run(w, "b\nc\nd\ne\n");
	world_run_idle(w);
}

static void
dated(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	world_move(w, "error.log", "error.log-20261119");
	world_append(w, "error.log-20261120", "c\n");
	world_append(w, "error-20261121.log", "d\n");
	/* no generations of it */
	world_append(w, "error.log.bak", "no\n");
	world_append(w, "error.log.d", "no\n");
	world_append(w, "other.log.1", "no\n");
	world_append(w, "error.log", "e\n");
	world_run(w, "b\nc\nd\ne\n");
	world_run_idle(w);
}

/* All written within one tick of the clock. */
static void
same_times(void **state)
{
	static const char *const name[] = { "error.log.1", "error.log.10",
		"error.log.2", "error.log", "error.log.11" };
	static const char *const text[] = { "d\n", "b\n", "c\n", "e\n", "a\n" };
	struct world *w = *state;
	int64_t t;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_move(w, "error.log", "error.log.11");
	t = w->clock;
	for (int i = 0; i < 4; i++) {
		world_append(w, name[i], text[i]);
		w->clock = t - 1;
		world_stamp(w, world_in(w, name[i]));
	}
	world_run(w, "b\nc\nd\ne\n");
	world_run_idle(w);
}

static void
moved_away(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	world_move(w, "error.log", "old/error.log.1");
	world_append(w, "error.log", "c\n");
	world_run(w, "b\nc\n");
	/* under its own name, and as a copy (another file system) */
	world_append(w, "old/other.log.1", "no\n");
	world_append(w, "error.log", "d\n");
	world_copy(w, "error.log", "old/error.log");
	unlink(w->path);
	world_append(w, "error.log", "e\n");
	world_run(w, "d\ne\n");
	world_run_idle(w);
	w->olddir[1] = NULL;
	world_append(w, "error.log", "f\n");
	world_move(w, "error.log", "old/error.log.2");
	free(w->olddir[0]);
	w->olddir[0] = xstrdup(world_in(w, "nowhere"));
	world_append(w, "error.log", "g\n");
	world_run_gap(w, GAP_GONE, "g\n");
}

static void
copied_and_truncated(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	world_copy(w, "error.log", "error.log.1");
	world_truncate(w, "error.log");
	world_run(w, "b\n");
	world_run_idle(w);
	world_append(w, "error.log", "c\n");
	world_run(w, "c\n");
	/* grown past the old offset since */
	world_append(w, "error.log", "d\n");
	world_move(w, "error.log.1", "error.log.2");
	world_copy(w, "error.log", "error.log.1");
	world_truncate(w, "error.log");
	world_append_much(w, "error.log", "x");
	world_append(w, "error.log", "e\n");
	world_run_until(w, -1);
	assert_memory_equal(buf_str(&w->got), "d\nx 0 of many\n", 14);
	assert_int_equal(w->gap, GAP_NONE);
	world_run_idle(w);
	/* twice between two runs */
	world_append(w, "error.log", "f\n");
	world_copy(w, "error.log", "error.log.2");
	world_truncate(w, "error.log");
	world_append(w, "error.log", "g\n");
	world_copy(w, "error.log", "error.log.1");
	world_truncate(w, "error.log");
	world_append(w, "error.log", "h\n");
	world_run(w, "f\ng\nh\n");
	world_run_idle(w);
}

/* A run comes between the copy and the truncation. */
static void
copy_in_progress(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	world_copy(w, "error.log", "error.log.1");
	world_run(w, "b\n");
	world_run_idle(w);
	world_truncate(w, "error.log");
	world_append(w, "error.log", "c\n");
	world_run(w, "c\n");
	/* also when what was there before was rotated just then */
	world_append(w, "error.log", "d\n");
	world_move(w, "error.log", "error.log.2");
	world_append(w, "error.log", "e\nf\n");
	world_copy(w, "error.log", "error.log.1");
	world_run(w, "d\ne\nf\n");
	world_truncate(w, "error.log");
	world_run(w, "");
	world_run_idle(w);
}

/* Copies lie about: the longest has the rest, none is read twice. */
static void
copies(void **state)
{
	struct world *w = *state;

	world_append_much(w, "error.log", "x");
	world_run_until(w, -1);
	world_append(w, "error.log", "a\n");
	world_copy(w, "error.log", "error.log.old");
	world_append(w, "error.log", "b\n");
	world_copy(w, "error.log", "error.log.2");
	world_append(w, "error.log", "c\n");
	world_copy(w, "error.log", "error.log.3");
	world_truncate(w, "error.log");
	world_run(w, "a\nb\nc\n");
	world_run_idle(w);
	/* the file itself before any copy, and copies of what is new */
	world_append_much(w, "error.log", "y");
	world_run_until(w, -1);
	world_append(w, "error.log", "d\n");
	world_copy(w, "error.log", "error.log.4");
	world_append(w, "error.log.4", "foreign\n");
	world_move(w, "error.log", "error.log.1");
	world_append(w, "error.log.5", "e\n");
	world_copy(w, "error.log.5", "error.log.6");
	world_append(w, "error.log", "f\n");
	world_run(w, "d\ne\nf\n");
	world_run_idle(w);
}

/* Of an empty file only the inode is known. */
static void
empty_truncated(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "");
	world_run(w, "");
	world_append(w, "error.log", "a\n");
	world_copy(w, "error.log", "error.log.1");
	world_truncate(w, "error.log");
	world_append(w, "error.log", "b\n");
	world_run(w, "a\nb\n");
	world_run_idle(w);
}

static void
empty_renamed(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "");
	world_run(w, "");
	world_move(w, "error.log", "error.log.1");
	world_append(w, "error.log", "");
	world_run(w, "");
	world_run_idle(w);
	world_append(w, "error.log", "a\n");
	world_move(w, "error.log.1", "error.log.2");
	world_move(w, "error.log", "error.log.1");
	world_append(w, "error.log", "");
	world_run(w, "a\n");
	world_run_idle(w);
	/* the next ones have other inodes for certain */
	world_append(w, "error.log.7", "by another name\n");
	world_append(w, "new", "b\n");
	world_move(w, "new", "error.log");
	world_run(w, "by another name\nb\n");
	world_append(w, "new", "");
	world_move(w, "new", "error.log");
	world_run_gap(w, GAP_GONE, "");
	world_append(w, "new", "c\n");
	world_move(w, "new", "error.log");
	world_run_gap(w, GAP_GONE, "c\n");
}

static void
truncated(void **state)
{
	struct world *w = *state;

	world_append_much(w, "error.log", "x");
	world_run_until(w, -1);
	world_truncate(w, "error.log");
	world_run_gap(w, GAP_TRUNCATED, "");
	world_run_idle(w);
	world_append_much(w, "error.log", "y");
	world_run_until(w, -1);
	/* same head, other tail */
	world_truncate(w, "error.log");
	world_append_much(w, "error.log", "y");
	assert_int_equal(truncate(w->path, 1100), 0);
	world_append_much(w, "error.log", "z");
	world_run_until(w, -1);
	assert_int_equal(w->gap, GAP_TRUNCATED);
	assert_memory_equal(buf_str(&w->got), "y 0 of many\n", 12);
	world_run_idle(w);
}

static void
gone(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	unlink(w->path);
	world_run_until(w, -1);
	assert_int_equal(w->trouble, SOURCE_MISSING);
	assert_int_equal(w->sys_errno, ENOENT);
	assert_int_equal(w->gap, GAP_NONE);
	/* perhaps with the same inode */
	world_append(w, "error.log", "other\n");
	world_run_until(w, -1);
	assert_int_not_equal(w->gap, GAP_NONE);
	assert_string_equal(buf_str(&w->got), "other\n");
	world_run_idle(w);
}

static void
compressed(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	/* one that is text all the same */
	world_move(w, "error.log", "error.log.1.gz");
	world_append(w, "error.log", "c\n");
	world_run(w, "b\nc\n");
	/* delaycompress */
	world_append(w, "error.log", "d\n");
	world_move(w, "error.log", "error.log.2.xz");
	world_append(w, "error.log.1", "e\n");
	world_append(w, "error.log", "f\n");
	world_run(w, "d\ne\nf\n");
	world_run_idle(w);
}

/* The inode of the file that was read now belongs to another one. */
static void
inode_reused(void **state)
{
	struct world *w = *state;

	world_append_much(w, "error.log", "x");
	world_run_until(w, -1);
	world_append(w, "error.log", "rest\n");
	world_copy(w, "error.log", "error.log.1");
	world_truncate(w, "error.log");
	world_append_much(w, "error.log", "completely different");
	world_append(w, "error.log", "new\n");
	world_run_until(w, -1);
	assert_int_equal(w->gap, GAP_NONE);
	assert_memory_equal(buf_str(&w->got), "rest\ncompletely", 15);
	/* a rotated name whose inode is that of another file */
	world_append(w, "error.log", "end\n");
	world_move(w, "error.log", "error.log.2");
	world_copy(w, "error.log.2", "error.log.3");
	world_truncate(w, "error.log.2");
	world_append(w, "error.log.2", "this one was never read\n");
	world_append(w, "error.log", "z\n");
	world_run(w, "end\nthis one was never read\nz\n");
	world_run_idle(w);
}

static void
restored(void **state)
{
	struct world *w = *state;

	world_append_much(w, "error.log", "x");
	world_run_until(w, -1);
	world_append(w, "error.log", "a\n");
	world_copy(w, "error.log", "restored");
	world_move(w, "restored", "error.log");
	world_run(w, "a\n");
	world_run_idle(w);
	world_append(w, "error.log", "b\n");
	world_run(w, "b\n");
}

/* A rotated file's last line is its last when nobody writes it any more. */
static void
half_lines(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\nhal");
	world_run(w, "a\n");
	world_append(w, "error.log", "f\nqua");
	world_move(w, "error.log", "error.log.1");
	world_append(w, "error.log", "b\n");
	world_run(w, "half\nb\n");
	world_append(w, "error.log.1", "rter");
	world_run(w, "");
	/* a look that comes at once tells nothing */
	world_run(w, "");
	w->clock += TRACK_STILL;
	world_run(w, "quarter\n");
	world_run_idle(w);
	/* unchanged since it was looked at: at once */
	world_append(w, "error.log", "thi");
	world_run(w, "");
	w->clock += TRACK_STILL;
	world_move(w, "error.log.1", "error.log.2");
	world_move(w, "error.log", "error.log.1");
	world_append(w, "error.log", "c\n");
	world_run(w, "thi\nc\n");
	world_run_idle(w);
	/* two of them, each until it is as it was */
	world_move(w, "error.log.2", "error.log.4");
	world_move(w, "error.log.1", "error.log.3");
	world_append(w, "error.log", "d\ne");
	world_move(w, "error.log", "error.log.2");
	world_append(w, "error.log.1", "f\ng");
	world_append(w, "error.log", "h\n");
	world_run(w, "d\nf\nh\n");
	w->clock += TRACK_STILL;
	world_run(w, "e\ng\n");
	world_run_idle(w);
}

/* The deadline strikes in the midst of several generations. */
static void
deadline(void **state)
{
	struct world *w = *state;
	struct buf all;

	for (int stop = 0; stop < 3; stop++) {
		buf_init(&all, 1 << 20);
		unlink(w->path);
		unlink(world_in(w, "error.log.1"));
		unlink(world_in(w, "error.log.2"));
		generations_free(w->g, w->n);
		w->g = NULL;
		w->n = 0;
		world_append(w, "error.log", "a\n");
		world_run_until(w, -1);
		world_append_much(w, "error.log", "b");
		world_move(w, "error.log", "error.log.2");
		world_append_much(w, "error.log.1", "c");
		world_append_much(w, "error.log", "d");
		world_run_until(w, stop);
		buf_add(&all, buf_str(&w->got), w->got.len);
		world_run_until(w, -1);
		assert_int_equal(w->gap, GAP_NONE);
		buf_add(&all, buf_str(&w->got), w->got.len);
		world_run_idle(w);
		for (int i = 0; i < 300; i++) {
			char line[32];

			snprintf(line, sizeof line, "%c %d of many\n",
			    'b' + i / 100, i % 100);
			assert_non_null(strstr(buf_str(&all), line));
		}
		assert_int_equal(all.len, 3 * (10 * 12 + 90 * 13));
		buf_free(&all);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(grows),
		WORLD_TEST(starts_empty),
		WORLD_TEST(renamed),
		WORLD_TEST(renamed_idle),
		WORLD_TEST(not_created),
		WORLD_TEST(several),
		WORLD_TEST(dated),
		WORLD_TEST(same_times),
		WORLD_TEST(moved_away),
		WORLD_TEST(copied_and_truncated),
		WORLD_TEST(copy_in_progress),
		WORLD_TEST(copies),
		WORLD_TEST(empty_truncated),
		WORLD_TEST(empty_renamed),
		WORLD_TEST(truncated),
		WORLD_TEST(gone),
		WORLD_TEST(compressed),
		WORLD_TEST(inode_reused),
		WORLD_TEST(restored),
		WORLD_TEST(half_lines),
		WORLD_TEST(deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
