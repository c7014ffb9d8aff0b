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
#include "watchdog/store/store.h"

struct follow {
	/* in */
	const char *path; /* of the source */
	struct scan scan; /* sink, rules, deadline; format may be NULL */
	const struct format *format; /* as configured; NULL: auto */
	int64_t now;
	bool quiet;    /* no progress: the records run over the terminal */
	bool from_end; /* at first sight begin with what comes */
	/* while it reads, for the sink */
	const char *file; /* the generation being read */
	/* out */
	struct store_cursors cursors; /* as saved, then moved */
	struct source_plan plan;
	int64_t left_at; /* the live cursor's offset as saved */
	struct tally tally;
	bool first; /* nothing was known of it */
	bool moved; /* the cursors differ from what was saved */
	enum scan_end end;
	char *error; /* what stopped it, NULL if nothing did */
};

/* Plans, from the saved cursors that the caller has put in; reads nothing
 * yet.  plan.idle: no need to. */
void follow_open(struct follow *, const char *path, char *const *olddir);
/* Reads the plan's parts, oldest first. */
void follow_read(struct follow *);
void follow_close(struct follow *);

#endif
