/* SPDX-License-Identifier: ISC */
/* Hashes that tell things apart: XXH3 with 128 bits, seed 0. */
#include "common/base/hash.h"

#include <string.h>

/*
 * Inlined, so that no program links libxxhash.  XXH3 is stable since xxHash
 * 0.8.0; earlier versions gave other values, and ours are stored.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#if XXH_VERSION_NUMBER < 800
#error "xxHash 0.8.0 or later is needed: XXH3 was not stable before"
#endif

struct hash
hash_bytes(const void *p, size_t n)
{
	XXH128_hash_t x = XXH3_128bits(n != 0 ? p : "", n);

	return (struct hash){ .hi = x.high64, .lo = x.low64 };
}

bool
hash_equal(struct hash a, struct hash b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

char *
hash_hex(struct hash h, char out[HASH_TEXT])
{
	static const char digit[] = "0123456789abcdef";
	int i;

	for (i = 0; i < 16; i++) {
		out[i] = digit[h.hi >> (60 - 4 * i) & 15];
		out[16 + i] = digit[h.lo >> (60 - 4 * i) & 15];
	}
	out[32] = '\0';
	return out;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* 16 hex digits. */
static bool
parse_half(const char *s, uint64_t *half)
{
	int v;

	*half = 0;
	for (int i = 0; i < 16; i++) {
		v = digit_value(s[i]);
		if (v < 0)
			return false;
		*half = *half << 4 | (uint64_t)v;
	}
	return true;
}

bool
hash_parse(const char *s, struct hash *h)
{
	struct hash r;

	if (strnlen(s, HASH_TEXT) != HASH_TEXT - 1 || !parse_half(s, &r.hi) ||
	    !parse_half(s + 16, &r.lo))
		return false;
	*h = r;
	return true;
}
