/* SPDX-License-Identifier: ISC */
/* Which lines of free text continue the one before. */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/trace.h"

#include <string.h>

#include "watchdog/format/trace_line.h"

static bool
begins(const char *p, size_t n, const char *with)
{
	size_t len = strlen(with);

	return n >= len && memcmp(p, with, len) == 0;
}

static bool
ends(const char *p, size_t n, const char *with)
{
	size_t len = strlen(with);

	return n >= len && memcmp(p + n - len, with, len) == 0;
}

static bool
holds(const char *p, size_t n, const char *text)
{
	return memmem(p, n, text, strlen(text)) != NULL;
}

static bool
is_name(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    c == '$';
}

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* word is in lower case */
static bool
has_word(const char *p, size_t n, const char *word)
{
	size_t i, k, len = strlen(word);

	for (i = 0; i + len <= n; i++) {
		for (k = 0; k < len && (p[i + k] | 0x20) == word[k]; k++)
			;
		if (k == len)
			return true;
	}
	return false;
}

static bool
tells_trouble(const char *p, size_t n)
{
	static const char *const word[] = { "err", "exc", "crit", "fatal",
		"warn", "fail", "severe" };

	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (has_word(p, n, word[i]))
			return true;
	return false;
}

/*
 * The length of a class name, "a.b.C" or PHP's "A\B"; *parts is how many
 * words it has.  0 if there is none.
 */
static size_t
class_name(const char *p, size_t n, int *parts)
{
	size_t i = 0;

	*parts = 0;
	while (i < n && is_name((unsigned char)p[i])) {
		(*parts)++;
		while (i < n &&
		    (is_name((unsigned char)p[i]) ||
			is_digit((unsigned char)p[i])))
			i++;
		if (i + 1 >= n || (p[i] != '.' && p[i] != '\\') ||
		    !is_name((unsigned char)p[i + 1]))
			break;
		i++;
	}
	return i;
}

/* "ValueError: text", "KeyboardInterrupt": how a traceback ends. */
static bool
python_ends(const char *p, size_t n)
{
	int parts;
	size_t len = class_name(p, n, &parts);

	return len > 0 && (len == n || p[len] == ':');
}

/* "java.io.IOException: text", "System.IO.IOException: text" behind the
 * message of a logger. */
static bool
throwable(const char *p, size_t n)
{
	static const char *const last[] = { "Exception", "Error", "Throwable" };
	int parts;
	size_t i, k, len = class_name(p, n, &parts);

	if (parts < 2 || memchr(p, '\\', len) != NULL ||
	    (len < n && p[len] != ':'))
		return false;
	for (i = 0; i < sizeof last / sizeof *last; i++) {
		k = strlen(last[i]);
		if (len > k && memcmp(p + len - k, last[i], k) == 0)
			return true;
	}
	return false;
}

/* Begins as loggers begin a line: "2026-…", "[28-Nov…", "[Sat Nov …",
 * "Nov 28 …".  No program's text that a trace quotes does. */
static bool
is_dated(const char *p, size_t n)
{
	if (n > 0 && (*p == '[' || *p == '<')) {
		p++;
		n--;
	}
	if (n < 4)
		return false;
	if (is_digit((unsigned char)p[0]))
		return true;
	return p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'a' && p[1] <= 'z' &&
	    p[2] >= 'a' && p[2] <= 'z' && p[3] == ' ';
}

/* ---- Node and Ruby -------------------------------------------------- */

/* "    ^", "^^^^^", Python's and Ruby's "   ~~^~~" */
static bool
is_caret(const char *p, size_t n)
{
	bool caret = false;

	for (size_t i = 0; i < n; i++) {
		caret |= p[i] == '^';
		if (p[i] != '^' && p[i] != '~' && p[i] != ' ' && p[i] != '\t')
			return false;
	}
	return caret;
}

/* Where "x.rb:12:in `f'" has what follows its "in "; 0: it is no such place.
 * The quote is ' since 3.4. */
static size_t
ruby_place(const char *p, size_t n)
{
	const char *in = memmem(p, n, ":in ", 4);
	size_t i, k;

	if (in == NULL || (size_t)(in - p) + 5 >= n ||
	    (in[4] != '`' && in[4] != '\''))
		return 0;
	for (i = k = (size_t)(in - p); k > 0; k--)
		if (!is_digit((unsigned char)p[k - 1]))
			break;
	return k < i && k > 1 && p[k - 1] == ':' ? i + 4 : 0;
}

/* "x.rb:12:in `f': text (Err)"; a frame alone ends behind the quote. */
static bool
ruby_head(const char *p, size_t n)
{
	size_t at = ruby_place(p, n);

	return at > 0 && holds(p + at, n - at, "': ");
}

/* An exception that is raised while another one is handled has that one as
 * its cause: it is printed behind the frames, just like a new one. */
static uint8_t
ruby_state(const char *p, size_t n, uint8_t was)
{
	return holds(p, n, "rescue in ") || holds(p, n, "ensure in ") ?
	    TRACE_RUBY_CAUSE :
	    was;
}

/* Of these it shows the code, behind an empty line and as it stands. */
static bool
ruby_hints(const char *p, size_t n)
{
	static const char *const kind[] = { "(NoMethodError)", "(NameError)",
		"(TypeError)", "(ArgumentError)" };
	size_t k;

	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
		k = strlen(kind[i]);
		if (n > k && memcmp(p + n - k, kind[i], k) == 0)
			return true;
	}
	return false;
}

/* ---- Tcl -------------------------------------------------------------- */

#define TCL_COMMAND 156 /* bytes it shows of one, with quotes and "..." */

/* A line of the command that Tcl shows.  It may be program text of any form:
 * it ends with its quote, or where it would be too long. */
static bool
tcl_text(struct trace *t, const char *p, size_t n)
{
	size_t left = t->state == TRACE_TCL ?
	    TCL_COMMAND :
	    (size_t)(t->state - TRACE_TCL_TEXT);

	if (n > left || (t->state == TRACE_TCL && *p != '"') || is_dated(p, n))
		return false;
	t->state = p[n - 1] == '"' && (n > 1 || t->state != TRACE_TCL) ?
	    TRACE_NONE :
	    (uint8_t)(TRACE_TCL_TEXT + left - n);
	return true;
}

/* ---- all -------------------------------------------------------------- */

/* One bracket, and perhaps a comma: the end or begin of a dump. */
static bool
lone_bracket(const char *p, size_t n)
{
	return p[0] != '\0' && strchr("()[]{}", p[0]) != NULL &&
	    (n == 1 || (n == 2 && (p[1] == ',' || p[1] == ';')));
}

/* "#0 …" of a PHP stack */
static bool
php_frame(const char *p, size_t n)
{
	size_t i = 1;

	while (i < n && is_digit((unsigned char)p[i]))
		i++;
	return p[0] == '#' && i > 1 && i < n && p[i] == ' ';
}

/* xdebug's "PHP Stack trace:" and "PHP   1. {main}() /x.php:0", behind a time
 * in brackets or without */
static bool
php_stack(const char *p, size_t n)
{
	const char *close = *p == '[' ? memchr(p, ']', n) : NULL;
	size_t i = close != NULL ? (size_t)(close - p) + 2 : 0;

	if (i > n || !begins(p + i, n - i, "PHP "))
		return false;
	p += i + 4;
	n -= i + 4;
	if (n == 12 && begins(p, n, "Stack trace:"))
		return true;
	for (i = 0; i < n && p[i] == ' '; i++)
		;
	if (i == 0 || i == n || !is_digit((unsigned char)p[i]))
		return false;
	while (i < n && is_digit((unsigned char)p[i]))
		i++;
	return i + 1 < n && p[i] == '.' && p[i + 1] == ' ';
}

/* Beginnings of lines that continue whatever was before. */
static const struct {
	const char *begin;
	enum trace_state next;
} whole[] = {
	{ "}", TRACE_NONE },
	{ "... ", TRACE_NONE },
	{ "...additional frames elided...", TRACE_GO_PLACE },
	{ "Caused by: ", TRACE_NONE },
	{ "Wrapped by: ", TRACE_NONE },
	{ "Suppressed: ", TRACE_NONE },
	{ "During handling of the above exception, another exception occurred:",
	    TRACE_CHAIN },
	{ "The above exception was the direct cause of the following "
	  "exception:",
	    TRACE_CHAIN },
	{ "future: <Task ", TRACE_TROUBLE },
	{ "--- End of ", TRACE_NONE },
	{ "File name: '", TRACE_NONE },
	{ "[signal SIG", TRACE_GO },
	{ "runtime stack:", TRACE_GO },
	{ "(Use `node --trace-", TRACE_NONE },
	{ "Node.js v", TRACE_NONE },
	{ "Require stack:", TRACE_NODE_REQUIRE },
	{ "Did you mean? ", TRACE_RUBY },
	{ "BEGIN failed--compilation aborted", TRACE_NONE },
	{ "Compilation failed in require at ", TRACE_NONE },
};

/* Lines that continue whatever was before; *next is the state then. */
static bool
always(const char *p, size_t n, uint8_t *next)
{
	size_t at;

	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
		if (*p == *whole[i].begin && begins(p, n, whole[i].begin)) {
			*next = (uint8_t)whole[i].next;
			return true;
		}
	*next = TRACE_PHP_WHOLE;
	if (php_frame(p, n) || (n == 12 && begins(p, n, "Stack trace:")) ||
	    ((*p == 'P' || *p == '[') && php_stack(p, n))) {
		if (p[n - 1] == ':' || (*p == '#' && !ends(p, n, " {main}")))
			*next = TRACE_PHP;
		return true;
	}
	*next = TRACE_GO;
	if (begins(p, n, "goroutine ") && n > 10 &&
	    is_digit((unsigned char)p[10]) && p[n - 1] == ':')
		return true;
	*next = TRACE_RUBY; /* a frame in a logger's message */
	if (p[n - 1] == '\'' && (at = ruby_place(p, n)) > 0 &&
	    memchr(p + at + 1, '\'', n - at - 1) == p + n - 1)
		return true;
	*next = TRACE_NONE;
	return lone_bracket(p, n);
}

/* A traceback's first line */
static bool
is_python(const char *p, size_t n)
{
	return begins(p, n, "Traceback (most recent call last):");
}

static bool
is_python_group(const char *p, size_t n)
{
	return begins(p, n, "  + Exception Group Traceback (most recent call");
}

/* `  File "x.py", line 3`, how a file that is not Python begins its error:
 * nothing stands in front of it. */
static bool
is_python_file(const char *p, size_t n)
{
	return begins(p, n, "  File \"") && is_digit((unsigned char)p[n - 1]) &&
	    holds(p, n, "\", line ") && !holds(p, n, ", in ");
}

/* What is known of a line that starts a record by itself. */
static uint8_t
state_of(const char *p, size_t n)
{
	if (is_digit((unsigned char)p[n - 1]) && trace_node_place(p, n))
		return TRACE_NODE;
	if (ruby_head(p, n))
		return ruby_state(p, n,
		    ruby_hints(p, n) ? TRACE_RUBY_HINT : TRACE_RUBY);
	if (begins(p, n, "#<Thread:"))
		return TRACE_RUBY_THREAD;
	if (trace_go_words(p, n))
		return TRACE_GO_WORDS;
	return TRACE_START;
}

static void
start(struct trace *t, const char *p, size_t n)
{
	t->state = state_of(p, n);
	t->line = p;
	t->n = n;
}

/* Lines that continue only what they follow; takes note if it does. */
static bool
sometimes(struct trace *t, const char *p, size_t n)
{
	int parts;
	uint8_t was = t->state, next = TRACE_NONE;
	bool yes = false;

	switch (was) {
	case TRACE_TCL:
		return tcl_text(t, p, n);
	case TRACE_TROUBLE:
		yes = throwable(p, n);
		break;
	case TRACE_PYTHON_STACK: /* Ruby 2's began with those words too */
		yes = python_ends(p, n);
		if (!yes && ruby_head(p, n)) {
			yes = true;
			next = ruby_state(p, n, TRACE_RUBY);
		}
		break;
	case TRACE_PHP:
	case TRACE_PHP_WHOLE:
		yes = begins(p, n, "Next ") &&
		    class_name(p + 5, n - 5, &parts) > 0;
		break;
	case TRACE_GO_WORDS:
		next = TRACE_GO_WORDS;
		yes = trace_go_continues(p, n);
		break;
	case TRACE_GO:
	case TRACE_GO_PLACE:
		next = begins(p, n, "created by ") || p[n - 1] == ')' ?
		    TRACE_GO :
		    TRACE_GO_PLACE;
		yes = trace_go_frame(p, n);
		break;
	case TRACE_NODE:
		next = TRACE_NODE_CODE;
		yes = !is_dated(p, n);
		break;
	case TRACE_NODE_CODE:
		next = TRACE_NODE_CARET;
		yes = is_caret(p, n);
		break;
	case TRACE_NODE_CARET:
		yes = !is_dated(p, n);
		break;
	case TRACE_NODE_REQUIRE:
		next = TRACE_NODE_REQUIRE;
		yes = begins(p, n, "- ");
		break;
	case TRACE_RUBY_CODE:
		next = TRACE_RUBY;
		yes = !is_dated(p, n) && !ruby_head(p, n);
		break;
	case TRACE_RUBY_CAUSE:
	case TRACE_RUBY_THREAD:
		next = ruby_state(p, n, TRACE_RUBY);
		yes = ruby_head(p, n);
		break;
	default:
		break;
	}
	if (yes)
		t->state = next;
	return yes;
}

/* A line that begins with a blank: it continues what is before, but for two
 * with which Python begins. */
static bool
indented(struct trace *t, const char *p, size_t n)
{
	if (is_python_group(p, n)) {
		bool yes = t->state == TRACE_TROUBLE || t->state == TRACE_CHAIN;

		t->state = TRACE_NONE;
		return yes;
	}
	if (t->state <= TRACE_TROUBLE && is_python_file(p, n)) {
		bool yes = t->state == TRACE_TROUBLE;

		t->state = TRACE_PYTHON_STACK;
		return yes;
	}
	if (begins(p, n, "    while ") || begins(p, n, "    invoked from "))
		t->state = TRACE_TCL;
	else if (t->state >= TRACE_TCL) {
		if (!tcl_text(t, p, n))
			t->state = TRACE_NONE;
	} else if (t->state <= TRACE_TROUBLE || begins(p, n, "  thrown in "))
		t->state = TRACE_NONE;
	else if (t->state == TRACE_PYTHON)
		t->state = TRACE_PYTHON_STACK;
	else if (t->state == TRACE_GO)
		t->state = TRACE_GO_PLACE;
	else if (t->state == TRACE_NODE)
		t->state = TRACE_NODE_CODE;
	else if (t->state == TRACE_NODE_CODE && is_caret(p, n))
		t->state = TRACE_NODE_CARET;
	else if (t->state >= TRACE_RUBY && t->state != TRACE_RUBY_CAUSE)
		t->state = ruby_state(p, n, TRACE_RUBY);
	return true;
}

bool
trace_continues(struct trace *t, const char *p, size_t n)
{
	uint8_t next;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n == 0) {
		if (t->state == TRACE_NODE_CODE) /* no mark: bad JSON */
			t->state = TRACE_NODE_CARET;
		else if (t->state == TRACE_RUBY_HINT)
			t->state = TRACE_RUBY_CODE;
		else if (t->state > TRACE_TCL_TEXT) /* the line's end */
			t->state--;
		return true;
	}
	/*
	 * A logger writes its message and then the trace; an exception that
	 * nobody caught comes without, and must not vanish behind a line that
	 * has nothing to do with it and may be ignored.
	 */
	if (t->state == TRACE_START &&
	    (is_python(p, n) || is_python_group(p, n) || throwable(p, n) ||
		is_python_file(p, n)))
		t->state = trace_settle(t);
	/* Apache escapes a CGI's tab */
	if (p[0] == ' ' || p[0] == '\t' || begins(p, n, "\\t"))
		return indented(t, p, n);
	if (is_python(p, n)) {
		bool yes = t->state == TRACE_TROUBLE || t->state == TRACE_CHAIN;

		t->state = TRACE_PYTHON;
		return yes;
	}
	if (t->state > TRACE_TCL && tcl_text(t, p, n))
		return true;
	/* code that is quoted, "{" */
	if ((t->state == TRACE_NODE || t->state == TRACE_RUBY_CODE) &&
	    sometimes(t, p, n))
		return true;
	if (always(p, n, &next)) {
		if (next != TRACE_RUBY || t->state != TRACE_RUBY_CAUSE)
			t->state = next;
		return true;
	}
	if (sometimes(t, p, n))
		return true;
	start(t, p, n);
	return false;
}

/* Whatever is looked for at a line's beginning, and whatever opens a trace
 * that goes on with lines of any form, begins with none of these. */
bool
trace_plain_start(unsigned char c)
{
	return is_digit(c) || c == '*' || c == '=';
}

bool
trace_unfinished(uint8_t state)
{
	static const bool more[TRACE_TCL_TEXT] = {
		[TRACE_PYTHON] = true,
		[TRACE_PYTHON_STACK] = true,
		[TRACE_CHAIN] = true,
		[TRACE_PHP] = true,
		[TRACE_GO] = true,
		[TRACE_NODE] = true,
		[TRACE_NODE_CODE] = true,
		[TRACE_NODE_CARET] = true,
		[TRACE_RUBY_CAUSE] = true,
		[TRACE_RUBY_THREAD] = true,
		[TRACE_RUBY_CODE] = true,
		[TRACE_TCL] = true,
	};

	return state >= TRACE_TCL_TEXT || more[state];
}

uint8_t
trace_settle(const struct trace *t)
{
	if (t->state != TRACE_START)
		return t->state;
	/* An exception without a stack is no logger's message. */
	return tells_trouble(t->line, t->n) && !throwable(t->line, t->n) ?
	    TRACE_TROUBLE :
	    TRACE_NONE;
}
