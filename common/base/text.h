/* SPDX-License-Identifier: ISC */
/*
 * Bytes from outside made safe to show on a terminal, in a mail, in HTML.
 * Pure.  After text_clean only these remain: printable ASCII, well-formed
 * UTF-8 of printable code points, and (in a block) LF.  Everything else is
 * shown as \xNN, byte by byte: C0 and C1 controls, DEL, ill-formed UTF-8
 * (overlong, surrogate, over U+10FFFF), U+2028/2029, the bidirectional
 * controls U+061C, U+200E/F, U+202A-202E, U+2066-2069, noncharacters, and what
 * cannot be seen but splits a word or carries something: the soft hyphen
 * U+00AD, joiners and blanks without width (U+034F, U+200B-200D,
 * U+2060-2064, U+180E, U+FEFF), fillers (U+115F, U+1160, U+17B4/5, U+3164,
 * U+FFA0), variation selectors (U+180B-180F, U+FE00-FE0F), U+206A-206F,
 * U+FFF0-FFFB and the plane of tags, U+E0000-E0FFF.
 */
#ifndef COMMON_BASE_TEXT_H
#define COMMON_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* A piece of somebody else's bytes: not owned, not NUL-terminated. */
struct span {
	const char *p;
	size_t n;
};

enum text_mode {
	TEXT_LINE, /* LF is shown as \x0a, tab becomes a space */
	TEXT_BLOCK /* LF stays, tab becomes spaces up to a multiple of 8 */
};

/* The length of the well-formed UTF-8 sequence at s, 0 if there is none. */
size_t text_utf8(const char *s, size_t n);
/* The code point of a sequence of which text_utf8 said len. */
uint32_t text_code(const char *s, size_t len);

#define TEXT_SHOWN 4 /* bytes of one character as it is shown */

/*
 * The first character of n > 0 bytes as text_clean shows it in a line: *len
 * bytes in out, no NUL.  Returns how many bytes of s it stands for; that is 1
 * for every \xNN.  Needs no memory.
 */
size_t text_show(const char *s, size_t n, char out[TEXT_SHOWN], size_t *len);

/*
 * Appends the cleaned bytes; false when the buffer's maximum cut them (never
 * inside a \xNN or a UTF-8 sequence).
 */
bool text_clean(struct buf *, const char *, size_t, enum text_mode);

/*
 * Appends the cleaned line, cut to at most max characters (code points, not
 * bytes); where it was cut it ends in "…" (counted), never inside a \xNN or
 * a UTF-8 sequence.
 */
void text_shorten(struct buf *, const char *, size_t, size_t max);

/*
 * Appends cleaned text wrapped at blanks to lines of at most width
 * characters, the indent that leads each of them included; a word longer than
 * a line is broken.  A LF ends a line, blanks inside a line are kept, a tab
 * is a space.  Ends without a LF.
 */
void text_wrap(struct buf *, const char *, size_t, size_t width,
    const char *indent);

/* A number for people: 1234567 gives "1,234,567".  Returns its argument. */
char *text_count(char out[32], long long);

/*
 * The best match for word among the n names by edit distance (two letters
 * swapped count as one), or NULL when none is near enough to be a slip of the
 * fingers (distance > 1 + len/4).
 */
const char *text_nearest(const char *word, const char *const *names, size_t n);

#endif
