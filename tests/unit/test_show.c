/* SPDX-License-Identifier: ISC */
/* Verdicts as text, compared with golden files byte by byte. */
#include "uptime/tell/show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "tests/unit/golden.h"
#include "tests/unit/sight_sample.h"
#include "uptime/tell/show_text.h"

#define OUT_MAX (256 * 1024)

/* ---- golden ----------------------------------------------------------- */

static void
show_golden(const char *name, const struct buf *got)
{
	char *file = xasprintf("uptime-show-%s.txt", name);

	golden(file, got);
	free(file);
}

static void
tables(void **state)
{
	struct sample *w;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	for (size_t i = 0; i < SAMPLES; i++) {
		buf_reset(&out);
		w = sample_kinds[i].make();
		show_table(&out, &w->target, &w->verdict, &w->sight, false);
		show_golden(sample_kinds[i].name, &out);
		sample_free(w);
	}
	buf_free(&out);
}

/* One line each, of every world. */
static void
lines(void **state)
{
	struct sample *w;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	show_tsv_head(&out);
	for (size_t i = 0; i < SAMPLES; i++) {
		w = sample_kinds[i].make();
		buf_addf(&out, "--- %s\n", sample_kinds[i].name);
		show_line(&out, &w->target, &w->verdict, false);
		show_nagios(&out, &w->target, &w->verdict, &w->sight);
		show_tsv(&out, &w->target, &w->verdict);
		assert_int_equal(show_nagios_status(&w->verdict),
		    sample_kinds[i].nagios);
		sample_free(w);
	}
	show_golden("lines", &out);
	buf_free(&out);
}

static void
json(void **state)
{
	struct sample *w;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	for (size_t i = 0; i < SAMPLES; i++) {
		w = sample_kinds[i].make();
		show_json(&out, &w->target, &w->verdict, &w->sight);
		sample_free(w);
	}
	show_golden("json", &out);
	buf_free(&out);
}

static void
colours(void **state)
{
	struct sample *w = sample_kinds[3].make(); /* expired */
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	show_line(&out, &w->target, &w->verdict, true);
	assert_int_equal(strncmp(buf_str(&out), "\033[1;31mDOWN\033[0m      h",
			     22),
	    0);
	buf_reset(&out);
	show_table(&out, &w->target, &w->verdict, &w->sight, true);
	assert_non_null(strstr(buf_str(&out), "\033[32mok\033[0m        3 of"));
	assert_non_null(strstr(buf_str(&out), "\033[1;31mFAIL\033[0m      t"));
	assert_non_null(strstr(buf_str(&out), "\033[2mnot evaluated\033[0m\n"));
	buf_free(&out);
	sample_free(w);
}

/* ---- rules that hold for all of them ---------------------------------- */

static size_t
characters(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

/* What is clean stays as it is when it is cleaned. */
static void
assert_clean(const struct buf *out, enum text_mode mode, size_t len)
{
	struct buf again;

	buf_init(&again, OUT_MAX);
	assert_true(text_clean(&again, buf_str(out), len, mode));
	assert_int_equal(again.len, len);
	assert_memory_equal(again.p, out->p, len);
	buf_free(&again);
}

static void
tables_are_narrow_and_clean(void **state)
{
	struct sample *w;
	struct buf out;
	const char *p, *end;

	(void)state;
	buf_init(&out, OUT_MAX);
	for (size_t i = 0; i < SAMPLES; i++) {
		buf_reset(&out);
		w = sample_kinds[i].make();
		show_table(&out, &w->target, &w->verdict, &w->sight, false);
		assert_clean(&out, TEXT_BLOCK, out.len);
		/* The name and the command are there to be copied whole. */
		p = strchr(buf_str(&out), '\n') + 1;
		for (; *p != '\0' && strncmp(p, "  again ", 8) != 0;
		     p = end + 1) {
			end = strchr(p, '\n');
			assert_true(characters(p, (size_t)(end - p)) <= 80 ||
			    strstr(p, "https://") < end);
			assert_true(end == p || end[-1] != ' ');
		}
		sample_free(w);
	}
	buf_free(&out);
}

static size_t
count(const struct buf *b, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->p[i] == c;
	return n;
}

static void
lines_are_lines(void **state)
{
	struct sample *w;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	for (size_t i = 0; i < SAMPLES; i++) {
		w = sample_kinds[i].make();
		buf_reset(&out);
		show_line(&out, &w->target, &w->verdict, false);
		assert_clean(&out, TEXT_LINE, out.len - 1);
		buf_reset(&out);
		show_nagios(&out, &w->target, &w->verdict, &w->sight);
		assert_clean(&out, TEXT_LINE, out.len - 1);
		assert_int_equal(count(&out, '|'), 1);
		buf_reset(&out);
		show_tsv(&out, &w->target, &w->verdict);
		assert_int_equal(count(&out, '\t'), 11);
		assert_int_equal(count(&out, '\n'), 1);
		buf_reset(&out);
		show_json(&out, &w->target, &w->verdict, &w->sight);
		assert_clean(&out, TEXT_LINE, out.len - 1);
		sample_free(w);
	}
	buf_free(&out);
}

/* Not every caller has a sight, and not every target a site. */
static void
without_a_sight(void **state)
{
	struct sample *w;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	for (size_t i = 0; i < SAMPLES; i++) {
		w = sample_kinds[i].make();
		w->target.site = NULL;
		show_table(&out, &w->target, &w->verdict, NULL, false);
		show_nagios(&out, &w->target, &w->verdict, NULL);
		show_json(&out, &w->target, &w->verdict, NULL);
		sample_free(w);
	}
	assert_false(out.full);
	assert_non_null(strstr(buf_str(&out), "size=U;;;0 cert_days=U;;0:\n"));
	assert_non_null(strstr(buf_str(&out), "\"hops\":[]}\n"));
	buf_free(&out);
}

static void
times(void **state)
{
	static const struct {
		int64_t us;
		const char *people, *programs;
	} t[] = {
		{ -1, "-", "null" },
		{ 0, "0.00 ms", "0.000" },
		{ 7, "0.01 ms", "0.007" },
		{ 995, "1.0 ms", "0.995" },
		{ 9949, "9.9 ms", "9.949" },
		{ 9950, "10 ms", "9.950" },
		{ 999499, "999 ms", "999.499" },
		{ 999500, "1.00 s", "999.500" },
		{ 9994999, "9.99 s", "9994.999" },
		{ 9995000, "10.0 s", "9995.000" },
		{ 300000000, "300.0 s", "300000.000" },
	};
	char text[SHOW_NUMBER];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		assert_string_equal(show_time(t[i].us, text), t[i].people);
		assert_string_equal(show_ms(t[i].us, "null", text),
		    t[i].programs);
	}
	show_time(INT64_MAX, text);
	show_ms(INT64_MAX, "", text);
	assert_string_equal(show_day(SAMPLE_NOW, text), "2026-11-21");
	show_day(INT64_MAX, text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(lines),
		cmocka_unit_test(json),
		cmocka_unit_test(colours),
		cmocka_unit_test(tables_are_narrow_and_clean),
		cmocka_unit_test(lines_are_lines),
		cmocka_unit_test(without_a_sight),
		cmocka_unit_test(times),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
