/* SPDX-License-Identifier: ISC */
/* Allocation: results, and the end when there is nothing left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "tests/unit/child.h"

static void
copies(void **state)
{
	char *s;

	(void)state;
	s = xstrdup("");
	assert_string_equal(s, "");
	free(s);
	s = xstrdup("abc");
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("abc", 2);
	assert_string_equal(s, "ab");
	free(s);
	s = xstrndup("abc", 9);
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("abc", 0);
	assert_string_equal(s, "");
	free(s);
	s = xasprintf("%s-%d", "a", 7);
	assert_string_equal(s, "a-7");
	free(s);
}

static void
nothing_is_something(void **state)
{
	char *p;

	(void)state;
	p = xmalloc(0);
	assert_non_null(p);
	p = xreallocarray(p, 0, 8);
	assert_non_null(p);
	p = xreallocarray(p, 4, 2);
	memset(p, 1, 8);
	free(p);
	p = xreallocarray(NULL, 3, 1);
	memset(p, 1, 3);
	free(p);
	p = xcalloc(0, 8);
	assert_non_null(p);
	free(p);
	p = xcalloc(3, 2);
	assert_memory_equal(p, "\0\0\0\0\0\0", 6);
	free(p);
}

static void
overflow(void *arg)
{
	volatile size_t n = SIZE_MAX / 2;

	free(xreallocarray(arg, n, 3));
}

static void
huge(void *arg)
{
	volatile size_t n = SIZE_MAX / 4;

	(void)arg;
	free(xmalloc(n));
}

static void
huge_zeroed(void *arg)
{
	volatile size_t n = SIZE_MAX / 4;

	(void)arg;
	free(xcalloc(n, 1));
}

static void
ends_the_program(void **state)
{
	void (*const how[])(void *) = { overflow, huge, huge_zeroed };
	char text[256];
	size_t i, n = 3;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	n = 1; /* ASan has an opinion of its own on the others */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	n = 1;
#endif
#endif
	for (i = 0; i < n; i++) {
		assert_int_equal(child_run(how[i], NULL, text, sizeof text),
		    71);
		assert_non_null(strstr(text, "test_xmem: out of memory\n"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(nothing_is_something),
		cmocka_unit_test(ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
