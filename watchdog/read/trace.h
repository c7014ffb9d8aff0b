/* SPDX-License-Identifier: ISC */
/*
 * Which lines of free text continue the one before: stack traces, dumps,
 * whatever is indented.  Pure.
 */
#ifndef WATCHDOG_READ_TRACE_H
#define WATCHDOG_READ_TRACE_H

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
	TRACE_PHP,          /* "Stack trace:", "#0 …" */
	TRACE_GO            /* behind "goroutine 1 [running]:" */
};

struct trace {
	enum trace_state state;
	const char *line; /* with TRACE_START: that line */
	size_t n;
};

/* Does the line (without its LF) continue the record before?  Takes note. */
bool trace_continues(struct trace *, const char *, size_t);
/* True: nothing but the first byte c is needed to know that a line starts a
 * record, provided the state is TRACE_NONE or TRACE_START. */
bool trace_plain_start(unsigned char c);
/* The state without the pointer, for the next block. */
enum trace_state trace_settle(const struct trace *);

#endif
