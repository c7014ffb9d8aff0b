/* SPDX-License-Identifier: ISC */
/*
 * From a log source to the files to read now.  A log that only grew is read on
 * at once; for all else every file about is looked at, and track() says which
 * is what.
 */
#include "watchdog/read/source.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/read/input.h"
#include "watchdog/read/sibling.h"

#define SECOND INT64_C(1000000000)

/* What source_plan saw. */
struct source_look {
	struct siblings all;
	struct track track; /* unused if the log only grew */
	bool tracked;
};

void
generations_free(struct generation *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(g[i].path);
	free(g);
}

const char *
source_strerror(int error)
{
	switch (error) {
	case EBADMSG:
		return "it is damaged, or compressed in an unknown way";
	case ENODATA:
		return "it ends too early";
	case ENOTSUP:
		return "it is compressed in an unknown way";
	case ELIBACC:
		return "the library that decompresses a rotated file is not "
		       "installed (zlib1g, libbz2-1.0, liblzma5, libzstd1)";
	default:
		return strerror(error);
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

/* ---- the quick look --------------------------------------------------- */

/* The generation that the server writes into, NULL if that is not known. */
static struct generation *
live_of(const struct source_plan *plan)
{
	for (size_t i = plan->ng; i-- > 0;)
		if (plan->g[i].state == GENERATION_LIVE)
			return &plan->g[i];
	return NULL;
}

static int64_t
mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static bool
is_same(const struct cursor *c, const struct stat *st)
{
	return c->dev == (uint64_t)st->st_dev && c->ino == (uint64_t)st->st_ino;
}

static bool
is_unchanged(const struct cursor *c, const struct stat *st)
{
	return is_same(c, st) && c->size == (int64_t)st->st_size &&
	    c->mtime == mtime_of(st);
}

/* Is it where it was, as it was? */
static bool
rests(const struct generation *g)
{
	struct stat st;

	return g->path != NULL && lstat(g->path, &st) == 0 &&
	    S_ISREG(st.st_mode) && is_unchanged(&g->cursor, &st);
}

static bool
others_rest(const struct source_plan *plan, const struct generation *live)
{
	for (size_t i = 0; i < plan->ng; i++) {
		const struct generation *g = &plan->g[i];

		if (g == live || g->state != GENERATION_OLD)
			continue;
		/* a compressed one is watched only while it has more */
		if (!rests(g) ||
		    (!g->before &&
			(g->packed || g->cursor.size > g->cursor.offset)))
			return false;
	}
	return true;
}

static struct source_part *
add_part(struct source_plan *plan, size_t g, struct sibling *s)
{
	struct source_part *p = &plan->part[plan->n++];

	p->g = g;
	p->path = s->path;
	p->in = s->in;
	p->from = p->next = plan->g[g].cursor.offset;
	p->end = s->f.packed ? -1 : s->f.size;
	p->mtime = s->f.mtime;
	p->head.head_len = -1;
	if (!s->f.packed &&
	    sibling_hash(s->in,
		s->f.size < CURSOR_HEAD ? s->f.size : CURSOR_HEAD,
		&p->head) != 1)
		p->head.head_len = -1;
	return p;
}

/* The log, which is the file that it was, as far as stat(2) tells, has grown
 * or was touched.  False: it is something else all the same. */
static bool
plan_growth(struct source_plan *plan, struct generation *live, const char *path,
    const struct stat *st)
{
	struct siblings *all = &plan->look->all;
	struct sibling *s;
	struct source_part *p;

	all->s = s = xcalloc(1, sizeof *s);
	all->n = 1;
	s->path = xstrdup(path);
	s->fd = -1;
	sibling_stat(path, st, &s->f);
	s->f.path = s->path;
	if (!track_same_file(&live->cursor, &s->f) ||
	    sibling_holds(all, 0, live) != TRACK_YES) {
		siblings_free(all);
		return false;
	}
	plan->part = xcalloc(1, sizeof *plan->part);
	p = add_part(plan, (size_t)(live - plan->g), s);
	p->live = true;
	p->still = track_unchanged(&live->cursor, &s->f);
	if (p->still && s->f.size == live->cursor.offset) {
		plan->n = 0;
		plan->idle = true;
	}
	return true;
}

/* 0 if it cannot be asked: then all is looked at. */
static int64_t
dir_mtime_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? xstrdup(".") :
				    xstrndup(path, (size_t)(slash - path) + 1);
	struct stat st;
	bool ok = stat(dir, &st) == 0;

	free(dir);
	return ok ? mtime_of(&st) : 0;
}

/* False: everything must be looked at. */
static bool
plan_quickly(struct source_plan *plan, const char *path, const struct stat *st)
{
	struct generation *live = live_of(plan);
	const struct cursor_now now = {
		.dev = (uint64_t)st->st_dev,
		.ino = (uint64_t)st->st_ino,
		.size = (int64_t)st->st_size,
		.mtime = mtime_of(st),
	};

	if (live == NULL || live->path == NULL ||
	    strcmp(live->path, path) != 0 || !others_rest(plan, live))
		return false;
	switch (cursor_decide(&live->cursor, &now)) {
	case CURSOR_IDLE:
		plan->idle = live->cursor.head_len >= 0;
		return plan->idle;
	case CURSOR_LOOK:
		return plan->dir_mtime != 0 &&
		    plan->dir_mtime == dir_mtime_of(path) &&
		    plan_growth(plan, live, path, st);
	default:
		/* of an empty log nothing is known but its inode */
		return false;
	}
}

/* ---- the whole look --------------------------------------------------- */

static void
keep_path(struct generation *g, const char *path)
{
	if (g->path != NULL && strcmp(g->path, path) == 0)
		return;
	free(g->path);
	g->path = xstrdup(path);
}

static void
make_parts(struct source_plan *plan)
{
	const struct track *t = &plan->look->track;
	const struct track_part *from;
	struct source_part *p;
	struct sibling *s;

	plan->part = xcalloc(t->nparts + 1, sizeof *plan->part);
	for (size_t i = 0; i < t->nparts; i++) {
		from = &t->part[i];
		s = &plan->look->all.s[t->f[from->file].id];
		if (!sibling_open(s)) {
			if (sibling_failed(errno))
				plan->sys_errno = errno;
			continue;
		}
		p = add_part(plan, from->g, s);
		p->live = s->f.live;
		p->still = from->still;
		p->finished = from->finished;
		p->joins = from->joins;
		p->torn = from->torn;
	}
	/* The server writes into the newest until it makes a new file. */
	if (plan->n > 0 && !plan->part[plan->n - 1].finished)
		plan->part[plan->n - 1].live = true;
}

static void
add_gap(struct source_plan *plan, size_t g, enum gap_reason reason)
{
	const struct cursor *c = &plan->g[g].cursor;

	plan->gap = xreallocarray(plan->gap, plan->ngaps + 1,
	    sizeof *plan->gap);
	plan->gap[plan->ngaps++] = (struct source_gap){ g, reason, c->offset,
		c->size > c->offset && !plan->g[g].packed ? c->size :
							    c->offset };
}

/* Was it, compressed or not, rotated to where we may not look? */
static enum gap_reason
reason_of(struct source_plan *plan, const struct track_gap *gap)
{
	struct siblings *all = &plan->look->all;

	if (gap->reason != GAP_GONE || all->closed == NULL ||
	    all->closed_mtime / SECOND < plan->g[gap->g].cursor.mtime / SECOND)
		return gap->reason;
	if (plan->closed == NULL) {
		plan->closed = xstrdup(all->closed);
		plan->closed_errno = all->closed_errno;
	}
	return GAP_UNREADABLE;
}

static void
track_all(struct source_plan *plan, int64_t now)
{
	struct source_look *look = plan->look;
	struct siblings *all = &look->all;
	struct track *t = &look->track;

	plan->g = xreallocarray(plan->g, plan->ng + all->n + 1,
	    sizeof *plan->g);
	t->g = plan->g;
	t->n = plan->ng;
	t->f = xcalloc(all->n + 1, sizeof *t->f);
	t->nf = all->n;
	for (size_t i = 0; i < all->n; i++)
		t->f[i] = all->s[i].f;
	t->now = now;
	t->ask = (struct track_oracle){ all, sibling_holds, sibling_begins,
		sibling_take };
	look->tracked = track(t);
	if (!look->tracked) {
		plan->waits = t->answer == TRACK_LATER;
		plan->sys_errno = plan->waits ? 0 : all->error;
		return;
	}
	plan->ng = t->n;
	for (size_t i = 0; i < t->ngaps; i++)
		add_gap(plan, t->gap[i].g, reason_of(plan, &t->gap[i]));
	make_parts(plan);
}

/* A rotator made no new file, and the server writes into the old one; or is
 * there neither? */
static bool
is_missing(const struct source_plan *plan)
{
	const struct track *t = &plan->look->track;

	for (size_t g = 0; g < t->n; g++)
		if (t->file[g] != TRACK_NONE && t->known[g] &&
		    t->g[g].state == GENERATION_LIVE)
			return false;
	return plan->n == 0;
}

/* error: of the name, 0 if a file has it. */
static void
plan_wholly(struct source_plan *plan, const char *path, char *const *olddir,
    int64_t now, int error)
{
	struct source_look *look = plan->look;

	siblings_find(path, olddir, &look->all);
	plan->sys_errno = look->all.error;
	if (plan->sys_errno == 0 && error == 0 && look->all.n > 0 &&
	    look->all.s[0].f.live && !sibling_open(&look->all.s[0]))
		plan->sys_errno = errno;
	if (plan->sys_errno == 0)
		track_all(plan, now);
	if (plan->sys_errno != 0) {
		trouble(plan, SOURCE_UNREADABLE, plan->sys_errno);
		plan->n = 0;
		plan->ngaps = 0;
		look->tracked = false;
		return;
	}
	plan->idle = plan->n == 0;
	/* what became of its lines is told when there is a log again */
	if (error != 0 && look->tracked && is_missing(plan)) {
		trouble(plan, SOURCE_MISSING, error);
		plan->ngaps = 0;
		look->tracked = false;
	}
}

static void
begin(struct source_plan *plan, struct generation *g, size_t n)
{
	*plan = (struct source_plan){ .g = g, .ng = n };
	plan->look = xcalloc(1, sizeof *plan->look);
}

bool
source_quick(const char *path, struct generation *g, size_t n,
    int64_t dir_mtime, struct source_plan *plan)
{
	struct stat st;
	bool done;

	begin(plan, g, n);
	plan->dir_mtime = dir_mtime;
	/* where nobody has the name, another one may have had it meanwhile */
	done = stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    plan_quickly(plan, path, &st);
	if (!done) {
		plan->g = NULL;
		plan->ng = 0;
		source_plan_free(plan);
	}
	return done;
}

void
source_plan(const char *path, char *const *olddir, struct generation *g,
    size_t n, int64_t now, struct source_plan *plan)
{
	struct stat st;
	int error = 0;

	begin(plan, g, n);
	plan->dir_mtime = dir_mtime_of(path);
	if (stat(path, &st) == -1)
		error = errno;
	else if (!S_ISREG(st.st_mode))
		error = EINVAL;
	if (error == 0 || (trouble_of(error) == SOURCE_MISSING && n > 0))
		plan_wholly(plan, path, olddir, now, error);
	else
		trouble(plan, trouble_of(error), error);
}

/* ---- afterwards ------------------------------------------------------- */

/* Does it begin otherwise, or is it shorter, than before it was read?  Then it
 * was emptied meanwhile, and may have been filled anew. */
static bool
was_emptied(const struct source_part *p)
{
	struct cursor now;
	int got;

	if (p->head.head_len < 0)
		return false;
	got = sibling_hash(p->in, p->head.head_len, &now);
	return got == 0 || (got == 1 && !hash_equal(now.head, p->head.head));
}

/* The cursor of what was read, by the file as it was when it was opened. */
static void
move_cursor(struct source_plan *plan, struct source_part *p)
{
	struct cursor *c = &plan->g[p->g].cursor;

	if (p->next != c->offset && was_emptied(p))
		/* The bytes before the cursor are others' now: it would pass
		 * over these.  A copy may be told again, nothing is lost. */
		p->next = p->from;
	if (p->next == c->offset)
		return;
	plan->changed = true;
	/* What was read must not be told again: without hashes the inode will
	 * have to do. */
	if (sibling_hash(p->in, p->next, c) != 1) {
		c->offset = p->next;
		c->head_len = -1;
	}
}

/* Has the part an end that was not reached?  A compressed file that ends too
 * early may be in the midst of being written, unless nothing came to it since
 * the last look. */
static bool
has_more(struct source_plan *plan, struct source_part *p)
{
	bool damaged = p->error == EBADMSG ||
	    (p->error == ENODATA && p->still && p->next == p->from);

	if (damaged) {
		add_gap(plan, p->g, GAP_DAMAGED);
		return false;
	}
	return p->error != 0 || (p->end >= 0 ? p->next < p->end : !p->ended);
}

/* What the file of a generation is now. */
static void
take_file(struct source_plan *plan, struct generation *g, struct sibling *s)
{
	const struct track_file *f = &s->f;
	struct cursor *c = &g->cursor;

	if (!track_unchanged(c, f) || c->dev != f->dev || c->ino != f->ino ||
	    c->handle != f->handle || g->packed != f->packed ||
	    g->path == NULL || strcmp(g->path, s->path) != 0)
		plan->changed = true;
	if (c->head_len < 0 && sibling_mend(s, g))
		plan->changed = true;
	c->dev = f->dev;
	c->ino = f->ino;
	c->handle = f->handle;
	c->size = f->size;
	c->mtime = f->mtime;
	g->packed = f->packed;
	keep_path(g, s->path);
}

static void
settle_tracked(struct source_plan *plan)
{
	struct track *t = &plan->look->track;
	bool *left = xcalloc(plan->ng + 1, sizeof *left);
	enum generation_state *was = xcalloc(plan->ng + 1, sizeof *was);
	struct sibling *s;

	for (size_t i = 0; i < plan->n; i++) {
		move_cursor(plan, &plan->part[i]);
		left[plan->part[i].g] = has_more(plan, &plan->part[i]);
	}
	for (size_t g = 0; g < plan->ng; g++) {
		was[g] = plan->g[g].state;
		if (t->file[g] == TRACK_NONE)
			continue;
		s = &plan->look->all.s[t->f[t->file[g]].id];
		take_file(plan, &plan->g[g], s);
	}
	track_settle(t, left);
	for (size_t g = 0; g < plan->ng; g++)
		plan->changed |= was[g] != plan->g[g].state ||
		    plan->g[g].id == 0;
	free(left);
	free(was);
}

static void
look_free(struct source_look *look)
{
	if (look == NULL)
		return;
	track_free(&look->track);
	free(look->track.f);
	siblings_free(&look->all);
	free(look);
}

void
source_settle(struct source_plan *plan)
{
	struct sibling *s;

	if (plan->look->tracked) {
		settle_tracked(plan);
	} else if (plan->n > 0) {
		move_cursor(plan, &plan->part[0]);
		s = &plan->look->all.s[0];
		take_file(plan, &plan->g[plan->part[0].g], s);
	}
	look_free(plan->look);
	plan->look = NULL;
}

void
source_plan_free(struct source_plan *plan)
{
	look_free(plan->look);
	free(plan->part);
	free(plan->gap);
	free(plan->closed);
	generations_free(plan->g, plan->ng);
	*plan = (struct source_plan){ .n = 0 };
}
