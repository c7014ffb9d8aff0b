/* SPDX-License-Identifier: ISC */
/*
 * What is in a file that gzip, bzip2, xz (or lzma) or zstd made, in order.
 * Each has its library, which is loaded when the first such file is met and
 * stays.  Memory is bounded, whatever the file says.
 */
#ifndef WATCHDOG_READ_UNPACK_H
#define WATCHDOG_READ_UNPACK_H

#include <sys/types.h>

#include <stddef.h>

struct unpack;

/* The file is read with pread(2) from its begin, and stays the caller's. */
struct unpack *unpack_new(int fd);
void unpack_free(struct unpack *);

/*
 * Up to n > 0 bytes; 0 at the end; -1 with errno: EBADMSG, ENODATA, ELIBACC as
 * input_read() has them, ENOMEM, or one of pread's.  All that comes out before
 * the place of an error is handed out first.
 */
ssize_t unpack_read(struct unpack *, void *, size_t n);

#endif
