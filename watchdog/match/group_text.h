/* SPDX-License-Identifier: ISC */
/*
 * Text with its data replaced by marks: what two records of one fault share.
 * Pure, and for the files of group_*.c alone; the table of marks is in
 * group.h.
 */
#ifndef WATCHDOG_MATCH_GROUP_TEXT_H
#define WATCHDOG_MATCH_GROUP_TEXT_H

#include <stdbool.h>

#include "common/base/text.h"
#include "watchdog/match/group.h"

struct buf;

/* Where the walk through a text is. */
struct place {
	struct span text;
	size_t at;
	size_t word;  /* behind the last delimiter */
	bool path;    /* there was a '/' since */
	bool mail;    /* there is a '@' somewhere */
	bool library; /* lines of others' code are data */
	bool placed;  /* the line of the site's code is told: so are values */
	bool asked;   /* paths are those of pages */
	size_t shut;  /* a quote ends here that stays */
};

/* Bytes from `at` on that a mark replaces; NULL: they stay. */
struct mark {
	const char *mark;
	size_t len;
	size_t shut; /* the end of a quote that stays, or 0 */
};

/* How a text is read.  Library: lines of code that is not the site's own are
 * marked too, as something better says the place.  Placed: a line of the
 * site's own code is known to have said it; the same line says the same, and
 * what it quotes is data, unless it is a name of the schema or the code.
 * Asked: another line says what was raised, this one for which page. */
enum { GROUP_LIBRARY = 1, GROUP_PLACED = 2, GROUP_ASKED = 4 };

/* Appends the text with marks; how: of the enum above. */
void group_text(struct buf *, struct span, unsigned how);

/* Tells the same piece by piece. */
void group_text_walk(struct span, unsigned how, group_stretch *, void *arg);
/* Such a group_stretch; arg is a struct buf. */
void group_text_add(void *arg, struct span, const char *mark);

/* What may begin at `at`; false: nothing of that kind. */
bool group_time(const struct place *, struct mark *);
bool group_address(const struct place *, struct mark *);
bool group_word(const struct place *, struct mark *);
bool group_number(const struct place *, struct mark *);
bool group_quoted(const struct place *, struct mark *);
bool group_keyed(const struct place *, struct mark *);
bool group_named(const struct place *, struct mark *);

static inline bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') ||
	    ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Ends a file name or a URL in running text. */
static inline bool
is_delimiter(char c)
{
	return is_blank(c) || c == '"' || c == '\'' || c == '(' || c == ')';
}

/* A word: what of it is letters, digits, hexadecimal digits; how often it
 * changes between capitals, small letters and digits. */
struct word {
	size_t len, digits, hex, turns;
};

/* A word is measured so far: "a1a1a1…" is begun anew at each digit, and
 * must not cost the square of its length. */
#define GROUP_WORD_MAX 64

struct word group_measure(struct span);

#endif
