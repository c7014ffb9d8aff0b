/* SPDX-License-Identifier: ISC */
/*
 * A growing byte buffer with a maximum.  What would pass the maximum is not
 * added at all: the call returns false, `full` stays set until buf_reset, and
 * the caller says what was left out.  Bytes may be anything, NUL included.
 */
#ifndef COMMON_BASE_BUF_H
#define COMMON_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *p;    /* NULL until the first byte; p[len] is always NUL */
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* len never passes it */
	bool full;  /* something was refused */
};

/* max is in bytes, without the final NUL. */
void buf_init(struct buf *, size_t max);
/* Safe on a buffer that was only initialised; leaves it as after buf_init. */
void buf_free(struct buf *);
/* Empties it and clears `full`; keeps the memory. */
void buf_reset(struct buf *);
/* Cuts it back to len bytes (len <= its length). */
void buf_cut(struct buf *, size_t len);

bool buf_add(struct buf *, const void *, size_t);
bool buf_adds(struct buf *, const char *);
bool buf_addc(struct buf *, char);
bool buf_addf(struct buf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* The bytes as a string ("" when empty); valid until the next change. */
const char *buf_str(const struct buf *);
/* Hands the bytes over, NUL-terminated, to be freed with free(3). */
char *buf_take(struct buf *);

#endif
