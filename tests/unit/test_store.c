/* SPDX-License-Identifier: ISC */
/* The watchdog's tables, and alarms that begin and end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "tests/unit/scratch.h"
#include "watchdog/alarm.h"
#include "watchdog/store/store.h"

#define PATH "t.db"

static void
test_samples(void **state)
{
	struct store_sample s = { .at = 10000, .used = 1, .size = 9 }, got[8];
	struct db *db = store_open(PATH, DB_WRITE);

	(void)state;
	db_begin(db);
	store_sample_put(db, 5, &s);
	s.at += 600; /* within the hour: not kept */
	store_sample_put(db, 5, &s);
	s.at += 3600;
	s.used = 2;
	store_sample_put(db, 5, &s);
	store_sample_put(db, 6, &s);
	db_commit(db);
	assert_int_equal(store_samples(db, 5, got, 8), 2);
	assert_int_equal(got[0].at, 10000);
	assert_int_equal(got[1].used, 2);
	assert_int_equal(store_samples(db, 5, got, 1), 1);
	assert_int_equal(store_samples(db, 4, got, 8), 0);
	db_close(db);
}

static void
test_runs(void **state)
{
	struct store_run r = {
		.started = 5, .ended = 6, .records = 10, .ignored = 3,
		.reported = 6, .held = 1, .bytes = 999, .mails = 2,
		.status = "done",
	}, got;
	struct db *db = store_open(PATH, DB_WRITE);

	(void)state;
	assert_false(store_run_last(db, &got));
	db_begin(db);
	store_run_put(db, &r);
	r.started = 8;
	store_run_put(db, &r);
	db_commit(db);
	assert_true(store_run_last(db, &got));
	assert_memory_equal(&got, &r, sizeof r);
	db_close(db);
}

/* One run's worth of alarms; returns the lines told, joined by '|'. */
static char *
alarm_run(const char *const *on, const char *keep, int64_t now)
{
	struct db *db = store_open(PATH, DB_WRITE);
	struct alarms *a = alarms_new();
	const char *const *line;
	char *all = xstrdup(""), *next;
	size_t n;

	for (; *on != NULL; on++) {
		alarm_on(a, *on, "%s is bad", *on);
		alarm_on(a, *on, "%s is worse", *on);
	}
	if (keep != NULL)
		alarm_keep(a, keep);
	alarm_note(a, "z", ", that is %d", 1);
	if (alarms_settle(a, db, now)) {
		db_begin(db);
		alarms_write(a, db, now);
		db_commit(db);
	}
	line = alarms_lines(a, &n);
	for (size_t i = 0; i < n; i++) {
		next = xasprintf("%s%s|", all, line[i]);
		free(all);
		all = next;
	}
	alarms_free(a);
	db_close(db);
	return all;
}

static void
test_alarms(void **state)
{
	static const struct {
		const char *on[3], *keep, *want;
		int64_t now;
	} runs[] = {
		{ { "x", "y" }, NULL, "x is bad|y is bad|", 100 },
		{ { "x", "y" }, NULL, "", 200 },
		{ { "x" }, "y", "", 300 },
		{ { "x" }, NULL, "Over after 5m: y is bad|", 400 },
		{ { NULL }, NULL, "Over after 6m 40s: x is bad|", 500 },
		{ { NULL }, NULL, "", 600 },
		{ { "x" }, NULL, "x is bad|", 700 },
		{ { "x", "z" }, NULL, "z is bad|", 800 },
		{ { "x", "z" }, NULL, "", 900 },
		{ { "x" }, "z", "", 1000 },
		{ { "x" }, NULL, "Over after 5m: z is bad, that is 1|", 1100 },
		{ { "x" }, NULL, "", 1200 },
	};
	char *got;

	(void)state;
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		got = alarm_run(runs[i].on, runs[i].keep, runs[i].now);
		assert_string_equal(got, runs[i].want);
		free(got);
	}
}

static void
test_events(void **state)
{
	struct db *db = store_open(PATH, DB_WRITE);
	struct alarms *a = alarms_new();
	const char *const *line;
	size_t n;

	(void)state;
	assert_false(alarms_settle(a, db, 1));
	alarm_event(a, "gap of %d", 5);
	assert_true(alarms_settle(a, db, 1));
	line = alarms_lines(a, &n);
	assert_int_equal(n, 1);
	assert_string_equal(line[0], "gap of 5");
	alarms_free(a);
	db_close(db);
}

static int
fresh(void **state)
{
	(void)state;
	unlink(PATH);
	unlink(PATH "-wal");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_samples, fresh),
		cmocka_unit_test_teardown(test_runs, fresh),
		cmocka_unit_test_teardown(test_alarms, fresh),
		cmocka_unit_test_teardown(test_events, fresh),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
