/* SPDX-License-Identifier: ISC */
/* Stack traces: which line is what. */
#include "watchdog/match/frames.h"

#include <string.h>

#include "common/base/span.h"

#define LINE_MAX_DIGITS 9

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the digits at the beginning; 0 if there are none, or too many. */
static uint32_t
take_number(struct span *s)
{
	size_t n = span_digits(*s), i;
	uint32_t number = 0;

	for (i = 0; i < n && n <= LINE_MAX_DIGITS; i++)
		number = number * 10 + (uint32_t)(s->p[i] - '0');
	*s = span_skip(*s, n);
	return number;
}

static bool
take(struct span *s, const char *word)
{
	if (!span_begins(*s, word))
		return false;
	*s = span_skip(*s, strlen(word));
	return true;
}

/* Blanks, and what Apache and syslog write for a tab. */
static struct span
unindent(struct span s)
{
	while (s.n > 0 && (is_blank(*s.p) || *s.p == '\r'))
		s = span_skip(s, 1);
	while (take(&s, "\\t") || take(&s, "#011") || take(&s, " "))
		;
	return s;
}

static struct span
trim(struct span s)
{
	while (s.n > 0 && (is_blank(s.p[s.n - 1]) || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static struct span
between(const char *from, const char *to)
{
	return (struct span){ from, (size_t)(to - from) };
}

static const char *
end_of(struct span s)
{
	return s.p + s.n;
}

/* Cuts "file:12" or "file:12:34" in two, from its end. */
static bool
split(struct span s, struct frame *f)
{
	struct span number;
	size_t n = s.n, i;

	for (i = 0; i < 2; i++) {
		while (n > 0 && is_digit(s.p[n - 1]))
			n--;
		if (n == s.n || n < 2 || s.p[n - 1] != ':')
			return f->file.n > 0;
		number = span_skip(s, n);
		s.n = --n;
		f->line = take_number(&number);
		f->file = s;
	}
	return true;
}

/* ---- one language each; false: it is none of its frames ---------------- */

/* #0 /x.php(3): f('…') */
static bool
php_frame(struct span s, struct frame *f)
{
	struct span at;
	const char *p;

	if (!take(&s, "#") || span_digits(s) == 0)
		return false;
	take_number(&s);
	if (!take(&s, " "))
		return false;
	for (at = s; (p = memchr(at.p, '(', at.n)) != NULL;) {
		at = span_from(at, p + 1);
		f->line = take_number(&at);
		if (at.p == p + 1 || at.n == 0 || *at.p != ')')
			continue;
		f->file = between(s.p, p);
		at = span_skip(at, 1);
		if (take(&at, ": "))
			f->function = span_until(at, memchr(at.p, '(', at.n));
		return true;
	}
	*f = (struct frame){ .file = { s.p, 0 } };
	return true; /* {main}, [internal function] */
}

/* PHP   1. {main}() /x.php:0 */
static bool
xdebug_frame(struct span s, struct frame *f)
{
	const char *p;

	if (take(&s, "PHP "))
		s = unindent(s);
	if (span_digits(s) == 0)
		return false;
	take_number(&s);
	if (!take(&s, ". ") || (p = span_find_last(s, " /")) == NULL ||
	    !split(span_from(s, p + 1), f))
		return false;
	f->function = span_until(s, memchr(s.p, '(', s.n));
	f->outer_first = true;
	return true;
}

/* File "x.py", line 1, in f */
static bool
python_frame(struct span s, struct frame *f)
{
	const char *p;

	if (!take(&s, "File \"") || (p = span_find(s, "\", line ")) == NULL)
		return false;
	f->file = span_until(s, p);
	s = span_from(s, p + strlen("\", line "));
	f->line = take_number(&s);
	if (take(&s, ", in "))
		f->function = s;
	f->outer_first = true;
	return true;
}

/* x.rb:12:in 'f' */
static bool
ruby_frame(struct span s, struct frame *f)
{
	const char *p = span_find(s, ":in ");
	size_t i;

	if (p == NULL || p + 4 >= end_of(s) || (p[4] != '\'' && p[4] != '`'))
		return false;
	f->function = span_from(s, p + 5);
	for (i = 0; i < f->function.n && f->function.p[i] != '\''; i++)
		;
	f->function.n = i;
	return split(span_until(s, p), f);
}

/* f('…') called at x.pl line 12 */
static bool
perl_frame(struct span s, struct frame *f)
{
	static const char at[] = " called at ";
	const char *p = span_find_last(s, at), *q;

	if (p == NULL)
		return false;
	f->function = span_until(s, memchr(s.p, '(', (size_t)(p - s.p)));
	s = span_from(s, p + strlen(at));
	q = span_find(s, " line ");
	if (q == NULL)
		return false;
	f->file = span_until(s, q);
	s = span_from(s, q + strlen(" line "));
	f->line = take_number(&s);
	return true;
}

/* "a.b.C.m(F.java:1)", "f (x.js:1:2)", "A.B(C c) in F:line 12", "x.js:1:2" */
static bool
at_frame(struct span s, struct frame *f)
{
	static const char line[] = ":line ", in[] = ") in ";
	const char *p, *open;

	if (!take(&s, "at "))
		return false;
	s = trim(s);
	take(&s, "async ");
	p = span_find_last(s, line);
	open = p != NULL ? span_find_last(span_until(s, p), in) : NULL;
	if (open != NULL) {
		f->function = span_until(s, memchr(s.p, '(', s.n));
		f->file = between(open + strlen(in), p);
		s = span_from(s, p + strlen(line));
		f->line = take_number(&s);
		return true;
	}
	if (s.n == 0 || s.p[s.n - 1] != ')')
		return ruby_frame(s, f) ||
		    (memchr(s.p, '/', s.n) != NULL && split(s, f));
	s.n--;
	p = span_find_last(s, "(");
	if (p == NULL)
		return false;
	f->function = trim(span_until(s, p));
	s = span_from(s, p + 1);
	if (!split(s, f) && s.n > 0 && memchr(s.p, ' ', s.n) == NULL &&
	    (memchr(s.p, '.', s.n) != NULL || *s.p == '<'))
		f->file = s;
	return true;
}

/* (file "x.tcl" line 12), (procedure "p" line 3) */
static bool
tcl_frame(struct span s, struct frame *f)
{
	bool file = take(&s, "(file \"");
	const char *p;

	if ((!file && !take(&s, "(procedure \"")) ||
	    (p = span_find(s, "\" line ")) == NULL)
		return false;
	if (file)
		f->file = span_until(s, p);
	else
		f->function = span_until(s, p);
	s = span_from(s, p + strlen("\" line "));
	f->line = take_number(&s);
	return true;
}

/* The line below a function's: /x.go:12 +0x1d */
static bool
go_frame(struct frames *fs, struct span s, struct frame *f)
{
	if (fs->function.n == 0 || s.n == 0)
		return false;
	s = span_until(s, memchr(s.p, ' ', s.n));
	f->function = fs->function;
	fs->function.n = 0;
	return split(s, f);
}

/* ---- lines ------------------------------------------------------------ */

void
frames_begin(struct frames *fs, struct span message, struct span rest)
{
	*fs = (struct frames){ .message = message,
		.rest = rest,
		.escaped = rest.n == 0 };
}

/* The length of an escaped line end at p, or 0.  "\\n" is an n behind a
 * backslash that was escaped itself, "\next" is most likely a name. */
static size_t
line_end(struct span s, const char *p, enum frames_state state)
{
	struct span at = span_from(s, p);

	if (*p == '#')
		return span_begins(at, "#012") &&
			(at.n == 4 || !is_digit(at.p[4])) ?
		    4 :
		    0;
	if (!span_begins(at, "\\n") || (p > s.p && p[-1] == '\\') ||
	    (at.n > 2 && at.p[2] >= 'a' && at.p[2] <= 'z' &&
		state != FRAMES_PYTHON))
		return 0;
	return 2;
}

static size_t
find_end(const struct frames *fs, struct span s, size_t *len)
{
	const char *lf = memchr(s.p, '\n', s.n);
	size_t i, n = lf != NULL ? (size_t)(lf - s.p) : s.n;

	for (i = 0; fs->escaped && i < n; i++) {
		if ((s.p[i] != '\\' && s.p[i] != '#') ||
		    (*len = line_end(s, s.p + i, fs->state)) == 0)
			continue;
		return i;
	}
	*len = n < s.n;
	return n;
}

static bool
take_line(struct frames *fs, struct span *line)
{
	struct span *from = fs->message.n > 0 ? &fs->message : &fs->rest;
	size_t n, len;

	if (from->n == 0)
		return false;
	n = find_end(fs, *from, &len);
	*line = span_head(*from, n);
	*from = span_skip(*from, n + len);
	return true;
}

/* What a line begins with, and what that makes it. */
static const struct start {
	const char *with;
	enum frames_part part;
	enum frames_state state;
	bool whole; /* nothing follows */
} starts[] = {
	{ "Traceback (most recent call last)", FRAMES_PADDING, FRAMES_PYTHON,
	    false },
	{ "while executing", FRAMES_PADDING, FRAMES_TCL, true },
	{ "invoked from within", FRAMES_PADDING, FRAMES_TCL, true },
	{ "Caused by: ", FRAMES_CAUSE, FRAMES_NONE, false },
	{ "---> ", FRAMES_CAUSE, FRAMES_NONE, false },
	{ "Suppressed: ", FRAMES_PADDING, FRAMES_SUPPRESSED, false },
	{ "Stack trace:", FRAMES_PADDING, FRAMES_NONE, false },
	{ "PHP Stack trace:", FRAMES_PADDING, FRAMES_NONE, false },
	{ "[stacktrace]", FRAMES_PADDING, FRAMES_NONE, false },
	{ "--- End of ", FRAMES_PADDING, FRAMES_NONE, false },
	{ "... ", FRAMES_PADDING, FRAMES_NONE, false },
	{ "[signal ", FRAMES_PADDING, FRAMES_NONE, false },
	{ "The above exception was ", FRAMES_PADDING, FRAMES_NONE, false },
	{ "During handling of the above", FRAMES_PADDING, FRAMES_NONE, false },
};

static const struct start *
start_of(struct span s)
{
	static const struct start go = { "goroutine ", FRAMES_PADDING,
		FRAMES_GO, false };
	size_t i;

	if (span_begins(s, go.with) && span_find(s, " [") != NULL &&
	    s.p[s.n - 1] == ':')
		return &go;
	for (i = 0; i < sizeof starts / sizeof *starts; i++)
		if (span_begins(s, starts[i].with) &&
		    (!starts[i].whole || s.n == strlen(starts[i].with)))
			return &starts[i];
	return NULL;
}

static bool
any_frame(struct span s, bool indented, struct frame *f)
{
	static bool (*const kind[])(struct span, struct frame *) = { php_frame,
		at_frame, python_frame, xdebug_frame, tcl_frame };
	size_t i;

	for (i = 0; i < sizeof kind / sizeof *kind; i++) {
		*f = (struct frame){ .line = 0 };
		if (kind[i](s, f))
			return true;
	}
	*f = (struct frame){ .line = 0 };
	if (indented && perl_frame(s, f))
		return true;
	*f = (struct frame){ .line = 0 };
	/* The first line of a Ruby trace has the message as well. */
	return (take(&s, "from ") || span_find(s, "': ") == NULL) &&
	    ruby_frame(s, f);
}

static enum frames_part
begin(struct frames *fs, const struct start *start)
{
	if (start->state == FRAMES_GO && fs->state >= FRAMES_GO)
		fs->state = FRAMES_GO_OTHERS;
	else if (start->part == FRAMES_CAUSE || start->state != FRAMES_NONE)
		fs->state = start->state;
	return start->part;
}

/* In a state that knows its own lines. */
static enum frames_part
inside(struct frames *fs, bool indented)
{
	switch (fs->state) {
	case FRAMES_PYTHON:
		if (indented || fs->text.n == 0)
			return FRAMES_PADDING;
		fs->state = FRAMES_NONE;
		return FRAMES_RAISED;
	case FRAMES_GO:
		if (!indented) {
			fs->function = span_until(fs->text,
			    span_find_last(fs->text, "("));
			take(&fs->function, "created by ");
		} else if (go_frame(fs, fs->text, &fs->frame))
			return FRAMES_FRAME;
		return FRAMES_PADDING;
	case FRAMES_NONE:
		return FRAMES_TEXT;
	default:
		return FRAMES_PADDING;
	}
}

enum frames_part
frames_next(struct frames *fs)
{
	const struct start *start;
	struct span line;
	bool indented;

	if (!take_line(fs, &line))
		return FRAMES_END;
	fs->text = trim(unindent(line));
	indented = fs->text.p != line.p;
	fs->frame = (struct frame){ .line = 0 };
	start = start_of(fs->text);
	if (start != NULL)
		return begin(fs, start);
	if (fs->state != FRAMES_GO && fs->state != FRAMES_GO_OTHERS &&
	    any_frame(fs->text, indented, &fs->frame))
		return fs->state == FRAMES_SUPPRESSED ||
			(fs->frame.file.n == 0 && fs->frame.function.n == 0) ?
		    FRAMES_PADDING :
		    FRAMES_FRAME;
	return inside(fs, indented);
}
