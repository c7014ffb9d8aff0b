/* SPDX-License-Identifier: ISC */
/* When silent witnesses mean that it is us. */
#include "uptime/judge/self.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
two_thirds_are_silent(void **state)
{
	static const struct {
		int answered, asked;
		bool online;
	} t[] = {
		{ 0, 0, true }, /* nobody to ask excuses nothing */
		{ 0, 1, false },
		{ 1, 1, true },
		{ 0, 2, false },
		{ 1, 2, true },
		{ 2, 2, true },
		{ 0, 3, false },
		{ 1, 3, false },
		{ 2, 3, true },
		{ 3, 3, true },
		{ 1, 4, false },
		{ 2, 4, true },
		{ 1, 5, false },
		{ 2, 5, true },
		{ 2, 6, false },
		{ 3, 6, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (self_online(t[i].answered, t[i].asked) != t[i].online)
			fail_msg("%d of %d", t[i].answered, t[i].asked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_thirds_are_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
