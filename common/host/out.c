/* SPDX-License-Identifier: ISC */
/* Listings: an aligned table or JSON lines. */
#include "common/host/out.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/base/xmem.h"

#define CELL_MAX (16 * 1024 * 1024) /* bytes of one value as it is shown */
#define GAP 2                       /* blanks between two columns */

struct out {
	FILE *f;
	bool json;
	const struct out_column *column;
	size_t n;
	char **cell; /* n of each row, the present row last */
	size_t rows; /* that are complete */
	size_t room; /* rows allocated */
	int error;   /* errno of the first failed write */
};

struct out *
out_open(FILE *f, bool json, const struct out_column *column, size_t n)
{
	struct out *o = xcalloc(1, sizeof *o);

	o->f = f;
	o->json = json;
	o->column = column;
	o->n = n;
	o->room = 1;
	o->cell = xcalloc(n, sizeof *o->cell);
	return o;
}

/* Takes the string. */
static void
set_cell(struct out *o, size_t column, char *shown)
{
	char **cell = &o->cell[o->rows * o->n + column];

	assert(column < o->n);
	free(*cell);
	*cell = shown;
}

void
out_text(struct out *o, size_t column, const char *s, size_t n)
{
	struct buf b;

	buf_init(&b, CELL_MAX);
	if (o->json)
		out_json_string(&b, s, n);
	else
		text_clean(&b, s, n, TEXT_LINE);
	set_cell(o, column, buf_take(&b));
}

void
out_string(struct out *o, size_t column, const char *s)
{
	if (s != NULL)
		out_text(o, column, s, strlen(s));
}

void
out_int(struct out *o, size_t column, int64_t v)
{
	char text[CLOCK_TEXT];

	assert(column < o->n);
	if (o->column[column].kind == OUT_TIME) {
		if (o->json)
			clock_rfc3339(v, text);
		else
			clock_local(v, text);
		out_string(o, column, text);
	} else if (o->json) {
		set_cell(o, column, xasprintf("%" PRId64, v));
	} else {
		set_cell(o, column, xstrdup(text_count(text, v)));
	}
}

static void
put(struct out *o, const char *s, size_t n)
{
	if (o->error == 0 && n > 0 && fwrite(s, 1, n, o->f) != n)
		o->error = errno != 0 ? errno : EIO;
}

static void
puts_to(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

static void
json_row(struct out *o)
{
	char **cell = o->cell;
	struct buf b;
	size_t i;

	buf_init(&b, SIZE_MAX);
	for (i = 0; i < o->n; i++) {
		buf_addc(&b, i == 0 ? '{' : ',');
		out_json_string(&b, o->column[i].name,
		    strlen(o->column[i].name));
		buf_addc(&b, ':');
		buf_adds(&b, cell[i] != NULL ? cell[i] : "null");
		free(cell[i]);
		cell[i] = NULL;
	}
	buf_adds(&b, "}\n");
	put(o, b.p, b.len);
	buf_free(&b);
}

void
out_row(struct out *o)
{
	if (o->json) {
		json_row(o);
		return;
	}
	o->rows++;
	if (o->rows == o->room) {
		o->room *= 2;
		o->cell = xreallocarray(o->cell, o->room * o->n,
		    sizeof *o->cell);
	}
	memset(&o->cell[o->rows * o->n], 0, o->n * sizeof *o->cell);
}

/* In characters; all of the text has been cleaned. */
static size_t
width_of(const char *s)
{
	size_t width = 0;

	for (; *s != '\0'; s++)
		if (((unsigned char)*s & 0xc0) != 0x80)
			width++;
	return width;
}

static const char *
shown(const struct out *o, size_t row, size_t column)
{
	const char *s = o->cell[row * o->n + column];

	return s != NULL && s[0] != '\0' ? s : "-";
}

static size_t *
measure(const struct out *o)
{
	size_t *width = xcalloc(o->n, sizeof *width);
	size_t row, i, w;

	for (i = 0; i < o->n; i++) {
		if (o->column[i].title == NULL)
			continue;
		width[i] = width_of(o->column[i].title);
		for (row = 0; row < o->rows; row++) {
			w = width_of(shown(o, row, i));
			if (w > width[i])
				width[i] = w;
		}
	}
	return width;
}

static void
pad(struct out *o, size_t n)
{
	static const char blank[] = "                ";

	for (; n > sizeof blank - 1; n -= sizeof blank - 1)
		put(o, blank, sizeof blank - 1);
	put(o, blank, n);
}

/* row == SIZE_MAX: the head. */
static void
table_row(struct out *o, const size_t *width, size_t row)
{
	const char *s;
	size_t i, fill, due = 0; /* blanks that are not at the end yet */
	bool first = true;

	for (i = 0; i < o->n; i++) {
		if (o->column[i].title == NULL)
			continue;
		s = row == SIZE_MAX ? o->column[i].title : shown(o, row, i);
		fill = width[i] - width_of(s);
		pad(o, due + (first ? 0 : GAP));
		if (o->column[i].kind == OUT_INT)
			pad(o, fill);
		puts_to(o, s);
		due = o->column[i].kind == OUT_INT ? 0 : fill;
		first = false;
	}
}

static bool
is_bold(const struct out *o)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if ((no != NULL && no[0] != '\0') || term == NULL ||
	    strcmp(term, "dumb") == 0)
		return false;
	return isatty(fileno(o->f)) == 1;
}

static void
print_table(struct out *o)
{
	size_t *width = measure(o);
	bool bold = is_bold(o);
	size_t row;

	puts_to(o, bold ? "\033[1m" : "");
	table_row(o, width, SIZE_MAX);
	puts_to(o, bold ? "\033[0m\n" : "\n");
	for (row = 0; row < o->rows; row++) {
		table_row(o, width, row);
		put(o, "\n", 1);
	}
	free(width);
}

bool
out_close(struct out *o)
{
	size_t i;
	int error;

	if (!o->json)
		print_table(o);
	if (fflush(o->f) == EOF && o->error == 0)
		o->error = errno;
	for (i = 0; i < (o->rows + 1) * o->n; i++)
		free(o->cell[i]);
	error = o->error;
	free(o->cell);
	free(o);
	errno = error;
	return error == 0;
}

/* One code point that must not be seen, as JSON escapes it. */
static void
json_escape(struct buf *b, uint32_t c)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	const char *at = c != 0 && c < 0x80 ? strchr(plain, (int)c) : NULL;

	if (at != NULL) {
		buf_addc(b, '\\');
		buf_addc(b, letter[at - plain]);
	} else if (c >= 0x10000) {
		buf_addf(b, "\\u%04x\\u%04x",
		    (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
		    (unsigned)(0xdc00 + (c & 0x3ff)));
	} else {
		buf_addf(b, "\\u%04x", (unsigned)c);
	}
}

void
out_json_string(struct buf *b, const char *s, size_t n)
{
	char as[TEXT_SHOWN];
	size_t i, k, len;

	buf_addc(b, '"');
	for (i = 0; i < n; i += k) {
		k = text_utf8(s + i, n - i);
		if (k == 0) {
			k = 1;
			buf_addf(b, "\\\\x%02x", (unsigned char)s[i]);
		} else if (s[i] == '"' || s[i] == '\\' || s[i] == '\t' ||
		    text_show(s + i, n - i, as, &len) != k || len != k) {
			json_escape(b, text_code(s + i, k));
		} else {
			buf_add(b, s + i, k);
		}
	}
	buf_addc(b, '"');
}
