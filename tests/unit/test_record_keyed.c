/* SPDX-License-Identifier: ISC */
/* Lines become records where several writers interleave. */
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
#include "watchdog/read/reader.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keyed),
		cmocka_unit_test(keyed_random),
		cmocka_unit_test(overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
