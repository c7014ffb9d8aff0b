/* SPDX-License-Identifier: ISC */
/*
 * A PCRE2 pattern for plain uses: one text, one pattern.  Bytes, not UTF-8, so
 * that a bad byte cannot make a match fail; bounded in memory and, whatever
 * the text, in time.
 *
 * `^` and `$` stand at each line's beginning and end, whether its end is LF,
 * CR or CRLF, and `.` does not go past it; \A and \z are those of the text,
 * (?s) makes `.` anything.
 */
#ifndef COMMON_HOST_REGEX_H
#define COMMON_HOST_REGEX_H

#include <stdbool.h>
#include <stddef.h>

struct regex;

/* NULL and what is wrong in `error` (cleaned, with the column). */
struct regex *regex_compile(const char *pattern, char error[160]);
void regex_free(struct regex *);

enum regex_result {
	REGEX_MATCH,
	REGEX_NO_MATCH,
	/* Nothing can be said: the pattern runs wild on it (a fifth of a second
	 * at most), or the interpreter saw 64 KiB of a longer text in vain. */
	REGEX_LIMIT
};

/* Searches.  With group not NULL and a match: where the first group is (the
 * whole match if it has none; n == 0 and p == NULL if it took no part). */
enum regex_result regex_search(struct regex *, const char *, size_t,
    const char **group, size_t *n);

/* The number of the group (?<name>…), 0 if there is none of that name. */
int regex_group(const struct regex *, const char *name);
/*
 * Where that group was in the text of the last search, which was a match: from
 * its beginning, and how long.  False if it took no part.
 */
bool regex_at(const struct regex *, int group, size_t *from, size_t *n);

#endif
