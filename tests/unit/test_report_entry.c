/* SPDX-License-Identifier: ISC */
/* One group in a report: its times, and the rule that a mail proposes. */
#include "watchdog/tell/report_entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "watchdog/match/group.h"
#include "watchdog/match/ignore.h"

#define NOW 1795245420 /* Sat 21 Nov 2026 07:17:00 UTC */
#define BODY_MAX (256 * 1024)

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
		entry_full(&out, &g, NOVEL_NEW);
		assert_non_null(strstr(buf_str(&out), t[i].want));
	}
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	buf_reset(&out);
	g.first = 1792887600; /* 25 Oct 2026, the night clocks are set back */
	g.last = g.first + 3600;
	entry_full(&out, &g, NOVEL_NEW);
	assert_non_null(
	    strstr(buf_str(&out), "  25 Oct 02:20:00 CEST to 02:20:00 CET\n"));
	setenv("TZ", "UTC", 1);
	tzset();
	buf_free(&out);
}

static void
no_error(void *arg, const char *file, int line, const char *pattern,
    size_t column, const char *what)
{
	(void)arg;
	(void)file;
	fail_msg("%d:%zu: %s in %s", line, column, what, pattern);
}

/* The rule that a mail proposes hides the record, and another number's. */
static void
rules_hide_their_record(void **state)
{
	static const char *const message[] = {
		"PHP Warning:  Undefined variable $page in /a/b.php on line 3",
		"a.b*c+d?e|f^g(h)i[j]k{2}l\\m\\Qn\\Eo(*UTF)p(?#q)",
		"# no comment",
		" # none either ",
		"tab\tescape\x1b\xff",
		"R\xc3\xa9sum\xc3\xa9 17",
		"{3,} [[:alpha:]] \\",
		"1",
		"x ",
	};
	char path[] = "/tmp/test_report.XXXXXX";
	const char *paths[] = { path };
	int fd = mkstemp(path);
	struct group g = { 0 };
	struct ignore *set;
	struct buf rule;
	size_t i;

	(void)state;
	assert_int_not_equal(fd, -1);
	buf_init(&rule, BODY_MAX);
	for (i = 0; i < sizeof message / sizeof *message; i++) {
		g.message = (char *)message[i];
		g.nmessage = strlen(message[i]);
		buf_reset(&rule);
		entry_rule(&rule, &g);
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, rule.p, rule.len, 0), rule.len);
		set = ignore_load(paths, 1, 0, no_error, NULL);
		assert_int_equal(ignore_count(set), 1);
		if (ignore_line(set, message[i], strlen(message[i])) != 0)
			fail_msg("%s does not match %s", buf_str(&rule),
			    message[i]);
		assert_int_equal(ignore_line(set, "something else", 14), -1);
		ignore_free(set);
	}
	buf_free(&rule);
	close(fd);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(rules_hide_their_record),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
