/* SPDX-License-Identifier: ISC */
/* Dates, in UTC and in zones with odd habits. */
#include "watchdog/format/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void
texts(void **state)
{
	struct when w;

	(void)state;
	assert_int_equal(when_number("0042", 4), 42);
	assert_int_equal(when_number("00425", 3), 4);
	assert_int_equal(when_number("4 2", 3), -1);
	assert_int_equal(when_number("-1", 2), -1);
	assert_int_equal(when_month("Jan"), 1);
	assert_int_equal(when_month("Dec"), 12);
	/* not in the middle of the names */
	assert_int_equal(when_month("anF"), 0);
	assert_int_equal(when_month("jan"), 0);
	assert_true(when_clock("00:00:00", &w));
	assert_int_equal(w.hour + w.min + w.sec, 0);
	assert_true(when_clock("23:59:07", &w));
	assert_int_equal(w.hour * 10000 + w.min * 100 + w.sec, 235907);
	assert_false(when_clock("23-59:07", &w));
	assert_false(when_clock("23:59-07", &w));
	assert_false(when_clock("2a:59:07", &w));
	assert_false(when_clock("23:5a:07", &w));
	assert_false(when_clock("23:59:0a", &w));
}

/* Against the C library, for every day of a few years and odd zones. */
static void
times(void **state)
{
	static const char *const zone[] = { "UTC", "Europe/Berlin",
		"America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu" };
	struct when w = { .sec = 1 };
	int64_t t, local;
	struct tm tm;
	time_t step;

	(void)state;
	for (size_t z = 0; z < sizeof zone / sizeof *zone; z++) {
		setenv("TZ", zone[z], 1);
		tzset();
		for (step = 1000000000; step < 1900000000; step += 47111) {
			gmtime_r(&step, &tm);
			w = (struct when){ tm.tm_year + 1900, tm.tm_mon + 1,
				tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec };
			assert_true(when_utc(&w, &t));
			assert_int_equal(t, step);
			tm.tm_isdst = -1;
			assert_true(when_local(&w, &local));
			assert_int_equal(local, mktime(&tm));
		}
	}
	/* the half hour that Lord Howe's clocks skip, in one hour's memo */
	setenv("TZ", "Australia/Lord_Howe", 1);
	tzset();
	w = (struct when){ 2026, 4, 5, 1, 15, 0 };
	for (; w.min < 60; w.min += 15) {
		tm = (struct tm){ .tm_year = 126,
			.tm_mon = 3,
			.tm_mday = 5,
			.tm_hour = 1,
			.tm_min = w.min,
			.tm_isdst = -1 };
		assert_true(when_local(&w, &local));
		assert_int_equal(local, mktime(&tm));
	}
	setenv("TZ", "UTC", 1);
	tzset();
}

/* The memo of the last hour: there and back, to and fro. */
static void
hours(void **state)
{
	struct when w = { 2026, 11, 21, 6, 0, 0 };
	int64_t t;

	(void)state;
	for (int i = 0; i < 7200; i += 7) {
		w.hour = 6 + (i / 60) % 2;
		w.min = i / 120;
		w.sec = i % 60;
		assert_true(when_local(&w, &t));
		assert_int_equal(t,
		    1795240800 + (i / 60) % 2 * 3600 + i / 120 * 60 + i % 60);
		assert_true(when_local(&w, &t));
		assert_int_equal(t % 60, i % 60);
		/* no such minute, in that same hour */
		w.min = 60;
		assert_false(when_local(&w, &t));
	}
}

static void
dates(void **state)
{
	static const struct {
		struct when w;
		bool good;
	} t[] = {
		{ { 1970, 1, 1, 0, 0, 0 }, true },
		{ { 1969, 12, 31, 0, 0, 0 }, false },
		{ { 9999, 12, 31, 23, 59, 60 }, true },
		{ { 10000, 1, 1, 0, 0, 0 }, false },
		{ { 2024, 2, 29, 0, 0, 0 }, true },
		{ { 2026, 2, 29, 0, 0, 0 }, false },
		{ { 2000, 2, 29, 0, 0, 0 }, true },
		{ { 2100, 2, 29, 0, 0, 0 }, false },
		{ { 2024, 2, 30, 0, 0, 0 }, false },
		{ { 2026, 4, 31, 0, 0, 0 }, false },
		{ { 2026, 0, 1, 0, 0, 0 }, false },
		{ { 2026, 13, 1, 0, 0, 0 }, false },
		{ { 2026, 1, 0, 0, 0, 0 }, false },
		{ { 2026, 1, 32, 0, 0, 0 }, false },
		{ { 2026, 1, 1, 24, 0, 0 }, false },
		{ { 2026, 1, 1, 0, 60, 0 }, false },
		{ { 2026, 1, 1, 0, 0, 61 }, false },
		{ { 2026, -1, 1, 0, 0, 0 }, false },
		{ { 2026, 1, -1, 0, 0, 0 }, false },
		{ { -1, 1, 1, 0, 0, 0 }, false },
	};
	int64_t at;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (when_utc(&t[i].w, &at) != t[i].good ||
		    when_local(&t[i].w, &at) != t[i].good)
			fail_msg("%d-%d-%d", t[i].w.year, t[i].w.month,
			    t[i].w.day);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(times),
		cmocka_unit_test(hours),
		cmocka_unit_test(dates),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
