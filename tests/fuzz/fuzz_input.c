/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a compressed file: what comes out is the same in small pieces
 * as in large ones, and from any offset.  How much comes out before damage may
 * differ: libbz2 1.0.8 forgets what it wrote in the call that finds it.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watchdog/read/input.h"

#define MOST (600 * 1024) /* of what comes out is looked at: over a window */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* All of it, in pieces; errno, 0 at the end. */
static int
take(struct input *in, char *to, size_t piece, size_t *n)
{
	ssize_t k;

	for (*n = 0; *n < MOST; *n += (size_t)k) {
		k = input_read(in, to + *n,
		    MOST - *n < piece ? MOST - *n : piece, (int64_t)*n);
		if (k <= 0)
			return k == 0 ? 0 : errno;
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char a[MOST], b[MOST];
	int fd = memfd_create("fuzz", MFD_CLOEXEC), error;
	struct input *in = input_packed(fd);
	size_t na, nb, at;
	ssize_t k;

	assert(write(fd, p, n) == (ssize_t)n);
	error = take(in, a, 300, &na);
	assert(error == 0 || error == EBADMSG || error == ENODATA ||
	    error == ENOMEM);
	for (size_t i = 0; i < 3 && na > 0; i++) {
		at = na * i / 3;
		k = input_read(in, b, 1000, (int64_t)at);
		assert(error != 0 || k > 0);
		if (k > (ssize_t)(na - at))
			k = (ssize_t)(na - at);
		assert(k <= 0 || memcmp(a + at, b, (size_t)k) == 0);
	}
	input_free(in);
	in = input_packed(fd);
	assert(take(in, b, MOST, &nb) == error);
	assert(error != 0 || na == nb);
	assert(memcmp(a, b, na < nb ? na : nb) == 0);
	input_free(in);
	close(fd);
	return 0;
}
