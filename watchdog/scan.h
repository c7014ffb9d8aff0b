/* SPDX-License-Identifier: ISC */
/*
 * One pass over a log: lines, ignore rules, records.  The order follows the
 * cost: most lines are noise and go before they are put together.  Commits
 * nothing, decides nothing about owners.
 *
 * A log is read in parts, the generations in the order they were written.  A
 * record, even a line, may begin in one and end in the next.
 */
#ifndef WATCHDOG_SCAN_H
#define WATCHDOG_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "watchdog/read/record.h"

struct format;
struct ignore;
struct input;

enum scan_end {
	SCAN_END,
	SCAN_DEADLINE, /* or enough bytes: the rest is for the next run */
	SCAN_STOPPED,
	SCAN_ERROR /* errno; what was read counts */
};

/* A stretch of one file. */
struct scan_part {
	/* in */
	const char *name; /* the file's */
	struct input *in;
	int64_t from, end; /* end -1: until it ends */
	bool finished;     /* nothing will follow its end */
	/* The writer may be in the midst of a record: what may go on is left
	 * for later. */
	bool fresh;
	/* It is as it was at the last look: whatever is open, nobody goes on
	 * with it. */
	bool still;
	/* It begins where the finished part before it ended: a record, or a
	 * stack trace, that is open there may go on here. */
	bool joins;
	/* So may a line: the part before is a copy, made before this file was
	 * truncated. */
	bool torn;
	/* out */
	bool ended;      /* all of it was read, and nothing put back */
	int64_t next;    /* offset to go on from; `from` if it was not read */
	int64_t pending; /* bytes of the unfinished line there */
	int64_t hole;    /* NUL bytes that no line is made of (counted as
			  * ignored) */
};

struct scan {
	/* NULL: found out, then set; and set anew where the log changes it,
	 * before the sink sees a record of that format */
	const struct format *format;
	bool detects;          /* scan_parts' own: that is so */
	struct ignore *ignore; /* NULL: hides nothing */
	record_sink sink;
	void *arg;
	bool counts; /* the sink need not see what no format or rule judges */
	const struct deadline *deadline; /* NULL: none */
	int64_t *budget; /* bytes that may still be read, counted down; NULL:
			  * no limit.  A block is read in any case. */
	bool stop;       /* the sink may set it: no more, please */
	bool progress;   /* show it, under the parts' names */
	/* while the sink is called: the part that the record begins in */
	const struct scan_part *at;
	/* out */
	size_t stopped; /* of SCAN_ERROR: the part */
	struct tally tally;
};

/*
 * Reads the parts in order, until one of them ends otherwise than with
 * SCAN_END; what is open at that place is put back: `next` of the part it
 * begins in says so, and parts behind that one count as not read.
 * tally.bytes - tally.held_bytes = the sum of next - from.
 */
enum scan_end scan_parts(struct scan *, struct scan_part *, size_t n);

#endif
