/* SPDX-License-Identifier: ISC */
/* A growing byte buffer with a maximum. */
#include "common/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"

#define BUF_FIRST 64 /* bytes of the first allocation */

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof *b);
	/* One byte is kept for the final NUL. */
	b->max = max < SIZE_MAX ? max : SIZE_MAX - 1;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_reset(struct buf *b)
{
	b->full = false;
	buf_cut(b, 0);
}

void
buf_cut(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->p != NULL)
		b->p[len] = '\0';
}

/* Room for n more bytes and the NUL; false and `full` if n is too many. */
static bool
make_room(struct buf *b, size_t n)
{
	size_t cap;

	if (n > b->max - b->len) {
		b->full = true;
		return false;
	}
	if (b->cap > b->len + n)
		return true;
	/* Doubling keeps many small additions linear. */
	cap = b->cap == 0 ? BUF_FIRST : b->cap;
	if (cap <= b->max / 2)
		cap *= b->cap == 0 ? 1 : 2;
	else
		cap = b->max + 1;
	if (cap <= b->len + n)
		cap = b->len + n + 1;
	b->p = xreallocarray(b->p, cap, 1);
	b->cap = cap;
	b->p[b->len] = '\0';
	return true;
}

bool
buf_add(struct buf *b, const void *p, size_t n)
{
	if (!make_room(b, n))
		return false;
	/* memcpy(dst, NULL, 0) is undefined. */
	if (n != 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
	return true;
}

bool
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool
buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	/* Over INT_MAX bytes, or a wide character that cannot be shown. */
	if (n < 0) {
		b->full = true;
		return false;
	}
	if (!make_room(b, (size_t)n))
		return false;
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return true;
}

const char *
buf_str(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}

char *
buf_take(struct buf *b)
{
	char *p = b->p != NULL ? b->p : xstrdup("");

	buf_init(b, b->max);
	return p;
}
