/* SPDX-License-Identifier: ISC */
/*
 * Rails, and whatever else uses Ruby's Logger:
 * I, [2026-11-28T18:00:01.123456 #12]  INFO -- : [id] Started GET "/x" for …
 * I, [2026-11-28T18:00:01.133456 #12]  INFO -- : [id] Completed 500 …
 * F, [2026-11-28T18:00:01.133456 #12] FATAL -- : [id]
 * F, [2026-11-28T18:00:01.133456 #12] FATAL -- : [id] RuntimeError (boom):
 * or the same lines without a head, as in development; Unicorn's and Puma's
 * own errors.
 *
 * What a request says, from Started on, is one record: only its first line
 * says which page it was.  Lines of other processes come in between; the
 * request's id, else the process, tells whose a line is.
 */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format.h"

#include "watchdog/format/format_head.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/take.h"
#include "watchdog/format/trace.h"
#include "watchdog/format/when.h"

#define TAG_MIN 8 /* characters; [web] is no request's id */

/* What may follow a writer's last line. */
enum ruby_state {
	RUBY_CALM,
	RUBY_GRAVE,   /* lines without a head, frames with one */
	RUBY_FATAL,   /* also more lines that are fatal */
	RUBY_REQUEST, /* anything with a head, until it is completed */
	RUBY_BARE     /* likewise, and lines have no heads */
};

struct line {
	bool head;
	bool started; /* "Started GET …" */
	int status;   /* of "Completed 500 …", else 0 */
	enum level level;
	bool has_time;
	int64_t time;
	uint32_t key; /* 0: it does not say */
	struct span text;
};

/* Takes "E, [2026-11-28T18:00:01.123456 #1234] ERROR -- name: ". */
static bool
take_head(struct span *s, struct line *l)
{
	struct span t = *s, pid;

	if (t.n < 24 || t.p[1] != ',')
		return false;
	take_bytes(&t, 2);
	if (!take_text(&t, " [") || !when_take(&t, &l->has_time, &l->time) ||
	    !take_text(&t, " #"))
		return false;
	pid = t;
	if (!take_digits(&t))
		return false;
	l->key = format_key(pid.p, (size_t)(t.p - pid.p));
	if (!take_text(&t, "] "))
		return false;
	take_blanks(&t);
	l->level = head_level(&t); /* UNKNOWN and ANY are none */
	take_until(&t, "-");
	if (!take_text(&t, "-- "))
		return false;
	take_until(&t, ":");
	if (!take_char(&t, ':'))
		return false;
	take_char(&t, ' ');
	*s = t;
	return true;
}

/* Takes the "[request-id] " that Rails is told to put in front. */
static void
take_tag(struct span *s, struct line *l)
{
	struct span t = *s, in, rest;

	if (!take_bracket(&t, &in) || in.n < TAG_MIN)
		return;
	rest = in;
	while (rest.n > 0 &&
	    (rest.p[0] == '-' || (rest.p[0] >= '0' && rest.p[0] <= '9') ||
		((rest.p[0] | 0x20) >= 'a' && (rest.p[0] | 0x20) <= 'z')))
		take_bytes(&rest, 1);
	/* an id has digits, a word such as [ActiveJob] has none */
	if (rest.n > 0 || memchr(in.p, '-', in.n) == NULL)
		return;
	l->key = format_key(in.p, in.n);
	take_char(&t, ' ');
	*s = t;
}

static bool
is_blank(struct span s)
{
	take_blanks(&s);
	return s.n == 0;
}

/* "ActionController::RoutingError (No route matches …):" */
static bool
is_exception(struct span s)
{
	struct span class = take_until(&s, " (");

	return class.n > 0 && class.p[0] >= 'A' && class.p[0] <= 'Z' &&
	    memchr(class.p, '/', class.n) == NULL && s.n > 4 && s.p[0] == ' ' &&
	    s.p[1] == '(' && memcmp(s.p + s.n - 2, "):", 2) == 0;
}

/* "app/x.rb:4:in `show'" */
static bool
is_frame(struct span s)
{
	const char *in = memmem(s.p, s.n, ":in ", 4);

	return in != NULL && in > s.p && in[-1] >= '0' && in[-1] <= '9';
}

/* Puma's "2026-11-28 18:00:01 +0000 Rack app (…): #<RuntimeError: boom>" */
static bool
is_puma(struct span *s, struct line *l)
{
	struct span t = *s;

	if (!when_take(&t, &l->has_time, &l->time) || !take_char(&t, ' ') ||
	    memmem(t.p, t.n, "): #<", 5) == NULL)
		return false;
	l->level = LEVEL_ERROR;
	*s = t;
	return true;
}

static struct line
look(struct span s)
{
	struct line l = { .key = 0 };
	struct span t;

	l.head = take_head(&s, &l);
	if (!l.head && is_puma(&s, &l))
		l.head = true;
	take_tag(&s, &l);
	l.text = t = s;
	if (take_text(&t, "Started "))
		l.started = take_until(&t, "\"").n > 0 && take_text(&t, "\"/");
	else if (take_text(&t, "Completed ") && t.n >= 3)
		l.status = when_number(t.p, 3);
	if (l.status >= 500)
		l.level = LEVEL_ERROR;
	else if (!l.head && (l.started || l.status > 0))
		l.level = LEVEL_INFO;
	else if (!l.head && is_exception(s))
		l.level = LEVEL_ERROR;
	return l;
}

static enum ruby_state
after(const struct line *l)
{
	if (l->started)
		return l->head ? RUBY_REQUEST : RUBY_BARE;
	return l->level >= LEVEL_CRIT ? RUBY_FATAL :
	    l->level >= LEVEL_WARN    ? RUBY_GRAVE :
					RUBY_CALM;
}

/* Does it continue its writer's record?  *s becomes what may follow it. */
static bool
continues(const struct line *l, enum ruby_state *s, struct trace *t)
{
	bool inside = *s == RUBY_BARE || (*s == RUBY_REQUEST && l->head);

	if (!l->started && inside) {
		if (l->status >= 500)
			*s = RUBY_FATAL;
		else if (l->status > 0)
			*s = RUBY_CALM;
		return true;
	}
	if (!l->started && l->head &&
	    ((*s == RUBY_FATAL && l->level >= LEVEL_CRIT) ||
		((*s == RUBY_FATAL || *s == RUBY_GRAVE) && is_frame(l->text))))
		return true;
	if (!l->started && !l->head &&
	    (*s == RUBY_FATAL || *s == RUBY_GRAVE || l->text.n == 0 ||
		trace_continues(t, l->text.p, l->text.n)))
		return true;
	*s = after(l);
	if (l->head)
		*t = (struct trace){ TRACE_START, l->text.p, l->text.n };
	return false;
}

/* Whose it is, and whether it starts a record of his. */
static bool
starts_one(struct format_state *state, struct line *l, struct trace *t)
{
	const uint32_t nobody = format_key("", 0);
	bool follows = l->key == 0 && !l->head && !l->started &&
	    state->key != 0;
	struct format_writer *w;
	enum ruby_state now;
	bool start;

	if (l->key == 0)
		l->key = follows ? state->key : nobody;
	w = format_writer(state, l->key);
	now = w->open;
	start = (l->head || l->text.n > 0) && !continues(l, &now, t);
	if (start && follows) { /* the record before may go on behind it */
		l->key = nobody;
		w = format_writer(state, nobody);
	}
	w->open = (uint8_t)now;
	return start;
}

static bool
ruby_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct trace t = { .state = state->trace };
	struct line line;
	struct span s;

	(void)self;
	for (size_t i = 0; i < l->n; i++) {
		s.p = lines_at(l, i, &s.n);
		line = look(s);
		starts[i] = starts_one(state, &line, &t);
		key[i] = state->key = line.key;
	}
	state->trace = (uint8_t)trace_settle(&t);
	state->open = state->trace != TRACE_NONE ||
	    state->writer[0].open != RUBY_CALM;
	return true;
}

/* "Started GET "/x" for 192.0.2.1 at 2026-11-28 18:00:01 +0000" */
static void
take_started(struct span s, struct fields *f)
{
	static const char at_text[] = " at ";
	const char *at = NULL, *next = s.p;
	struct span t = s, when;

	take_until(&t, "\"");
	take_char(&t, '"');
	f->request = take_until(&t, "\"");
	while ((next = memmem(next, s.n - (size_t)(next - s.p), at_text,
		    sizeof at_text - 1)) != NULL)
		at = next++;
	if (f->has_time || at == NULL)
		return;
	when = (struct span){ at + 4, s.n - (size_t)(at + 4 - s.p) };
	when_take(&when, &f->has_time, &f->time);
}

/* Puma's (“"GET /x" - (192.0.2.1)”) */
static void
take_puma(struct span s, struct fields *f)
{
	take_until(&s, "\"");
	take_char(&s, '"');
	f->request = head_target(take_until(&s, "\""));
}

static bool
ruby_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span s = take_line(record, len);
	struct line l = look(s);
	bool said = !is_blank(l.text) && !l.started, completed = false;

	(void)self;
	if (!l.head && !l.started)
		return false;
	f->has_time = l.has_time;
	f->time = l.time;
	f->level = l.level;
	f->message = l.text;
	if (l.started)
		take_started(l.text, f);
	else if (l.level == LEVEL_ERROR)
		take_puma(l.text, f);
	/* the gravest line is the message, Completed only if nothing else is */
	while (s.p + s.n < record + len) {
		s = take_line(s.p + s.n + 1,
		    (size_t)(record + len - s.p) - s.n - 1);
		l = look(s);
		if (is_blank(l.text) || l.level == LEVEL_NONE ||
		    l.level < f->level ||
		    (l.level == f->level && said && !completed))
			continue;
		said = l.level >= LEVEL_WARN;
		completed = l.status > 0;
		f->level = l.level;
		if (!said)
			continue;
		f->message = l.text;
		f->rest.p = s.p + s.n < record + len ? s.p + s.n + 1 :
						       record + len;
		f->rest.n = (size_t)(record + len - f->rest.p);
	}
	head_judge(f);
	return true;
}

const struct format format_ruby = { .name = "ruby",
	.judges = true,
	.starts = ruby_starts,
	.parse = ruby_parse };
