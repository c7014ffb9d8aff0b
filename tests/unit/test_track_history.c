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

#include "common/base/buf.h"
#include "common/base/xmem.h"

#define HISTORIES 20000
#define STEPS 60
#define MAX_LINES 2048
#define MAX_FILES 48
#define MAX_GENERATIONS 256
#define KEEP 9
#define HEADER (-1) /* a line that every file begins with, in some histories */
#define HEAD 4      /* lines that are hashed: here a line is a byte */
#define TAIL 2
#define SECOND INT64_C(1000000000)

struct file {
	bool used, packed, live;
	bool partial; /* its last line is still being written */
	int age;      /* N of .N; 0: the log itself */
	char name[24];
	uint64_t dev, ino, handle;
	int64_t mtime;
	int n;
	int line[MAX_LINES];
};

struct history {
	unsigned seed, first_seed;
	struct file file[MAX_FILES];
	int server; /* index of the file that it has open, -1 */
	int lines, generation;
	bool stale;   /* renamed under the server's hands */
	bool headers; /* each file begins alike */
	bool handles; /* the file system has them */
	bool dates;   /* .N does not tell the age */
	int unread_rotations;
	uint64_t next_ino, free_ino[MAX_FILES], dev;
	size_t nfree;
	int64_t clock; /* s */
	struct generation g[MAX_GENERATIONS];
	size_t ng;
	uint8_t seen[MAX_LINES];
	struct buf story;
};

static int gaps, runs;

static unsigned
any(struct history *h, unsigned n)
{
	return (unsigned)rand_r(&h->seed) % n;
}

/* The end of what happened, for the one who has to mend it. */
static const char *
tale(const struct history *h)
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

static struct file *
live(struct history *h)
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

static void
reopen(struct history *h)
{
	struct file *f = live(h);

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

static void
say(struct history *h)
{
	struct file *f = &h->file[h->server];
	int n = 1 + (int)any(h, any(h, 4) == 0 ? 12 : 3);

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
	return !h->stale && live(h) != NULL && h->unread_rotations < KEEP - 3;
}

static void
rotate(struct history *h, bool create)
{
	struct file *f = live(h);

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

static void look(struct history *);

static void
copytruncate(struct history *h, int meanwhile)
{
	struct file *f = live(h), *copy;

	if (!may_rotate(h))
		return;
	shift(h);
	copy = new_file(h);
	copy->age = 1;
	name_file(h, copy);
	copy_lines(copy, f, meanwhile == 2 ? f->n / 2 : f->n);
	buf_adds(&h->story, " copy");
	if (meanwhile != 0) {
		look(h);
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
static struct file *
some_rotated(struct history *h)
{
	struct file *f;

	for (int i = 0; i < 6; i++) {
		f = &h->file[any(h, MAX_FILES / 4)];
		if (f->used && !f->live && !f->packed &&
		    (int)(f - h->file) != h->server)
			return f;
	}
	return NULL;
}

static void
compress(struct history *h, bool slowly)
{
	struct file *f = some_rotated(h), *z;

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
		look(h);
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
static void
new_inode(struct history *h, struct file *f)
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

static void
new_device(struct history *h)
{
	if (!h->handles)
		return; /* an empty log would be another one */
	h->dev++;
	for (int i = 0; i < MAX_FILES; i++)
		h->file[i].dev = h->dev;
	buf_adds(&h->story, " new-device");
}

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
			    h->first_seed, tale(h));
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
	bool cut = any(h, 5) == 0, over = false;
	const struct file *f;
	struct generation *g;
	int64_t to;

	for (size_t i = 0; i < t->nparts; i++) {
		g = &t->g[t->part[i].g];
		f = file_of(t, t->part[i].file);
		if (cut && any(h, 3) == 0)
			over = true;
		to = over ? g->cursor.offset +
			(int64_t)any(h,
			    (unsigned)(f->n - g->cursor.offset) + 1) :
			    f->n;
		if (over && i > 0 && any(h, 2) == 0)
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
	switch (any(h, 20)) {
	case 0:
		rotate(h, true);
		break;
	case 1:
		rotate(h, false);
		break;
	case 2:
		copytruncate(h, 0);
		break;
	case 3:
		copytruncate(h, 1 + (int)any(h, 2));
		break;
	case 4:
	case 5:
		reopen(h);
		break;
	case 6:
		compress(h, false);
		break;
	case 7:
		compress(h, true);
		break;
	case 8:
		new_inode(h, any(h, 2) ? some_rotated(h) : live(h));
		break;
	case 9:
		if (any(h, 5) == 0)
			new_device(h);
		break;
	case 10:
	case 11:
	case 12:
	case 13:
		look(h);
		break;
	default:
		say(h);
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
			    h->lines, h->first_seed, tale(h));
}

static void
live_through(struct history *h, unsigned seed)
{
	memset(h, 0, sizeof *h);
	h->seed = h->first_seed = seed;
	h->server = -1;
	h->clock = 1000000;
	/* Where there are no handles, a reused inode with nothing but a header
	 * in it cannot be told from the file that it was. */
	h->handles = any(h, 4) != 0;
	h->headers = h->handles && any(h, 3) == 0;
	h->dates = any(h, 3) == 0;
	h->next_ino = 100;
	h->dev = 1;
	buf_init(&h->story, 1 << 16);
	buf_addf(&h->story, " seed %u%s%s:", seed, h->headers ? " headers" : "",
	    h->handles ? "" : " no-handles");
	reopen(h);
	if (any(h, 2) == 0)
		say(h);
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
