/* SPDX-License-Identifier: ISC */
/*
 * A line taken apart from its beginning, piece by piece: each function takes
 * what it names if that comes next, and else leaves the span as it is.
 */
#ifndef WATCHDOG_FORMAT_TAKE_H
#define WATCHDOG_FORMAT_TAKE_H

#include <stdbool.h>
#include <string.h>

#include "common/base/text.h"

static inline void
take_bytes(struct span *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

static inline bool
take_text(struct span *s, const char *text)
{
	size_t n = strlen(text);

	if (s->n < n || memcmp(s->p, text, n) != 0)
		return false;
	take_bytes(s, n);
	return true;
}

static inline bool
take_char(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	take_bytes(s, 1);
	return true;
}

/* All blanks; true if there was one. */
static inline bool
take_blanks(struct span *s)
{
	bool any = false;

	while (take_char(s, ' '))
		any = true;
	return any;
}

/* Whatever is not one of `stop`; may be empty. */
static inline struct span
take_until(struct span *s, const char *stop)
{
	struct span word = { s->p, 0 };

	while (word.n < s->n && s->p[word.n] != '\0' &&
	    strchr(stop, s->p[word.n]) == NULL)
		word.n++;
	take_bytes(s, word.n);
	return word;
}

/* One or more decimal digits. */
static inline bool
take_digits(struct span *s)
{
	size_t i = 0;

	while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9')
		i++;
	take_bytes(s, i);
	return i > 0;
}

/* "[…]" up to the first ']'; *in is what it holds. */
static inline bool
take_bracket(struct span *s, struct span *in)
{
	const char *close;

	if (s->n == 0 || s->p[0] != '[')
		return false;
	close = memchr(s->p, ']', s->n);
	if (close == NULL)
		return false;
	in->p = s->p + 1;
	in->n = (size_t)(close - in->p);
	take_bytes(s, in->n + 2);
	return true;
}

/* The record's first line. */
static inline struct span
take_line(const char *record, size_t len)
{
	const char *lf = len > 0 ? memchr(record, '\n', len) : NULL;

	return (
	    struct span){ record, lf != NULL ? (size_t)(lf - record) : len };
}

#endif
