/* SPDX-License-Identifier: ISC */
/*
 * PHP-FPM's log:
 * [21-Nov-2026 07:14:45] WARNING: [pool www] child 123 said into stderr:
 *   "NOTICE: PHP message: PHP Warning:  …", pipe is closed
 * What a child says comes a line each, and a line over log_limit (1024 bytes,
 * the head and the LF counted) in several; each has a head of its own.  With
 * decorate_workers_output = no it has none at all.
 */
#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"
#include "watchdog/format/envelope.h"
#include "watchdog/format/when.h"

#define LOG_LIMIT 1024 /* and multiples: people raise it to 4096, 8192, … */
#define BARE_KEY 1
#define MASTER_KEY 2

static void
fpm_put(struct buf *out, struct span s)
{
	static const char *const lead[] = { "NOTICE: ", "PHP message: " };

	for (size_t i = 0; i < 2; i++)
		if (span_begins(s, lead[i]))
			s = span_skip(s, strlen(lead[i]));
	buf_add(out, s.p, s.n);
}

/* `www] child 123 said into stderr: "text"` */
static bool
open_child(struct span s, size_t line, struct envelope *e)
{
	static const char said[] = " said into std";
	const char *at = span_find(span_head(s, 200), said), *quote;
	const char *from = s.p;

	if (at == NULL)
		return false;
	e->key = format_key(from, (size_t)(at - from));
	s = span_from(s, at + sizeof said - 1);
	if (span_begins(s, "err: \""))
		s = span_skip(s, 6);
	else if (span_begins(s, "out: \""))
		s = span_skip(s, 6);
	else
		return false;
	quote = span_find_last(s, "\"");
	e->text = span_until(s, quote);
	/* its own messages have "NOTICE: " in front: this is in one's text */
	e->put = fpm_put;
	if (span_begins(e->text, "PHP message: ")) {
		e->way = ENVELOPE_MORE;
		e->put = NULL;
	}
	if (quote != NULL && quote + 1 == s.p + s.n &&
	    (line + 1) % LOG_LIMIT == 0)
		e->way = ENVELOPE_PART;
	return true;
}

static bool
fpm_open(struct span line, struct envelope *e)
{
	struct span s = line;
	const char *colon;
	bool zone;

	if (s.n < 24 || s.p[0] != '[' || s.p[3] != '-')
		return false;
	s = span_skip(s, 1);
	if (!when_take_zone(&s, &e->head.has_time, &e->head.time, &zone) ||
	    zone)
		return false;
	/* log_level = debug writes ".123456]" */
	if (!span_begins(s, "] "))
		return false;
	s = span_skip(s, 2);
	colon = span_find(span_head(s, 10), ": ");
	if (colon == NULL)
		return false;
	e->head.level = level_parse(s.p, (size_t)(colon - s.p));
	if (e->head.level == LEVEL_NONE)
		return false;
	s = span_from(s, colon + 2);
	if (span_begins(s, "[pool ") && open_child(span_skip(s, 6), line.n, e))
		return true;
	e->key = MASTER_KEY;
	e->text = s;
	return true;
}

static void
fpm_bare(struct span line, struct envelope *e)
{
	e->text = line;
	e->key = BARE_KEY;
	e->put = fpm_put;
}

static struct envelope_kind kind = { .open = fpm_open, .bare = fpm_bare };

const struct format format_fpm = { .name = "php-fpm",
	.starts = envelope_starts,
	.parse = envelope_parse,
	.unwrap = envelope_unwrap,
	.inside = &format_php,
	.data = &kind };
