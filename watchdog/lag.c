/* SPDX-License-Identifier: ISC */
/* The files of a log that are on disk, compared with its generations. */
#include "watchdog/lag.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/read/input.h"
#include "watchdog/read/sibling.h"
#include "watchdog/read/source.h"

struct look {
	const struct store_source *source;
	struct lag *lag;
	int64_t last_run;
	const char *own; /* the log's own path */
};

/* Does the open file begin with what was read of the generation?  What cannot
 * be asked is not denied. */
static bool
begins_with(int fd, const struct generation *g)
{
	const struct cursor *saved = &g->cursor;
	struct input *in;
	struct cursor now;
	int got;

	if (saved->head_len < 0)
		return true;
	in = input_file(fd);
	got = sibling_hash(in, saved->offset, &now);
	input_free(in);
	return got == 1 && hash_equal(now.head, saved->head) &&
	    hash_equal(now.tail, saved->tail);
}

static bool
same_inode(const struct generation *g, const struct lag_file *f)
{
	return g->cursor.dev == f->dev && g->cursor.ino == f->ino;
}

/* The newest generation that had this inode; those that are gone last. */
static const struct generation *
by_inode(const struct store_source *s, const struct lag_file *f)
{
	const struct generation *g, *gone = NULL;

	for (size_t i = s->n; i > 0; i--) {
		g = &s->g[i - 1];
		if (!same_inode(g, f))
			continue;
		if (g->state != GENERATION_GONE)
			return g;
		if (gone == NULL)
			gone = g;
	}
	return gone;
}

/* A copy, or what was restored under another inode. */
static const struct generation *
by_content(const struct store_source *s, int fd, const struct lag_file *f)
{
	const struct generation *g;

	for (size_t i = s->n; i > 0; i--) {
		g = &s->g[i - 1];
		if (!g->packed && g->cursor.offset > 0 &&
		    g->cursor.head_len >= 0 && f->size >= g->cursor.offset &&
		    begins_with(fd, g))
			return g;
	}
	return NULL;
}

/* An inode as it was when last looked at needs no further look. */
static void
identify(struct look *l, struct lag_file *f, int64_t mtime)
{
	const struct generation *g = by_inode(l->source, f);
	struct stat st;
	int fd;

	f->g = g;
	if (g != NULL &&
	    (g->packed ||
		(g->cursor.size == f->size && g->cursor.mtime == mtime)))
		return;
	if ((fd = file_open(f->path, &st)) == -1)
		return;
	if (g == NULL || f->size < g->cursor.offset || !begins_with(fd, g)) {
		f->was = g;
		f->g = by_content(l->source, fd, f);
	}
	close(fd);
}

static void
measure(const struct lag *lag, struct lag_file *f)
{
	const struct cursor *c = f->g != NULL ? &f->g->cursor : NULL;

	if (c == NULL)
		f->unread = sibling_compressed(f->path) ? -1 : f->size;
	else if (f->g->packed)
		f->unread = f->g->state == GENERATION_DONE ||
			f->g->state == GENERATION_GONE ?
		    0 :
		    -1;
	else
		f->unread = f->size > c->offset ? f->size - c->offset : 0;
	/* another name of what has been counted */
	for (size_t i = 0; c != NULL && i < lag->n; i++)
		if (lag->file[i].g == f->g)
			f->unread = 0;
}

static void
add(struct look *l, const char *path)
{
	struct lag *lag = l->lag;
	struct lag_file f = { .path = (char *)(uintptr_t)path };
	struct stat st;
	bool own = strcmp(path, l->own) == 0;
	int64_t mtime;

	if ((own ? stat(path, &st) : lstat(path, &st)) == -1) {
		lag->error = own ? errno : lag->error;
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		lag->error = own ? EINVAL : lag->error;
		return;
	}
	f.dev = (uint64_t)st.st_dev;
	f.ino = (uint64_t)st.st_ino;
	for (size_t i = 0; i < lag->n; i++)
		if (lag->file[i].dev == f.dev && lag->file[i].ino == f.ino)
			return;
	f.size = (int64_t)st.st_size;
	f.mtime = (int64_t)st.st_mtim.tv_sec;
	mtime = f.mtime * 1000000000 + st.st_mtim.tv_nsec;
	identify(l, &f, mtime);
	if (f.g == NULL && !own && f.mtime < l->last_run)
		return;
	measure(lag, &f);
	f.path = xstrdup(path);
	lag->file = xreallocarray(lag->file, lag->n + 1, sizeof *lag->file);
	lag->file[lag->n++] = f;
	lag->nunread += f.unread != 0;
	lag->unread += f.unread > 0 ? f.unread : 0;
}

/* Generations by their names; in an olddir one of the log's own name too. */
static void
scan(struct look *l, const char *dir, const char *base, bool olddir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char *path;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (!source_is_generation(base, e->d_name) &&
		    !(olddir && strcmp(base, e->d_name) == 0))
			continue;
		path = xasprintf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir,
		    e->d_name);
		add(l, path);
		free(path);
	}
	closedir(d);
}

void
lag_look(const char *path, char *const *olddir, const struct store_source *s,
    int64_t last_run, struct lag *lag)
{
	struct look l = { s, lag, last_run, path };
	const char *base = strrchr(path, '/');
	char *dir;

	memset(lag, 0, sizeof *lag);
	for (size_t i = 0; i < s->n; i++)
		lag->nwatched += s->g[i].state == GENERATION_LIVE ||
		    s->g[i].state == GENERATION_OLD;
	if (base == NULL)
		return; /* standard input, the journal */
	add(&l, path);
	for (size_t i = s->n; i > 0; i--)
		if (s->g[i - 1].state != GENERATION_GONE)
			add(&l, s->g[i - 1].path);
	dir = base == path ? xstrdup("/") :
			     xstrndup(path, (size_t)(base - path));
	scan(&l, dir, base + 1, false);
	free(dir);
	for (; olddir != NULL && *olddir != NULL; olddir++)
		scan(&l, *olddir, base + 1, true);
}

void
lag_free(struct lag *lag)
{
	for (size_t i = 0; i < lag->n; i++)
		free(lag->file[i].path);
	free(lag->file);
	memset(lag, 0, sizeof *lag);
}
