/* SPDX-License-Identifier: ISC */
/*
 * One run per state database: an OFD lock on FILE.lock, which is never
 * unlinked.  The lock survives fork and exec on purpose (sitewatch-mail keeps
 * the next run out while it still talks) and is gone with the last holder,
 * however that one ended.  The file's times are the heartbeat: access time =
 * the last run's start, modification time = the last run's good end.
 */
#ifndef COMMON_HOST_LOCK_H
#define COMMON_HOST_LOCK_H

#include <stdint.h>

struct lock {
	int fd;             /* -1 when not held */
	int64_t last_start; /* seconds since 1970, of the run before; 0 */
	int64_t last_end;   /* 0 when there was none */
};

enum lock_status {
	LOCK_TAKEN,
	LOCK_BUSY, /* held by another; last_start says since when */
	LOCK_ERROR /* errno says why */
};

/* state: path of the state database.  Waits at most wait_ms for it. */
enum lock_status lock_take(struct lock *, const char *state, int wait_ms);
/* After a LOCK_ERROR: one line, with what to do about it. */
void lock_complain(const char *state);
/* Holds a lock that was inherited as an open descriptor; LOCK_ERROR with
 * EBADF if the descriptor is not the lock file of this state.  Otherwise the
 * descriptor is the lock's from then on, and closed if that was not had. */
enum lock_status lock_inherit(struct lock *, const char *state, int fd);
/* Heartbeat: the times of the file, nothing else is written. */
void lock_stamp_start(struct lock *, int64_t now);
void lock_stamp_end(struct lock *, int64_t now);
/* When the last run that ended well did, without taking the lock: 0 if there
 * was none. */
int64_t lock_last_end(const char *state);
/* Lets exec'ed programs inherit it. */
void lock_share(struct lock *);
void lock_drop(struct lock *);

#endif
