/* SPDX-License-Identifier: ISC */
/* A reader's lines as text. */
#include "tests/unit/reader_aid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "watchdog/read/input.h"
#include "watchdog/read/reader.h"

int
aid_file(const char *p, size_t n)
{
	char path[] = "/tmp/test_reader.XXXXXX";
	int fd = mkstemp(path);
	ssize_t k;

	assert_int_not_equal(fd, -1);
	unlink(path);
	for (; n > 0; n -= (size_t)k, p += k) {
		k = write(fd, p, n);
		assert_true(k > 0);
	}
	return fd;
}

void
aid_describe(struct buf *b, const struct lines *l)
{
	const char *p;
	size_t n;

	assert_true(l->n <= READER_LINES);
	assert_true(l->cut == 0 || l->n == 1);
	assert_true(l->n > 0 ? l->hole == 0 : l->hole > 0);
	if (l->n == 0)
		buf_addf(b, "%lld hole %lld\n",
		    (long long)(l->offset - l->hole), (long long)l->hole);
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &n);
		assert_true(n <= READER_LINE);
		assert_null(memchr(p, '\n', n));
		buf_addf(b,
		    "%lld:%zu:%lld:%d:", (long long)l->offset + (p - l->p), n,
		    (long long)l->cut, p + n < l->p + l->end[i]);
		buf_add(b, p, n < 8 ? n : 8);
		buf_addc(b, n > 0 ? p[n - 1] : '-');
		buf_addc(b, '\n');
	}
}

void
aid_read(struct got *g, int fd, int64_t from, int64_t end, bool finished)
{
	struct input *in = end < 0 ? input_pipe(fd) : input_file(fd);
	struct reader *r = reader_new(in, from, end, finished);
	enum reader_status st;
	struct lines l;
	int64_t at = from;

	buf_init(&g->lines, 1 << 26);
	assert_int_equal(reader_offset(r), from);
	assert_int_equal(reader_pending(r), 0);
	for (g->blocks = 0; (st = reader_next(r, &l)) == READER_LINES_READ;
	     g->blocks++) {
		at += l.hole;
		assert_int_equal(l.offset, at);
		at += l.cut + (l.n > 0 ? l.end[l.n - 1] : 0);
		assert_int_equal(reader_offset(r), at);
		aid_describe(&g->lines, &l);
	}
	assert_int_equal(st, READER_END);
	assert_int_equal(reader_next(r, &l), READER_END);
	g->offset = reader_offset(r);
	g->pending = reader_pending(r);
	reader_free(r);
	input_free(in);
}

void
aid_expect(struct got *g, const char *p, size_t n, int64_t from, bool finished)
{
	size_t i = (size_t)from, end, len, keep;
	const char *lf;

	buf_init(&g->lines, 1 << 26);
	for (; i < n; i = end) {
		for (end = i; end < n && p[end] == '\0'; end++)
			;
		if (end == n && !finished)
			break;
		if (end > i) {
			buf_addf(&g->lines, "%zu hole %zu\n", i, end - i);
			continue;
		}
		lf = memchr(p + i, '\n', n - i);
		end = lf != NULL ? (size_t)(lf + 1 - p) : n;
		if (lf == NULL && !finished)
			break;
		len = end - i - (lf != NULL);
		keep = len < READER_LINE ? len : READER_LINE;
		buf_addf(&g->lines, "%zu:%zu:%zu:%d:", i, keep, len - keep,
		    lf != NULL);
		buf_add(&g->lines, p + i, keep < 8 ? keep : 8);
		buf_addc(&g->lines, keep > 0 ? p[i + keep - 1] : '-');
		buf_addc(&g->lines, '\n');
	}
	g->offset = (int64_t)i;
	g->pending = (int64_t)(n - i);
}

void
aid_same(const struct got *a, const struct got *b, const char *what,
    size_t where)
{
	const char *x = buf_str(&a->lines), *y = buf_str(&b->lines);
	size_t i = 0;

	while (i < a->lines.len && i < b->lines.len && x[i] == y[i])
		i++;
	if (i < a->lines.len || i < b->lines.len || a->offset != b->offset ||
	    a->pending != b->pending)
		fail_msg("%s %zu: differs at %zu: \"%.40s\", expected "
			 "\"%.40s\"; at %lld + %lld, expected %lld + %lld",
		    what, where, i, y + i, x + i, (long long)b->offset,
		    (long long)b->pending, (long long)a->offset,
		    (long long)a->pending);
}

void
aid_check(const char *p, size_t n, const char *what)
{
	int fd = aid_file(p, n);
	struct got want, got;

	for (int finished = 0; finished < 2; finished++) {
		for (size_t from = 0; from <= n; from += 1 + n / 3) {
			aid_expect(&want, p, n, (int64_t)from, finished);
			aid_read(&got, fd, (int64_t)from, REST, finished);
			aid_same(&want, &got, what, from);
			buf_free(&got.lines);
			/* a limit inside the file is an end like any other */
			aid_read(&got, fd, (int64_t)from, (int64_t)n, finished);
			aid_same(&want, &got, what, from);
			buf_free(&got.lines);
			buf_free(&want.lines);
		}
	}
	close(fd);
}
