/* SPDX-License-Identifier: ISC */
/* Time as text in several zones, spans, deadlines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"

#define MOMENT 1795243620 /* 2026-11-21 06:47:00 UTC, a Saturday */

static void
in_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void
rfc3339(void **state)
{
	static const struct {
		int64_t t;
		const char *text;
	} table[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ MOMENT, "2026-11-21T06:47:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 2147483648, "2038-01-19T03:14:08Z" },
		{ 4294967296, "2106-02-07T06:28:16Z" },
		{ 253402300800, "10000-01-01T00:00:00Z" },
		{ INT64_MAX, "@9223372036854775807" },
		{ INT64_MIN, "@-9223372036854775808" },
	};
	char out[CLOCK_TEXT];
	size_t i;

	(void)state;
	in_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	for (i = 0; i < sizeof table / sizeof *table; i++)
		assert_string_equal(clock_rfc3339(table[i].t, out),
		    table[i].text);
}

static void
local(void **state)
{
	static const struct {
		const char *zone;
		int64_t t;
		const char *mail, *people;
	} table[] = {
		{ "UTC0", MOMENT, "Sat, 21 Nov 2026 06:47:00 +0000",
		    "21 Nov 06:47:00 UTC" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", MOMENT,
		    "Sat, 21 Nov 2026 07:47:00 +0100", "21 Nov 07:47:00 CET" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 1783000000,
		    "Thu, 02 Jul 2026 15:46:40 +0200", "02 Jul 15:46:40 CEST" },
		{ "NST3:30", MOMENT, "Sat, 21 Nov 2026 03:17:00 -0330",
		    "21 Nov 03:17:00 NST" },
		{ "<+1245>-12:45", MOMENT, "Sat, 21 Nov 2026 19:32:00 +1245",
		    "21 Nov 19:32:00 +1245" },
		{ "ABC0:30", 0, "Wed, 31 Dec 1969 23:30:00 -0030",
		    "31 Dec 23:30:00 ABC" },
		{ "ABCDEFGHIJKLMNOP0", 0, "Thu, 01 Jan 1970 00:00:00 +0000",
		    "01 Jan 00:00:00 ABCDEFGHIJ" },
		{ "UTC0", INT64_MAX, "@9223372036854775807",
		    "@9223372036854775807" },
	};
	char out[CLOCK_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		in_zone(table[i].zone);
		assert_string_equal(clock_rfc5322(table[i].t, out),
		    table[i].mail);
		assert_string_equal(clock_local(table[i].t, out),
		    table[i].people);
	}
	in_zone("UTC0");
}

/* The longest there is fits. */
static void
longest(void **state)
{
	const int64_t last = 67767976233532799; /* the year 2^31 - 1 + 1900 */
	char out[CLOCK_TEXT];

	(void)state;
	in_zone("UTC0");
	assert_string_equal(clock_rfc5322(last, out),
	    "Tue, 31 Dec 2147483647 23:59:59 +0000");
	assert_string_equal(clock_rfc3339(last, out),
	    "2147483647-12-31T23:59:59Z");
}

static void
span(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} table[] = {
		{ 0, "0s" },
		{ 1, "1s" },
		{ 59, "59s" },
		{ 60, "1m" },
		{ 61, "1m 1s" },
		{ 720, "12m" },
		{ 3599, "59m 59s" },
		{ 3600, "1h" },
		{ 3605, "1h" },
		{ 3661, "1h 1m" },
		{ 86399, "23h 59m" },
		{ 86400, "1d" },
		{ 86400 + 3599, "1d" },
		{ 3 * 86400 + 4 * 3600 + 59, "3d 4h" },
		{ 1000 * 86400, "1000d" },
		{ -45, "-45s" },
		{ -3661, "-1h 1m" },
		{ INT64_MAX, "106751991167300d 15h" },
		{ INT64_MIN, "-106751991167300d 15h" },
	};
	char out[CLOCK_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++)
		assert_string_equal(clock_span(table[i].s, out), table[i].text);
}

static void
pin(void **state)
{
	(void)state;
	clock_pin(MOMENT);
	assert_int_equal(clock_now(), MOMENT);
	clock_pin(0);
	assert_int_equal(clock_now(), 0);
	clock_pin(-1);
	assert_true(clock_now() > 1700000000);
}

static void
deadlines(void **state)
{
	const struct timespec pause = { 0, 15000000 };
	struct deadline d;
	int64_t before;

	(void)state;
	before = clock_mono();
	assert_true(before > 0);
	d = deadline_in(10);
	assert_true(deadline_left(d) <= 10);
	nanosleep(&pause, NULL);
	assert_true(clock_mono() >= before + 15);
	assert_true(deadline_passed(d));
	assert_int_equal(deadline_left(d), 0);
	assert_true(deadline_passed(deadline_in(0)));
	assert_true(deadline_passed(deadline_in(-5)));
	assert_true(deadline_passed(deadline_in(INT64_MIN)));
	d = deadline_in(INT64_MAX);
	assert_false(deadline_passed(d));
	assert_true(deadline_left(d) > INT64_MAX / 2);
	/* The wall clock does not touch it. */
	d = deadline_in(60000);
	clock_pin(1);
	assert_true(deadline_left(d) > 50000);
	clock_pin(-1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3339),
		cmocka_unit_test(local),
		cmocka_unit_test(longest),
		cmocka_unit_test(span),
		cmocka_unit_test(pin),
		cmocka_unit_test(deadlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
