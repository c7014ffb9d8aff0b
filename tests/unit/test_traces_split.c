/* SPDX-License-Identifier: ISC */
/*
 * The traces of tests/data/traces: whole wherever a run ends that reads them.
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
#include "common/base/xmem.h"
#include "tests/unit/scan_fd.h"
#include "tests/unit/trace_sample.h"
#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"
#include "watchdog/scan.h"

/* Every byte; a block's memory costs more under a sanitizer. */
#ifdef __SANITIZE_ADDRESS__
#define STEP 41
#else
#define STEP 1
#endif

/* The file as it grew: up to p when one run came, whole at the next. */
static void
two_runs(const struct format *f, int fd, int64_t p, int64_t size,
    struct list *found)
{
	struct scan s = { .format = f, .sink = list_take, .arg = found };
	struct scan_part a = { .end = p, .fresh = true },
			 b = { .end = size, .finished = true };

	assert_int_equal(scan_fd(&s, fd, &a), SCAN_END);
	assert_true(tally_holds(&s.tally));
	assert_true(a.next <= p);
	assert_int_equal(s.tally.bytes - s.tally.held_bytes, a.next);
	b.from = a.next;
	assert_int_equal(scan_fd(&s, fd, &b), SCAN_END);
	assert_int_equal(b.next, size);
	assert_int_equal(s.tally.bytes, size - a.next);
}

/* From byte `from` on every place where a run may end. */
static void
split(const struct format *f, struct buf *b, struct list *want, int64_t from,
    const char *name)
{
	struct list found = { .n = 0 };
	int64_t size = (int64_t)b->len;
	int fd = memfd_create("log", 0);
	char what[96];

	assert_int_equal(write(fd, b->p, b->len), size);
	for (int64_t p = from; p <= size; p += STEP) {
		two_runs(f, fd, p, size, &found);
		snprintf(what, sizeof what, "%s, split at %lld", name,
		    (long long)p);
		list_same(want, &found, what);
		for (size_t i = 0; i < want->n; i++)
			assert_int_equal(want->rec[i].offset,
			    found.rec[i].offset);
		list_free(&found);
	}
	close(fd);
	list_free(want);
	buf_reset(b);
}

static void
split_alone(void **state)
{
	struct list want = { .n = 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++) {
		const struct list *s = &trace_sample[i];

		/* a record of one line, a trace, two of one line */
		for (size_t k = 1; k + 2 < s->n; k += 3) {
			for (size_t j = k - 1; j < k + 3; j++)
				add_record(&b, &want, s->rec[j].p);
			split(&format_plain, &b, &want, 0, trace_language[i]);
		}
		for (size_t k = 1; k + 1 < s->n; k += 6) {
			for (size_t j = k - 1; j < k + 2; j++)
				add_nginx(&b, &want, s->rec[j].p);
			split(&format_nginx, &b, &want, 0, trace_language[i]);
			/* what Tcl says first is like any CGI's one line:
			 * that is told at once */
			if (strcmp(trace_language[i], "tcl") == 0)
				continue;
			for (size_t j = k - 1; j < k + 2; j++)
				add_apache(&b, &want, s->rec[j].p, 7);
			split(&format_apache, &b, &want, 0, trace_language[i]);
		}
	}
	buf_free(&b);
}

/* The first records of two languages; every `step`th pair. */
static void
split_format(const struct format *f, size_t step)
{
	static struct writer w[LANGUAGES];
	struct writer some[2];
	struct list want = { .n = 0 };
	struct buf b;
	char what[64];
	unsigned seed = 3;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++) {
		writer_init(&w[i], i, 100 + (int)i, f);
		for (size_t k = 7; k < w[i].rec.n; k++)
			free(w[i].rec.rec[k].p);
		w[i].rec.n = 7;
	}
	for (size_t i = 0; i < LANGUAGES; i += step) {
		some[0] = w[i];
		some[1] = w[(i + 1) % LANGUAGES];
		interleave(some, 2, &seed, &b, &want);
		snprintf(what, sizeof what, "%s, %s", f->name,
		    trace_language[i]);
		split(f, &b, &want, 0, what);
	}
	for (size_t i = 0; i < LANGUAGES; i++)
		list_free(&w[i].rec);
	buf_free(&b);
}

static void
split_interleaved(void **state)
{
	(void)state;
	split_format(&format_pid, 1);
	split_format(&format_syslog, 2);
	split_format(&format_fpm, 2);
	split_format(&format_naviserver, 4);
	split_format(&format_postgresql, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_alone),
		cmocka_unit_test(split_interleaved),
	};

	return cmocka_run_group_tests(tests, trace_load, trace_unload);
}
