/* SPDX-License-Identifier: ISC */
/*
 * Where a pass over the parts of a log ends: what is told, what is left for the
 * next one, and where that one goes on.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"
#include "watchdog/read/record.h"
#include "watchdog/scan.h"

/* ---- what is left for later ------------------------------------------- */

#define LAST 0 /* flags of a part: nothing follows it */
#define LIVE 1
#define FRESH 2
#define STILL 4
#define JOINS 8
#define TORN 16

struct stretch {
	const char *text; /* '@': a NUL; NULL: there is none */
	int flags;
	int64_t next, pending, hole;
};

/* Records are told apart with "|". */
static const struct {
	const char *name;
	const struct format *format;
	struct stretch part[3];
	const char *told;
} ends[] = {
	{ "one line is told at once", &format_plain,
	    { { "one\ntwo\n", LIVE, 8, 0, 0 } }, "one|two|" },
	{ "of a fresh file it is not", &format_plain,
	    { { "one\ntwo\n", LIVE | FRESH, 4, 0, 0 } }, "one|" },
	{ "the begin of a traceback waits", &format_plain,
	    { { "one\nTraceback (most recent call last):\n", LIVE, 4, 0, 0 } },
	    "one|" },
	{ "so do its frames", &format_plain,
	    { { "Traceback (most recent call last):\n  File \"x\"\n", LIVE, 0,
		0, 0 } },
	    "" },
	{ "not for ever", &format_plain,
	    { { "Traceback (most recent call last):\n  File \"x\"\n",
		LIVE | FRESH | STILL, 46, 0, 0 } },
	    "Traceback (most recent call last):\n  File \"x\"|" },
	{ "a whole one is told", &format_plain,
	    { { "Traceback (most recent call last):\n  File \"x\"\nE: y\n",
		LIVE, 51, 0, 0 } },
	    "Traceback (most recent call last):\n  File \"x\"\nE: y|" },
	{ "PHP's stack waits for {main}", &format_plain,
	    { { "PHP Fatal error: x\nStack trace:\n#0 /x.php(3): f()\n", LIVE,
		0, 0, 0 } },
	    "" },
	{ "and no longer", &format_plain,
	    { { "PHP Fatal error: x\nStack trace:\n#0 {main}\n", LIVE, 42, 0,
		0 } },
	    "PHP Fatal error: x\nStack trace:\n#0 {main}|" },
	{ "in PHP's log for the message's end", &format_php,
	    { { "[28-Nov-2026 19:19:12 UTC] PHP Fatal error:  Uncaught x\n",
		LIVE, 0, 0, 0 } },
	    "" },
	{ "Go's function waits for its place", &format_plain,
	    { { "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n", LIVE, 0, 0,
		0 } },
	    "" },
	{ "and no longer", &format_plain,
	    { { "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1\n",
		LIVE, 54, 0, 0 } },
	    "panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1|" },
	{ "a writer of several waits a while", &format_syslog,
	    { { "Nov 28 19:00:01 h a[1]: Traceback (most recent call last):\n"
		"Nov 28 19:00:01 h b[2]: one\n",
		LIVE, 0, 0, 0 } },
	    "" },
	{ "an unfinished line is none", &format_plain,
	    { { "one\ntw", LIVE, 4, 2, 0 } }, "one|" },
	{ "unless nothing follows", &format_plain,
	    { { "one\ntw", LAST, 6, 0, 0 } }, "one|tw|" },
	{ "a trace goes on", &format_plain,
	    { { "one\nTraceback (most recent call last):\n", LAST, 39, 0, 0 },
		{ "  File \"x\"\n", JOINS | LAST, 11, 0, 0 },
		{ "E: y\ntwo\n", JOINS | LIVE, 9, 0, 0 } },
	    "one|Traceback (most recent call last):\n  File \"x\"\nE: y|"
	    "two|" },
	{ "and waits across parts", &format_plain,
	    { { "one\nTraceback (most recent call last):\n", LAST, 4, 0, 0 },
		{ "  File \"x\"\n", JOINS | LIVE, 0, 0, 0 } },
	    "one|" },
	{ "which need not follow each other", &format_plain,
	    { { "one\nTraceback (most recent call last):\n", LAST, 39, 0, 0 },
		{ "  File \"x\"\ntwo\n", LIVE, 15, 0, 0 } },
	    "one|Traceback (most recent call last):|  File \"x\"|two|" },
	{ "nor is a part before it the last one", &format_plain,
	    { { "one\nTraceback (most recent call last):\n", LIVE, 4, 0, 0 },
		{ "  File \"x\"\ntwo\n", JOINS | LIVE, 15, 0, 0 } },
	    "one|  File \"x\"|two|" },
	{ "a line goes on", &format_plain,
	    { { "one\ntw", LAST, 6, 0, 0 },
		{ "o\nsix\n", JOINS | TORN | LIVE, 6, 0, 0 } },
	    "one|two|six|" },
	{ "of a file that was copied only", &format_plain,
	    { { "one\ntw", LAST, 6, 0, 0 },
		{ "o\nsix\n", JOINS | LIVE, 6, 0, 0 } },
	    "one|tw|o|six|" },
	{ "and with no head of its own", &format_plain,
	    { { "one\ntw", LAST, 6, 0, 0 },
		{ "2026-11-28 19:00:01 x\n", JOINS | TORN | LIVE, 22, 0, 0 } },
	    "one|tw|2026-11-28 19:00:01 x|" },
	{ "or if it starts none", &format_plain,
	    { { "one\n  tw", LAST, 8, 0, 0 },
		{ "  o\nsix\n", JOINS | LIVE, 8, 0, 0 } },
	    "one\n  tw  o|six|" },
	{ "also in a part that is but a piece of it", &format_plain,
	    { { "one\ntw", LAST, 6, 0, 0 },
		{ "el", JOINS | TORN | LAST, 2, 0, 0 },
		{ "ve\n", JOINS | TORN | LIVE, 3, 0, 0 } },
	    "one|twelve|" },
	{ "its rest may still come", &format_plain,
	    { { "one\ntw", LAST, 0, 2, 0 },
		{ "", JOINS | TORN | LIVE, 0, 0, 0 } },
	    "" },
	{ "or be unfinished itself", &format_plain,
	    { { "one\ntw", LAST, 0, 2, 0 },
		{ "o", JOINS | TORN | LIVE, 0, 0, 0 } },
	    "" },
	{ "until nothing comes", &format_plain,
	    { { "one\ntw", LAST, 6, 0, 0 },
		{ "", JOINS | TORN | LIVE | STILL, 0, 0, 0 } },
	    "one|tw|" },
	{ "a hole is no line", &format_plain,
	    { { "one\n", LAST, 4, 0, 0 },
		{ "@@@@@@two\n", JOINS | LIVE, 10, 0, 6 } },
	    "one|two|" },
	{ "nor is it in one", &format_plain,
	    { { "one\ntw", LAST, 6, 0, 0 },
		{ "@@@@@@o\n", JOINS | TORN | LIVE, 8, 0, 6 } },
	    "one|two|" },
	{ "and is put back with what is before it", &format_plain,
	    { { "one\n@@@@\nTraceback (most recent call last):\n", LAST, 9, 0,
		  4 },
		{ "@@@@@@  x\n", JOINS | LIVE, 0, 0, 0 } },
	    "one|" },
	{ "a writer's line stays one", &format_syslog,
	    { { "Nov 28 19:00:01 h a[1]: Traceback (most recent call last):",
		  LAST, 58, 0, 0 },
		{ "Nov 28 19:00:01 h b[2]: one\n"
		  "Nov 28 19:00:02 h a[1]:   x\n",
		    JOINS | LAST, 56, 0, 0 } },
	    "Nov 28 19:00:01 h a[1]: Traceback (most recent call last):\n"
	    "Nov 28 19:00:02 h a[1]:   x|Nov 28 19:00:01 h b[2]: one|" },
	{ "the first half tells no format", NULL,
	    { { "2026/11/", LAST, 8, 0, 0 },
		{ "28 19:00:01 [error] 1#1: x\ny\n"
		  "2026/11/28 19:00:01 [error] 1#1: z\n",
		    JOINS | TORN | LAST, 64, 0, 0 } },
	    "2026/11/28 19:00:01 [error] 1#1: x\ny|"
	    "2026/11/28 19:00:01 [error] 1#1: z|" },
};

static bool
add_told(void *arg, const struct record *rec)
{
	buf_add(arg, rec->p, rec->len);
	return buf_addc(arg, '|');
}

static void
put_text(int fd, const char *s)
{
	for (; *s != '\0'; s++)
		assert_int_equal(write(fd, *s == '@' ? "" : s, 1), 1);
}

static void
what_is_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		const struct stretch *want = ends[i].part;
		struct scan_part part[3];
		struct buf told;
		struct scan s = { .format = ends[i].format,
			.sink = add_told,
			.arg = &told };
		int64_t moved = 0;
		int fd[3];
		size_t n;

		buf_init(&told, 4096);
		for (n = 0; n < 3 && want[n].text != NULL; n++) {
			fd[n] = memfd_create("log", MFD_CLOEXEC);
			put_text(fd[n], want[n].text);
			part[n] = (struct scan_part){ .in = input_file(fd[n]),
				.end = (int64_t)strlen(want[n].text),
				.finished = (want[n].flags & LIVE) == 0,
				.fresh = (want[n].flags & FRESH) != 0,
				.still = (want[n].flags & STILL) != 0,
				.joins = (want[n].flags & JOINS) != 0,
				.torn = (want[n].flags & TORN) != 0 };
		}
		assert_int_equal(scan_parts(&s, part, n), SCAN_END);
		if (strcmp(buf_str(&told), ends[i].told) != 0)
			fail_msg("%s: told {%s}", ends[i].name, buf_str(&told));
		for (size_t k = 0; k < n; k++) {
			if (part[k].next != want[k].next ||
			    part[k].pending != want[k].pending ||
			    part[k].hole != want[k].hole)
				fail_msg("%s: %zu: %lld, %lld, %lld",
				    ends[i].name, k, (long long)part[k].next,
				    (long long)part[k].pending,
				    (long long)part[k].hole);
			moved += part[k].next;
			input_free(part[k].in);
			close(fd[k]);
		}
		assert_true(tally_holds(&s.tally));
		assert_int_equal(s.tally.bytes - s.tally.held_bytes, moved);
		buf_free(&told);
	}
}

/* ---- what stops a pass ------------------------------------------------ */

struct stopped {
	struct scan scan;
	struct scan_part part[3];
	int fd[3];
	int64_t records;
};

static bool
count_record(void *arg, const struct record *rec)
{
	struct stopped *s = arg;

	s->records++;
	s->scan.stop = rec->p[0] == '!';
	return true;
}

static ssize_t
fails(void *arg, void *to, size_t n)
{
	int *calls = arg;

	assert_true(n > 4);
	errno = EBADMSG;
	memcpy(to, "one\n", 4);
	return ++*calls == 1 ? 4 : -1;
}

static void
three_parts(struct stopped *s, const char *a, const char *b, const char *c)
{
	const char *const text[] = { a, b, c };

	memset(s, 0, sizeof *s);
	s->scan = (struct scan){ .format = &format_plain,
		.sink = count_record,
		.arg = s };
	for (size_t i = 0; i < 3; i++) {
		s->fd[i] = memfd_create("log", MFD_CLOEXEC);
		put_text(s->fd[i], text[i]);
		s->part[i] = (struct scan_part){ .in = input_file(s->fd[i]),
			.end = (int64_t)strlen(text[i]),
			.finished = true,
			.joins = true };
	}
}

/* What was told, and what each part's next is. */
static void
ended(struct stopped *s, enum scan_end how, int64_t records,
    const int64_t next[3])
{
	const struct tally *t = &s->scan.tally;
	int64_t moved = 0;

	assert_int_equal(scan_parts(&s->scan, s->part, 3), how);
	if (how == SCAN_ERROR)
		assert_int_equal(errno, EBADMSG);
	assert_int_equal(s->records, records);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(s->part[i].next, next[i]);
		moved += next[i];
		input_free(s->part[i].in);
		close(s->fd[i]);
	}
	assert_true(tally_holds(t));
	assert_int_equal(t->bytes - t->held_bytes, moved);
}

static void
stops(void **state)
{
	struct stopped s;
	int64_t budget = 5;
	int calls = 0;

	(void)state;
	/* the second block is too much, its line may go on */
	three_parts(&s, "one\n", "two\n", "six\n");
	s.scan.budget = &budget;
	ended(&s, SCAN_DEADLINE, 1, (int64_t[]){ 4, 0, 0 });
	assert_int_equal(budget, -3);
	/* it is put back into the part it begins in */
	three_parts(&s, "one\ntwo\n", " x\n", "six\n");
	budget = 9;
	s.scan.budget = &budget;
	ended(&s, SCAN_DEADLINE, 1, (int64_t[]){ 4, 0, 0 });
	/* nothing but what is open: some more, or no run would ever get on */
	three_parts(&s, "one\n", " x\n", "six\nten\n");
	budget = 1;
	s.scan.budget = &budget;
	ended(&s, SCAN_END, 3, (int64_t[]){ 4, 3, 8 });
	/* all was read */
	three_parts(&s, "one\n", "two\n", "six\n");
	budget = 12;
	s.scan.budget = &budget;
	ended(&s, SCAN_END, 3, (int64_t[]){ 4, 4, 4 });
	assert_int_equal(budget, 0);
	three_parts(&s, "one\n!\ntwo\n", "two\n", "six\n");
	ended(&s, SCAN_STOPPED, 2, (int64_t[]){ 6, 0, 0 });
	three_parts(&s, "one\ntw", "", "six\n");
	input_free(s.part[1].in);
	s.part[1].in = input_made(fails, &calls);
	s.part[1].end = -1;
	ended(&s, SCAN_ERROR, 2, (int64_t[]){ 6, 0, 0 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left),
		cmocka_unit_test(stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
