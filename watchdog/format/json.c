/* SPDX-License-Identifier: ISC */
/* A JSON object in a line. */
#include "watchdog/format/json.h"

#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"

struct walk {
	struct span s; /* what is left */
	int depth;
	uint64_t array;                   /* bit d: level d is an array */
	struct span name[JSON_DEPTH + 1]; /* of what is being read there */
};

static void
blanks(struct walk *w)
{
	while (w->s.n > 0 &&
	    (w->s.p[0] == ' ' || w->s.p[0] == '\t' || w->s.p[0] == '\r'))
		w->s = span_skip(w->s, 1);
}

static bool
take(struct walk *w, char c)
{
	blanks(w);
	if (w->s.n == 0 || w->s.p[0] != c)
		return false;
	w->s = span_skip(w->s, 1);
	return true;
}

/* Behind the opening quote. */
static bool
take_string(struct walk *w, struct span *out)
{
	size_t i = 0;

	while (i < w->s.n && w->s.p[i] != '"') {
		if ((unsigned char)w->s.p[i] < ' ')
			return false;
		i += w->s.p[i] == '\\' ? 2 : 1;
	}
	if (i >= w->s.n)
		return false;
	*out = span_head(w->s, i);
	w->s = span_skip(w->s, i + 1);
	return true;
}

/* A number, or true, false, null. */
static bool
take_word(struct walk *w, struct json_member *m)
{
	static const char *const word[] = { "true", "false", "null" };
	size_t i = 0;

	while (i < w->s.n && w->s.p[i] != '\0' &&
	    strchr("+-.0123456789eE", w->s.p[i]) != NULL)
		i++;
	m->kind = JSON_NUMBER;
	if (i == 0) {
		m->kind = JSON_WORD;
		for (size_t k = 0; k < 3 && i == 0; k++)
			if (span_begins(w->s, word[k]))
				i = strlen(word[k]);
	}
	m->value = span_head(w->s, i);
	w->s = span_skip(w->s, i);
	return i > 0;
}

static bool
is_array(const struct walk *w)
{
	return (w->array >> w->depth & 1) != 0;
}

/* Behind a value: closes what ends here.  *done: the outermost did; else a
 * comma was there and the next value follows. */
static bool
after_value(struct walk *w, bool *done)
{
	while (take(w, is_array(w) ? ']' : '}'))
		if (--w->depth == 0) {
			*done = true;
			return true;
		}
	return take(w, ',');
}

/* Opens what begins here.  *empty: it ended at once. */
static bool
open_nested(struct walk *w, bool array, bool *empty)
{
	if (w->depth == JSON_DEPTH)
		return false;
	w->depth++;
	w->array &= ~((uint64_t)1 << w->depth);
	w->array |= (uint64_t)array << w->depth;
	w->name[w->depth] = (struct span){ w->s.p, 0 };
	*empty = take(w, array ? ']' : '}');
	if (*empty)
		w->depth--;
	return true;
}

static bool
take_name(struct walk *w)
{
	return is_array(w) ||
	    (take(w, '"') && take_string(w, &w->name[w->depth]) &&
		take(w, ':'));
}

static bool
take_value(struct walk *w, void (*member)(void *, const struct json_member *),
    void *arg)
{
	struct json_member m = { .kind = JSON_STRING, .depth = w->depth };

	if (take(w, '"')) {
		if (!take_string(w, &m.value))
			return false;
	} else if (!take_word(w, &m))
		return false;
	m.name = w->name[w->depth];
	m.parent = w->name[w->depth - 1];
	member(arg, &m);
	return true;
}

bool
json_walk(struct span s, void (*member)(void *, const struct json_member *),
    void *arg)
{
	struct walk w = { .s = s };
	bool done = false, empty, array;

	w.name[0] = span_head(s, 0);
	if (!take(&w, '{') || !open_nested(&w, false, &empty))
		return false;
	done = empty;
	while (!done) {
		if (!take_name(&w))
			return false;
		array = take(&w, '[');
		if (array || take(&w, '{')) {
			if (!open_nested(&w, array, &empty))
				return false;
			if (!empty)
				continue;
		} else if (!take_value(&w, member, arg))
			return false;
		if (!after_value(&w, &done))
			return false;
	}
	blanks(&w);
	return w.s.n == 0;
}

static int
hex4(struct span s)
{
	int code = 0;

	if (s.n < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		if (hex_digit(s.p[i]) < 0)
			return -1;
		code = code * 16 + hex_digit(s.p[i]);
	}
	return code;
}

static void
put_code(struct buf *b, int c)
{
	if (c < 0x80)
		buf_addc(b, (char)c);
	else if (c < 0x800) {
		buf_addc(b, (char)(0xc0 | c >> 6));
		buf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addc(b, (char)(0xe0 | c >> 12));
		buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(b, (char)(0xf0 | c >> 18));
		buf_addc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* At a backslash: how many bytes the escape takes, 0 if it is none. */
static size_t
put_escape(struct buf *b, struct span s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;
	int c, low;

	if (s.n < 2 || s.p[1] == '\0')
		return 0;
	at = strchr(from, s.p[1]);
	if (at != NULL) {
		buf_addc(b, to[at - from]);
		return 2;
	}
	c = s.p[1] == 'u' ? hex4(span_skip(s, 2)) : -1;
	if (c < 0)
		return 0;
	if (c >= 0xd800 && c < 0xdc00 && s.n >= 12 &&
	    span_begins(span_skip(s, 6), "\\u")) {
		low = hex4(span_skip(s, 8));
		if (low >= 0xdc00 && low < 0xe000) {
			put_code(b,
			    0x10000 + ((c - 0xd800) << 10) + low - 0xdc00);
			return 12;
		}
	}
	put_code(b, c);
	return 6;
}

void
json_text(struct buf *b, struct span s)
{
	const char *p;
	size_t n;

	while ((p = span_find(s, "\\")) != NULL) {
		buf_add(b, s.p, (size_t)(p - s.p));
		s = span_from(s, p);
		n = put_escape(b, s);
		if (n == 0) {
			buf_addc(b, '\\');
			n = 1;
		}
		s = span_skip(s, n);
	}
	buf_add(b, s.p, s.n);
}
