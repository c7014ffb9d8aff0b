/* SPDX-License-Identifier: ISC */
/* zstd, by libzstd, which of itself takes no frame that wants a window of
 * more than 128 MiB. */
#include <stdlib.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "common/base/xmem.h"
#include "watchdog/read/unpack_codec.h"

struct zstd {
	ZSTD_DStream *z;
	__typeof__(ZSTD_createDStream) *create;
	__typeof__(ZSTD_decompressStream) *decompress;
	__typeof__(ZSTD_freeDStream) *end;
	__typeof__(ZSTD_isError) *is_error;
	__typeof__(ZSTD_getErrorCode) *error;
};

static void *
zstd_begin(void *library)
{
	struct zstd *s = xcalloc(1, sizeof *s);
	const struct unpack_symbol want[] = {
		{ "ZSTD_createDStream", &s->create },
		{ "ZSTD_decompressStream", &s->decompress },
		{ "ZSTD_freeDStream", &s->end },
		{ "ZSTD_isError", &s->is_error },
		{ "ZSTD_getErrorCode", &s->error },
	};

	if (!unpack_symbols(library, want, sizeof want / sizeof *want)) {
		free(s);
		return NULL;
	}
	s->z = s->create();
	return s;
}

static enum unpack_step
zstd_step(void *state, struct unpack_io *io)
{
	struct zstd *s = state;
	ZSTD_inBuffer in = { .src = io->in, .size = io->nin };
	ZSTD_outBuffer out = { .dst = io->out, .size = io->nout };
	size_t r;

	if (s->z == NULL)
		return UNPACK_NO_MEMORY;
	r = s->decompress(s->z, &out, &in);
	io->in += in.pos;
	io->nin -= in.pos;
	io->out += out.pos;
	io->nout -= out.pos;
	if (r == 0)
		return UNPACK_END;
	if (!s->is_error(r))
		return UNPACK_MORE;
	switch (s->error(r)) {
	case ZSTD_error_memory_allocation:
	case ZSTD_error_frameParameter_windowTooLarge:
		return UNPACK_NO_MEMORY;
	default:
		return UNPACK_DAMAGED;
	}
}

static void
zstd_end(void *state)
{
	struct zstd *s = state;

	s->end(s->z);
	free(s);
}

const struct unpack_codec unpack_zstd = {
	.library = "libzstd.so.1",
	.begin = zstd_begin,
	.step = zstd_step,
	.end = zstd_end,
};
