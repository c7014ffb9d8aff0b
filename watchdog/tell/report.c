/* SPDX-License-Identifier: ISC */
/* A digest as a mail: subject and body. */
#include "watchdog/tell/report.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"
#include "common/base/span.h"
#include "watchdog/tell/digest.h"
#include "watchdog/tell/report_entry.h"

#define PLACES 2        /* sections that are named; the others counted */
#define PLACE_MAX 40    /* characters of a section, */
#define PLACE_SHORT 24  /* and in a subject */
#define SUBJECT_AIM 78  /* characters that clients show; a phone shows 40 */
#define HEADLINE_MIN 26 /* of these at least for what happened */
#define RARE_COUNT 2    /* records of a group that is easily missed, */
#define RARE_TOP 3      /* when it is not among these, */
#define RARE_LINES 8    /* of which so many are named first */
#define LIST_MAX (160 * 1024) /* bytes before which what is new is listed */
#define NAMED_MAX 100         /* lines of what came beyond GROUP_MAX */
#define QUIET_MAX 50          /* entries of what is quiet */

/* Groups that lie together in a digest, of one novelty or all. */
struct stretch {
	const struct group *const *group;
	size_t n;
};

static struct stretch
stretch_of(const struct digest *d, enum novelty novelty)
{
	size_t from = 0, i;

	for (i = 0; i < (size_t)novelty; i++)
		from += d->of[i];
	return (struct stretch){ d->group + from, d->of[novelty] };
}

/* ---- where ------------------------------------------------------------ */

/* Where a group is, as its owner knows it. */
struct place {
	const char *site; /* NULL: not known, or there is one only */
	struct span section;
};

/* Do they come from several sites? */
static bool
has_sites(struct stretch s)
{
	const char *site = NULL;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.group[i]->site == NULL)
			continue;
		if (site != NULL && strcmp(site, s.group[i]->site) != 0)
			return true;
		site = s.group[i]->site;
	}
	return false;
}

/* The route's section; without a route, or under "/", the first directory of
 * the path.  Empty if nothing is known. */
static struct place
place_of(const struct group *g, bool sites)
{
	struct place place = { sites ? g->site : NULL, { g->path, 1 } };
	const char *slash;

	if (g->route != NULL && strcmp(g->route->prefix, "/") != 0) {
		place.section.p = g->route->prefix;
		place.section.n = strlen(g->route->prefix);
		return place;
	}
	slash = g->path != NULL ? strchr(g->path + 1, '/') : NULL;
	if (g->path == NULL)
		place.section.n = 0;
	else if (slash != NULL)
		place.section.n = (size_t)(slash - g->path);
	return place;
}

static bool
same_place(struct place a, struct place b)
{
	if ((a.site == NULL) != (b.site == NULL) ||
	    (a.site != NULL && strcmp(a.site, b.site) != 0))
		return false;
	return a.section.n == b.section.n &&
	    (a.section.n == 0 ||
		memcmp(a.section.p, b.section.p, a.section.n) == 0);
}

/* Is it the first of the stretch with its place? */
static bool
is_first_there(struct stretch s, size_t i, bool sites)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (same_place(place_of(s.group[k], sites),
			place_of(s.group[i], sites)))
			return false;
	return true;
}

static void
add_place(struct buf *b, struct place place, size_t max)
{
	struct buf whole;

	buf_init(&whole, 2 * GROUP_PATH);
	if (place.site != NULL)
		buf_adds(&whole, place.site);
	buf_add(&whole, place.section.p, place.section.n);
	text_shorten(b, buf_str(&whole), whole.len, max);
	buf_free(&whole);
}

/* " in /bboard, /news and 3 more", of those the gravest groups have; nothing
 * if no place is known. */
static void
add_places(struct buf *b, struct stretch s, size_t max)
{
	bool sites = has_sites(s);
	struct place place;
	size_t i, n = 0;

	/* Bounded: each is compared with those before it. */
	if (s.n > DIGEST_LINES)
		s.n = DIGEST_LINES;
	for (i = 0; i < s.n; i++) {
		place = place_of(s.group[i], sites);
		if ((place.site == NULL && place.section.n == 0) ||
		    !is_first_there(s, i, sites))
			continue;
		if (n++ >= PLACES)
			continue;
		buf_adds(b, n == 1 ? " in " : ", ");
		add_place(b, place, max);
	}
	if (n > PLACES)
		buf_addf(b, " and %zu more", n - PLACES);
}

/* ---- subject ---------------------------------------------------------- */

/* What to call the gravest of them. */
static const char *
noun_of(const struct group *g)
{
	if (g->level == LEVEL_WARN)
		return "warning";
	if (g->level == LEVEL_NONE || g->level > LEVEL_WARN)
		return "error";
	return "notice";
}

/* What is most worth telling: what is new, else what is back, else what
 * grows, else all; of a digest of quiet groups only, these. */
static struct stretch
worst_of(const struct digest *d, enum novelty *novelty)
{
	for (*novelty = NOVEL_NEW; *novelty < NOVEL_KNOWN; (*novelty)++)
		if (d->of[*novelty] > 0)
			break;
	if (d->n == 0)
		return (struct stretch){ d->quiet, d->nquiet };
	return stretch_of(d, *novelty);
}

/* "3 new errors in /bboard", "2 errors quiet again in /bboard". */
static void
add_tale(struct buf *b, const struct digest *d)
{
	static const char *const word[NOVELTIES] = { "new ", "returned ",
		"growing ", "known " };
	enum novelty novelty;
	struct stretch s = worst_of(d, &novelty);
	char number[32];

	if (s.n == 0) {
		entry_count(b, d->records, "record");
		return;
	}
	buf_addf(b, "%s %s%s%s", text_count(number, (long long)s.n),
	    d->n > 0 ? word[novelty] : "", noun_of(s.group[0]),
	    s.n == 1 ? "" : "s");
	if (d->n == 0)
		buf_adds(b, " quiet again");
	add_places(b, s, PLACE_SHORT);
}

static void
add_fault(struct buf *b, const struct digest *d, const struct report_env *env,
    size_t max)
{
	enum novelty novelty;
	struct stretch s;

	if (env->nalarm > 0) {
		buf_adds(b, ": ");
		entry_short(b,
		    (struct span){ env->alarm[0], strlen(env->alarm[0]) }, max);
		return;
	}
	s = worst_of(d, &novelty);
	if (s.n == 0 || s.group[0]->nmessage == 0)
		return;
	buf_adds(b, ": ");
	entry_headline(b, s.group[0], max);
}

void
report_subject(struct buf *b, const struct digest *d,
    const struct report_env *env)
{
	size_t mark = b->len, used;

	buf_addc(b, '[');
	text_shorten(b, env->host, strlen(env->host), PLACE_SHORT);
	buf_adds(b, "] ");
	if (d != NULL && d->rollup)
		buf_adds(b, "daily: ");
	if (env->nalarm > 0) {
		if (d == NULL)
			buf_adds(b, "site-watchdog: ");
		entry_count(b, (int64_t)env->nalarm, "alarm");
	}
	if (d != NULL) {
		if (env->nalarm > 0)
			buf_adds(b, ", ");
		add_tale(b, d);
	}
	/* In bytes, which are never fewer than characters. */
	used = b->len - mark + 2;
	add_fault(b, d, env,
	    used + HEADLINE_MIN < SUBJECT_AIM ? SUBJECT_AIM - used :
						HEADLINE_MIN);
}

/* ---- body ------------------------------------------------------------- */

static void
add_alarms(struct buf *b, const struct report_env *env)
{
	size_t i, mark;

	if (env->nalarm == 0)
		return;
	buf_adds(b, "ALARMS: the watchdog itself\n\n");
	for (i = 0; i < env->nalarm; i++) {
		mark = b->len;
		text_wrap(b, env->alarm[i], strlen(env->alarm[i]), REPORT_WIDTH,
		    "  ");
		if (b->len > mark + 1)
			b->p[mark] = '*';
		buf_addc(b, '\n');
	}
	buf_addc(b, '\n');
}

/* How many of each, "3 new, 1 back, 4 known". */
static void
add_counts(struct buf *b, const struct digest *d)
{
	static const char *const word[NOVELTIES] = { "new", "back", "growing",
		"known" };
	char number[32];
	const char *joint = "";
	size_t i;

	for (i = 0; i < NOVELTIES; i++) {
		if (d->of[i] == 0)
			continue;
		buf_addf(b, "%s%s %s", joint,
		    text_count(number, (long long)d->of[i]), word[i]);
		joint = ", ";
	}
	if (d->nquiet > 0) {
		buf_addf(b, "%s%s quiet again", joint,
		    text_count(number, (long long)d->nquiet));
		joint = ", ";
	}
	if (*joint != '\0')
		buf_adds(b, ": ");
}

enum level
report_level(const struct digest *d)
{
	enum level level = LEVEL_NONE;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->group[i]->level > level)
			level = d->group[i]->level;
	return level;
}

/* "3 new, 1 back, 4 known: 57 records in /bboard since 21 Nov 07:32:00 UTC,
 * the gravest crit." */
static void
add_summary(struct buf *b, const struct digest *d, const struct report_env *env)
{
	int64_t since = d->since != 0 ? d->since : env->since;
	enum level level = report_level(d);
	char when[CLOCK_TEXT];
	struct stretch all = { d->group, d->n };
	struct buf line;

	if (d->n == 0)
		all = (struct stretch){ d->quiet, d->nquiet };
	buf_init(&line, 1024);
	add_counts(&line, d);
	if (d->n == 0 && d->records == 0)
		buf_adds(&line, "no record");
	else
		entry_count(&line, d->records, "record");
	add_places(&line, all, PLACE_MAX);
	if (since > 0)
		buf_addf(&line, " since %s", clock_local(since, when));
	else
		buf_adds(&line, ", the first run");
	if (level != LEVEL_NONE)
		buf_addf(&line, "; the gravest is %s", level_name(level));
	buf_addc(&line, '.');
	if (d->rollup)
		buf_adds(&line, "  All of this waited for the daily mail.");
	text_wrap(b, buf_str(&line), line.len, REPORT_WIDTH, "");
	buf_adds(b, "\n\n");
	buf_free(&line);
}

/* The i-th group is new or back, no mere notice, and easily missed among the
 * others. */
static bool
is_rare(const struct digest *d, size_t i)
{
	const struct group *g = d->group[i];

	return i >= RARE_TOP && i < d->of[NOVEL_NEW] + d->of[NOVEL_BACK] &&
	    g->count <= RARE_COUNT &&
	    (g->level == LEVEL_NONE || g->level >= LEVEL_WARN);
}

/* Rare ones by name on the first screen; where most are rare, or there are
 * few in all, they are found without. */
static void
add_rare(struct buf *b, const struct digest *d)
{
	size_t rare = 0, told = 0, i;
	char number[32];

	for (i = 0; i < d->n; i++)
		rare += is_rare(d, i);
	if (rare == 0 || d->n <= DIGEST_GROUPS || rare > d->n / 2)
		return;
	buf_adds(b, "RARE: seen once or twice, and not before\n\n");
	for (i = 0; i < d->n && told < RARE_LINES; i++) {
		if (!is_rare(d, i))
			continue;
		entry_line(b, d->group[i], false);
		told++;
	}
	if (rare > told)
		buf_addf(b, "and %s more\n",
		    text_count(number, (long long)(rare - told)));
	buf_addc(b, '\n');
}

/* ---- the groups ------------------------------------------------------- */

/* Groups that are not told one by one. */
static void
add_more(struct buf *b, struct stretch s, const char *noun)
{
	int64_t records = 0;
	size_t i;

	if (s.n == 0)
		return;
	for (i = 0; i < s.n; i++)
		records += s.group[i]->count;
	buf_adds(b, "And ");
	entry_count(b, (int64_t)s.n, noun);
	buf_adds(b, " (");
	entry_count(b, records, "record");
	buf_adds(b, ").\n\n");
}

/* A body while it is written. */
struct page {
	struct buf *b;
	const struct digest *d;
	const struct report_env *env;
	size_t list_end; /* no further line of what is new from here on */
};

/*
 * One line each.  What is new is named as long as there is room for it, so
 * that no flood of frequent ones hides a rare one; of what is known, those up
 * to the DIGEST_LINES-th group of the mail.
 */
static void
add_list(const struct page *p, struct stretch s, enum novelty novelty,
    size_t at)
{
	bool known = novelty == NOVEL_KNOWN;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (known ? at + i >= DIGEST_LINES : p->b->len >= p->list_end)
			break;
		entry_line(p->b, s.group[i], !known);
	}
	if (i > 0)
		buf_addc(p->b, '\n');
	add_more(p->b, (struct stretch){ s.group + i, s.n - i },
	    known ? "more known group" : "more group");
}

/* The groups of one novelty: the at-th of the digest and those behind it. */
static void
add_block(const struct page *p, enum novelty novelty, size_t at)
{
	static const char *const title[NOVELTIES] = { "NEW: never seen before",
		"BACK: silent for a week or more", "GROWING: more than usual",
		"KNOWN: told before" };
	struct stretch s = stretch_of(p->d, novelty);
	size_t i;

	if (s.n == 0)
		return;
	buf_addf(p->b, "%s\n\n", title[novelty]);
	for (i = 0; i < s.n && at + i < DIGEST_GROUPS; i++) {
		/* A rule against what is known best is most in need. */
		entry_full(p->b, s.group[i], novelty, p->env,
		    novelty != NOVEL_KNOWN || i == 0);
		buf_addc(p->b, '\n');
	}
	add_list(p, (struct stretch){ s.group + i, s.n - i }, novelty, at + i);
}

/* What made no group. */
static void
add_overflow(struct buf *b, const struct digest *d)
{
	char number[32];
	size_t i;

	if (d->overflow == 0)
		return;
	buf_adds(b, "And ");
	entry_count(b, d->overflow, "record");
	buf_addf(b, " of other kinds: more than %d came at once.\n", GROUP_MAX);
	for (i = 0; i < d->nnamed && i < NAMED_MAX; i++) {
		buf_adds(b, "  ");
		entry_short(b,
		    (struct span){ d->named[i], strlen(d->named[i]) },
		    REPORT_WIDTH - 2);
		buf_addc(b, '\n');
	}
	if (i < d->nnamed)
		buf_addf(b, "  and %s more\n",
		    text_count(number, (long long)(d->nnamed - i)));
	buf_addc(b, '\n');
}

static void
add_quiet(struct buf *b, const struct digest *d)
{
	char number[32];
	size_t i;

	if (d->nquiet == 0)
		return;
	buf_adds(b, "QUIET: went on for a while, and stopped\n\n");
	for (i = 0; i < d->nquiet && i < QUIET_MAX; i++)
		entry_quiet(b, d->quiet[i]);
	if (i < d->nquiet)
		buf_addf(b, "and %s more\n",
		    text_count(number, (long long)(d->nquiet - i)));
	buf_addc(b, '\n');
}

/* ---- the end ---------------------------------------------------------- */

/* What to type for the first one, and what the entries' short lines mean. */
static void
add_help(struct buf *b, const struct digest *d)
{
	const struct group *g = d->group[0];

	if (entry_in_file(g))
		buf_addf(b,
		    "\nThe first one, as it was logged:\n"
		    "  tail -c +%lld %s | head\n",
		    (long long)g->offset + 1,
		    entry_is_plain(g->file) ? g->file : "FILE");
	else
		buf_addc(b, '\n');
	buf_adds(b,
	    "$ shows all records of an entry, and which rule hides them.\n"
	    "hide: is a rule for the ignore directory, if it is no fault.\n");
}

static void
add_footer(struct buf *b, const struct digest *d, const struct report_env *env)
{
	char when[CLOCK_TEXT];

	buf_adds(b, "--\nsite-watchdog on ");
	text_clean(b, env->host, strlen(env->host), TEXT_LINE);
	buf_addf(b, ", %s\n", clock_local(env->now, when));
	if (d != NULL && d->n > 0) {
		add_help(b, d);
		return;
	}
	buf_adds(b, "\nHow it stands:\n  ");
	entry_program(b, env);
	buf_adds(b, " status\n");
}

void
report_body(struct buf *b, const struct digest *d, const struct report_env *env)
{
	struct page page = { b, d, env, 0 };
	size_t at = 0;
	enum novelty i;

	add_alarms(b, env);
	page.list_end = b->len + LIST_MAX;
	if (d != NULL) {
		add_summary(b, d, env);
		add_rare(b, d);
		for (i = NOVEL_NEW; i < NOVELTIES; i++) {
			add_block(&page, i, at);
			at += d->of[i];
		}
		add_overflow(b, d);
		add_quiet(b, d);
	}
	add_footer(b, d, env);
}
