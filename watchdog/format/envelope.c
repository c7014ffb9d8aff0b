/* SPDX-License-Identifier: ISC */
/* What stands around the lines of other programs. */
#include "watchdog/format/envelope.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"
#include "watchdog/format/php.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/trace.h"

#define TEXT_NEAR 4096 /* of a text, to know whether it continues another */

/* What struct format_writer's `open` says of the writer's last line. */
#define OPEN_PART 1 /* it goes on in its midst */
#define OPEN_PHP 2  /* a message of PHP without its end */
#define IS_PHP 4    /* the record is one of PHP's */

/* Without LF and CR. */
static struct span
first_line(const char *p, size_t n)
{
	const char *lf = n > 0 ? memchr(p, '\n', n) : NULL;
	struct span s = { p, lf != NULL ? (size_t)(lf - p) : n };

	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static bool
open_line(const struct envelope_kind *kind, struct span line,
    struct envelope *e)
{
	memset(e, 0, sizeof *e);
	if (kind->open(line, e))
		return true;
	memset(e, 0, sizeof *e);
	if (kind->bare != NULL)
		kind->bare(line, e);
	return kind->bare != NULL;
}

/* The end of " on line 31", whose begin may be in the part before. */
static bool
ends_cut(struct span s)
{
	return s.n > 0 && s.n < 12 && is_digit(s.p[s.n - 1]);
}

/* Does the writer's text continue its record?  Takes note. */
static bool
continues(struct format_writer *w, const struct envelope *e, struct span text)
{
	struct trace t = { .state = w->trace };
	bool part = (w->open & OPEN_PART) != 0, goes_on = true;
	uint8_t php = w->open & (OPEN_PHP | IS_PHP);
	enum level level;

	if (part || e->way == ENVELOPE_MORE) {
		if (php_ends(text) || ends_cut(text))
			php &= IS_PHP;
	} else if (php_begins_trace(text) ||
	    (e->way != ENVELOPE_HEAD &&
		((php & OPEN_PHP) != 0 || (php != 0 && php_only_ends(text))))) {
		if (php_ends(text))
			php &= IS_PHP;
		t.state = text.n > 0 && text.p[text.n - 1] == ':' ?
		    TRACE_PHP :
		    TRACE_PHP_WHOLE;
	} else if (!format_is_part(text)) {
		goes_on = trace_continues(&t, text.p, text.n) &&
		    e->way != ENVELOPE_HEAD;
		if (!goes_on)
			php = php_unended(text)            ? IS_PHP | OPEN_PHP :
			    php_severity(text, &level) > 0 ? IS_PHP :
							     0;
	}
	w->trace = (php & OPEN_PHP) != 0 ? TRACE_PHP : trace_settle(&t);
	w->open = php | (e->way == ENVELOPE_PART ? OPEN_PART : 0);
	return goes_on;
}

bool
envelope_starts(const struct format *f, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	const struct envelope_kind *kind = f->data;
	struct format_writer *w;
	struct envelope e;
	struct span text;
	struct buf room;
	const char *p;
	size_t n;

	buf_init(&room, TEXT_NEAR);
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &n);
		starts[i] = 0;
		key[i] = 0;
		if (n == 0)
			continue;
		if (!open_line(kind, first_line(p, n), &e)) {
			/* of a message of several lines (the journal) */
			if (php_ends(first_line(p, n)))
				state->writer->open &= IS_PHP;
			continue;
		}
		text = e.text;
		if (e.put != NULL) {
			buf_reset(&room);
			e.put(&room, span_head(text, TEXT_NEAR));
			text = first_line(buf_str(&room), room.len);
		}
		w = format_writer(state, e.key);
		key[i] = e.key;
		starts[i] = !continues(w, &e, text);
		state->open = w->trace != TRACE_NONE ||
		    (w->open & ~IS_PHP) != 0;
	}
	buf_free(&room);
	return true;
}

bool
envelope_parse(const struct format *f, const char *record, size_t len,
    struct fields *fields)
{
	const struct envelope_kind *kind = f->data;
	struct envelope e = { .way = ENVELOPE_LINE };

	if (!kind->open(first_line(record, len), &e))
		return false;
	fields->has_time = e.head.has_time;
	fields->time = e.head.time;
	fields->level = e.head.level;
	if (e.head.program.p != NULL)
		fields->program = e.head.program;
	fields->message = e.text;
	return true;
}

void
envelope_unwrap(const struct format *f, const char *record, size_t len,
    struct buf *out)
{
	const struct envelope_kind *kind = f->data;
	struct span all = { record, len }, line;
	bool first = true, part = false;
	struct envelope e;
	const char *lf;

	while (all.n > 0) {
		lf = memchr(all.p, '\n', all.n);
		line = first_line(all.p, all.n);
		all = span_skip(all,
		    lf != NULL ? (size_t)(lf + 1 - all.p) : all.n);
		if (!open_line(kind, line, &e))
			e.text = line;
		if (!first && !part)
			buf_addc(out, '\n');
		if (e.put != NULL)
			e.put(out, e.text);
		else
			buf_add(out, e.text.p, e.text.n);
		first = false;
		part = e.way == ENVELOPE_PART;
	}
}
