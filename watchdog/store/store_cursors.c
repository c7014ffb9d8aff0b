/* SPDX-License-Identifier: ISC */
/* Two cursors a log file, over what is kept of its generations. */
#include "watchdog/store/store_cursors.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/store/store_source.h"

/* The newest generation of a state; NULL: none. */
static struct generation *
newest(struct store_source *s, enum generation_state state)
{
	for (size_t i = s->n; i > 0; i--)
		if (s->g[i - 1].state == state)
			return &s->g[i - 1];
	return NULL;
}

static void
from_source(struct store_source *s, struct store_cursors *c)
{
	struct generation *live = newest(s, GENERATION_LIVE);
	struct generation *old = newest(s, GENERATION_OLD);

	memset(c, 0, sizeof *c);
	c->last_line = s->last_line;
	if ((c->has_live = live != NULL))
		c->live = live->cursor;
	if ((c->has_old = old != NULL)) {
		c->old = old->cursor;
		c->old_path = xstrdup(old->path);
	}
	store_source_free(s);
}

void
store_cursors_get(struct db *db, const char *reader, const char *path,
    struct store_cursors *c)
{
	struct store_source s;

	store_source_get(db, reader, path, &s);
	from_source(&s, c);
}

void
store_cursors_take(struct store_table *t, const char *path,
    struct store_cursors *c)
{
	struct store_source s;

	store_table_take(t, path, &s);
	from_source(&s, c);
}

/* The generation of that state becomes what the cursor says. */
static void
set(struct store_source *s, enum generation_state state, const struct cursor *c,
    const char *path)
{
	struct generation *g = newest(s, state);

	if (g == NULL) {
		s->g = xreallocarray(s->g, s->n + 1, sizeof *s->g);
		g = &s->g[s->n++];
		memset(g, 0, sizeof *g);
		g->state = state;
	}
	g->cursor = *c;
	free(g->path);
	g->path = xstrdup(path);
}

void
store_cursors_put(struct db *db, const char *reader, const char *path,
    const struct store_cursors *c)
{
	struct store_source s;

	store_source_get(db, reader, path, &s);
	s.last_line = c->last_line;
	if (c->has_old)
		set(&s, GENERATION_OLD, &c->old, c->old_path);
	if (c->has_live)
		set(&s, GENERATION_LIVE, &c->live, path);
	store_source_put(db, reader, path, &s);
	store_source_free(&s);
}

void
store_cursors_free(struct store_cursors *c)
{
	free(c->old_path);
	memset(c, 0, sizeof *c);
}
