/* SPDX-License-Identifier: ISC */
/* Paths of the site: decoded, normalised, cut off their docroot. */
#include "watchdog/match/locate.h"

#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"

/* Behind "http://host", and without the query. */
static struct span
target_path(struct span s)
{
	static const char *const scheme[] = { "http://", "https://" };
	size_t i;

	for (i = 0; i < sizeof scheme / sizeof *scheme; i++) {
		if (!span_begins(s, scheme[i]))
			continue;
		s = span_skip(s, strlen(scheme[i]));
		while (s.n > 0 && *s.p != '/')
			s = span_skip(s, 1);
		break;
	}
	for (i = 0; i < s.n; i++)
		if (s.p[i] == '?' || s.p[i] == '#')
			break;
	s.n = i;
	return s;
}

/* Decodes once, as servers do: "%252e" stays "%2e". */
static bool
add_decoded(struct buf *b, struct span s)
{
	const char *p;
	int hi, lo;
	char c;

	while ((p = memchr(s.p, '%', s.n)) != NULL) {
		if (!buf_add(b, s.p, (size_t)(p - s.p)))
			return false;
		s = span_from(s, p + 1);
		hi = s.n > 1 ? hex_digit(s.p[0]) : -1;
		lo = s.n > 1 ? hex_digit(s.p[1]) : -1;
		c = '%';
		if (hi >= 0 && lo >= 0) {
			c = (char)(hi << 4 | lo);
			s = span_skip(s, 2);
		}
		if (!buf_addc(b, c))
			return false;
	}
	return buf_add(b, s.p, s.n);
}

/*
 * Resolves "//", "." and ".." in place, as RFC 3986 5.2.4 does; ".." stops
 * at the root.  The path begins with '/'.  Returns the new length.
 */
static size_t
resolve(char *p, size_t n)
{
	size_t in = 0, out = 0, len;
	bool dot, up;

	while (in < n) {
		while (in < n && p[in] == '/')
			in++;
		for (len = 0; in + len < n && p[in + len] != '/'; len++)
			;
		dot = len == 1 && p[in] == '.';
		up = len == 2 && p[in] == '.' && p[in + 1] == '.';
		while (up && out > 0 && p[--out] != '/')
			;
		if (!dot && !up) {
			p[out++] = '/';
			memmove(p + out, p + in, len);
			out += len;
		} else if (in + len == n)
			p[out++] = '/'; /* it names a directory */
		in += len;
	}
	return out;
}

bool
locate_normalise(struct buf *b, const char *p, size_t n, bool url)
{
	struct span s = { p, n };
	size_t mark = b->len;

	if (url)
		s = target_path(s);
	if (s.n == 0 || *s.p != '/')
		return false;
	if (!(url ? add_decoded(b, s) : buf_add(b, s.p, s.n)) ||
	    memchr(b->p + mark, '\0', b->len - mark) != NULL) {
		buf_cut(b, mark);
		return false;
	}
	buf_cut(b, mark + resolve(b->p + mark, b->len - mark));
	return true;
}

struct span
locate_section(const char *path, size_t n)
{
	while (n > 0 && path[n - 1] != '/')
		n--;
	return (struct span){ path, n > 1 ? n - 1 : n };
}

/* Without blanks around it and slashes at its end. */
static struct span
trimmed(struct span s)
{
	while (s.n > 0 && *s.p == ' ')
		s = span_skip(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '/'))
		s.n--;
	return s;
}

bool
locate_docroot(const char *text, struct docroot *d)
{
	struct span s = { text, strlen(text) };
	const char *p = span_find(s, " = ");

	d->dir = trimmed(span_until(s, p));
	d->prefix = (struct span){ "", 0 };
	if (p == NULL)
		return *text == '/';
	p += strspn(p + 3, " ") + 3;
	d->prefix = trimmed(span_from(s, p));
	return *text == '/' && *p == '/';
}

/* The docroot that the path is under, on a component's boundary, the longest
 * of several, and how long it is without the slash at its end. */
static const struct docroot *
docroot_of(const struct docroot *d, size_t ndocroot, struct span path,
    size_t *len)
{
	const struct docroot *best = NULL;
	size_t i, n;

	for (i = 0; i < ndocroot; i++) {
		n = d[i].dir.n;
		while (n > 0 && d[i].dir.p[n - 1] == '/')
			n--;
		if (n > path.n || memcmp(path.p, d[i].dir.p, n) != 0 ||
		    (n < path.n && path.p[n] != '/'))
			continue;
		if (best == NULL || n > *len) {
			best = &d[i];
			*len = n;
		}
	}
	return best;
}

bool
locate_file(struct buf *b, const char *p, size_t n, const struct docroot *d,
    size_t ndocroot)
{
	size_t mark = b->len, cut, keep;
	const struct docroot *in;
	struct span path;

	if (ndocroot == 0 || !locate_normalise(b, p, n, false))
		return false;
	path = (struct span){ b->p + mark, b->len - mark };
	in = docroot_of(d, ndocroot, path, &cut);
	keep = path.n;
	/* Room for the prefix, should it be longer than the directory. */
	if (in == NULL ||
	    (in->prefix.n > 0 && !buf_add(b, in->prefix.p, in->prefix.n))) {
		buf_cut(b, mark);
		return false;
	}
	memmove(b->p + mark + in->prefix.n, b->p + mark + cut, keep - cut);
	if (in->prefix.n > 0)
		memcpy(b->p + mark, in->prefix.p, in->prefix.n);
	buf_cut(b, mark + in->prefix.n + keep - cut);
	return b->len > mark || buf_addc(b, '/'); /* the docroot itself */
}
