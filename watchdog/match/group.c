/* SPDX-License-Identifier: ISC */
/* Records that tell the same story become one group. */
#include "watchdog/match/group.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/read/record.h"

#define SLOTS (2 * GROUP_MAX) /* a power of two */
/* A mark is at most four times as long as what it stands for ("1s"). */
#define TEXT_MAX (5 * RECORD_MAX)

struct overflow {
	const struct route *route;
	int64_t records;
};

struct groups {
	struct group *group;
	size_t n, cap;
	uint16_t *slot; /* index + 1, or 0 */
	struct overflow *overflow;
	size_t noverflow;
	struct buf text;
};

struct groups *
groups_new(void)
{
	struct groups *g = xcalloc(1, sizeof *g);

	g->slot = xcalloc(SLOTS, sizeof *g->slot);
	buf_init(&g->text, TEXT_MAX);
	return g;
}

void
groups_free(struct groups *g)
{
	size_t i;

	if (g == NULL)
		return;
	for (i = 0; i < g->n; i++) {
		free(g->group[i].path);
		free(g->group[i].file);
		free(g->group[i].message);
		free(g->group[i].sample);
	}
	free(g->group);
	free(g->slot);
	free(g->overflow);
	buf_free(&g->text);
	free(g);
}

size_t
groups_count(const struct groups *g)
{
	return g->n;
}

struct group *
groups_at(struct groups *g, size_t i)
{
	return &g->group[i];
}

int64_t
groups_overflow(const struct groups *g, const struct route *route)
{
	size_t i;

	for (i = 0; i < g->noverflow; i++)
		if (g->overflow[i].route == route)
			return g->overflow[i].records;
	return 0;
}

bool
groups_overflow_at(const struct groups *g, size_t i, const struct route **route,
    int64_t *records)
{
	if (i >= g->noverflow)
		return false;
	*route = g->overflow[i].route;
	*records = g->overflow[i].records;
	return true;
}

static void
count_overflow(struct groups *g, const struct route *route)
{
	size_t i;

	for (i = 0; i < g->noverflow; i++)
		if (g->overflow[i].route == route)
			break;
	if (i == g->noverflow) {
		g->overflow = xreallocarray(g->overflow, i + 1,
		    sizeof *g->overflow);
		g->overflow[i] = (struct overflow){ route, 0 };
		g->noverflow++;
	}
	g->overflow[i].records++;
}

/* The slot of the group, or the empty one where it belongs.  There is always
 * one: at most half are taken. */
static uint16_t *
slot_of(struct groups *g, struct hash fingerprint, const struct route *route)
{
	size_t i = (fingerprint.lo ^ (uintptr_t)route >> 4) % SLOTS;
	const struct group *at;

	while (g->slot[i] != 0) {
		at = &g->group[g->slot[i] - 1];
		if (at->route == route &&
		    hash_equal(at->fingerprint, fingerprint))
			break;
		i = (i + 1) % SLOTS;
	}
	return &g->slot[i];
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static char *
copy(const char *p, size_t n)
{
	char *to = xmalloc(n + 1);

	if (n > 0)
		memcpy(to, p, n);
	to[n] = '\0';
	return to;
}

/* With all that only the first record of a group gives. */
static struct group *
make(struct groups *g, const struct fields *f, const struct record *r,
    const char *path, const char *file)
{
	struct group *new;

	if (g->n == g->cap) {
		g->cap = g->cap == 0 ? 64 : g->cap * 2;
		g->group = xreallocarray(g->group, g->cap, sizeof *g->group);
	}
	new = &g->group[g->n++];
	*new = (struct group){ .offset = r->offset, .lines = r->lines };
	new->path = path != NULL ? xstrndup(path, GROUP_PATH) : NULL;
	new->file = xstrdup(file);
	new->nmessage = smaller(f->message.n, GROUP_MESSAGE);
	new->message = copy(f->message.p, new->nmessage);
	new->nsample = smaller(r->len, GROUP_SAMPLE);
	new->sample = copy(r->p, new->nsample);
	new->cut = r->cut + (int64_t)(r->len - new->nsample);
	return new;
}

/* Records need not come in the order of their times. */
static void
count(struct group *g, const struct fields *f)
{
	g->count++;
	if (f->level > g->level)
		g->level = f->level;
	if (!f->has_time)
		return;
	if (g->first == 0 || f->time < g->first)
		g->first = f->time;
	if (g->last == 0 || f->time > g->last)
		g->last = f->time;
}

void
groups_add(struct groups *g, const struct route *route, const struct fields *f,
    const struct record *r, const char *path, const char *file)
{
	struct hash fingerprint;
	struct group *to;
	uint16_t *slot;

	buf_reset(&g->text);
	group_normalise(&g->text, f);
	fingerprint = hash_bytes(buf_str(&g->text), g->text.len);
	slot = slot_of(g, fingerprint, route);
	if (*slot != 0) {
		count(&g->group[*slot - 1], f);
		return;
	}
	if (g->n == GROUP_MAX) {
		count_overflow(g, route);
		return;
	}
	to = make(g, f, r, path, file);
	to->fingerprint = fingerprint;
	to->route = route;
	*slot = (uint16_t)g->n;
	count(to, f);
}

struct hash
group_fingerprint(const struct fields *f)
{
	struct hash fingerprint;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	group_normalise(&text, f);
	fingerprint = hash_bytes(buf_str(&text), text.len);
	buf_free(&text);
	return fingerprint;
}
