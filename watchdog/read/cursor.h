/* SPDX-License-Identifier: ISC */
/*
 * Where reading of a log file stopped, and what the file that is there now
 * has to do with it.  Pure.  A file is known by device and inode AND by the
 * hash of its head AND by the hash of the bytes just before the offset: ext4
 * hands out a freed inode at once, and two logs can begin alike.
 */
#ifndef WATCHDOG_READ_CURSOR_H
#define WATCHDOG_READ_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/hash.h"

#define CURSOR_HEAD 1024 /* bytes of the head that are hashed, at most */
#define CURSOR_TAIL 256  /* bytes before the offset, at most */

struct cursor {
	uint64_t dev, ino;
	/* What else an inode has, so that its number can be used again: the
	 * hash of its file handle, its birth time where there is none; 0: the
	 * file system tells neither. */
	uint64_t handle;
	int64_t offset; /* every byte before it has been accounted for */
	int64_t size;   /* of the file when last looked at */
	int64_t mtime;  /* nanoseconds since 1970, likewise */
	/* min(CURSOR_HEAD, offset); -1: the hashes could not be read, and the
	 * inode alone must do */
	int64_t head_len;
	struct hash head;
	struct hash tail; /* of the min(CURSOR_TAIL, offset) bytes */
};

/* A file as it is now, looked at with a saved cursor in mind. */
struct cursor_now {
	uint64_t dev, ino;
	int64_t size;
	int64_t mtime;
	bool hashed;      /* head and tail below were computed */
	struct hash head; /* of the cursor's head_len bytes */
	struct hash tail; /* of the bytes before the cursor's offset */
};

enum cursor_verdict {
	CURSOR_NEW,      /* nothing saved: first sight */
	CURSOR_IDLE,     /* the same file, not a byte more */
	CURSOR_LOOK,     /* the same inode, changed: hash it, ask again */
	CURSOR_RESUME,   /* the same file, grown (or only touched) */
	CURSOR_ROTATED,  /* another file has the name now */
	CURSOR_TRUNCATED /* the same inode, other content or shorter */
};

/* saved may be NULL. */
enum cursor_verdict cursor_decide(const struct cursor *saved,
    const struct cursor_now *);
/* Is this file (hashed), under whatever name and inode, the one the cursor
 * was saved from?  Offset 0 proves nothing by content: then the inode must
 * agree. */
bool cursor_same_content(const struct cursor *saved, const struct cursor_now *);

#endif
