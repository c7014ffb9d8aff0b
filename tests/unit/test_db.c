/* SPDX-License-Identifier: ISC */
/* The state database: values, transactions, versions, modes. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/host/db.h"
#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

static const char *const steps[] = {
	"CREATE TABLE mark (id INTEGER PRIMARY KEY, name TEXT UNIQUE,"
	" bytes BLOB)",
	"ALTER TABLE mark ADD COLUMN size INTEGER NOT NULL DEFAULT 7;"
	"CREATE TABLE child (mark INTEGER REFERENCES mark (id))",
	"CREATE TABLE later (x INTEGER)",
};
static const char *const broken_steps[] = {
	"SELECT 1",
	"ALTER TABLE mark ADD COLUMN size INTEGER NOT NULL DEFAULT 7",
	"CREATE TABLE mark (x INTEGER)",
};
static const struct db_schema v1 = { "test", steps, 1 };
static const struct db_schema v2 = { "test", steps, 2 };
static const struct db_schema v3 = { "test", steps, 3 };
static const struct db_schema v3_broken = { "test", broken_steps, 3 };
static const struct db_schema both[] = { { "test", steps, 2 },
	{ "other", &steps[2], 1 } };

static int
clean(void **state)
{
	(void)state;
	unlink("db");
	unlink("db-wal");
	return 0;
}

/* The only value of a query's first row, its column called v. */
static int64_t
value(struct db *d, const char *sql)
{
	struct db_stmt *s = db_stmt(d, sql);
	int64_t v;

	assert_true(db_step(s));
	v = db_int(s, "v");
	assert_false(db_step(s));
	return v;
}

static int64_t
insert(struct db *d, const char *name)
{
	struct db_stmt *s = db_stmt(d,
	    "INSERT INTO mark (name, bytes) VALUES (:name, :bytes)");

	db_bind_text(s, ":name", name);
	db_bind_blob(s, ":bytes", "\0\xff", 2);
	assert_int_equal(db_run(s), 1);
	return db_last_id(d);
}

#define COUNT "SELECT count(*) AS v FROM mark"

static void
values(void **state)
{
	static const char sql[] = "INSERT INTO mark (id, name, bytes)"
				  " VALUES (:id, :name, :bytes)";
	struct db *d = db_open("db", DB_WRITE, &v1, 1);
	struct db_stmt *s;
	size_t n;
	const char *p;

	(void)state;
	assert_int_equal(db_lost(d), DB_KEPT);
	s = db_stmt(d, sql);
	db_bind_int(s, ":id", INT64_MIN);
	db_bind_text(s, ":name", "");
	db_bind_blob(s, ":bytes", NULL, 0);
	assert_int_equal(db_run(s), 1);
	/* The bindings of the time before are gone. */
	s = db_stmt(d, sql);
	assert_int_equal(db_run(s), 1);
	s = db_stmt(d, sql);
	db_bind_int(s, ":id", INT64_MAX);
	db_bind_text(s, ":name", NULL);
	db_bind_blob(s, ":bytes", "a\0b", 3);
	assert_int_equal(db_run(s), 1);
	assert_int_equal(db_last_id(d), INT64_MAX);
	s = db_stmt(d, "SELECT id, name, bytes FROM mark ORDER BY id");
	assert_true(db_step(s));
	assert_true(db_int(s, "id") == INT64_MIN);
	assert_string_equal(db_text(s, "name"), "");
	p = db_blob(s, "bytes", &n);
	assert_true(p != NULL && n == 0);
	assert_true(db_step(s));
	assert_null(db_text(s, "name"));
	assert_null(db_blob(s, "bytes", &n));
	assert_int_equal(n, 0);
	assert_int_equal(db_int(s, "bytes"), 0);
	assert_true(db_step(s));
	/* In any order, again and again. */
	p = db_blob(s, "bytes", &n);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "a\0b", 3);
	assert_null(db_text(s, "name"));
	assert_true(db_int(s, "id") == INT64_MAX);
	assert_true(db_int(s, "id") == INT64_MAX);
	assert_false(db_step(s));
	db_close(d);
	db_close(NULL);
}

static void
large(void **state)
{
	static char big[5000000];
	struct db *d = db_open("db", DB_WRITE, &v1, 1);
	struct db_stmt *s;
	size_t n, i;
	const char *p;

	(void)state;
	for (i = 0; i < sizeof big; i++)
		big[i] = (char)(i % 253);
	s = db_stmt(d, "INSERT INTO mark (bytes) VALUES (:bytes)");
	db_bind_blob(s, ":bytes", big, sizeof big);
	db_run(s);
	db_close(d);
	d = db_open("db", DB_READ, &v1, 1);
	s = db_stmt(d, "SELECT bytes FROM mark");
	assert_true(db_step(s));
	p = db_blob(s, "bytes", &n);
	assert_int_equal(n, sizeof big);
	assert_memory_equal(p, big, n);
	db_close(d);
}

static void
transactions(void **state)
{
	struct db *d = db_open("db", DB_WRITE, &v1, 1);
	struct db_stmt *s;

	(void)state;
	db_begin(d);
	insert(d, "a");
	assert_int_equal(value(d, COUNT), 1);
	db_rollback(d);
	assert_int_equal(value(d, COUNT), 0);
	db_begin(d);
	insert(d, "a");
	insert(d, "b");
	db_commit(d);
	/* Nothing to do in either. */
	db_begin(d);
	db_commit(d);
	db_begin(d);
	assert_int_equal(value(d, COUNT), 2);
	db_rollback(d);
	/* Rolled back while rows are read. */
	db_begin(d);
	insert(d, "c");
	s = db_stmt(d, "SELECT name FROM mark");
	assert_true(db_step(s));
	db_rollback(d);
	assert_int_equal(value(d, COUNT), 2);
	/* Written while rows are read. */
	s = db_stmt(d, "SELECT name FROM mark");
	assert_true(db_step(s));
	insert(d, "d");
	assert_true(db_step(s));
	while (db_step(s))
		;
	assert_int_equal(value(d, COUNT), 3);
	s = db_stmt(d, "DELETE FROM mark WHERE name <> :name");
	db_bind_text(s, ":name", "a");
	assert_int_equal(db_run(s), 2);
	/* Left open: rolled back. */
	db_begin(d);
	insert(d, "e");
	db_close(d);
	d = db_open("db", DB_WRITE, &v1, 1);
	assert_int_equal(value(d, COUNT), 1);
	db_close(d);
}

static void
file_mode(void **state)
{
	struct db *d = db_open("db", DB_WRITE, &v1, 1);
	struct stat st;

	(void)state;
	insert(d, "a");
	db_close(d);
	assert_int_equal(stat("db", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat("db-wal", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_size >= 1024 * 1024);
	assert_true(st.st_blocks >= 2048);
	assert_int_equal(access("db-shm", F_OK), -1);
}

static void
migrations(void **state)
{
	struct db *d = db_open("db", DB_WRITE, &v1, 1);

	(void)state;
	insert(d, "a");
	db_close(d);
	d = db_open("db", DB_WRITE, &v3, 1);
	assert_int_equal(value(d, "SELECT size AS v FROM mark"), 7);
	assert_int_equal(value(d, "SELECT count(*) AS v FROM later"), 0);
	assert_int_equal(value(d, "SELECT version AS v FROM schema"), 3);
	assert_int_equal(value(d, COUNT), 1);
	db_close(d);
	d = db_open("db", DB_READ, &v3, 1);
	assert_int_equal(value(d, COUNT), 1);
	db_close(d);
	/* Further components join. */
	unlink("db");
	unlink("db-wal");
	d = db_open("db", DB_WRITE, both, 1);
	insert(d, "a");
	db_close(d);
	d = db_open("db", DB_WRITE, both, 2);
	assert_int_equal(value(d, "SELECT count(*) AS v FROM schema"), 2);
	assert_int_equal(value(d, "SELECT sum(version) AS v FROM schema"), 3);
	assert_int_equal(value(d, COUNT), 1);
	db_close(d);
	/* Who knows but one of them does not mind the other. */
	d = db_open("db", DB_WRITE, &both[1], 1);
	assert_int_equal(value(d, COUNT), 1);
	db_close(d);
	d = db_open("db", DB_WRITE, NULL, 0);
	assert_int_equal(value(d, COUNT), 1);
	db_close(d);
}

struct how {
	enum db_mode mode;
	const struct db_schema *schema;
	const char *sql; /* run, if there is some */
};

static void
open_it(void *arg)
{
	struct how *how = arg;
	struct db *d = db_open("db", how->mode, how->schema, 1);

	if (d != NULL && how->sql != NULL)
		db_run(db_stmt(d, how->sql));
	db_close(d);
}

/* It ends with that status, and says this. */
static void
ends(struct how how, int status, const char *part)
{
	char text[5000];

	assert_int_equal(child_run(open_it, &how, text, sizeof text), status);
	if (strstr(text, part) == NULL)
		fail_msg("'%s' has no '%s'", text, part);
	/* One line, which names the file. */
	if (status != 0)
		assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	if (status == 74)
		assert_non_null(strstr(text, "./db"));
}

static void
failed_migration(void **state)
{
	struct db *d = db_open("db", DB_WRITE, &v1, 1);

	(void)state;
	insert(d, "a");
	db_close(d);
	ends((struct how){ DB_WRITE, &v3_broken, NULL }, 70,
	    "table mark already exists");
	d = db_open("db", DB_READ, &v1, 1);
	assert_int_equal(value(d, "SELECT version AS v FROM schema"), 1);
	assert_int_equal(value(d, COUNT), 1);
	assert_int_equal(value(d,
			     "SELECT count(*) AS v FROM"
			     " pragma_table_info('mark')"),
	    3);
	db_close(d);
	d = db_open("db", DB_WRITE, &v3, 1);
	assert_int_equal(value(d, "SELECT size AS v FROM mark"), 7);
	db_close(d);
}

static void
newer(void **state)
{
	const enum db_mode mode[] = { DB_WRITE, DB_READ, DB_SCRATCH };
	size_t i;

	(void)state;
	db_close(db_open("db", DB_WRITE, &v2, 1));
	for (i = 0; i < 3; i++)
		ends((struct how){ mode[i], &v1, NULL }, 74, "newer version");
	db_close(db_open("db", DB_WRITE, &v2, 1));
}

static void
bugs(void **state)
{
	static const char *const sql[] = {
		"SELEKT 1",
		"SELECT 1",
		"INSERT INTO none VALUES (1)",
		"INSERT INTO mark (name) VALUES ('a'), ('a')",
		"INSERT INTO child VALUES (99)", /* no such mark */
		"UPDATE sqlite_master SET name = 'x'",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof sql / sizeof *sql; i++)
		ends((struct how){ DB_WRITE, &v2, sql[i] }, 70,
		    "internal error");
	ends((struct how){ DB_READ, &v2, "DELETE FROM mark" }, 70,
	    "a reader writes");
}

static void
ask_wrong_column(void *arg)
{
	struct db_stmt *s = db_stmt(arg, "SELECT 1 AS one, 2 AS two");

	db_step(s);
	db_int(s, "three");
}

static void
ask_without_row(void *arg)
{
	struct db_stmt *s = db_stmt(arg, "SELECT 1 AS one WHERE 0");

	db_step(s);
	db_int(s, "one");
}

static void
bind_wrong_name(void *arg)
{
	db_bind_int(db_stmt(arg, "SELECT :a"), "a", 1);
}

static void
bind_late(void *arg)
{
	struct db_stmt *s = db_stmt(arg, "SELECT :a AS a");

	db_step(s);
	db_bind_int(s, ":a", 1);
}

static void
wrong_names(void **state)
{
	void (*const wrong[])(void *) = { ask_wrong_column, ask_without_row,
		bind_wrong_name, bind_late };
	struct db *d = db_open("db", DB_SCRATCH, &v1, 1);
	char text[1000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_int_equal(child_run(wrong[i], d, text, sizeof text), 70);
		assert_non_null(strstr(text, "internal error"));
	}
	db_close(d);
}

static void
reading(void **state)
{
	struct db *d;

	(void)state;
	assert_null(db_open("db", DB_READ, &v1, 1));
	assert_int_equal(access("db", F_OK), -1);
	d = db_open("db", DB_WRITE, &v1, 1);
	insert(d, "a");
	db_close(d);
	/* An older one is read as if it were up to date, and left alone. */
	d = db_open("db", DB_READ, &v3, 1);
	assert_int_equal(value(d, "SELECT size AS v FROM mark"), 7);
	db_close(d);
	d = db_open("db", DB_READ, &v1, 1);
	assert_int_equal(value(d, "SELECT version AS v FROM schema"), 1);
	db_close(d);
}

static void
scratch(void **state)
{
	struct db *d = db_open("db", DB_SCRATCH, &v3, 1);

	(void)state;
	insert(d, "a");
	assert_int_equal(value(d, COUNT), 1);
	db_close(d);
	assert_int_equal(access("db", F_OK), -1);
	d = db_open("db", DB_WRITE, &v1, 1);
	insert(d, "a");
	db_close(d);
	d = db_open("db", DB_SCRATCH, &v3, 1);
	db_begin(d);
	insert(d, "b");
	db_commit(d);
	db_begin(d);
	insert(d, "c");
	db_rollback(d);
	assert_int_equal(value(d, COUNT), 2);
	assert_int_equal(value(d, "SELECT sum(size) AS v FROM mark"), 14);
	db_close(d);
	d = db_open("db", DB_READ, &v1, 1);
	assert_int_equal(value(d, "SELECT version AS v FROM schema"), 1);
	assert_int_equal(value(d, COUNT), 1);
	db_close(d);
}

/* What changes when a file is written. */
static void
times_of(struct stat st[2])
{
	assert_int_equal(stat("db", &st[0]), 0);
	assert_int_equal(stat("db-wal", &st[1]), 0);
}

static void
writes_nothing(void **state)
{
	const enum db_mode mode[] = { DB_WRITE, DB_READ, DB_SCRATCH };
	struct db *d = db_open("db", DB_WRITE, &v1, 1);
	struct stat before[2], after[2];
	size_t i, k;

	(void)state;
	insert(d, "a");
	db_close(d);
	times_of(before);
	usleep(20000); /* longer than the kernel's tick */
	for (i = 0; i < 3; i++) {
		d = db_open("db", mode[i], &v1, 1);
		db_begin(d);
		assert_int_equal(value(d, COUNT), 1);
		db_commit(d);
		db_close(d);
	}
	times_of(after);
	for (k = 0; k < 2; k++) {
		assert_int_equal(before[k].st_size, after[k].st_size);
		assert_int_equal(before[k].st_ino, after[k].st_ino);
		assert_memory_equal(&before[k].st_mtim, &after[k].st_mtim,
		    sizeof before[k].st_mtim);
	}
}

/* A big run: the -wal is cut back, and reading it stays cheap. */
static void
wal_size(void **state)
{
	static const char sql[] = "INSERT INTO mark (bytes)"
				  " VALUES (zeroblob(1000000))";
	struct db *d = db_open("db", DB_WRITE, &v1, 1);
	struct stat st;
	int i;

	(void)state;
	db_begin(d);
	for (i = 0; i < 10; i++)
		db_run(db_stmt(d, sql));
	db_commit(d);
	assert_int_equal(stat("db-wal", &st), 0);
	assert_true(st.st_size > 10000000);
	db_close(d);
	assert_int_equal(stat("db-wal", &st), 0);
	assert_in_range(st.st_size, 1024 * 1024, 4 * 1024 * 1024);
	assert_int_equal(stat("db", &st), 0);
	assert_true(st.st_size > 10000000);
	assert_true(st.st_blocks * 512 >= st.st_size);
	d = db_open("db", DB_WRITE, &v1, 1);
	assert_int_equal(value(d, COUNT), 10);
	insert(d, "a");
	db_close(d);
	assert_int_equal(stat("db-wal", &st), 0);
	assert_in_range(st.st_size, 1024 * 1024, 4 * 1024 * 1024);
}

static void
busy(void **state)
{
	struct db *d = db_open("db", DB_WRITE, &v1, 1);

	(void)state;
	/* In a child: closing the file here would drop our locks. */
	ends((struct how){ DB_WRITE, &v1, NULL }, 75, "another process");
	insert(d, "a");
	db_close(d);
	ends((struct how){ DB_READ, &v1, NULL }, 0, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(values, clean),
		cmocka_unit_test_teardown(large, clean),
		cmocka_unit_test_teardown(transactions, clean),
		cmocka_unit_test_teardown(file_mode, clean),
		cmocka_unit_test_teardown(migrations, clean),
		cmocka_unit_test_teardown(failed_migration, clean),
		cmocka_unit_test_teardown(newer, clean),
		cmocka_unit_test_teardown(bugs, clean),
		cmocka_unit_test_teardown(wrong_names, clean),
		cmocka_unit_test_teardown(reading, clean),
		cmocka_unit_test_teardown(scratch, clean),
		cmocka_unit_test_teardown(writes_nothing, clean),
		cmocka_unit_test_teardown(wal_size, clean),
		cmocka_unit_test_teardown(busy, clean),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
