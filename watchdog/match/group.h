/* SPDX-License-Identifier: ISC */
/*
 * Records that tell the same story become one group.  Pure.
 */
#ifndef WATCHDOG_MATCH_GROUP_H
#define WATCHDOG_MATCH_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/hash.h"
#include "common/base/text.h"
#include "watchdog/format/format.h"
#include "watchdog/story.h"

struct buf;
struct record;
struct route;

/* With these, groups never take more than 32 MB. */
#define GROUP_MAX 4096     /* groups kept; further ones are counted */
#define GROUP_SAMPLE 4096  /* bytes of the sample's text that are kept */
#define GROUP_MESSAGE 2048 /* and of the message, */
#define GROUP_PATH 1024    /* and of the path */
#define GROUP_HOURS 65536  /* hours of all groups together, and of one: */
#define GROUP_HOURS_EACH (STORY_DAYS * 24)
#define GROUP_SITE 255     /* bytes of a virtual host */
#define GROUP_NAMED 100    /* headlines of a route beyond GROUP_MAX */
#define GROUP_HEADLINE 120 /* bytes of each */

struct group {
	struct hash fingerprint;
	const struct route *route; /* NULL: admin */
	enum level level;          /* the gravest */
	int64_t count;
	int64_t first, last; /* times of records; 0 if they have none */
	char *path;          /* site path of the first record, or NULL */
	char *file;          /* log file of the first record */
	int64_t offset;      /* its position there */
	char *message;       /* first record's message, bytes as they were */
	size_t nmessage;
	char *sample; /* first record whole, up to GROUP_SAMPLE */
	size_t nsample;
	int64_t lines, cut; /* of the first record; bytes not in sample */
	int64_t seen_first; /* from the store: 0 never before */
	int64_t seen_last;
	int64_t seen_count;
	char *site; /* virtual host of the first record, or NULL */
	/* Records with a time, by the hour, ascending.  Where there is no room
	 * for more hours, the oldest ones are one. */
	struct story_hour *hour;
	size_t nhour;
	/* What its history says (watchdog/stories.h). */
	bool waits;           /* it is not told in this run */
	bool back, growing;   /* whatever seen_last says */
	int64_t usual;        /* of one that grows: records that the same hours
	                       * of earlier weeks had on average */
	int64_t quiet_since;  /* its last record's time, if it fell silent */
	int64_t waited_since; /* when the first told now came; 0: this run */
	int64_t return_after; /* s of silence, then it is back; 0: a week */
};

struct groups;

struct groups *groups_new(void);
void groups_free(struct groups *);
size_t groups_count(const struct groups *);
/* In the order in which they were met; valid until the next groups_add. */
struct group *groups_at(struct groups *, size_t);
/* A zeroed group that no record of this run made; what the caller hangs into
 * it is freed with the groups.  NULL when GROUP_MAX are there. */
struct group *groups_put(struct groups *);

/* Records that came when GROUP_MAX groups were there and made a new one
 * necessary, by route; they count in the digest's "more". */
int64_t groups_overflow(const struct groups *, const struct route *);
/* The i-th route that has any, which may have no group at all; false when
 * there are no more. */
bool groups_overflow_at(const struct groups *, size_t i, const struct route **,
    int64_t *records);
/* What the k-th kind of them says, GROUP_NAMED kinds at most: a string of
 * bytes from a log.  NULL when there are no more. */
const char *groups_overflow_named(const struct groups *, size_t i, size_t k);

/* One record; file and path are copied when they are needed. */
void groups_add(struct groups *, const struct route *, const struct fields *,
    const struct record *, const char *path, const char *file);

/*
 * Appends the text that two records of a group share: the level, the program,
 * the status, and the message of the program behind the server (unwrap.h).
 *
 * Of an access log's record ("GET /path 500"): method, path and status.  Of
 * a stack trace (frames.h): what was raised, its root cause, and where, which
 * is the innermost frame of the site's own code with its line, unless the
 * message says such a place itself.  Frames above it, those of libraries,
 * arguments, and the page of which another line says that it failed do not
 * count: one broken database is one story, however many pages ask it.  The
 * request's path is added where the message has no path of its own and no
 * frame; if it is about an upstream, which fails for all paths, that one is.
 *
 * In all of this, at each place, the first of these that fits (group_text.c):
 *   1. <time>      dates and times of day, with fraction and zone
 *   2. <uuid>      8-4-4-4-12 hexadecimal digits
 *   3. <mail>      mail addresses
 *   4. <ip>        addresses, with ":port"; one of this network that we wanted
 *                  to connect to stays: another service is another fault
 *   5. <value>     what is quoted, if it is data: behind a word such as user or
 *                  entry, or no name, or said to be invalid; names of the code
 *                  and of the schema stay (key, column, table, class …); where
 *                  the line of the site's own code is told, of the schema only
 *   6. =<value>    behind user=, session=, request_id= and the like; one
 *                  character in parentheses
 *   7. <name>      who logs in ("invalid user X", "for user X"); files below
 *      <host>      /tmp, /uploads, /sessions; "host X"; "/0f" before a hash
 *   8. AH00128     Apache's codes stay
 *   9. <hex> <id>  0x…, hexadecimal words of 8 or more, words of letters and
 *                  digits that no name looks like
 *  10. line 12     the line of a script stays ("on line 12", "/x.php:12"),
 *      500         and what answer it was ("status 500", "HTTP/1.1 500")
 *  11. <duration>  numbers with a unit;
 *      <size>
 *      #           other numbers, with fraction and sign, in words too:
 *                  header-2019.png
 *  12. ?<query>    query strings
 *  13. %# \x#      %2F and \x1b
 *  14.             blanks are folded
 */
void group_normalise(struct buf *, const struct fields *);
struct hash group_fingerprint(const struct fields *);

/*
 * The walk of group_normalise through the first line of a message, as unwrap.h
 * gives it: each stretch in turn, which stays (mark NULL) or becomes that
 * mark.  rest: the record's other lines.
 */
typedef void group_stretch(void *arg, struct span, const char *mark);
void group_walk(struct span message, struct span rest, group_stretch *,
    void *arg);

#endif
