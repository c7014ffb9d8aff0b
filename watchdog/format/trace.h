/* SPDX-License-Identifier: ISC */
/*
 * Which lines of free text continue the one before: stack traces of PHP, Java,
 * Python, Ruby, Node, Go, .NET, Perl and Tcl, dumps, whatever is indented.
 * Pure.  Decided line by line, from what the lines before were: when in doubt
 * a line starts a record, as one that is joined to another may never be seen.
 */
#ifndef WATCHDOG_FORMAT_TRACE_H
#define WATCHDOG_FORMAT_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the last line that was not empty was. */
enum trace_state {
	TRACE_NONE,         /* nothing that could be continued by name */
	TRACE_START,        /* it started a record: see struct trace */
	TRACE_TROUBLE,      /* likewise, and it told of trouble */
	TRACE_PYTHON,       /* a Python traceback's first line */
	TRACE_PYTHON_STACK, /* its frames: the exception comes next */
	TRACE_CHAIN,        /* "During handling of …": more will follow */
	TRACE_PHP,          /* "Stack trace:", "#0 …": more will follow */
	TRACE_PHP_WHOLE,    /* likewise, and it may be the last line */
	TRACE_GO_WORDS,     /* what Go says before "fatal error: …" */
	TRACE_GO,           /* "goroutine 1 [running]:", a function */
	TRACE_GO_PLACE,     /* where that is: it may be the last line */
	TRACE_NODE,         /* "/srv/x.js:12", a line of its own */
	TRACE_NODE_CODE,    /* the source at that place */
	TRACE_NODE_CARET,   /* the mark below it: the error comes next */
	TRACE_NODE_REQUIRE, /* "Require stack:", a list */
	TRACE_RUBY,         /* a Ruby exception, or its frames */
	TRACE_RUBY_CAUSE,   /* likewise: its cause will follow */
	TRACE_RUBY_THREAD,  /* "#<Thread:… terminated with exception …" */
	TRACE_RUBY_HINT,    /* a misspelt name, or a value of a wrong kind */
	TRACE_RUBY_CODE,    /* likewise, and an empty line: the code follows */
	TRACE_TCL,          /* "    while executing": a command follows */
	/* from here on: so many bytes of the command may still come, more 1 */
	TRACE_TCL_TEXT
};

struct trace {
	uint8_t state;    /* enum trace_state */
	const char *line; /* with TRACE_START: that line */
	size_t n;
};

/* Does the line (without its LF) continue the record before?  Takes note. */
bool trace_continues(struct trace *, const char *, size_t);
/* True: nothing but the first byte c is needed to know that a line starts a
 * record, provided the state is TRACE_NONE or TRACE_START. */
bool trace_plain_start(unsigned char c);
/* In the midst of a trace that always goes on: another line will follow. */
bool trace_unfinished(uint8_t state);
/* The state without the pointer, for the next block. */
uint8_t trace_settle(const struct trace *);

#endif
