/* SPDX-License-Identifier: ISC */
/* A log in memory, its server and its rotator. */
#include "tests/unit/track_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

unsigned
track_any(struct history *h, unsigned n)
{
	return (unsigned)rand_r(&h->seed) % n;
}

/* The end of what happened, for the one who has to mend it. */
const char *
track_tale(const struct history *h)
{
	return h->story.len > 900 ? buf_str(&h->story) + h->story.len - 900 :
				    buf_str(&h->story);
}

/* ---- files ------------------------------------------------------------ */

static struct file *
new_file(struct history *h)
{
	struct file *f = h->file;

	while (f->used)
		f++;
	assert_true(f < h->file + MAX_FILES);
	memset(f, 0, offsetof(struct file, line));
	f->used = true;
	f->dev = h->dev;
	/* ext4 hands out a freed inode at once */
	f->ino = h->nfree > 0 ? h->free_ino[--h->nfree] : ++h->next_ino;
	f->handle = h->handles ? ++h->next_ino : 0;
	f->mtime = ++h->clock * SECOND;
	return f;
}

static void
drop_file(struct history *h, struct file *f)
{
	f->used = false;
	h->free_ino[h->nfree++] = f->ino;
	if (h->server == (int)(f - h->file))
		h->server = -1;
}

struct file *
track_live(struct history *h)
{
	for (struct file *f = h->file; f < h->file + MAX_FILES; f++)
		if (f->used && f->live)
			return f;
	return NULL;
}

static void
begin_file(struct history *h, struct file *f)
{
	if (h->headers)
		f->line[f->n++] = HEADER;
}

static void
copy_lines(struct file *to, const struct file *from, int n)
{
	memcpy(to->line, from->line, (size_t)n * sizeof *to->line);
	to->n = n;
}

static void
name_file(struct history *h, struct file *f)
{
	if (h->dates)
		snprintf(f->name, sizeof f->name, "log-%d",
		    20260101 + h->generation);
	else
		snprintf(f->name, sizeof f->name, "log.%d%s", f->age,
		    f->packed ? ".gz" : "");
}

/* ---- the server ------------------------------------------------------- */

void
track_reopen(struct history *h)
{
	struct file *f = track_live(h);

	if (f == NULL) {
		f = new_file(h);
		f->live = true;
		snprintf(f->name, sizeof f->name, "log");
		begin_file(h, f);
	}
	h->server = (int)(f - h->file);
	h->stale = false;
	buf_adds(&h->story, " reopen");
}

void
track_say(struct history *h)
{
	struct file *f = &h->file[h->server];
	int n = 1 + (int)track_any(h, track_any(h, 4) == 0 ? 12 : 3);

	if (h->server < 0)
		return;
	while (n-- > 0 && h->lines < MAX_LINES && f->n < MAX_LINES)
		f->line[f->n++] = h->lines++;
	f->mtime = ++h->clock * SECOND;
	buf_addf(&h->story, " %d%s", h->lines, h->stale ? "(late)" : "");
}

/* ---- the rotator ------------------------------------------------------ */

/* Makes room for .1 */
static void
shift(struct history *h)
{
	for (struct file *f = h->file; f < h->file + MAX_FILES; f++) {
		if (!f->used || f->live)
			continue;
		if (++f->age > KEEP)
			drop_file(h, f);
		else if (!h->dates)
			name_file(h, f);
	}
	h->generation++;
	h->unread_rotations++;
}

static bool
may_rotate(struct history *h)
{
	/* more at once than are kept would be a loss */
	return !h->stale && track_live(h) != NULL &&
	    h->unread_rotations < KEEP - 3;
}

void
track_rotate(struct history *h, bool create)
{
	struct file *f = track_live(h);

	if (!may_rotate(h))
		return;
	shift(h);
	f->live = false;
	f->age = 1;
	name_file(h, f);
	h->stale = true;
	buf_adds(&h->story, create ? " rename+create" : " rename");
	if (create) {
		f = new_file(h);
		f->live = true;
		snprintf(f->name, sizeof f->name, "log");
		begin_file(h, f);
	}
}

void
track_copytruncate(struct history *h, int meanwhile)
{
	struct file *f = track_live(h), *copy;

	if (!may_rotate(h))
		return;
	shift(h);
	copy = new_file(h);
	copy->age = 1;
	name_file(h, copy);
	copy_lines(copy, f, meanwhile == 2 ? f->n / 2 : f->n);
	buf_adds(&h->story, " copy");
	if (meanwhile != 0) {
		h->look(h);
	}
	if (meanwhile == 2) {
		copy_lines(copy, f, f->n);
		copy->mtime = ++h->clock * SECOND;
	}
	f->n = 0;
	begin_file(h, f);
	f->mtime = ++h->clock * SECOND;
	buf_adds(&h->story, "+truncate");
}

/* Some renamed file; NULL. */
struct file *
track_some_rotated(struct history *h)
{
	struct file *f;

	for (int i = 0; i < 6; i++) {
		f = &h->file[track_any(h, MAX_FILES / 4)];
		if (f->used && !f->live && !f->packed &&
		    (int)(f - h->file) != h->server)
			return f;
	}
	return NULL;
}

void
track_compress(struct history *h, bool slowly)
{
	struct file *f = track_some_rotated(h), *z;

	if (f == NULL)
		return;
	z = new_file(h);
	z->packed = true;
	z->age = f->age;
	snprintf(z->name, sizeof z->name, "%.20s.gz", f->name);
	buf_addf(&h->story, " gzip(%s)", f->name);
	if (slowly) {
		copy_lines(z, f, f->n / 2);
		z->partial = true;
		h->look(h);
		buf_adds(&h->story, " gzipped");
	}
	copy_lines(z, f, f->n);
	z->partial = false;
	z->mtime = f->mtime; /* as gzip(1) and logrotate have it */
	drop_file(h, f);
}

/* An empty log that is another one at the next look may have had lines: that
 * is told, and is no false alarm. */
static bool
was_empty(const struct history *h)
{
	for (size_t g = 0; g < h->ng; g++)
		if (h->g[g].state == GENERATION_LIVE &&
		    h->g[g].cursor.offset == 0)
			return true;
	return false;
}

/* As a restored backup has it, or a move to another file system. */
void
track_new_inode(struct history *h, struct file *f)
{
	struct file *n;

	if (f == NULL || f->n == 0 || (f->live && was_empty(h)))
		return;
	n = new_file(h);
	n->live = f->live;
	n->packed = f->packed;
	n->age = f->age;
	n->mtime = f->mtime;
	memcpy(n->name, f->name, sizeof n->name);
	copy_lines(n, f, f->n);
	buf_addf(&h->story, " new-inode(%s)", f->name);
	if (h->server == (int)(f - h->file)) {
		drop_file(h, f);
		h->server = (int)(n - h->file);
	} else {
		drop_file(h, f);
	}
}

void
track_new_device(struct history *h)
{
	if (!h->handles)
		return; /* an empty log would be another one */
	h->dev++;
	for (int i = 0; i < MAX_FILES; i++)
		h->file[i].dev = h->dev;
	buf_adds(&h->story, " new-device");
}
