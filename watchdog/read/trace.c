/* SPDX-License-Identifier: ISC */
/* Which lines of free text continue the one before. */
#include "watchdog/read/trace.h"

#include <string.h>

static bool
begins(const char *p, size_t n, const char *with)
{
	size_t len = strlen(with);

	return n >= len && memcmp(p, with, len) == 0;
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

/* "java.io.IOException: text" behind the message of a logger. */
static bool
java_throwable(const char *p, size_t n)
{
	static const char *const last[] = { "Exception", "Error", "Throwable" };
	int parts;
	size_t i, k, len = class_name(p, n, &parts);

	if (parts < 2 || p[0] < 'a' || p[0] > 'z' || (len < n && p[len] != ':'))
		return false;
	for (i = 0; i < sizeof last / sizeof *last; i++) {
		k = strlen(last[i]);
		if (len > k && memcmp(p + len - k, last[i], k) == 0)
			return true;
	}
	return false;
}

/* "main.main()", "created by net/http.(*Server).Serve", "exit status 2" */
static bool
go_frame(const char *p, size_t n)
{
	const char *bracket = memchr(p, '(', n);
	const char *blank = memchr(p, ' ', n);

	if (begins(p, n, "created by ") || begins(p, n, "exit status "))
		return true;
	return bracket != NULL && p[n - 1] == ')' &&
	    (blank == NULL || blank > bracket);
}

/* One bracket, and perhaps a comma: the end or begin of a dump. */
static bool
lone_bracket(const char *p, size_t n)
{
	return n == 1 || (n == 2 && (p[1] == ',' || p[1] == ';'));
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

/* Lines that continue whatever was before; *next is the state then. */
static bool
always(const char *p, size_t n, enum trace_state *next)
{
	*next = TRACE_NONE;
	switch (p[0]) {
	case '}':
		return true;
	case '.':
		return begins(p, n, "... ");
	case 'C':
		return begins(p, n, "Caused by: ");
	case '#':
		*next = TRACE_PHP;
		return php_frame(p, n);
	case 'S':
		if (begins(p, n, "Suppressed: "))
			return true;
		*next = TRACE_PHP;
		return n == 12 && begins(p, n, "Stack trace:");
	case 'D':
		*next = TRACE_CHAIN;
		return begins(p, n,
		    "During handling of the above exception, "
		    "another exception occurred:");
	case 'T':
		*next = TRACE_CHAIN;
		return begins(p, n,
		    "The above exception was the direct "
		    "cause of the following exception:");
	case '[':
		return begins(p, n, "[signal SIG") || lone_bracket(p, n);
	case 'g':
		*next = TRACE_GO;
		return begins(p, n, "goroutine ") && n > 10 &&
		    is_digit((unsigned char)p[10]) && p[n - 1] == ':';
	case '(':
	case ')':
	case ']':
	case '{':
		return lone_bracket(p, n);
	default:
		return false;
	}
}

/* Lines that continue only what they follow. */
static bool
sometimes(struct trace *t, const char *p, size_t n)
{
	int parts;
	bool python = p[0] == 'T' &&
	    begins(p, n, "Traceback (most recent call last):");
	enum trace_state was = t->state;

	/*
	 * A logger writes its message and then the trace; an exception that
	 * nobody caught comes without, and must not vanish behind a line that
	 * has nothing to do with it and may be ignored.
	 */
	if (was == TRACE_START && (python || java_throwable(p, n)))
		was = trace_settle(t);
	t->state = python ? TRACE_PYTHON : TRACE_NONE;
	switch (was) {
	case TRACE_TROUBLE:
		return python || java_throwable(p, n);
	case TRACE_CHAIN:
		return python;
	case TRACE_PYTHON_STACK:
		return !python && python_ends(p, n);
	case TRACE_PHP:
		return begins(p, n, "Next ") &&
		    class_name(p + 5, n - 5, &parts) > 0;
	case TRACE_GO:
		t->state = TRACE_GO;
		return go_frame(p, n);
	default:
		return false;
	}
}

bool
trace_continues(struct trace *t, const char *p, size_t n)
{
	enum trace_state next;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n == 0)
		return true;
	if (p[0] == ' ' || p[0] == '\t') {
		if (t->state <= TRACE_TROUBLE)
			t->state = TRACE_NONE;
		else if (t->state == TRACE_PYTHON)
			t->state = TRACE_PYTHON_STACK;
		return true;
	}
	if (always(p, n, &next)) {
		t->state = next;
		return true;
	}
	if (sometimes(t, p, n))
		return true;
	if (t->state != TRACE_PYTHON) {
		t->state = TRACE_START;
		t->line = p;
		t->n = n;
	}
	return false;
}

/* Whatever is looked for at a line's beginning, in always() and for a Java
 * exception, begins with none of these. */
bool
trace_plain_start(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c != 'C' && c != 'S' && c != 'D' && c != 'T';
	return is_digit(c) || c == '<' || c == '/' || c == '"' || c == '*';
}

enum trace_state
trace_settle(const struct trace *t)
{
	if (t->state != TRACE_START)
		return t->state;
	/* An exception without a stack is no logger's message. */
	return tells_trouble(t->line, t->n) && !java_throwable(t->line, t->n) ?
	    TRACE_TROUBLE :
	    TRACE_NONE;
}
