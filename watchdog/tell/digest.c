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

	if (g->seen_first == 0)
		return NOVEL_NEW;
	return first - g->seen_last >= DIGEST_RETURN ? NOVEL_BACK : NOVEL_KNOWN;
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

/* An address may be in a list twice. */
static void
add_group(struct digest *d, const struct ranked *r)
{
	if (d->n > 0 && d->group[d->n - 1] == r->group)
		return;
	/* Doubled at each power of two. */
	if ((d->n & (d->n - 1)) == 0)
		d->group = xreallocarray(d->group, d->n == 0 ? 1 : d->n * 2,
		    sizeof *d->group);
	d->group[d->n++] = r->group;
	d->of[r->novelty]++;
	d->records += r->group->count;
}

static void
add_overflow(struct digests *ds, const struct owners *owners, int64_t records)
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
	}
}

/* All groups in their order; each digest takes its own from it. */
static struct ranked *
rank(struct groups *groups, int64_t now)
{
	size_t n = groups_count(groups), i;
	struct ranked *all = xcalloc(n, sizeof *all);

	for (i = 0; i < n; i++) {
		all[i].group = groups_at(groups, i);
		all[i].novelty = digest_novelty(all[i].group, now);
	}
	qsort(all, n, sizeof *all, by_rank);
	return all;
}

void
digests_make(struct digests *ds, struct groups *groups, char *const *admin,
    size_t nadmin, int64_t now)
{
	const struct owners admins = { admin, nadmin };
	struct ranked *all = rank(groups, now);
	const struct route *route;
	struct owners owners;
	int64_t records;
	size_t i, k;

	*ds = (struct digests){ NULL, 0 };
	for (i = 0; i < groups_count(groups); i++) {
		owners = owners_of(all[i].group->route, admins);
		for (k = 0; k < owners.n; k++)
			add_group(digest_of(ds, owners.address[k]), &all[i]);
	}
	for (i = 0; groups_overflow_at(groups, i, &route, &records); i++) {
		owners = owners_of(route, admins);
		add_overflow(ds, &owners, records);
	}
	if (ds->n > 0)
		qsort(ds->digest, ds->n, sizeof *ds->digest, by_owner);
	free(all);
}

void
digests_free(struct digests *ds)
{
	size_t i;

	for (i = 0; i < ds->n; i++)
		free(ds->digest[i].group);
	free(ds->digest);
	*ds = (struct digests){ NULL, 0 };
}
