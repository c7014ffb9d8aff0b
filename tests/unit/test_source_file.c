/* SPDX-License-Identifier: ISC */
/* Names of logs, odd files, cursors of files. */
#include "watchdog/read/source.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/world.h"
#include "watchdog/read/input.h"
#include "watchdog/read/sibling.h"

static void
not_a_file(void **state)
{
	struct world *w = *state;

	world_run_until(w, -1);
	assert_int_equal(w->trouble, SOURCE_MISSING);
	assert_false(w->idle);
	assert_int_equal(mkfifo(w->path, 0600), 0);
	world_run_until(w, -1); /* and it does not wait for a writer */
	assert_int_equal(w->trouble, SOURCE_NOT_FILE);
	unlink(w->path);
	assert_int_equal(mkdir(w->path, 0700), 0);
	world_run_until(w, -1);
	assert_int_equal(w->trouble, SOURCE_NOT_FILE);
	rmdir(w->path);
	/* as root nothing is unreadable but such a thing */
	assert_int_equal(symlink("error.log", w->path), 0);
	world_run_until(w, -1);
	assert_int_equal(w->trouble, SOURCE_UNREADABLE);
	assert_int_equal(w->sys_errno, ELOOP);
	assert_int_equal(w->plan.n, 0);
	unlink(w->path);
	/* a link to a file is the administrator's */
	world_append(w, "elsewhere", "a\n");
	assert_int_equal(symlink("elsewhere", w->path), 0);
	world_run(w, "a\n");
	world_run_idle(w);
}

/* What may be looked at, but not read. */
static void
unreadable(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	assert_int_equal(chmod(w->dir, 0755), 0);
	assert_int_equal(chmod(w->path, 0), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	world_run_until(w, -1);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(w->trouble, SOURCE_UNREADABLE);
	assert_int_equal(w->sys_errno, EACCES);
	assert_int_equal(w->gap, GAP_NONE);
	assert_false(w->idle);
	assert_string_equal(buf_str(&w->got), "");
	assert_int_equal(chmod(w->path, 0600), 0);
	world_run(w, "b\n");
}

/* What a part says of its file. */
static void
parts(void **state)
{
	struct world *w = *state;
	struct source_plan plan;
	struct source_part *p;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "error.log", "b\n");
	world_copy(w, "error.log", "error.log.1");
	world_truncate(w, "error.log");
	world_append(w, "error.log", "c\n");
	assert_false(source_quick(w->path, w->g, w->n, w->dir_mtime, &plan));
	source_plan(w->path, w->olddir, w->g, w->n, w->clock, &plan);
	w->g = NULL;
	w->n = 0;
	assert_int_equal(plan.n, 2);
	p = &plan.part[0];
	assert_string_equal(p->path, world_in(w, "error.log.1"));
	assert_false(p->live);
	assert_false(p->still);
	/* nobody writes into a copy */
	assert_true(p->finished);
	assert_false(p->joins);
	assert_int_equal(p->from, 2);
	assert_int_equal(p->end, 4);
	assert_int_equal(p->mtime, (w->clock - 2) * 1000000000);
	p = &plan.part[1];
	assert_string_equal(p->path, w->path);
	assert_true(p->live);
	assert_false(p->finished);
	assert_true(p->joins);
	assert_true(p->torn);
	assert_int_equal(p->from, 0);
	assert_int_equal(p->end, 2);
	assert_int_equal(p->mtime, w->clock * 1000000000);
	source_plan_free(&plan);
	assert_int_equal(plan.n, 0);
	source_plan_free(&plan);
}

static void
emptied_and_filled(struct world *w)
{
	world_truncate(w, "error.log");
	/* not what was there before, or it would be known */
	world_append_much(w, "error.log", w->n == 0 ? "y" : "z");
}

/* Truncated when it was read and its cursor is not there yet: what has come
 * since is read, whatever was told before. */
static void
truncated_meanwhile(void **state)
{
	struct world *w = *state;

	for (int known = 0; known < 2; known++) {
		world_append(w, "error.log", "");
		world_truncate(w, "error.log");
		world_append(w, "error.log", "a\n");
		if (known)
			world_run_until(w, -1);
		world_append(w, "error.log", "b\n");
		w->meanwhile = emptied_and_filled;
		world_run_until(w, -1);
		w->meanwhile = NULL;
		world_run_until(w, -1);
		assert_memory_equal(buf_str(&w->got),
		    known ? "z 0 of many\n" : "y 0 of many\n", 12);
		world_run_idle(w);
	}
}

/* The disk failed when the cursor's hashes were to be taken: the next run takes
 * them, before a copy has to be known by them. */
static void
hashes_are_mended(void **state)
{
	struct world *w = *state;

	world_append_much(w, "error.log", "a");
	world_run_until(w, -1);
	assert_int_equal(w->n, 1);
	w->g[0].cursor.head_len = -1;
	world_run(w, "");
	world_run_idle(w);
	world_copy(w, "error.log", "error.log.1");
	world_truncate(w, "error.log");
	world_append(w, "error.log", "b\n");
	world_run(w, "b\n");
}

/* What lies about under a generation's name and is none. */
static void
traps(void **state)
{
	struct world *w = *state;

	world_append(w, "error.log", "a\n");
	world_run(w, "a\n");
	world_append(w, "secret", "secret\n");
	assert_int_equal(symlink("secret", world_in(w, "error.log.1")), 0);
	assert_int_equal(mkfifo(world_in(w, "error.log.2"), 0600), 0);
	assert_int_equal(mkdir(world_in(w, "error.log.3"), 0700), 0);
	/* a second name of the live file */
	unlink(w->path);
	world_append(w, "error.log", "b\n");
	assert_int_equal(link(w->path, world_in(w, "error.log.4")), 0);
	world_run_until(w, -1);
	assert_int_not_equal(w->gap, GAP_NONE);
	assert_string_equal(buf_str(&w->got), "b\n");
	world_run_idle(w);
}

static void
cursors(void **state)
{
	struct world *w = *state;
	struct cursor c, d;
	struct input *in;
	int fd;

	world_append_much(w, "error.log", "x");
	fd = open(w->path, O_RDONLY);
	in = input_file(fd);
	assert_int_equal(sibling_hash(in, 0, &c), 1);
	assert_int_equal(c.head_len, 0);
	assert_int_equal(c.offset, 0);
	assert_true(hash_equal(c.head, hash_bytes("", 0)));
	assert_int_equal(sibling_hash(in, 12, &c), 1);
	assert_int_equal(c.head_len, 12);
	assert_true(hash_equal(c.head, hash_bytes("x 0 of many\n", 12)));
	assert_true(hash_equal(c.tail, c.head));
	assert_int_equal(sibling_hash(in, 1290, &c), 1);
	assert_int_equal(c.head_len, CURSOR_HEAD);
	assert_int_equal(sibling_hash(in, 1289, &d), 1);
	assert_true(hash_equal(c.head, d.head));
	assert_false(hash_equal(c.tail, d.tail));
	assert_int_equal(sibling_hash(in, 10 * 12 + 90 * 13 + 1, &c), 0);
	input_free(in);
	close(fd);
}

/* What glob gives, names without the directory, a blank between them. */
static void
check_expand(const struct world *w, const char *pattern, const char *expected)
{
	struct buf b;
	size_t n, i;
	char **list = source_expand(pattern, &n);

	buf_init(&b, 4096);
	for (i = 0; i < n; i++)
		buf_addf(&b, "%s ",
		    strncmp(list[i], w->dir, strlen(w->dir)) == 0 ?
			list[i] + strlen(w->dir) + 1 :
			list[i]);
	assert_null(list[n]);
	assert_string_equal(buf_str(&b), expected);
	source_expand_free(list, n);
	buf_free(&b);
}

static void
expands(void **state)
{
	static const char *const name[] = { "b.log", "a.log", "a.log.1",
		"a.log.2.gz", "a.log-20261121", "a-20261121.log", "c.log.gz",
		"d.log.1", "a.log.bak", "B.log", "e-1.log", "e.log" };
	struct world *w = *state;

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		world_append(w, name[i], "");
	assert_int_equal(mkdir(world_in(w, "dir.log"), 0700), 0);
	/* in the order of bytes, whatever the locale */
	check_expand(w, world_in(w, "*"),
	    "B.log a.log a.log.bak b.log d.log.1 dir.log e-1.log e.log old ");
	check_expand(w, world_in(w, "?.log"), "B.log a.log b.log e.log ");
	check_expand(w, world_in(w, "[ab].log"), "a.log b.log ");
	check_expand(w, world_in(w, "no*"), "");
	check_expand(w, world_in(w, "nowhere/*"), "");
	/* a generation is one of a log in its own directory */
	world_append(w, "old/a.log.1", "");
	check_expand(w, world_in(w, "*/a.log*"), "old/a.log.1 ");
	world_append(w, "dir.log/a.log", "");
	check_expand(w, world_in(w, "[do]*/a.log*"),
	    "dir.log/a.log old/a.log.1 ");
	/* not a pattern: itself, be it there or not, and whatever its name */
	check_expand(w, world_in(w, "a.log"), "a.log ");
	check_expand(w, world_in(w, "gone.log"), "gone.log ");
	check_expand(w, world_in(w, "a.log.1"), "a.log.1 ");
	check_expand(w, world_in(w, "c.log.gz"), "c.log.gz ");
	check_expand(w, "-", "- ");
	source_expand_free(NULL, 0);
}

static void
generations(void **state)
{
	static const struct {
		const char *base, *name;
		bool is;
	} t[] = {
		{ "error.log", "error.log.1", true },
		{ "error.log", "error.log.12", true },
		{ "error.log", "error.log.000", true },
		{ "error.log", "error.log-20261121", true },
		{ "error.log", "error.log.20261121", true },
		{ "error.log", "error.log_2026-11-21_06:47", true },
		{ "error.log", "error.log-20261121-1795243620", true },
		{ "error.log", "error.log.20261121T064700Z", true },
		{ "error.log", "error.log.2026.11.21", true },
		{ "error.log", "error.log-1", true },
		{ "error.log", "error.log.old", true },
		{ "error.log", "error.log.1.gz", true },
		{ "error.log", "error.log.2.bz2", true },
		{ "error.log", "error.log-20261121.xz", true },
		{ "error.log", "error.log.20261121T064700Z.zst", true },
		{ "error.log", "error.log.old.gz", true },
		{ "error.log", "error-20261121.log", true },
		{ "error.log", "error.2026-11-21.log", true },
		{ "error.log", "error-20261121.log.gz", true },
		{ "error_log", "error_log.1", true },
		{ "error_log", "error_log.1795243620", true },
		{ "error.log", "error.log", false },
		{ "error.log", "error.log.", false },
		{ "error.log", "error.log.gz", true },
		{ "error.log", "error.log.1.", false },
		{ "error.log", "error.log.1.tmp", false },
		{ "error.log", "error.log.1.gz.tmp", false },
		{ "error.log", "error.log.1.tmp.gz", false },
		{ "error.log", "error.log.1gz", false },
		{ "error.log", "error.log.1a", false },
		{ "error.log", "error.log.a1", false },
		{ "error.log", "error.log.-1", false },
		{ "error.log", "error.log1", false },
		{ "error.log", "error.log.bak", false },
		{ "error.log", "error.log.older", false },
		{ "error.log", "error.log-shop", false },
		{ "error.log", "error.log~", false },
		{ "error.log", "error.lo", false },
		{ "error.log", "xerror.log.1", false },
		{ "error.log", "error.1.log", false },
		{ "error.log", "error-1.log", false },
		{ "error.log", "error-20261121.txt", false },
		{ "error.log", "error-20261121xlog", false },
		{ "error.log", "error20261121.log", false },
		{ "error.log", "other-20261121.log", false },
		{ "error_log", "error-20261121_log", false },
		{ ".log", "-20261121.log", false },
		{ "error.log", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (source_is_generation(t[i].base, t[i].name) != t[i].is)
			fail_msg("\"%s\" of \"%s\"", t[i].name, t[i].base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(not_a_file),
		WORLD_TEST(unreadable),
		WORLD_TEST(parts),
		WORLD_TEST(truncated_meanwhile),
		WORLD_TEST(hashes_are_mended),
		WORLD_TEST(traps),
		WORLD_TEST(cursors),
		WORLD_TEST(expands),
		cmocka_unit_test(generations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
