/* SPDX-License-Identifier: ISC */
/* Stack traces of nine languages, line by line. */
#include "watchdog/match/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "watchdog/read/record.h"

static void
add_span(struct buf *b, struct span s)
{
	if (s.n > 0)
		buf_add(b, s.p, s.n);
}

/* One line of text for each line: its part, and of a frame file|function|line,
 * with '*' if it is the site's own and '<' if the innermost comes last. */
static void
describe(struct buf *b, const char *message, const char *rest)
{
	static const char name[] = "?tfrc-";
	struct span m = { message, strlen(message) };
	struct span r = { rest, strlen(rest) };
	enum frames_part part;
	struct frames fs;

	buf_reset(b);
	frames_begin(&fs, m, r);
	while ((part = frames_next(&fs)) != FRAMES_END) {
		buf_addc(b, name[part]);
		if (part != FRAMES_FRAME) {
			if (part != FRAMES_PADDING)
				add_span(b, fs.text);
			buf_addc(b, ' ');
			continue;
		}
		add_span(b, fs.frame.file);
		buf_addc(b, '|');
		add_span(b, fs.frame.function);
		buf_addf(b, "|%u%s%s ", (unsigned)fs.frame.line,
		    frame_own(&fs.frame) ? "*" : "",
		    fs.frame.outer_first ? "<" : "");
	}
}

static void
languages(void **state)
{
	static const struct {
		const char *message, *rest, *out;
	} t[] = {
		/* PHP */
		{ "Uncaught E: x in /a.php:3",
		    "Stack trace:\n#0 /a/vendor/b.php(4): A\\B->f('(5): ')\n"
		    "#1 [internal function]: g()\n#2 /a/(c).php(12): h()\n"
		    "#3 {main}\n  thrown in /a.php on line 3",
		    "tUncaught E: x in /a.php:3 - f/a/vendor/b.php|A\\B->f|4 - "
		    "f/a/(c).php|h|12* - tthrown in /a.php on line 3 " },
		{ "Uncaught E: x in /a.php:3\\nStack trace:\\n#0 /b.php(4): "
		  "f()\\n#1 {main}\\n  thrown in /a.php on line 3",
		    "",
		    "tUncaught E: x in /a.php:3 - f/b.php|f|4* - tthrown in "
		    "/a.php on line 3 " },
		{ "PHP Stack trace:",
		    "PHP   1. {main}() /a/i.php:0\nPHP   2. f($x = '/y:1') "
		    "/a/j.php:17",
		    "- f/a/i.php|{main}|0*< f/a/j.php|f|17*< " },
		/* Java */
		{ "java.lang.RuntimeException: x",
		    "\tat com.acme.A.b(A.java:3)\n\tat java.base/java.lang."
		    "Thread.run(Thread.java:9)\n\tat sun.x.Y.z(Native Method)"
		    "\n\tSuppressed: java.io.IOException: y\n\t\tat com.acme."
		    "S.t(S.java:1)\nCaused by: java.io.IOException: z\n\tat "
		    "com.acme.C.d(C.java:4)\n\t... 12 more",
		    "tjava.lang.RuntimeException: x fA.java|com.acme.A.b|3* "
		    "fThread.java|java.base/java.lang.Thread.run|9 f|sun.x.Y."
		    "z|0 - - cCaused by: java.io.IOException: z fC.java|com."
		    "acme.C.d|4* - " },
		{ "boom#012#011at com.acme.A.b(A.java:3)#012#011... 2 more", "",
		    "tboom fA.java|com.acme.A.b|3* - " },
		/* Python */
		{ "ERROR x",
		    "Traceback (most recent call last):\n  File \"/v/lib/"
		    "python3.11/site-packages/d.py\", line 5, in g\n    h()"
		    "\n  File \"/a.py\", line 6, in h\n    x = 1 / 0\n        "
		    "~~^~~\nZeroDivisionError: division by zero\n\nDuring "
		    "handling of the above exception, another exception "
		    "occurred:\n\nTraceback (most recent call last):\n  File "
		    "\"/b.py\", line 7, in <module>\nE: y",
		    "tERROR x - f/v/lib/python3.11/site-packages/d.py|g|5< - "
		    "f/a.py|h|6*< - - rZeroDivisionError: division by zero "
		    "t - t - f/b.py|<module>|7< rE: y " },
		/* Ruby */
		{ "/a.rb:12:in `f': boom (E)",
		    "\tfrom /a.rb:20:in 'block in X#g'\n\tfrom /u/gems/r.rb:3:"
		    "in `h'",
		    "t/a.rb:12:in `f': boom (E) f/a.rb|block in X#g|20* "
		    "f/u/gems/r.rb|h|3 " },
		{ "E (x):", "app/x.erb:10:in `_app_1'",
		    "tE (x): fapp/x.erb|_app_1|10* " },
		/* Node */
		{ "TypeError: x",
		    "    at A.f (/a.js:1:2)\n    at async /b.js:3:4\n    at "
		    "g (/a/node_modules/e/i.js:5:6)\n    at node:internal/m:"
		    "7:8\n    at JSON.parse (<anonymous>)",
		    "tTypeError: x f/a.js|A.f|1* f/b.js||3* f/a/node_modules/"
		    "e/i.js|g|5 fnode:internal/m||7 f<anonymous>|JSON.parse|0"
		    " " },
		/* Go */
		{ "panic: boom",
		    "\ngoroutine 1 [running]:\nmain.f(0x1, {0x2})\n\t/a.go:12 "
		    "+0x1d\nnet/http.g(...)\n\t/usr/local/go/src/h.go:3\n\n"
		    "goroutine 2 [chan receive]:\nmain.h()\n\t/b.go:4 +0x1",
		    "tpanic: boom t - - f/a.go|main.f|12* - f/usr/local/go/src"
		    "/h.go|net/http.g|3 - - - - " },
		/* .NET */
		{ "Unhandled exception. A.B: x",
		    " ---> C.D: y\n   at E.F.G(Int32 a, String b) in /a.cs:"
		    "line 12\n   at System.X.Y(Z z)\n   --- End of inner "
		    "exception stack trace ---",
		    "tUnhandled exception. A.B: x c---> C.D: y f/a.cs|E.F.G|12"
		    "* f|System.X.Y|0 - " },
		/* Perl */
		{ "no at /a.pl line 12.",
		    "\tA::b('x called at /z.pl line 1') called at /b.pl line "
		    "3",
		    "tno at /a.pl line 12. f/b.pl|A::b|3* " },
		/* Tcl */
		{ "can't read \"x\": no such variable",
		    "    while executing\n\"set x\"\n    (procedure \"p\" line "
		    "3)\n    invoked from within\n\"p\"\n    (file \"/a.tcl\" "
		    "line 12)",
		    "tcan't read \"x\": no such variable - - f|p|3* - - "
		    "f/a.tcl||12* " },
		/* none */
		{ "at noon", "", "tat noon " },
		{ "goroutine leak", "", "tgoroutine leak " },
		{ "App\\next \\\\n x #0123", "", "tApp\\next \\\\n x #0123 " },
		{ "a\\nB", "", "ta tB " },
		{ "", "", "" },
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 10000);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		describe(&b, t[i].message, t[i].rest);
		if (strcmp(buf_str(&b), t[i].out) != 0)
			fail_msg("%s:\n%s, expected\n%s", t[i].message,
			    buf_str(&b), t[i].out);
	}
	buf_free(&b);
}

static void
places(void **state)
{
	static const struct {
		const char *text, *file;
		uint32_t line;
	} t[] = {
		{ "x in /y.php on line 1 in /a b.php on line 12", "/a b.php",
		    12 },
		{ "E: x in /a.php:12", "/a.php", 12 },
		{ "passed in /l.php on line 3 and expected in /a.php:7",
		    "/a.php", 7 },
		{ "thrown in /a.php on line 12", "/a.php", 12 },
		{ "no at /a.pl line 12, <STDIN> line 3.", "/a.pl", 12 },
		{ "Undefined variable $x at /a/X.php:12)", "/a/X.php", 12 },
		{ "/a.rb:12:in `f': x", "/a.rb", 12 },
		{ "what in / or x", NULL, 0 },
		{ "nothing", NULL, 0 },
		{ "", NULL, 0 },
	};
	struct frame f;
	size_t i;
	bool found;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		found = frames_place((struct span){ t[i].text,
					 strlen(t[i].text) },
		    &f);
		if (found != (t[i].file != NULL) || f.line != t[i].line ||
		    (found &&
			(f.file.n != strlen(t[i].file) ||
			    memcmp(f.file.p, t[i].file, f.file.n) != 0)))
			fail_msg("%s: %.*s %u", t[i].text, (int)f.file.n,
			    f.file.n > 0 ? f.file.p : "", (unsigned)f.line);
	}
}

/* Lines that make each step look far, alone and many of them. */
static void
hostile_texts_cost_little(void **state)
{
	static const char *const piece[] = { "\n", "\\n", "#012", "\nat a(",
		"\n#1 a(1", "#1 (1", "\n  File \"", ":in `", "\n\tx called at ",
		"(1): ", " line ", " in /a:", "\n\tat a(b)", "\nfrom a:1:in '",
		"\n1. f() /x:1", "goroutine 1 [", "': " };
	char *text = xmalloc(RECORD_MAX);
	struct span s = { text, RECORD_MAX }, none = { text, 0 };
	enum frames_part part;
	struct frames fs;
	struct frame f;
	int64_t start;
	size_t i, k, lines;

	(void)state;
	for (i = 0; i < sizeof piece / sizeof *piece; i++) {
		for (k = 0; k < RECORD_MAX; k++)
			text[k] = piece[i][k % strlen(piece[i])];
		start = clock_mono();
		frames_begin(&fs, s, i % 2 == 0 ? s : none);
		for (lines = 0; (part = frames_next(&fs)) != FRAMES_END;)
			lines++;
		assert_true(lines <= 2 * RECORD_MAX);
		frames_place(s, &f);
		assert_true(clock_mono() - start < 5000);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(languages),
		cmocka_unit_test(places),
		cmocka_unit_test(hostile_texts_cost_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
