/* SPDX-License-Identifier: ISC */
/* One pass over a source's ledger, generation by generation. */
#include "watchdog/audit.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"

static void
find(struct audit *a, const struct audit_finding *f)
{
	a->f = xreallocarray(a->f, a->n + 1, sizeof *a->f);
	a->f[a->n++] = *f;
}

/* The generation that entries are of is complete: its cursor must stand where
 * its stretches end.  What was there before the first look may have none. */
static void
settle(struct audit *a)
{
	const struct generation *g = &a->source->g[a->at];
	int64_t offset = g->cursor.offset;

	if (offset > a->cover && !a->open && (a->any || !g->before))
		find(a,
		    &(struct audit_finding){ .what = AUDIT_HOLE,
			.g = g,
			.from = a->cover,
			.to = offset });
	if (offset < a->end)
		find(a,
		    &(struct audit_finding){ .what = AUDIT_BEHIND,
			.g = g,
			.from = offset,
			.to = a->end,
			.first = a->sum[a->at].first,
			.last = a->sum[a->at].last });
}

/* On to the generation with that number, past those without entries. */
static void
advance(struct audit *a, size_t to)
{
	for (; a->at < to; a->at++) {
		settle(a);
		a->end = a->cover = a->first = 0;
		a->any = a->open = false;
	}
}

void
audit_begin(struct audit *a, const struct store_source *s)
{
	memset(a, 0, sizeof *a);
	a->source = s;
	a->sum = xcalloc(s->n + 1, sizeof *a->sum);
}

static void
add(struct audit_sum *s, const struct store_entry *e)
{
	int64_t n = e->to - e->from;

	if (e->what == ENTRY_BEFORE) {
		s->before += n;
		return;
	}
	s->read += n;
	if (s->first == 0 || e->first < s->first)
		s->first = e->first;
	if (e->last > s->last)
		s->last = e->last;
}

static void
stretch(struct audit *a, const struct store_entry *e)
{
	struct audit_finding f = { .g = e->g,
		.first = e->first,
		.last = e->last };

	/* what was there before the first look needs no stretch */
	if (e->from > a->cover && !a->open && (a->any || !e->g->before)) {
		f.what = AUDIT_HOLE;
		f.from = a->cover;
		f.to = e->from;
		find(a, &f);
	} else if (e->from < a->end) {
		f.what = AUDIT_TWICE;
		f.from = e->from;
		f.to = e->to < a->end ? e->to : a->end;
		f.first = a->first < e->first ? a->first : e->first;
		find(a, &f);
	}
	if (e->to > a->end) {
		a->end = e->to;
		a->first = e->first;
	}
	if (e->to > a->cover)
		a->cover = e->to;
	a->any = true;
	a->open = false;
	add(&a->sum[a->at], e);
	add(&a->all, e);
}

static void
gap(struct audit *a, const struct store_entry *e)
{
	find(a,
	    &(struct audit_finding){ .what = AUDIT_GAP,
		.g = e->g,
		.from = e->from,
		.to = e->to,
		.reason = e->reason,
		.first = e->first,
		.last = e->last });
	if (e->g == NULL || e->from > a->cover)
		return; /* it begins behind a hole, which is none of its own */
	if (e->to == -1)
		a->open = true;
	else if (e->to > a->cover)
		a->cover = e->to;
}

void
audit_entry(void *audit, const struct store_entry *e)
{
	struct audit *a = audit;
	size_t n = a->source->n;

	advance(a, e->g != NULL ? (size_t)(e->g - a->source->g) : n);
	if (e->what == ENTRY_GAP)
		gap(a, e);
	else if (e->g != NULL)
		stretch(a, e);
}

void
audit_end(struct audit *a)
{
	advance(a, a->source->n);
}

void
audit_free(struct audit *a)
{
	free(a->f);
	free(a->sum);
	memset(a, 0, sizeof *a);
}
