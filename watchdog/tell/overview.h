/* SPDX-License-Identifier: ISC */
/*
 * A stretch of time as a whole: which sections, URLs and groups had how many
 * errors, and what is new, growing or gone against the stretch of the same
 * length before it.  Pure.
 */
#ifndef WATCHDOG_TELL_OVERVIEW_H
#define WATCHDOG_TELL_OVERVIEW_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"
#include "watchdog/story.h"

#define OVERVIEW_BINS 56       /* bars of a graph, at most */
#define OVERVIEW_MESSAGE 400   /* bytes of a message that are kept, */
#define OVERVIEW_SAMPLE 2000   /* and of a sample */
#define OVERVIEW_GROWTH 3      /* so many times what it was before, */
#define OVERVIEW_GROWTH_MIN 20 /* and at least so many records: it grows */

enum news { NEWS_NEW, NEWS_GROWING, NEWS_GONE, NEWS_KNOWN };
#define NEWS_KINDS 4
const char *news_name(enum news); /* "new" */

struct overview_group {
	struct hash fingerprint;
	enum news news;
	enum level level;
	int64_t first, last;     /* of all its records ever */
	int64_t records, before; /* in the stretch; in the one before it */
	int64_t bin[OVERVIEW_BINS];
	char *route, *site, *path, *file; /* path "" if none is known */
	int64_t offset;
	char *message, *sample; /* as logged: hostile bytes */
	size_t nmessage, nsample;
};

struct overview_section {
	struct span name; /* points into a group's path; empty: none known */
	int64_t records, before;
	int64_t groups, fresh; /* with records; of these new ones */
	int64_t bin[OVERVIEW_BINS];
};

struct overview_url {
	char *path; /* "": all that were too many to be counted by name */
	int64_t records;
};

struct overview {
	int64_t from, to; /* hours since 1970, [from, to) */
	int64_t step;     /* hours of a bin */
	size_t nbin;
	int64_t bin[OVERVIEW_BINS];
	int64_t *hour; /* records by hour, to - from of them */
	int64_t records, before;
	int64_t of[NEWS_KINDS]; /* groups */
	struct overview_group
	    *group; /* by news, then the most frequent first */
	size_t ngroup;
	struct overview_section *section; /* the most frequent first */
	size_t nsection;
	struct overview_url *url; /* as they were added */
	size_t nurl;
};

/* The hours [from, to), to > from. */
void overview_init(struct overview *, int64_t from, int64_t to);
/* Copies what it needs; a story of neither stretch is left out. */
void overview_add(struct overview *, const struct story *);
void overview_add_url(struct overview *, const char *path, int64_t records);
/* When all are there: the orders and the sections. */
void overview_finish(struct overview *);
void overview_free(struct overview *);

#endif
