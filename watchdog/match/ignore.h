/* SPDX-License-Identifier: ISC */
/*
 * Ignore rules: which records' first lines are noise.  PCRE2, one rule a
 * line, '#' comments; the engine is private to ignore*.c.  Byte mode always:
 * a bad byte cannot make a match fail.  A rule that hits the match limit has
 * not matched (the record is reported), and is off for the run after
 * IGNORE_STRIKES of these.
 */
#ifndef WATCHDOG_MATCH_IGNORE_H
#define WATCHDOG_MATCH_IGNORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines;
struct ignore;

#define IGNORE_STRIKES 100

struct ignore_rule {
	const char *pattern;
	const char *file;
	int line;
	int64_t hits;  /* in this process */
	int64_t bytes; /* hidden by it: its records' first lines */
	int strikes;   /* match limit hit */
	bool off;      /* switched off after too many */
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
 * pattern twice is kept once.  Returns a set, perhaps empty, never NULL.
 */
struct ignore *ignore_load(const char *const *paths, size_t n, ignore_error,
    void *);
void ignore_free(struct ignore *);
size_t ignore_count(const struct ignore *);
const struct ignore_rule *ignore_rule(const struct ignore *, size_t);

/* For each line that `wanted` marks, the index of the first rule that
 * matches, else -1.  Lines are searched without their LF. */
void ignore_lines(struct ignore *, const struct lines *, const uint8_t *wanted,
    int32_t *rule);
/* The same for one line. */
int32_t ignore_line(struct ignore *, const char *, size_t);

#endif
