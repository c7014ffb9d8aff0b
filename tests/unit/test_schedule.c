/* SPDX-License-Identifier: ISC */
/* What is due, and in which order. */
#include "uptime/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xmem.h"

#define NOW 1795266190

static void
due(void **state)
{
	static const struct {
		int64_t every, ago;
		bool due;
	} t[] = {
		{ 300, 300, true },
		{ 300, 301, true },
		{ 300, 270, true },
		{ 300, 269, false },
		{ 300, 0, false },
		{ 60, 54, true },
		{ 60, 53, false },
		{ 3600, 3570, true },
		{ 3600, 3569, false },
		{ 86400, 86370, true },
		{ 86400, 86369, false },
		{ 5, 5, true },
		{ 5, 4, false },
		{ 1, 0, false },
		{ 0, 0, true },
		/* the clock went back */
		{ 300, -1, true },
		{ 300, -86400, true },
	};
	struct schedule_item it = { .key = "k" };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		it.every = t[i].every;
		it.last = NOW - t[i].ago;
		if (schedule_due(&it, NOW) != t[i].due)
			fail_msg("every %d, %d ago", (int)it.every,
			    (int)t[i].ago);
	}
	it.every = 300;
	it.last = 0;
	assert_true(schedule_due(&it, NOW));
	assert_true(schedule_due(&it, 100));
	/* a clock that starts at 1970 */
	it.last = NOW;
	assert_true(schedule_due(&it, 100));
}

/* Five minutes stay five minutes, under a cron that is early or late by up to
 * 20 s. */
static void
cron_jitters(void **state)
{
	struct schedule_item it = { .key = "k", .every = 300 };
	unsigned rnd = 1, probed = 0;
	int64_t now;

	(void)state;
	for (int run = 0; run < 1000; run++) {
		rnd = rnd * 1664525 + 1013904223;
		now = NOW + run * 300 + (int64_t)(rnd >> 16) % 20;
		if (!schedule_due(&it, now))
			continue;
		it.last = now;
		probed++;
	}
	assert_int_equal(probed, 1000);
}

static void
bad_ones_first(void **state)
{
	struct schedule_item item[] = {
		{ .key = "fast", .last_us = 900, .index = 0 },
		{ .key = "slow", .last_us = 1500000, .index = 1 },
		{ .key = "refused",
		    .failed = true,
		    .last_us = 200,
		    .index = 2 },
		{ .key = "hung", .failed = true, .last_us = -1, .index = 3 },
		{ .key = "new", .last_us = -1, .index = 4 },
		{ .key = "slower", .last_us = 9000000, .index = 5 },
		{ .key = "late failure",
		    .failed = true,
		    .last_us = 4000000,
		    .index = 6 },
		{ .key = "limit", .last_us = 1000000, .index = 7 },
		{ .key = "below", .last_us = 999999, .index = 8 },
	};
	static const size_t want[] = { 3, 5, 6, 1, 7, 2 };
	size_t n = sizeof item / sizeof *item;
	bool seen[9] = { false };

	(void)state;
	schedule_order(item, n, 42);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		assert_int_equal(item[i].index, want[i]);
	for (size_t i = 0; i < n; i++)
		seen[item[i].index] = true;
	for (size_t i = 0; i < n; i++)
		assert_true(seen[i]);
	schedule_order(item, 0, 1);
	schedule_order(NULL, 0, 1);
}

#define MANY 1000

static struct schedule_item *
many(void)
{
	struct schedule_item *item = xcalloc(MANY, sizeof *item);

	for (size_t i = 0; i < MANY; i++) {
		/* ten of a host, one after the other, as configured */
		item[i].key = xasprintf("https://host%03zu.example/%zu", i / 10,
		    i % 10);
		item[i].last_us = 1000;
		item[i].index = i;
	}
	return item;
}

static void
free_many(struct schedule_item *item)
{
	for (size_t i = 0; i < MANY; i++)
		free((char *)(uintptr_t)item[i].key);
	free(item);
}

/* 6: the order of the configuration changes nothing. */
static void
order_before_is_nothing(void **state)
{
	struct schedule_item *a = many(), *b = many(), t;
	unsigned rnd = 7;

	(void)state;
	for (size_t i = MANY - 1; i > 0; i--) {
		size_t k;

		rnd = rnd * 1664525 + 1013904223;
		k = (rnd >> 8) % (i + 1);
		t = b[i];
		b[i] = b[k];
		b[k] = t;
	}
	schedule_order(a, MANY, 1);
	schedule_order(b, MANY, 1);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(a[i].index, b[i].index);
	free_many(a);
	free_many(b);
}

/* Nobody is always last, and no host is asked in one burst. */
static void
shuffled(void **state)
{
	struct schedule_item *item = many();
	size_t last_half[MANY] = { 0 }, neighbours = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++) {
		schedule_order(item, MANY, seed);
		for (size_t i = 0; i < MANY; i++) {
			last_half[item[i].index] += i >= MANY / 2;
			neighbours += i > 0 &&
			    item[i].index / 10 == item[i - 1].index / 10;
		}
	}
	for (size_t i = 0; i < MANY; i++) {
		assert_true(last_half[i] > 20);
		assert_true(last_half[i] < 80);
	}
	/* by chance: 9 of 999, in each of 100 orders */
	assert_true(neighbours < 100 * 12);
	assert_true(neighbours > 100 * 6);
	free_many(item);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(due),
		cmocka_unit_test(cron_jitters),
		cmocka_unit_test(bad_ones_first),
		cmocka_unit_test(order_before_is_nothing),
		cmocka_unit_test(shuffled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
