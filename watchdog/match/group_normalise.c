/* SPDX-License-Identifier: ISC */
/* Which text the records of a group share. */
#include "watchdog/match/group.h"

#include <string.h>

#include "common/base/buf.h"
#include "watchdog/match/frames.h"
#include "watchdog/match/group_text.h"
#include "common/base/span.h"
#include "watchdog/match/unwrap.h"

/* What a trace says, whatever its language. */
struct telling {
	struct span first;  /* the record's first line that is no trace's */
	struct span raised; /* what was raised, if it is another line */
	struct span cause;  /* the innermost cause */
	struct frame own;   /* innermost frame of the site's code, */
	struct frame any;   /* and of any */
	bool has_own, traced, done;
};

/* The frame that counts: the first, or where the innermost comes last, the
 * last; the site's own, if there is one. */
static void
take_frame(struct telling *st, const struct frame *f)
{
	st->traced = true;
	if (frame_own(f) && (!st->has_own || f->outer_first)) {
		st->own = *f;
		st->has_own = true;
	}
	if (st->any.file.n + st->any.function.n == 0 || f->outer_first)
		st->any = *f;
}

/* A line of text.  The last one in front of the frames says what was raised;
 * Python says it behind them, and says the cause first. */
static void
take_text(struct telling *st, struct span text, enum frames_part part)
{
	if (text.n == 0)
		return;
	if (part == FRAMES_CAUSE)
		st->cause = text;
	else if (part == FRAMES_RAISED) {
		if (st->done && st->cause.n == 0)
			st->cause = st->raised;
		st->raised = text;
		st->done = true;
	} else if (st->first.n == 0)
		st->first = text;
	else if (!st->traced)
		st->raised = text;
}

static void
read_telling(struct telling *st, struct span message, struct span rest)
{
	struct frames fs;
	enum frames_part part;

	*st = (struct telling){ .first = { message.p, 0 } };
	frames_begin(&fs, message, rest);
	while ((part = frames_next(&fs)) != FRAMES_END) {
		if (part == FRAMES_FRAME)
			take_frame(st, &fs.frame);
		else if (part != FRAMES_PADDING)
			take_text(st, fs.text, part);
	}
}

/* Does the text itself say where in the site's code? */
static bool
is_placed(struct span text)
{
	struct frame f;

	return text.n > 0 && frames_place(text, &f) && frame_own(&f);
}

static unsigned
how_to_read(const struct telling *st, bool placed)
{
	unsigned how = 0;

	if (st->has_own || (st->traced && placed))
		how |= GROUP_LIBRARY;
	if (placed || (st->has_own && st->own.line > 0))
		how |= GROUP_PLACED;
	return how;
}

/* Whoever guesses passwords tries many names: one story. */
static void
walk_unnamed(struct span s, unsigned how, group_stretch *told, void *arg)
{
	static const struct {
		const char *begin, *before, *behind;
	} user[] = {
		{ "user ", "user ", " not found: /" },
		{ "user ", "user ", ": authentication failure for \"" },
		{ "user \"", "user \"", "\" was not found in \"" },
		{ "user \"", "user \"", "\": password mismatch" },
		{ "password doesn't match for ", "username: ", " IP: " },
	};
	struct span words = unwrap_code(s);
	const char *name, *p;
	size_t i;

	for (i = 0; i < sizeof user / sizeof *user; i++) {
		if (!span_begins(words, user[i].begin))
			continue;
		name = span_find(words, user[i].before);
		p = span_find_last(words, user[i].behind);
		if (p == NULL || name == NULL || p < name)
			continue;
		p += *p == '"';
		group_text_walk(span_until(s, name), how, told, arg);
		told(arg, span_until(span_from(s, name), p), "user <name>");
		s = span_from(s, p);
		break;
	}
	group_text_walk(s, how, told, arg);
}

static void
add_frame(struct buf *b, const struct frame *f)
{
	buf_adds(b, "\nat ");
	group_text(b, f->file, 0);
	buf_addc(b, ' ');
	group_text(b, f->function, 0);
	if (f->line > 0)
		buf_addf(b, ":%u", (unsigned)f->line);
}

/* False if it says no place of the site's code. */
static bool
add_telling(struct buf *b, const struct telling *st)
{
	bool placed = is_placed(st->first) || is_placed(st->raised);
	unsigned how = how_to_read(st, placed);
	bool asked = st->traced && st->raised.n > 0 && !is_placed(st->first);

	walk_unnamed(st->first, how | (asked ? GROUP_ASKED : 0), group_text_add,
	    b);
	if (st->raised.n > 0) {
		buf_addc(b, '\n');
		group_text(b, st->raised, how);
	}
	if (st->cause.n > 0) {
		buf_adds(b, "\ncause ");
		group_text(b, st->cause, how);
	}
	if (placed)
		return st->traced;
	if (st->has_own)
		add_frame(b, &st->own);
	else if (st->any.function.n > 0) {
		buf_adds(b, "\nin ");
		group_text(b, st->any.function, 0);
	}
	return st->has_own;
}

static bool
has_path(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == '/' && (i == 0 || is_delimiter(s.p[i - 1])))
			return true;
	return false;
}

static void
add_target(struct buf *b, struct span target)
{
	size_t i;

	for (i = 0; i < target.n && target.p[i] != '?'; i++)
		;
	group_text(b, span_head(target, i), 0);
}

/* An access log's, as its format puts it: "GET /path 500". */
static bool
add_access(struct buf *b, const struct fields *f)
{
	struct span s = f->message, status;
	size_t i;

	for (i = 0; i < s.n && s.p[i] >= 'A' && s.p[i] <= 'Z'; i++)
		;
	if (i == 0 || s.n < i + 5 || f->request.n == 0)
		return false;
	status = span_skip(s, s.n - 4);
	if (*status.p != ' ' || !is_digit(status.p[1]) ||
	    !is_digit(status.p[2]) || !is_digit(status.p[3]) ||
	    !span_begins(span_skip(s, i), " /"))
		return false;
	buf_add(b, s.p, i + 1);
	add_target(b, span_until(span_skip(s, i + 1), status.p));
	buf_add(b, status.p, status.n);
	return true;
}

void
group_normalise(struct buf *b, const struct fields *f)
{
	struct span message = unwrap(f->message);
	struct telling st;

	buf_adds(b, level_name(f->level));
	buf_addc(b, ' ');
	if (add_access(b, f))
		return;
	if (f->program.n > 0) {
		group_text(b, f->program, 0);
		buf_adds(b, ": ");
	}
	if (f->status.n > 0) {
		group_text(b, f->status, 0);
		buf_addc(b, ' ');
	}
	read_telling(&st, message, f->rest);
	if (!st.traced && st.cause.n == 0 && !st.done && f->rest.n > 0)
		st.raised.n = 0; /* lines of no trace */
	if (add_telling(b, &st))
		return;
	if (span_find(message, "upstream") != NULL) {
		if (f->upstream.n > 0) {
			buf_addc(b, ' ');
			buf_add(b, f->upstream.p, f->upstream.n);
		}
		return;
	}
	if (f->request.n == 0 || has_path(st.first))
		return;
	buf_adds(b, " at ");
	add_target(b, f->request);
}

void
group_walk(struct span message, struct span rest, group_stretch *told,
    void *arg)
{
	struct span line = span_until(message,
	    message.n > 0 ? memchr(message.p, '\n', message.n) : NULL);
	struct telling st;
	unsigned how;

	read_telling(&st, message, rest);
	how = how_to_read(&st, is_placed(st.first) || is_placed(st.raised));
	/* Behind an escaped line end the walk begins anew. */
	if (st.first.n > 0 && st.first.p == line.p && st.first.n < line.n) {
		walk_unnamed(st.first, how, told, arg);
		line = span_skip(line, st.first.n);
	}
	walk_unnamed(line, how, told, arg);
}
