/* SPDX-License-Identifier: ISC */
/* Which lines continue the one before. */
#include "watchdog/format/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xmem.h"

#define TB "Traceback (most recent call last):"

/* Two or three lines: does the last one continue what is before it? */
static const struct {
	const char *before, *line;
	bool continues;
} t[] = {
	/* whatever is before */
	{ "x", "", true },
	{ "x", "\r", true },
	{ "x", " y", true },
	{ "x", "\ty", true },
	{ "x", "y", false },
	{ "x", "\vy", false },
	{ "x", "Caused by: y", true },
	{ "x", "Caused by y", false },
	{ "x", "Suppressed: y", true },
	{ "x", "Suppressed y", false },
	{ "x", "... 3 more", true },
	{ "x", "...", false },
	{ "x", "Stack trace:", true },
	{ "x", "Stack trace: y", false },
	{ "x", "Stacks", false },
	{ "x", "#0 y", true },
	{ "x", "#19 y", true },
	{ "x", "#0", false },
	{ "x", "#90y", false },
	{ "x", "# y", false },
	{ "x", "#", false },
	{ "x", "}", true },
	{ "x", "} else {", true },
	{ "x", ")", true },
	{ "x", "(", true },
	{ "x", "],", true },
	{ "x", "{;", true },
	{ "x", "[", true },
	{ "x", "{a", false },
	{ "x", "),x", false },
	{ "x", "(a)", false },
	{ "x", "[signal SIGSEGV: y]", true },
	{ "x", "[signal y]", false },
	{ "x", "goroutine 17 [running]:", true },
	{ "x", "goroutine 17 [running]", false },
	{ "x", "goroutine :", false },
	{ "x", "goroutine ", false },
	{ "x", "goroutines 1:", false },
	{ "x",
	    "During handling of the above exception, another exception "
	    "occurred:",
	    true },
	{ "x",
	    "The above exception was the direct cause of the following "
	    "exception:",
	    true },
	{ "x", "During the night", false },
	{ "x", "The above", false },
	/* what only follows trouble */
	{ "x", TB, false },
	{ "an Error", TB, true },
	{ "an eXCeption", TB, true },
	{ "CRIT", TB, true },
	{ "Fatal", TB, true },
	{ "a warning", TB, true },
	{ "it failed", TB, true },
	{ "SEVERE:", TB, true },
	{ "it is x err", TB, true },
	{ "er r", TB, false },
	{ "xxr", TB, false },
	{ "fata", TB, false },
	{ "an error\n", TB, true },
	{ "an error\n  detail", TB, false },
	{ "an error\nx", TB, false },
	{ "an error", "java.io.IOException: y", true },
	{ "an error", "java.io.IOException", true },
	{ "an error", "a.b.C$9Error: y", true },
	{ "an error", "zend.lang.Throwable: y", true },
	{ "an error", "a.Error: y", true },
	{ "an error", "java.io.IOException y", false },
	{ "an error", "java.io.IOExceptions: y", false },
	{ "an error", "java.io.IOStop: y", false },
	{ "an error", "System.IO.IOException: y", true },
	{ "an error", "Shop\\Cart\\CartError: y", false },
	{ "an error", "IOException: y", false },
	{ "an error", "java..IOException: y", false },
	{ "an error", "java.Exception.: y", false },
	{ "an error", "error: y", false },
	{ "an error", "x", false },
	{ "x", "java.io.IOException: y", false },
	{ "java.io.IOException: x", "java.io.IOException: y", false },
	{ "java.io.IOException: x", TB, false },
	/* how a traceback ends */
	{ TB "\n  a", "KeyError", true },
	{ TB "\n  a", "K", true },
	{ TB "\n  a", "Key9_Error: y", true },
	{ TB "\n  a", "a.b.Zap: y", true },
	{ TB "\n  a\n", "KeyError", true },
	{ TB "\n  a", "A:", true },
	{ TB "\n  a", "Key Error", false },
	{ TB "\n  a", "9Key: y", false },
	{ TB "\n  a", ": y", false },
	{ TB "\n  a", "a.: y", false },
	{ TB "\n  a", TB, false },
	{ TB, "KeyError", false },
	{ TB "\n  a\nKeyError", "KeyError", false },
	/* chains */
	{ "During handling of the above exception, another exception "
	  "occurred:",
	    TB, true },
	{ "During handling of the above exception, another exception "
	  "occurred:\n",
	    TB, true },
	{ "The above exception was the direct cause of the following "
	  "exception:",
	    "KeyError", false },
	{ "#0 x", "Next A\\B: y", true },
	{ "#0 x", "Next E", true },
	{ "#0 x\n", "Next E: y", true },
	{ "#0 x", "Next 9", false },
	{ "#0 x", "Next", false },
	{ "Stack trace:", "Next E: y", true },
	{ "x", "Next E: y", false },
	/* Go's stacks */
	{ "goroutine 1 [running]:", "main.main()", true },
	{ "goroutine 1 [running]:\n\t/x.go:5", "a/b.(*C).d(0x1, 0x2)", true },
	{ "goroutine 1 [running]:\nmain.f()", "created by x in y", true },
	{ "goroutine 1 [running]:\nmain.f()\n", "exit status 2", true },
	{ "goroutine 1 [running]:", "it is (x)", false },
	{ "goroutine 1 [running]:", "f(x) y", false },
	{ "goroutine 1 [running]:", "(x)y", false },
	{ "goroutine 1 [running]:", "x)", false },
	{ "goroutine 1 [running]:\nx", "main.main()", false },
	{ "x", "main.main()", false },
	{ "x", "created by y", false },
};

/* Feeds lines, in memory exactly as long; the answer to the last one.  settle:
 * as if each were a block of its own. */
static bool
feed(const char *lines, const char *last, bool settle)
{
	char *copy[8];
	struct trace tr = { .state = TRACE_NONE };
	bool answer = false, more = true;
	size_t n, k = 0;

	while (more) {
		n = strcspn(lines, "\n");
		copy[k] = xmalloc(n);
		memcpy(copy[k], lines, n);
		answer = trace_continues(&tr, copy[k++], n);
		if (settle)
			tr.state = trace_settle(&tr);
		more = lines[n] == '\n' || last != NULL;
		if (lines[n] == '\n') {
			lines += n + 1;
		} else if (last != NULL) {
			lines = last;
			last = NULL;
		}
	}
	while (k > 0)
		free(copy[--k]);
	return answer;
}

static void
table(void **state)
{
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		for (int settle = 0; settle < 2; settle++) {
			if (feed(t[i].before, t[i].line, settle) !=
			    t[i].continues)
				fail_msg("\"%s\" behind \"%s\", %d", t[i].line,
				    t[i].before, settle);
			/* a CR before the line's end changes nothing */
			snprintf(line, sizeof line, "%s\r", t[i].line);
			if (strcmp(line, "\r\r") != 0 &&
			    feed(t[i].before, line, settle) != t[i].continues)
				fail_msg("\"%s\\r\" behind \"%s\"", t[i].line,
				    t[i].before);
		}
	}
}

/* The short cut says nothing that the long way does not say. */
static void
short_cut(void **state)
{
	struct trace tr;
	char line[128];
	int plain = 0;

	(void)state;
	for (int c = 0; c < 256; c++) {
		if (!trace_plain_start((unsigned char)c))
			continue;
		plain++;
		for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
			snprintf(line, sizeof line, "%s", t[i].line);
			line[0] = (char)c;
			tr = (struct trace){ TRACE_START, "an error", 8 };
			assert_false(trace_continues(&tr, line,
			    strlen(line) +
				(line[0] == c && t[i].line[0] == '\0')));
			assert_int_equal(tr.state, TRACE_START);
			assert_ptr_equal(tr.line, line);
		}
	}
	/* a log's first column, and what most texts begin with */
	assert_true(plain >= 10);
	for (const char *p = "0129=*"; *p != '\0'; p++)
		assert_true(trace_plain_start((unsigned char)*p));
	for (const char *p = " \t\r.#}{[]()<^/-BCDENPRSTWfgjnrx"; *p != '\0';
	     p++)
		assert_false(trace_plain_start((unsigned char)*p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(short_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
