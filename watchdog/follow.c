/* SPDX-License-Identifier: ISC */
/* One source from its saved cursors to its present end. */
#include "watchdog/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"

#define FRESH 2          /* s: a writer may be in the midst of it */
#define TAIL (64 * 1024) /* bytes looked at for the last line's end */

void
follow_open(struct follow *f, const char *path, char *const *olddir)
{
	struct store_cursors *c = &f->cursors;

	f->path = path;
	f->first = !c->has_live && !c->has_old;
	f->left_at = c->has_live ? c->live.offset : 0;
	source_plan(path, olddir, c->has_live ? &c->live : NULL,
	    c->has_old ? &c->old : NULL, c->old_path, &f->plan);
}

void
follow_close(struct follow *f)
{
	source_plan_free(&f->plan);
	store_cursors_free(&f->cursors);
	free(f->error);
	f->error = NULL;
}

/* At first sight of a log that is to be read from its end: behind its last
 * whole line. */
static void
skip_to_end(struct follow *f)
{
	struct source_part *p = &f->plan.part[f->plan.n - 1];
	int64_t from = p->end > TAIL ? p->end - TAIL : 0;
	char *tail = xmalloc(TAIL);
	ssize_t n = file_pread(p->fd, tail, (size_t)(p->end - from), from);

	while (n > 0 && tail[n - 1] != '\n')
		n--;
	p->cursor.offset = n > 0 ? from + n : from;
	log_info("%s: begins at byte %lld", f->path,
	    (long long)p->cursor.offset);
	free(tail);
}

static bool
same_cursor(const struct cursor *a, const struct cursor *b)
{
	return a->offset == b->offset && a->offset > 0 &&
	    hash_equal(a->head, b->head) && hash_equal(a->tail, b->tail);
}

/* Nothing but an unfinished line, and that was there before. */
static bool
stands_still(const struct cursor *a, const struct cursor *b)
{
	return same_cursor(a, b) && a->dev == b->dev && a->ino == b->ino &&
	    a->size == b->size && a->mtime == b->mtime;
}

static int64_t
read_part(struct follow *f, const struct source_part *p)
{
	struct scan_part part = {
		.name = p->path,
		.in = input_file(p->fd),
		.from = p->cursor.offset,
		.end = p->end,
		.finished = p->finished,
		.fresh = p->live &&
		    p->cursor.mtime / 1000000000 > f->now - FRESH,
	};
	const struct tally *t = &f->scan.tally;

	f->file = p->path;
	f->scan.format = f->format;
	f->scan.progress = !f->quiet;
	f->end = scan_parts(&f->scan, &part, 1);
	if (f->end == SCAN_ERROR)
		f->error = xasprintf("%s: %s", p->path, strerror(errno));
	input_free(part.in);
	tally_add(&f->tally, t);
	log_info("%s: %s, %lld records, %lld ignored, %lld reported, %lld held",
	    p->path, f->scan.format != NULL ? f->scan.format->name : "nothing",
	    (long long)t->records, (long long)t->ignored,
	    (long long)t->reported, (long long)t->held);
	return part.next;
}

/*
 * The part that was read becomes the live cursor or the old one.  When
 * something cut in, the live cursor stays with the file that was being read:
 * the next run finds it rotated, by content, and goes on there.
 */
static bool
move_cursor(struct follow *f, const struct source_part *p, int64_t next)
{
	struct store_cursors *cur = &f->cursors;
	bool late = cur->has_old && same_cursor(&p->cursor, &cur->old);
	struct cursor c;

	if (!source_cursor(p->fd, next, &c)) {
		/* What was read must not be told again: without hashes the
		 * inode will have to do. */
		log_warn("%s: %m; its cursor has no hashes", p->path);
		c = p->cursor;
		c.offset = next;
		c.head_len = -1;
	}
	if (p->live && cur->has_live && stands_still(&c, &cur->live))
		return f->end == SCAN_END;
	/* from its first sight on a log can be silent */
	if (next > p->cursor.offset || f->first)
		cur->last_line = f->now;
	f->moved = true;
	if (late || (!p->live && f->end == SCAN_END)) {
		cur->old = c;
		cur->has_old = true;
		free(cur->old_path);
		cur->old_path = xstrdup(p->path);
	} else {
		cur->live = c;
		cur->has_live = true;
	}
	return f->end == SCAN_END;
}

void
follow_read(struct follow *f)
{
	const struct source_part *p;

	if (f->first && f->from_end && f->plan.n > 0)
		skip_to_end(f);
	for (size_t i = 0; i < f->plan.n; i++) {
		p = &f->plan.part[i];
		if (!move_cursor(f, p, read_part(f, p)))
			break;
	}
}
