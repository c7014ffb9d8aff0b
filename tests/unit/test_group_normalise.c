/* SPDX-License-Identifier: ISC */
/* What two records of a group share: traces, access logs, quotes, names. */
#include "watchdog/match/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"

struct sample {
	const char *message, *rest, *out;
};

static struct span
span_of(const char *s)
{
	return (struct span){ s, strlen(s) };
}

static void
check(const struct sample *t, size_t n)
{
	struct fields f = { .level = LEVEL_ERROR };
	struct buf b;
	size_t i;

	buf_init(&b, 10000);
	for (i = 0; i < n; i++) {
		buf_reset(&b);
		f.message = span_of(t[i].message);
		f.rest = span_of(t[i].rest);
		group_normalise(&b, &f);
		if (strcmp(buf_str(&b) + strlen("error "), t[i].out) != 0)
			fail_msg("%s:\n%s, expected\nerror %s", t[i].message,
			    buf_str(&b), t[i].out);
	}
	buf_free(&b);
}

static void
marks(void **state)
{
	static const struct sample t[] = {
		/* times */
		{ "2026-11-20 04:00:01.123 UTC [7] x", "", "<time> [#] x" },
		{ "2026-11-20T04:00:01+01:00 2026/11/20 x", "",
		    "<time> <time> x" },
		{ "Fri Nov 20 04:00:01.123456 2026 Nov  2 04:00:01", "",
		    "<time> <time>" },
		{ "20/Nov/2026:04:00:01 +0000 20-Nov-2026 20.11.2026", "",
		    "<time> <time> <time>" },
		{ "November 20 Mon 7 1:2", "", "November # Mon # #:#" },
		/* units */
		{ "took 12.5ms, 3 s, 1,234 bytes, 7 MiB, 5 minutes", "",
		    "took <duration>, # s, <size>, <size>, <duration>" },
		{ "12 mines 3kBx v1.5", "", "# mines #kBx v#" },
		/* addresses */
		{ "bob@example.com, to=<a.b+c@x.example>.", "",
		    "<mail>, to=<value>." },
		{ "@x a@ @", "", "@x a@ @" },
		{ "connect to 127.0.0.1:6379: refused", "",
		    "connect to 127.0.0.1:6379: refused" },
		{ "connect to 192.0.2.1:6379 from 10.0.0.1:5", "",
		    "connect to <ip> from 10.0.0.1:5" },
		{ "client 10.0.0.1:6379", "", "client <ip>" },
		{ "client 192.0.2.1#53 (a.example): x", "", "client <ip>: x" },
		/* quotes */
		{ "Undefined array key \"sort\"", "",
		    "Undefined array key \"sort\"" },
		{ "Duplicate entry 'a' for key 'email'", "",
		    "Duplicate entry <value> for key 'email'" },
		{ "invalid input syntax for type integer: \"abc\"", "",
		    "invalid input syntax for type integer: <value>" },
		{ "relation \"a\" is gone, user \"bob\" too", "",
		    "relation \"a\" is gone, user <value> too" },
		{ "don't 'a b' isn't '' x'y' \"open", "",
		    "don't <value> isn't <value> x'y' \"open" },
		{ "no 'a' or \"b-1\" but \"/c/1.d\"", "",
		    "no 'a' or \"b-#\" but \"/c/#.d\"" },
		{ "'root'@'h'", "", "'root'@<value>" },
		{ "referred by \"\": can't read \"x\"", "",
		    "referred by <value>: can't read \"x\"" },
		{ "a token ' in JSON, token b in JSON", "",
		    "a token <name> in JSON, token <name> in JSON" },
		/* words in front */
		{ "user=bob session=<a=/+> rhost= x=1", "",
		    "user=<value> session=<value> rhost=<value> x=#" },
		{ "Invalid user bob from 192.0.2.1", "",
		    "Invalid user <name> from <ip>" },
		{ "login failed for bob.", "", "login failed for <name>" },
		{ "host a.example said", "", "host <host> said" },
		{ "host a said", "", "host a said" },
		{ "values (a, b) string (x y) f(x) g(xy)", "",
		    "values (<value>) string (<value>) f(<value>) g(xy)" },
		/* paths */
		{ "/tmp/phpA1b2C3 /a/uploads/me.png", "",
		    "/tmp/<name> /a/uploads/<name>" },
		{ "/z/0f/0cc175b9c0f1b6a831c399e269772661", "",
		    "/z/<hex>/<hex>" },
		{ "/z/0f/x", "", "/z/#f/x" },
		/* answers, lines */
		{ "HTTP/1.1 503 then 503", "", "HTTP/# 503 then #" },
		{ "src/a.rs:12:3 a.b:12", "", "src/a.rs:12:# a.b:#" },
		{ "at /a.pl line 12, <STDIN> line 3.", "",
		    "at /a.pl line 12, <STDIN> line #." },
	};

	(void)state;
	check(t, sizeof t / sizeof *t);
}

/* A line of the site's code is known: what it was given is data. */
static void
placed(void **state)
{
	static const struct sample t[] = {
		{ "Undefined array key \"bob\" in /a.php on line 3", "",
		    "Undefined array key <value> in /a.php on line 3" },
		{ "Undefined array key \"bob\" in /vendor/a.php on line 3", "",
		    "Undefined array key \"bob\" in /vendor/a.php on line 3" },
		{ "E: body of \"ann\" is long in /a.php:3", "",
		    "E: body of <value> is long in /a.php:3" },
		{ "E: no product called bob in /a.php:3", "",
		    "E: no product called <name> in /a.php:3" },
		{ "E: no product called bob", "", "E: no product called bob" },
		/* names of the schema and of the code */
		{ "E: for key 'email' in /a.php:3", "",
		    "E: for key 'email' in /a.php:3" },
		{ "Unknown column 'x' in /a.php:3", "",
		    "Unknown column 'x' in /a.php:3" },
		{ "Class \"X\" not found in /a.php:3", "",
		    "Class \"X\" not found in /a.php:3" },
	};

	(void)state;
	check(t, sizeof t / sizeof *t);
}

static void
traces(void **state)
{
	static const struct sample t[] = {
		/* own code, whatever frameworks do */
		{ "x 1",
		    "a.E: no 2\n\tat org.apache.X.y(X.java:1)\n\tat com.a.B.c("
		    "B.java:7)\n\tat com.a.D.e(D.java:8)\nCaused by: b.F: no 3"
		    "\n\tat com.a.G.h(G.java:9)\nCaused by: c.H: no 4",
		    "x #\na.E: no #\ncause Caused by: c.H: no #\nat B.java "
		    "com.a.B.c:7" },
		{ "x", "a.E\n\tat org.apache.X.y(X.java:1)",
		    "x\na.E\nin org.apache.X.y" },
		/* a thrower of the site's own is the place; callers are not */
		{ "E: x in /a.php:3",
		    "Stack trace:\n#0 /b.php(4): f('y')\n#1 {main}\n  thrown "
		    "in /a.php on line 3",
		    "E: x in /a.php:3" },
		{ "E: x in /vendor/a.php:3",
		    "Stack trace:\n#0 /vendor/c.php(5): g()\n#1 /b.php(4): "
		    "f('y')\n#2 /d.php(6): h()",
		    "E: x in /vendor/a.php:#\nat /b.php f:4" },
		/* the page does not count, nor do others that fail alike */
		{ "Internal Server Error: /a/bob/",
		    "Traceback (most recent call last):\n  File \"/a.py\", line"
		    " 1, in f\nE: 1",
		    "Internal Server Error: <page>\nE: #\nat /a.py f:1" },
		/* the innermost is the last, what was raised behind it */
		{ "Traceback (most recent call last):",
		    "  File \"/a.py\", line 1, in f\n    g()\n  File \"/b.py\","
		    " line 2, in g\n    h()\n  File \"/v/site-packages/c.py\","
		    " line 3, in h\nKeyError: 'x'",
		    "\nKeyError: <value>\nat /b.py g:2" },
		{ "x",
		    "Traceback (most recent call last):\n  File \"/a.py\", line"
		    " 1, in f\nE: 1\n\nThe above exception was the direct "
		    "cause of the following exception:\n\nTraceback (most "
		    "recent call last):\n  File \"/b.py\", line 2, in g\nF: 2",
		    "x\nF: #\ncause E: #\nat /b.py g:2" },
		/* lines of no trace do not count */
		{ "x", "y\nz", "x" },
	};

	(void)state;
	check(t, sizeof t / sizeof *t);
}

static void
access_logs(void **state)
{
	static const struct {
		const char *message, *request, *status, *out;
	} t[] = {
		{ "GET /a/17 500", "/a/17?x=1", "", "error GET /a/# 500" },
		{ "POST /a/17 502", "/a/17", "", "error POST /a/# 502" },
		{ "GET a 502", "/a/17", "", "error GET a # at /a/#" },
		{ "GET /x", "/y", "(13)Permission denied",
		    "error (#)Permission denied GET /x" },
	};
	struct fields f = { .level = LEVEL_ERROR };
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&b);
		f.message = span_of(t[i].message);
		f.request = span_of(t[i].request);
		f.status = span_of(t[i].status);
		group_normalise(&b, &f);
		assert_string_equal(buf_str(&b), t[i].out);
	}
	f = (struct fields){ .message = span_of("x"),
		.program = span_of("sshd") };
	buf_reset(&b);
	group_normalise(&b, &f);
	assert_string_equal(buf_str(&b), "none sshd: x");
	buf_free(&b);
}

static void
upstreams(void **state)
{
	struct fields f = { .level = LEVEL_ERROR,
		.request = span_of("/a/b?c"),
		.upstream = span_of("http://127.0.0.1:8000") };
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	f.message = span_of("upstream timed out (110: x)");
	group_normalise(&b, &f);
	assert_string_equal(buf_str(&b),
	    "error upstream timed out (#: x) http://127.0.0.1:8000");
	buf_reset(&b);
	f.message = span_of("client sent too much");
	group_normalise(&b, &f);
	assert_string_equal(buf_str(&b), "error client sent too much at /a/b");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(marks),
		cmocka_unit_test(placed),
		cmocka_unit_test(traces),
		cmocka_unit_test(access_logs),
		cmocka_unit_test(upstreams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
