/* SPDX-License-Identifier: ISC */
/* What of a log's files is on disk and not read yet. */
#include "watchdog/lag.h"

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

#include "common/base/xmem.h"
#include "tests/unit/scratch.h"
#include "watchdog/read/input.h"
#include "watchdog/read/sibling.h"
#include "watchdog/read/source.h"

static struct store_source source;

static char *
in_dir(const char *name)
{
	return xasprintf("%s/%s", scratch_dir(), name);
}

/* n bytes, each seed other than the next. */
static void
fill(const char *name, int n, char seed, const char *mode)
{
	FILE *f = fopen(name, mode);

	assert_non_null(f);
	while (n-- > 0)
		fputc(seed, f);
	assert_int_equal(fclose(f), 0);
}

/* A generation that was read to that offset, as the file is now. */
static struct generation *
known(const char *name, enum generation_state state, int64_t offset)
{
	struct generation *g;
	struct input *in;
	struct stat st;
	int fd = open(name, O_RDONLY);

	assert_int_not_equal(fd, -1);
	source.g = xreallocarray(source.g, source.n + 1, sizeof *source.g);
	g = &source.g[source.n++];
	memset(g, 0, sizeof *g);
	in = input_file(fd);
	assert_int_equal(sibling_hash(in, offset, &g->cursor), 1);
	input_free(in);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	g->cursor.dev = st.st_dev;
	g->cursor.ino = st.st_ino;
	g->cursor.size = st.st_size;
	g->cursor.mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 +
	    st.st_mtim.tv_nsec;
	g->state = state;
	g->path = in_dir(name);
	return g;
}

static void
assert_lag(int64_t unread, size_t nunread, size_t files, int error)
{
	char *path = in_dir("log"), *dir = in_dir("old");
	char *olddir[] = { dir, NULL };
	struct lag lag;

	lag_look(path, olddir, &source, 1000, &lag);
	assert_int_equal(lag.unread, unread);
	assert_int_equal(lag.nunread, nunread);
	assert_int_equal(lag.n, files);
	assert_int_equal(lag.error, error);
	lag_free(&lag);
	free(path);
	free(dir);
}

static int
clear(void **state)
{
	static const char *const names[] = { "log", "log.1", "log.2",
		"log.3.gz", "old/log", "old/log.1" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(names[i]);
	rmdir("old");
	store_source_free(&source);
	return 0;
}

/* Lines that come late, before and after the log is rotated. */
static void
test_grows(void **state)
{
	(void)state;
	assert_lag(0, 0, 0, ENOENT);
	fill("log", 100, 'a', "w");
	assert_lag(100, 1, 1, 0);
	known("log", GENERATION_LIVE, 60);
	assert_lag(40, 1, 1, 0);
	fill("log", 5, 'b', "a");
	assert_lag(45, 1, 1, 0);
	assert_int_equal(rename("log", "log.1"), 0);
	assert_lag(45, 1, 1, ENOENT);
	fill("log", 7, 'c', "w");
	assert_lag(52, 2, 2, 0);
	assert_int_equal(mkdir("old", 0755), 0);
	assert_int_equal(rename("log.1", "old/log"), 0);
	assert_lag(52, 2, 2, 0);
	assert_int_equal(unlink("log"), 0);
	assert_int_equal(mkdir("log", 0755), 0);
	assert_lag(45, 1, 1, EINVAL);
	assert_int_equal(rmdir("log"), 0);
}

/* A copy is known by what is in it, a truncated log is another. */
static void
test_content(void **state)
{
	(void)state;
	fill("log", 100, 'a', "w");
	known("log", GENERATION_LIVE, 100);
	fill("log.1", 100, 'a', "w");
	fill("log.1", 8, 'b', "a");
	assert_lag(0, 0, 2, 0); /* a copy of what is there */
	fill("log", 3, 'c', "w");
	assert_lag(11, 2, 2, 0);
	fill("log", 200, 'd', "w"); /* past what was read */
	assert_lag(208, 2, 2, 0);
	/* restored under another inode */
	assert_int_equal(rename("log.1", "log"), 0);
	assert_lag(8, 1, 1, 0);
}

/* Those that no run met count if they are new. */
static void
test_unknown(void **state)
{
	const struct timespec old[2] = { { 999, 0 }, { 999, 0 } };

	(void)state;
	fill("log", 10, 'a', "w");
	known("log", GENERATION_LIVE, 10);
	fill("log.1", 20, 'b', "w");
	assert_lag(20, 1, 2, 0);
	fill("log.3.gz", 30, 'c', "w"); /* nobody knows how many */
	assert_lag(20, 2, 3, 0);
	assert_int_equal(utimensat(AT_FDCWD, "log.1", old, 0), 0);
	assert_lag(0, 1, 2, 0);
	known("log.3.gz", GENERATION_DONE, 20)->packed = true;
	assert_lag(0, 0, 2, 0);
	source.g[1].state = GENERATION_OLD;
	assert_lag(0, 1, 2, 0);
	/* what was found to be a copy */
	source.g[1].state = GENERATION_COPY;
	assert_lag(0, 0, 2, 0);
	source.g[1].state = GENERATION_OLD;
	/* another name of the same file, and no file */
	assert_int_equal(link("log", "log.2"), 0);
	unlink("log.1");
	assert_int_equal(symlink("log", "log.1"), 0);
	assert_lag(0, 1, 2, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_grows, clear),
		cmocka_unit_test_teardown(test_content, clear),
		cmocka_unit_test_teardown(test_unknown, clear),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
