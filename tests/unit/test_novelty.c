/* SPDX-License-Identifier: ISC */
/* When a group grows, and when its end is worth a line. */
#include "watchdog/tell/novelty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY 24
#define WEEK (7 * DAY)
#define NOW 498679 /* an hour of November 2026 */

/* History of `each` records an hour, every `step` hours from `age` hours ago
 * on, and a run of `count` in the hour `at`. */
static const struct growth {
	int64_t age, step, each, at, count;
	bool grows;
	int64_t usual;
} growth[] = {
	/* never before: that is new */
	{ 0, 1, 0, NOW, 5000, false, 0 },
	/* the first day: the mean of its hours */
	{ 4, 1, 10, NOW, 49, false, 10 },
	{ 4, 1, 10, NOW, 50, true, 10 },
	{ 4, 4, 40, NOW, 49, false, 10 },
	/* the floor: from 1 to 5 is nothing, nor 19 */
	{ 4, 1, 1, NOW, 5, false, 1 },
	{ 4, 1, 1, NOW, 19, false, 1 },
	{ 4, 1, 1, NOW, 20, true, 1 },
	/* some days: the same hour, and the two beside it, of each */
	{ 3 * DAY, DAY, 30, NOW, 49, false, 10 },
	{ 3 * DAY, DAY, 30, NOW, 50, true, 10 },
	{ 3 * DAY, DAY, 30, NOW + 1, 50, true, 10 },
	/* at another hour it is not usual at all */
	{ 3 * DAY, DAY, 3000, NOW + 2, 20, true, 0 },
	/* weeks: the same day, whatever the other days had */
	{ 4 * WEEK, WEEK, 300, NOW, 499, false, 100 },
	{ 4 * WEEK, WEEK, 300, NOW, 500, true, 100 },
	{ 4 * WEEK, WEEK, 300, NOW - 1, 499, false, 100 },
	{ 4 * WEEK, WEEK, 300, NOW - DAY, 20, true, 0 },
	{ 4 * WEEK + 2, 1, 10, NOW, 49, false, 10 },
};

static void
grows(void **state)
{
	struct story_hour all[STORY_DAYS * DAY + 2], run;
	const struct growth *t;
	int64_t usual;
	size_t i, n;
	bool got;

	(void)state;
	for (i = 0; i < sizeof growth / sizeof *growth; i++) {
		t = &growth[i];
		n = 0;
		for (int64_t k = t->age; k > 0; k -= t->step)
			if (NOW - k < t->at)
				all[n++] = (struct story_hour){ NOW - k,
					t->each };
		run = (struct story_hour){ t->at, t->count };
		all[n++] = run;
		got = novelty_grows(all, n, &run, 1,
		    NOW - t->age - (t->age > DAY ? 2 : 0), &usual);
		if (got != t->grows || usual != t->usual)
			fail_msg("case %zu: %d, usual %lld", i, got,
			    (long long)usual);
	}
}

/* A run that reads many hours is compared with as many. */
static void
a_long_run(void **state)
{
	static struct story_hour all[2 * DAY + 12];
	const struct story_hour *run = all + 2 * DAY;
	int64_t usual;

	(void)state;
	for (int i = 0; i < 2 * DAY + 12; i++)
		all[i] = (struct story_hour){ NOW + i, i < 2 * DAY ? 10 : 49 };
	assert_false(novelty_grows(all, 2 * DAY + 12, run, 12, NOW, &usual));
	assert_int_equal(usual, 120);
	for (int i = 2 * DAY; i < 2 * DAY + 12; i++)
		all[i].records = 50;
	assert_true(novelty_grows(all, 2 * DAY + 12, run, 12, NOW, &usual));
}

static void
ongoing(void **state)
{
	static const struct story_hour t[] = { { 10, 1 }, { 20, 1 }, { 30, 1 },
		{ 44, 1 }, { 45, 1 } };

	(void)state;
	assert_false(novelty_ongoing(NULL, 0));
	assert_false(novelty_ongoing(t, 2));
	assert_true(novelty_ongoing(t, 3));
	assert_false(novelty_ongoing(t, 4));
	assert_true(novelty_ongoing(t, 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(a_long_run),
		cmocka_unit_test(ongoing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
