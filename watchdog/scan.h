/* SPDX-License-Identifier: ISC */
/*
 * One pass over one stretch of one file: lines, ignore rules, records.  The
 * order follows the cost: most lines are noise and go before they are put
 * together.  Commits nothing, decides nothing about owners.
 */
#ifndef WATCHDOG_SCAN_H
#define WATCHDOG_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "watchdog/read/record.h"

struct format;
struct ignore;

struct scan {
	/* NULL: found out, then set; and set anew where the log changes it,
	 * before the sink sees a record of that format */
	const struct format *format;
	bool detects;          /* scan_file's own: that is so */
	struct ignore *ignore; /* NULL: hides nothing */
	record_sink sink;
	void *arg;
	bool counts; /* the sink need not see what no format or rule judges */
	const struct deadline *deadline; /* NULL: none */
	bool finished;                   /* nothing will follow the end */
	/* the writer may be in the midst of a record: one of several lines is
	 * left for later */
	bool fresh;
	bool stop;        /* the sink may set it: no more, please */
	const char *name; /* to show progress under; NULL: none is shown */
};

enum scan_end {
	SCAN_END,
	SCAN_DEADLINE, /* the rest is for the next run */
	SCAN_STOPPED,
	SCAN_ERROR /* errno; what was read counts */
};

struct scan_result {
	struct tally tally;
	int64_t next;    /* offset to go on from */
	int64_t pending; /* bytes of the unfinished line there */
};

/* end -1: until the descriptor ends, for pipes. */
enum scan_end scan_file(struct scan *, int fd, int64_t from, int64_t end,
    struct scan_result *);

#endif
