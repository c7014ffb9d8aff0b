/* SPDX-License-Identifier: ISC */
/*
 * The traces of tests/data/traces: whole alone and among other writers'
 * lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "tests/unit/trace_sample.h"
#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"

/* All records, in blocks of at most so many lines (0: a random number). */
static void
read_blocks(const struct format *f, const struct buf *text, size_t most,
    unsigned *seed, struct list *found)
{
	uint8_t starts[64];
	uint32_t key[64], end[64];
	struct marks m = { .starts = starts, .key = key };
	struct recorder *r = record_new(list_take, found);
	struct format_state state = { 0 };
	const char *p = text->p, *stop = text->p + text->len;
	struct lines l = { .end = end };
	size_t want;

	while (p < stop) {
		l.p = p;
		l.offset = p - text->p;
		l.n = 0;
		want = most > 0 ? most : 1 + (size_t)rand_r(seed) % 60;
		while (l.n < want && p < stop) {
			p = (const char *)memchr(p, '\n', (size_t)(stop - p)) +
			    1;
			end[l.n++] = (uint32_t)(p - l.p);
		}
		m.keyed = f->starts(f, &state, &l, starts, key);
		record_lines(r, &l, &m, NULL);
	}
	record_end(r, false);
	assert_true(tally_holds(record_tally(r)));
	assert_int_equal(record_tally(r)->bytes, text->len);
	record_free(r);
}

/* ---- alone ------------------------------------------------------------ */

static void
check(const struct format *f, struct buf *b, struct list *want,
    const char *what)
{
	static const size_t most[] = { 60, 1, 7 };
	struct list found = { .n = 0 };

	for (size_t i = 0; i < 3; i++) {
		read_blocks(f, b, most[i], NULL, &found);
		list_same(want, &found, what);
		list_free(&found);
	}
	list_free(want);
	buf_reset(b);
}

static void
alone(void **state)
{
	struct list want = { .n = 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++) {
		for (size_t k = 0; k < trace_sample[i].n; k++)
			add_record(&b, &want, trace_sample[i].rec[k].p);
		check(&format_plain, &b, &want, trace_language[i]);
		/* what a CGI writes into Apache's log */
		for (size_t k = 0; k < trace_sample[i].n; k++)
			add_record(&b, &want,
			    is_trace(trace_sample[i].rec[k].p) ?
				trace_sample[i].rec[k].p :
				APACHE "[core:error] [pid 5] [client "
				       "192.0.2.1:50] AH00124: Request "
				       "exceeded the limit");
		check(&format_apache, &b, &want, trace_language[i]);
	}
	buf_free(&b);
}

/* The trace as a logger writes it, behind a line of its own or in its first
 * line; NULL: no logger has this. */
static const char *
logged(const char *lang, const char *p, const char **head)
{
	static const char *const cut[] = { "Exception in thread \"main\" ",
		"Unhandled exception. " };

	*head = "2026-11-28 19:00:00,001 ERROR shop: no cart\n";
	if (strcmp(lang, "python") == 0)
		return strncmp(p, "Traceback", 9) == 0 ||
			strncmp(p, "  +", 3) == 0 ?
		    p :
		    NULL;
	for (size_t i = 0; i < 2; i++)
		if (strncmp(p, cut[i], strlen(cut[i])) == 0)
			return p + strlen(cut[i]);
	*head = "2026-11-28 19:00:00,001 ERROR shop: ";
	return strcmp(lang, "php") == 0 || strcmp(lang, "perl") == 0 ||
		strcmp(lang, "tcl") == 0 ?
	    p :
	    NULL;
}

static void
behind_a_head(void **state)
{
	struct list want = { .n = 0 };
	struct buf b, one;
	const char *p, *head;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&one, 1 << 16);
	for (size_t i = 0; i < LANGUAGES; i++) {
		for (size_t k = 0; k < trace_sample[i].n; k++) {
			p = trace_sample[i].rec[k].p;
			if (!is_trace(p) ||
			    (p = logged(trace_language[i], p, &head)) == NULL)
				continue;
			buf_reset(&one);
			buf_addf(&one, "%s%s", head, p);
			add_record(&b, &want, buf_str(&one));
		}
		buf_str(&b);
		if (b.len > 0)
			check(&format_plain, &b, &want, trace_language[i]);
	}
	buf_free(&b);
	buf_free(&one);
}

static void
in_envelopes(void **state)
{
	struct list want = { .n = 0 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++) {
		for (size_t k = 0; k < trace_sample[i].n; k++)
			add_nginx(&b, &want, trace_sample[i].rec[k].p);
		check(&format_nginx, &b, &want, trace_language[i]);
		for (size_t k = 0; k < trace_sample[i].n; k++)
			add_apache(&b, &want, trace_sample[i].rec[k].p, 7);
		check(&format_apache, &b, &want, trace_language[i]);
	}
	buf_free(&b);
}

/* ---- several writers -------------------------------------------------- */

/* Three of a format, in so many orders. */
static void
interleave_format(const struct format *f, unsigned rounds)
{
	static struct writer w[LANGUAGES];
	struct writer some[3];
	struct list want = { .n = 0 }, found = { .n = 0 };
	struct buf b;
	char what[32];
	unsigned seed;
	size_t first;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < LANGUAGES; i++)
		writer_init(&w[i], i, 100 + (int)i, f);
	for (unsigned round = 0; round < rounds; round++) {
		seed = round;
		first = (size_t)rand_r(&seed);
		for (size_t i = 0; i < 3; i++)
			some[i] = w[(first + i * 2) % LANGUAGES];
		interleave(some, 3, &seed, &b, &want);
		read_blocks(f, &b, 0, &seed, &found);
		snprintf(what, sizeof what, "%s, seed %u", f->name, round);
		list_same(&want, &found, what);
		list_free(&want);
		list_free(&found);
		buf_reset(&b);
	}
	for (size_t i = 0; i < LANGUAGES; i++)
		list_free(&w[i].rec);
	buf_free(&b);
}

static void
interleaved(void **state)
{
	(void)state;
	interleave_format(&format_pid, 1500);
	interleave_format(&format_apache, 500);
	interleave_format(&format_syslog, 500);
	interleave_format(&format_fpm, 500);
	interleave_format(&format_naviserver, 500);
	interleave_format(&format_postgresql, 500);
}

/* xdebug under mod_php: every line has a head, and Apache's other processes
 * write between them. */
static void
xdebug(void **state)
{
	static const char *const line[] = {
		"PHP Warning:  x in /a.php on line 3",
		"PHP Stack trace:", "PHP   1. {main}() /a.php:0",
		"PHP  12. f($x = 'PHP   1. y') /a.php:12, referer: http://x/"
	};
	struct writer w[3];
	struct list want = { .n = 0 }, found = { .n = 0 };
	struct buf b, one;
	unsigned seed = 1;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&one, 1 << 16);
	for (int i = 0; i < 3; i++) {
		w[i].rec.n = 0;
		for (int k = 0; k < 20; k++) {
			buf_reset(&one);
			/* every fourth without a stack */
			for (int j = 0; j < (k % 4 == 3 ? 1 : 4); j++)
				buf_addf(&one,
				    "%s" APACHE "[php:warn] [pid %d] [client "
				    "192.0.2.1:5%d] %s",
				    j > 0 ? "\n" : "", 40 + i / 2, i, line[j]);
			list_add(&w[i].rec, one.p, one.len, 0);
		}
	}
	for (int round = 0; round < 50; round++) {
		interleave(w, 3, &seed, &b, &want);
		read_blocks(&format_apache, &b, 60, NULL, &found);
		list_same(&want, &found, "xdebug");
		list_free(&want);
		list_free(&found);
		buf_reset(&b);
	}
	for (int i = 0; i < 3; i++)
		list_free(&w[i].rec);
	buf_free(&b);
	buf_free(&one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),
		cmocka_unit_test(behind_a_head),
		cmocka_unit_test(in_envelopes),
		cmocka_unit_test(interleaved),
		cmocka_unit_test(xdebug),
	};

	return cmocka_run_group_tests(tests, trace_load, trace_unload);
}
