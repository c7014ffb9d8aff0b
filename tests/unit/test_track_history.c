/* SPDX-License-Identifier: ISC */
/*
 * Random histories of a log, its server and its rotator, in memory: whatever
 * they do and whenever the runs come, every line is read exactly once, and
 * nothing is called missing that is not.  TRACK_HISTORIES says how many.
 */
#include "watchdog/read/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "tests/unit/track_world.h"

#define HISTORIES 8000
#define STEPS 60
#define HEAD 4 /* lines that are hashed */
#define TAIL 2

static int gaps, runs;

/* ---- a run ------------------------------------------------------------ */

static struct hash
hash_lines(const struct file *f, int64_t from, int64_t n)
{
	return hash_bytes(f->line + from, (size_t)n * sizeof *f->line);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static struct file *
file_of(const struct track *t, size_t file)
{
	struct history *h = t->ask.arg;

	return &h->file[t->f[file].id];
}

static enum track_answer
ask_holds(void *arg, size_t id, const struct generation *g)
{
	const struct file *f = &((struct history *)arg)->file[id];
	const struct cursor *c = &g->cursor;
	int64_t tail = least(c->offset, TAIL);

	if (c->offset == 0 || c->head_len < 0)
		return f->ino == c->ino ? TRACK_YES : TRACK_NO;
	if (f->n < c->offset)
		return f->partial ? TRACK_LATER : TRACK_NO;
	return hash_equal(hash_lines(f, 0, c->head_len), c->head) &&
		hash_equal(hash_lines(f, c->offset - tail, tail), c->tail) ?
	    TRACK_YES :
	    TRACK_NO;
}

static enum track_answer
ask_begins(void *arg, size_t a, size_t b)
{
	const struct file *f = ((struct history *)arg)->file;
	const struct file *fa = &f[a], *fb = &f[b];

	if (fa->n > fb->n ||
	    memcmp(fa->line, fb->line, (size_t)fa->n * sizeof *fa->line) != 0)
		return TRACK_NO;
	if (fa->partial)
		return TRACK_LATER;
	return fa->n > 0 ? TRACK_YES : TRACK_NO;
}

static void
set_cursor(struct generation *g, const struct file *f, int64_t offset)
{
	int64_t tail = least(offset, TAIL);

	g->cursor.dev = f->dev;
	g->cursor.ino = f->ino;
	g->cursor.handle = f->handle;
	g->cursor.size = f->n;
	g->cursor.mtime = f->mtime;
	g->cursor.offset = offset;
	g->cursor.head_len = least(offset, HEAD);
	g->cursor.head = hash_lines(f, 0, g->cursor.head_len);
	g->cursor.tail = hash_lines(f, offset - tail, tail);
	g->packed = f->packed;
}

static enum track_answer
ask_take(void *arg, size_t id, struct generation *g)
{
	const struct file *f = &((struct history *)arg)->file[id];

	set_cursor(g, f, f->n);
	return TRACK_YES;
}

static void
observe(struct history *h, struct track *t)
{
	struct file *f;

	for (int i = 0; i < MAX_FILES; i++) {
		f = &h->file[i];
		if (!f->used)
			continue;
		t->f[t->nf++] = (struct track_file){
			.dev = f->dev,
			.ino = f->ino,
			.handle = f->handle,
			.size = f->n,
			.mtime = f->mtime,
			.path = f->name,
			.id = (size_t)i,
			.live = f->live,
			.packed = f->packed,
		};
	}
}

static void
read_lines(struct history *h, const struct file *f, int64_t from, int64_t to)
{
	for (int64_t i = from; i < to; i++) {
		if (f->line[i] == HEADER)
			continue;
		if (h->seen[f->line[i]]++ != 0)
			fail_msg("line %d twice, seed %u: %s", f->line[i],
			    h->first_seed, track_tale(h));
	}
}

static void
tell_look(struct history *h, const struct track *t)
{
	buf_adds(&h->story, "[");
	for (size_t g = 0; g < t->n; g++)
		buf_addf(&h->story, " %zu:%d%s@%lld=%s", g, t->g[g].state,
		    t->g[g].before ? "b" : "", (long long)t->g[g].cursor.offset,
		    t->file[g] == TRACK_NONE ? "-" : t->f[t->file[g]].path);
	buf_adds(&h->story, " |");
	for (size_t i = 0; i < t->nparts; i++)
		buf_addf(&h->story, " %zu", t->part[i].g);
	buf_adds(&h->story, "]");
}

/* Reads the parts, to a random place if the deadline comes. */
static void
read_parts(struct history *h, struct track *t, bool *left)
{
	bool cut = track_any(h, 5) == 0, over = false;
	const struct file *f;
	struct generation *g;
	int64_t to;

	for (size_t i = 0; i < t->nparts; i++) {
		g = &t->g[t->part[i].g];
		f = file_of(t, t->part[i].file);
		if (cut && track_any(h, 3) == 0)
			over = true;
		to = over ? g->cursor.offset +
			(int64_t)track_any(h,
			    (unsigned)(f->n - g->cursor.offset) + 1) :
			    f->n;
		if (over && i > 0 && track_any(h, 2) == 0)
			to = g->cursor.offset;
		read_lines(h, f, g->cursor.offset, to);
		left[t->part[i].g] = to < f->n || f->partial;
		set_cursor(g, f, to);
		if (over)
			cut = true;
	}
}

static void
look(struct history *h)
{
	struct track_file f[MAX_FILES];
	struct track t = { .g = h->g,
		.n = h->ng,
		.f = f,
		.now = h->clock,
		.ask = { h, ask_holds, ask_begins, ask_take } };
	bool left[MAX_GENERATIONS] = { false };

	runs++;
	buf_adds(&h->story, " RUN");
	assert_true(h->ng + MAX_FILES < MAX_GENERATIONS);
	observe(h, &t);
	if (track(&t)) {
		tell_look(h, &t);
		gaps += (int)t.ngaps;
		read_parts(h, &t, left);
		for (size_t g = 0; g < t.n; g++) {
			if (t.file[g] == TRACK_NONE)
				continue;
			/* unread: looked at, no more */
			h->g[g].cursor.dev = file_of(&t, t.file[g])->dev;
			h->g[g].cursor.ino = file_of(&t, t.file[g])->ino;
			h->g[g].cursor.handle = file_of(&t, t.file[g])->handle;
			h->g[g].cursor.size = file_of(&t, t.file[g])->n;
			h->g[g].cursor.mtime = file_of(&t, t.file[g])->mtime;
		}
		track_settle(&t, left);
		h->ng = t.n;
		h->unread_rotations = 0;
		for (size_t g = 0; g < t.n; g++)
			if (left[g])
				h->unread_rotations = KEEP;
	}
	track_free(&t);
}

/* ---- histories -------------------------------------------------------- */

static void
step(struct history *h)
{
	switch (track_any(h, 20)) {
	case 0:
		track_rotate(h, true);
		break;
	case 1:
		track_rotate(h, false);
		break;
	case 2:
		track_copytruncate(h, 0);
		break;
	case 3:
		track_copytruncate(h, 1 + (int)track_any(h, 2));
		break;
	case 4:
	case 5:
		track_reopen(h);
		break;
	case 6:
		track_compress(h, false);
		break;
	case 7:
		track_compress(h, true);
		break;
	case 8:
		track_new_inode(h,
		    track_any(h, 2) ? track_some_rotated(h) : track_live(h));
		break;
	case 9:
		if (track_any(h, 5) == 0)
			track_new_device(h);
		break;
	case 10:
	case 11:
	case 12:
	case 13:
		look(h);
		break;
	default:
		track_say(h);
	}
}

static void
settle(struct history *h)
{
	for (int i = 0; i < 12; i++)
		look(h);
	for (int i = 0; i < h->lines; i++)
		if (h->seen[i] != 1)
			fail_msg("line %d of %d was lost, seed %u: %s", i,
			    h->lines, h->first_seed, track_tale(h));
}

static void
live_through(struct history *h, unsigned seed)
{
	memset(h, 0, sizeof *h);
	h->seed = h->first_seed = seed;
	h->look = look;
	h->server = -1;
	h->clock = 1000000;
	/* Where there are no handles, a reused inode with nothing but a header
	 * in it cannot be told from the file that it was. */
	h->handles = track_any(h, 4) != 0;
	h->headers = h->handles && track_any(h, 3) == 0;
	h->dates = track_any(h, 3) == 0;
	h->next_ino = 100;
	h->dev = 1;
	buf_init(&h->story, 1 << 16);
	buf_addf(&h->story, " seed %u%s%s:", seed, h->headers ? " headers" : "",
	    h->handles ? "" : " no-handles");
	track_reopen(h);
	if (track_any(h, 2) == 0)
		track_say(h);
	look(h);
	for (int k = 0; k < STEPS; k++)
		step(h);
	settle(h);
	buf_free(&h->story);
}

static void
histories(void **state)
{
	const char *many = getenv("TRACK_HISTORIES");
	unsigned n = many != NULL ? (unsigned)strtoul(many, NULL, 10) :
				    HISTORIES;
	struct history *h = xcalloc(1, sizeof *h);

	(void)state;
	for (unsigned i = 0; i < n; i++)
		live_through(h, i);
	print_message("%u histories, %d runs: 0 lines lost, 0 repeated, %d "
		      "false gaps\n",
	    n, runs, gaps);
	assert_true((unsigned)gaps * 100 <= n);
	free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
