/* SPDX-License-Identifier: ISC */
/* Heads of records in the logs of applications. */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format_head.h"

#include <string.h>

#include "watchdog/read/reader.h"
#include "watchdog/format/take.h"
#include "watchdog/format/trace.h"
#include "watchdog/format/when.h"

/* What the last head was: kept in the state's first writer. */
enum head_state {
	HEAD_CALM,
	HEAD_GRAVE, /* all that has no head continues it */
	HEAD_HALF   /* level and message are in the next line */
};

static enum head_state
state_of(const struct fields *f)
{
	if (f->level == LEVEL_NONE && f->message.n == 0)
		return HEAD_HALF;
	return f->level >= LEVEL_WARN ? HEAD_GRAVE : HEAD_CALM;
}

bool
head_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct trace t = { .state = state->trace };
	enum head_state head = state->writer[0].open;
	struct fields f;
	struct span s;

	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		s.p = lines_at(l, i, &s.n);
		memset(&f, 0, sizeof f);
		if (s.n > 0 && self->parse(self, s.p, s.n, &f)) {
			starts[i] = 1;
			head = state_of(&f);
			t = (struct trace){ TRACE_START, s.p, s.n };
		} else if (head == HEAD_HALF && s.n > 0) {
			f.level = head_next_level(&s);
			f.message = s;
			starts[i] = f.level == LEVEL_NONE;
			head = state_of(&f);
		} else {
			starts[i] = head != HEAD_GRAVE &&
			    !trace_continues(&t, s.p, s.n);
			if (starts[i])
				head = HEAD_CALM;
		}
	}
	state->trace = (uint8_t)trace_settle(&t);
	state->writer[0].open = (uint8_t)head;
	state->open = state->trace != TRACE_NONE || head != HEAD_CALM;
	return false;
}

bool
head_time(struct span *s, struct fields *f)
{
	struct span t = *s;
	bool in = take_char(&t, '[');

	if (!when_take(&t, &f->has_time, &f->time) ||
	    (in && !take_char(&t, ']')))
		return false;
	*s = t;
	return true;
}

static size_t
capitals(struct span s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] >= 'A' && s.p[i] <= 'Z')
		i++;
	return i;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* java.util.logging has words of its own. */
static enum level
level_word(const char *p, size_t n)
{
	static const char *const low[] = { "CONFIG", "FINE", "FINER",
		"FINEST" };

	for (size_t i = 0; i < sizeof low / sizeof *low; i++)
		if (strlen(low[i]) == n && memcmp(p, low[i], n) == 0)
			return LEVEL_DEBUG;
	return level_parse(p, n);
}

enum level
head_level(struct span *s)
{
	struct span t = *s;
	bool in = take_char(&t, '[');
	size_t n = capitals(t);
	enum level level = level_word(t.p, n);

	if (n == 0 || level == LEVEL_NONE)
		return LEVEL_NONE;
	take_bytes(&t, n);
	if (in) {
		take_blanks(&t);
		if (!take_char(&t, ']'))
			return LEVEL_NONE;
	} else if (t.n > 0 && is_alnum(t.p[0]))
		return LEVEL_NONE;
	*s = t;
	return level;
}

enum level
head_next_level(struct span *s)
{
	struct span t = *s;
	enum level level = head_level(&t);

	if (level == LEVEL_NONE || !take_text(&t, ": "))
		return LEVEL_NONE;
	*s = t;
	return level;
}

struct span
head_target(struct span s)
{
	struct span none = { s.p, 0 };
	size_t n = capitals(s);
	const char *end;

	take_bytes(&s, n);
	if (n == 0 || !take_char(&s, ' ') || s.n == 0 || s.p[0] != '/')
		return none;
	end = memmem(s.p, s.n, " HTTP/", 6);
	if (end != NULL)
		s.n = (size_t)(end - s.p);
	return s;
}

void
head_judge(struct fields *f)
{
	f->fine = f->level != LEVEL_NONE && f->level < LEVEL_WARN;
}
