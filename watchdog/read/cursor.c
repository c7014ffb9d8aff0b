/* SPDX-License-Identifier: ISC */
/* What the file that is there now has to do with the one that was read. */
#include "watchdog/read/cursor.h"

#include <stddef.h>

static bool
same_inode(const struct cursor *saved, const struct cursor_now *now)
{
	return saved->dev == now->dev && saved->ino == now->ino;
}

bool
cursor_same_content(const struct cursor *saved, const struct cursor_now *now)
{
	if (saved->offset == 0 || saved->head_len < 0)
		return same_inode(saved, now) && now->size >= saved->offset;
	return now->hashed && now->size >= saved->offset &&
	    hash_equal(saved->head, now->head) &&
	    hash_equal(saved->tail, now->tail);
}

/*
 * Size and time alone never say that a file is another one, only that it need
 * not be looked at: what is smaller may have been truncated, what is larger
 * may have been truncated and have grown since.
 */
enum cursor_verdict
cursor_decide(const struct cursor *saved, const struct cursor_now *now)
{
	if (saved == NULL)
		return CURSOR_NEW;
	if (!same_inode(saved, now))
		return CURSOR_ROTATED;
	if (now->size < saved->offset)
		return CURSOR_TRUNCATED;
	/* With bytes unread behind the offset it is never idle. */
	if (now->size == saved->offset && now->size == saved->size &&
	    now->mtime == saved->mtime)
		return CURSOR_IDLE;
	if (saved->offset > 0 && saved->head_len >= 0 && !now->hashed)
		return CURSOR_LOOK;
	return cursor_same_content(saved, now) ? CURSOR_RESUME :
						 CURSOR_TRUNCATED;
}
