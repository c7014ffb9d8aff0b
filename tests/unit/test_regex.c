/* SPDX-License-Identifier: ISC */
/* Patterns: what they find, what is wrong with them, and that they end. */
#include "common/host/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/xmem.h"

static struct regex *
compiled(const char *pattern)
{
	char error[160];
	struct regex *r = regex_compile(pattern, error);

	if (r == NULL)
		fail_msg("%s: %s", pattern, error);
	return r;
}

static void
finds(void **state)
{
	static const struct {
		const char *pattern, *text;
		const char *group; /* NULL: no match; "-": took no part */
	} t[] = {
		{ "b+", "abbc", "bb" },
		{ "b+", "ac", NULL },
		{ "b+", "", NULL },
		{ "x*", "", "" },
		{ "x*$", "a", "" },
		{ "n=(\\d+)", "n=17;", "17" },
		{ "(?:n)=(\\d+)(;)", "n=17;", "17" },
		{ "(a)|b", "b", "-" },
		{ "()b", "ab", "" },
		{ "^success$", "success", "success" },
		{ "^success$", "one\nsuccess\ntwo", "success" },
		{ "^success$", "one\r\nsuccess\r\n", "success" },
		{ "^success$", "one\rsuccess", "success" },
		{ "^success$", "unsuccessful", NULL },
		{ "\\Asuccess\\z", "one\nsuccess", NULL },
		{ "a.c", "a\nc", NULL },
		{ "a.c", "a\rc", NULL },
		{ "(?s)a.c", "a\nc", "a\nc" },
		{ "(?i)OK", "ok", "ok" },
		{ "\xff+", "a\xff\xff", "\xff\xff" },
		{ "a.b",
		    "a\xff"
		    "b",
		    "a\xff"
		    "b" },
		{ "(?<=a)b", "ab", "b" },
		{ "(*NO_JIT)n=(\\d+)", "n=17;", "17" },
		{ "(*NO_JIT)^b$", "a\nb\nc", "b" },
	};
	const char *group;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct regex *r = compiled(t[i].pattern);
		enum regex_result is = regex_search(r, t[i].text,
		    strlen(t[i].text), &group, &n);

		if (is != (t[i].group ? REGEX_MATCH : REGEX_NO_MATCH))
			fail_msg("%s in \"%s\": %d", t[i].pattern, t[i].text,
			    is);
		if (is == REGEX_MATCH && strcmp(t[i].group, "-") == 0) {
			assert_null(group);
			assert_int_equal(n, 0);
		} else if (is == REGEX_MATCH &&
		    (n != strlen(t[i].group) ||
			memcmp(group, t[i].group, n) != 0))
			fail_msg("%s in \"%s\": \"%.*s\"", t[i].pattern,
			    t[i].text, (int)n, group);
		is = regex_search(r, t[i].text, strlen(t[i].text), NULL, NULL);
		assert_int_equal(is, t[i].group ? REGEX_MATCH : REGEX_NO_MATCH);
		regex_free(r);
	}
	regex_free(NULL);
}

static void
nothing_and_zeros(void **state)
{
	static const char zeros[] = "a\0b\0c";
	struct regex *r = compiled("c");

	(void)state;
	assert_int_equal(regex_search(r, NULL, 0, NULL, NULL), REGEX_NO_MATCH);
	assert_int_equal(regex_search(r, zeros, 5, NULL, NULL), REGEX_MATCH);
	assert_int_equal(regex_search(r, zeros, 4, NULL, NULL), REGEX_NO_MATCH);
	regex_free(r);
}

static void
errors_have_a_column(void **state)
{
	static const struct {
		const char *pattern, *column;
	} t[] = {
		{ "a(b", "column 4" },
		{ "a[b", "column 4" },
		{ "(*UTF)a", "column 7" },
		{ "(*UCP)a", "column 7" },
		{ "a\\C", "column 4" },
		{ "?", "column 1" },
	};
	char error[160];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		*error = '\0';
		if (regex_compile(t[i].pattern, error) != NULL)
			fail_msg("%s is fine", t[i].pattern);
		if (strstr(error, t[i].column) == NULL)
			fail_msg("%s: %s", t[i].pattern, error);
	}
}

/* Whatever a stranger sends, and with whatever pattern. */
static void
always_ends(void **state)
{
	static const char *const pattern[] = { "\\w+\\d", "\\w+ \\w+\\d",
		"\\w+\\w+\\d", "^(a+)+$b", "(a|b)*c", "a++(?=.*b)",
		"(.*)(.*)(.*)x", "[ab]{1,9}[ab]{1,9}[ab]{1,9}1",
		"(*NO_JIT)\\w+\\d", "(*NO_JIT)\\w+\\w+\\d", "(*NO_JIT)(a|b)*c",
		"(*NO_JIT)a++(?=.*b)" };
	static const size_t size[] = { 3000, 65536, 1000000 };
	char *text = xmalloc(1000000);
	int64_t started;

	(void)state;
	memset(text, 'a', 1000000);
	for (size_t i = 0; i < sizeof pattern / sizeof *pattern; i++)
		for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
			struct regex *r = compiled(pattern[i]);

			started = clock_mono();
			if (regex_search(r, text, size[k], NULL, NULL) ==
			    REGEX_MATCH)
				fail_msg("%s", pattern[i]);
			if (clock_mono() - started > 3000)
				fail_msg("%s over %zu bytes", pattern[i],
				    size[k]);
			regex_free(r);
		}
	free(text);
}

/* The interpreter sees 64 KiB, and no end there. */
static void
no_end_where_the_search_stops(void **state)
{
	char *text = xmalloc(100000);
	struct regex *r = compiled("(*NO_JIT)aaa$");

	(void)state;
	memset(text, 'a', 100000);
	assert_int_equal(regex_search(r, text, 60000, NULL, NULL), REGEX_MATCH);
	assert_int_equal(regex_search(r, text, 100000, NULL, NULL),
	    REGEX_LIMIT);
	regex_free(r);
	free(text);
}

/* Portions do not lose a match, wherever it is. */
static void
found_anywhere(void **state)
{
	const size_t size = 1000000;
	const char *group;
	char *text = xmalloc(size);
	struct regex *r = compiled("x(y)");
	size_t n;

	(void)state;
	memset(text, 'a', size);
	for (size_t at = 0; at < size - 1; at += at < 300 ? 1 : 99991) {
		memcpy(text + at, "xy", 2);
		assert_int_equal(regex_search(r, text, size, &group, &n),
		    REGEX_MATCH);
		assert_ptr_equal(group, text + at + 1);
		memcpy(text + at, "aa", 2);
	}
	regex_free(r);
	/* behind the last byte, whatever is left for the last portion */
	r = compiled("\\z");
	for (size_t k = 0; k < 700; k++) {
		assert_int_equal(regex_search(r, text, 100000 + k, &group, &n),
		    REGEX_MATCH);
		assert_ptr_equal(group, text + 100000 + k);
	}
	regex_free(r);
	free(text);
}

static void
deep_recursion_gets_its_stack(void **state)
{
	char *text = xmalloc(8001);
	struct regex *r = compiled("^(?:a|b)*c$");
	struct regex *deep = compiled("^((a|b)(?1)?c)$");

	(void)state;
	memset(text, 'a', 8000);
	text[8000] = 'c';
	assert_int_equal(regex_search(r, text, 8001, NULL, NULL), REGEX_MATCH);
	memset(text, 'a', 1000);
	memset(text + 1000, 'c', 1000);
	assert_int_equal(regex_search(deep, text, 2000, NULL, NULL),
	    REGEX_MATCH);
	assert_int_equal(regex_search(deep, text, 2000, NULL, NULL),
	    REGEX_MATCH);
	regex_free(r);
	regex_free(deep);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(nothing_and_zeros),
		cmocka_unit_test(errors_have_a_column),
		cmocka_unit_test(always_ends),
		cmocka_unit_test(no_end_where_the_search_stops),
		cmocka_unit_test(found_anywhere),
		cmocka_unit_test(deep_recursion_gets_its_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
