/* SPDX-License-Identifier: ISC */
/*
 * Records that begin in one part of a log and end in the next, in one run or
 * in several: none is lost, broken or told twice.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "tests/unit/scan_fd.h"
#include "tests/unit/trace_sample.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"
#include "watchdog/read/record.h"
#include "watchdog/scan.h"

#ifdef __SANITIZE_ADDRESS__
#define STEP 41
#define HISTORIES 40
#else
#define STEP 1
#define HISTORIES 800
#endif
#define FILES 5

/* A log that was cut into files as it grew. */
struct world {
	const struct format *format;
	bool torn;
	struct scan scan;
	int64_t start[FILES + 1]; /* of each file in the log */
	int64_t next[FILES];      /* in the file */
	struct scan_part part[FILES];
	size_t n, first; /* part[0] is of file `first` */
	struct input *in[FILES];
	int fd[FILES];
	struct list got;
	char what[128];
};

static bool
on_record(void *arg, const struct record *rec)
{
	struct world *w = arg;
	size_t i = w->first + (size_t)(w->scan.at - w->part);

	list_add(&w->got, rec->p, rec->len, w->start[i] + rec->offset);
	return true;
}

static void
world_init(struct world *w, const struct format *f, const struct buf *log,
    const int64_t *cut, size_t n)
{
	memset(w, 0, sizeof *w);
	w->format = f;
	w->n = n + 1;
	for (size_t i = 0; i < n; i++)
		w->start[i + 1] = cut[i];
	w->start[n + 1] = (int64_t)log->len;
	for (size_t i = 0; i < w->n; i++) {
		size_t size = (size_t)(w->start[i + 1] - w->start[i]);

		w->fd[i] = memfd_create("log", MFD_CLOEXEC);
		assert_int_equal(write(w->fd[i], log->p + w->start[i], size),
		    size);
		w->in[i] = input_file(w->fd[i]);
	}
}

static void
world_free(struct world *w)
{
	for (size_t i = 0; i < w->n; i++) {
		input_free(w->in[i]);
		close(w->fd[i]);
	}
	list_free(&w->got);
}

/* What was read is what was told or hidden, and the rest is still there. */
static void
check_parts(const struct world *w, size_t n)
{
	const struct tally *t = &w->scan.tally;
	int64_t moved = 0, holes = 0;

	assert_true(tally_holds(t));
	for (size_t i = 0; i < n; i++) {
		const struct scan_part *p = &w->part[i];

		assert_true(p->next >= p->from && p->next <= p->end);
		assert_true(p->read || (p->next == p->from && p->hole == 0));
		assert_true(p->pending <= p->end - p->next);
		assert_true(
		    i == 0 || !p->read || !p->joins || p[-1].next == p[-1].end);
		moved += p->next - p->from;
		holes += p->hole;
	}
	assert_int_equal(t->bytes - t->held_bytes, moved);
	assert_true(t->ignored_bytes >= holes);
}

/* A run, when the log had grown up to the byte `shown`, in that file; last:
 * nothing follows. */
static enum scan_end
run(struct world *w, size_t live, int64_t shown, bool last, int64_t budget)
{
	enum scan_end end;
	size_t n = 0;

	w->first = 0;
	while (w->first < live &&
	    w->next[w->first] == w->start[w->first + 1] - w->start[w->first])
		w->first++;
	for (size_t i = w->first; i <= live; i++)
		w->part[n++] = (struct scan_part){ .name = "log",
			.in = w->in[i],
			.from = w->next[i],
			.end = (i < live ? w->start[i + 1] : shown) -
			    w->start[i],
			.finished = i < live || last,
			.fresh = i == live,
			.joins = i > w->first,
			.torn = w->torn };
	w->scan.format = w->format;
	w->scan.sink = on_record;
	w->scan.arg = w;
	w->scan.budget = budget > 0 ? &budget : NULL;
	end = scan_parts(&w->scan, w->part, n);
	check_parts(w, n);
	for (size_t i = 0; i < n; i++)
		w->next[w->first + i] = w->part[i].next;
	return end;
}

static void
all_the_same(const struct list *want, const struct world *w)
{
	list_same(want, &w->got, w->what);
	for (size_t i = 0; i < want->n; i++)
		if (want->rec[i].offset != w->got.rec[i].offset)
			fail_msg("%s: record %zu at %lld, not %lld", w->what, i,
			    (long long)w->got.rec[i].offset,
			    (long long)want->rec[i].offset);
}

/* Two files: read at once; or in a run before the second came; or before and
 * after. */
static void
cut_at(const struct format *f, bool torn, const struct buf *log, int64_t p,
    const struct list *want)
{
	const int64_t size = (int64_t)log->len;
	struct world w;

	for (int runs = 0; runs < 3; runs++) {
		world_init(&w, f, log, &p, 1);
		w.torn = torn;
		snprintf(w.what, sizeof w.what, "%s%s, cut at %lld, way %d",
		    f->name, torn ? ", torn" : "", (long long)p, runs);
		if (runs > 0)
			run(&w, 0, p, false, 0);
		if (runs > 1)
			run(&w, 1, p, false, 0);
		assert_int_equal(run(&w, 1, size, true, 0), SCAN_END);
		all_the_same(want, &w);
		world_free(&w);
	}
}

static unsigned
pick(unsigned *seed, unsigned n)
{
	return (unsigned)rand_r(seed) % n;
}

static int
by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Files and runs end anywhere; some runs stop early. */
static void
history(const struct format *f, bool torn, const struct buf *log,
    const struct list *want, unsigned seed)
{
	const int64_t size = (int64_t)log->len;
	int64_t cut[FILES - 1], shown = 0;
	unsigned now = seed;
	size_t n = pick(&now, FILES), live = 0;
	struct world w;
	enum scan_end end;

	for (size_t i = 0; i < n; i++)
		cut[i] = pick(&now, (unsigned)size + 1);
	qsort(cut, n, sizeof *cut, by_value);
	world_init(&w, f, log, cut, n);
	w.torn = torn;
	snprintf(w.what, sizeof w.what, "%s%s, history %u", f->name,
	    torn ? ", torn" : "", seed);
	while (pick(&now, 6) > 0) {
		shown += pick(&now, (unsigned)(size - shown) / 2 + 1);
		while (live < n && w.start[live + 1] <= shown &&
		    (w.start[live + 1] < shown || pick(&now, 2) == 0))
			live++;
		run(&w, live, shown, false, pick(&now, 2));
	}
	do
		end = run(&w, n, size, true, pick(&now, 2));
	while (end == SCAN_DEADLINE);
	assert_int_equal(end, SCAN_END);
	all_the_same(want, &w);
	world_free(&w);
}

static void
every_way(const struct format *f, bool torn, const struct buf *log)
{
	struct list want;
	struct world w;

	world_init(&w, f, log, NULL, 0);
	run(&w, 0, (int64_t)log->len, true, 0);
	want = w.got;
	w.got.n = 0;
	world_free(&w);
	assert_true(want.n > 3);
	for (int64_t p = 0; p <= (int64_t)log->len; p += STEP)
		cut_at(f, torn, log, p, &want);
	for (unsigned i = 0; i < HISTORIES; i++)
		history(f, torn, log, &want, i);
	list_free(&want);
}

/* ---- logs ------------------------------------------------------------- */

/* The first records of these languages, one after the other. */
static void
make_log(struct buf *b, const char *languages,
    void (*add)(struct buf *, struct list *, const char *))
{
	struct list none = { .n = 0 };

	buf_reset(b);
	for (size_t i = 0; i < LANGUAGES; i++)
		for (size_t k = 0;
		     strstr(languages, trace_language[i]) != NULL && k < 4; k++)
			add(b, &none, trace_sample[i].rec[k].p);
	list_free(&none);
}

static void
add_cgi(struct buf *b, struct list *want, const char *p)
{
	add_apache(b, want, p, 7);
}

/* Two writers of a format that keeps them apart. */
static void
mix_log(struct buf *b, const struct format *f, size_t language)
{
	struct writer w[2], some[2];
	struct list none = { .n = 0 };
	unsigned seed = 5;

	buf_reset(b);
	for (size_t i = 0; i < 2; i++) {
		writer_init(&w[i], language + i, 100 + (int)i, f);
		some[i] = w[i];
		some[i].rec.n = 4;
	}
	interleave(some, 2, &seed, b, &none);
	for (size_t i = 0; i < 2; i++)
		list_free(&w[i].rec);
	list_free(&none);
}

static void
cut_anywhere(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	make_log(&b, "php python node", add_record);
	every_way(&format_plain, true, &b);
	make_log(&b, "ruby go tcl", add_record);
	every_way(&format_plain, true, &b);
	make_log(&b, "php java", add_nginx);
	every_way(&format_nginx, false, &b);
	every_way(&format_nginx, true, &b);
	make_log(&b, "python perl", add_cgi);
	every_way(&format_apache, true, &b);
	buf_free(&b);
}

static void
cut_interleaved(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	mix_log(&b, &format_syslog, 1);
	every_way(&format_syslog, false, &b);
	every_way(&format_syslog, true, &b);
	mix_log(&b, &format_fpm, 0);
	every_way(&format_fpm, true, &b);
	buf_free(&b);
}

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(cut_interleaved),
	};

	return cmocka_run_group_tests(tests, trace_load, trace_unload);
}
