/* SPDX-License-Identifier: ISC */
/* What a mail has when there is much to tell: caps, lists, what is rare. */
#include "watchdog/tell/report.h"

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
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "tests/unit/golden.h"
#include "tests/unit/mail_aid.h"
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"
#include "watchdog/read/record.h"
#include "watchdog/tell/digest.h"

static void
caps_keep_counts(void **state)
{
	static const struct {
		int groups, known; /* those from the second on were told */
		size_t full, lines;
		const char *more; /* NULL: nothing is left out */
	} t[] = {
		{ 10, 10, 10, 0, NULL },
		{ 11, 11, 10, 1, NULL },
		/* What is new is named, however much there is. */
		{ 1000, 1000, 10, 990, NULL },
		{ 150, 140, 10, 130, "And 10 more known groups (555 records)" },
		{ 100, 0, 10, 90, NULL },
		{ 101, 0, 10, 90, "And 1 more known group (" },
		{ 150, 0, 10, 90, "And 50 more known groups (" },
	};
	struct groups *g;
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, BODY_MAX);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&out);
		g = many(t[i].groups, t[i].known);
		mail(&out, g, &plain);
		assert_int_equal(occurrences(&out, "x error /bboard/x\n"),
		    t[i].full);
		assert_int_equal(occurrences(&out, "x error /bboard/x: "),
		    t[i].lines);
		assert_int_equal(occurrences(&out, " more "),
		    t[i].more != NULL);
		if (t[i].more != NULL)
			assert_non_null(strstr(buf_str(&out), t[i].more));
		assert_int_equal(occurrences(&out, "\n\n\n"), 0);
		groups_free(g);
	}
	buf_free(&out);
}

/* A flood: as many new groups as are kept, and more. */
static void
a_flood_fits(void **state)
{
	static const char *named[200];
	struct groups *g = many(GROUP_MAX + 1500, GROUP_MAX + 1500);
	struct digests ds;
	struct digest *d = digest_of(&ds, g);
	struct buf out;
	size_t i, lines;

	(void)state;
	assert_int_equal(groups_count(g), GROUP_MAX);
	for (i = 0; i < 200; i++)
		named[i] = "PHP Warning:  one that\x1b[31m came too late for a "
			   "group of its own, and is long";
	free(d->named);
	d->named = named;
	d->nnamed = 200;
	buf_init(&out, BODY_MAX);
	report_body(&out, d, &plain);
	assert_false(out.full);
	/* Each is named. */
	lines = occurrences(&out, "x error /bboard/x: ");
	assert_int_equal(lines, GROUP_MAX - DIGEST_GROUPS);
	assert_non_null(strstr(buf_str(&out),
	    "And 1,500 records of other kinds: more than 4096 came at once."
	    "\n  PHP Warning: one that\\x1b[31m came"));
	assert_non_null(strstr(buf_str(&out), "\n  and 100 more\n"));
	d->named = NULL;
	d->nnamed = 0;
	digests_free(&ds);
	buf_free(&out);
	groups_free(g);
}

/* ---- what is easily missed -------------------------------------------- */

/* Forty groups, frequent ones, and one that was seen once. */
static void
the_rare_one_is_on_the_first_screen(void **state)
{
	struct told t = { &root, LEVEL_ERROR, NOW, "/shop/pay.php",
		"PHP Fatal error:  Uncaught Error: card lost in "
		"/srv/www/shop/pay.php:14",
		"", 0, 1 };
	struct groups *g = many(39, 39);
	const char *p;
	struct buf out;
	int lines = 1;

	(void)state;
	t.route = &bboard;
	tell(g, &t);
	buf_init(&out, BODY_MAX);
	mail(&out, g, &plain);
	p = strstr(buf_str(&out),
	    "RARE: seen once or twice, and not before\n\n"
	    "1 x error /shop/pay.php:14: Error: card lost\n\n");
	assert_non_null(p);
	for (; p > buf_str(&out); p--)
		lines += p[-1] == '\n';
	assert_true(lines < 10);
	/* Where most are rare, or few in all, nothing is missed. */
	groups_free(g);
	buf_reset(&out);
	g = many(10, 10);
	mail(&out, g, &plain);
	assert_int_equal(occurrences(&out, "RARE"), 0);
	groups_free(g);
	buf_reset(&out);
	g = many(400, 400);
	mail(&out, g, &plain);
	assert_int_equal(occurrences(&out, "RARE"), 0);
	groups_free(g);
	buf_free(&out);
}

/* ---- roll-ups, and what is quiet -------------------------------------- */

static void
a_daily_mail_says_so(void **state)
{
	struct groups *g = many(1, 1);
	struct digests ds;
	struct digest *d = digest_of(&ds, g);
	struct buf out;

	(void)state;
	d->rollup = true;
	d->since = NOW - 86400;
	buf_init(&out, BODY_MAX);
	report_subject(&out, d, &plain);
	assert_string_equal(buf_str(&out),
	    "[www1] daily: 1 new error in /bboard: kindaa");
	buf_reset(&out);
	report_body(&out, d, &plain);
	assert_non_null(strstr(buf_str(&out),
	    "1 new: 200 records in /bboard since 20 Nov 07:17:00 UTC; the "
	    "gravest is\nerror.  All of this waited for the daily mail.\n"));
	digests_free(&ds);
	buf_free(&out);
	groups_free(g);
}

static void
only_quiet_is_said(void **state)
{
	struct groups *g = many(60, 0);
	const struct group *quiet[60];
	struct digest d = { .owner = "joe@example.com", .quiet = quiet };
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < 60; i++) {
		quiet[i] = groups_at(g, i);
		groups_at(g, i)->quiet_since = NOW - 86400;
		groups_at(g, i)->seen_count = 1204;
	}
	d.nquiet = 1;
	buf_init(&out, BODY_MAX);
	report_subject(&out, &d, &plain);
	assert_string_equal(buf_str(&out),
	    "[www1] 1 error quiet again in /bboard: kindaa");
	d.nquiet = 60;
	buf_reset(&out);
	report_subject(&out, &d, &plain);
	assert_string_equal(buf_str(&out),
	    "[www1] 60 errors quiet again in /bboard: kindaa");
	buf_reset(&out);
	report_body(&out, &d, &plain);
	assert_non_null(strstr(buf_str(&out),
	    "60 quiet again: no record in /bboard since 21 Nov 07:02:00 "
	    "UTC.\n\nQUIET: "));
	assert_int_equal(occurrences(&out,
			     "  the last 20 Nov 07:17:00 UTC; "
			     "1,204 in all"),
	    50);
	assert_non_null(strstr(buf_str(&out), "\nand 10 more\n\n--\n"));
	assert_non_null(strstr(buf_str(&out), "site-watchdog status\n"));
	buf_free(&out);
	groups_free(g);
}

/* The largest records there can be fit into the body. */
static void
the_largest_body(void **state)
{
	static char text[64 * 1024 + 1], message[60001];
	struct told t = { &bboard, LEVEL_ERROR, NOW, "/bboard/x", message, text,
		0, 1 };
	struct groups *g = groups_new();
	struct digests ds;
	struct digest *d;
	struct buf out;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < sizeof text - 1; i++)
		text[i] = i % 3 == 0 ? '\n' : '\xff';
	/* Four bytes for each character that is counted. */
	for (i = 0; i + 4 < sizeof message; i += 4)
		memcpy(message + i, "\xf0\x9f\x98\x80", 4);
	for (k = 0; k < GROUP_MAX; k++) {
		message[0] = (char)('a' + k % 26);
		message[1] = (char)('a' + k / 26 % 26);
		message[2] = (char)('a' + k / 676);
		message[3] = '!';
		tell(g, &t);
	}
	buf_init(&out, BODY_MAX);
	d = digest_of(&ds, g);
	report_body(&out, d, &plain);
	assert_false(out.full);
	assert_int_equal(occurrences(&out, "lines, 65,536 bytes in all)"), 10);
	assert_true(occurrences(&out, "x error /bboard/x: ") > 500);
	assert_int_equal(occurrences(&out, " more groups ("), 1);
	digests_free(&ds);
	buf_free(&out);
	groups_free(g);
}

/* No line is wider, but what is to be copied as it is. */
static void
lines_are_short(void **state)
{
	static const char *const copied[] = { "  $ ", "  hide: ", "  tail " };
	static char site[] = "a.very.long.name.of.a.site.example.com";
	struct groups *g = many(300, 150);
	struct report_env env = plain;
	const char *line, *end;
	struct group *at;
	size_t i, n, k;
	struct buf out;

	(void)state;
	env.conf = "/srv/a/very/long/name/of/a/directory/etc/sitewatch.conf";
	for (i = 0; i < 300; i++) {
		at = groups_at(g, i);
		at->site = site;
		at->level = (enum level)(i % 8);
	}
	buf_init(&out, BODY_MAX);
	mail(&out, g, &env);
	line = strstr(buf_str(&out), "\n\n") + 2;
	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		for (i = 0; i < sizeof copied / sizeof *copied; i++)
			if (strncmp(line, copied[i], strlen(copied[i])) == 0)
				break;
		for (n = 0, k = 0; line + k < end; k++)
			n += ((unsigned char)line[k] & 0xc0) != 0x80;
		if (n > 72 && i == sizeof copied / sizeof *copied)
			fail_msg("%.*s", (int)(end - line), line);
	}
	for (i = 0; i < 300; i++)
		groups_at(g, i)->site = NULL;
	buf_free(&out);
	groups_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caps_keep_counts),
		cmocka_unit_test(a_flood_fits),
		cmocka_unit_test(the_rare_one_is_on_the_first_screen),
		cmocka_unit_test(a_daily_mail_says_so),
		cmocka_unit_test(only_quiet_is_said),
		cmocka_unit_test(the_largest_body),
		cmocka_unit_test(lines_are_short),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
