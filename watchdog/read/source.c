/* SPDX-License-Identifier: ISC */
/*
 * From a log source to the files to read now.  A rotated file is searched for
 * by what is in it: neither its name nor its size says anything for sure.
 */
#include "watchdog/read/source.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/read/sibling.h"

/* What source_plan was asked, and the plan it makes. */
struct quest {
	const char *path;
	const struct cursor *live, *old;
	const char *old_path;
	int fd;                /* of the file that has the name; -1 */
	struct cursor_now now; /* that file */
	struct siblings all;
	struct source_plan *plan;
	int error; /* errno of what may be there, but could not be read now */
};

bool
source_cursor(int fd, int64_t offset, struct cursor *c)
{
	struct cursor_now now;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return false;
	look_stat(&st, &now);
	*c = (struct cursor){
		.dev = now.dev,
		.ino = now.ino,
		.offset = offset,
		.size = now.size,
		.mtime = now.mtime,
		.head_len = offset < CURSOR_HEAD ? offset : CURSOR_HEAD,
	};
	if (!look_hash(fd, c, &now))
		return false;
	if (!now.hashed) {
		errno = ESTALE;
		return false;
	}
	c->head = now.head;
	c->tail = now.tail;
	return true;
}

/* The saved cursor, moved to the file as it is now; saved NULL: its begin. */
static struct cursor
cursor_at(const struct cursor *saved, const struct cursor_now *now)
{
	struct cursor c = { .offset = 0 };

	if (saved != NULL)
		c = *saved;
	else
		c.head = c.tail = hash_bytes("", 0);
	c.dev = now->dev;
	c.ino = now->ino;
	c.size = now->size;
	c.mtime = now->mtime;
	return c;
}

static bool
unchanged(const struct cursor *saved, const struct cursor_now *now)
{
	return saved != NULL && saved->size == now->size &&
	    saved->mtime == now->mtime;
}

/* Appends a part; the plan owns fd then. */
static void
add(struct source_plan *plan, const char *path, int fd,
    const struct cursor *saved, const struct cursor_now *now, bool live)
{
	struct source_part *p;

	plan->part = xreallocarray(plan->part, plan->n + 1, sizeof *plan->part);
	p = &plan->part[plan->n++];
	*p = (struct source_part){
		.path = xstrdup(path),
		.fd = fd,
		.cursor = cursor_at(saved, now),
		.end = now->size,
		.live = live,
		.finished = !live && unchanged(saved, now),
	};
}

/*
 * A renamed file may still be written to, so its last line is taken for its
 * last only when the file is as it was at the last look; of the ones before
 * it nobody writes any more, nor will they be looked at again.
 */
static void
finish_older(struct source_plan *plan)
{
	size_t last = plan->n;

	for (size_t i = plan->n; i-- > 0;) {
		if (plan->part[i].live)
			continue;
		if (last < plan->n)
			plan->part[i].finished = true;
		last = i;
	}
}

static void
trouble(struct source_plan *plan, enum source_trouble what, int err)
{
	plan->trouble = what;
	plan->sys_errno = err;
}

static enum source_trouble
trouble_of(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return SOURCE_MISSING;
	case EINVAL:
	case EISDIR:
	case ENXIO:
		return SOURCE_NOT_FILE;
	default:
		return SOURCE_UNREADABLE;
	}
}

/* Notes what keeps us from knowing, and may pass. */
static void
failed(struct quest *q)
{
	if (look_failed(errno))
		q->error = errno;
}

/* Opens the sibling and hashes what the cursor has hashes of. */
static int
open_for(struct quest *q, struct sibling *s, const struct cursor *c)
{
	int fd = sibling_open(s);

	if (fd == -1) {
		failed(q);
	} else if (!look_hash(fd, c, &s->now)) {
		failed(q);
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * The sibling that the cursor was saved from: the same inode if it will do,
 * else of those with the right content the one that has most; -1 if there is
 * none.  Others with that content are copies, and known.
 */
static int
search(struct quest *q, const struct cursor *c, struct sibling **found)
{
	int best = -1, fd;
	struct sibling *s;
	bool same, best_same = false;

	for (size_t i = 0; i < q->all.n; i++) {
		s = &q->all.s[i];
		same = s->now.dev == c->dev && s->now.ino == c->ino;
		if (s->known || (!same && s->now.size < c->offset))
			continue;
		fd = open_for(q, s, c);
		if (fd == -1)
			continue;
		if (!cursor_same_content(c, &s->now)) {
			close(fd);
			continue;
		}
		s->known = true;
		if (best != -1 &&
		    (best_same ||
			(!same && s->now.size <= (*found)->now.size))) {
			close(fd);
			continue;
		}
		if (best != -1)
			close(best);
		best = fd;
		best_same = same;
		*found = s;
	}
	return best;
}

/* The generation before the last one, if it has more than was read of it. */
static void
add_late(struct quest *q, const char *path, int fd,
    const struct cursor_now *now)
{
	if (now->size > q->old->offset)
		add(q->plan, path, fd, q->old, now, false);
	else
		close(fd);
}

/* A copy of the live file, or of one that is read already: a rotation by
 * copying that is under way, or another's work. */
static bool
is_copy(struct quest *q, int fd, int64_t size)
{
	const struct source_part *p = q->plan->part;
	int got = 0;

	if (q->fd != -1 && size <= q->now.size)
		got = look_prefix(fd, size, q->fd);
	for (size_t i = 0; i < q->plan->n && got == 0; i++)
		if (size <= p[i].end)
			got = look_prefix(fd, size, p[i].fd);
	if (got == -1)
		failed(q);
	return got == 1;
}

/*
 * A generation that was born and rotated since the last look: nobody knows
 * it, and it was written to after all that was seen then.
 */
static bool
add_unknown(struct quest *q, struct sibling *s)
{
	int fd;

	if (s->known || s->now.mtime < q->live->mtime ||
	    (q->old != NULL && s->now.mtime < q->old->mtime))
		return false;
	fd = sibling_open(s);
	if (fd == -1) {
		failed(q);
		return false;
	}
	/* An empty one is added too: late lines may come to it. */
	if (s->now.size > 0 && is_copy(q, fd, s->now.size)) {
		close(fd);
		return false;
	}
	add(q->plan, s->path, fd, NULL, &s->now, false);
	return true;
}

/*
 * The file that was read has the name no more: looks for it, and for what
 * came about it.  False if it is not there.
 */
static bool
follow(struct quest *q, char *const *olddir)
{
	struct sibling *s = NULL, *found = NULL;
	int fd, old = -1;
	bool unknown = false;

	siblings_find(q->path, olddir, q->fd != -1 ? &q->now : NULL, &q->all);
	if (q->all.error != 0)
		q->error = q->all.error;
	fd = search(q, q->live, &found);
	if (q->old != NULL)
		old = search(q, q->old, &s);
	if (old != -1)
		add_late(q, s->path, old, &s->now);
	/*
	 * What was begun comes first: were the deadline to strike in another
	 * one, its cursor would be lost.  But a file that was empty may have
	 * been filled, copied and truncated before it was renamed, and is
	 * younger than its copies.
	 */
	if (fd != -1 && q->live->offset > 0)
		add(q->plan, found->path, fd, q->live, &found->now, false);
	for (size_t i = 0; i < q->all.n; i++) {
		s = &q->all.s[i];
		if (s == found && q->live->offset == 0)
			add(q->plan, s->path, fd, q->live, &s->now, false);
		else if (add_unknown(q, s))
			unknown = true;
	}
	siblings_free(&q->all);
	/* Of an empty file nothing but the inode was known. */
	return fd != -1 || (q->live->offset == 0 && unknown);
}

static void
drop_parts(struct source_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		close(plan->part[i].fd);
		free(plan->part[i].path);
	}
	free(plan->part);
	plan->part = NULL;
	plan->n = 0;
}

/* Nobody has the name now. */
static void
follow_missing(struct quest *q, char *const *olddir)
{
	struct source_plan *plan = q->plan;
	struct source_part *last;

	if (q->live == NULL || !follow(q, olddir)) {
		drop_parts(plan);
		return;
	}
	plan->trouble = SOURCE_OK;
	/* The server writes into the newest until it reopens. */
	last = &plan->part[plan->n - 1];
	last->live = true;
	last->finished = false;
	if (plan->n == 1 && q->live->offset == last->end &&
	    q->live->mtime == last->cursor.mtime) {
		drop_parts(plan);
		plan->idle = true;
	}
}

/* The generation before, where it was seen last. */
static void
look_at_old(struct quest *q)
{
	enum cursor_verdict v;
	struct cursor_now now;
	struct stat st;
	int fd;

	if (q->old == NULL || q->old_path == NULL ||
	    lstat(q->old_path, &st) == -1 || !S_ISREG(st.st_mode))
		return;
	look_stat(&st, &now);
	v = cursor_decide(q->old, &now);
	if (v != CURSOR_LOOK && v != CURSOR_RESUME)
		return;
	fd = file_open(q->old_path, &st);
	if (fd == -1)
		return;
	look_stat(&st, &now);
	if (look_hash(fd, q->old, &now) &&
	    cursor_decide(q->old, &now) == CURSOR_RESUME)
		add_late(q, q->old_path, fd, &now);
	else
		close(fd);
}

/* The live file is open: what has it to do with the cursor? */
static void
plan_live(struct quest *q, char *const *olddir)
{
	enum cursor_verdict v = cursor_decide(q->live, &q->now);
	const struct cursor *from = q->live;

	/* Restored, or moved to another device: it goes on where it was. */
	if (v == CURSOR_ROTATED && q->live->offset > 0 &&
	    cursor_same_content(q->live, &q->now))
		v = CURSOR_RESUME;
	switch (v) {
	case CURSOR_NEW:
		break;
	case CURSOR_LOOK:
		/* it shrinks right now; the next run will know */
		close(q->fd);
		q->plan->idle = true;
		return;
	case CURSOR_IDLE:
	case CURSOR_RESUME:
		/* An empty file may have been filled, copied and truncated. */
		if (q->live->offset == 0)
			follow(q, olddir);
		else
			look_at_old(q);
		break;
	case CURSOR_ROTATED:
	case CURSOR_TRUNCATED:
		from = NULL;
		if (!follow(q, olddir))
			q->plan->gap = v == CURSOR_ROTATED ?
			    SOURCE_GAP_GONE :
			    SOURCE_GAP_TRUNCATED;
		break;
	}
	add(q->plan, q->path, q->fd, from, &q->now, true);
}

/* It was not there, or something else was. */
static void
no_file(struct quest *q, char *const *olddir, int err)
{
	trouble(q->plan, trouble_of(err), err);
	if (q->plan->trouble == SOURCE_MISSING)
		follow_missing(q, olddir);
}

void
source_plan(const char *path, char *const *olddir, const struct cursor *live,
    const struct cursor *old, const char *old_path, struct source_plan *plan)
{
	struct quest q = {
		.path = path,
		.live = live,
		.old = old,
		.old_path = old_path,
		.fd = -1,
		.plan = plan,
	};
	struct stat st;

	memset(plan, 0, sizeof *plan);
	if (stat(path, &st) == -1) {
		no_file(&q, olddir, errno);
	} else if (!S_ISREG(st.st_mode)) {
		trouble(plan, SOURCE_NOT_FILE, EINVAL);
	} else {
		look_stat(&st, &q.now);
		if (cursor_decide(live, &q.now) == CURSOR_IDLE) {
			look_at_old(&q);
			plan->idle = plan->n == 0;
		} else if ((q.fd = file_open(path, &st)) == -1) {
			no_file(&q, olddir, errno);
		} else {
			look_stat(&st, &q.now);
			if (live == NULL || look_hash(q.fd, live, &q.now)) {
				plan_live(&q, olddir);
			} else {
				trouble(plan, SOURCE_UNREADABLE, errno);
				close(q.fd);
			}
		}
	}
	/* Could not ask is not no: everything stays as it is until it can. */
	if (q.error != 0) {
		drop_parts(plan);
		plan->gap = SOURCE_NO_GAP;
		plan->idle = false;
		trouble(plan, SOURCE_UNREADABLE, q.error);
	}
	finish_older(plan);
}

void
source_plan_free(struct source_plan *plan)
{
	drop_parts(plan);
}
