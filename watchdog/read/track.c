/* SPDX-License-Identifier: ISC */
/* What to read of a log, and what cannot be found. */
#include "watchdog/read/track.h"

#include <stdlib.h>

#include "common/base/xmem.h"
#include "watchdog/read/track_match.h"

/* ---- the plan --------------------------------------------------------- */

/* The generation that had the name at the last look; TRACK_NONE. */
static size_t
was_live(const struct track *t)
{
	for (size_t g = t->n; g-- > 0;)
		if (t->known[g] && t->g[g].state == GENERATION_LIVE)
			return g;
	return TRACK_NONE;
}

/* The file that has the name now. */
static const struct track_file *
live_file(const struct track *t)
{
	for (size_t i = 0; i < t->nf; i++)
		if (t->f[i].live)
			return &t->f[i];
	return NULL;
}

static bool
is_live_now(const struct track *t, size_t g)
{
	return t->file[g] != TRACK_NONE && t->f[t->file[g]].live;
}

/* The server's file was emptied and is written to from its beginning: what it
 * had is in a copy, at best. */
static bool
was_truncated(const struct track *t)
{
	const struct track_file *f = live_file(t);
	size_t g = was_live(t);

	return f != NULL && g != TRACK_NONE && f->g != g &&
	    track_same_file(&t->g[g].cursor, f);
}

/* Something new that has lines, and is not the log itself. */
static bool
found_new(const struct track *t)
{
	for (size_t g = 0; g < t->n; g++)
		if (!t->known[g] && !t->g[g].before &&
		    t->g[g].state != GENERATION_COPY && !is_live_now(t, g))
			return true;
	return false;
}

static void
find_gaps(struct track *t)
{
	const struct generation *g;

	t->gap = xcalloc(t->n + 1, sizeof *t->gap);
	for (size_t i = 0; i < t->n; i++) {
		g = &t->g[i];
		if (t->file[i] != TRACK_NONE || !generation_is_watched(g))
			continue;
		/* A renamed one that had been read to its end is thrown away
		 * one day. */
		if (g->state == GENERATION_OLD &&
		    (g->before ||
			(!g->packed && g->cursor.size <= g->cursor.offset)))
			continue;
		/* Of one that was not begun nothing but the inode is known. */
		if (g->cursor.offset == 0 && found_new(t))
			continue;
		t->gap[t->ngaps++] = (struct track_gap){ i,
			g->state == GENERATION_LIVE && was_truncated(t) ?
			    GAP_TRUNCATED :
			    GAP_GONE };
	}
}

static bool
is_unread(const struct track *t, size_t g)
{
	const struct generation *gen = &t->g[g];
	const struct track_file *f;

	if (t->file[g] == TRACK_NONE || gen->state == GENERATION_COPY)
		return false;
	f = &t->f[t->file[g]];
	if (!t->known[g])
		return !gen->before;
	if (!f->packed)
		return f->size > gen->cursor.offset;
	/* of a compressed file only its end tells how much is in it */
	return !(gen->packed && gen->state == GENERATION_DONE) && !gen->before;
}

/* The order of writing: known generations as they were born, those found now
 * by their age, the live one last.  An empty file that was known may have been
 * filled, copied and emptied again: it is as old as its time says. */
static bool
is_before(const struct track *t, size_t a, size_t b)
{
	bool fixed_a = t->known[a] && t->g[a].cursor.offset > 0;
	bool fixed_b = t->known[b] && t->g[b].cursor.offset > 0;

	if (is_live_now(t, a) || is_live_now(t, b))
		return !is_live_now(t, a);
	if (fixed_a != fixed_b)
		return fixed_a;
	if (fixed_a)
		return a < b;
	return track_by_age(&t->f[t->file[a]], &t->f[t->file[b]]) < 0;
}

static void
insert_part(struct track *t, struct track_part p)
{
	size_t i = t->nparts++;

	for (; i > 0 && is_before(t, p.g, t->part[i - 1].g); i--)
		t->part[i] = t->part[i - 1];
	t->part[i] = p;
}

/* Did the writer of a generation that is read from its beginning come from the
 * one of part i?  None that is there was born between them. */
static bool
is_next(const struct track *t, size_t i, size_t g)
{
	if (t->g[g].cursor.offset > 0)
		return false;
	for (size_t k = g; k-- > 0;)
		if (t->file[k] != TRACK_NONE &&
		    t->g[k].state != GENERATION_COPY)
			return k == t->part[i].g;
	return false;
}

static void
make_parts(struct track *t)
{
	bool truncated = was_truncated(t);
	struct track_part *p;

	t->part = xcalloc(t->n + 1, sizeof *t->part);
	for (size_t g = 0; g < t->n; g++)
		if (is_unread(t, g))
			insert_part(t,
			    (struct track_part){ g, t->file[g],
				t->known[g] &&
				    track_still(&t->g[g].cursor,
					&t->f[t->file[g]], t->now),
				false, false, false });
	for (size_t i = 0; i < t->nparts; i++) {
		p = &t->part[i];
		p->finished = !is_live_now(t, p->g) && live_file(t) != NULL &&
		    (p->still || t->f[p->file].packed ||
			(truncated &&
			    !track_same_file(&t->g[p->g].cursor,
				&t->f[p->file])) ||
			(truncated && !t->known[p->g]));
		p->joins = i > 0 && is_next(t, i - 1, p->g);
		p->torn = p->joins && truncated;
		/* the server has closed that one */
		if (p->joins && t->f[p->file].size > 0)
			t->part[i - 1].finished = true;
	}
}

bool
track(struct track *t)
{
	if (!track_match(t))
		return false;
	find_gaps(t);
	make_parts(t);
	return true;
}

void
track_free(struct track *t)
{
	free(t->known);
	free(t->file);
	free(t->part);
	free(t->gap);
}

/* ---- afterwards ------------------------------------------------------- */

/* A copy of what was not read to its end is not known as one any more: when
 * that is emptied, it is all that there is. */
static bool
is_safe_copy(const struct track *t, size_t g, const bool *left)
{
	const struct track_file *f = &t->f[t->file[g]];
	size_t original = t->f[f->of].g;

	if (t->known[g] || original == g)
		return true;
	return original != TRACK_NONE &&
	    (!left[original] ||
		(!f->packed && f->size <= t->g[original].cursor.offset));
}

static bool
is_renamed(const struct track *t, size_t g)
{
	return t->file[g] != TRACK_NONE && !is_live_now(t, g) &&
	    t->g[g].state != GENERATION_COPY && !t->f[t->file[g]].packed;
}

/* Is a server more likely to write into renamed file a?  Into the one that had
 * the name; else into that which was written to last. */
static bool
is_warmer(const struct track *t, size_t a, size_t b)
{
	int64_t ma = t->f[t->file[a]].mtime, mb = t->f[t->file[b]].mtime;
	size_t live = was_live(t);

	if (a == live || b == live)
		return a == live;
	return ma != mb ? ma > mb : a > b;
}

static bool
is_warm(const struct track *t, size_t g)
{
	size_t warmer = 0;

	for (size_t i = 0; i < t->n; i++)
		if (i != g && is_renamed(t, i) && is_warmer(t, i, g))
			warmer++;
	return warmer < TRACK_OLD;
}

static enum generation_state
state_of(const struct track *t, size_t g, const bool *left)
{
	if (t->file[g] == TRACK_NONE)
		return GENERATION_GONE;
	if (t->g[g].state == GENERATION_COPY)
		return is_safe_copy(t, g, left) ? GENERATION_COPY :
						  GENERATION_GONE;
	if (is_live_now(t, g))
		return GENERATION_LIVE;
	if (left[g] || (is_renamed(t, g) && is_warm(t, g)))
		return GENERATION_OLD;
	return GENERATION_DONE;
}

void
track_settle(struct track *t, const bool *left)
{
	enum generation_state *now = xcalloc(t->n + 1, sizeof *now);
	size_t newest = TRACK_NONE;

	for (size_t g = 0; g < t->n; g++)
		now[g] = state_of(t, g, left);
	for (size_t g = 0; g < t->n; g++) {
		if (now[g] == GENERATION_OLD &&
		    (newest == TRACK_NONE || is_warmer(t, g, newest)))
			newest = g;
	}
	/* The server writes into the newest until it makes a new file. */
	if (live_file(t) == NULL && newest != TRACK_NONE)
		now[newest] = GENERATION_LIVE;
	for (size_t g = 0; g < t->n; g++)
		t->g[g].state = now[g];
	free(now);
}
