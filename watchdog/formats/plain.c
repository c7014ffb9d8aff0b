/* SPDX-License-Identifier: ISC */
/* Any text. */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format.h"

#include <string.h>

#include "watchdog/read/reader.h"
#include "watchdog/format/take.h"
#include "watchdog/format/trace.h"
#include "watchdog/format/when.h"

static bool
plain_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct trace t = { .state = state->trace };
	const char *p;
	size_t len;

	(void)self;
	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &len);
		if (t.state <= TRACE_START && len > 0 &&
		    trace_plain_start((unsigned char)p[0])) {
			starts[i] = 1;
			t = (struct trace){ TRACE_START, p, len };
		} else
			starts[i] = !trace_continues(&t, p, len);
	}
	state->trace = trace_settle(&t);
	state->open = true; /* there is no end of a record */
	return false;
}

static void
take_time(struct span *s, struct fields *f)
{
	struct span t = *s;
	const char *close;
	bool in = take_char(&t, '[');

	if (!when_take(&t, &f->has_time, &f->time))
		return;
	/* what is left in the bracket is the name of a zone */
	close = in ? memchr(t.p, ']', t.n) : NULL;
	if (close != NULL)
		take_bytes(&t, (size_t)(close + 1 - t.p));
	*s = t;
}

/* The word at the beginning, if it is a level and not just a word: `close`
 * or a colon follows, or it is in capitals. */
static enum level
level_here(struct span s, char close)
{
	size_t n = 0;
	bool capitals = true;

	while (n < s.n &&
	    ((s.p[n] >= 'A' && s.p[n] <= 'Z') ||
		(s.p[n] >= 'a' && s.p[n] <= 'z') ||
		(n > 0 && s.p[n] >= '0' && s.p[n] <= '9'))) {
		capitals = capitals && s.p[n] < 'a';
		n++;
	}
	if (n < s.n && s.p[n] != ':' && s.p[n] != close &&
	    !(capitals && s.p[n] == ' '))
		return LEVEL_NONE;
	return level_parse(s.p, n);
}

/* "ERROR text", "[main] WARN text", "- name - INFO - text", "error: text" */
static enum level
find_level(struct span s)
{
	enum level found;
	const char *at;
	bool in;

	for (;;) {
		take_blanks(&s);
		in = take_char(&s, '[');
		if (!in && !take_text(&s, "- "))
			return level_here(s, ':');
		found = level_here(s, in ? ']' : ' ');
		at = in ? memchr(s.p, ']', s.n) : memmem(s.p, s.n, " - ", 3);
		if (found != LEVEL_NONE || at == NULL)
			return found;
		take_bytes(&s, (size_t)(at + 1 - s.p));
	}
}

static bool
plain_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span s = take_line(record, len);

	(void)self;
	f->message = s;
	take_time(&s, f);
	f->level = find_level(s);
	return true;
}

const struct format format_plain = { .name = "plain",
	.starts = plain_starts,
	.parse = plain_parse };
