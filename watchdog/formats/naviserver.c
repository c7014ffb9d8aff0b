/* SPDX-License-Identifier: ISC */
/*
 * AOLserver's and NaviServer's log:
 * [28/Nov/2026:18:00:01][4711.7f00aa][-conn:www:0-] Error: text
 * with microseconds and colours where they are configured.  Free lines
 * follow; the threads' records stand as they come.
 */
#include "watchdog/format/format.h"

#include <string.h>

#include "common/base/span.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/take.h"
#include "watchdog/format/when.h"

#define AFTER_ERROR 1 /* what struct format_writer's `open` says */

struct head {
	struct fields f;
	struct span id; /* 4711.7f00aa */
	struct span text;
};

/* Takes "ESC[0;32m", as often as it is there. */
static void
take_colour(struct span *s)
{
	size_t i;

	while (span_begins(*s, "\033[")) {
		for (i = 2; i < s->n && (is_digit(s->p[i]) || s->p[i] == ';');
		     i++)
			;
		if (i == s->n || s->p[i] != 'm')
			return;
		*s = span_skip(*s, i + 1);
	}
}

/* "Error", "Debug(sql)" */
static enum level
severity(struct span s)
{
	static const struct {
		const char *word;
		enum level level;
	} own[] = {
		{ "Bug", LEVEL_CRIT },
		{ "Dev", LEVEL_DEBUG },
		{ "Debug", LEVEL_DEBUG },
	};

	s = span_until(s, span_find(s, "("));
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (s.n == strlen(own[i].word) && span_begins(s, own[i].word))
			return own[i].level;
	return level_parse(s.p, s.n);
}

static bool
is_id(struct span s)
{
	size_t i = 0;

	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i > 0 && i + 1 < s.n && s.p[i] == '.';
}

static bool
head_of(struct span s, struct head *h)
{
	struct span in, thread;
	const char *colon;

	memset(h, 0, sizeof *h);
	take_colour(&s);
	if (s.n < 24 || s.p[0] != '[' || s.p[3] != '/' ||
	    !take_bracket(&s, &in) ||
	    !when_take(&in, &h->f.has_time, &h->f.time) ||
	    !take_bracket(&s, &h->id) || !is_id(h->id) ||
	    !take_bracket(&s, &thread))
		return false;
	if (thread.n >= 2 && thread.p[0] == '-') {
		h->f.program = span_skip(thread, 1);
		h->f.program.n--;
	}
	take_colour(&s);
	if (span_begins(s, " "))
		s = span_skip(s, 1);
	take_colour(&s);
	colon = span_find(span_head(s, 64), ":");
	if (colon == NULL)
		return false;
	h->f.level = severity(span_until(s, colon));
	s = span_from(s, colon + 1);
	take_colour(&s);
	if (span_begins(s, " "))
		s = span_skip(s, 1);
	take_colour(&s);
	h->text = s;
	return true;
}

static bool
naviserver_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct format_writer *w;
	struct span line;
	struct head h;

	(void)self;
	for (size_t i = 0; i < l->n; i++) {
		line.p = lines_at(l, i, &line.n);
		starts[i] = 0;
		key[i] = 0;
		if (!head_of(line, &h))
			continue;
		key[i] = format_key(h.id.p, h.id.n);
		w = format_writer(state, key[i]);
		starts[i] = !(
		    w->open == AFTER_ERROR && h.f.level == LEVEL_NOTICE);
		w->open = h.f.level >= LEVEL_ERROR ? AFTER_ERROR : 0;
	}
	/* free lines may follow whatever was last */
	state->open = true;
	return true;
}

static bool
naviserver_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	const char *lf = len > 0 ? memchr(record, '\n', len) : NULL, *escape;
	struct span s = { record, lf != NULL ? (size_t)(lf - record) : len };
	struct head h;

	(void)self;
	if (!head_of(s, &h))
		return false;
	f->has_time = h.f.has_time;
	f->time = h.f.time;
	f->level = h.f.level;
	if (h.f.program.p != NULL)
		f->program = h.f.program;
	f->message = h.text;
	escape = span_find_last(h.text, "\033[0m");
	if (escape != NULL && escape + 4 == h.text.p + h.text.n)
		f->message.n -= 4;
	return true;
}

const struct format format_naviserver = { .name = "naviserver",
	.starts = naviserver_starts,
	.parse = naviserver_parse };
