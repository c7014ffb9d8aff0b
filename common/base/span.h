/* SPDX-License-Identifier: ISC */
/* Looking for things in somebody else's bytes, for the files of match/. */
#ifndef COMMON_BASE_SPAN_H
#define COMMON_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/base/text.h"

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* How many of them it begins with. */
static inline size_t
span_digits(struct span s)
{
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n;
}

/* The value of a hexadecimal digit of either case, or -1. */
static inline int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Without its first n bytes, which are there. */
static inline struct span
span_skip(struct span s, size_t n)
{
	return (struct span){ s.p + n, s.n - n };
}

/* The part from p on, which points into it. */
static inline struct span
span_from(struct span s, const char *p)
{
	return span_skip(s, (size_t)(p - s.p));
}

/* The part before p, which points into it; NULL: all. */
static inline struct span
span_until(struct span s, const char *p)
{
	if (p != NULL)
		s.n = (size_t)(p - s.p);
	return s;
}

/* Its first n bytes, or all if it has fewer. */
static inline struct span
span_head(struct span s, size_t n)
{
	if (s.n > n)
		s.n = n;
	return s;
}

static inline bool
span_begins(struct span s, const char *with)
{
	size_t n;

	/* Most do not, and their first bytes tell. */
	if (s.n == 0 || *s.p != *with)
		return *with == '\0';
	n = strlen(with);
	return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* Most do not, and their last bytes tell; `with` is not empty. */
static inline bool
span_ends(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && s.p[s.n - 1] == with[n - 1] &&
	    memcmp(s.p + s.n - n, with, n) == 0;
}

/* The first occurrence, or NULL. */
static inline const char *
span_find(struct span s, const char *what)
{
	size_t n = strlen(what);
	const char *p;

	while (s.n >= n && (p = memchr(s.p, *what, s.n - n + 1)) != NULL) {
		if (memcmp(p, what, n) == 0)
			return p;
		s = span_from(s, p + 1);
	}
	return NULL;
}

/* The last occurrence, or NULL. */
static inline const char *
span_find_last(struct span s, const char *what)
{
	size_t n = strlen(what), i;

	for (i = s.n >= n ? s.n - n + 1 : 0; i > 0; i--)
		if (s.p[i - 1] == *what && memcmp(s.p + i - 1, what, n) == 0)
			return s.p + i - 1;
	return NULL;
}

#endif
