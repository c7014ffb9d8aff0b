/* SPDX-License-Identifier: ISC */
/* nginx's records: where a line end was forged, and whose upstream failed. */
#include "watchdog/format/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"

static struct buf room = { .max = RECORD_MAX };

#define DN "2026/11/21 06:47:00 "
#define TAIL ", client: 192.0.2.1, server: example.com"

/* nginx cuts a record at 2048 bytes, other builds at 4096: it is whole then,
 * though it lacks its end.  Behind more than that a head is one. */
static void
nginx_cut(void **state)
{
	static const struct {
		size_t first; /* bytes of the first line */
		bool starts;  /* does the second? */
	} t[] = { { 100, false }, { 2047, false }, { 2048, true },
		{ 2049, false }, { 4095, false }, { 4096, true },
		{ 4097, true } };
	static const char head[] = "2026/11/28 18:00:01 [error] 7#7: *1 ";
	struct format_state fs;
	struct buf b;
	uint32_t end[2], key[2];
	uint8_t starts[2];
	struct lines l = { .end = end, .n = 2 };

	(void)state;
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		memset(&fs, 0, sizeof fs);
		buf_reset(&b);
		buf_addf(&b, "%sopen() \"/x", head);
		while (b.len < t[i].first - 1)
			buf_addc(&b, 'x');
		buf_addf(&b, "\n%sfine\n", head);
		end[0] = (uint32_t)t[i].first;
		end[1] = (uint32_t)b.len;
		l.p = buf_str(&b);
		format_nginx.starts(&format_nginx, &fs, &l, starts, key);
		assert_true(starts[0]);
		assert_int_equal(starts[1], t[i].starts);
		assert_int_equal(fs.open, !t[i].starts && b.len < 4096);
	}
	buf_free(&b);
}

static void
nginx_upstream(void **state)
{
	static const struct {
		const char *tail, *upstream;
	} t[] = {
		{ "http://127.0.0.1:80/a\", host: \"h\"",
		    "http://127.0.0.1:80" },
		{ "fastcgi://unix:/run/x.sock:\", host",
		    "fastcgi://unix:/run/"
		    "x.sock" },
		{ "http://unix:/run/x:/y\"", "http://unix:/run/x" },
		{ "fastcgi://10.0.0.1:9\"", "fastcgi://10.0.0.1:9" },
		{ "http://127.0.0.1:8", "" }, /* cut off */
		{ "x\", host: \"h\"", "" },
		{ "", "" },
	};
	struct fields f;
	char record[256];
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		n = snprintf(record, sizeof record,
		    DN "[error] 1#2: *3 a" TAIL
		       ", request: \"GET /x\", upstream: \"%s",
		    t[i].tail);
		format_parse(&format_nginx, record, (size_t)n, &f, &room);
		assert_int_equal(f.upstream.n, strlen(t[i].upstream));
		assert_memory_equal(f.upstream.p, t[i].upstream, f.upstream.n);
	}
}

/* A client's path with a line end and a whole record in it: the request that
 * brought it is the client's own. */
static void
nginx_own_request(void **state)
{
	static const char record[] = DN
	    "[error] 1#1: *7 open() \"/srv/www/news/c\n" DN
	    "[crit] 1#1: *1 open() \"/srv/www/shop/x\" failed (2: No such "
	    "file or directory), client: 192.0.2.66, server: forged.example, "
	    "request: \"GET /shop/x HTTP/1.1\", host: \"h\"\" failed (2: No "
	    "such file or directory)" TAIL ", request: \"GET "
	    "/news/c%0a2026/11/21 HTTP/1.1\", host: \"h\"";
	struct fields f;

	(void)state;
	format_parse(&format_nginx, record, sizeof record - 1, &f, &room);
	assert_int_equal(f.site.n, 11);
	assert_memory_equal(f.site.p, "example.com", 11);
	assert_memory_equal(f.request.p, "/news/c%0a", 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nginx_cut),
		cmocka_unit_test(nginx_upstream),
		cmocka_unit_test(nginx_own_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
