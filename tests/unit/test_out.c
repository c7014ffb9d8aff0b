/* SPDX-License-Identifier: ISC */
/* Listings: tables and JSON lines, with hostile text in them. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/host/out.h"

static const struct out_column columns[] = {
	{ "source", "SOURCE", OUT_TEXT },
	{ "inode", NULL, OUT_INT },
	{ "lines", "LINES", OUT_INT },
	{ "at", "LAST", OUT_TIME },
	{ "note", "NOTE", OUT_TEXT },
};

enum { SOURCE, INODE, LINES, AT, NOTE, N };

struct row {
	const char *source;
	int64_t inode, lines, at;
	const char *note;
};

static const struct row rows[] = {
	{ "/var/log/a.log", 7, 1234567, 1795243620, "new" },
	{ "gr\xc3\xbc\xc3\x9f", 8, 5, 0, NULL },
	{ "a\x1b[31m\nb", 9, -12, -1, "\"q\\\xff" },
	{ NULL, -1, -1, -1, "" },
};

/* The rows on a stream; -1 stands for a value that is not given. */
static bool
print(FILE *f, bool json, size_t n)
{
	struct out *o = out_open(f, json, columns, N);
	size_t i;

	for (i = 0; i < n; i++) {
		out_string(o, SOURCE, rows[i].source);
		if (rows[i].inode != -1)
			out_int(o, INODE, rows[i].inode);
		if (rows[i].lines != -1)
			out_int(o, LINES, rows[i].lines);
		if (rows[i].at != -1)
			out_int(o, AT, rows[i].at);
		out_string(o, NOTE, rows[i].note);
		out_row(o);
	}
	return out_close(o);
}

static void
expect(bool json, size_t n, const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_true(print(f, json, n));
	fclose(f);
	assert_string_equal(text, expected);
	free(text);
}

static int
utc(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	return 0;
}

static void
table(void **state)
{
	(void)state;
	expect(false, 0, "SOURCE  LINES  LAST  NOTE\n");
	expect(false, 1,
	    "SOURCE              LINES  LAST                 NOTE\n"
	    "/var/log/a.log  1,234,567  21 Nov 06:47:00 UTC  new\n");
	expect(false, 4,
	    "SOURCE              LINES  LAST                 NOTE\n"
	    "/var/log/a.log  1,234,567  21 Nov 06:47:00 UTC  new\n"
	    "gr\xc3\xbc\xc3\x9f                    5  01 Jan 00:00:00 UTC"
	    "  -\n"
	    "a\\x1b[31m\\x0ab        -12  -                    \"q\\\\xff\n"
	    "-                       -  -                    -\n");
}

static void
json(void **state)
{
	(void)state;
	expect(true, 0, "");
	expect(true, 4,
	    "{\"source\":\"/var/log/a.log\",\"inode\":7,\"lines\":1234567,"
	    "\"at\":\"2026-11-21T06:47:00Z\",\"note\":\"new\"}\n"
	    "{\"source\":\"gr\xc3\xbc\xc3\x9f\",\"inode\":8,\"lines\":5,"
	    "\"at\":\"1970-01-01T00:00:00Z\",\"note\":null}\n"
	    "{\"source\":\"a\\u001b[31m\\nb\",\"inode\":9,\"lines\":-12,"
	    "\"at\":null,\"note\":\"\\\"q\\\\\\\\xff\"}\n"
	    "{\"source\":null,\"inode\":null,\"lines\":null,\"at\":null,"
	    "\"note\":\"\"}\n");
}

static void
json_strings(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} t[] = {
		{ "", 0, "\"\"" },
		{ "a/b", 3, "\"a/b\"" },
		{ "\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\\u007f\"" },
		{ "\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"" },
		{ "\"\\", 2, "\"\\\"\\\\\"" },
		{ "\xff", 1, "\"\\\\xff\"" },
		{ "\xc3", 1, "\"\\\\xc3\"" },
		{ "\xed\xa0\x80", 3, "\"\\\\xed\\\\xa0\\\\x80\"" },
		{ "\xc2\x9b", 2, "\"\\u009b\"" },
		{ "\xe2\x80\xae", 3, "\"\\u202e\"" },
		{ "\xe2\x80\xa8", 3, "\"\\u2028\"" },
		{ "\xef\xbb\xbf", 3, "\"\\ufeff\"" },
		{ "\xf3\xa0\x81\x81", 4, "\"\\udb40\\udc41\"" },
		{ "\xf4\x8f\xbf\xbf", 4, "\"\\udbff\\udfff\"" },
		{ "\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\"" },
		{ "\xe2\x82\xac", 3, "\"\xe2\x82\xac\"" },
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&b);
		out_json_string(&b, t[i].in, t[i].n);
		assert_string_equal(buf_str(&b), t[i].out);
	}
	buf_free(&b);
}

/* A value given twice is the last one; an empty one shows as "-". */
static void
again(void **state)
{
	static const struct out_column c[] = { { "a", "A", OUT_INT },
		{ "b", "B", OUT_INT } };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct out *o = out_open(f, false, c, 2);

	(void)state;
	out_int(o, 0, 1);
	out_int(o, 0, INT64_MIN);
	out_text(o, 1, "", 0);
	out_row(o);
	out_string(o, 1, "unfinished row");
	assert_true(out_close(o));
	fclose(f);
	assert_string_equal(text,
	    "                         A  B\n"
	    "-9,223,372,036,854,775,808  -\n");
	free(text);
}

static void
many(void **state)
{
	static const struct out_column c[] = { { "a", "A", OUT_INT } };
	char *text = NULL, *p;
	size_t size, lines = 0;
	FILE *f = open_memstream(&text, &size);
	struct out *o = out_open(f, false, c, 1);
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		out_int(o, 0, i);
		out_row(o);
	}
	assert_true(out_close(o));
	fclose(f);
	for (p = text; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 10001);
	assert_int_equal(size, 10001 * 6);
	free(text);
}

static void
full(void **state)
{
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	assert_false(print(f, false, 4));
	assert_int_equal(errno, ENOSPC);
	fclose(f);
	f = fopen("/dev/full", "w");
	setvbuf(f, NULL, _IONBF, 0);
	assert_false(print(f, true, 4));
	assert_int_equal(errno, ENOSPC);
	fclose(f);
}

/* What a terminal gets for an empty table. */
static void
on_terminal(const char *no_color, const char *term, const char *expected)
{
	char got[200];
	int master = posix_openpt(O_RDWR | O_NOCTTY), fd;
	ssize_t n;
	FILE *f;

	if (master == -1) {
		print_message("no terminal to be had\n");
		skip();
	}
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	fd = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_int_not_equal(fd, -1);
	f = fdopen(fd, "w");
	unsetenv("NO_COLOR");
	unsetenv("TERM");
	if (no_color != NULL)
		setenv("NO_COLOR", no_color, 1);
	if (term != NULL)
		setenv("TERM", term, 1);
	assert_true(print(f, false, 0));
	n = read(master, got, sizeof got - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, expected);
	fclose(f);
	close(master);
}

static void
terminal(void **state)
{
	static const char plain[] = "SOURCE  LINES  LAST  NOTE\r\n";
	static const char bold[] =
	    "\033[1mSOURCE  LINES  LAST  NOTE\033[0m\r\n";

	(void)state;
	on_terminal(NULL, "xterm", bold);
	on_terminal("", "xterm", bold);
	on_terminal("1", "xterm", plain);
	on_terminal(NULL, "dumb", plain);
	on_terminal(NULL, NULL, plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(json),
		cmocka_unit_test(json_strings),
		cmocka_unit_test(again),
		cmocka_unit_test(many),
		cmocka_unit_test(full),
		cmocka_unit_test(terminal),
	};

	return cmocka_run_group_tests(tests, utc, NULL);
}
