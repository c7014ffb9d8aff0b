/* SPDX-License-Identifier: ISC */
/* xz and its forerunner lzma, by liblzma. */
#include <stdlib.h>

#include <lzma.h>

#include "common/base/xmem.h"
#include "watchdog/read/unpack_codec.h"

struct xz {
	lzma_stream z;
	__typeof__(lzma_auto_decoder) *init;
	__typeof__(lzma_code) *code;
	__typeof__(lzma_end) *end;
	lzma_ret begun; /* what init said */
};

static void *
xz_begin(void *library)
{
	struct xz *x = xcalloc(1, sizeof *x);
	const struct unpack_symbol want[] = {
		{ "lzma_auto_decoder", &x->init },
		{ "lzma_code", &x->code },
		{ "lzma_end", &x->end },
	};

	if (!unpack_symbols(library, want, sizeof want / sizeof *want)) {
		free(x);
		return NULL;
	}
	/* streams behind each other are unpack.c's, as with the others */
	x->begun = x->init(&x->z, UNPACK_MEMORY, 0);
	return x;
}

static enum unpack_step
xz_step(void *state, struct unpack_io *io)
{
	struct xz *x = state;
	lzma_ret r;

	if (x->begun != LZMA_OK)
		return UNPACK_NO_MEMORY;
	x->z.next_in = io->in;
	x->z.avail_in = io->nin;
	x->z.next_out = io->out;
	x->z.avail_out = io->nout;
	r = x->code(&x->z, LZMA_RUN);
	io->in = x->z.next_in;
	io->nin = x->z.avail_in;
	io->out = x->z.next_out;
	io->nout = x->z.avail_out;
	switch (r) {
	case LZMA_OK:
	case LZMA_BUF_ERROR: /* nothing to do, as yet */
		return UNPACK_MORE;
	case LZMA_STREAM_END:
		return UNPACK_END;
	case LZMA_MEM_ERROR:
	case LZMA_MEMLIMIT_ERROR:
		return UNPACK_NO_MEMORY;
	default:
		return UNPACK_DAMAGED;
	}
}

static void
xz_end(void *state)
{
	struct xz *x = state;

	x->end(&x->z);
	free(x);
}

const struct unpack_codec unpack_xz = {
	.library = "liblzma.so.5",
	.begin = xz_begin,
	.step = xz_step,
	.end = xz_end,
};
