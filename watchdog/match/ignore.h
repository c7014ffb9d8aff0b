/* SPDX-License-Identifier: ISC */
/*
 * Ignore rules: which records are noise, by their first lines or, for rules
 * that say so, by all lines.  PCRE2, one rule a line, '#' comments, in which
 * something may be said of the rule below (ignore_meta.h); the engine is
 * private to ignore*.c.  Byte mode always: a bad byte cannot make a match
 * fail.  Of a long line the first 64 KiB are searched, and no rule matches an
 * end that is not seen.  A rule that hits the match limit has not matched (the
 * record is reported), and is off for the run after IGNORE_STRIKES of these.
 */
#ifndef WATCHDOG_MATCH_IGNORE_H
#define WATCHDOG_MATCH_IGNORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/hash.h"
#include "watchdog/match/ignore_meta.h"

struct lines;
struct ignore;

#define IGNORE_STRIKES 100

struct ignore_rule {
	const char *pattern;
	const char *file;
	int line;
	struct ignore_meta meta;
	struct hash id; /* of the pattern and of what it is for, not until when
			 */
	bool expired;   /* hides nothing any more */
	int64_t hits;   /* in this process */
	int64_t bytes;  /* of what it looked at in the records that it hid:
			 * first lines, or all */
	int strikes;    /* match limit hit */
	bool off;       /* switched off after too many */
};

/* A rule that says what another said before, and is not used. */
struct ignore_twin {
	const char *file;
	int line;
	size_t of; /* index of that rule */
};

/*
 * What is wrong with a rule: file:line, the text, and the column (from 0) in
 * bytes; the caller prints.  A broken rule hides nothing, the others work.
 */
typedef void (*ignore_error)(void *, const char *file, int line,
    const char *pattern, size_t column, const char *what);

/*
 * Loads files and directories, in order; a directory's files as run-parts(8)
 * does: names of letters, digits, '_' and '-' only, sorted (names as logcheck
 * ships them).  A path that cannot be read is an error with line 0.  The same
 * rule twice is kept once.  A rule below a comment that is wrong is not used.
 * now: which have expired.  Returns a set, perhaps empty, never NULL.
 */
struct ignore *ignore_load(const char *const *paths, size_t n, int64_t now,
    ignore_error, void *);
void ignore_free(struct ignore *);
size_t ignore_count(const struct ignore *);
const struct ignore_rule *ignore_rule(const struct ignore *, size_t);
const struct ignore_twin *ignore_twins(const struct ignore *, size_t *n);

/* For each line that `wanted` marks, the index of the first rule without
 * conditions that matches, else -1.  Lines are searched without their LF. */
void ignore_lines(struct ignore *, const struct lines *, const uint8_t *wanted,
    int32_t *rule);
/* The same for one line. */
int32_t ignore_line(struct ignore *, const char *, size_t);

/* Is there a rule for certain levels or sections only, or about all lines of a
 * record?  They are asked when the others have let it pass. */
bool ignore_has_conditions(const struct ignore *);
/* The first of these that hides the record, else -1.  path: its place in the
 * site, NULL if it has none. */
int32_t ignore_record(struct ignore *, const char *record, size_t len,
    enum level, const char *path);
/* Both: the rule that hides a record, else -1. */
int32_t ignore_which(struct ignore *, const char *record, size_t len,
    enum level, const char *path);

/* What can be said of a pattern before it has met a line. */
struct ignore_traits {
	bool anchored; /* every match begins at the line's begin, and not with
			* ".*" or ".+", which anything may follow */
	bool slow;     /* it must be tried at every place of each line, for no
			* match has to hold a certain byte; or it cannot be
			* compiled for this machine */
};
struct ignore_traits ignore_traits(const struct ignore *, size_t);

#endif
