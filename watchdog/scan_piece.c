/* SPDX-License-Identifier: ISC */
/* Lines that begin in one part of a log and end in the next. */
#include "watchdog/scan_piece.h"

#include <string.h>

#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"

void
piece_init(struct piece *c)
{
	buf_init(&c->text, READER_LINE + 1);
	c->cut = 0;
}

void
piece_free(struct piece *c)
{
	buf_free(&c->text);
}

void
piece_reset(struct piece *c)
{
	buf_reset(&c->text);
	c->cut = 0;
}

bool
piece_waits(const struct piece *c)
{
	return c->text.len > 0;
}

bool
piece_whole(const struct piece *c)
{
	return c->text.len > 0 && c->text.p[c->text.len - 1] == '\n';
}

int64_t
piece_offset(const struct piece *c)
{
	return c->at;
}

int64_t
piece_bytes(const struct piece *c)
{
	return (int64_t)c->text.len + c->cut;
}

void
piece_add(struct piece *c, const struct lines *l)
{
	size_t n, keep;
	const char *p = lines_at(l, 0, &n);

	if (c->text.len == 0)
		c->at = l->offset;
	keep = READER_LINE - c->text.len;
	if (c->cut > 0)
		keep = 0;
	if (keep > n)
		keep = n;
	buf_add(&c->text, p, keep);
	c->cut += (int64_t)(n - keep) + l->cut;
	if (l->end[0] > n)
		buf_addc(&c->text, '\n');
}

void
piece_lines(const struct piece *c, struct lines *l, uint32_t *end)
{
	memset(l, 0, sizeof *l);
	l->p = c->text.p;
	l->offset = c->at;
	l->n = 1;
	l->end = end;
	l->cut = c->cut;
	*end = (uint32_t)c->text.len;
}

static bool
has_head(const struct format *f, const char *p, size_t n)
{
	struct fields fields;

	memset(&fields, 0, sizeof fields);
	return n > 0 && f->parse(f, p, n, &fields) &&
	    (f != &format_plain || fields.has_time);
}

static void
add_both(struct piece *both, const struct piece *c, const struct lines *l)
{
	piece_init(both);
	buf_add(&both->text, c->text.p, c->text.len);
	both->cut = c->cut;
	piece_add(both, l);
}

const struct format *
piece_format(const struct piece *c, const struct lines *l)
{
	const struct format *f;
	struct piece both;
	struct lines one;
	uint32_t end;

	add_both(&both, c, l);
	piece_lines(&both, &one, &end);
	f = format_detect(&one);
	piece_free(&both);
	return f;
}

/* A cut may leave the rest of a head that looks like a whole one:
 * "[" and "2026-11-28 ...". */
static bool
begins_anew(const struct piece *c, const struct format *f,
    const struct lines *l)
{
	struct piece both;
	bool anew;
	size_t n;
	const char *p = lines_at(l, 0, &n);

	if (!has_head(f, p, n))
		return false;
	if (has_head(f, c->text.p, c->text.len))
		return true;
	add_both(&both, c, l);
	anew = !has_head(f, both.text.p, both.text.len);
	piece_free(&both);
	return anew;
}

bool
piece_goes_on(const struct piece *c, const struct format *f,
    const struct format_state *before, const struct lines *l, bool torn)
{
	struct format_state state = *before;
	struct lines one;
	uint32_t end, key;
	uint8_t starts;

	if (begins_anew(c, f, l))
		return false;
	if (torn)
		return true;
	piece_lines(c, &one, &end);
	f->starts(f, &state, &one, &starts, &key);
	one = *l;
	one.n = 1;
	f->starts(f, &state, &one, &starts, &key);
	return !starts;
}
