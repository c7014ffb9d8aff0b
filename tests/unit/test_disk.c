/* SPDX-License-Identifier: ISC */
/* When a file system will be full: the story of the two disks, and others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "watchdog/disk.h"
#include "watchdog/store/store.h"

#define HOUR 3600
#define DAY (24 * HOUR)

/* n samples, every seconds apart, from one use to another, in percent. */
static size_t
line(struct store_sample *s, size_t n, int64_t every, int64_t from, int64_t to)
{
	for (size_t i = 0; i < n; i++) {
		s[i].at = 1000000 + (int64_t)i * every;
		s[i].size = 100000;
		s[i].used = 1000 *
		    (from + (to - from) * (int64_t)i / (int64_t)(n - 1));
	}
	return n;
}

static void
test_forecast(void **state)
{
	struct store_sample s[400];

	(void)state;
	/* 95 % full, and has been so for a week: safe */
	assert_true(disk_forecast(s, line(s, 169, HOUR, 95, 95)) == DISK_NEVER);
	/* 50 % yesterday, 85 % today: 15 % are left, at 35 % a day */
	assert_in_range(disk_forecast(s, line(s, 25, HOUR, 50, 85)), 10 * HOUR,
	    11 * HOUR);
	/* it shrinks */
	assert_true(disk_forecast(s, line(s, 25, HOUR, 85, 50)) == DISK_NEVER);
	/* a burst of two hours is no growth */
	assert_true(disk_forecast(s, line(s, 3, HOUR, 50, 90)) == DISK_NEVER);
	/* three hours may speak of the next day, not of next month */
	assert_in_range(disk_forecast(s, line(s, 4, HOUR, 50, 80)), HOUR,
	    3 * HOUR);
	assert_true(disk_forecast(s, line(s, 4, HOUR, 10, 11)) == DISK_NEVER);
	/* what was more than a week ago does not count */
	line(s, 10 * 24, HOUR, 0, 60);
	for (size_t i = 48; i < 240; i++)
		s[i].used = 60000;
	assert_true(disk_forecast(s, 240) == DISK_NEVER);
	/* full already */
	assert_int_equal(disk_forecast(s, line(s, 25, HOUR, 50, 100)), 0);
	assert_true(disk_forecast(s, 0) == DISK_NEVER);
	assert_true(disk_forecast(s, 1) == DISK_NEVER);
}

static void
test_look(void **state)
{
	struct store_sample s;
	int64_t dev;

	(void)state;
	assert_int_equal(disk_look("/", 7, &dev, &s), 0);
	assert_int_equal(s.at, 7);
	assert_true(s.size > 0 && s.used >= 0 && s.used <= s.size);
	assert_int_equal(disk_look("/no/such/place", 7, &dev, &s), -1);
}

/* The samples in the store and the look now make one history. */
static void
test_outlook(void **state)
{
	struct db *db = store_open("/nowhere/at/all.db", DB_SCRATCH);
	struct store_sample s;
	struct disk_outlook d;
	int64_t dev;

	(void)state;
	assert_int_equal(disk_look("/", 100 * DAY, &dev, &s), 0);
	assert_true(disk_outlook(db, "/", 100 * DAY, &d));
	assert_true(d.left == DISK_NEVER);
	assert_int_equal(d.dev, dev);
	/* a day ago it was empty: it is full in as long as it took and more */
	s.at = 99 * DAY;
	s.used = 0;
	db_begin(db);
	store_sample_put(db, dev, &s);
	db_commit(db);
	assert_true(disk_outlook(db, "/", 100 * DAY, &d));
	if (d.used * 8 > d.size)
		assert_in_range(d.left, 0, 8 * DAY);
	assert_false(disk_outlook(db, "/no/such/place", 1, &d));
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forecast),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_outlook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
