/* SPDX-License-Identifier: ISC */
/* bzip2, by libbz2, which checks the CRC of each block and stream. */
#include <limits.h>
#include <stdio.h> /* bzlib.h wants it */
#include <stdlib.h>

#include <bzlib.h>

#include "common/base/xmem.h"
#include "watchdog/read/unpack_codec.h"

struct bzip2 {
	bz_stream z;
	__typeof__(BZ2_bzDecompressInit) *init;
	__typeof__(BZ2_bzDecompress) *decompress;
	__typeof__(BZ2_bzDecompressEnd) *end;
	int begun; /* what init said */
};

static void *
bzip2_begin(void *library)
{
	struct bzip2 *b = xcalloc(1, sizeof *b);
	const struct unpack_symbol want[] = {
		{ "BZ2_bzDecompressInit", &b->init },
		{ "BZ2_bzDecompress", &b->decompress },
		{ "BZ2_bzDecompressEnd", &b->end },
	};

	if (!unpack_symbols(library, want, sizeof want / sizeof *want)) {
		free(b);
		return NULL;
	}
	b->begun = b->init(&b->z, 0, 0);
	return b;
}

static enum unpack_step
bzip2_step(void *state, struct unpack_io *io)
{
	struct bzip2 *b = state;
	unsigned in = io->nin < UINT_MAX ? (unsigned)io->nin : UINT_MAX;
	unsigned out = io->nout < UINT_MAX ? (unsigned)io->nout : UINT_MAX;
	int r;

	if (b->begun != BZ_OK)
		return UNPACK_NO_MEMORY;
	b->z.next_in = (char *)io->in;
	b->z.avail_in = in;
	b->z.next_out = (char *)io->out;
	b->z.avail_out = out;
	r = b->decompress(&b->z);
	io->in += in - b->z.avail_in;
	io->nin -= in - b->z.avail_in;
	io->out += out - b->z.avail_out;
	io->nout -= out - b->z.avail_out;
	switch (r) {
	case BZ_OK:
		return UNPACK_MORE;
	case BZ_STREAM_END:
		return UNPACK_END;
	case BZ_MEM_ERROR:
		return UNPACK_NO_MEMORY;
	default:
		return UNPACK_DAMAGED;
	}
}

static void
bzip2_end(void *state)
{
	struct bzip2 *b = state;

	if (b->begun == BZ_OK)
		b->end(&b->z);
	free(b);
}

const struct unpack_codec unpack_bzip2 = {
	.library = "libbz2.so.1.0",
	.begin = bzip2_begin,
	.step = bzip2_step,
	.end = bzip2_end,
};
