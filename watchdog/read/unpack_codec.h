/* SPDX-License-Identifier: ISC */
/*
 * One way to compress, by its library.  For unpack.c and unpack_*.c.
 */
#ifndef WATCHDOG_READ_UNPACK_CODEC_H
#define WATCHDOG_READ_UNPACK_CODEC_H

#include <stdbool.h>
#include <stddef.h>

/* What a step may take and give; it moves all four on. */
struct unpack_io {
	const unsigned char *in;
	size_t nin;
	unsigned char *out;
	size_t nout;
};

enum unpack_step {
	UNPACK_MORE, /* it wants more to read, or room */
	UNPACK_END,  /* of a member; what follows may be another */
	UNPACK_DAMAGED,
	UNPACK_NO_MEMORY /* there is none, or it wants too much */
};

struct unpack_codec {
	const char *library;
	/* A member's state, NULL if the library lacks a function.  It is
	 * released by end(). */
	void *(*begin)(void *library);
	enum unpack_step (*step)(void *state, struct unpack_io *);
	void (*end)(void *state);
};

/* What a decoder may take: xz -9 wants 65 MiB, zstd at most 128. */
#define UNPACK_MEMORY ((size_t)144 << 20)

extern const struct unpack_codec unpack_gzip;
extern const struct unpack_codec unpack_bzip2;
extern const struct unpack_codec unpack_xz;
extern const struct unpack_codec unpack_zstd;

struct unpack_symbol {
	const char *name;
	void *at; /* of a pointer to a function */
};

/* Sets the pointers; do all exist? */
bool unpack_symbols(void *library, const struct unpack_symbol *, size_t n);

#endif
