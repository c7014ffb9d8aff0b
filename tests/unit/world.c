/* SPDX-License-Identifier: ISC */
/* What the tests of rotation share. */
#define _GNU_SOURCE /* nftw */
#include "tests/unit/world.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "watchdog/read/input.h"
#include "watchdog/read/reader.h"

char *
world_in(const struct world *w, const char *name)
{
	static char path[4][128];
	static int i;
	char *p = path[i++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", w->dir, name);
	return p;
}

int
world_setup(void **state)
{
	struct world *w = xcalloc(1, sizeof *w);

	snprintf(w->dir, sizeof w->dir, "/tmp/test_source.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->path = xstrdup(world_in(w, "error.log"));
	w->olddir[0] = xstrdup(world_in(w, "old"));
	assert_int_equal(mkdir(w->olddir[0], 0700), 0);
	w->clock = 1000000;
	buf_init(&w->got, 1 << 20);
	*state = w;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
world_teardown(void **state)
{
	struct world *w = *state;

	nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	buf_free(&w->got);
	free(w->path);
	free(w->olddir[0]);
	free(w->old_path);
	free(w);
	return 0;
}

/* One second later, by the file's time. */
void
world_stamp(struct world *w, const char *path)
{
	struct timespec t[2] = { { ++w->clock, 0 }, { w->clock, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

void
world_append(struct world *w, const char *name, const char *text)
{
	int fd = open(world_in(w, name), O_WRONLY | O_APPEND | O_CREAT, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	world_stamp(w, world_in(w, name));
}

/* So much that head and tail do not meet. */
void
world_append_much(struct world *w, const char *name, const char *what)
{
	char line[64];
	struct buf b;

	buf_init(&b, 1 << 16);
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof line, "%s %d of many\n", what, i);
		buf_adds(&b, line);
	}
	world_append(w, name, buf_str(&b));
	buf_free(&b);
}

void
world_move(struct world *w, const char *from, const char *to)
{
	assert_int_equal(rename(world_in(w, from), world_in(w, to)), 0);
}

void
world_copy(struct world *w, const char *from, const char *to)
{
	char p[65536];
	FILE *f = fopen(world_in(w, from), "r"),
	     *t = fopen(world_in(w, to), "w");
	size_t n;

	assert_true(f != NULL && t != NULL);
	while ((n = fread(p, 1, sizeof p, f)) > 0)
		assert_int_equal(fwrite(p, 1, n, t), n);
	fclose(f);
	fclose(t);
	world_stamp(w, world_in(w, to));
}

void
world_truncate(struct world *w, const char *name)
{
	assert_int_equal(truncate(world_in(w, name), 0), 0);
	world_stamp(w, world_in(w, name));
}

static int
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static bool
same_cursor(const struct cursor *a, const struct cursor *b)
{
	return a->offset == b->offset && a->offset > 0 &&
	    hash_equal(a->head, b->head) && hash_equal(a->tail, b->tail);
}

/* Reads a part and moves the cursors; stop: the deadline strikes in it. */
static void
read_part(struct world *w, struct source_part *p, bool stop)
{
	int64_t end = stop ?
	    p->cursor.offset + (p->end - p->cursor.offset) / 2 :
	    p->end;
	struct input *in = input_file(p->fd);
	struct reader *r = reader_new(in, p->cursor.offset, end,
	    p->finished && !stop);
	struct lines l;
	struct cursor c;
	const char *s;
	size_t n;

	while (reader_next(r, &l) == READER_LINES_READ) {
		for (size_t i = 0; i < l.n; i++) {
			s = lines_at(&l, i, &n);
			buf_add(&w->got, s, n);
			buf_addc(&w->got, '\n');
		}
	}
	assert_true(source_cursor(p->fd, reader_offset(r), &c));
	if ((w->has_old && same_cursor(&p->cursor, &w->old)) ||
	    (!p->live && !stop)) {
		w->old = c;
		w->has_old = true;
		free(w->old_path);
		w->old_path = xstrdup(p->path);
	} else {
		w->live = c;
		w->has_live = true;
	}
	reader_free(r);
	input_free(in);
}

/* stop_at: the part in which the deadline strikes, -1 for none. */
void
world_run_until(struct world *w, int stop_at)
{
	int files = open_files();

	buf_reset(&w->got);
	source_plan(w->path, w->olddir, w->has_live ? &w->live : NULL,
	    w->has_old ? &w->old : NULL, w->old_path, &w->plan);
	assert_true(!w->plan.idle || w->plan.n == 0);
	for (size_t i = 0; i < w->plan.n; i++) {
		assert_true(!w->plan.part[i].live || i + 1 == w->plan.n);
		read_part(w, &w->plan.part[i], (int)i == stop_at);
		if ((int)i == stop_at)
			break;
	}
	source_plan_free(&w->plan);
	assert_int_equal(open_files(), files);
}

/* A run without trouble or gap that reads exactly this. */
void
world_run(struct world *w, const char *expected)
{
	world_run_until(w, -1);
	assert_string_equal(buf_str(&w->got), expected);
	assert_int_equal(w->plan.trouble, SOURCE_OK);
	assert_int_equal(w->plan.gap, SOURCE_NO_GAP);
}

void
world_run_idle(struct world *w)
{
	world_run(w, "");
	assert_true(w->plan.idle);
}

void
world_run_gap(struct world *w, enum source_gap gap, const char *expected)
{
	world_run_until(w, -1);
	assert_string_equal(buf_str(&w->got), expected);
	assert_int_equal(w->plan.trouble, SOURCE_OK);
	assert_int_equal(w->plan.gap, gap);
}
