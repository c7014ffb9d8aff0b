/* SPDX-License-Identifier: ISC */
/* Names, serials and words of the DNS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "uptime/dns/answer.h"

static void
names_as_wire(void **state)
{
#define L63 "012345678901234567890123456789012345678901234567890123456789012"
	static const struct {
		const char *text;
		size_t n;
	} t[] = {
		{ "", 1 },
		{ ".", 1 },
		{ "a", 3 },
		{ "a.", 3 },
		{ "a.b", 5 },
		{ "\\a\\066", 4 },
		{ "a\\.", 4 },
		{ L63, 65 },
		{ L63 "3", 0 },
		{ L63 "." L63 "." L63 "." L63, 0 },
		{ L63 "." L63 "." L63 ".0123456789012345678901234567890"
		      "123456789012345678901234567890",
		    255 },
		{ L63 "." L63 "." L63 ".0123456789012345678901234567890"
		      "123456789012345678901234567890.",
		    255 },
		{ L63 "." L63 "." L63 ".01234567890123456789012345678901"
		      "123456789012345678901234567890",
		    0 },
		{ L63 "." L63 "." L63 ".0123456789012345678901234567890"
		      "123456789012345678901234567890.a",
		    0 },
		{ "..", 0 },
		{ ".a", 0 },
		{ "a..b", 0 },
		{ "a..", 0 },
		{ "\\", 0 },
		{ "\\1", 0 },
		{ "\\12", 0 },
		{ "\\256", 0 },
		{ "\\1a2", 0 },
	};
	unsigned char wire[NAME_WIRE];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (name_wire(t[i].text, wire) != t[i].n)
			fail_msg("\"%s\": %zu", t[i].text,
			    name_wire(t[i].text, wire));
}

static void
names_compared(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal, below;
	} t[] = {
		{ "", "", true, true },
		{ ".", "", true, true },
		{ "a.test", "A.TEST.", true, true },
		{ "a.test", "test", false, true },
		{ "a.test.", "test", false, true },
		{ "a.test", "", false, true },
		{ "a.test", ".", false, true },
		{ "test", "a.test", false, false },
		{ "", "test", false, false },
		{ "atest", "test", false, false },
		{ "a\\.test", "test", false, false },
		{ "a\\\\.test", "test", false, true },
		{ "test\\.", "test", false, false },
		{ "test\\.", "test\\..", true, true },
		{ "a.b", "a.c", false, false },
	};
	static const struct {
		const char *name;
		int labels;
	} l[] = { { "", 0 }, { ".", 0 }, { "a", 1 }, { "a.", 1 }, { "a.b", 2 },
		{ "a\\.b", 1 }, { "a\\\\.b.", 2 }, { "a\\.", 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (name_equal(t[i].a, t[i].b) != t[i].equal ||
		    name_equal(t[i].b, t[i].a) != t[i].equal ||
		    name_below(t[i].a, t[i].b) != t[i].below)
			fail_msg("\"%s\" and \"%s\"", t[i].a, t[i].b);
	for (size_t i = 0; i < sizeof l / sizeof *l; i++)
		if (name_labels(l[i].name) != l[i].labels)
			fail_msg("\"%s\"", l[i].name);
}

static void
serials(void **state)
{
	static const struct {
		uint32_t a, b;
		bool before;
	} t[] = {
		{ 1, 2, true },
		{ 2, 1, false },
		{ 1, 1, false },
		{ 0xffffffff, 0, true },
		{ 0, 0xffffffff, false },
		{ 0, 0x7fffffff, true },
		{ 0, 0x80000000, false }, /* undefined */
		{ 0x80000000, 0, false },
		{ 0, 0x80000001, false },
		{ 0x80000001, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (serial_before(t[i].a, t[i].b) != t[i].before)
			fail_msg("%u and %u", t[i].a, t[i].b);
}

static void
words(void **state)
{
	char out[16];

	(void)state;
	assert_string_equal(rcode_text(RCODE_NXDOMAIN, out), "NXDOMAIN");
	assert_string_equal(rcode_text(4095, out), "RCODE4095");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_as_wire),
		cmocka_unit_test(names_compared),
		cmocka_unit_test(serials),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
