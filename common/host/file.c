/* SPDX-License-Identifier: ISC */
/* Files as this project opens them. */
#define _GNU_SOURCE /* explicit_bzero */
#include "common/host/file.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"

#define SECRET_MAX 1024 /* bytes, with the LF */

static bool
is_regular(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		errno = S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
	return S_ISREG(st->st_mode);
}

static void
close_quietly(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

int
file_open(const char *path, struct stat *st)
{
	int fd;

	/* To open some devices is to do something with them. */
	if (stat(path, st) == -1 || !is_regular(st))
		return -1;
	/* It may have become a FIFO since. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return -1;
	if (fstat(fd, st) == -1 || !is_regular(st)) {
		close_quietly(fd);
		return -1;
	}
	return fd;
}

ssize_t
file_pread(int fd, void *p, size_t n, off_t at)
{
	size_t got = 0;
	ssize_t k;

	while (got < n) {
		k = pread(fd, (char *)p + got, n - got, at + (off_t)got);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1)
			return -1;
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

bool
file_write(int fd, const void *p, size_t n)
{
	const char *s = p;
	ssize_t k;

	while (n > 0) {
		k = write(fd, s, n);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1)
			return false;
		s += k;
		n -= (size_t)k;
	}
	return true;
}

static bool
slurp(int fd, struct buf *b)
{
	char part[16384];
	off_t at = 0;
	ssize_t k;

	while ((k = file_pread(fd, part, sizeof part, at)) > 0) {
		if (!buf_add(b, part, (size_t)k)) {
			errno = EFBIG;
			return false;
		}
		at += k;
	}
	return k == 0;
}

bool
file_slurp(const char *path, struct buf *b)
{
	size_t before = b->len;
	struct stat st;
	int fd = file_open(path, &st);
	bool ok;

	if (fd == -1)
		return false;
	ok = slurp(fd, b);
	if (!ok)
		buf_cut(b, before);
	close_quietly(fd);
	return ok;
}

/* One line, not empty, with or without a LF: its length; 0 if it is not. */
static size_t
only_line(const char *s, size_t n)
{
	if (n > 0 && s[n - 1] == '\n')
		n--;
	return memchr(s, '\n', n) == NULL && memchr(s, '\0', n) == NULL ? n : 0;
}

bool
file_secret(const char *path, struct buf *b)
{
	char line[SECRET_MAX + 1];
	struct stat st;
	size_t len = 0;
	ssize_t n = -1;
	int fd = file_open(path, &st);

	if (fd == -1)
		return false;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0 ||
	    (st.st_uid != geteuid() && st.st_uid != 0))
		errno = EACCES;
	else
		n = file_pread(fd, line, sizeof line, 0);
	close_quietly(fd);
	if (n >= 0) {
		len = only_line(line, (size_t)n);
		errno = n > SECRET_MAX ? EFBIG : EINVAL;
	}
	if (n > SECRET_MAX)
		len = 0;
	if (len > 0 && !buf_add(b, line, len)) {
		errno = EFBIG;
		len = 0;
	}
	explicit_bzero(line, sizeof line);
	return len > 0;
}
