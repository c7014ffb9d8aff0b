/* SPDX-License-Identifier: ISC */
/*
 * Random histories of a log, its server and its rotator: every line is read
 * exactly once, whatever they do and whenever the runs come.
 */
#include "watchdog/read/source.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "tests/unit/world.h"

#define HISTORIES 300
#define STEPS 60
#define MAX_LINES 4096

/* A server keeps its log open when that is renamed, until it is told. */
struct history {
	struct world *w;
	unsigned seed;
	int fd;     /* the server's */
	int lines;  /* written to their ends */
	bool half;  /* one more is begun */
	bool stale; /* the server has not opened anew */
	int generations;
	bool dates; /* how generations are named */
	uint8_t seen[MAX_LINES];
	struct buf story; /* for the one who has to mend it */
};

static unsigned
any(struct history *h, unsigned n)
{
	return (unsigned)rand_r(&h->seed) % n;
}

static void
reopen(struct history *h)
{
	bool new = access(h->w->path, F_OK) == -1;

	if (h->fd != -1)
		close(h->fd);
	h->fd = open(h->w->path, O_WRONLY | O_APPEND | O_CREAT, 0600);
	assert_int_not_equal(h->fd, -1);
	if (new)
		world_stamp(h->w, h->w->path);
	h->stale = false;
	buf_adds(&h->story, " reopen");
}

static void
write_out(struct history *h, const char *text)
{
	struct timespec t[2] = { { ++h->w->clock, 0 }, { h->w->clock, 0 } };

	assert_int_equal(write(h->fd, text, strlen(text)), strlen(text));
	assert_int_equal(futimens(h->fd, t), 0);
}

static void
end_line(struct history *h)
{
	write_out(h, ".\n");
	h->half = false;
	h->lines++;
}

static void
say(struct history *h)
{
	char line[128];
	int n = 1 + (int)any(h, any(h, 4) == 0 ? 40 : 3);

	for (; n > 0 && h->lines < MAX_LINES; n--) {
		if (!h->half) {
			snprintf(line, sizeof line, "line %d%*s", h->lines,
			    (int)any(h, 60), "");
			write_out(h, line);
			h->half = true;
			if (n == 1 && !h->stale && any(h, 5) == 0)
				break;
		}
		end_line(h);
	}
	buf_addf(&h->story, " %d%s", h->lines, h->half ? "+" : "");
}

/* Makes room for error.log.1 and returns the newest generation's name. */
static const char *
shift(struct history *h)
{
	static char name[64];
	char from[64];
	int g = h->generations++;

	if (h->dates) {
		snprintf(name, sizeof name, "%serror.log-%d",
		    any(h, 2) ? "old/" : "", 20260101 + g);
		return name;
	}
	for (; g > 0; g--) {
		snprintf(from, sizeof from, "error.log.%d", g);
		snprintf(name, sizeof name, "error.log.%d", g + 1);
		world_move(h->w, from, name);
	}
	return "error.log.1";
}

static void
rotate(struct history *h, bool create)
{
	if (h->stale || access(h->w->path, F_OK) == -1)
		return;
	world_move(h->w, "error.log", shift(h));
	if (create)
		world_append(h->w, "error.log", "");
	h->stale = true;
	/* nobody waits for long in the midst of a line */
	if (h->half)
		end_line(h);
	buf_adds(&h->story, create ? " rename+create" : " rename");
}

/* What the server has begun to write would be torn: it has not. */
static void
copytruncate(struct history *h, void (*meanwhile)(struct history *))
{
	if (h->stale || h->half)
		return;
	world_copy(h->w, "error.log", shift(h));
	buf_adds(&h->story, " copy");
	meanwhile(h);
	world_truncate(h->w, "error.log");
	buf_adds(&h->story, "+truncate");
}

static void
nothing(struct history *h)
{
	(void)h;
}

static void
look(struct history *h)
{
	char *p, *lf;
	int n;

	world_run_until(h->w, any(h, 5) == 0 ? (int)any(h, 3) : -1);
	buf_addf(&h->story, " RUN");
	if (h->w->gap != GAP_NONE || h->w->trouble != SOURCE_OK)
		fail_msg("trouble %d, gap %d:%s", h->w->trouble,
		    h->w->gap, buf_str(&h->story));
	for (p = h->w->got.p; p != NULL && *p != '\0'; p = lf + 1) {
		lf = strchr(p, '\n');
		*lf = '\0';
		if (sscanf(p, "line %d", &n) != 1 || n < 0 || n >= h->lines ||
		    lf[-1] != '.')
			fail_msg("\"%s\" was never written:%s", p,
			    buf_str(&h->story));
		if (h->seen[n]++ != 0)
			fail_msg("line %d twice:%s", n, buf_str(&h->story));
	}
}

static void
step(struct history *h)
{
	switch (any(h, 12)) {
	case 0:
		rotate(h, true);
		break;
	case 1:
		rotate(h, false);
		break;
	case 2:
		copytruncate(h, nothing);
		break;
	case 3:
		copytruncate(h, look);
		break;
	case 4:
		if (!h->half)
			reopen(h);
		break;
	case 5:
	case 6:
	case 7:
		look(h);
		break;
	default:
		say(h);
	}
}

/* All is said and told: what was missed? */
static void
settle(struct history *h)
{
	if (h->half)
		end_line(h);
	for (int i = 0; i < 8; i++)
		look(h);
	for (int i = 0; i < h->lines; i++)
		if (h->seen[i] != 1)
			fail_msg("line %d of %d was lost:%s", i, h->lines,
			    buf_str(&h->story));
}

static void
histories(void **state)
{
	struct history h;
	void *w;

	(void)state;
	for (unsigned i = 0; i < HISTORIES; i++) {
		memset(&h, 0, sizeof h);
		assert_int_equal(world_setup(&w), 0);
		h.w = w;
		h.seed = i;
		h.fd = -1;
		h.dates = i % 3 == 0;
		buf_init(&h.story, 1 << 16);
		buf_addf(&h.story, " seed %u:", i);
		reopen(&h);
		if (i % 2 == 0)
			say(&h);
		look(&h);
		for (int k = 0; k < STEPS; k++)
			step(&h);
		settle(&h);
		close(h.fd);
		buf_free(&h.story);
		w = h.w;
		world_teardown(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
