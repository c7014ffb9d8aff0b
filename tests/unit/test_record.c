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

/* Only what it says. */
static bool
only_text(void *arg, const struct record *rec)
{
	struct buf *b = arg;

	buf_addc(b, '{');
	buf_add(b, rec->p, rec->len);
	buf_addc(b, '}');
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
	struct lines line = { p, 0, 1, &whole, 5000 };
	struct lines few = { "*a\n b\n", 0, 2, a, 0 };
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

/* ---- several open ------------------------------------------------------- */

/*
 * Lines of several writers as one block: capital letters start a record of that
 * writer, small ones continue it; "-" is by whoever wrote the line before.
 */
static void
feed_block(struct recorder *r, const char *text, size_t from, size_t to)
{
	size_t n = to - from;
	uint32_t *end = xcalloc(n, sizeof *end), *key = xcalloc(n, sizeof *key);
	uint8_t *starts = xcalloc(n, 1);
	char *copy = xmalloc(n * 2);
	struct marks m = { .starts = starts, .key = key, .keyed = true };
	struct lines l = { .p = copy,
		.offset = (int64_t)from * 2,
		.n = n,
		.end = end };

	for (size_t i = 0; i < n; i++) {
		char c = text[from + i];

		copy[i * 2] = c;
		copy[i * 2 + 1] = '\n';
		end[i] = (uint32_t)(i * 2 + 2);
		starts[i] = c >= 'A' && c <= 'Z';
		key[i] = c == '-' ? 0 : (uint32_t)(c | 0x20);
	}
	record_lines(r, &l, &m, NULL);
	memset(copy, 'X', n * 2);
	free(copy);
	free(starts);
	free(key);
	free(end);
}

/* The same, each line a block of its own. */
static void
feed_keyed(struct recorder *r, const char *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		feed_block(r, text, i, i + 1);
}

static void
keyed(void **state)
{
	static const struct {
		const char *in, *out;
		bool hold;
	} t[] = {
		{ "AaBbab", "{A\na\na}{B\nb\nb}", false },
		{ "ABba", "{A\na}{B\nb}", false },
		/* a start ends its own writer's record, no other's */
		{ "ABAab", "{A}{B\nb}{A\na}", false },
		/* the line before's writer */
		{ "AB-a-", "{A\na\n-}{B\n-}", false },
		/* orphans have writers too */
		{ "aBab", "{a\na}{B\nb}", false },
		{ "-A", "{-}{A}", false },
		/* held from the first that is open; what is whole goes */
		{ "AABb", "{A}+2", true },
		{ "ABABab", "{A}{B}+4", true },
		{ "AAAB", "{A}{A}+4", true },
		{ "", "-1", true },
	};
	struct recorder *r;
	struct buf out;
	int64_t at;

	(void)state;
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		for (int block = 0; block < 2; block++) {
			size_t n = strlen(t[i].in);

			buf_reset(&out);
			r = record_new(only_text, &out);
			if (block && n > 0)
				feed_block(r, t[i].in, 0, n);
			else
				feed_keyed(r, t[i].in, 0, n);
			at = record_end(r, t[i].hold);
			if (t[i].hold)
				buf_addf(&out, "%+lld", (long long)at);
			assert_true(tally_holds(record_tally(r)));
			if (strcmp(buf_str(&out), t[i].out) != 0)
				fail_msg("%s gave %s", t[i].in, buf_str(&out));
			record_free(r);
		}
	}
	buf_free(&out);
}

/* Random writers, more of them than may be open, some of them long silent:
 * it does not matter where blocks end, and what is held comes again whole,
 * and nothing else does. */
static void
keyed_random(void **state)
{
	unsigned seed = 5;
	char text[700];
	struct buf want, got;
	struct recorder *r;
	int64_t bytes, at;
	size_t n, k, next;

	(void)state;
	buf_init(&want, 1 << 18);
	buf_init(&got, 1 << 18);
	for (int round = 0; round < 600; round++) {
		int letters = 1 + rand_r(&seed) % 26;
		int starts = 2 + rand_r(&seed) % 30;

		n = 1 + (size_t)rand_r(&seed) % (sizeof text - 1);
		for (size_t i = 0; i < n; i++) {
			text[i] = (char)('a' + rand_r(&seed) % letters);
			if (rand_r(&seed) % starts == 0)
				text[i] = (char)(text[i] - 0x20);
			else if (rand_r(&seed) % 9 == 0)
				text[i] = '-';
		}
		buf_reset(&want);
		r = record_new(to_text, &want);
		feed_block(r, text, 0, n);
		assert_int_equal(record_end(r, false), -1);
		record_free(r);
		buf_reset(&got);
		r = record_new(to_text, &got);
		for (k = 0; k < n; k = next) {
			next = k + 1 + (size_t)rand_r(&seed) % 40;
			next = next < n ? next : n;
			feed_block(r, text, k, next);
		}
		assert_int_equal(record_end(r, false), -1);
		record_free(r);
		assert_string_equal(buf_str(&want), buf_str(&got));
		/* two runs: bytes are read once, or held and read again */
		k = (size_t)rand_r(&seed) % n;
		buf_reset(&got);
		r = record_new(to_text, &got);
		feed_keyed(r, text, 0, k);
		at = record_end(r, true);
		bytes = record_tally(r)->bytes - record_tally(r)->held_bytes;
		assert_true(tally_holds(record_tally(r)));
		record_free(r);
		if (at < 0)
			at = (int64_t)k * 2;
		assert_int_equal(at, bytes);
	}
	buf_free(&want);
	buf_free(&got);
}

/* More open ones than there is room for: each text comes once. */
static void
overflow(void **state)
{
	enum { LINES = 2 * RECORD_OPEN + 10 };
	uint32_t end[LINES], key[LINES];
	uint8_t starts[LINES];
	char p[2 * LINES];
	struct marks m = { .starts = starts, .key = key, .keyed = true };
	struct lines l = { .p = p, .n = LINES, .end = end };
	struct recorder *r;
	struct buf out;
	int64_t at;

	(void)state;
	for (size_t i = 0; i < LINES; i++) {
		/* each writer starts one; the first goes on at last */
		key[i] = (uint32_t)(i < LINES - 1 ? i + 1 : 1);
		starts[i] = i < LINES - 1;
		/* and once before it is closed for want of room */
		if (i == RECORD_OPEN - 2) {
			key[i] = 1;
			starts[i] = 0;
		}
		p[2 * i] = 'x';
		p[2 * i + 1] = '\n';
		end[i] = (uint32_t)(2 * i + 2);
	}
	buf_init(&out, 1 << 16);
	for (int hold = 0; hold < 2; hold++) {
		l.n = hold ? RECORD_OPEN + 2 : LINES;
		buf_reset(&out);
		r = record_new(only_text, &out);
		record_lines(r, &l, &m, NULL);
		at = record_end(r, hold);
		assert_true(tally_holds(record_tally(r)));
		assert_int_equal(record_tally(r)->bytes, 2 * l.n);
		/* what is read again is what was not handed out */
		if (hold)
			assert_int_equal(at,
			    2 * l.n - (size_t)record_tally(r)->held_bytes);
		else
			assert_int_equal(record_tally(r)->records, LINES - 1);
		record_free(r);
	}
	buf_free(&out);
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
		cmocka_unit_test(keyed),
		cmocka_unit_test(keyed_random),
		cmocka_unit_test(overflow),
		cmocka_unit_test(tallies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
