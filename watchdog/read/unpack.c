/* SPDX-License-Identifier: ISC */
/* Compressed files: which kind, its library, member after member. */
#include "watchdog/read/unpack.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "watchdog/read/unpack_codec.h"

#define PIECE (64 * 1024) /* read at once */
#define TEXT_BYTES 1024   /* of a file that is not compressed are looked at */

/* What a member begins with. */
static const struct magic {
	const char *bytes;
	size_t n;
	const struct unpack_codec *codec;
} magics[] = {
	{ "\x1f\x8b", 2, &unpack_gzip },
	{ "BZh", 3, &unpack_bzip2 },
	{ "\xfd"
	  "7zXZ",
	    6, &unpack_xz },
	{ "\x5d\0\0", 3, &unpack_xz }, /* lzma */
	{ "\x28\xb5\x2f\xfd", 4, &unpack_zstd },
	/* frames to be skipped: of pzstd, of those with an index */
	{ "\x50\x2a\x4d\x18", 4, &unpack_zstd },
	{ "\x5e\x2a\x4d\x18", 4, &unpack_zstd },
};

enum kind { KIND_MEMBER, KIND_PART, KIND_OTHER };

struct unpack {
	int fd;
	off_t at;      /* of what is read next */
	bool read_all; /* the file ended there */
	bool begun;    /* a member, or text, was seen */
	bool plain;    /* it is not compressed at all */
	int error;     /* what is said from now on; 0: none */
	void *library; /* of the codec, NULL: none open */
	const struct unpack_codec *codec;
	void *state; /* of the member; NULL: between two */
	const unsigned char *in;
	size_t nin;
	unsigned char buf[PIECE];
};

bool
unpack_symbols(void *library, const struct unpack_symbol *s, size_t n)
{
	void *p;

	for (size_t i = 0; i < n; i++) {
		p = dlsym(library, s[i].name);
		if (p == NULL)
			return false;
		memcpy(s[i].at, &p, sizeof p);
	}
	return true;
}

struct unpack *
unpack_new(int fd)
{
	struct unpack *u = xmalloc(sizeof *u);

	memset(u, 0, offsetof(struct unpack, buf));
	u->fd = fd;
	u->in = u->buf;
	return u;
}

static void
end_member(struct unpack *u)
{
	if (u->state != NULL)
		u->codec->end(u->state);
	u->state = NULL;
}

static void
close_library(struct unpack *u)
{
	if (u->library != NULL)
		dlclose(u->library);
	u->library = NULL;
}

void
unpack_free(struct unpack *u)
{
	if (u == NULL)
		return;
	end_member(u);
	close_library(u);
	free(u);
}

/* Reads on, so that more than what is there stands in the buffer, unless the
 * file has ended.  False: errno. */
static bool
more(struct unpack *u)
{
	ssize_t n;

	memmove(u->buf, u->in, u->nin);
	u->in = u->buf;
	do
		n = pread(u->fd, u->buf + u->nin, PIECE - u->nin, u->at);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return false;
	u->read_all = n == 0;
	u->at += n;
	u->nin += (size_t)n;
	return true;
}

static enum kind
kind_of(const unsigned char *p, size_t n, const struct unpack_codec **codec)
{
	enum kind kind = KIND_OTHER;
	size_t k;

	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		k = n < magics[i].n ? n : magics[i].n;
		if (k == 0 || memcmp(p, magics[i].bytes, k) != 0)
			continue;
		*codec = magics[i].codec;
		if (k == magics[i].n)
			return KIND_MEMBER;
		kind = KIND_PART;
	}
	return kind;
}

/* As file(1) tells text from data, by its control characters. */
static bool
is_text(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n && i < TEXT_BYTES; i++)
		if (p[i] < 7 || (p[i] > 13 && p[i] < 32 && p[i] != 27))
			return false;
	return true;
}

/* Loaded once, and kept: the next file will want it again.  False: errno. */
static bool
begin_member(struct unpack *u, const struct unpack_codec *codec)
{
	if (u->library == NULL || codec != u->codec) {
		close_library(u);
		u->codec = codec;
		u->library = dlopen(codec->library,
		    RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	}
	if (u->library == NULL ||
	    (u->state = codec->begin(u->library)) == NULL) {
		errno = ELIBACC;
		return false;
	}
	u->begun = true;
	return true;
}

/*
 * Between members, where NUL bytes may fill up a block.  False: there is
 * none; errno, 0 at the end.
 */
static bool
next_member(struct unpack *u)
{
	const struct unpack_codec *codec;
	enum kind kind = KIND_PART;

	for (;;) {
		while (u->begun && u->nin > 0 && *u->in == 0) {
			u->in++;
			u->nin--;
		}
		if (u->nin > 0)
			kind = kind_of(u->in, u->nin, &codec);
		if (u->nin > 0 && kind != KIND_PART)
			break;
		if (u->read_all) {
			errno = u->nin > 0 ? ENODATA : 0;
			return false;
		}
		if (!more(u))
			return false;
	}
	if (kind == KIND_MEMBER)
		return begin_member(u, codec);
	if (!u->begun && is_text(u->in, u->nin)) {
		u->begun = u->plain = true;
		return true;
	}
	errno = EBADMSG;
	return false;
}

/* What there is of text. */
static ssize_t
copy(struct unpack *u, void *to, size_t n)
{
	if (u->nin == 0 && !more(u))
		return -1;
	if (n > u->nin)
		n = u->nin;
	memcpy(to, u->in, n);
	u->in += n;
	u->nin -= n;
	return (ssize_t)n;
}

/* Goes on in the member.  Bytes, or 0: look what comes next; -1: errno. */
static ssize_t
step(struct unpack *u, void *to, size_t n)
{
	struct unpack_io io = { u->in, u->nin, to, n };
	size_t before = u->nin;

	switch (u->codec->step(u->state, &io)) {
	case UNPACK_END:
		end_member(u);
		break;
	case UNPACK_MORE:
		break;
	case UNPACK_NO_MEMORY:
		u->error = ENOMEM;
		break;
	case UNPACK_DAMAGED:
		u->error = EBADMSG;
		break;
	}
	u->in = io.in;
	u->nin = io.nin;
	if (io.nout < n)
		return (ssize_t)(n - io.nout);
	if (u->error == 0 && u->state != NULL && u->nin == before) {
		/* it gets no further with what it has */
		if (u->nin == PIECE)
			u->error = EBADMSG;
		else if (u->read_all)
			u->error = ENODATA;
		else if (!more(u))
			return -1;
	}
	if (u->error == 0)
		return 0;
	errno = u->error;
	return -1;
}

ssize_t
unpack_read(struct unpack *u, void *to, size_t n)
{
	ssize_t k;

	while (u->error == 0) {
		if (u->plain)
			return copy(u, to, n);
		if (u->state == NULL && !next_member(u)) {
			if (errno == 0)
				return 0;
			if (errno == ENODATA || errno == EBADMSG)
				u->error = errno;
			return -1;
		}
		if (u->plain)
			continue;
		k = step(u, to, n);
		if (k != 0)
			return k;
	}
	errno = u->error;
	return -1;
}
