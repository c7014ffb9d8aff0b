/* SPDX-License-Identifier: ISC */
/*
 * What the comment lines directly above an ignore rule say about it.  Pure
 *.
 *
 * A comment line is cut into clauses at ';'.  A clause counts if it is, in
 * letters of either case, one of
 *
 *	until YYYY-MM-DD	the last day, local time, on which it hides
 *	by NAME			one word, or several that begin with capitals
 *	because TEXT
 *	only level<=warn	also < > >= = and "only level warn"
 *	only section /bboard
 *	whole
 *
 * and is prose otherwise: "only browsers ask for this" says nothing to us.
 * What cannot be prose but is wrong is a mistake: a date that is none, a level
 * behind an operator, a single word behind "only level", "only section".
 */
#ifndef WATCHDOG_MATCH_IGNORE_META_H
#define WATCHDOG_MATCH_IGNORE_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/format/format.h"

#define IGNORE_DAY 11 /* "2027-03-01" and the NUL */

struct ignore_meta {
	int64_t until; /* the second in which it ends; 0: never */
	char day[IGNORE_DAY];
	char *by, *because; /* NULL: not said */
	/* The levels that it is for; a record without one is in no range.
	 * Both LEVEL_NONE: for all records. */
	enum level least, most;
	char *section; /* normalised; NULL: everywhere */
	bool whole;
};

void ignore_meta_init(struct ignore_meta *);
void ignore_meta_free(struct ignore_meta *);
/* Does it say when the rule applies, or to what? */
bool ignore_meta_limits(const struct ignore_meta *);

/*
 * Takes in a comment line, without its end; blanks and '#' in front are
 * passed over.  What is said twice counts the last time; levels must all
 * hold.  Returns NULL, or what is wrong, in static memory, and where: the
 * offset of the clause.
 */
const char *ignore_meta_line(struct ignore_meta *, const char *, size_t,
    size_t *column);

#endif
