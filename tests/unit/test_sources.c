/* SPDX-License-Identifier: ISC */
/* Which log a file is read for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "watchdog/conf.h"
#include "watchdog/sources.h"

static const char *const names[] = { "a.log", "b.log", "b.log.1", "c.log" };
#define NAMES (sizeof names / sizeof *names)

static void
each_once(void **state)
{
	static char path[4][128];
	struct log_conf log[4] = { { .path = path[0] }, { .path = path[1] },
		{ .path = path[2] }, { .path = path[3] } };
	struct watchdog_conf conf = { .log = log, .nlog = 4 };
	static const char *const pattern[] = { "[ab].log", "*.log", "b.log",
		"none*" };
	static const struct {
		const char *name;
		int log;
		bool globbed, leads;
	} want[] = {
		{ "a.log", 0, true, true },
		{ "c.log", 1, true, true },
		{ "b.log", 2, false, true },
		{ "none*", 3, false, true },
	};
	struct sources all;
	char other[160];

	(void)state;
	for (size_t i = 0; i < NAMES; i++)
		close(open(names[i], O_WRONLY | O_CREAT, 0600));
	for (size_t i = 0; i < 4; i++)
		snprintf(path[i], sizeof path[i], "%s/%s", scratch_dir(),
		    pattern[i]);
	sources_find(&conf, NULL, &all);
	assert_int_equal(all.n, 4);
	for (size_t i = 0; i < all.n; i++) {
		assert_string_equal(strrchr(all.s[i].path, '/') + 1,
		    want[i].name);
		assert_ptr_equal(all.s[i].log, &log[want[i].log]);
		assert_int_equal(all.s[i].globbed, want[i].globbed);
		assert_int_equal(all.s[i].leads, want[i].leads);
	}
	snprintf(other, sizeof other, "%s/b.log.1", scratch_dir());
	assert_ptr_equal(sources_log_of(&all, other), &log[2]);
	snprintf(other, sizeof other, "%s/a.log", scratch_dir());
	assert_ptr_equal(sources_log_of(&all, other), &log[0]);
	snprintf(other, sizeof other, "%s/a.log.old/x", scratch_dir());
	assert_null(sources_log_of(&all, other));
	sources_free(&all);
	for (size_t i = 0; i < NAMES; i++)
		unlink(names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_once),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
