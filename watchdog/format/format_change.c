/* SPDX-License-Identifier: ISC */
/*
 * Where a log changes its format.  A client can write line ends into many a
 * record, and with them what looks like records of any format; but not more
 * than a record may be long.
 */
#include <string.h>

#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/trace.h"

#define RUN_LINES 20   /* without a head of the format: something is odd */
#define RUN_BYTES 4096 /* twice the longest record of nginx */
/* Lines that start a record by their text, before it is any text. */
#define PLAIN_LINES 500
#define AHEAD 100 /* lines of which RUN_LINES have a head */

static bool
is_head(const struct format *f, const struct lines *l, size_t i)
{
	struct fields fields;
	const char *p;
	size_t n;

	memset(&fields, 0, sizeof fields);
	p = lines_at(l, i, &n);
	return n > 0 && f->parse(f, p, n, &fields);
}

/* Lines [from, to); end needs room for as many. */
static struct lines
part(const struct lines *l, size_t from, size_t to, uint32_t *end)
{
	uint32_t base = from > 0 ? l->end[from - 1] : 0;
	struct lines out = { .p = l->p + base,
		.offset = l->offset + base,
		.n = to - from,
		.end = end };

	for (size_t i = from; i < to; i++)
		end[i - from] = l->end[i] - base;
	return out;
}

static size_t
text_starts(const struct lines *l)
{
	uint8_t starts[READER_LINES];
	uint32_t key[READER_LINES];
	struct format_state state = { 0 };
	size_t n = 0;

	format_plain.starts(&format_plain, &state, l, starts, key);
	for (size_t i = 0; i < l->n; i++)
		n += starts[i];
	return n;
}

/* The format of lines [from, to) which are not in `now`; NULL: unclear. */
static const struct format *
format_of_run(const struct format *now, const struct lines *l, size_t from,
    size_t to, bool whole)
{
	uint32_t end[READER_LINES];
	struct lines run = part(l, from, to, end);
	const struct format *f;
	size_t bytes = run.end[run.n - 1];

	if (!whole && (run.n < RUN_LINES || bytes < RUN_BYTES))
		return NULL;
	f = format_detect(&run);
	if (f == now || (f == &format_plain && text_starts(&run) < PLAIN_LINES))
		return NULL;
	return f;
}

/* From a format with heads to another. */
static size_t
change(const struct format *now, const struct lines *l, bool first,
    const struct format **to)
{
	size_t i, from, end, next;

	for (i = 0; i < l->n; i = next) {
		next = i + RUN_LINES;
		if (is_head(now, l, i))
			continue;
		for (from = i; from > 0 && !is_head(now, l, from - 1); from--)
			;
		for (end = i; end < l->n && !is_head(now, l, end); end++)
			;
		next = end;
		*to = format_of_run(now, l, from, end,
		    first && from == 0 && end == l->n);
		if (*to == NULL)
			continue;
		while (*to != &format_plain && !is_head(*to, l, from))
			from++;
		return from;
	}
	return l->n;
}

/* Is there a line of some format's? */
static bool
is_special(const struct lines *l, size_t i)
{
	uint32_t end[1];
	struct lines one = part(l, i, i + 1, end);

	return format_detect(&one) != &format_plain;
}

/* From any text to a format: many of the next lines have its head, the
 * first one too. */
static size_t
specialise(const struct lines *l, bool first, const struct format **to)
{
	uint32_t end[AHEAD];
	struct lines next;
	size_t i, k, heads, step, skip = RUN_LINES;

	for (i = 0; i < l->n; i += step) {
		step = RUN_LINES;
		if (!is_special(l, i))
			continue;
		step = skip *= 2; /* few looks ahead, however many such lines */
		k = l->n - i < AHEAD ? l->n : i + AHEAD;
		next = part(l, i, k, end);
		*to = format_detect(&next);
		if (*to == &format_plain || !is_head(*to, l, i))
			continue;
		heads = 0;
		for (k = 0; k < next.n; k++)
			heads += is_head(*to, &next, k);
		if (heads < RUN_LINES && !(first && i == 0 && next.n == l->n))
			continue;
		while (i > 0 && is_head(*to, l, i - 1))
			i--;
		return i;
	}
	return l->n;
}

size_t
format_change(const struct format *now, const struct lines *l, bool first,
    const struct format **to)
{
	if (now == &format_plain)
		return specialise(l, first, to);
	return change(now, l, first, to);
}
