/* SPDX-License-Identifier: ISC */
/*
 * The kept history of groups: enough for novelty, for report and for try.
 * Bounded: STORY_MAX rows, of which those silent longest go first.
 */
#ifndef WATCHDOG_STORE_STORE_STORY_H
#define WATCHDOG_STORE_STORE_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/story.h"

struct db;
struct group;

#define STORY_MAX 20000
#define STORY_KEEP (400 * 86400) /* s; a yearly error is no news */

/* All stories that had a record since then, the latest first; each is valid
 * during its call. */
void store_story_each(struct db *, int64_t since,
    void (*)(void *, const struct story *), void *);

/* What is kept of a group and its route, beside its text and its hours. */
struct past {
	int64_t id; /* 0: nothing is kept of it */
	int64_t first, last, records;
	enum level level; /* the gravest */
	/* What the owners know.  The runs' clock; 0: they were never told. */
	int64_t told_at;
	int64_t told_last; /* the time of the last record told */
	/* Records that are not told yet, of `records`. */
	int64_t waits, waits_first, waits_last;
	int64_t waits_since; /* run that met the first of them; 0: none */
	bool back, growing;  /* what those waiting are */
	int64_t usual;
	int64_t base;     /* records before it was new or came back */
	int64_t spike_at; /* last run that found it grown; 0: never */
	int64_t over_at;  /* last hour over the route's threshold; 0: none */
	bool ongoing;     /* its end is worth a line */
};

/* Who a kept story belongs to; the strings are valid during the call. */
struct past_key {
	struct hash fingerprint;
	const char *route, *log;
};

/* Of a group's fingerprint and route; zeroed if nothing is kept. */
void store_story_past(struct db *, const struct group *, struct past *);
/* All that wait or are ongoing, by id. */
void store_story_watched(struct db *,
    void (*)(void *, const struct past_key *, const struct past *), void *);
/* A new group's text: fingerprint, level, path, file, message, sample. */
void store_story_text(struct db *, int64_t id, struct group *);

/* The hours since a day (since 1970), ascending; freed by the caller. */
struct story_hour *store_story_hours(struct db *, int64_t id, int64_t day,
    size_t *n);

/*
 * Writes a story: past as it is now.  Without id it is a new one of the
 * group's fingerprint and route.  text: the group's sample is the latest one.
 * hours: records to be added, ascending.
 */
void store_story_put(struct db *, const struct past *, const struct group *,
    bool text, const struct story_hour *hours, size_t n, int64_t now);

/* Forgets what was not written for STORY_KEEP; and beyond STORY_MAX those
 * written longest ago, first of those that do not wait.  What this run wrote
 * stays. */
void store_story_prune(struct db *, int64_t now);

struct story_counts {
	int64_t stories;
	int64_t waiting; /* of these, with records that are not told yet */
	int64_t records; /* that are not told yet */
};
void store_story_count(struct db *, struct story_counts *);

#endif
