/* SPDX-License-Identifier: ISC */
/* A stretch of time as a whole. */
#include "watchdog/tell/overview.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/match/locate.h"
#include "watchdog/match/unwrap.h"

const char *
news_name(enum news n)
{
	static const char *const name[NEWS_KINDS] = { "new", "growing", "gone",
		"known" };

	return name[n];
}

void
overview_init(struct overview *o, int64_t from, int64_t to)
{
	int64_t hours = to - from;

	memset(o, 0, sizeof *o);
	o->from = from;
	o->to = to;
	o->step = (hours + OVERVIEW_BINS - 1) / OVERVIEW_BINS;
	o->nbin = (size_t)((hours + o->step - 1) / o->step);
	o->hour = xcalloc((size_t)hours, sizeof *o->hour);
}

static void
count(struct overview *o, struct overview_group *g, const struct story *s)
{
	const struct story_hour *h;
	size_t bin;

	for (size_t i = 0; i < s->nhour; i++) {
		h = &s->hour[i];
		if (h->hour < o->from && h->hour >= 2 * o->from - o->to)
			g->before += h->records;
		if (h->hour < o->from || h->hour >= o->to)
			continue;
		bin = (size_t)((h->hour - o->from) / o->step);
		g->records += h->records;
		g->bin[bin] += h->records;
		o->bin[bin] += h->records;
		o->hour[h->hour - o->from] += h->records;
	}
}

static enum news
judge(const struct overview *o, const struct overview_group *g)
{
	if (g->records == 0)
		return NEWS_GONE;
	if (g->first >= o->from * 3600)
		return NEWS_NEW;
	if (g->records >= OVERVIEW_GROWTH_MIN &&
	    g->records >= OVERVIEW_GROWTH * g->before)
		return NEWS_GROWING;
	return NEWS_KNOWN;
}

/* Bytes as they are, and a NUL behind them. */
static char *
copy(struct span s, size_t max, size_t *n)
{
	char *to;

	*n = s.n < max ? s.n : max;
	to = xmalloc(*n + 1);
	if (*n > 0)
		memcpy(to, s.p, *n);
	to[*n] = '\0';
	return to;
}

void
overview_add(struct overview *o, const struct story *s)
{
	struct overview_group g = { .fingerprint = s->fingerprint,
		.level = s->level,
		.first = s->first,
		.last = s->last,
		.offset = s->offset };

	count(o, &g, s);
	if (g.records == 0 && g.before == 0)
		return;
	g.news = judge(o, &g);
	g.route = xstrdup(s->route);
	g.site = xstrdup(s->site);
	g.path = xstrdup(s->path);
	g.file = xstrdup(s->file);
	g.message = copy(unwrap(s->message), OVERVIEW_MESSAGE, &g.nmessage);
	g.sample = copy(s->sample, OVERVIEW_SAMPLE, &g.nsample);
	o->records += g.records;
	o->before += g.before;
	o->of[g.news]++;
	if ((o->ngroup & (o->ngroup - 1)) == 0) /* doubled at powers of two */
		o->group = xreallocarray(o->group,
		    o->ngroup == 0 ? 1 : o->ngroup * 2, sizeof *o->group);
	o->group[o->ngroup++] = g;
}

void
overview_add_url(struct overview *o, const char *path, int64_t records)
{
	if ((o->nurl & (o->nurl - 1)) == 0)
		o->url = xreallocarray(o->url, o->nurl == 0 ? 1 : o->nurl * 2,
		    sizeof *o->url);
	o->url[o->nurl++] = (struct overview_url){ xstrdup(path), records };
}

/* ---- orders ----------------------------------------------------------- */

static int
compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

static int
by_news(const void *va, const void *vb)
{
	const struct overview_group *a = va, *b = vb;
	int order;

	if ((order = compare(a->news, b->news)) != 0 ||
	    (order = compare(b->records, a->records)) != 0 ||
	    (order = compare(b->before, a->before)) != 0 ||
	    (order = compare(b->level, a->level)) != 0 ||
	    (order = strcmp(a->path, b->path)) != 0)
		return order;
	return memcmp(&a->fingerprint, &b->fingerprint, sizeof a->fingerprint);
}

static int
compare_span(struct span a, struct span b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order != 0 ? order : compare((int64_t)a.n, (int64_t)b.n);
}

static int
by_name(const void *va, const void *vb)
{
	const struct overview_section *a = va, *b = vb;

	return compare_span(a->name, b->name);
}

static int
by_records(const void *va, const void *vb)
{
	const struct overview_section *a = va, *b = vb;
	int order;

	if ((order = compare(b->records, a->records)) != 0 ||
	    (order = compare(b->before, a->before)) != 0)
		return order;
	return compare_span(a->name, b->name);
}

static void
add_section(struct overview_section *to, const struct overview_section *s)
{
	to->records += s->records;
	to->before += s->before;
	to->groups += s->groups;
	to->fresh += s->fresh;
	for (size_t i = 0; i < OVERVIEW_BINS; i++)
		to->bin[i] += s->bin[i];
}

/* One for each group, sorted by name, equal neighbours added up. */
static void
find_sections(struct overview *o)
{
	struct overview_section *s = xcalloc(o->ngroup + 1, sizeof *s);
	const struct overview_group *g;
	size_t i, n = 0;

	for (i = 0; i < o->ngroup; i++) {
		g = &o->group[i];
		s[i].name = locate_section(g->path, strlen(g->path));
		s[i].records = g->records;
		s[i].before = g->before;
		s[i].groups = g->records > 0;
		s[i].fresh = g->news == NEWS_NEW;
		memcpy(s[i].bin, g->bin, sizeof g->bin);
	}
	qsort(s, o->ngroup, sizeof *s, by_name);
	for (i = 0; i < o->ngroup; i++)
		if (n > 0 && compare_span(s[n - 1].name, s[i].name) == 0)
			add_section(&s[n - 1], &s[i]);
		else
			s[n++] = s[i];
	qsort(s, n, sizeof *s, by_records);
	o->section = s;
	o->nsection = n;
}

void
overview_finish(struct overview *o)
{
	if (o->ngroup > 0)
		qsort(o->group, o->ngroup, sizeof *o->group, by_news);
	find_sections(o);
}

void
overview_free(struct overview *o)
{
	for (size_t i = 0; i < o->ngroup; i++) {
		free(o->group[i].route);
		free(o->group[i].site);
		free(o->group[i].path);
		free(o->group[i].file);
		free(o->group[i].message);
		free(o->group[i].sample);
	}
	for (size_t i = 0; i < o->nurl; i++)
		free(o->url[i].path);
	free(o->group);
	free(o->section);
	free(o->url);
	free(o->hour);
	memset(o, 0, sizeof *o);
}
