/* SPDX-License-Identifier: ISC */
/* Hashes that are stored: the values must never change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/hash.h"

/* As `xxhsum -H2` of xxHash 0.8 prints them. */
static void
vectors(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *hex;
	} table[] = {
		{ "", 0, "99aa06d3014798d86001c324468d497f" },
		{ "a", 1, "a96faf705af16834e6c632b61e964e1f" },
		{ "sitewatch", 9, "5bb6a46f6d841e193b3d2687d981e860" },
		{ "\0", 1, "a6cd5e9392000f6ac44bdff4074eecdb" },
	};
	char out[HASH_TEXT], big[5000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++)
		assert_string_equal(hash_hex(hash_bytes(table[i].in,
						 table[i].n),
					out),
		    table[i].hex);
	for (i = 0; i < sizeof big; i++)
		big[i] = (char)(i % 251);
	/* XXH3 takes another way for each of these lengths. */
	assert_string_equal(hash_hex(hash_bytes(big, 16), out),
	    "72950631827607e2842812cc870dcae2");
	assert_string_equal(hash_hex(hash_bytes(big, 128), out),
	    "14792fc3af88dc6c05321a0b64d67b41");
	assert_string_equal(hash_hex(hash_bytes(big, 240), out),
	    "65b5be86da5540e7c92b68e16f83bbb6");
	assert_string_equal(hash_hex(hash_bytes(big, 5000), out),
	    "b92ec02c39d33ce7b418500fc42320ee");
}

static void
equality(void **state)
{
	struct hash a = hash_bytes("a", 1), b = hash_bytes("b", 1), c = a;

	(void)state;
	assert_true(hash_equal(a, a));
	assert_false(hash_equal(a, b));
	c.lo ^= 1;
	assert_false(hash_equal(a, c));
	c = a;
	c.hi ^= UINT64_C(1) << 63;
	assert_false(hash_equal(a, c));
	assert_true(hash_equal(hash_bytes(NULL, 0), hash_bytes("x", 0)));
	/* Where it lies in memory does not matter. */
	assert_true(
	    hash_equal(hash_bytes(&"xyzabc"[3], 3), hash_bytes("abc", 3)));
}

static void
parse(void **state)
{
	static const char *const wrong[] = { "", "0",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcdef0",
		"0123456789abcdef0123456789abcdeg",
		"0123456789abcdef 123456789abcdef",
		"-123456789abcdef0123456789abcdef",
		"0x23456789abcdef0123456789abcdef" };
	struct hash h = { 1, 2 };
	char out[HASH_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_false(hash_parse(wrong[i], &h));
		assert_true(h.hi == 1 && h.lo == 2);
	}
	assert_true(hash_parse("0123456789ABCDEFfedcba9876543210", &h));
	assert_true(h.hi == UINT64_C(0x0123456789abcdef));
	assert_true(h.lo == UINT64_C(0xfedcba9876543210));
	assert_string_equal(hash_hex(h, out),
	    "0123456789abcdeffedcba9876543210");
	assert_true(hash_parse("ffffffffffffffffffffffffffffffff", &h));
	assert_true(h.hi == UINT64_MAX && h.lo == UINT64_MAX);
	assert_true(hash_parse("00000000000000000000000000000000", &h));
	assert_true(h.hi == 0 && h.lo == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(equality),
		cmocka_unit_test(parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
