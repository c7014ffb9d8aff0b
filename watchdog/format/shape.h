/* SPDX-License-Identifier: ISC */
/*
 * Does a line look like the head of a record?  Three words compared under a
 * mask, because it is asked of every line: "9" stands for any of 0-9:;<=>?,
 * "a" for any letter (or @[\]^_`{|}~), a "?" for anything, all else for
 * itself.  parse() looks more closely, at what is left over.
 */
#ifndef WATCHDOG_FORMAT_SHAPE_H
#define WATCHDOG_FORMAT_SHAPE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SHAPE_LEN 24

struct shape {
	uint64_t mask[3], value[3];
};

/* of a pattern of SHAPE_LEN characters */
static inline struct shape
shape_of(const char *pattern)
{
	unsigned char m[SHAPE_LEN], v[SHAPE_LEN];
	struct shape s;

	for (int i = 0; i < SHAPE_LEN; i++) {
		unsigned char c = (unsigned char)pattern[i];

		m[i] = c == '?' ? 0 : c == '9' ? 0xf0 : c == 'a' ? 0xc0 : 0xff;
		v[i] = c == '9' ? 0x30 : c == 'a' ? 0x40 : c & m[i];
	}
	memcpy(s.mask, m, sizeof s.mask);
	memcpy(s.value, v, sizeof s.value);
	return s;
}

/* p has SHAPE_LEN bytes. */
static inline bool
shape_fits(const struct shape *s, const char *p)
{
	uint64_t w[3];

	memcpy(w, p, sizeof w);
	return (((w[0] & s->mask[0]) ^ s->value[0]) |
		   ((w[1] & s->mask[1]) ^ s->value[1]) |
		   ((w[2] & s->mask[2]) ^ s->value[2])) == 0;
}

#endif
