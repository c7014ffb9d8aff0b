/* SPDX-License-Identifier: ISC */
/*
 * Files as this project opens them: O_CLOEXEC and O_NOCTTY always, only
 * regular files where a regular file is meant, whole reads and writes.
 * On failure -1 or false with errno set.
 */
#ifndef COMMON_HOST_FILE_H
#define COMMON_HOST_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct stat;

/*
 * Opens for reading without blocking on a FIFO or a device, and fills *st.
 * Anything but a regular file fails with EINVAL (EISDIR for a directory).
 * Symbolic links are followed: the administrator named the path.
 */
int file_open(const char *path, struct stat *st);
/* pread(2) until n bytes are there or the file ends; -1 on error. */
ssize_t file_pread(int fd, void *, size_t n, off_t);
/* write(2) until all is out. */
bool file_write(int fd, const void *, size_t n);
/* Appends a whole regular file; EFBIG if the buffer's maximum is passed.
 * Nothing is appended on failure. */
bool file_slurp(const char *path, struct buf *);
/*
 * Appends a secret of one line (0600, ours or root's; at most 1024 bytes),
 * without its LF; EACCES when others could read it, EINVAL when it is empty
 * or more than a line.
 */
bool file_secret(const char *path, struct buf *);

#endif
