/* SPDX-License-Identifier: ISC */
/* Dates in HTTP's headers. */
#include "uptime/judge/check_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
dates(void **state)
{
	static const struct {
		const char *text;
		int64_t t; /* -1: none */
	} t[] = {
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Tue, 29 Feb 2000 23:59:59 GMT", 951868799 },
		{ "Wed, 01 Mar 2000 00:00:00 GMT", 951868800 },
		{ "Sat, 21 Nov 2026 00:00:00 GMT", 1795219200 },
		{ "Mon, 01 Mar 2100 00:00:00 GMT", 4107542400 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", -1 },
		{ "Sun Nov  6 08:49:37 1994", -1 },
		{ "Sun, 06 Nov 1994 08:49:37 CET", -1 },
		{ "Sun, 06 nov 1994 08:49:37 GMT", -1 },
		{ "Sun, 06 anF 1994 08:49:37 GMT", -1 },
		{ "Sun, 32 Nov 1994 08:49:37 GMT", -1 },
		{ "Sun, 06 Nov 1994 24:49:37 GMT", -1 },
		{ "Sun, 06 Nov 1994 -1:49:37 GMT", -1 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT ", -1 },
		{ "", -1 },
	};
	int64_t got;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		got = -1;
		if (check_date(t[i].text, strlen(t[i].text), &got) !=
			(t[i].t >= 0) ||
		    got != t[i].t)
			fail_msg("%s: %lld", t[i].text, (long long)got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
