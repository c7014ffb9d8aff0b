/* SPDX-License-Identifier: ISC */
/* Lines become records: whatever the blocks, whatever is hidden. */
#include "watchdog/read/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/read/cut.h"
#include "watchdog/read/reader.h"

#define BASE 1000 /* offset of the first byte in the "file" */
#define MAX_LINES 64

/*
 * In these tests '*' starts a record, '!' one that a rule hides, '?' is a
 * continuation that a rule would hide if it were searched.
 */
struct input {
	const char *p;
	size_t n, lines;
	uint32_t end[MAX_LINES + CUT_SLACK];
};

static void
input_of(struct input *in, const char *p, size_t n)
{
	in->p = p;
	in->n = n;
	in->lines = cut_lines(p, n, in->end, MAX_LINES);
	if (n > 0 && p[n - 1] != '\n')
		in->end[in->lines++] = (uint32_t)n;
	assert_true(in->lines < MAX_LINES);
}

/* Lines [from, to) as a block. */
static void
feed(struct recorder *r, const struct input *in, size_t from, size_t to,
    bool rules)
{
	uint32_t base = from > 0 ? in->end[from - 1] : 0;
	uint32_t end[MAX_LINES];
	uint8_t starts[MAX_LINES];
	uint32_t key[MAX_LINES] = { 0 };
	struct marks m = { .starts = starts, .key = key };
	int32_t rule[MAX_LINES];
	size_t n = in->end[to - 1] - base;
	char *copy = xmalloc(n); /* gone when the block is */
	struct lines l = { .p = copy,
		.offset = BASE + base,
		.n = to - from,
		.end = end };

	memcpy(copy, in->p + base, n);
	for (size_t i = 0; i < l.n; i++) {
		char c = in->p[i + from > 0 ? in->end[i + from - 1] : 0];

		end[i] = in->end[i + from] - base;
		starts[i] = c == '*' || c == '!';
		rule[i] = c == '!' ? 0 : c == '?' ? 3 : -1;
	}
	record_lines(r, &l, &m, rules ? rule : NULL);
	memset(copy, 'X', n);
	free(copy);
}

static bool
to_text(void *arg, const struct record *rec)
{
	struct buf *b = arg;

	buf_addf(b, "%lld+%lld %lldl%s%s {", (long long)rec->offset,
	    (long long)rec->bytes, (long long)rec->lines,
	    rec->orphan ? " orphan" : "", rec->cut != 0 ? " cut" : "");
	buf_add(b, rec->p, rec->len);
	buf_adds(b, "}\n");
	return true;
}

/* The records, then the tally; splits: bit i ends a block behind line i. */
static void
run(struct buf *out, const struct input *in, unsigned splits, bool rules,
    bool hold, struct tally *tally)
{
	struct recorder *r = record_new(out != NULL ? to_text : NULL, out);
	size_t from = 0;
	int64_t held;

	assert_int_equal(record_open_lines(r), 0);
	for (size_t i = 0; i < in->lines; i++) {
		if (i + 1 < in->lines && (splits >> i & 1) == 0)
			continue;
		feed(r, in, from, i + 1, rules);
		assert_true(record_open_lines(r) > 0);
		from = i + 1;
	}
	held = record_end(r, hold);
	assert_int_equal(record_open_lines(r), 0);
	*tally = *record_tally(r);
	assert_true(tally_holds(tally));
	assert_int_equal(tally->bytes, in->n);
	assert_int_equal(record_end(r, true), -1);
	if (out != NULL && hold)
		buf_addf(out, "held %lld\n", (long long)held);
	record_free(r);
}

static void
tables(void **state)
{
	static const struct {
		const char *in;
		bool hold;
		const char *out;
		int records, ignored, ignored_bytes;
	} t[] = {
		{ "", false, "", 0, 0, 0 },
		{ "", true, "held -1\n", 0, 0, 0 },
		{ "*a\n", false, "1000+3 1l {*a}\n", 1, 0, 0 },
		{ "*a", false, "1000+2 1l {*a}\n", 1, 0, 0 },
		{ "*a\n*b\n*c\n", false,
		    "1000+3 1l {*a}\n1003+3 1l {*b}\n1006+3 1l {*c}\n", 3, 0,
		    0 },
		{ "*a\nb\n c\n*d\n", false,
		    "1000+8 3l {*a\nb\n c}\n1008+3 1l {*d}\n", 2, 0, 0 },
		/* empty lines: inside they stay, at the end they only count */
		{ "*a\n\nb\n\n\n*c\n\n", false,
		    "1000+8 3l {*a\n\nb}\n1008+4 1l {*c}\n", 2, 0, 0 },
		/* an orphan is one record, up to the first start */
		{ "a\nb\n*c\n", false,
		    "1000+4 2l orphan {a\nb}\n1004+3 1l {*c}\n", 2, 0, 0 },
		{ "\na\n*c\n", false,
		    "1000+3 2l orphan {\na}\n1003+3 1l {*c}\n", 2, 0, 0 },
		{ "\n\n*c\n", false, "1002+3 1l {*c}\n", 2, 1, 2 },
		{ "\n", false, "", 1, 1, 1 },
		{ "?a\nb\n*c\n", false, "1005+3 1l {*c}\n", 2, 1, 5 },
		/* hidden with all its lines */
		{ "!a\n", false, "", 1, 1, 3 },
		{ "!a\nb\n\n*c\n!d\n", false, "1006+3 1l {*c}\n", 3, 2, 9 },
		{ "*a\n?b\n!c\nd\n", false, "1000+6 2l {*a\n?b}\n", 2, 1, 5 },
		{ "!a\n?b\n*c\n", false, "1006+3 1l {*c}\n", 2, 1, 6 },
		/* the open record is left for the next time */
		{ "*a\n*b\nc\n", true, "1000+3 1l {*a}\nheld 1003\n", 2, 0, 0 },
		{ "*a", true, "held 1000\n", 1, 0, 0 },
		{ "!a\n!b\nc\n", true, "held 1003\n", 2, 1, 3 },
		{ "a\n", true, "held 1000\n", 1, 0, 0 },
		{ "*a\r\n\r\n*b\r\n", false,
		    "1000+6 2l {*a\r\n\r}\n1006+4 1l {*b\r}\n", 2, 0, 0 },
	};
	struct tally tally, count;
	struct input in;
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		input_of(&in, t[i].in, strlen(t[i].in));
		for (unsigned splits = 0; splits < 1U << in.lines; splits++) {
			buf_reset(&out);
			run(&out, &in, splits, true, t[i].hold, &tally);
			if (strcmp(buf_str(&out), t[i].out) != 0)
				fail_msg("%s, %x: %s", t[i].in, splits,
				    buf_str(&out));
			assert_int_equal(tally.records, t[i].records);
			assert_int_equal(tally.ignored, t[i].ignored);
			assert_int_equal(tally.ignored_bytes,
			    t[i].ignored_bytes);
			/* without a sink the counts are the same */
			run(NULL, &in, splits, true, t[i].hold, &count);
			assert_memory_equal(&count, &tally, sizeof tally);
		}
	}
	buf_free(&out);
}

/* Random inputs, all of a few block borders: with and without a sink, with
 * and without rules, against one block. */
static void
random_blocks(void **state)
{
	struct tally whole, t;
	struct buf want, got;
	struct input in;
	unsigned seed = 11;
	char text[256];
	size_t n;

	(void)state;
	buf_init(&want, 1 << 16);
	buf_init(&got, 1 << 16);
	for (int round = 0; round < 3000; round++) {
		n = (size_t)rand_r(&seed) % 60;
		for (size_t i = 0; i < n; i++)
			text[i] = "*!?a\n\n"[rand_r(&seed) % 6];
		input_of(&in, text, n);
		for (int rules = 0; rules < 2; rules++) {
			for (int hold = 0; hold < 2; hold++) {
				buf_reset(&want);
				run(&want, &in, 0, rules, hold, &whole);
				for (int i = 0; i < 6; i++) {
					unsigned splits = (unsigned)rand_r(
					    &seed);

					buf_reset(&got);
					run(&got, &in, splits, rules, hold, &t);
					assert_string_equal(buf_str(&want),
					    buf_str(&got));
					assert_memory_equal(&t, &whole,
					    sizeof t);
					run(NULL, &in, splits, rules, hold, &t);
					assert_memory_equal(&t, &whole,
					    sizeof t);
				}
			}
		}
	}
	buf_free(&want);
	buf_free(&got);
}

/* What a sink should see of a long record. */
struct big {
	const char *p;
	size_t len;
	int64_t bytes, cut, lines;
	int seen;
};

static bool
on_big(void *arg, const struct record *rec)
{
	struct big *b = arg;

	b->seen++;
	assert_int_equal(rec->len, b->len);
	assert_memory_equal(rec->p, b->p, b->len);
	assert_int_equal(rec->bytes, b->bytes);
	assert_int_equal(rec->cut, b->cut);
	assert_int_equal(rec->lines, b->lines);
	return true;
}

/* One record of n bytes, an LF every `step` bytes and at its end, in blocks
 * of so many lines. */
static void
check_big(size_t n, size_t step, size_t per_block)
{
	uint32_t end[512];
	uint8_t starts[512];
	uint32_t key[512] = { 0 };
	struct marks m = { .starts = starts, .key = key };
	char *p = xmalloc(n);
	struct recorder *r;
	struct lines l;
	struct big b = { .p = p, .bytes = (int64_t)n };
	size_t from = 0, to, text;

	memset(p, 'x', n);
	for (size_t i = step - 1; i < n; i += step)
		p[i] = '\n';
	p[n - 1] = '\n';
	/* the last line may be an empty one */
	text = p[n - 2] == '\n' ? n - 2 : n - 1;
	b.len = text < RECORD_MAX ? text : RECORD_MAX;
	while (p[b.len - 1] == '\n')
		b.len--;
	b.cut = (int64_t)(text - b.len);
	b.lines = (int64_t)((text + step - 1) / step);
	r = record_new(on_big, &b);
	while (from < n) {
		l = (struct lines){ .p = p + from,
			.offset = (int64_t)from,
			.end = end };
		for (; l.n < per_block && from < n; from = to) {
			to = from + step < n ? from + step : n;
			starts[l.n] = from == 0;
			end[l.n++] = (uint32_t)(p + to - l.p);
		}
		record_lines(r, &l, &m, NULL);
	}
	record_end(r, false);
	assert_int_equal(b.seen, 1);
	record_free(r);
	free(p);
}

static void
big_records(void **state)
{
	static const size_t size[] = { RECORD_MAX - 1, RECORD_MAX,
		RECORD_MAX + 1, RECORD_MAX + 2, RECORD_MAX + 1024,
		2 * RECORD_MAX, 3 * RECORD_MAX + 77 };

	(void)state;
	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		check_big(size[i], 1024, 1);
		check_big(size[i], 1024, 7);
		check_big(size[i], 1024, 512);
		check_big(size[i], 1000, 64);
		/* the cut falls on a line end, and just behind it */
		check_big(size[i], RECORD_MAX, 1);
		check_big(size[i], RECORD_MAX / 2, 2);
	}
}

static bool
on_long(void *arg, const struct record *rec)
{
	struct buf *b = arg;

	buf_addf(b, "%lld+%lld %lldl cut %lld %zu%c\n", (long long)rec->offset,
	    (long long)rec->bytes, (long long)rec->lines, (long long)rec->cut,
	    rec->len, rec->p[rec->len - 1]);
	return true;
}

/* Lines that the reader has shortened already. */
static void
long_lines(void **state)
{
	char *p = xmalloc(READER_LINE + 1);
	uint32_t whole = READER_LINE + 1, a[2] = { 3, 6 };
	uint8_t one[2] = { 1, 0 }, no[2] = { 0, 0 };
	uint32_t key[2] = { 0, 0 };
	const struct marks start = { .starts = one, .key = key };
	const struct marks none = { .starts = no, .key = key };
	struct lines line = { p, 0, 1, &whole, 5000, 0 };
	struct lines few = { "*a\n b\n", 0, 2, a, 0, 0 };
	struct recorder *r;
	struct buf out;

	(void)state;
	memset(p, 'y', READER_LINE);
	p[READER_LINE] = '\n';
	buf_init(&out, 4096);
	r = record_new(on_long, &out);
	/* it is the record */
	record_lines(r, &line, &start, NULL);
	few.offset = READER_LINE + 5001;
	record_lines(r, &few, &start, NULL);
	/* it continues one, and is continued */
	line.offset = few.offset + 6;
	record_lines(r, &line, &none, NULL);
	few.offset = line.offset + READER_LINE + 5001;
	record_lines(r, &few, &none, NULL);
	record_end(r, false);
	assert_string_equal(buf_str(&out),
	    "0+70537 1l cut 5000 65536y\n"
	    "70537+70549 5l cut 5012 65536y\n");
	assert_int_equal(record_tally(r)->bytes, 2 * 70537 + 12);
	assert_true(tally_holds(record_tally(r)));
	record_free(r);
	/* the same, only counted */
	r = record_new(NULL, NULL);
	record_lines(r, &line, &start, NULL);
	record_lines(r, &few, &start, NULL);
	record_lines(r, &line, &none, NULL);
	record_end(r, false);
	assert_int_equal(record_tally(r)->records, 2);
	assert_int_equal(record_tally(r)->bytes, 2 * 70537 + 6);
	record_free(r);
	buf_free(&out);
	free(p);
}

static void
tallies(void **state)
{
	struct tally a = { 6, 60, 1, 10, 2, 20, 3, 30 };
	struct tally b = a;

	(void)state;
	assert_true(tally_holds(&a));
	tally_add(&a, &b);
	assert_true(tally_holds(&a));
	assert_int_equal(a.records, 12);
	assert_int_equal(a.bytes, 120);
	assert_int_equal(a.ignored, 2);
	assert_int_equal(a.ignored_bytes, 20);
	assert_int_equal(a.reported, 4);
	assert_int_equal(a.reported_bytes, 40);
	assert_int_equal(a.held, 6);
	assert_int_equal(a.held_bytes, 60);
	a.held_bytes++;
	assert_false(tally_holds(&a));
	b.records--;
	assert_false(tally_holds(&b));
	record_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(random_blocks),
		cmocka_unit_test(big_records),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(tallies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
