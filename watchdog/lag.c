/* SPDX-License-Identifier: ISC */
/* The files of a log that are on disk, compared with its generations. */
#include "watchdog/lag.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/read/sibling.h"

#define SECOND INT64_C(1000000000)

struct look {
	const struct store_source *source;
	struct siblings all;
	struct lag *lag;
};

/* The newest generation that had this inode; those that are gone last. */
static const struct generation *
by_inode(const struct store_source *s, const struct track_file *f)
{
	const struct generation *g, *gone = NULL;

	for (size_t i = s->n; i > 0; i--) {
		g = &s->g[i - 1];
		if (g->cursor.dev != f->dev || g->cursor.ino != f->ino)
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
by_content(struct look *l, size_t file)
{
	const struct generation *g;

	for (size_t i = l->source->n; i > 0; i--) {
		g = &l->source->g[i - 1];
		if (!g->packed && g->cursor.offset > 0 &&
		    g->cursor.head_len >= 0 &&
		    sibling_holds(&l->all, file, g) == TRACK_YES)
			return g;
	}
	return NULL;
}

/* An inode as it was when last looked at needs no further look, and a
 * compressed file would take long. */
static void
identify(struct look *l, size_t file, struct lag_file *f)
{
	struct sibling *s = &l->all.s[file];
	const struct generation *g = by_inode(l->source, &s->f);

	f->g = g;
	if (s->f.packed || (g != NULL && track_unchanged(&g->cursor, &s->f)) ||
	    !sibling_open(s) ||
	    (g != NULL && sibling_holds(&l->all, file, g) == TRACK_YES))
		return;
	f->was = g;
	f->g = by_content(l, file);
}

static int64_t
unread_of(const struct lag_file *f, bool packed)
{
	const struct generation *g = f->g;

	if (g == NULL)
		return packed ? -1 : f->size;
	if (g->state == GENERATION_COPY)
		return 0;
	if (g->packed)
		return generation_is_watched(g) ? -1 : 0;
	return f->size > g->cursor.offset ? f->size - g->cursor.offset : 0;
}

static void
add(struct look *l, size_t file, int64_t last_run)
{
	const struct sibling *s = &l->all.s[file];
	struct lag_file f = { .size = s->f.size, .mtime = s->f.mtime / SECOND };
	struct lag *lag = l->lag;

	identify(l, file, &f);
	/* of old, or another log's */
	if (f.g == NULL && !s->f.live && (f.mtime < last_run || s->f.doubtful))
		return;
	f.unread = unread_of(&f, s->f.packed);
	/* another name of what has been counted */
	for (size_t i = 0; f.g != NULL && i < lag->n; i++)
		if (lag->file[i].g == f.g)
			f.unread = 0;
	f.path = xstrdup(s->path);
	lag->file = xreallocarray(lag->file, lag->n + 1, sizeof *lag->file);
	lag->file[lag->n++] = f;
	lag->nunread += f.unread != 0;
	lag->unread += f.unread > 0 ? f.unread : 0;
}

void
lag_look(const char *path, char *const *olddir, const struct store_source *s,
    int64_t last_run, struct lag *lag)
{
	struct look l = { .source = s, .lag = lag };
	struct stat st;

	memset(lag, 0, sizeof *lag);
	for (size_t i = 0; i < s->n; i++)
		lag->nwatched += generation_is_watched(&s->g[i]);
	if (strchr(path, '/') == NULL)
		return; /* standard input, the journal */
	if (stat(path, &st) == -1)
		lag->error = errno;
	else if (!S_ISREG(st.st_mode))
		lag->error = EINVAL;
	siblings_find(path, olddir, &l.all);
	for (size_t i = 0; i < l.all.n; i++)
		add(&l, i, last_run);
	siblings_free(&l.all);
}

void
lag_free(struct lag *lag)
{
	for (size_t i = 0; i < lag->n; i++)
		free(lag->file[i].path);
	free(lag->file);
	memset(lag, 0, sizeof *lag);
}
