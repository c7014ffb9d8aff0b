/* SPDX-License-Identifier: ISC */
/*
 * Where a log's bytes come from: a file, a compressed file (.gz, .bz2, .xz,
 * .zst), a pipe, or somebody who makes them (the journal).  Offsets count what
 * is in the log, never compressed bytes.  Nothing is loaded, and nothing costs
 * anything, before the first compressed file is read.
 */
#ifndef WATCHDOG_READ_INPUT_H
#define WATCHDOG_READ_INPUT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct input;

/* A regular file that is open; it stays the caller's. */
struct input *input_file(int fd);
/* The same, compressed (gzip, bzip2, xz, lzma, zstd) as its first bytes say;
 * text is read as it is. */
struct input *input_packed(int fd);
/* A pipe or the like: read in order, once. */
struct input *input_pipe(int fd);
/* Bytes in order from read(arg, …), which answers as read(2) does. */
struct input *input_made(ssize_t (*read)(void *arg, void *, size_t), void *arg);
void input_free(struct input *);

/* The next offset, from this one on, where anything but NUL bytes may stand;
 * of a sparse file it is known at no cost. */
int64_t input_data(const struct input *, int64_t offset);

/*
 * Up to n > 0 bytes at an offset; 0 at the end, -1 with errno.  Of what only
 * comes in order the offset must be that behind the last byte read, except that
 * a compressed file may be asked for any: the last 256 KiB and the first KiB
 * are kept, what lies further ahead is skipped, further back is read anew.
 * Otherwise: ESPIPE.
 *
 * Errors of a compressed file: EBADMSG, it is damaged there (which a check sum
 * shows at the end of what it covers) or of an unknown kind; ENODATA, it ends
 * too early (it may be in the midst of being written); ENOMEM, it wants more
 * memory than a decoder is given; ELIBACC, the library that reads it is not
 * installed.  What stands before is read first.
 */
ssize_t input_read(struct input *, void *, size_t n, int64_t offset);

#endif
