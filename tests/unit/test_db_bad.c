/* SPDX-License-Identifier: ISC */
/* The state database on a bad day: damage, wrong files, full disks. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/host/db.h"
#include "tests/unit/child.h"

#define ASIDE "db.corrupt-20261121T064700Z"
#define COUNT "SELECT count(*) AS v FROM mark"

static char dir[] = "/tmp/test_db_bad.XXXXXX";

static const char *const steps[] = {
	"CREATE TABLE mark (id INTEGER PRIMARY KEY, bytes BLOB)"
};
static const struct db_schema schema = { "test", steps, 1 };

static int
enter(void **state)
{
	(void)state;
	umask(077);
	clock_pin(1795243620);
	return mkdtemp(dir) == NULL || chdir(dir) == -1 ? -1 : 0;
}

static int
clean(void **state)
{
	static const char *const name[] = { "db", "db-wal", "db.suspect",
		"db-journal", "db.backup", ASIDE, ASIDE "-wal",
		ASIDE "-journal", "other" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof name / sizeof *name; i++)
		unlink(name[i]);
	return 0;
}

static int
leave(void **state)
{
	clean(state);
	return chdir("/") == -1 || rmdir(dir) == -1 ? -1 : 0;
}

static bool
exists(const char *name)
{
	return access(name, F_OK) == 0;
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
	    "INSERT INTO mark (bytes)"
	    " VALUES (zeroblob(:bytes))");

	db_bind_int(s, ":bytes", bytes);
	db_run(s);
}

/* A database of 300 rows, with all of it in its own file. */
static int
make(void **state)
{
	struct db *d = db_open("db", DB_WRITE, &schema, 1);
	int i;

	(void)state;
	db_begin(d);
	for (i = 0; i < 300; i++)
		insert(d, 3000);
	db_commit(d);
	db_close(d);
	return truncate("db-wal", 0);
}

static void
overwrite(const char *name, int byte, off_t at, size_t n)
{
	static char b[4096];
	int fd = open(name, O_WRONLY);
	size_t k;

	memset(b, byte, sizeof b);
	for (; n > 0; n -= k, at += (off_t)k) {
		k = n < sizeof b ? n : sizeof b;
		assert_int_equal(pwrite(fd, b, k, at), k);
	}
	close(fd);
}

static void
empty_it(void)
{
	assert_int_equal(truncate("db", 0), 0);
	assert_int_equal(truncate("db-wal", 100), 0);
}

static void
remove_it(void)
{
	assert_int_equal(unlink("db"), 0);
	assert_int_equal(truncate("db-wal", 100), 0);
}

static void
cut_it(void)
{
	assert_int_equal(truncate("db", 5000), 0);
}

static void
cut_it_within_the_header(void)
{
	assert_int_equal(truncate("db", 50), 0);
}

static void
zero_it(void)
{
	struct stat st;

	assert_int_equal(stat("db", &st), 0);
	overwrite("db", 0, 0, (size_t)st.st_size);
}

static void
garble_header(void)
{
	overwrite("db", 'x', 0, 16);
}

static void
garble_schema(void)
{
	overwrite("db", 0xff, 100, 3996);
}

static void
stray_journal(void)
{
	assert_int_equal(unlink("db"), 0);
	assert_int_equal(unlink("db-wal"), 0);
	close(open("db-journal", O_WRONLY | O_CREAT, 0600));
	overwrite("db-journal", 'j', 0, 600);
}

static void
open_write(void *arg)
{
	struct db *d = db_open("db", DB_WRITE, &schema, 1);

	(void)arg;
	if (db_lost(d) != DB_BEGUN || count(d) != 0)
		abort();
	db_begin(d);
	insert(d, 1);
	db_lost_told(d);
	db_commit(d);
	db_close(d);
}

/* Set aside, begun anew, said once; and the run after it is a plain one. */
static void
damage(void **state)
{
	void (*const how[])(void) = { empty_it, remove_it, cut_it,
		cut_it_within_the_header, zero_it, garble_header, garble_schema,
		stray_journal };
	char text[1000];
	struct db *d;
	size_t i;

	for (i = 0; i < sizeof how / sizeof *how; i++) {
		make(state);
		how[i]();
		assert_int_equal(child_run(open_write, NULL, text, sizeof text),
		    0);
		assert_string_equal(text,
		    "sitewatch: ./db: damaged; set aside as ./" ASIDE "\n"
		    "sitewatch: ./db: there is no sound copy: a new one is"
		    " begun\n");
		assert_int_equal(exists(ASIDE),
		    how[i] != remove_it && how[i] != stray_journal);
		assert_int_equal(exists(ASIDE "-wal"), how[i] != stray_journal);
		assert_int_equal(exists(ASIDE "-journal"),
		    how[i] == stray_journal);
		assert_false(exists("db.suspect"));
		d = db_open("db", DB_WRITE, &schema, 1);
		assert_int_equal(db_lost(d), DB_KEPT);
		assert_int_equal(count(d), 1);
		db_close(d);
		clean(state);
	}
}

static void
sum(void *arg)
{
	struct db *d = db_open("db", *(enum db_mode *)arg, &schema, 1);
	struct db_stmt *s = db_stmt(d,
	    "SELECT sum(length(bytes)) AS v"
	    " FROM mark WHERE bytes <> x'00'");

	db_step(s);
	db_close(d);
}

/* Found only in the middle of a run: the next one looks for it. */
static void
late_damage(void **state)
{
	enum db_mode mode = DB_READ;
	char text[1000];
	struct stat st;

	(void)state;
	assert_int_equal(stat("db", &st), 0);
	overwrite("db", 0xff, 8 * 4096, (size_t)st.st_size - 8 * 4096);
	assert_int_equal(child_run(sum, &mode, text, sizeof text), 74);
	assert_non_null(strstr(text, "damaged (database disk image"));
	assert_false(exists("db.suspect")); /* a reader writes nothing */
	mode = DB_WRITE;
	assert_int_equal(child_run(sum, &mode, text, sizeof text), 74);
	assert_non_null(strstr(text, "the next run sets it aside"));
	assert_true(exists("db.suspect"));
	assert_false(exists(ASIDE));
	assert_int_equal(child_run(open_write, NULL, text, sizeof text), 0);
	assert_true(exists(ASIDE));
	assert_false(exists("db.suspect"));
}

static void
false_suspicion(void **state)
{
	struct db *d;

	(void)state;
	close(open("db.suspect", O_WRONLY | O_CREAT, 0600));
	d = db_open("db", DB_WRITE, &schema, 1);
	assert_int_equal(db_lost(d), DB_KEPT);
	assert_int_equal(count(d), 300);
	db_close(d);
	assert_false(exists("db.suspect"));
	assert_false(exists(ASIDE));
}

static void
open_any(void *arg)
{
	db_close(db_open("db", *(enum db_mode *)arg, &schema, 1));
}

static void
dry_run_of_it(void *arg)
{
	struct db *d = db_open("db", DB_SCRATCH, &schema, 1);

	(void)arg;
	if (db_lost(d) != DB_BEGUN || count(d) != 0)
		abort();
	insert(d, 1);
	db_close(d);
}

static void
read_only_modes(void **state)
{
	void (*const how[])(void) = { empty_it, garble_header };
	enum db_mode mode = DB_READ;
	char text[1000];
	struct stat before, after;
	size_t i;

	for (i = 0; i < 2; i++) {
		make(state);
		how[i]();
		stat("db", &before);
		assert_int_equal(child_run(open_any, &mode, text, sizeof text),
		    74);
		assert_non_null(strstr(text, "damaged"));
		assert_int_equal(child_run(dry_run_of_it, NULL, text,
				     sizeof text),
		    0);
		assert_string_equal(text,
		    "sitewatch: ./db: damaged; the next"
		    " run sets it aside\n");
		stat("db", &after);
		assert_int_equal(before.st_size, after.st_size);
		assert_int_equal(before.st_mtime, after.st_mtime);
		assert_false(exists("db.suspect"));
		assert_false(exists(ASIDE));
		assert_true(exists("db-wal"));
		clean(state);
	}
}

/* Every way of opening it ends with 74 and says this. */
static void
refused(const char *part)
{
	enum db_mode mode;
	char text[1000];

	for (mode = DB_WRITE; mode <= DB_SCRATCH; mode++) {
		int status = child_run(open_any, &mode, text, sizeof text);

		if (status != 74 || strstr(text, part) == NULL)
			fail_msg("%d: %s", status, text);
	}
}

/* A mistyped path must not cost anybody a file. */
static void
strangers(void **state)
{
	enum db_mode mode = DB_WRITE;
	char text[1000];
	struct stat st;
	struct db *d;

	(void)state;
	close(open("db", O_WRONLY | O_CREAT, 0600));
	overwrite("db", 'r', 0, 3000);
	assert_int_equal(child_run(open_any, &mode, text, sizeof text), 74);
	assert_non_null(strstr(text, "not a database"));
	assert_int_equal(stat("db", &st), 0);
	assert_int_equal(st.st_size, 3000);
	assert_false(exists("db-wal"));
	unlink("db");
	d = db_open("db", DB_WRITE, NULL, 0);
	db_run(db_stmt(d, "CREATE TABLE theirs (x INTEGER)"));
	db_close(d);
	refused("but none of ours");
	/* An empty file is as good as none. */
	clean(state);
	close(open("db", O_WRONLY | O_CREAT, 0600));
	d = db_open("db", DB_READ, &schema, 1);
	assert_int_equal(count(d), 0);
	db_close(d);
	assert_int_equal(stat("db", &st), 0);
	assert_int_equal(st.st_size, 0);
	d = db_open("db", DB_WRITE, &schema, 1);
	assert_int_equal(db_lost(d), DB_KEPT);
	assert_int_equal(count(d), 0);
	db_close(d);
}

static void
links(void **state)
{
	static const char *const name[] = { "db", "db-wal", "db-journal",
		"db.backup" };
	size_t i;

	for (i = 0; i < sizeof name / sizeof *name; i++) {
		make(state);
		unlink(name[i]);
		assert_int_equal(symlink("other", name[i]), 0);
		refused("not a regular file");
		assert_false(exists("other"));
		unlink(name[i]);
		assert_int_equal(mkdir(name[i], 0700), 0);
		refused("not a regular file");
		rmdir(name[i]);
		assert_int_equal(mkfifo(name[i], 0600), 0);
		refused("not a regular file");
		unlink(name[i]);
		close(open(name[i], O_WRONLY | O_CREAT, 0600));
		assert_int_equal(link(name[i], "other"), 0);
		refused("has 2 names");
		clean(state);
	}
}

static void
become_nobody(void *arg)
{
	if (setgid(65534) == -1 || setuid(65534) == -1)
		abort();
	open_any(arg);
}

static void
not_ours(void **state)
{
	enum db_mode mode;
	char text[1000];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(".", 0755), 0);
	for (mode = DB_WRITE; mode <= DB_SCRATCH; mode++) {
		assert_int_equal(child_run(become_nobody, &mode, text,
				     sizeof text),
		    74);
		assert_non_null(strstr(text, "Permission denied"));
	}
	assert_int_equal(chmod(".", 0700), 0);
}

/* A small file system of our own; false if that is not allowed. */
static bool
mount_small(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", ".", "tmpfs", 0, "size=3m,mode=0700") == 0 &&
	    chdir(dir) == 0;
}

static void
fill_disk(void)
{
	static char b[4096];
	int fd = open("fill", O_WRONLY | O_CREAT, 0600);

	while (write(fd, b, sizeof b) > 0)
		;
	while (write(fd, b, 1) > 0)
		;
	close(fd);
}

static void
mark(int64_t bytes)
{
	struct db *d = db_open("db", DB_WRITE, &schema, 1);

	db_begin(d);
	insert(d, bytes);
	db_commit(d);
	db_close(d);
}

/* 200 marks, a transaction and a run each, when not a byte is left. */
static void
on_full_disk(void *big)
{
	struct db *d;
	int i;

	if (!mount_small())
		_exit(9);
	mark(*(int *)big);
	fill_disk();
	for (i = 0; i < 200; i++)
		mark(1);
	d = db_open("db", DB_READ, &schema, 1);
	if (count(d) != 201)
		abort();
	db_close(d);
	/* Only what is too big for the reserve fails, and it says so. */
	mark(2000000);
}

static void
full_disk(void **state)
{
	static const int big[] = { 1, 30000, 300000 };
	char text[1000];
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < 3; i++) {
		status = child_run(on_full_disk, (void *)&big[i], text,
		    sizeof text);
		if (status == 9) {
			print_message("mounting is not allowed: skipped\n");
			skip();
		}
		if (status != 74 || strstr(text, "make room") == NULL ||
		    strstr(text, "nothing was lost") == NULL)
			fail_msg("%d: %d %s", big[i], status, text);
	}
}

static void
on_read_only_disk(void *unused)
{
	const enum db_mode mode[] = { DB_READ, DB_SCRATCH };
	struct db *d;
	size_t i;

	(void)unused;
	if (!mount_small())
		_exit(9);
	mark(1);
	if (mount("none", ".", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == -1)
		_exit(9);
	for (i = 0; i < 2; i++) {
		d = db_open("db", mode[i], &schema, 1);
		if (count(d) != 1)
			abort();
		db_close(d);
	}
	mark(1);
}

static void
read_only_disk(void **state)
{
	char text[1000];
	int status;

	(void)state;
	status = child_run(on_read_only_disk, NULL, text, sizeof text);
	if (status == 9)
		skip();
	assert_int_equal(status, 74);
	assert_non_null(strstr(text, "read-only"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(damage, clean),
		cmocka_unit_test_setup_teardown(late_damage, make, clean),
		cmocka_unit_test_setup_teardown(false_suspicion, make, clean),
		cmocka_unit_test_teardown(read_only_modes, clean),
		cmocka_unit_test_teardown(strangers, clean),
		cmocka_unit_test_teardown(links, clean),
		cmocka_unit_test_setup_teardown(not_ours, make, clean),
		cmocka_unit_test_teardown(full_disk, clean),
		cmocka_unit_test_teardown(read_only_disk, clean),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
