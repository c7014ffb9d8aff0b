/* SPDX-License-Identifier: ISC */
/* Bytes made safe to show: tables, and properties over random bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"

/* A string constant with its length, NULs included. */
#define S(s) \
	{ \
		s, sizeof(s) - 1 \
	}

struct piece {
	const char *p;
	size_t n;
};

static void
utf8(void **state)
{
	static const struct {
		struct piece in;
		size_t len;
	} table[] = {
		{ S(""), 0 },
		{ S("a"), 1 },
		{ S("\0"), 1 },
		{ S("\x7f"), 1 },
		{ S("\x80"), 0 },
		{ S("\xc1\xbf"), 0 },
		{ S("\xc2\x80"), 2 },
		{ S("\xc2"), 0 },
		{ S("\xc2\x41"), 0 },
		{ S("\xdf\xbf!"), 2 },
		{ S("\xe0\x9f\xbf"), 0 },
		{ S("\xe0\xa0\x80"), 3 },
		{ S("\xe0\xa0"), 0 },
		{ S("\xe0\xa0\x41"), 0 },
		{ S("\xed\x9f\xbf"), 3 },
		{ S("\xed\xa0\x80"), 0 },
		{ S("\xed\xbf\xbf"), 0 },
		{ S("\xee\x80\x80"), 3 },
		{ S("\xef\xbf\xbf"), 3 },
		{ S("\xf0\x8f\xbf\xbf"), 0 },
		{ S("\xf0\x90\x80\x80"), 4 },
		{ S("\xf0\x90\x80"), 0 },
		{ S("\xf4\x8f\xbf\xbf"), 4 },
		{ S("\xf4\x90\x80\x80"), 0 },
		{ S("\xf5\x80\x80\x80"), 0 },
		{ S("\xff\xff\xff\xff"), 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(text_utf8(table[i].in.p, table[i].in.n),
		    table[i].len);
}

/* Every code point, encoded by another's rule, is taken, and read back. */
static void
utf8_all(void **state)
{
	char s[4];
	uint32_t c;
	size_t n;

	(void)state;
	for (c = 0; c < 0x110000; c++) {
		n = 0;
		if (c < 0x80) {
			s[n++] = (char)c;
		} else if (c < 0x800) {
			s[n++] = (char)(0xc0 | c >> 6);
		} else if (c < 0x10000) {
			s[n++] = (char)(0xe0 | c >> 12);
			s[n++] = (char)(0x80 | (c >> 6 & 63));
		} else {
			s[n++] = (char)(0xf0 | c >> 18);
			s[n++] = (char)(0x80 | (c >> 12 & 63));
			s[n++] = (char)(0x80 | (c >> 6 & 63));
		}
		if (c >= 0x80)
			s[n++] = (char)(0x80 | (c & 63));
		if (c >= 0xd800 && c < 0xe000) {
			assert_int_equal(text_utf8(s, n), 0);
			continue;
		}
		assert_int_equal(text_utf8(s, n), n);
		assert_int_equal(text_utf8(s, n - 1), 0);
		assert_int_equal(text_code(s, n), c);
	}
}

static const struct {
	struct piece in;
	const char *line, *block;
} clean_table[] = {
	{ S(""), "", "" },
	{ S("plain ~text!"), "plain ~text!", "plain ~text!" },
	{ S("a\nb"), "a\\x0ab", "a\nb" },
	{ S("a\r\nb"), "a\\x0d\\x0ab", "a\\x0d\nb" },
	{ S("a\tb"), "a b", "a       b" },
	{ S("\tb"), " b", "        b" },
	{ S("1234567\tb"), "1234567 b", "1234567 b" },
	{ S("12345678\tb"), "12345678 b", "12345678        b" },
	{ S("x\n12\tb"), "x\\x0a12 b", "x\n12      b" },
	{ S("\xc3\xa4\tb"), "\xc3\xa4 b", "\xc3\xa4       b" },
	{ S("\x01\tb"), "\\x01 b", "\\x01    b" },
	{ S("a\0b"), "a\\x00b", "a\\x00b" },
	{ S("\x1b[31mred"), "\\x1b[31mred", "\\x1b[31mred" },
	{ S("\x7f"), "\\x7f", "\\x7f" },
	{ S("\xc2\x9b"
	    "2J"),
	    "\\xc2\\x9b2J", "\\xc2\\x9b2J" },
	{ S("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ S("\xe2\x82\xac"), "\xe2\x82\xac", "\xe2\x82\xac" },
	{ S("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	{ S("\xff\xfe"), "\\xff\\xfe", "\\xff\\xfe" },
	{ S("\xc0\xaf"), "\\xc0\\xaf", "\\xc0\\xaf" },
	{ S("\xed\xa0\x80"), "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },
	{ S("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80",
	    "\\xf4\\x90\\x80\\x80" },
	{ S("\xe2\x82"), "\\xe2\\x82", "\\xe2\\x82" },
	{ S("\xe2\x82(\xa1"), "\\xe2\\x82(\\xa1", "\\xe2\\x82(\\xa1" },
	/* U+061C U+200E U+2028 U+202E U+2066 U+FEFF U+FFF9 U+E0041 U+FFFF */
	{ S("\xd8\x9c"), "\\xd8\\x9c", "\\xd8\\x9c" },
	{ S("\xe2\x80\x8e"), "\\xe2\\x80\\x8e", "\\xe2\\x80\\x8e" },
	{ S("\xe2\x80\xa8"), "\\xe2\\x80\\xa8", "\\xe2\\x80\\xa8" },
	{ S("\xe2\x80\xae"), "\\xe2\\x80\\xae", "\\xe2\\x80\\xae" },
	{ S("\xe2\x81\xa6"), "\\xe2\\x81\\xa6", "\\xe2\\x81\\xa6" },
	{ S("\xef\xbb\xbf"), "\\xef\\xbb\\xbf", "\\xef\\xbb\\xbf" },
	{ S("\xef\xbf\xb9"), "\\xef\\xbf\\xb9", "\\xef\\xbf\\xb9" },
	{ S("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81",
	    "\\xf3\\xa0\\x81\\x81" },
	{ S("\xef\xbf\xbf"), "\\xef\\xbf\\xbf", "\\xef\\xbf\\xbf" },
	{ S("\xf0\x9f\xbf\xbe"), "\\xf0\\x9f\\xbf\\xbe",
	    "\\xf0\\x9f\\xbf\\xbe" },
	/* What has no width: soft hyphen, joiners, fillers, variation selectors
	 * and the like. */
	{ S("\xc2\xad"), "\\xc2\\xad", "\\xc2\\xad" },
	{ S("\xcd\x8f"), "\\xcd\\x8f", "\\xcd\\x8f" },
	{ S("\xe1\x85\x9f"), "\\xe1\\x85\\x9f", "\\xe1\\x85\\x9f" },
	{ S("\xe1\x85\xa0"), "\\xe1\\x85\\xa0", "\\xe1\\x85\\xa0" },
	{ S("\xe1\x9e\xb4"), "\\xe1\\x9e\\xb4", "\\xe1\\x9e\\xb4" },
	{ S("\xe1\xa0\x8b"), "\\xe1\\xa0\\x8b", "\\xe1\\xa0\\x8b" },
	{ S("\xe1\xa0\x8e"), "\\xe1\\xa0\\x8e", "\\xe1\\xa0\\x8e" },
	{ S("\xe2\x80\x8b"), "\\xe2\\x80\\x8b", "\\xe2\\x80\\x8b" },
	{ S("\xe2\x80\x8c"), "\\xe2\\x80\\x8c", "\\xe2\\x80\\x8c" },
	{ S("\xe2\x80\x8d"), "\\xe2\\x80\\x8d", "\\xe2\\x80\\x8d" },
	{ S("\xe2\x81\xa0"), "\\xe2\\x81\\xa0", "\\xe2\\x81\\xa0" },
	{ S("\xe2\x81\xa4"), "\\xe2\\x81\\xa4", "\\xe2\\x81\\xa4" },
	{ S("\xe2\x81\xaa"), "\\xe2\\x81\\xaa", "\\xe2\\x81\\xaa" },
	{ S("\xe3\x85\xa4"), "\\xe3\\x85\\xa4", "\\xe3\\x85\\xa4" },
	{ S("\xef\xb8\x80"), "\\xef\\xb8\\x80", "\\xef\\xb8\\x80" },
	{ S("\xef\xb8\x8f"), "\\xef\\xb8\\x8f", "\\xef\\xb8\\x8f" },
	{ S("\xef\xbe\xa0"), "\\xef\\xbe\\xa0", "\\xef\\xbe\\xa0" },
	{ S("\xf3\xa0\x84\x80"), "\\xf3\\xa0\\x84\\x80",
	    "\\xf3\\xa0\\x84\\x80" },
	{ S("\xf3\xa0\x87\xaf"), "\\xf3\\xa0\\x87\\xaf",
	    "\\xf3\\xa0\\x87\\xaf" },
	/* Neighbours of the hidden ones stay. */
	{ S("\xe2\x80\x90\xe2\x80\xaf\xe2\x81\x9f"),
	    "\xe2\x80\x90\xe2\x80\xaf\xe2\x81\x9f",
	    "\xe2\x80\x90\xe2\x80\xaf\xe2\x81\x9f" },
	{ S("\xc2\xac\xc2\xae\xe3\x85\xa3\xe3\x85\xa5"),
	    "\xc2\xac\xc2\xae\xe3\x85\xa3\xe3\x85\xa5",
	    "\xc2\xac\xc2\xae\xe3\x85\xa3\xe3\x85\xa5" },
	{ S("\xc2\xa0"), "\xc2\xa0", "\xc2\xa0" },
};

static void
clean(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < sizeof clean_table / sizeof *clean_table; i++) {
		buf_reset(&b);
		assert_true(text_clean(&b, clean_table[i].in.p,
		    clean_table[i].in.n, TEXT_LINE));
		assert_string_equal(buf_str(&b), clean_table[i].line);
		buf_reset(&b);
		assert_true(text_clean(&b, clean_table[i].in.p,
		    clean_table[i].in.n, TEXT_BLOCK));
		assert_string_equal(buf_str(&b), clean_table[i].block);
	}
	buf_free(&b);
}

/* At each maximum: a prefix, whole characters, and the truth about it. */
static void
clean_cut(void **state)
{
	static const char in[] = "ab\x01\xe2\x82\xac\tz\n\xff!";
	static const char out[] = "ab\\x01\xe2\x82\xac z\n\\xff!";
	static const char ends[] = "012...6..9abc...gh"; /* where it may end */
	struct buf b;
	size_t max;
	bool ok;

	(void)state;
	for (max = 0; max < sizeof out + 2; max++) {
		buf_init(&b, max);
		ok = text_clean(&b, in, sizeof in - 1, TEXT_BLOCK);
		assert_int_equal(ok, max >= sizeof out - 1);
		assert_int_equal(b.full, !ok);
		assert_memory_equal(buf_str(&b), out, b.len);
		assert_true(max >= sizeof out - 1 || b.len + 4 > max);
		assert_true(ends[b.len] != '.');
		buf_free(&b);
	}
}

static void
shorten(void **state)
{
	static const struct {
		struct piece in;
		size_t max;
		const char *out;
	} table[] = {
		{ S(""), 0, "" },
		{ S(""), 5, "" },
		{ S("abc"), 0, "" },
		{ S("abc"), 1, "\xe2\x80\xa6" },
		{ S("abc"), 2, "a\xe2\x80\xa6" },
		{ S("abc"), 3, "abc" },
		{ S("a"), 1, "a" },
		{ S("\xc3\xa4\xc3\xb6\xc3\xbc"), 3,
		    "\xc3\xa4\xc3\xb6\xc3\xbc" },
		{ S("\xc3\xa4\xc3\xb6\xc3\xbc"), 2, "\xc3\xa4\xe2\x80\xa6" },
		{ S("\x01"), 3, "\xe2\x80\xa6" },
		{ S("\x01"), 4, "\\x01" },
		{ S("\x01"
		    "b"),
		    4, "\xe2\x80\xa6" },
		{ S("\x01"
		    "b"),
		    5,
		    "\\x01"
		    "b" },
		{ S("a\nb\nc"), 7, "a\\x0ab\xe2\x80\xa6" },
		{ S("abcdefgh\xff"), 9, "abcdefgh\xe2\x80\xa6" },
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100);
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		buf_reset(&b);
		buf_adds(&b, "<");
		text_shorten(&b, table[i].in.p, table[i].in.n, table[i].max);
		assert_int_equal(b.p[0], '<');
		assert_string_equal(buf_str(&b) + 1, table[i].out);
	}
	buf_free(&b);
}

static void
wrap(void **state)
{
	static const struct {
		const char *in;
		size_t width;
		const char *indent, *out;
	} table[] = {
		{ "", 10, "> ", "" },
		{ "one two three", 80, "", "one two three" },
		{ "one two three", 80, "  ", "  one two three" },
		{ "one two three", 7, "", "one two\nthree" },
		{ "one two three", 6, "", "one\ntwo\nthree" },
		{ "one two three", 9, "  ", "  one two\n  three" },
		{ "one  two   three", 8, "", "one  two\nthree" },
		{ "  one", 8, "", "  one" },
		{ "one   ", 8, "", "one" },
		{ "one\ttwo", 8, "", "one two" },
		{ "abcdefghij", 4, "", "abcd\nefgh\nij" },
		{ "a bcdefghij", 4, "", "a\nbcde\nfghi\nj" },
		{ "abcd\x01"
		  "e",
		    6, "", "abcd\n\\x01e" },
		{ "\x01\x01", 2, "", "\\x01\n\\x01" },
		{ "ab", 0, "", "a\nb" },
		{ "ab", 3, ">>> ", ">>> a\n>>> b" },
		{ "a\n\nb", 5, "  ", "  a\n\n  b" },
		{ "a\n", 5, "", "a\n" },
		{ "\xc3\xa4\xc3\xb6 \xc3\xbc", 4, "",
		    "\xc3\xa4\xc3\xb6 \xc3\xbc" },
		{ "\xc3\xa4\xc3\xb6\xc3\xbc", 2, "",
		    "\xc3\xa4\xc3\xb6\n\xc3\xbc" },
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		buf_reset(&b);
		text_wrap(&b, table[i].in, strlen(table[i].in), table[i].width,
		    table[i].indent);
		assert_string_equal(buf_str(&b), table[i].out);
	}
	buf_free(&b);
}

static bool
is_safe(const char *s, size_t n)
{
	char shown[TEXT_SHOWN];
	size_t i, k, len;

	for (i = 0; i < n; i += k) {
		k = text_show(s + i, n - i, shown, &len);
		if (s[i] != '\n' && (len != k || memcmp(shown, s + i, k) != 0))
			return false;
	}
	return true;
}

/* What comes out is safe, and stays as it is when cleaned again. */
static void
random_bytes(void **state)
{
	static const char likely[] = "\n\t \x1b\xc2\xe2\x80\x9b\xae\xf0\xff\\x";
	char in[200];
	struct buf b, c;
	unsigned seed = 1;
	size_t i, n, round;

	(void)state;
	buf_init(&b, 100000);
	buf_init(&c, 100000);
	for (round = 0; round < 20000; round++) {
		n = round % sizeof in;
		for (i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			in[i] = (char)(seed >> 24 & 1 ?
				seed >> 16 :
				(unsigned)likely[(seed >> 16) % sizeof likely]);
		}
		buf_reset(&b);
		buf_reset(&c);
		text_clean(&b, in, n, TEXT_BLOCK);
		assert_true(is_safe(buf_str(&b), b.len));
		text_clean(&c, buf_str(&b), b.len, TEXT_BLOCK);
		assert_string_equal(buf_str(&b), buf_str(&c));
		buf_reset(&b);
		text_shorten(&b, in, n, round % 37);
		text_wrap(&b, in, n, round % 23, "  ");
		assert_true(is_safe(buf_str(&b), b.len));
	}
	buf_free(&b);
	buf_free(&c);
}

static void
count(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(text_count(out, 0), "0");
	assert_string_equal(text_count(out, 999), "999");
	assert_string_equal(text_count(out, 1000), "1,000");
	assert_string_equal(text_count(out, 1234567), "1,234,567");
	assert_string_equal(text_count(out, -1), "-1");
	assert_string_equal(text_count(out, -999), "-999");
	assert_string_equal(text_count(out, -123456), "-123,456");
	assert_string_equal(text_count(out, LLONG_MAX),
	    "9,223,372,036,854,775,807");
	assert_string_equal(text_count(out, LLONG_MIN),
	    "-9,223,372,036,854,775,808");
}

static void
nearest(void **state)
{
	static const char *const names[] = { "route", "ignore", "owner",
		"silent-after", "mail" };
	char longest[100];
	size_t n = sizeof names / sizeof *names;

	(void)state;
	assert_string_equal(text_nearest("route", names, n), "route");
	assert_string_equal(text_nearest("roue", names, n), "route");
	assert_string_equal(text_nearest("ruote", names, n), "route");
	assert_string_equal(text_nearest("mial", names, n), "mail");
	assert_string_equal(text_nearest("ignroe", names, n), "ignore");
	assert_string_equal(text_nearest("silent_after", names, n),
	    "silent-after");
	assert_string_equal(text_nearest("silentafer", names, n),
	    "silent-after");
	assert_null(text_nearest("format", names, n));
	assert_null(text_nearest("", names, n));
	assert_null(text_nearest("route", names, 0));
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_null(text_nearest(longest, names, n));
	longest[64] = '\0';
	assert_null(text_nearest(longest, names, n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8),
		cmocka_unit_test(utf8_all),
		cmocka_unit_test(clean),
		cmocka_unit_test(clean_cut),
		cmocka_unit_test(shorten),
		cmocka_unit_test(wrap),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(count),
		cmocka_unit_test(nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
