/* SPDX-License-Identifier: ISC */
/* The growing buffer, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"

static void
empty(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(b.len, 0);
	assert_null(b.p);
	buf_reset(&b);
	buf_cut(&b, 0);
	s = buf_take(&b);
	assert_string_equal(s, "");
	free(s);
	buf_free(&b);
	buf_free(&b);
	assert_int_equal(b.max, 10);
}

static void
bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_true(buf_add(&b, NULL, 0));
	assert_string_equal(buf_str(&b), "");
	assert_true(buf_add(&b, "a\0b", 3));
	assert_true(buf_addc(&b, '\0'));
	assert_true(buf_adds(&b, "cd"));
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.p, "a\0b\0cd", 7);
	buf_cut(&b, 1);
	assert_string_equal(buf_str(&b), "a");
	assert_true(buf_addf(&b, "%03d%s", 7, "x"));
	assert_string_equal(buf_str(&b), "a007x");
	assert_true(buf_addf(&b, "%s", ""));
	assert_string_equal(buf_str(&b), "a007x");
	buf_free(&b);
}

/* All or nothing, up to the last byte. */
static void
maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_true(buf_adds(&b, "abc"));
	assert_false(buf_adds(&b, "de"));
	assert_true(b.full);
	assert_string_equal(buf_str(&b), "abc");
	assert_true(buf_addc(&b, 'd'));
	assert_true(b.full);
	assert_false(buf_addc(&b, 'e'));
	assert_true(buf_adds(&b, ""));
	assert_string_equal(buf_str(&b), "abcd");
	buf_reset(&b);
	assert_false(b.full);
	assert_int_equal(b.len, 0);
	assert_false(buf_addf(&b, "%d", 12345));
	assert_true(b.full);
	assert_true(buf_addf(&b, "%d", 1234));
	assert_string_equal(buf_str(&b), "1234");
	buf_free(&b);
	buf_init(&b, 0);
	assert_true(buf_adds(&b, ""));
	assert_false(buf_addc(&b, 'x'));
	assert_string_equal(buf_str(&b), "");
	buf_free(&b);
}

/* Every size crosses each growth of the memory once. */
static void
growth(void **state)
{
	struct buf b;
	size_t step, i;

	(void)state;
	for (step = 1; step < 200; step += 13) {
		buf_init(&b, SIZE_MAX);
		for (i = 0; b.len < 20000; i++) {
			char part[200];

			memset(part, (int)(i % 251), step);
			assert_true(buf_add(&b, part, step));
			assert_true(b.cap > b.len);
			assert_int_equal(b.p[b.len], 0);
		}
		for (i = 0; i < b.len; i++)
			assert_int_equal((unsigned char)b.p[i], i / step % 251);
		buf_free(&b);
	}
	for (step = 60; step < 300; step++) {
		buf_init(&b, step);
		for (i = 0; i < step; i++)
			assert_true(buf_addc(&b, 'x'));
		assert_false(buf_addc(&b, 'x'));
		assert_int_equal(strlen(buf_str(&b)), step);
		assert_true(b.cap <= step + 1);
		buf_free(&b);
	}
}

/* A length that would overflow when it is added. */
static void
absurd(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_true(buf_adds(&b, "abc"));
	assert_false(buf_add(&b, "x", SIZE_MAX));
	assert_false(buf_add(&b, "x", SIZE_MAX - 3));
	assert_true(b.full);
	assert_string_equal(buf_str(&b), "abc");
	buf_free(&b);
}

static void
take(void **state)
{
	struct buf b;
	char *s;

	(void)state;
	buf_init(&b, 3);
	buf_adds(&b, "abc");
	assert_false(buf_addc(&b, 'd'));
	s = buf_take(&b);
	assert_string_equal(s, "abc");
	assert_null(b.p);
	assert_false(b.full);
	assert_true(buf_adds(&b, "def"));
	assert_string_equal(s, "abc");
	free(s);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty),
		cmocka_unit_test(bytes),
		cmocka_unit_test(maximum),
		cmocka_unit_test(growth),
		cmocka_unit_test(absurd),
		cmocka_unit_test(take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
