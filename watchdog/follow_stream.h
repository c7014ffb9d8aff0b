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
#include "watchdog/store/store_source.h"

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
	struct scan *scan;           /* sink, rules, deadline, budget */
	const struct format *format; /* of standard input; NULL: auto */
	int64_t now;
	int64_t since; /* at first sight: from that time on; 0: all */
	/* as it was saved, and then as it is to be: the place (journal.h), of
	 * which standard input has none, and when there was something new */
	struct store_source *kept;
	/* out */
	bool moved; /* kept differs from what was saved */
	enum scan_end end;
	char *error; /* what is wrong, NULL if nothing is; the caller's */
	/* With GAP_VACUUMED: the saved place is not there any more, and what
	 * was written behind it (since) may be missing, up to the first entry
	 * that there is (until; if there is none, up to now). */
	struct store_gap lost;
};

/*
 * What is not accounted for is read again from the new place, but for standard
 * input: that is lost then, and `error` says so.  scan->tally has the counts.
 */
void stream_read(struct stream *);

#endif
