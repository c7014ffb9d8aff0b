/* SPDX-License-Identifier: ISC */
/* A record in a mail, without what its entry has told already. */
#include "watchdog/tell/report_sample.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "watchdog/match/group.h"
#include "common/base/span.h"
#include "watchdog/tell/report_entry.h"

#define SAMPLE_LINES 12

/* A text of our own making, at its longest. */
#define SCRATCH (8 * GROUP_SAMPLE)

static const char line_end[] = "\\n"; /* as Apache writes it */

/* A line end that Apache escaped is one again. */
static void
add_unescaped(struct buf *b, struct span s)
{
	const char *p;

	while ((p = span_find(s, line_end)) != NULL) {
		buf_add(b, s.p, (size_t)(p - s.p));
		buf_addc(b, '\n');
		s = span_from(s, p + strlen(line_end));
	}
	buf_add(b, s.p, s.n);
}

/*
 * What stands before the message, without what the entry tells: Apache's
 * "[time] [level] [pid]", nginx's "time [level] pid#tid: *7 ".
 */
static struct span
trim_head(struct span s)
{
	const char *p = span_find(s, "[client ");
	size_t i;

	if (p != NULL)
		return span_from(s, p);
	p = span_find_last(s, "] ");
	if (p == NULL)
		return s;
	for (i = (size_t)(p - s.p) + 2; i < s.n; i++)
		if (!is_digit(s.p[i]) && strchr("#:* ", s.p[i]) == NULL)
			break;
	if (i == s.n || span_begins(span_skip(s, i), "FastCGI sent "))
		s.n = 0;
	return s;
}

/* And behind it: of nginx from the client on. */
static struct span
trim_tail(struct span s)
{
	const char *p = span_begins(s, "\" while ") ?
	    span_find(s, ", client: ") :
	    NULL;

	return p != NULL ? span_from(s, p) : s;
}

/*
 * The record around its message, which the entry has already: client and
 * referer, request, stack trace, further lines.  Nothing if none of it helps.
 */
static void
add_around(struct buf *b, const struct group *g)
{
	struct span sample = { g->sample, g->nsample };
	struct span message = entry_said(g), line = entry_first_line(g);
	const char *p = entry_find(line, message);
	struct span head, tail;
	bool trace;

	if (p == NULL) {
		buf_add(b, sample.p, sample.n);
		return;
	}
	head = trim_head(span_until(line, p));
	tail = trim_tail(span_from(line, p + message.n));
	trace = span_begins(tail, line_end);
	/* What begins a line needs no joint. */
	if (head.n == 0 && trace)
		tail = span_skip(tail, strlen(line_end));
	else if (head.n == 0 && span_begins(tail, ", "))
		tail = span_skip(tail, 2);
	else if (head.n + tail.n > 0) {
		buf_add(b, head.p, head.n);
		buf_adds(b, "\xe2\x80\xa6");
	}
	if (trace)
		add_unescaped(b, tail);
	else
		buf_add(b, tail.p, tail.n);
	if (line.n == sample.n)
		return;
	if (b->len > 0)
		buf_addc(b, '\n');
	buf_add(b, line.p + line.n + 1, sample.n - line.n - 1);
}

/* The length of its first n lines, with the last one's LF. */
static size_t
lines_length(const struct buf *b, size_t n)
{
	size_t at;

	for (at = 0; at < b->len; at++)
		if (b->p[at] == '\n' && --n == 0)
			return at + 1;
	return b->len;
}

void
report_sample(struct buf *b, const struct group *g)
{
	struct buf around, wrapped;
	size_t n;

	buf_init(&around, SCRATCH);
	buf_init(&wrapped, SCRATCH);
	add_around(&around, g);
	if (around.len > 0) {
		text_wrap(&wrapped, buf_str(&around), around.len, REPORT_WIDTH,
		    "  | ");
		buf_addc(&wrapped, '\n');
		n = lines_length(&wrapped, SAMPLE_LINES);
		buf_add(b, buf_str(&wrapped), n);
		if (n < wrapped.len || g->cut > 0) {
			buf_adds(b, "  | \xe2\x80\xa6 (");
			entry_count(b, g->lines, "line");
			buf_adds(b, ", ");
			entry_count(b, (int64_t)g->nsample + g->cut, "byte");
			buf_adds(b, " in all)\n");
		}
	}
	buf_free(&around);
	buf_free(&wrapped);
}
