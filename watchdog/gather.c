/* SPDX-License-Identifier: ISC */
/* The reading half of a run. */
#include "watchdog/gather.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/db.h"
#include "watchdog/alarm.h"
#include "watchdog/conf.h"
#include "watchdog/disk.h"
#include "watchdog/follow.h"
#include "watchdog/follow_stream.h"
#include "watchdog/match/group.h"
#include "watchdog/match/ignore.h"
#include "watchdog/match/locate.h"
#include "watchdog/match/route.h"
#include "watchdog/match/urls.h"
#include "watchdog/format/format.h"
#include "watchdog/rules.h"
#include "watchdog/sources.h"
#include "watchdog/store/store_url.h"

#define PATH_LEN 4096 /* bytes of a site path that are looked at */
#define SHRINKS 86400 /* s: truncated twice in that time, it is a habit */
#define SHRINKS_KEY "shrinks "
#define GRACE 20 /* s beyond max-time, for a block of each log */

/* One source while it is read. */
struct visit {
	struct gather *g;
	const struct log_conf *log;
	bool globbed; /* nobody named it */
	struct follow follow;
	struct buf place, room;
	int64_t not_before; /* first-run = 2d: older records are skipped */
};

void
gather_init(struct gather *g, const struct watchdog_conf *conf, struct db *db,
    struct alarms *alarms, int64_t now, int64_t before)
{
	memset(g, 0, sizeof *g);
	g->conf = conf;
	g->db = db;
	g->alarms = alarms;
	g->now = now;
	g->before = before;
	g->budget = conf->max_bytes > 0 ? conf->max_bytes : INT64_MAX;
	g->deadline = deadline_in(conf->max_time * 1000);
	g->last = deadline_in((conf->max_time + GRACE) * 1000);
	g->groups = groups_new();
	g->urls = urls_new();
	g->known = store_table_load(db, "");
	g->ignore = xcalloc(conf->nlog + 1, sizeof *g->ignore);
}

void
gather_free(struct gather *g)
{
	groups_free(g->groups);
	urls_free(g->urls);
	store_table_free(g->known);
	rules_free(g->ignore, g->conf);
	for (size_t i = 0; i < g->nmoved; i++) {
		free(g->moved[i].path);
		follow_close(&g->moved[i].follow);
	}
	free(g->moved);
}

/* A log's clock may be ahead of ours. */
static int64_t
hour_of(const struct fields *f, int64_t now)
{
	return (f->has_time && f->time < now ? f->time : now) / 3600;
}

/* A surviving record finds its owner. */
static bool
on_record(void *arg, const struct record *rec)
{
	struct visit *v = arg;
	const char *place = NULL;
	struct fields f;

	format_parse(v->follow.scan.format, rec->p, rec->len, &f, &v->room);
	if (format_is_fine(&f, v->log->level))
		return false;
	if (f.site.n == 0 && v->log->site != NULL)
		f.site = (struct span){ v->log->site, strlen(v->log->site) };
	if (v->not_before > 0 && f.has_time && f.time < v->not_before)
		return false;
	buf_reset(&v->place);
	if (locate(&v->place, &f, v->log->docroots, v->log->ndocroot))
		place = buf_str(&v->place);
	if (ignore_record(v->follow.scan.ignore, rec->p, rec->len, f.level,
		place) >= 0)
		return false;
	groups_add(v->g->groups, route_find(v->log->routes, f.site, place), &f,
	    rec, place, v->follow.scan.at->name);
	if (place != NULL)
		urls_add(v->g->urls, hour_of(&f, v->g->now), place);
	return true;
}

/* What it has to write is kept until the commit. */
static void
note_moved(struct gather *g, struct follow *f)
{
	struct moved *m;

	g->moved = xreallocarray(g->moved, g->nmoved + 1, sizeof *g->moved);
	m = &g->moved[g->nmoved++];
	m->path = xstrdup(f->path);
	m->follow = *f;
	memset(f, 0, sizeof *f);
}

/* What is odd about a source, apart from what it says. */
static void
judge(struct visit *v)
{
	const struct source_plan *plan = &v->follow.plan;
	const char *path = v->follow.path;
	struct alarms *a = v->g->alarms;

	switch (plan->trouble) {
	case SOURCE_OK:
		break;
	case SOURCE_MISSING:
		alarm_on(a, path,
		    "No such log: %s.  Is the server "
		    "running, is the path right?",
		    path);
		break;
	case SOURCE_UNREADABLE:
		v->g->trouble = true;
		alarm_on(a, path,
		    "Cannot read %s: %s.  Nothing is lost: "
		    "it is read from where it was left as soon as it can be "
		    "opened.",
		    path, source_strerror(plan->sys_errno));
		break;
	case SOURCE_NOT_FILE:
		if (v->globbed)
			break; /* a directory that a glob matched */
		v->g->trouble = true;
		alarm_on(a, path, "%s %s.  It is not read.", path,
		    stream_refused(path));
		break;
	}
}

/* A program that writes its log anew each time would be told each time. */
static void
tell_truncated(struct visit *v, long long at, const char *span)
{
	const char *path = v->follow.path;
	char key[PATH_LEN];
	int64_t last;

	if (store_gap_count(v->g->db, "", path, GAP_TRUNCATED,
		v->g->now - SHRINKS, &last) == 0) {
		alarm_event(v->g->alarms,
		    "%s was truncated or replaced, and no other file has the "
		    "rest: what was written after byte %lld%s may be missing."
		    "  Rotate with create instead of copytruncate, or run "
		    "more often.",
		    path, at, span);
		return;
	}
	snprintf(key, sizeof key, SHRINKS_KEY "%s", path);
	alarm_on(v->g->alarms, key,
	    "%s is truncated or replaced again and again, and no other file "
	    "has the rest: what was written between two runs may be missing "
	    "each time.  Let the program append to it.",
	    path);
}

/* Has it shrunk since it was told? */
static void
judge_shrinking(void *arg, const char *key, const char *text, int64_t since)
{
	struct gather *g = arg;
	int64_t last, n;

	(void)text;
	if (strncmp(key, SHRINKS_KEY, strlen(SHRINKS_KEY)) != 0)
		return;
	n = store_gap_count(g->db, "", key + strlen(SHRINKS_KEY), GAP_TRUNCATED,
	    since - SHRINKS, &last);
	if (last > g->now - SHRINKS)
		alarm_keep(g->alarms, key);
	else
		alarm_note(g->alarms, key, "  It was %lld times.",
		    (long long)n);
}

/* What cannot be proved is said. */
static void
tell_gap(struct visit *v, const struct source_gap *gap)
{
	const char *path = v->follow.path;
	const char *file = v->follow.plan.g[gap->g].path;
	char from[CLOCK_TEXT], to[CLOCK_TEXT], span[2 * CLOCK_TEXT + 32] = "";
	struct alarms *a = v->g->alarms;
	long long at = gap->from;

	if (v->g->before > 0)
		snprintf(span, sizeof span, ", between %s and %s,",
		    clock_local(v->g->before, from),
		    clock_local(v->g->now, to));
	switch (gap->reason) {
	case GAP_GONE:
		alarm_event(a,
		    "%s was rotated, and its former file is nowhere any more, "
		    "not as .gz, .bz2, .xz or .zst either: what was written "
		    "to it after byte %lld%s may be missing.  Keep more "
		    "generations, or run more often.",
		    path, at, span);
		break;
	case GAP_UNREADABLE:
		alarm_event(a,
		    "%s was rotated, and %s cannot be read: %s.  What was "
		    "written after byte %lld%s may be missing.  %s",
		    path, v->follow.plan.closed,
		    source_strerror(v->follow.plan.closed_errno), at, span,
		    v->follow.plan.closed_errno == ENOTSUP ?
			"Let logrotate use gzip, bzip2, xz or zstd." :
			"Let site-watchdog's user read it.");
		break;
	case GAP_TRUNCATED:
		tell_truncated(v, at, span);
		break;
	case GAP_DAMAGED:
		alarm_event(a,
		    "%s, a generation of %s, is damaged: what it has behind "
		    "byte %lld of its text cannot be decompressed and may be "
		    "missing.",
		    file != NULL ? file : "A file", path, at);
		break;
	case GAP_VACUUMED:
	case GAP_NONE:
		break;
	}
}

static void
tell_lost(struct visit *v)
{
	const struct store_gap *lost = &v->follow.lost;
	char since[CLOCK_TEXT], until[CLOCK_TEXT];

	alarm_event(v->g->alarms,
	    "The journal threw away what %s had read last: entries between %s "
	    "and %s may be missing.  Let it keep more (SystemMaxUse in "
	    "journald.conf(5)), or run more often.",
	    v->follow.path, clock_local(lost->since, since),
	    clock_local(lost->until, until));
}

static void
silence_key(char key[PATH_LEN], const char *path)
{
	snprintf(key, PATH_LEN, "silent %s", path);
}

static void
alarm_silence(struct visit *v, int64_t last)
{
	char key[PATH_LEN], when[CLOCK_TEXT];

	silence_key(key, v->follow.path);
	alarm_on(v->g->alarms, key, "%s has said nothing new since %s.",
	    v->follow.path, clock_local(last, when));
}

/* After reading: has there been nothing for too long? */
static void
judge_silence(struct visit *v)
{
	int64_t last = v->follow.kept.last_line;

	if (v->log->silent_after > 0 && last > 0 &&
	    v->g->now - last >= v->log->silent_after)
		alarm_silence(v, last);
}

/* The counts of a source. */
static void
count(struct visit *v)
{
	const struct tally *t = &v->follow.scan.tally;

	tally_add(&v->g->tally, t);
	if (!tally_holds(t) || !v->follow.counted)
		alarm_event(v->g->alarms,
		    "Bug in site-watchdog: in %s, what was read is not what "
		    "was ignored, reported and held; please report it.",
		    v->follow.path);
}

static void
read_source(struct visit *v)
{
	struct gather *g = v->g;
	struct follow *f = &v->follow;

	f->scan.ignore = rules_of(g->ignore, g->conf, v->log, g->alarms,
	    &g->broken_rules);
	f->scan.sink = on_record;
	f->scan.arg = v;
	f->scan.deadline = &g->deadline;
	f->scan.budget = &g->budget;
	if (f->first)
		v->not_before = f->since;
	follow_read(f);
	count(v);
	g->unfinished |= f->end == SCAN_DEADLINE;
	if (f->error != NULL) {
		g->trouble = true;
		alarm_on(g->alarms, f->path,
		    "Cannot read %s.  What could be "
		    "read was; the rest is tried again by each run.",
		    f->error);
	}
}

/* Each gets at least one block, whatever the limits, so that none waits for
 * ever; unless there are so many that the run would not end.  A journal, or
 * standard input, has no blocks to come back to. */
static bool
is_too_late(const struct gather *g, const char *path)
{
	return deadline_passed(stream_is(path) ? g->deadline : g->last);
}

/* What was said of it stays. */
static void
skip_source(struct gather *g, const char *path)
{
	char key[PATH_LEN];

	g->unfinished = true;
	silence_key(key, path);
	alarm_keep(g->alarms, path);
	alarm_keep(g->alarms, key);
}

static void
visit_source(struct gather *g, const struct source_entry *e)
{
	const struct log_conf *log = e->log;
	const char *path = e->path;
	struct visit v = { .g = g, .log = log, .globbed = e->globbed };

	if (is_too_late(g, path)) {
		skip_source(g, path);
		return;
	}
	v.follow.now = g->now;
	v.follow.format = log->format;
	v.follow.left = e->left;
	v.follow.from_end = !e->later && log->first_run == FIRST_END &&
	    db_lost(g->db) == DB_KEPT;
	v.follow.directory = log->directory;
	if (!e->later && log->first_run == FIRST_SINCE)
		v.follow.since = g->now - log->first_since;
	store_table_take(g->known, path, &v.follow.kept);
	follow_open(&v.follow, g->db, path, log->olddir);
	judge(&v);
	if (!v.follow.plan.idle) {
		buf_init(&v.place, PATH_LEN);
		buf_init(&v.room, RECORD_MAX);
		read_source(&v);
		buf_free(&v.place);
		buf_free(&v.room);
	}
	for (size_t i = 0; i < v.follow.plan.ngaps; i++)
		tell_gap(&v, &v.follow.plan.gap[i]);
	if (v.follow.lost.reason != GAP_NONE)
		tell_lost(&v);
	judge_silence(&v);
	if (v.follow.moved)
		note_moved(g, &v.follow);
	follow_close(&v.follow);
}

/* The file system under a log, as it was sampled before and is now. */
static void
look_at_disk(struct gather *g, const char *path)
{
	struct disk_outlook d;
	char key[64], span[CLOCK_TEXT];

	if (g->conf->full_within == 0 || stream_is(path) ||
	    !disk_outlook(g->db, path, g->now, &d) ||
	    d.left > g->conf->full_within)
		return;
	snprintf(key, sizeof key, "full %lld", (long long)d.dev);
	alarm_on(g->alarms, key,
	    "The file system of %s will be full in %s "
	    "at its present growth (%lld of %lld MB are used).",
	    path, clock_span(d.left, span), (long long)(d.used >> 20),
	    (long long)(d.size >> 20));
}

/* What the file of that name has that was not read; of a stream nobody knows,
 * and standard input does not wait. */
static int64_t
lag_of(const struct gather *g, const char *path)
{
	const struct store_source *s = store_table_find(g->known, path);
	const struct generation *live = NULL;
	struct stat st;

	if (stream_is(path) || stat(path, &st) == -1)
		return 0;
	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (s->g[i].state == GENERATION_LIVE)
			live = &s->g[i];
	return live != NULL && live->cursor.ino == (uint64_t)st.st_ino &&
		live->cursor.offset <= st.st_size ?
	    st.st_size - live->cursor.offset :
	    st.st_size;
}

/* An index into the sources. */
struct turn {
	int64_t lag;
	size_t i;
};

static int
by_lag(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->lag != y->lag)
		return x->lag < y->lag ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* One with a large backlog must not keep the others waiting. */
static struct turn *
take_turns(const struct gather *g, const struct sources *all)
{
	struct turn *turn = xcalloc(all->n + 1, sizeof *turn);

	for (size_t i = 0; i < all->n; i++)
		turn[i] = (struct turn){ lag_of(g, all->s[i].path), i };
	qsort(turn, all->n, sizeof *turn, by_lag);
	return turn;
}

void
gather_all(struct gather *g)
{
	const struct source_entry *e;
	struct sources all;
	struct turn *turn;

	sources_find(g->conf, g->known, &all);
	turn = take_turns(g, &all);
	for (size_t i = 0; i < all.n; i++) {
		e = &all.s[turn[i].i];
		visit_source(g, e);
		if (e->leads)
			look_at_disk(g, e->path);
	}
	free(turn);
	store_alarms_list(g->db, judge_shrinking, g);
	rules_judge(g->ignore, g->conf, g->alarms);
	sources_free(&all);
}

bool
gather_idle(const struct gather *g)
{
	return g->nmoved == 0;
}

void
gather_write(struct gather *g)
{
	struct store_sample s;
	int64_t dev;

	store_url_put(g->db, g->urls, g->now);
	for (size_t i = 0; i < g->nmoved; i++) {
		g->moved[i].follow.path = g->moved[i].path;
		follow_write(&g->moved[i].follow, g->db, "", g->now, g->before);
		if (disk_look(g->moved[i].path, g->now, &dev, &s) == 0)
			store_sample_put(g->db, dev, &s);
	}
}
