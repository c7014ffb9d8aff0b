/* SPDX-License-Identifier: ISC */
/* One group in a report: its times, its place, what grows. */
#include "watchdog/tell/report_entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "watchdog/match/frames.h"
#include "watchdog/match/group.h"
#include "watchdog/tell/report.h"

#define NOW 1795245420 /* Sat 21 Nov 2026 07:17:00 UTC */
#define BODY_MAX (256 * 1024)

static const struct report_env plain = { .host = "www1",
	.now = NOW,
	.conf = "/etc/sitewatch/watchdog.conf" };

/* Of which each test changes what it is about. */
static struct group
sample_group(void)
{
	static char message[] = "PHP Fatal error:  Uncaught Error: no in "
				"/var/www/example.com/shop/pay.php:14";
	static char path[] = "/shop/pay.php", file[] = "/var/log/error.log";

	return (struct group){ .message = message,
		.nmessage = sizeof message - 1,
		.sample = message,
		.nsample = sizeof message - 1,
		.path = path,
		.file = file,
		.level = LEVEL_ERROR,
		.fingerprint = { .hi = 0x1f2e3d4c5b6a7988, .lo = 7 },
		.count = 12,
		.lines = 1,
		.first = NOW - 60,
		.last = NOW,
		.offset = 77 };
}

/* A group's times are as short as they are clear. */
static void
times(void **state)
{
	static const struct {
		int64_t first, last;
		const char *want;
	} t[] = {
		{ NOW, NOW, "  21 Nov 07:17:00 UTC\n" },
		{ NOW, NOW + 60, "  21 Nov 07:17:00 to 07:18:00 UTC\n" },
		{ NOW - 86400, NOW,
		    "  20 Nov 07:17:00 to 21 Nov 07:17:00 UTC\n" },
		{ 0, 0, "at byte 77\n" },
	};
	struct group g = { .message = (char[]){ "" },
		.count = 1,
		.file = (char[]){ "/log" },
		.offset = 77 };
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, BODY_MAX);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&out);
		g.first = t[i].first;
		g.last = t[i].last;
		entry_full(&out, &g, NOVEL_NEW, &plain, false);
		assert_non_null(strstr(buf_str(&out), t[i].want));
	}
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	buf_reset(&out);
	g.first = 1792887600; /* 25 Oct 2026, the night clocks are set back */
	g.last = g.first + 3600;
	entry_full(&out, &g, NOVEL_NEW, &plain, false);
	assert_non_null(
	    strstr(buf_str(&out), "  25 Oct 02:20:00 CEST to 02:20:00 CET\n"));
	setenv("TZ", "UTC", 1);
	tzset();
	buf_free(&out);
}

/* Where in the code; in the head, if that is the script of the path, else on a
 * line of its own, unless the message says it. */
static void
places(void **state)
{
	static const struct {
		const char *message, *rest, *file;
		uint32_t line;
		const char *head, *code; /* NULL: no such line */
	} t[] = {
		{ "x in /var/www/shop/pay.php on line 14", "",
		    "/var/www/shop/pay.php", 14,
		    "12 x error /shop/pay.php:14\n", NULL },
		{ "x in /y in /var/www/shop/pay.php:3\\nStack trace:", "",
		    "/var/www/shop/pay.php", 3, "12 x error /shop/pay.php:3\n",
		    NULL },
		{ "x in /usr/share/php/db.php:3", "", "/usr/share/php/db.php",
		    3, "12 x error /shop/pay.php\n", NULL },
		{ "x", "\nFile \"/var/www/shop/pay.php\"", NULL, 0,
		    "12 x error /shop/pay.php\n", NULL },
		{ "java.lang.Error: x",
		    "\n\tat java.util.List.get(List.java:3)"
		    "\n\tat shop.Pay.total(Pay.java:57)"
		    "\n\tat shop.Pay.main(Pay.java:9)",
		    "Pay.java", 57, "12 x error /shop/pay.php\n",
		    "\n  code Pay.java:57 in shop.Pay.total\n" },
		{ "nowhere", "", NULL, 0, "12 x error /shop/pay.php\n", NULL },
		{ "", "", NULL, 0, "12 x error /shop/pay.php\n", NULL },
	};
	struct group g = sample_group();
	char sample[400];
	struct frame at;
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, BODY_MAX);
	g.sample = sample;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		g.message = (char *)t[i].message;
		g.nmessage = strlen(t[i].message);
		snprintf(sample, sizeof sample, "%s%s", t[i].message,
		    t[i].rest);
		g.nsample = strlen(sample);
		assert_int_equal(entry_place(&g, &at), t[i].file != NULL);
		if (t[i].file != NULL) {
			assert_int_equal(at.file.n, strlen(t[i].file));
			assert_memory_equal(at.file.p, t[i].file, at.file.n);
			assert_int_equal(at.line, t[i].line);
		}
		buf_reset(&out);
		entry_full(&out, &g, NOVEL_NEW, &plain, false);
		assert_memory_equal(buf_str(&out), t[i].head,
		    strlen(t[i].head));
		if (t[i].code != NULL)
			assert_non_null(strstr(buf_str(&out), t[i].code));
		else
			assert_null(strstr(buf_str(&out), "\n  code "));
	}
	buf_free(&out);
}

/* Without the docroot, the level's word and what the head has already. */
static void
lines(void **state)
{
	struct group g = sample_group();
	struct buf out;

	(void)state;
	buf_init(&out, BODY_MAX);
	entry_headline(&out, &g, 72);
	assert_string_equal(buf_str(&out), "Error: no in pay.php:14");
	buf_reset(&out);
	entry_line(&out, &g, true);
	entry_line(&out, &g, false);
	assert_string_equal(buf_str(&out),
	    "12 x error /shop/pay.php:14: Error: no (1f2e3d4c)\n"
	    "12 x error /shop/pay.php:14: Error: no\n");
	buf_reset(&out);
	g.site = (char[]){ "www.example.com" };
	entry_line(&out, &g, false);
	assert_string_equal(buf_str(&out),
	    "12 x error www.example.com/shop/pay.php:14: Error: no\n");
	buf_reset(&out);
	g.site = g.path = NULL;
	g.level = LEVEL_NONE;
	g.nmessage = 0;
	entry_line(&out, &g, true);
	assert_string_equal(buf_str(&out), "12 x (1f2e3d4c)\n");
	buf_free(&out);
}

/* How much it grew, and its hours, the empty ones too. */
static void
growth(void **state)
{
	static struct story_hour hour[] = { { 498679, 3 }, { 498681, 20 },
		{ 498690, 4 }, { 498691, 0 }, { 498693, 80 }, { 498695, 151 } };
	static const struct {
		int64_t count, usual;
		size_t nhour;
		const char *want;
	} t[] = {
		{ 240, 20, 0, "12 x the usual, which is 20 in such hours " },
		{ 31, 20, 1, "1.5 x the usual, which is 20 in" },
		{ 12000, 1, 0, "12,000 x the usual, which is 1 in" },
		{ 5, 0, 0, "5 x the usual, which is 0 in" },
		{ 240, 20, 6, "by hour 0, 0, 4, 0, 0, 80, 0, 151 " },
	};
	struct group g = sample_group();
	struct buf out, flat;
	size_t i, k;

	(void)state;
	g.hour = hour;
	buf_init(&out, BODY_MAX);
	buf_init(&flat, BODY_MAX);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&out);
		buf_reset(&flat);
		g.count = t[i].count;
		g.usual = t[i].usual;
		g.nhour = t[i].nhour;
		entry_full(&out, &g, NOVEL_GROWING, &plain, false);
		/* As it is, but for where it is wrapped. */
		for (k = 0; k < out.len; k++)
			if (strncmp(out.p + k, "\n  ", 3) == 0) {
				buf_addc(&flat, ' ');
				k += 2;
			} else
				buf_addc(&flat, out.p[k]);
		if (strstr(buf_str(&flat), t[i].want) == NULL)
			fail_msg("%s", buf_str(&flat));
	}
	buf_free(&flat);
	buf_free(&out);
}

static void
quiet(void **state)
{
	struct group g = sample_group();
	struct buf out;

	(void)state;
	buf_init(&out, BODY_MAX);
	g.count = 0;
	g.seen_count = 1204;
	g.seen_first = NOW - 40 * 86400;
	g.seen_last = NOW - 7200;
	entry_quiet(&out, &g);
	assert_string_equal(buf_str(&out),
	    "error /shop/pay.php:14: Error: no\n"
	    "  the last 21 Nov 05:17:00 UTC; 1,204 in all, since 2026-10-12\n");
	g.quiet_since = NOW - 3600;
	buf_reset(&out);
	entry_quiet(&out, &g);
	assert_non_null(strstr(buf_str(&out), "the last 21 Nov 06:17:00 UTC"));
	buf_free(&out);
}

/* The command and the rule; no name that a shell would read otherwise. */
static void
advice(void **state)
{
	struct report_env env = plain;
	struct group g = sample_group();
	struct buf out;

	(void)state;
	buf_init(&out, BODY_MAX);
	entry_full(&out, &g, NOVEL_NEW, &env, true);
	assert_non_null(strstr(buf_str(&out),
	    "\n  $ site-watchdog explain --group 1f2e3d4c "
	    "/var/log/error.log\n"
	    "  hide: ^PHP Fatal error:  Uncaught Error: no in "
	    "/var/www/example\\.com/shop/pay\\.php:14(, referer: |$)\n"));
	buf_reset(&out);
	env.conf = "/srv/$(reboot)";
	g.file = (char[]){ "/var/log/a b" };
	g.nmessage = 0;
	g.path = NULL;
	entry_full(&out, &g, NOVEL_NEW, &env, true);
	assert_non_null(strstr(buf_str(&out),
	    "\n  $ site-watchdog -c watchdog.conf explain --group 1f2e3d4c "
	    "FILE\n"));
	assert_null(strstr(buf_str(&out), "hide:"));
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(places),
		cmocka_unit_test(lines),
		cmocka_unit_test(growth),
		cmocka_unit_test(quiet),
		cmocka_unit_test(advice),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
