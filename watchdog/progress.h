/* SPDX-License-Identifier: ISC */
/*
 * How far a long pass has come, for somebody who waits at a terminal: on
 * stderr, from the first second on, five times a second, one line that is
 * wiped in the end.  Where stderr is no terminal it says nothing.
 */
#ifndef WATCHDOG_PROGRESS_H
#define WATCHDOG_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* the file; NULL: say nothing */
	bool shown;       /* there is something to wipe */
	int64_t next;     /* when to speak, in clock_mono's milliseconds */
};

void progress_begin(struct progress *, const char *what);
/* at of end bytes; end -1: not known. */
void progress_show(struct progress *, int64_t at, int64_t end);
void progress_end(struct progress *);

#endif
