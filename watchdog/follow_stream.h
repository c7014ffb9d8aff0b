/* SPDX-License-Identifier: ISC */
/*
 * A log source that is no file: the journal of a unit, from its saved place
 * to its present end, or standard input, once.  For run and for new.
 */
#ifndef WATCHDOG_FOLLOW_STREAM_H
#define WATCHDOG_FOLLOW_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "watchdog/scan.h"

#define STREAM_STDIN "-"

/* Is the source's name one of these? */
bool stream_is(const char *source);
/* Why what has that path is no log, if it is no regular file, and what to do:
 * "is a FIFO, …". */
const char *stream_refused(const char *path);

struct stream {
	/* in */
	const char *path;            /* "journal:UNIT" or "-" */
	const char *directory;       /* of the journal; NULL: this host's */
	struct scan scan;            /* sink, rules, deadline, budget */
	const struct format *format; /* of standard input; NULL: auto */
	int64_t now;
	const char *place; /* as saved (journal.h); NULL: at first sight */
	int64_t since;     /* at first sight: from that time on; 0: all */
	/* out */
	char *next; /* the place to save; NULL: standard input has none */
	bool moved; /* it is another than was saved */
	bool any;   /* something was read and is not put back */
	enum scan_end end;
	char *error; /* what is wrong, NULL if nothing is */
	/* The saved place is not there any more: what was written between
	 * these two (until -1: up to now) may be missing. */
	bool gap;
	int64_t gap_since, gap_until;
};

/*
 * What is not accounted for is read again from `next`, but for standard input:
 * that is lost then, and `error` says so.  scan.tally has the counts.
 */
void stream_read(struct stream *);
void stream_free(struct stream *);

#endif
