/* SPDX-License-Identifier: ISC */
/*
 * One source from its saved cursors to its present end: the generations in
 * order, the cursors moved along.  For run and for new.
 */
#ifndef WATCHDOG_FOLLOW_H
#define WATCHDOG_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "watchdog/read/source.h"
#include "watchdog/scan.h"
#include "watchdog/store/store_source.h"

struct db;

struct follow {
	/* in */
	const char *path; /* of the source */
	struct scan scan; /* sink, rules, limits; format may be NULL */
	const struct format *format; /* as configured; NULL: auto */
	int64_t now;
	bool quiet;    /* no progress: the records run over the terminal */
	bool from_end; /* at first sight begin with what comes */
	bool left;     /* no file will have its name again */
	/* of a journal (follow_stream.h) */
	const char *directory;
	int64_t since;
	/* as it was saved; whoever asks follow_open puts it in */
	struct store_source kept;
	/* out */
	struct source_plan plan;
	struct store_gap lost; /* of a journal; else its reason is GAP_NONE */
	bool first;            /* nothing was known of it */
	bool moved;            /* there is something to write */
	bool counted; /* the bytes counted are those that were passed over */
	enum scan_end end;
	char *error; /* what stopped it, NULL if nothing did */
};

/* Plans, from what was saved; reads nothing yet.  plan.idle: no need to.  One
 * that is left, and of which nothing is there any more, ends: what may be
 * missing is a gap. */
void follow_open(struct follow *, struct db *, const char *path,
    char *const *olddir);
/* Reads the plan's parts, oldest first; closes all files. */
void follow_read(struct follow *);
/* Writes cursors, ledger and gaps, if anything moved; run: when it began,
 * before: when the one before did. */
void follow_write(struct follow *, struct db *, const char *reader, int64_t run,
    int64_t before);
void follow_close(struct follow *);

#endif
