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

struct headline {
	struct hash fingerprint;
	char text[GROUP_HEADLINE + 1];
};

struct overflow {
	const struct route *route;
	int64_t records;
	struct headline *named;
	size_t nnamed;
};

struct groups {
	struct group *group;
	size_t n, cap;
	uint16_t *slot; /* index + 1, or 0 */
	struct overflow *overflow;
	size_t noverflow;
	size_t nhour; /* of all */
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
		free(g->group[i].site);
		free(g->group[i].hour);
	}
	for (i = 0; i < g->noverflow; i++)
		free(g->overflow[i].named);
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

const char *
groups_overflow_named(const struct groups *g, size_t i, size_t k)
{
	const struct overflow *o = &g->overflow[i];

	return k < o->nnamed ? o->named[k].text : NULL;
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Of each kind once, as long as there is room. */
static void
name(struct overflow *o, struct hash fingerprint, struct span message)
{
	struct headline *h;
	size_t i, n = smaller(message.n, GROUP_HEADLINE);

	for (i = 0; i < o->nnamed; i++)
		if (hash_equal(o->named[i].fingerprint, fingerprint))
			return;
	if (i == GROUP_NAMED)
		return;
	if (i == 0)
		o->named = xcalloc(GROUP_NAMED, sizeof *o->named);
	h = &o->named[o->nnamed++];
	h->fingerprint = fingerprint;
	for (i = 0; i < n; i++)
		h->text[i] = message.p[i] != '\0' ? message.p[i] : ' ';
}

static void
count_overflow(struct groups *g, const struct route *route,
    struct hash fingerprint, struct span message)
{
	size_t i;

	for (i = 0; i < g->noverflow; i++)
		if (g->overflow[i].route == route)
			break;
	if (i == g->noverflow) {
		g->overflow = xreallocarray(g->overflow, i + 1,
		    sizeof *g->overflow);
		g->overflow[i] = (struct overflow){ .route = route };
		g->noverflow++;
	}
	g->overflow[i].records++;
	name(&g->overflow[i], fingerprint, message);
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

static char *
copy(const char *p, size_t n)
{
	char *to = xmalloc(n + 1);

	if (n > 0)
		memcpy(to, p, n);
	to[n] = '\0';
	return to;
}

/* At the end, not yet filled. */
static struct group *
grow(struct groups *g)
{
	if (g->n == g->cap) {
		g->cap = g->cap == 0 ? 64 : g->cap * 2;
		g->group = xreallocarray(g->group, g->cap, sizeof *g->group);
	}
	return &g->group[g->n++];
}

struct group *
groups_put(struct groups *g)
{
	struct group *new;

	if (g->n == GROUP_MAX)
		return NULL;
	new = grow(g);
	*new = (struct group){ .route = NULL };
	return new;
}

/* With all that only the first record of a group gives. */
static struct group *
make(struct groups *g, const struct fields *f, const struct record *r,
    const char *path, const char *file)
{
	struct group *new = grow(g);

	*new = (struct group){ .offset = r->offset, .lines = r->lines };
	new->path = path != NULL ? xstrndup(path, GROUP_PATH) : NULL;
	new->file = xstrdup(file);
	new->nmessage = smaller(f->message.n, GROUP_MESSAGE);
	new->message = copy(f->message.p, new->nmessage);
	new->nsample = smaller(r->len, GROUP_SAMPLE);
	new->sample = copy(r->p, new->nsample);
	new->cut = r->cut + (int64_t)(r->len - new->nsample);
	if (f->site.n > 0)
		new->site = copy(f->site.p, smaller(f->site.n, GROUP_SITE));
	return new;
}

/* The place of an hour: of the first that is not before it. */
static size_t
place_of(const struct group *g, int64_t hour)
{
	size_t from = 0, to = g->nhour, at;

	/* Nearly always the last. */
	if (to > 0 && g->hour[to - 1].hour < hour)
		return to;
	while (from < to) {
		at = (from + to) / 2;
		if (g->hour[at].hour < hour)
			from = at + 1;
		else
			to = at;
	}
	return from;
}

/* Makes room for one more hour; false: there is none. */
static bool
has_room(struct groups *gs, struct group *g)
{
	if (g->nhour == GROUP_HOURS_EACH ||
	    (g->nhour > 0 && gs->nhour >= GROUP_HOURS))
		return false;
	/* Doubled at each power of two. */
	if ((g->nhour & (g->nhour - 1)) == 0)
		g->hour = xreallocarray(g->hour,
		    g->nhour == 0 ? 1 : g->nhour * 2, sizeof *g->hour);
	gs->nhour++;
	g->nhour++;
	return true;
}

static void
count_hour(struct groups *gs, struct group *g, int64_t time)
{
	int64_t hour = time > 0 ? time / 3600 : 0, more = 1;
	size_t at = place_of(g, hour), behind = g->nhour - at;

	if (behind > 0 && g->hour[at].hour == hour) {
		g->hour[at].records++;
		return;
	}
	if (has_room(gs, g)) {
		memmove(g->hour + at + 1, g->hour + at,
		    behind * sizeof *g->hour);
		g->hour[at] = (struct story_hour){ hour, 1 };
		return;
	}
	/* The oldest goes into the one behind it, be it the new one. */
	if (at == 0) {
		g->hour[0].records++;
		return;
	}
	if (at == 1)
		more += g->hour[0].records;
	else
		g->hour[1].records += g->hour[0].records;
	memmove(g->hour, g->hour + 1, (at - 1) * sizeof *g->hour);
	g->hour[at - 1] = (struct story_hour){ hour, more };
}

/* Records need not come in the order of their times. */
static void
count(struct groups *gs, struct group *g, const struct fields *f)
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
	count_hour(gs, g, f->time);
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
		count(g, &g->group[*slot - 1], f);
		return;
	}
	if (g->n == GROUP_MAX) {
		count_overflow(g, route, fingerprint, f->message);
		return;
	}
	to = make(g, f, r, path, file);
	to->fingerprint = fingerprint;
	to->route = route;
	*slot = (uint16_t)g->n;
	count(g, to, f);
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
