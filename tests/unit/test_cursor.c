/* SPDX-License-Identifier: ISC */
/* What a file has to do with a saved cursor: every case by name. */
#include "watchdog/read/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct hash H = { 1, 2 }, T = { 3, 4 };
static const struct hash other = { 1, 4 };

/* Read up to 100 of a file of 100 bytes. */
static struct cursor
saved(int64_t offset, int64_t size)
{
	return (struct cursor){ .dev = 1,
		.ino = 2,
		.offset = offset,
		.size = size,
		.mtime = 1000,
		.head_len = offset,
		.head = H,
		.tail = T };
}

enum { AS_IT_WAS, BAD_HEAD, BAD_TAIL, NOT_HASHED };

static struct cursor_now
now(uint64_t ino, int64_t size, int64_t mtime, int how)
{
	return (struct cursor_now){ .dev = 1,
		.ino = ino,
		.size = size,
		.mtime = mtime,
		.hashed = how != NOT_HASHED,
		.head = how == BAD_HEAD ? other : H,
		.tail = how == BAD_TAIL ? other : T };
}

static void
decide(void **state)
{
	static const struct {
		const char *what;
		int64_t offset, size; /* saved; mtime 1000, inode 2 */
		uint64_t ino;         /* now */
		int64_t now_size, mtime;
		int how;
		enum cursor_verdict verdict;
	} t[] = {
		{ "nothing new", 100, 100, 2, 100, 1000, NOT_HASHED,
		    CURSOR_IDLE },
		{ "nothing new, hashed", 100, 100, 2, 100, 1000, AS_IT_WAS,
		    CURSOR_IDLE },
		{ "empty as before", 0, 0, 2, 0, 1000, NOT_HASHED,
		    CURSOR_IDLE },
		{ "touched", 100, 100, 2, 100, 1001, NOT_HASHED, CURSOR_LOOK },
		{ "touched, hashed", 100, 100, 2, 100, 1001, AS_IT_WAS,
		    CURSOR_RESUME },
		{ "clock went back", 100, 100, 2, 100, 999, AS_IT_WAS,
		    CURSOR_RESUME },
		{ "grown", 100, 100, 2, 101, 1001, NOT_HASHED, CURSOR_LOOK },
		{ "grown, hashed", 100, 100, 2, 101, 1001, AS_IT_WAS,
		    CURSOR_RESUME },
		{ "grown within a tick", 100, 100, 2, 101, 1000, NOT_HASHED,
		    CURSOR_LOOK },
		{ "bytes left unread", 90, 100, 2, 100, 1000, NOT_HASHED,
		    CURSOR_LOOK },
		{ "bytes left unread, hashed", 90, 100, 2, 100, 1000, AS_IT_WAS,
		    CURSOR_RESUME },
		{ "grew while it was read", 100, 120, 2, 120, 1000, AS_IT_WAS,
		    CURSOR_RESUME },
		{ "shrunk to the offset", 100, 120, 2, 100, 1000, AS_IT_WAS,
		    CURSOR_RESUME },
		{ "truncated", 100, 100, 2, 0, 1001, NOT_HASHED,
		    CURSOR_TRUNCATED },
		{ "one byte short", 100, 100, 2, 99, 1001, AS_IT_WAS,
		    CURSOR_TRUNCATED },
		{ "one byte short, same time", 100, 100, 2, 99, 1000, AS_IT_WAS,
		    CURSOR_TRUNCATED },
		{ "truncated, grown past", 100, 100, 2, 200, 1001, BAD_HEAD,
		    CURSOR_TRUNCATED },
		{ "same head, other tail", 100, 100, 2, 200, 1001, BAD_TAIL,
		    CURSOR_TRUNCATED },
		{ "same size, other bytes", 100, 100, 2, 100, 1001, BAD_TAIL,
		    CURSOR_TRUNCATED },
		{ "was empty, grown", 0, 0, 2, 10, 1001, NOT_HASHED,
		    CURSOR_RESUME },
		{ "was empty, touched", 0, 0, 2, 0, 1001, NOT_HASHED,
		    CURSOR_RESUME },
		{ "another file", 100, 100, 3, 100, 1000, NOT_HASHED,
		    CURSOR_ROTATED },
		{ "another file, same bytes", 100, 100, 3, 100, 1000, AS_IT_WAS,
		    CURSOR_ROTATED },
		{ "another file, shorter", 100, 100, 3, 0, 1001, NOT_HASHED,
		    CURSOR_ROTATED },
		{ "another file, both empty", 0, 0, 3, 0, 1000, NOT_HASHED,
		    CURSOR_ROTATED },
	};
	struct cursor c;
	struct cursor_now n;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		c = saved(t[i].offset, t[i].size);
		n = now(t[i].ino, t[i].now_size, t[i].mtime, t[i].how);
		if (cursor_decide(&c, &n) != t[i].verdict)
			fail_msg("%s: %d", t[i].what, cursor_decide(&c, &n));
	}
	n = now(2, 100, 1000, AS_IT_WAS);
	assert_int_equal(cursor_decide(NULL, &n), CURSOR_NEW);
	/* an inode number means something within its device only */
	c = saved(100, 100);
	c.dev = 9;
	assert_int_equal(cursor_decide(&c, &n), CURSOR_ROTATED);
}

static void
same_content(void **state)
{
	static const struct {
		const char *what;
		int64_t offset;
		uint64_t ino;
		int64_t size;
		int how;
		bool same;
	} t[] = {
		{ "the file", 100, 2, 100, AS_IT_WAS, true },
		{ "a copy", 100, 3, 100, AS_IT_WAS, true },
		{ "a longer copy", 100, 3, 200, AS_IT_WAS, true },
		{ "a copy cut short", 100, 3, 99, AS_IT_WAS, false },
		{ "other head", 100, 2, 100, BAD_HEAD, false },
		{ "other tail", 100, 2, 100, BAD_TAIL, false },
		{ "not looked at", 100, 2, 100, NOT_HASHED, false },
		{ "empty, the inode", 0, 2, 0, AS_IT_WAS, true },
		{ "empty, grown", 0, 2, 50, NOT_HASHED, true },
		{ "empty, another inode", 0, 3, 0, AS_IT_WAS, false },
		{ "empty, another inode, grown", 0, 3, 50, AS_IT_WAS, false },
	};
	struct cursor c;
	struct cursor_now n;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		c = saved(t[i].offset, t[i].offset);
		n = now(t[i].ino, t[i].size, 5000, t[i].how);
		if (cursor_same_content(&c, &n) != t[i].same)
			fail_msg("%s", t[i].what);
	}
	c = saved(0, 0);
	n = now(2, 0, 5000, AS_IT_WAS);
	n.dev = 9;
	assert_false(cursor_same_content(&c, &n));
}

/* A cursor whose hashes could not be read trusts the inode, and no other. */
static void
without_hashes(void **state)
{
	struct cursor c = { .dev = 1,
		.ino = 2,
		.offset = 100,
		.size = 100,
		.mtime = 5,
		.head_len = -1 };
	struct cursor_now n = { .dev = 1, .ino = 2, .size = 150, .mtime = 6 };

	(void)state;
	assert_int_equal(cursor_decide(&c, &n), CURSOR_RESUME);
	assert_true(cursor_same_content(&c, &n));
	n.size = 99;
	assert_int_equal(cursor_decide(&c, &n), CURSOR_TRUNCATED);
	n.size = 150;
	n.ino = 3;
	assert_int_equal(cursor_decide(&c, &n), CURSOR_ROTATED);
	n.hashed = true;
	assert_false(cursor_same_content(&c, &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_hashes),
		cmocka_unit_test(decide),
		cmocka_unit_test(same_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
