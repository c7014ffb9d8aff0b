/* SPDX-License-Identifier: ISC */
/*
 * The lines of a record's text, told apart: which are frames of a stack trace,
 * which say what was raised, which are a trace's padding.  Pure.  Knows the
 * traces of PHP (xdebug's too), Java, Python, Ruby, Node, Go, .NET, Perl and
 * Tcl.  Each line is looked at a fixed number of times.
 *
 * A line ends at a LF, and in a record of one line also at the two characters
 * "\n", which Apache writes for it, and at syslog's "#012".
 */
#ifndef WATCHDOG_MATCH_FRAMES_H
#define WATCHDOG_MATCH_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/text.h"

/* Spans point into the record's text. */
struct frame {
	struct span file;     /* as it is written; may be empty */
	struct span function; /* without its arguments; may be empty */
	uint32_t line;        /* 0: not told */
	bool outer_first;     /* the trace ends with the innermost frame */
};

enum frames_part {
	FRAMES_END,
	FRAMES_TEXT,   /* of no trace, as far as can be told */
	FRAMES_FRAME,  /* `frame` is filled */
	FRAMES_RAISED, /* what was raised, where it stands behind its frames */
	FRAMES_CAUSE,  /* what lay behind it: "Caused by: " and the like */
	FRAMES_PADDING /* "Stack trace:", "... 12 more", source lines */
};

enum frames_state {
	FRAMES_NONE,
	FRAMES_PYTHON,     /* behind "Traceback …", */
	FRAMES_GO,         /* "goroutine 1 [running]:", */
	FRAMES_GO_OTHERS,  /* the second of these, */
	FRAMES_TCL,        /* "while executing", */
	FRAMES_SUPPRESSED, /* Java's "Suppressed: " */
};

struct frames {
	struct span message, rest; /* what is left of them */
	bool escaped;              /* the whole record is one line */
	enum frames_state state;
	struct span function; /* Go's, one line above its file */
	struct span text;     /* the line that frames_next found, unindented */
	struct frame frame;   /* of a FRAMES_FRAME */
};

/* message: a record's first line; rest: its other lines. */
void frames_begin(struct frames *, struct span message, struct span rest);
enum frames_part frames_next(struct frames *);

/*
 * The place that a sentence itself names: " in F on line N", " in F:N",
 * Perl's " at F line N", Laravel's " at F:N", and Ruby's "F:N:in 'm'" in front
 * of it.  The last one: what a client said stands before it.
 */
bool frames_place(struct span, struct frame *);

/* Is it code of the site, and not of a library, a framework or the language
 * (vendor/, node_modules/, site-packages/, java.*, System.*, /usr/lib …)? */
bool frame_own(const struct frame *);

#endif
