/* SPDX-License-Identifier: ISC */
/* What each owner will be told, in which order. */
#include "watchdog/tell/digest.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"

/* A group on its way into an order; its novelty is asked for only once. */
struct ranked {
	const struct group *group;
	enum novelty novelty;
};

/* Whose groups these are. */
struct owners {
	char *const *address;
	size_t n;
};

enum novelty
digest_novelty(const struct group *g, int64_t now)
{
	int64_t first = g->first != 0 ? g->first : now;
	int64_t silence = g->return_after != 0 ? g->return_after :
						 NOVELTY_RETURN;

	if (g->seen_first == 0)
		return NOVEL_NEW;
	if (g->back || first - g->seen_last >= silence)
		return NOVEL_BACK;
	return g->growing ? NOVEL_GROWING : NOVEL_KNOWN;
}

static int
compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_text(const char *a, size_t na, const char *b, size_t nb)
{
	int order = memcmp(a, b, na < nb ? na : nb);

	return order != 0 ? order : compare((int64_t)na, (int64_t)nb);
}

/* Nothing comes last. */
static int
compare_string(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	return strcmp(a, b);
}

/* The order is the same whatever the order in memory was: two groups differ
 * in file or offset at the latest. */
static int
by_rank(const void *va, const void *vb)
{
	const struct ranked *ra = va, *rb = vb;
	const struct group *a = ra->group, *b = rb->group;
	int order;

	if ((order = compare(ra->novelty, rb->novelty)) != 0 ||
	    (order = compare(b->level, a->level)) != 0 ||
	    (order = compare(b->count, a->count)) != 0 ||
	    (order = compare_string(a->path, b->path)) != 0 ||
	    (order = compare_text(a->message, a->nmessage, b->message,
		 b->nmessage)) != 0 ||
	    (order = compare_string(a->file, b->file)) != 0)
		return order;
	return compare(a->offset, b->offset);
}

static int
by_rarity(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;
	int order;

	if ((order = compare(a->novelty, b->novelty)) != 0 ||
	    (order = compare(a->group->count, b->group->count)) != 0)
		return order;
	return by_rank(va, vb);
}

static int
by_owner(const void *va, const void *vb)
{
	const struct digest *a = va, *b = vb;

	return strcmp(a->owner, b->owner);
}

static struct owners
owners_of(const struct route *route, struct owners admin)
{
	if (route == NULL)
		return admin;
	return (struct owners){ route->owners, route->nowners };
}

/* The owner's digest, made if it is the first time. */
static struct digest *
digest_of(struct digests *ds, const char *owner)
{
	size_t i;

	for (i = 0; i < ds->n; i++)
		if (strcmp(ds->digest[i].owner, owner) == 0)
			return &ds->digest[i];
	ds->digest = xreallocarray(ds->digest, ds->n + 1, sizeof *ds->digest);
	ds->digest[ds->n] = (struct digest){ .owner = owner };
	return &ds->digest[ds->n++];
}

/* One more in a list that is doubled at each power of two. */
static void
append(const struct group ***list, size_t *n, const struct group *g)
{
	if ((*n & (*n - 1)) == 0)
		*list = xreallocarray(*list, *n == 0 ? 1 : *n * 2,
		    sizeof **list);
	(*list)[(*n)++] = g;
}

static bool
is_daily(const struct group *g)
{
	return g->route != NULL && g->route->tell.kind == CADENCE_DAILY;
}

/* An address may be in a list twice. */
static void
add_group(struct digest *d, const struct ranked *r)
{
	const struct group *g = r->group;

	if ((d->n > 0 && d->group[d->n - 1] == g) ||
	    (d->nquiet > 0 && d->quiet[d->nquiet - 1] == g))
		return;
	if (d->n == 0 && d->nquiet == 0)
		d->rollup = true;
	d->rollup = d->rollup && is_daily(g);
	if (g->waited_since != 0 &&
	    (d->since == 0 || g->waited_since < d->since))
		d->since = g->waited_since;
	if (g->quiet_since != 0)
		append(&d->quiet, &d->nquiet, g);
	if (g->count == 0)
		return;
	append(&d->group, &d->n, g);
	d->of[r->novelty]++;
	d->records += g->count;
}

/* Beyond GROUP_MAX of one route: what the first kinds say. */
static void
add_named(struct digest *d, const struct groups *groups, size_t overflow)
{
	const char *text;
	size_t k;

	for (k = 0; (text = groups_overflow_named(groups, overflow, k)) != NULL;
	     k++) {
		d->named = xreallocarray(d->named, d->nnamed + 1,
		    sizeof *d->named);
		d->named[d->nnamed++] = text;
	}
}

static void
add_overflow(struct digests *ds, const struct groups *groups, size_t overflow,
    const struct owners *owners, int64_t records)
{
	struct digest *d;
	size_t i, k;

	for (i = 0; i < owners->n; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(owners->address[k], owners->address[i]) == 0)
				break;
		if (k < i)
			continue;
		d = digest_of(ds, owners->address[i]);
		d->records += records;
		d->overflow += records;
		d->rollup = false; /* it cannot wait: it is not kept */
		add_named(d, groups, overflow);
	}
}

/* All groups that are told, in their order; each digest takes its own from
 * it. */
static struct ranked *
rank(struct groups *groups, int64_t now, size_t *told)
{
	size_t n = groups_count(groups), i;
	struct ranked *all = xcalloc(n + 1, sizeof *all);

	*told = 0;
	for (i = 0; i < n; i++) {
		if (groups_at(groups, i)->waits)
			continue;
		all[*told].group = groups_at(groups, i);
		all[*told].novelty = digest_novelty(all[*told].group, now);
		(*told)++;
	}
	qsort(all, *told, sizeof *all, by_rank);
	return all;
}

/* What is told by one line: of each novelty the rarest first. */
static void
rank_lines(struct digest *d, int64_t now)
{
	size_t n = d->n > DIGEST_GROUPS ? d->n - DIGEST_GROUPS : 0, i;
	struct ranked *line = xcalloc(n + 1, sizeof *line);

	for (i = 0; i < n; i++) {
		line[i].group = d->group[DIGEST_GROUPS + i];
		line[i].novelty = digest_novelty(line[i].group, now);
	}
	qsort(line, n, sizeof *line, by_rarity);
	for (i = 0; i < n; i++)
		d->group[DIGEST_GROUPS + i] = line[i].group;
	free(line);
}

void
digests_make(struct digests *ds, struct groups *groups, char *const *admin,
    size_t nadmin, int64_t now)
{
	const struct owners admins = { admin, nadmin };
	const struct route *route;
	struct owners owners;
	struct ranked *all;
	int64_t records;
	size_t i, k, n;

	*ds = (struct digests){ NULL, 0 };
	all = rank(groups, now, &n);
	for (i = 0; i < n; i++) {
		owners = owners_of(all[i].group->route, admins);
		for (k = 0; k < owners.n; k++)
			add_group(digest_of(ds, owners.address[k]), &all[i]);
	}
	for (i = 0; groups_overflow_at(groups, i, &route, &records); i++) {
		owners = owners_of(route, admins);
		add_overflow(ds, groups, i, &owners, records);
	}
	for (i = 0; i < ds->n; i++)
		rank_lines(&ds->digest[i], now);
	if (ds->n > 0)
		qsort(ds->digest, ds->n, sizeof *ds->digest, by_owner);
	free(all);
}

void
digests_free(struct digests *ds)
{
	size_t i;

	for (i = 0; i < ds->n; i++) {
		free(ds->digest[i].group);
		free(ds->digest[i].named);
		free(ds->digest[i].quiet);
	}
	free(ds->digest);
	*ds = (struct digests){ NULL, 0 };
}
