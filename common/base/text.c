/* SPDX-License-Identifier: ISC */
/* Bytes from outside made safe to show. */
#include "common/base/text.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"

#define TAB_STOP 8
#define NEAREST_MAX 64 /* longer words are no slip of the fingers */

static const char ellipsis[] = "\xe2\x80\xa6";

struct range {
	uint32_t first, last;
};

/*
 * The well-formed sequences by their lead byte (Unicode 15, table 3-7): the
 * second byte's range excludes overlong forms, surrogates and what is over
 * U+10FFFF; bytes after it are 80..BF.
 */
static const struct {
	unsigned char lead_first, lead_last, len, first, last;
} utf8_form[] = {
	{ 0x00, 0x7f, 1, 0x00, 0x00 },
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

/* Well-formed, but a terminal or a reader would be led astray. */
static const struct range hidden[] = {
	{ 0x80, 0x9f },
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x3164, 0x3164 },
	{ 0xfdd0, 0xfdef },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0xe0000, 0xe0fff },
};

size_t
text_utf8(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t i, k;

	if (n == 0)
		return 0;
	for (i = 0; i < sizeof utf8_form / sizeof *utf8_form; i++) {
		if (u[0] < utf8_form[i].lead_first ||
		    u[0] > utf8_form[i].lead_last)
			continue;
		if (utf8_form[i].len > n)
			return 0;
		if (utf8_form[i].len > 1 &&
		    (u[1] < utf8_form[i].first || u[1] > utf8_form[i].last))
			return 0;
		for (k = 2; k < utf8_form[i].len; k++)
			if (u[k] < 0x80 || u[k] > 0xbf)
				return 0;
		return utf8_form[i].len;
	}
	return 0;
}

uint32_t
text_code(const char *s, size_t len)
{
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)s[0] & mask[len];
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

static bool
is_hidden(uint32_t c)
{
	size_t i;

	if ((c & 0xfffe) == 0xfffe)
		return true; /* the last two of each plane */
	for (i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return false;
}

size_t
text_show(const char *s, size_t n, char out[TEXT_SHOWN], size_t *len)
{
	static const char digit[] = "0123456789abcdef";
	unsigned char c = (unsigned char)s[0];
	size_t k;

	if (is_plain(s[0]) || c == '\t') {
		out[0] = c == '\t' ? ' ' : s[0];
		return *len = 1;
	}
	k = text_utf8(s, n);
	if (k > 1 && !is_hidden(text_code(s, k))) {
		memcpy(out, s, k);
		return *len = k;
	}
	/*
	 * Only the first byte: those that follow in a hidden sequence are
	 * ill-formed on their own and take the same way.
	 */
	out[0] = '\\';
	out[1] = 'x';
	out[2] = digit[c >> 4];
	out[3] = digit[c & 15];
	*len = 4;
	return 1;
}

/* How many columns it takes, given what text_show said of it. */
static size_t
shown_width(size_t taken, size_t len)
{
	return taken == 1 ? len : 1;
}

/* Bytes that are shown as they are, one column each. */
static size_t
plain_run(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && is_plain(s[i]); i++)
		;
	return i;
}

/* As much as fits; false when that was not all. */
static bool
add_run(struct buf *b, const char *s, size_t n)
{
	size_t room = b->max - b->len;

	if (n <= room)
		return buf_add(b, s, n);
	buf_add(b, s, room);
	return buf_addc(b, s[room]); /* refused: sets `full` */
}

static bool
add_tab(struct buf *b, size_t *column)
{
	do {
		if (!buf_addc(b, ' '))
			return false;
	} while (++*column % TAB_STOP != 0);
	return true;
}

bool
text_clean(struct buf *b, const char *s, size_t n, enum text_mode mode)
{
	char shown[TEXT_SHOWN];
	size_t column = 0, i, k, len;

	for (i = 0; i < n; i += k) {
		k = plain_run(s + i, n - i);
		if (k > 0) {
			if (!add_run(b, s + i, k))
				return false;
			column += k;
			continue;
		}
		k = 1;
		if (mode == TEXT_BLOCK && s[i] == '\n') {
			if (!buf_addc(b, '\n'))
				return false;
			column = 0;
		} else if (mode == TEXT_BLOCK && s[i] == '\t') {
			if (!add_tab(b, &column))
				return false;
		} else {
			k = text_show(s + i, n - i, shown, &len);
			if (!buf_add(b, shown, len))
				return false;
			column += shown_width(k, len);
		}
	}
	return true;
}

void
text_shorten(struct buf *b, const char *s, size_t n, size_t max)
{
	char shown[TEXT_SHOWN];
	size_t width = 0, i, k, len, w;
	size_t mark = b->len; /* where the ellipsis would still fit */

	for (i = 0; i < n; i += k) {
		k = text_show(s + i, n - i, shown, &len);
		w = shown_width(k, len);
		if (width + w > max) {
			buf_cut(b, mark);
			if (max > 0)
				buf_adds(b, ellipsis);
			return;
		}
		if (!buf_add(b, shown, len))
			return;
		width += w;
		if (width < max)
			mark = b->len;
	}
}

/* A text on its way into lines. */
struct wrap {
	struct buf *b;
	const char *indent;
	size_t room; /* characters of a line behind the indent */
	size_t used; /* of them */
	bool begun;  /* the indent is written */
};

static size_t
count_width(const char *s, size_t n)
{
	char shown[TEXT_SHOWN];
	size_t width = 0, i, k, len;

	for (i = 0; i < n; i += k) {
		k = text_show(s + i, n - i, shown, &len);
		width += shown_width(k, len);
	}
	return width;
}

static void
wrap_break(struct wrap *w)
{
	buf_addc(w->b, '\n');
	w->used = 0;
	w->begun = false;
}

/* Character by character, into as many lines as it takes. */
static void
wrap_put(struct wrap *w, const char *s, size_t n)
{
	char shown[TEXT_SHOWN];
	size_t i, k, len, width;

	for (i = 0; i < n; i += k) {
		k = text_show(s + i, n - i, shown, &len);
		width = shown_width(k, len);
		if (w->used > 0 && w->used + width > w->room)
			wrap_break(w);
		/* Not before the first character: no blanks on empty lines. */
		if (!w->begun)
			buf_adds(w->b, w->indent);
		w->begun = true;
		buf_add(w->b, shown, len);
		w->used += width;
	}
}

/* A word and the blanks before it, which vanish where the line is broken. */
static void
wrap_word(struct wrap *w, const char *s, size_t blanks, size_t n)
{
	size_t width = count_width(s + blanks, n);

	if (n == 0)
		return;
	if (w->used + blanks + width <= w->room) {
		wrap_put(w, s, blanks + n);
		return;
	}
	if (w->used > 0)
		wrap_break(w);
	wrap_put(w, s + blanks, n);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void
text_wrap(struct buf *b, const char *s, size_t n, size_t width,
    const char *indent)
{
	size_t margin = count_width(indent, strlen(indent));
	struct wrap w = { .b = b, .indent = indent };
	size_t i = 0, blanks, word;

	w.room = width > margin ? width - margin : 1;
	while (i < n) {
		if (s[i] == '\n') {
			wrap_break(&w);
			i++;
			continue;
		}
		for (blanks = 0; i + blanks < n && is_blank(s[i + blanks]);)
			blanks++;
		for (word = 0; i + blanks + word < n &&
		     !is_blank(s[i + blanks + word]) &&
		     s[i + blanks + word] != '\n';)
			word++;
		wrap_word(&w, s + i, blanks, word);
		i += blanks + word;
	}
}

char *
text_count(char out[32], long long v)
{
	char digits[24];
	size_t n, i, o = 0;

	/* Negating LLONG_MIN as a signed number would overflow. */
	snprintf(digits, sizeof digits, "%llu",
	    v < 0 ? -(unsigned long long)v : (unsigned long long)v);
	n = strlen(digits);
	if (v < 0)
		out[o++] = '-';
	for (i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out[o++] = ',';
		out[o++] = digits[i];
	}
	out[o] = '\0';
	return out;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance with swaps of neighbours; both at most NEAREST_MAX long. */
static size_t
distance(const char *a, size_t an, const char *b, size_t bn)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2], *turn;
	size_t i, j;

	for (j = 0; j <= bn; j++)
		before[j] = above[j] = j;
	for (i = 1; i <= an; i++) {
		row[0] = i;
		for (j = 1; j <= bn; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1,
			    above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		turn = before;
		before = above;
		above = row;
		row = turn;
	}
	return above[bn];
}

const char *
text_nearest(const char *word, const char *const *names, size_t n)
{
	size_t len = strnlen(word, NEAREST_MAX + 1);
	size_t best = 1 + len / 4 + 1; /* one too far */
	const char *found = NULL;
	size_t i, d, k;

	if (len > NEAREST_MAX)
		return NULL;
	for (i = 0; i < n; i++) {
		k = strnlen(names[i], NEAREST_MAX + 1);
		if (k > NEAREST_MAX)
			continue;
		d = distance(word, len, names[i], k);
		if (d < best) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
