/* SPDX-License-Identifier: ISC */
/* Which file is which generation: found, or nobody knows it. */
#include "watchdog/read/track_match.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"

#define SECOND INT64_C(1000000000)
/* A file that was last written to so long before the last look is none that
 * was born since, by whatever clock. */
#define LONG_AGO (86400 * SECOND)
/* What is cut short and so old is not being written any more. */
#define PATIENCE (3600 * SECOND)

bool
track_same_file(const struct cursor *c, const struct track_file *f)
{
	if (c->ino != f->ino)
		return false;
	/* the device's number may be another after a reboot */
	if (c->handle != 0 && f->handle != 0)
		return c->handle == f->handle;
	return c->dev == f->dev;
}

bool
track_unchanged(const struct cursor *c, const struct track_file *f)
{
	return c->size == f->size && c->mtime == f->mtime;
}

bool
track_still(const struct cursor *c, const struct track_file *f, int64_t now)
{
	return track_unchanged(c, f) && f->mtime / SECOND <= now - TRACK_STILL;
}

/* What was asked; an answer other than yes and no is kept. */
static bool
yes(struct track *t, enum track_answer a, const struct track_file *f)
{
	if (a == TRACK_ERROR)
		t->answer = TRACK_ERROR;
	else if (a == TRACK_LATER && t->answer != TRACK_ERROR &&
	    f->mtime > t->now * SECOND - PATIENCE)
		t->answer = TRACK_LATER;
	return a == TRACK_YES;
}

static bool
holds(struct track *t, size_t file, size_t g)
{
	return yes(t, t->ask.holds(t->ask.arg, t->f[file].id, &t->g[g]),
	    &t->f[file]);
}

static void
match(struct track *t, size_t file, size_t g)
{
	t->f[file].g = g;
	t->file[g] = file;
}

/* ---- by the file, confirmed by what is in it -------------------------- */

/* The file of a generation, whatever is in it now; TRACK_NONE. */
static size_t
same_file(const struct track *t, size_t g)
{
	for (size_t i = 0; i < t->nf; i++)
		if (t->f[i].g == TRACK_NONE &&
		    t->f[i].packed == t->g[g].packed &&
		    track_same_file(&t->g[g].cursor, &t->f[i]))
			return i;
	return TRACK_NONE;
}

/* An inode's number can come back where there are no handles: on a copy, of
 * all things.  What has the name and the content is the log. */
static bool
match_live(struct track *t, size_t g)
{
	for (size_t i = 0; i < t->nf; i++)
		if (t->f[i].live && t->f[i].g == TRACK_NONE && holds(t, i, g)) {
			match(t, i, g);
			return true;
		}
	return false;
}

/* Is it the file, and no other one that has its inode? */
static bool
is_certain(const struct track *t, size_t g, size_t file)
{
	return t->g[g].cursor.handle != 0 &&
	    (file == TRACK_NONE || t->f[file].handle != 0);
}

static void
match_by_file(struct track *t, size_t g)
{
	const struct generation *gen = &t->g[g];
	size_t file;

	if (gen->state == GENERATION_GONE || gen->state == GENERATION_COPY ||
	    gen->cursor.offset == 0)
		return;
	file = same_file(t, g);
	if (gen->state == GENERATION_LIVE && !is_certain(t, g, file) &&
	    match_live(t, g))
		return;
	if (file != TRACK_NONE &&
	    (track_unchanged(&gen->cursor, &t->f[file]) || holds(t, file, g)))
		match(t, file, g);
}

/* ---- by what is in it ------------------------------------------------- */

/* May the file be a generation of which nothing was read so far?  What was
 * compressed to its end does not change. */
static bool
may_be_empty(const struct track *t, size_t g, const struct track_file *f)
{
	const struct generation *gen = &t->g[g];

	return t->file[g] == TRACK_NONE && gen->state < GENERATION_GONE &&
	    gen->packed == f->packed && gen->cursor.offset == 0 &&
	    track_same_file(&gen->cursor, f) &&
	    (f->packed || f->size >= gen->cursor.size) &&
	    (!f->packed || gen->state != GENERATION_DONE ||
		track_unchanged(&gen->cursor, f));
}

/* That generation, TRACK_NONE: there is none. */
static size_t
was_empty(const struct track *t, size_t file)
{
	for (size_t g = 0; g < t->n; g++)
		if (may_be_empty(t, g, &t->f[file]))
			return g;
	return TRACK_NONE;
}

/* Is so much known of it that no other log begins so? */
static bool
is_more_than_head(const struct generation *g)
{
	return g->cursor.offset > g->cursor.head_len;
}

/* Last written to when the generation was. */
static bool
has_time(const struct generation *g, const struct track_file *f)
{
	return f->mtime / SECOND == g->cursor.mtime / SECOND;
}

/* As it was, but for its inode: moved, or restored. */
static bool
is_twin(const struct generation *g, const struct track_file *f)
{
	return g->packed == f->packed && track_unchanged(&g->cursor, f);
}

/* Is file a the better one to go on with, if both hold a generation?  One that
 * is no other's; one as old, and of a generation that was rotated already one
 * as long, as it was; one that was rotated, for two days' logs can begin and
 * end alike; then one that costs no decompressing, then the longer one, then
 * the older one. */
static bool
is_better(const struct track *t, const struct generation *g, size_t fa,
    size_t fb)
{
	const struct track_file *a = &t->f[fa], *b = &t->f[fb];
	bool free_a = was_empty(t, fa) == TRACK_NONE;
	bool free_b = was_empty(t, fb) == TRACK_NONE;
	bool exact = g->state != GENERATION_LIVE && !g->packed;

	if (free_a != free_b)
		return free_a;
	if (has_time(g, a) != has_time(g, b))
		return has_time(g, a);
	if (exact && !a->packed && !b->packed &&
	    (a->size == g->cursor.size) != (b->size == g->cursor.size))
		return a->size == g->cursor.size;
	if (a->live != b->live)
		return is_more_than_head(g) ? b->live : a->live;
	if (a->packed != b->packed)
		return b->packed;
	if (!a->packed && a->size != b->size)
		return a->size > b->size;
	return a->mtime < b->mtime;
}

/* Could the file be a copy of x?  Of two that are the same, and that nobody
 * knows, the second one is. */
static bool
may_be_copy(const struct track *t, size_t file, size_t of)
{
	const struct track_file *f = &t->f[file], *x = &t->f[of];
	bool first = of > file && x->g == TRACK_NONE && !x->live;

	if (of == file || x->copy || x->doubtful || x->size == 0)
		return false;
	if (f->packed)
		return !(x->packed && first);
	return !x->packed && f->size <= x->size &&
	    !(f->size == x->size && first);
}

/* Is the file a copy of another one that is there: a rotation by copying, or
 * compressing, that is under way? */
static bool
is_copy(struct track *t, size_t file)
{
	enum track_answer a;

	if (t->f[file].size == 0 && !t->f[file].packed)
		return false;
	for (size_t i = 0; i < t->nf; i++) {
		if (!may_be_copy(t, file, i))
			continue;
		a = t->ask.begins(t->ask.arg, t->f[file].id, t->f[i].id);
		if (a == TRACK_ERROR)
			t->answer = a;
		/* cut short, but so far the same: it is being written */
		if (a == TRACK_YES || a == TRACK_LATER) {
			t->f[file].of = i;
			return true;
		}
	}
	return false;
}

/* The best of the unmatched files that hold it.  What is only a copy of
 * another file is none, if it can be helped: a file with a few bytes is held
 * by many. */
static size_t
best_holder(struct track *t, size_t g, bool copies)
{
	const struct track_file *f;
	size_t best = TRACK_NONE;

	for (size_t i = 0; i < t->nf; i++) {
		f = &t->f[i];
		/* a header alone makes no rotated one the log again */
		if (f->live && t->g[g].state != GENERATION_LIVE &&
		    !is_more_than_head(&t->g[g]))
			continue;
		if (f->g == TRACK_NONE &&
		    (f->packed || f->size >= t->g[g].cursor.offset) &&
		    holds(t, i, g) &&
		    (best == TRACK_NONE || is_better(t, &t->g[g], i, best)) &&
		    (copies || f->live || is_twin(&t->g[g], f) ||
			!is_copy(t, i)))
			best = i;
	}
	return best;
}

static void
match_by_content(struct track *t, size_t g)
{
	size_t best = best_holder(t, g, false);

	if (best == TRACK_NONE && t->g[g].state == GENERATION_LIVE)
		best = best_holder(t, g, true);
	if (best != TRACK_NONE)
		match(t, best, g);
}

static bool
is_free(const struct track *t, size_t g)
{
	const struct generation *gen = &t->g[g];

	/* Of an empty file, or one whose hashes could not be read, nothing is
	 * known but the inode. */
	return t->file[g] == TRACK_NONE && gen->state != GENERATION_COPY &&
	    gen->cursor.offset > 0 && gen->cursor.head_len >= 0;
}

static bool
has_free_file(const struct track *t)
{
	for (size_t i = 0; i < t->nf; i++)
		if (t->f[i].g == TRACK_NONE && !t->f[i].copy)
			return true;
	return false;
}

/* Those of which most is known first: what two generations begin with does not
 * tell them apart. */
static bool
is_first(const struct generation *a, const struct generation *b)
{
	if (a->cursor.offset != b->cursor.offset)
		return a->cursor.offset > b->cursor.offset;
	return a->state == GENERATION_LIVE && b->state != GENERATION_LIVE;
}

static void
match_contents(struct track *t)
{
	bool *asked = xcalloc(t->n + 1, sizeof *asked);
	size_t next;

	while (has_free_file(t)) {
		next = TRACK_NONE;
		for (size_t g = 0; g < t->n; g++)
			if (!asked[g] && is_free(t, g) &&
			    (next == TRACK_NONE ||
				is_first(&t->g[g], &t->g[next])))
				next = g;
		if (next == TRACK_NONE)
			break;
		asked[next] = true;
		match_by_content(t, next);
	}
	free(asked);
}

/* ---- those that nobody knows ------------------------------------------ */

/* A copy that was seen before and is as it was. */
static bool
is_known_copy(struct track *t, size_t file)
{
	const struct track_file *f = &t->f[file];

	for (size_t g = 0; g < t->n; g++)
		if (t->g[g].state == GENERATION_COPY &&
		    t->file[g] == TRACK_NONE &&
		    track_same_file(&t->g[g].cursor, f) &&
		    track_unchanged(&t->g[g].cursor, f)) {
			match(t, file, g);
			return true;
		}
	return false;
}

static int64_t
last_mtime(const struct track *t)
{
	int64_t last = INT64_MIN + LONG_AGO;

	for (size_t g = 0; g < t->n; g++)
		if (t->known[g] && generation_is_watched(&t->g[g]) &&
		    t->g[g].cursor.mtime > last)
			last = t->g[g].cursor.mtime;
	return last;
}

/* A generation of that file; its cursor is at its beginning. */
static struct generation *
add(struct track *t, size_t file, enum generation_state state)
{
	const struct track_file *f = &t->f[file];
	struct generation *g = &t->g[t->n];

	*g = (struct generation){
		.state = state,
		.packed = f->packed,
		.found = t->now,
		.cursor = { .dev = f->dev,
		    .ino = f->ino,
		    .handle = f->handle,
		    .size = f->size,
		    .mtime = f->mtime,
		    .head = hash_bytes("", 0),
		    .tail = hash_bytes("", 0) },
	};
	match(t, file, t->n++);
	return g;
}

/* It was there before the first look, or comes from then. */
static void
add_before(struct track *t, size_t file)
{
	struct generation *g = add(t, file, GENERATION_OLD);

	g->before = true;
	yes(t, t->ask.take(t->ask.arg, t->f[file].id, g), &t->f[file]);
}

/* Is what a generation has in another file only the begin of this one?  Then it
 * is a copy that somebody went on with; what is no more than a header does not
 * count. */
static bool
is_variant(struct track *t, size_t file)
{
	const struct track_file *f = &t->f[file];
	const struct cursor *c;

	for (size_t g = 0; g < t->n; g++) {
		c = &t->g[g].cursor;
		if (t->file[g] == TRACK_NONE || !t->known[g] ||
		    c->head_len < 0 || !is_more_than_head(&t->g[g]) ||
		    (!f->packed && f->size < c->offset) || !holds(t, file, g) ||
		    !yes(t,
			t->ask.begins(t->ask.arg, t->f[t->file[g]].id, f->id),
			f))
			continue;
		t->f[file].of = t->file[g];
		return true;
	}
	return false;
}

/* Was something of this log found under a name like "error.1.log"? */
static bool
rotates_so(const struct track *t)
{
	for (size_t i = 0; i < t->nf; i++)
		if (t->f[i].doubtful && t->f[i].g != TRACK_NONE &&
		    t->g[t->f[i].g].state != GENERATION_COPY)
			return true;
	return false;
}

static void
add_unknown(struct track *t, size_t file, int64_t last, bool first_sight)
{
	struct track_file *f = &t->f[file];
	size_t g = was_empty(t, file);

	if (is_known_copy(t, file)) {
		f->copy = true;
	} else if (f->doubtful && g == TRACK_NONE &&
	    (first_sight || !rotates_so(t))) {
		/* its name is not enough to read it for this log; what was
		 * there at first sight is not, in any case */
		f->copy = true;
		f->of = file;
		if (first_sight)
			add(t, file, GENERATION_COPY);
	} else if (first_sight) {
		add_before(t, file);
	} else if (is_copy(t, file) || is_variant(t, file)) {
		f->copy = true;
		add(t, file, GENERATION_COPY);
	} else if (g != TRACK_NONE) {
		match(t, file, g);
	} else if (f->mtime < last - LONG_AGO) {
		add_before(t, file);
	} else {
		add(t, file, GENERATION_OLD);
	}
}

/* The N of a name's ".N"; -1 if it ends otherwise, or in a date. */
static long
counter(const char *path)
{
	const char *dot = path;
	char *end;
	long n;

	while ((dot = strchr(dot, '.')) != NULL) {
		dot++;
		n = strtol(dot, &end, 10);
		if (*dot >= '0' && *dot <= '9' && end - dot <= 4 &&
		    (*end == '\0' || *end == '.'))
			return n;
	}
	return -1;
}

int
track_by_age(const void *va, const void *vb)
{
	const struct track_file *a = va, *b = vb;
	long na = counter(a->path), nb = counter(b->path);

	if (a->mtime != b->mtime)
		return a->mtime < b->mtime ? -1 : 1;
	if (na >= 0 && nb >= 0 && na != nb)
		return na > nb ? -1 : 1;
	return strcmp(a->path, b->path);
}

static void
find_unknown(struct track *t)
{
	bool first_sight = t->n == 0;
	int64_t last = last_mtime(t);
	size_t g;

	for (size_t i = 0; i < t->nf; i++)
		if (t->f[i].g == TRACK_NONE && !t->f[i].live && !t->f[i].copy)
			add_unknown(t, i, last, first_sight);
	for (size_t i = 0; i < t->nf; i++) {
		if (t->f[i].g != TRACK_NONE || !t->f[i].live)
			continue;
		g = was_empty(t, i);
		if (g != TRACK_NONE)
			match(t, i, g);
		else
			add(t, i, GENERATION_LIVE);
	}
}

/* The one with the log's name is the youngest, also if it was known, empty,
 * before copies of it were found. */
static void
live_last(struct track *t)
{
	struct generation live;
	size_t file, last = t->n - 1;
	bool known;

	for (size_t g = 0; g < last; g++) {
		file = t->file[g];
		if (file == TRACK_NONE || !t->f[file].live)
			continue;
		live = t->g[g];
		known = t->known[g];
		for (size_t k = g; k < last; k++) {
			t->g[k] = t->g[k + 1];
			t->known[k] = t->known[k + 1];
			t->file[k] = t->file[k + 1];
			if (t->file[k] != TRACK_NONE)
				t->f[t->file[k]].g = k;
		}
		t->g[last] = live;
		t->known[last] = known;
		match(t, file, last);
		break;
	}
}

bool
track_match(struct track *t)
{
	t->answer = TRACK_YES;
	t->known = xcalloc(t->n + t->nf + 1, sizeof *t->known);
	t->file = xcalloc(t->n + t->nf + 1, sizeof *t->file);
	for (size_t g = 0; g < t->n + t->nf; g++) {
		t->known[g] = g < t->n;
		t->file[g] = TRACK_NONE;
	}
	if (t->nf > 1)
		qsort(t->f, t->nf, sizeof *t->f, track_by_age);
	for (size_t i = 0; i < t->nf; i++) {
		t->f[i].g = TRACK_NONE;
		t->f[i].copy = false;
	}
	for (size_t g = 0; g < t->n; g++)
		match_by_file(t, g);
	match_contents(t);
	find_unknown(t);
	if (t->answer == TRACK_YES)
		live_last(t);
	return t->answer == TRACK_YES;
}
