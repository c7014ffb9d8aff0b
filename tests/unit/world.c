/* SPDX-License-Identifier: ISC */
/* What the tests of rotation share. */
#define _GNU_SOURCE /* nftw */
#include "tests/unit/world.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
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
	generations_free(w->g, w->n);
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

/* Reads a part; stop: the deadline strikes in it. */
static void
read_part(struct world *w, struct source_part *p, bool stop)
{
	int64_t end = stop ? p->from + (p->end - p->from) / 2 : p->end;
	struct reader *r = reader_new(p->in, p->from, end,
	    p->finished && p->still && !stop);
	enum reader_status status;
	struct lines l;
	const char *s;
	size_t n;

	while ((status = reader_next(r, &l)) == READER_LINES_READ) {
		for (size_t i = 0; i < l.n; i++) {
			s = lines_at(&l, i, &n);
			buf_add(&w->got, s, n);
			buf_addc(&w->got, '\n');
		}
	}
	p->ended = !stop;
	p->error = status == READER_ERROR ? errno : 0;
	p->next = reader_offset(r);
	reader_free(r);
}

/* stop_at: the part in which the deadline strikes, -1 for none. */
void
world_run_until(struct world *w, int stop_at)
{
	struct source_plan *plan = &w->plan;
	int files = open_files();

	buf_reset(&w->got);
	if (!source_quick(w->path, w->g, w->n, w->dir_mtime, plan))
		source_plan(w->path, w->olddir, w->g, w->n, w->clock, plan);
	assert_true(!plan->idle || plan->n == 0);
	for (size_t i = 0; i < plan->n; i++) {
		assert_true(!plan->part[i].live || i + 1 == plan->n);
		read_part(w, &plan->part[i], (int)i == stop_at);
		if ((int)i == stop_at)
			break;
	}
	if (w->meanwhile != NULL)
		w->meanwhile(w);
	source_settle(plan);
	w->trouble = plan->trouble;
	w->sys_errno = plan->sys_errno;
	w->idle = plan->idle;
	w->gap = plan->ngaps > 0 ? plan->gap[0].reason : GAP_NONE;
	w->dir_mtime = plan->dir_mtime;
	w->g = plan->g;
	w->n = plan->ng;
	for (size_t i = 0; i < w->n; i++)
		w->g[i].id = (int64_t)i + 1;
	plan->g = NULL;
	plan->ng = 0;
	source_plan_free(plan);
	assert_int_equal(open_files(), files);
}

/* A run without trouble or gap that reads exactly this. */
void
world_run(struct world *w, const char *expected)
{
	world_run_gap(w, GAP_NONE, expected);
}

void
world_run_idle(struct world *w)
{
	world_run(w, "");
	assert_true(w->idle);
}

void
world_run_gap(struct world *w, enum gap_reason gap, const char *expected)
{
	world_run_until(w, -1);
	assert_string_equal(buf_str(&w->got), expected);
	assert_int_equal(w->trouble, SOURCE_OK);
	assert_int_equal(w->gap, gap);
}
