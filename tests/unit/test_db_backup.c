/* SPDX-License-Identifier: ISC */
/* The hourly copy of the state database, and what takes a lost one's place. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/host/db.h"
#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

#define NOW INT64_C(1795243620)
#define COUNT "SELECT count(*) AS v FROM mark"

static const char *const steps[] = {
	"CREATE TABLE mark (id INTEGER PRIMARY KEY, bytes BLOB)",
	"CREATE TABLE later (x INTEGER)"
};
static const struct db_schema schema = { "test", steps, 1 };
static const struct db_schema newer = { "test", steps, 2 };

static int
clean(void **state)
{
	glob_t g;

	(void)state;
	clock_pin(NOW);
	if (glob("*", 0, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++)
			if (unlink(g.gl_pathv[i]) == -1)
				rmdir(g.gl_pathv[i]);
	globfree(&g);
	return 0;
}

static int64_t
count(struct db *d)
{
	struct db_stmt *s = db_stmt(d, COUNT);
	int64_t v;

	assert_true(db_step(s));
	v = db_int(s, "v");
	db_step(s);
	return v;
}

static void
insert(struct db *d, int64_t bytes)
{
	struct db_stmt *s = db_stmt(d,
	    "INSERT INTO mark (bytes) VALUES (zeroblob(:bytes))");

	db_bind_int(s, ":bytes", bytes);
	db_run(s);
}

/* A run with n rows of news at that time. */
static void
run_at(int64_t now, int n)
{
	struct db *d = db_open("db", DB_WRITE, &schema, 1);

	db_begin(d);
	while (n-- > 0)
		insert(d, 3000);
	db_commit(d);
	db_backup(d, now);
	db_close(d);
}

static int64_t
copied(void)
{
	struct stat st;

	return stat("db.backup", &st) == -1 ? 0 : st.st_mtim.tv_sec;
}

/* At most once an hour, after news only, private, and in one file. */
static void
hourly(void **state)
{
	static const struct {
		int64_t now;
		int news;
		int64_t copied;
	} run[] = {
		{ NOW, 0, 0 }, /* what db_open itself wrote is no news */
		{ NOW, 1, NOW },
		{ NOW + 3599, 1, NOW },
		{ NOW + 3600, 0, NOW },
		{ NOW + 3601, 1, NOW + 3601 },
		{ NOW + 3600, 1, NOW + 3600 }, /* a clock that went back */
		{ NOW + 7300, 1, NOW + 7300 },
	};
	struct stat st;
	struct db *d;
	glob_t g;

	(void)state;
	run_at(NOW, 0);
	unlink("db.backup");
	for (size_t i = 0; i < sizeof run / sizeof *run; i++) {
		run_at(run[i].now, run[i].news);
		assert_int_equal(copied(), run[i].copied);
	}
	assert_int_equal(stat("db.backup", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(glob("*", 0, NULL, &g), 0);
	assert_int_equal(g.gl_pathc, 3);
	globfree(&g);
	/* What it is made of goes on. */
	d = db_open("db", DB_READ, &schema, 1);
	assert_int_equal(count(d), 5);
	assert_int_equal(db_lost(d), DB_KEPT);
	assert_int_equal(db_copied_at(d), 0);
	assert_null(db_lost_text(d, "errors"));
	db_close(d);
}

/* ---- what is lost ------------------------------------------------------ */

static void
overwrite(const char *name, int byte, size_t n)
{
	static char b[100000];
	int fd = open(name, O_WRONLY | O_CREAT, 0600);

	memset(b, byte, sizeof b);
	assert_int_equal(pwrite(fd, b, n, 0), n);
	close(fd);
}

static void
zero_it(void)
{
	overwrite("db", 0, 50000);
}

static void
garble_it(void)
{
	overwrite("db", 'x', 5000);
}

/* With a -wal that belongs to nothing. */
static void
empty_it(void)
{
	assert_int_equal(truncate("db", 0), 0);
	assert_int_equal(truncate("db-wal", 100), 0);
}

static void
empty_all(void)
{
	empty_it();
	assert_int_equal(unlink("db-wal"), 0);
}

static void
remove_it(void)
{
	assert_int_equal(unlink("db"), 0);
	assert_int_equal(truncate("db-wal", 100), 0);
}

static void
remove_all(void)
{
	remove_it();
	assert_int_equal(unlink("db-wal"), 0);
}

static const struct how {
	void (*harm)(void);
	bool gone;
} ways[] = { { zero_it, false }, { garble_it, false }, { empty_it, false },
	{ remove_it, false }, { empty_all, true }, { remove_all, true } };
#define WAYS (sizeof ways / sizeof *ways)

/* Ten rows in the copy, two more since; then all of them are in the file. */
static void
make(void)
{
	run_at(NOW, 10);
	run_at(NOW + 60, 2);
	assert_int_equal(truncate("db-wal", 0), 0);
}

struct want {
	enum db_mode mode;
	enum db_lost lost;
	int64_t count;
};

static void
open_it(void *arg)
{
	const struct want *w = arg;
	struct db *d = db_open("db", w->mode, &schema, 1);
	char *text = db_lost_text(d, "errors");
	int64_t at = w->lost == DB_RESTORED ? NOW : 0;

	if (db_lost(d) != w->lost || db_copied_at(d) != at ||
	    count(d) != w->count || text == NULL)
		abort();
	fprintf(stderr, "%s\n", text);
	free(text);
	db_close(d);
}

static void
expect(struct want w, const char *part)
{
	char text[2000];
	int status = child_run(open_it, &w, text, sizeof text);

	if (status != 0 || strstr(text, part) == NULL)
		fail_msg("%d: %s", status, text);
}

static void
tell(void)
{
	struct db *d = db_open("db", DB_WRITE, &schema, 1);

	db_begin(d);
	db_lost_told(d);
	insert(d, 1);
	db_commit(d);
	assert_int_equal(db_lost(d), DB_KEPT);
	db_close(d);
	d = db_open("db", DB_WRITE, &schema, 1);
	assert_int_equal(db_lost(d), DB_KEPT);
	db_close(d);
}

/* The copy takes its place; that stays to be told until it has been. */
static void
restored(void **state)
{
	const struct want dry = { DB_SCRATCH, DB_RESTORED, 10 };
	const struct want run = { DB_WRITE, DB_RESTORED, 10 };
	struct stat before, after;

	for (size_t i = 0; i < WAYS; i++) {
		make();
		ways[i].harm();
		stat("db.backup", &before);
		expect(dry, "db.backup: of 21 Nov");
		stat("db.backup", &after);
		assert_int_equal(before.st_ino, after.st_ino);
		expect(run, ways[i].gone ? "is gone" : "set aside as");
		assert_int_equal(copied(), 0);
		expect(run, ""); /* nobody was told yet */
		tell();
		clean(state);
	}
}

/* Without a copy, or with one that is no better. */
static void
begun_anew(void **state)
{
	struct want run = { DB_WRITE, DB_BEGUN, 0 };
	struct want dry = { DB_SCRATCH, DB_BEGUN, 0 };

	for (size_t i = 0; i < WAYS * 4; i++) {
		make();
		ways[i % WAYS].harm();
		if (i / WAYS == 0)
			overwrite("db.backup", 'x', 60000);
		else if (i / WAYS == 1)
			assert_int_equal(truncate("db.backup", 0), 0);
		else if (i / WAYS == 2)
			assert_int_equal(truncate("db.backup", 20000), 0);
		else {
			/* the lock tells of runs */
			unlink("db.backup");
			close(open("db.lock", O_WRONLY | O_CREAT, 0600));
		}
		dry.lost = run.lost = ways[i % WAYS].gone ? DB_GONE : DB_BEGUN;
		expect(dry, i / WAYS == 3 ? "db" : "is damaged too");
		expect(run, "there is no sound copy");
		expect(run, "");
		tell();
		clean(state);
	}
}

/* No stamps, no copy: nobody was there before. */
static void
first_run(void **state)
{
	const struct timespec never[2] = { { 0, 0 }, { 0, 0 } };
	struct db *d;
	int fd;

	(void)state;
	fd = open("db.lock", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(futimens(fd, never), 0);
	close(fd);
	d = db_open("db", DB_WRITE, &schema, 1);
	assert_int_equal(db_lost(d), DB_KEPT);
	db_close(d);
	remove_all();
	overwrite("db", 0, 0);
	d = db_open("db", DB_WRITE, &schema, 1);
	assert_int_equal(db_lost(d), DB_KEPT);
	db_close(d);
}

/* A bad copy is replaced at once. */
static void
bad_copy(void **state)
{
	char text[1000];
	struct want run = { DB_WRITE, DB_BEGUN, 0 };
	struct db *d;

	(void)state;
	make();
	garble_it();
	overwrite("db.backup", 'x', 60000);
	assert_int_equal(child_run(open_it, &run, text, sizeof text), 0);
	/* within the process that found it so */
	garble_it();
	clock_pin(NOW + 1);
	log_init("x", LOG_TO_STDERR, 0);
	d = db_open("db", DB_WRITE, &schema, 1);
	insert(d, 1);
	db_backup(d, NOW + 1);
	db_close(d);
	assert_int_equal(copied(), NOW + 1);
	d = db_open("db.backup", DB_READ, &schema, 1);
	assert_int_equal(count(d), 1);
	db_close(d);
}

/* A stranger's database is no copy of ours. */
static void
strange_copy(void **state)
{
	struct db *d;

	(void)state;
	d = db_open("other", DB_WRITE, &schema, 1);
	insert(d, 1);
	db_close(d);
	assert_int_equal(rename("other", "db.backup"), 0);
	expect((struct want){ DB_WRITE, DB_GONE, 0 }, "is damaged too");
	assert_int_not_equal(copied(), 0); /* left alone */
}

/* An older copy is brought up to date, a newer one wants a newer program. */
static void
other_versions(void **state)
{
	struct want run = { DB_WRITE, DB_RESTORED, 10 };
	char text[1000];
	struct db *d;

	(void)state;
	make();
	remove_all();
	d = db_open("db", DB_WRITE, &newer, 1);
	assert_int_equal(db_lost(d), DB_RESTORED);
	assert_int_equal(count(d), 10);
	insert(d, 1);
	db_backup(d, NOW + 7200);
	db_close(d);
	remove_all();
	assert_int_equal(child_run(open_it, &run, text, sizeof text), 74);
	assert_non_null(strstr(text, "of a newer version"));
	d = db_open("db", DB_READ, &newer, 1);
	assert_int_equal(count(d), 11);
	db_close(d);
}

/* ---- what hinders it --------------------------------------------------- */

/* A copy that shows damage replaces none, and the next run looks. */
static void
damage_is_not_copied(void **state)
{
	struct db *d;

	(void)state;
	run_at(NOW, 30);
	assert_int_equal(truncate("db-wal", 0), 0);
	d = db_open("db", DB_WRITE, &schema, 1);
	insert(d, 1);
	{
		static const char junk[4096] = { 1 };
		int fd = open("db", O_WRONLY);

		assert_int_equal(pwrite(fd, junk, 4096, 6 * 4096), 4096);
		close(fd);
	}
	db_backup(d, NOW + 4000);
	db_close(d);
	assert_int_equal(copied(), NOW);
	assert_int_equal(access("db.suspect", F_OK), 0);
	assert_int_equal(access("db.backup.new", F_OK), -1);
	expect((struct want){ DB_WRITE, DB_RESTORED, 30 }, "set aside as");
	assert_int_equal(access("db.suspect", F_OK), -1);
}

static void
run_once(void *arg)
{
	log_init("x", LOG_TO_STDERR, arg != NULL);
	run_at(NOW + 8000, 1);
}

static void
limited(void *arg)
{
	const struct rlimit l = { 1024 * 1024 + 100, 1024 * 1024 + 100 };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &l);
	log_init("x", LOG_TO_STDERR, arg != NULL);
	run_at(NOW + 8000, 1);
}

/* The run goes on, and the last copy stays. */
static void
hindered(void **state)
{
	char text[1000];
	struct stat before, after;

	(void)state;
	run_at(NOW, 1);
	stat("db.backup", &before);
	assert_int_equal(mkdir("db.backup.new", 0700), 0);
	assert_int_equal(child_run(run_once, NULL, text, sizeof text), 0);
	assert_string_equal(text,
	    "x: ./db.backup: no copy of the state could be made: File exists"
	    "\n");
	rmdir("db.backup.new");
	/* Of a run that was killed; and a link is not followed. */
	assert_int_equal(symlink("db", "db.backup.new"), 0);
	run_at(NOW, 500);
	assert_int_equal(child_run(limited, NULL, text, sizeof text), 0);
	assert_string_equal(text, "");
	assert_int_equal(child_run(limited, "v", text, sizeof text), 0);
	assert_string_equal(text,
	    "x: ./db.backup: no room for a copy of the state\n");
	stat("db.backup", &after);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(access("db.backup.new", F_OK), -1);
	run_at(NOW + 8000, 1);
	assert_int_equal(copied(), NOW + 8000);
	/* It would be put in a lost one's place. */
	unlink("db.backup");
	assert_int_equal(symlink("db", "db.backup"), 0);
	assert_int_equal(child_run(run_once, NULL, text, sizeof text), 74);
	assert_non_null(strstr(text, "db.backup: not a regular file"));
}

/* The copy of a state that was restored has a mark of its own. */
static void
again(void **state)
{
	struct db *d;

	(void)state;
	make();
	remove_all();
	expect((struct want){ DB_WRITE, DB_RESTORED, 10 }, "is gone");
	tell();
	run_at(NOW + 60, 3);
	assert_int_equal(copied(), NOW + 60);
	remove_all();
	d = db_open("db", DB_WRITE, &schema, 1);
	assert_int_equal(db_lost(d), DB_RESTORED);
	assert_int_equal(db_copied_at(d), NOW + 60);
	assert_int_equal(count(d), 14);
	db_close(d);
	/* Somebody begins anew. */
	clean(state);
	d = db_open("db", DB_WRITE, &schema, 1);
	assert_int_equal(db_lost(d), DB_KEPT);
	assert_int_equal(count(d), 0);
	db_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hourly, clean, clean),
		cmocka_unit_test_teardown(restored, clean),
		cmocka_unit_test_teardown(begun_anew, clean),
		cmocka_unit_test_teardown(first_run, clean),
		cmocka_unit_test_teardown(bad_copy, clean),
		cmocka_unit_test_teardown(strange_copy, clean),
		cmocka_unit_test_teardown(other_versions, clean),
		cmocka_unit_test_teardown(damage_is_not_copied, clean),
		cmocka_unit_test_teardown(hindered, clean),
		cmocka_unit_test_teardown(again, clean),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
