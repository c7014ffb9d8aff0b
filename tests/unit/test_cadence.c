/* SPDX-License-Identifier: ISC */
/* When a group is told, and when it waits. */
#include "watchdog/tell/cadence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/clock.h"

static void
words(void **state)
{
	static const struct {
		const char *text;
		bool good;
		struct cadence want;
	} t[] = {
		{ "every-run", true, { CADENCE_EVERY_RUN, 0, 0, 0 } },
		{ "powers", true, { CADENCE_POWERS, 0, 0, 0 } },
		{ "10 in 1h", true, { CADENCE_THRESHOLD, 10, 1, 0 } },
		{ "1 in 7d", true, { CADENCE_THRESHOLD, 1, 168, 0 } },
		{ "daily", true, { CADENCE_DAILY, 0, 0, 420 } },
		{ "daily 00:00", true, { CADENCE_DAILY, 0, 0, 0 } },
		{ "daily 23:59", true, { CADENCE_DAILY, 0, 0, 1439 } },
		{ "daily 7:05", true, { CADENCE_DAILY, 0, 0, 425 } },
		{ "", false, { 0 } },
		{ "power", false, { 0 } },
		{ "dailyx", false, { 0 } },
		{ "daily 24:00", false, { 0 } },
		{ "daily 12:60", false, { 0 } },
		{ "daily 12:5", false, { 0 } },
		{ "daily 12:050", false, { 0 } },
		{ "daily 07:00 ", false, { 0 } },
		{ "0 in 1h", false, { 0 } },
		{ "10 in 0h", false, { 0 } },
		{ "10 in 8d", false, { 0 } },
		{ "10 in 169h", false, { 0 } },
		{ "10 in 30m", false, { 0 } },
		{ "10 in 1", false, { 0 } },
		{ "10in 1h", false, { 0 } },
		{ "-1 in 1h", false, { 0 } },
		{ "99999999999999999999 in 1h", false, { 0 } },
	};
	struct cadence c;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (cadence_parse(t[i].text, &c) != t[i].good)
			fail_msg("\"%s\"", t[i].text);
		if (!t[i].good)
			continue;
		assert_int_equal(c.kind, t[i].want.kind);
		assert_int_equal(c.records, t[i].want.records);
		assert_int_equal(c.hours, t[i].want.hours);
		assert_int_equal(c.minute, t[i].want.minute);
	}
}

static void
powers(void **state)
{
	static const struct {
		enum novelty novelty;
		int64_t told, waits, count;
		bool due;
	} t[] = {
		{ NOVEL_NEW, 0, 0, 1, true },
		{ NOVEL_BACK, 0, 0, 1, true },
		{ NOVEL_GROWING, 50, 0, 20, true },
		{ NOVEL_KNOWN, 1, 0, 8, false },
		{ NOVEL_KNOWN, 1, 0, 9, true },
		{ NOVEL_KNOWN, 1, 8, 1, true },
		{ NOVEL_KNOWN, 10, 0, 89, false },
		{ NOVEL_KNOWN, 10, 80, 10, true },
		{ NOVEL_KNOWN, 10, 0, 5000, true },
		{ NOVEL_KNOWN, 5000, 0, 4999, false },
		{ NOVEL_KNOWN, 5000, 4999, 1, true },
	};
	const struct cadence c = { .kind = CADENCE_POWERS };
	struct cadence_case k;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		k = (struct cadence_case){ .novelty = t[i].novelty,
			.told = t[i].told,
			.waits = t[i].waits,
			.count = t[i].count };
		if (cadence_due(&c, &k) != t[i].due)
			fail_msg("case %zu", i);
	}
}

/* Run by run; each has one hour. */
static void
threshold(void **state)
{
	static const struct {
		int64_t hour, count;
		bool due;
	} t[] = {
		{ 100, 9, false },
		{ 100, 1, true },
		/* still over: it was told */
		{ 100, 50, false },
		{ 101, 10, false },
		{ 102, 1, false },
		/* rare, then often again: over 10 in this hour and the last */
		{ 103, 8, false },
		{ 104, 1, false },
		{ 105, 9, true },
		/* silent in between */
		{ 200, 30, true },
		{ 201, 1, false },
		{ 203, 10, true },
		/* after years */
		{ 99999, 10, true },
		/* an old log that is read late */
		{ 99000, 10, false },
	};
	const struct cadence c = { .kind = CADENCE_THRESHOLD,
		.records = 10,
		.hours = 1 };
	struct story_hour all[16], run;
	int64_t over = 0;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct cadence_case k = { .novelty = NOVEL_NEW,
			.all = all,
			.run = &run,
			.nrun = 1,
			.over_at = over };

		run = (struct story_hour){ t[i].hour, t[i].count };
		if (n > 0 && all[n - 1].hour == run.hour)
			all[n - 1].records += run.records;
		else if (n == 0 || all[n - 1].hour < run.hour)
			all[n++] = run;
		k.nall = n;
		if (cadence_due(&c, &k) != t[i].due)
			fail_msg("case %zu", i);
		over = k.over_at;
	}
}

/* Of several hours in one run one that is over is enough. */
static void
threshold_in_a_long_run(void **state)
{
	static const struct story_hour run[] = { { 10, 1 }, { 20, 30 },
		{ 30, 1 } };
	const struct cadence c = { .kind = CADENCE_THRESHOLD,
		.records = 30,
		.hours = 2 };
	struct cadence_case k = { .all = run,
		.nall = 3,
		.run = run,
		.nrun = 3 };

	(void)state;
	assert_true(cadence_due(&c, &k));
	assert_int_equal(k.over_at, 20);
	/* without records of this run there is nothing to find */
	k.nrun = 0;
	assert_false(cadence_due(&c, &k));
}

#define MIDNIGHT 1795219200 /* 2026-11-21 00:00 UTC */
#define AT(h, m) (MIDNIGHT + (h)*3600 + (m)*60)

static void
daily(void **state)
{
	static const struct {
		int64_t since, now, waits, waits_since;
		bool due;
	} t[] = {
		/* the first run of all */
		{ 0, AT(6, 0), 0, 0, true },
		{ AT(5, 45), AT(6, 0), 0, 0, false },
		{ AT(6, 45), AT(6, 59), 7, AT(-10, 0), false },
		/* from seven on, with what it found itself */
		{ AT(6, 45), AT(7, 0), 0, 0, true },
		{ AT(6, 45), AT(9, 0), 7, AT(-10, 0), true },
		/* and the next one not */
		{ AT(7, 0), AT(7, 15), 0, 0, false },
		{ AT(7, 15), AT(7, 30), 7, AT(7, 15), false },
		/* what waits since before the hour was left over */
		{ AT(7, 0), AT(7, 15), 7, AT(6, 59), true },
		/* once a day, by a run of its own */
		{ AT(-16, 5), AT(8, 5), 0, 0, true },
	};
	const struct cadence c = { .kind = CADENCE_DAILY, .minute = 420 };

	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct cadence_case k = { .since = t[i].since,
			.daily = clock_daily(t[i].now, c.minute),
			.waits = t[i].waits,
			.waits_since = t[i].waits_since,
			.count = 1 };

		if (cadence_due(&c, &k) != t[i].due)
			fail_msg("case %zu", i);
	}
}

/* Run every six hours for a year: each day once. */
static void
no_day_is_skipped(void **state)
{
	static const char *const zone[] = { "UTC0",
		"CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0",
		/* half an hour, and over midnight */
		"LHST-10:30LHDT-11,M10.1.0,M4.1.0",
		"<-03>3<-02>,M3.5.0/-1,M10.5.0/0" };
	int minute;

	(void)state;
	for (size_t z = 0; z < sizeof zone / sizeof *zone; z++) {
		setenv("TZ", zone[z], 1);
		tzset();
		for (minute = 0; minute < 1440; minute += 140) {
			int64_t t = MIDNIGHT, end = MIDNIGHT + 365 * 86400;
			int n = 0;

			for (; t < end; t += 21600)
				n += t - 21600 < clock_daily(t, minute);
			if (n != 365)
				fail_msg("%s, %02d:%02d: %d", zone[z],
				    minute / 60, minute % 60, n);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(powers),
		cmocka_unit_test(threshold),
		cmocka_unit_test(threshold_in_a_long_run),
		cmocka_unit_test(daily),
		cmocka_unit_test(no_day_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
