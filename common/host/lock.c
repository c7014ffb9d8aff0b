/* SPDX-License-Identifier: ISC */
/* One run per state database. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "common/host/lock.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/step.h"
#include "common/base/xmem.h"

#define POLL_NS 50000000L /* between two attempts: 50 ms */

static bool
set_times(int fd, struct timespec access, struct timespec change)
{
	const struct timespec t[2] = { access, change };

	return futimens(fd, t) == 0;
}

/* -1 and errno; a new file says that there was no run before. */
static int
open_file(const char *path)
{
	const struct timespec never = { 0, 0 };
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
	int fd;

	fd = open(path, flags | O_CREAT | O_EXCL, 0600);
	if (fd == -1 && errno == EEXIST)
		return open(path, flags);
	if (fd != -1) {
		set_times(fd, never, never);
		STEP("lock:file");
	}
	return fd;
}

/* The stamps of the run before; false for what cannot be our file. */
static bool
read_stamps(struct lock *l, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return false;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
		errno = EINVAL;
		return false;
	}
	l->last_start = st.st_atim.tv_sec;
	l->last_end = st.st_mtim.tv_sec;
	return true;
}

/*
 * An open file description lock: a POSIX lock would be gone as soon as any
 * descriptor of the file is closed, and would not survive fork.
 */
static enum lock_status
try_lock(int fd)
{
	struct flock f = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	while (fcntl(fd, F_OFD_SETLK, &f) == -1) {
		if (errno == EAGAIN || errno == EACCES)
			return LOCK_BUSY;
		if (errno != EINTR)
			return LOCK_ERROR;
	}
	return LOCK_TAKEN;
}

static enum lock_status
wait_lock(int fd, int wait_ms)
{
	const struct timespec pause = { 0, POLL_NS };
	struct deadline end = deadline_in(wait_ms);
	enum lock_status status;

	while ((status = try_lock(fd)) == LOCK_BUSY && !deadline_passed(end))
		nanosleep(&pause, NULL);
	return status;
}

/* Ends with the lock, or without the descriptor. */
static enum lock_status
settle(struct lock *l, int fd, enum lock_status status)
{
	int saved;

	if (status != LOCK_ERROR && !read_stamps(l, fd))
		status = LOCK_ERROR;
	if (status == LOCK_TAKEN) {
		l->fd = fd;
		return status;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return status;
}

enum lock_status
lock_take(struct lock *l, const char *state, int wait_ms)
{
	char *path = xasprintf("%s.lock", state);
	int fd = open_file(path);

	free(path);
	memset(l, 0, sizeof *l);
	l->fd = -1;
	if (fd == -1)
		return LOCK_ERROR;
	return settle(l, fd, wait_lock(fd, wait_ms));
}

void
lock_complain(const char *state)
{
	static const struct {
		int error;
		const char *advice;
	} table[] = {
		{ EROFS, "; make its file system writable" },
		{ EACCES,
		    "; run as its owner, or give it and its directory back to"
		    " the user who runs this" },
		{ ENOSPC, "; make room on its file system" },
		{ EDQUOT, "; make room on its file system" },
		{ ELOOP, "; it is a symbolic link: move it away" },
		{ EINVAL,
		    "; it is no regular file with a single name: move it"
		    " away" },
	};
	const char *advice = "";
	int error = errno;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].error == error)
			advice = table[i].advice;
	log_error("%s.lock: %s%s", state, strerror(error), advice);
}

enum lock_status
lock_inherit(struct lock *l, const char *state, int fd)
{
	char *path = xasprintf("%s.lock", state);
	struct stat ours, theirs;
	bool same = fstat(fd, &ours) == 0 && lstat(path, &theirs) == 0 &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;

	free(path);
	memset(l, 0, sizeof *l);
	l->fd = -1;
	if (!same || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) {
		errno = EBADF;
		return LOCK_ERROR;
	}
	/* Held already by this description, or free: both succeed. */
	return settle(l, fd, try_lock(fd));
}

void
lock_stamp_start(struct lock *l, int64_t now)
{
	const struct timespec keep = { 0, UTIME_OMIT };

	if (!set_times(l->fd, (struct timespec){ .tv_sec = now }, keep))
		log_warn("the lock file's times cannot be set: %m");
	STEP("lock:start");
}

void
lock_stamp_end(struct lock *l, int64_t now)
{
	const struct timespec keep = { 0, UTIME_OMIT };

	if (!set_times(l->fd, keep, (struct timespec){ .tv_sec = now }))
		log_warn("the lock file's times cannot be set: %m");
	STEP("lock:end");
}

int64_t
lock_last_end(const char *state)
{
	char *path = xasprintf("%s.lock", state);
	struct stat st;
	bool there = lstat(path, &st) == 0 && S_ISREG(st.st_mode);

	free(path);
	return there ? st.st_mtim.tv_sec : 0;
}

void
lock_share(struct lock *l)
{
	/* It is an open descriptor: this cannot fail. */
	fcntl(l->fd, F_SETFD, 0);
}

void
lock_drop(struct lock *l)
{
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
}
