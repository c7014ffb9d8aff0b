/* SPDX-License-Identifier: ISC */
/*
 * lighttpd's error log:
 * 2026-11-28 18:00:01: (mod_auth.c.850) text
 * 2026-11-28 18:00:01: (mod_fastcgi.c.449) FastCGI-stderr:PHP message: text
 * It has no levels.  What a FastCGI program says comes a line each; and what
 * debug.log-file-not-found says is three lines, the last one with the URI.
 */
#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"
#include "watchdog/format/envelope.h"
#include "watchdog/format/when.h"

#define SERVER_KEY 2
#define STDERR_KEY 3
#define NAME_WIDTH 13 /* "Path         : /x", "URI          : /x" */

static bool
is_detail(struct span s)
{
	return s.n > NAME_WIDTH + 1 && s.p[NAME_WIDTH - 1] == ' ' &&
	    s.p[NAME_WIDTH] == ':' && s.p[NAME_WIDTH + 1] == ' ';
}

/* Takes "(mod_auth.c.850) ". */
static bool
take_source(struct span *s)
{
	struct span head = span_head(*s, 64);
	const char *dot = span_find(head, ".c."),
		   *close = span_find(head, ") ");

	if (!span_begins(*s, "(") || dot == NULL || close == NULL ||
	    close < dot || !is_digit(dot[3]))
		return false;
	*s = span_from(*s, close + 2);
	return true;
}

/* What PHP-FPM puts in front of each message of PHP's: "; " is between those
 * of one request, and with it may begin what comes later. */
static bool
skip_lead(struct span *s)
{
	static const char *const lead[] = { "PHP message: ", "; PHP message: ",
		" PHP message: " };

	for (size_t i = 0; i < sizeof lead / sizeof *lead; i++)
		if (span_begins(*s, lead[i])) {
			*s = span_skip(*s, strlen(lead[i]));
			return true;
		}
	return false;
}

static void
lighttpd_put(struct buf *out, struct span s)
{
	for (; span_begins(s, "\\t"); s = span_skip(s, 2))
		buf_addc(out, '\t'); /* lighttpd escapes it */
	buf_add(out, s.p, s.n);
}

static bool
lighttpd_open(struct span s, struct envelope *e)
{
	static const char said[] = "FastCGI-stderr:";

	if (s.n < 24 || s.p[4] != '-' || s.p[10] != ' ' || s.p[19] != ':' ||
	    !when_take(&s, &e->head.has_time, &e->head.time) ||
	    !span_begins(s, ": "))
		return false;
	s = span_skip(s, 2);
	if (!take_source(&s))
		return false;
	e->key = SERVER_KEY;
	e->text = s;
	if (is_detail(s))
		e->way = ENVELOPE_MORE;
	if (!span_begins(span_head(s, sizeof said + 8), said))
		return true;
	e->text = span_skip(s, sizeof said - 1);
	if (skip_lead(&e->text)) /* whatever end the one before has */
		e->way = ENVELOPE_HEAD;
	e->key = STDERR_KEY;
	e->put = lighttpd_put;
	return true;
}

static bool
lighttpd_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	static const char name[] = ") URI          : ";
	struct span all = { record, len };
	const char *uri;

	if (!envelope_parse(self, record, len, f))
		return false;
	if (!span_begins(f->message, "-- "))
		return true;
	uri = span_find(all, name);
	if (uri == NULL)
		return true;
	f->request = span_from(all, uri + sizeof name - 1);
	f->request = span_until(f->request, span_find(f->request, "\n"));
	return true;
}

static struct envelope_kind kind = { .open = lighttpd_open };

const struct format format_lighttpd = { .name = "lighttpd",
	.starts = envelope_starts,
	.parse = lighttpd_parse,
	.unwrap = envelope_unwrap,
	.inside = &format_php,
	.data = &kind };
