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
	struct buf b;

	buf_init(&b, 2 * RECORD_MAX);
	buf_add(&b, rec->p, rec->len);
	buf_addf(&b, "|%lld bytes, %lld lines, %lld cut%s",
	    (long long)rec->bytes, (long long)rec->lines, (long long)rec->cut,
	    rec->orphan ? ", an orphan" : "");
	list_add(&w->got, b.p, b.len, w->start[i] + rec->offset);
	buf_free(&b);
	return true;
}

static const char *
name_of(const struct format *f)
{
	return f != NULL ? f->name : "auto";
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
		assert_true(p->next > p->from || p->hole == 0);
		assert_true(p->pending <= p->end - p->next);
		assert_true(i == 0 || p->next == p->from || !p->joins ||
		    p[-1].next == p[-1].end);
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
		    name_of(f), torn ? ", torn" : "", (long long)p, runs);
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
	snprintf(w.what, sizeof w.what, "%s%s, history %u", name_of(f),
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
	/* a run that begins where a file begins with half a trace may well take
	 * it for any text */
	for (unsigned i = 0; f != NULL && i < HISTORIES; i++)
		history(f, torn, log, &want, i);
	list_free(&want);
}

/* A line that is longer than what is kept of one. */
static void
long_line(void **state)
{
	static const int64_t cut[] = { 4, 5, 40000, 65539, 65540, 65541, 100000,
		139999, 140003, 140004, 140005 };
	static const char rest[] = "\ntwo\n";
	struct list want;
	struct world w;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_adds(&b, "one\n");
	for (int i = 0; i < 140000; i++)
		buf_addc(&b, 'x');
	buf_add(&b, rest, sizeof rest - 1);
	world_init(&w, &format_plain, &b, NULL, 0);
	run(&w, 0, (int64_t)b.len, true, 0);
	want = w.got;
	w.got.n = 0;
	world_free(&w);
	assert_int_equal(want.n, 3);
	for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
		cut_at(&format_plain, true, &b, cut[i], &want);
	for (unsigned i = 0; i < 40; i++)
		history(&format_plain, true, &b, &want, i);
	list_free(&want);
	buf_free(&b);
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

/* With holes in front of some lines. */
static void
make_holes(struct buf *b)
{
	struct buf text = *b;
	size_t lines = 0;

	buf_init(b, 1 << 20);
	for (size_t i = 0; i < text.len; i++) {
		buf_addc(b, text.p[i]);
		if (text.p[i] == '\n' && lines++ % 3 == 0)
			buf_add(b, "\0\0\0\0\0\0\0", 1 + lines % 7);
	}
	buf_free(&text);
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
	make_holes(&b);
	every_way(&format_plain, true, &b);
	make_log(&b, "php java", add_nginx);
	every_way(&format_nginx, false, &b);
	every_way(&format_nginx, true, &b);
	make_log(&b, "php java", add_nginx);
	every_way(NULL, true, &b);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_line),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(cut_interleaved),
	};

	return cmocka_run_group_tests(tests, trace_load, trace_unload);
}
