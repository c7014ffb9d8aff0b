/* SPDX-License-Identifier: ISC */
/* What a comment above an ignore rule says about it, and what is prose. */
#include "watchdog/match/ignore_meta.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* What was understood, as one text. */
static void
describe(const struct ignore_meta *m, char *out, size_t size)
{
	snprintf(out, size, "%s|%s|%s|%s-%s|%s|%s", m->day,
	    m->by != NULL ? m->by : "", m->because != NULL ? m->because : "",
	    level_name(m->least), level_name(m->most),
	    m->section != NULL ? m->section : "", m->whole ? "whole" : "");
}

#define NONE "|||none-none||"

static void
clauses(void **state)
{
	static const struct {
		const char *line, *want; /* NULL: a mistake */
	} t[] = {
		{ "# until 2027-03-01", "2027-03-01|||none-none||" },
		{ "  ##until\t2027-03-01 \r", "2027-03-01|||none-none||" },
		{ "# UNTIL 2028-02-29", "2028-02-29|||none-none||" },
		{ "# by joe", "|joe||none-none||" },
		{ "# by Joe Random <joe@example.com>",
		    "|Joe Random <joe@example.com>||none-none||" },
		{ "# because the disk, as we know, is slow",
		    "||the disk, as we know, is slow|none-none||" },
		{ "# only level<=warn", "|||debug-warn||" },
		{ "# only level < warn", "|||debug-notice||" },
		{ "# only level >= error", "|||error-emerg||" },
		{ "# only level>warning", "|||error-emerg||" },
		{ "# only level = warn", "|||warn-warn||" },
		{ "# only level warn", "|||warn-warn||" },
		{ "# only level=Err", "|||error-error||" },
		{ "# only level>=info; only level<=warn", "|||info-warn||" },
		{ "# only level>=error; only level<=warn", "|||error-warn||" },
		{ "# only section /bboard", "|||none-none|/bboard|" },
		{ "# only section /a/../b//c/", "|||none-none|/b/c/|" },
		{ "# whole", "|||none-none||whole" },
		{ "# until 2027-03-01; by joe; because module is being "
		  "replaced; only section /bboard",
		    "2027-03-01|joe|module is being replaced|none-none|"
		    "/bboard|" },
		{ "#;; whole ;; by joe;", "|joe||none-none||whole" },
		{ "# noise of the day; until 2027-03-01",
		    "2027-03-01|||none-none||" },
		{ "# until 2027-03-01; until 2027-04-01",
		    "2027-04-01|||none-none||" },

		/* prose */
		{ "#", NONE },
		{ "# only browsers ask for this", NONE },
		{ "# only level 3 support knows why", NONE },
		{ "# only levelled ground", NONE },
		{ "# only section heads read this", NONE },
		{ "# only", NONE },
		{ "# only level", NONE },
		{ "# only section", NONE },
		{ "# until joe is back", NONE },
		{ "# until", NONE },
		{ "# until 10 requests have come", NONE },
		{ "# until it may be removed", NONE },
		{ "# until2027-03-01", NONE },
		{ "# by default Apache writes this", NONE },
		{ "# by", NONE },
		{ "# because", NONE },
		{ "# whole lines of noise", NONE },
		{ "# the whole", NONE },
		{ "# not until 2027-03-01", NONE },

		/* mistakes */
		{ "# until 2027-02-29", NULL },
		{ "# until 2027-13-01", NULL },
		{ "# until 2027-3-1", NULL },
		{ "# until 2027-03", NULL },
		{ "# until 2027", NULL },
		{ "# until 01.03.2027", NULL },
		{ "# until 3/1/27", NULL },
		{ "# until 2027-03-01 or so", NULL },
		{ "# until 2027-03-01, by joe", NULL },
		{ "# until 1 March", NULL },
		{ "# until March 1st", NULL },
		{ "# only level<=wran", NULL },
		{ "# only level<=", NULL },
		{ "# only level <= 3", NULL },
		{ "# only level wran", NULL },
		{ "# only level<debug", NULL },
		{ "# only level>emerg", NULL },
		{ "# only level<=warn please", NULL },
		{ "# only section bboard", NULL },
		{ "# only section /%00", "|||none-none|/%00|" },
	};
	struct ignore_meta m;
	const char *what;
	char got[300];
	size_t column;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		ignore_meta_init(&m);
		what = ignore_meta_line(&m, t[i].line, strlen(t[i].line),
		    &column);
		describe(&m, got, sizeof got);
		if ((what != NULL) != (t[i].want == NULL) ||
		    (what == NULL && strcmp(got, t[i].want) != 0))
			fail_msg("%s: %s, %s", t[i].line, got,
			    what != NULL ? what : "no mistake");
		ignore_meta_free(&m);
	}
}

static void
several_lines(void **state)
{
	static const char *const line[] = { "# until 2027-03-01", "# prose",
		"# by joe; only level>=notice", "# only level<crit" };
	static const char late[] = "# by joe; until 2027-02-30";
	struct ignore_meta m;
	char got[300];
	size_t column = 99;

	(void)state;
	ignore_meta_init(&m);
	assert_false(ignore_meta_limits(&m));
	for (size_t i = 0; i < 4; i++)
		assert_null(
		    ignore_meta_line(&m, line[i], strlen(line[i]), &column));
	describe(&m, got, sizeof got);
	assert_string_equal(got, "2027-03-01|joe||notice-error||");
	assert_true(ignore_meta_limits(&m));
	assert_int_equal(column, 99);
	assert_non_null(ignore_meta_line(&m, late, sizeof late - 1, &column));
	assert_int_equal(column, 10);
	ignore_meta_free(&m);
	assert_null(ignore_meta_line(&m, "# by joe", 8, &column));
	assert_false(ignore_meta_limits(&m));
	ignore_meta_free(&m);
}

/* The end of a day is that of the local zone. */
static void
days_end(void **state)
{
	static const struct {
		const char *zone;
		int64_t end; /* of 2027-03-28, when Europe's summer begins */
	} t[] = {
		{ "UTC", 1806278400 },
		{ "Europe/Berlin", 1806278400 - 2 * 3600 },
		{ "America/New_York", 1806278400 + 4 * 3600 },
		{ "Asia/Kolkata", 1806278400 - 19800 },
	};
	struct ignore_meta m;
	size_t column;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		setenv("TZ", t[i].zone, 1);
		tzset();
		ignore_meta_init(&m);
		/* the last hour is remembered, and zones do not change */
		assert_null(
		    ignore_meta_line(&m, "#until 2027-03-27", 17, &column));
		assert_null(
		    ignore_meta_line(&m, "#until 2027-03-28", 17, &column));
		if (m.until != t[i].end)
			fail_msg("%s: %lld", t[i].zone, (long long)m.until);
		ignore_meta_free(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clauses),
		cmocka_unit_test(several_lines),
		cmocka_unit_test(days_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
