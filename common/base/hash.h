/* SPDX-License-Identifier: ISC */
/*
 * Hashes that tell things apart (heads and tails of logs, fingerprints,
 * Message-IDs); XXH3 with 128 bits.  Not for secrets.  Stable for ever: they
 * are stored.
 */
#ifndef COMMON_BASE_HASH_H
#define COMMON_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash {
	uint64_t hi, lo;
};

#define HASH_TEXT 33 /* 32 hex digits and the NUL */

struct hash hash_bytes(const void *, size_t);
bool hash_equal(struct hash, struct hash);
/* Lower-case hex; returns its buffer. */
char *hash_hex(struct hash, char out[HASH_TEXT]);
/* False if it is not 32 hex digits. */
bool hash_parse(const char *, struct hash *);

#endif
