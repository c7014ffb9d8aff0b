/* SPDX-License-Identifier: ISC */
/* gzip, by zlib, which checks length and CRC at the end of each member. */
#include <limits.h>
#include <stdlib.h>

#include <zlib.h>

#include "common/base/xmem.h"
#include "watchdog/read/unpack_codec.h"

#define GZIP_ONLY (16 + MAX_WBITS) /* as inflateInit2() has it */

struct gzip {
	z_stream z;
	__typeof__(inflateInit2_) *init;
	__typeof__(inflate) *inflate;
	__typeof__(inflateEnd) *end;
	int begun; /* what init said */
};

static void *
gzip_begin(void *library)
{
	struct gzip *g = xcalloc(1, sizeof *g);
	const struct unpack_symbol want[] = {
		{ "inflateInit2_", &g->init },
		{ "inflate", &g->inflate },
		{ "inflateEnd", &g->end },
	};

	if (!unpack_symbols(library, want, sizeof want / sizeof *want)) {
		free(g);
		return NULL;
	}
	g->begun = g->init(&g->z, GZIP_ONLY, ZLIB_VERSION, sizeof g->z);
	return g;
}

static enum unpack_step
gzip_step(void *state, struct unpack_io *io)
{
	struct gzip *g = state;
	uInt in = io->nin < UINT_MAX ? (uInt)io->nin : UINT_MAX;
	uInt out = io->nout < UINT_MAX ? (uInt)io->nout : UINT_MAX;
	int r;

	if (g->begun != Z_OK)
		return UNPACK_NO_MEMORY;
	g->z.next_in = (Bytef *)io->in;
	g->z.avail_in = in;
	g->z.next_out = io->out;
	g->z.avail_out = out;
	r = g->inflate(&g->z, Z_NO_FLUSH);
	io->in += in - g->z.avail_in;
	io->nin -= in - g->z.avail_in;
	io->out += out - g->z.avail_out;
	io->nout -= out - g->z.avail_out;
	switch (r) {
	case Z_OK:
	case Z_BUF_ERROR: /* nothing to do, as yet */
		return UNPACK_MORE;
	case Z_STREAM_END:
		return UNPACK_END;
	case Z_MEM_ERROR:
		return UNPACK_NO_MEMORY;
	default:
		return UNPACK_DAMAGED;
	}
}

static void
gzip_end(void *state)
{
	struct gzip *g = state;

	if (g->begun == Z_OK)
		g->end(&g->z);
	free(g);
}

const struct unpack_codec unpack_gzip = {
	.library = "libz.so.1",
	.begin = gzip_begin,
	.step = gzip_step,
	.end = gzip_end,
};
