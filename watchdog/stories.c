/* SPDX-License-Identifier: ISC */
/* What a run makes of its groups by what was kept of them. */
#include "watchdog/stories.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "watchdog/conf.h"
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"
#include "watchdog/store/store_story.h"
#include "watchdog/tell/cadence.h"
#include "watchdog/tell/novelty.h"

#define HOUR 3600 /* s */
#define DAY 24    /* hours */
/* When so many wait, all are told: none is to be pushed out unread. */
#define WAITING_MAX (STORY_MAX / 2)

/* One group; as many as there are groups, in their order. */
struct tale {
	struct past past; /* as it will be written */
	int64_t count;    /* records of this run */
	struct story_hour *run;
	size_t nrun;
};

/* A story that is kept and wants to be looked at. */
struct watched {
	struct past past;
	const struct route *route;
};

struct stories {
	struct db *db;
	struct groups *groups;
	const struct watchdog_conf *conf;
	int64_t since, now;
	/* As asked last: finding a local time takes longer than the rest, and
	 * routes have the same one as a rule. */
	int minute;
	int64_t daily;
	struct tale *tale;
	size_t n;
	int64_t *met; /* ids of this run's groups, ascending */
	size_t nmet;
	struct watched *watched;
	size_t nwatched, nwaiting;
};

static int64_t
lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static const struct cadence *
cadence_of(const struct route *r)
{
	static const struct cadence admins = { .kind = CADENCE_EVERY_RUN };

	return r != NULL ? &r->tell : &admins;
}

/* The last moment of a daily route's time of the day. */
static int64_t
daily_of(struct stories *s, const struct cadence *c)
{
	if (c->kind != CADENCE_DAILY)
		return 0;
	if (s->daily == 0 || s->minute != c->minute) {
		s->minute = c->minute;
		s->daily = clock_daily(s->now, c->minute);
	}
	return s->daily;
}

static int64_t
return_after(const struct stories *s, const struct route *r)
{
	return r != NULL ? r->return_after : s->conf->return_after;
}

static int64_t
quiet_after(const struct stories *s, const struct route *r)
{
	return r != NULL ? r->quiet_after : s->conf->quiet_after;
}

/* ---- what is kept ----------------------------------------------------- */

/* A clock that was ahead when it was written keeps nothing from happening. */
static void
clamp(struct past *p, int64_t now)
{
	p->last = lesser(p->last, now);
	p->told_last = lesser(p->told_last, now);
	p->waits_since = lesser(p->waits_since, now);
	p->spike_at = lesser(p->spike_at, now);
	p->over_at = lesser(p->over_at, now / HOUR);
}

/* One more record count, at the end or in the last hour. */
static void
add_hour(struct story_hour *h, size_t *n, int64_t hour, int64_t records)
{
	if (*n > 0 && h[*n - 1].hour == hour)
		h[*n - 1].records += records;
	else
		h[(*n)++] = (struct story_hour){ hour, records };
}

/* The group's hours, none in the future; what has no time came now. */
static void
take_hours(struct tale *t, const struct group *g, int64_t now)
{
	int64_t timeless = g->count, last = now / HOUR;

	t->run = xcalloc(g->nhour + 1, sizeof *t->run);
	for (size_t i = 0; i < g->nhour; i++) {
		timeless -= g->hour[i].records;
		add_hour(t->run, &t->nrun, lesser(g->hour[i].hour, last),
		    g->hour[i].records);
	}
	if (timeless > 0)
		add_hour(t->run, &t->nrun, last, timeless);
}

/* Kept hours and the run's. */
struct hours {
	struct story_hour *hour;
	size_t n;
};

static struct hours
merge(const struct story_hour *a, size_t na, const struct story_hour *b,
    size_t nb)
{
	struct hours to = { xcalloc(na + nb + 1, sizeof *to.hour), 0 };
	size_t i = 0, k = 0;

	while (i < na || k < nb)
		if (k == nb || (i < na && a[i].hour <= b[k].hour)) {
			add_hour(to.hour, &to.n, a[i].hour, a[i].records);
			i++;
		} else {
			add_hour(to.hour, &to.n, b[k].hour, b[k].records);
			k++;
		}
	return to;
}

static struct hours
hours_since(struct stories *s, const struct tale *t, int64_t day)
{
	struct story_hour *kept = NULL;
	struct hours all;
	size_t n = 0;

	if (t->past.id != 0)
		kept = store_story_hours(s->db, t->past.id, day, &n);
	all = merge(kept, n, t->run, t->nrun);
	free(kept);
	return all;
}

/* As many days as are asked for: most groups need no more than two. */
static struct hours
load_hours(struct stories *s, const struct tale *t, const struct group *g)
{
	int64_t day = t->run[0].hour / DAY;
	struct hours all;

	if (cadence_of(g->route)->kind == CADENCE_THRESHOLD)
		day -= CADENCE_HOURS / DAY;
	all = hours_since(s, t, day - 1);
	if (t->past.id == 0 ||
	    novelty_sum(all.hour, all.n, t->run[0].hour,
		t->run[t->nrun - 1].hour) < NOVELTY_FLOOR)
		return all;
	free(all.hour);
	return hours_since(s, t, day - STORY_DAYS);
}

/* ---- judging ---------------------------------------------------------- */

static enum novelty
novelty_of(const struct past *p)
{
	if (p->told_at == 0)
		return NOVEL_NEW;
	return p->back ? NOVEL_BACK : p->growing ? NOVEL_GROWING : NOVEL_KNOWN;
}

/* A spike is told once. */
static void
judge_growth(struct stories *s, struct tale *t, const struct hours *all)
{
	struct past *p = &t->past;
	int64_t usual;

	if (!novelty_grows(all->hour, all->n, t->run, t->nrun, p->first / HOUR,
		&usual))
		return;
	if (p->spike_at == 0 || s->now - p->spike_at >= NOVELTY_CALM) {
		p->growing = true;
		p->usual = usual;
	}
	p->spike_at = s->now;
}

static bool
is_due(struct stories *s, struct tale *t, const struct route *r,
    const struct hours *all)
{
	struct past *p = &t->past;
	struct cadence_case k = { .novelty = novelty_of(p),
		.told = greater(p->records - p->waits - p->base, 0),
		.waits = p->waits,
		.count = t->count,
		.waits_since = p->waits_since,
		.all = all->hour,
		.nall = all->n,
		.run = t->run,
		.nrun = t->nrun,
		.over_at = p->over_at,
		.since = s->since,
		.daily = daily_of(s, cadence_of(r)) };
	bool due = cadence_due(cadence_of(r), &k);

	p->over_at = k.over_at;
	return due;
}

/* It is told, with what waited. */
static void
tell(struct stories *s, struct group *g, struct past *p, int64_t last)
{
	if (p->waits > 0) {
		g->first = g->first == 0 ? p->waits_first :
					   lesser(g->first, p->waits_first);
		g->last = greater(g->last, p->waits_last);
		g->waited_since = p->waits_since;
		g->count += p->waits;
	}
	if (p->told_at != 0) {
		g->seen_first = p->first;
		g->seen_last = p->told_last;
		g->seen_count = p->records - p->waits;
	}
	g->back = p->back;
	g->growing = p->growing;
	g->usual = p->usual;
	p->told_at = s->now;
	p->told_last = greater(p->told_last, greater(last, p->waits_last));
	p->waits = p->waits_first = p->waits_last = p->waits_since = 0;
	p->back = p->growing = false;
	p->usual = 0;
}

static void
let_wait(struct stories *s, struct group *g, struct past *p, int64_t first,
    int64_t last)
{
	g->waits = true;
	p->waits_first = p->waits == 0 ? first : lesser(p->waits_first, first);
	p->waits_last = greater(p->waits_last, last);
	if (p->waits == 0)
		p->waits_since = s->now;
	p->waits += g->count;
}

/* A group of this run. */
static void
judge_met(struct stories *s, struct tale *t, struct group *g)
{
	struct past *p = &t->past;
	int64_t first = g->first != 0 ? lesser(g->first, s->now) : s->now;
	int64_t last = g->last != 0 ? lesser(g->last, s->now) : s->now;
	int64_t quiet = quiet_after(s, g->route), count = g->count;
	struct hours all;

	g->return_after = return_after(s, g->route);
	t->count = count;
	take_hours(t, g, s->now);
	store_story_past(s->db, g, p);
	clamp(p, s->now);
	all = load_hours(s, t, g);
	if (p->told_at != 0 && first - p->last >= g->return_after) {
		p->back = true;
		p->base = p->records;
	} else if (p->id != 0)
		judge_growth(s, t, &all);
	if (is_due(s, t, g->route, &all))
		tell(s, g, p, last);
	else
		let_wait(s, g, p, first, last);
	p->first = p->id != 0 ? lesser(p->first, first) : first;
	p->last = greater(p->last, last);
	p->records += count;
	if (g->level > p->level)
		p->level = g->level;
	p->ongoing = quiet > 0 && s->now - p->last < quiet &&
	    novelty_ongoing(all.hour, all.n);
	free(all.hour);
}

/* ---- what no record of this run belongs to ----------------------------- */

static const struct route *
find_route(const struct routes *rs, const char *name)
{
	for (size_t i = 0; i < rs->n; i++)
		if (strcmp(rs->route[i].name, name) == 0)
			return &rs->route[i];
	return NULL;
}

/* NULL, and admin's, if it is not there any more. */
static const struct route *
route_of(const struct watchdog_conf *conf, const struct past_key *key)
{
	if (*key->log == '\0')
		return find_route(&conf->routes, key->route);
	for (size_t i = 0; i < conf->nlog; i++)
		if (strcmp(conf->log[i].path, key->log) == 0)
			return find_route(&conf->log[i].own, key->route);
	return NULL;
}

static int
by_id(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return *a < *b ? -1 : *a > *b;
}

static void
watch(void *arg, const struct past_key *key, const struct past *p)
{
	struct stories *s = arg;

	s->nwaiting += p->waits > 0;
	if (s->nmet > 0 &&
	    bsearch(&p->id, s->met, s->nmet, sizeof *s->met, by_id) != NULL)
		return;
	/* Doubled at each power of two. */
	if ((s->nwatched & (s->nwatched - 1)) == 0)
		s->watched = xreallocarray(s->watched,
		    s->nwatched == 0 ? 1 : s->nwatched * 2, sizeof *s->watched);
	s->watched[s->nwatched] = (struct watched){ *p,
		route_of(s->conf, key) };
	clamp(&s->watched[s->nwatched++].past, s->now);
}

static bool
is_quiet(struct stories *s, const struct watched *w)
{
	const struct cadence *c = cadence_of(w->route);
	int64_t after = quiet_after(s, w->route);

	return w->past.ongoing && w->past.told_at != 0 && after > 0 &&
	    s->now - w->past.last >= after &&
	    (c->kind != CADENCE_DAILY || s->since < daily_of(s, c));
}

/* False: there is no room for more. */
static bool
judge_watched(struct stories *s, const struct watched *w)
{
	struct tale t = { .past = w->past };
	bool quiet = is_quiet(s, w), due;
	struct group *g;

	due = t.past.waits > 0 &&
	    (quiet || s->nwaiting > WAITING_MAX ||
		is_due(s, &t, w->route, &(struct hours){ NULL, 0 }));
	if (!quiet && !due)
		return true;
	if ((g = groups_put(s->groups)) == NULL)
		return false;
	store_story_text(s->db, w->past.id, g);
	g->route = w->route;
	g->return_after = return_after(s, w->route);
	if (quiet) {
		g->quiet_since = w->past.last;
		t.past.ongoing = false;
	}
	tell(s, g, &t.past, 0);
	s->tale = xreallocarray(s->tale, s->n + 1, sizeof *s->tale);
	s->tale[s->n++] = t;
	return true;
}

/* ---- all -------------------------------------------------------------- */

struct stories *
stories_judge(struct db *db, struct groups *groups,
    const struct watchdog_conf *conf, int64_t since, int64_t now)
{
	struct stories *s = xcalloc(1, sizeof *s);
	size_t i;

	*s = (struct stories){ .db = db,
		.groups = groups,
		.conf = conf,
		.since = lesser(since, now),
		.now = now,
		.n = groups_count(groups) };
	s->tale = xcalloc(s->n + 1, sizeof *s->tale);
	s->met = xcalloc(s->n + 1, sizeof *s->met);
	for (i = 0; i < s->n; i++) {
		judge_met(s, &s->tale[i], groups_at(groups, i));
		if (s->tale[i].past.id != 0)
			s->met[s->nmet++] = s->tale[i].past.id;
	}
	if (s->nmet > 0)
		qsort(s->met, s->nmet, sizeof *s->met, by_id);
	store_story_watched(db, watch, s);
	for (i = 0; i < s->nwatched; i++)
		if (!judge_watched(s, &s->watched[i]))
			break;
	return s;
}

void
stories_write(struct stories *s)
{
	const struct tale *t;

	for (size_t i = 0; i < s->n; i++) {
		t = &s->tale[i];
		store_story_put(s->db, &t->past, groups_at(s->groups, i),
		    t->count > 0, t->run, t->nrun, s->now);
	}
}

void
stories_free(struct stories *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->tale[i].run);
	free(s->tale);
	free(s->met);
	free(s->watched);
	free(s);
}
