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
#include "watchdog/match/span.h"
#include "watchdog/tell/digest.h"
#include "watchdog/tell/report_entry.h"

#define PLACES 2      /* sections that are named; the others counted */
#define PLACE_MAX 40  /* characters of a section */
#define PLAIN_MAX 200 /* bytes of a file name in a command */

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

/* The section that its owner knows: the route's; without a route, or under
 * "/", the first directory of the path.  Empty if nothing is known. */
static struct span
place_of(const struct group *g)
{
	struct span place = { g->path, 1 };
	const char *slash;

	if (g->route != NULL && strcmp(g->route->prefix, "/") != 0) {
		place.p = g->route->prefix;
		place.n = strlen(g->route->prefix);
		return place;
	}
	slash = g->path != NULL ? strchr(g->path + 1, '/') : NULL;
	if (g->path == NULL)
		place.n = 0;
	else if (slash != NULL)
		place.n = (size_t)(slash - g->path);
	return place;
}

static bool
same_place(const struct group *a, const struct group *b)
{
	struct span pa = place_of(a), pb = place_of(b);

	return pa.n == pb.n && memcmp(pa.p, pb.p, pa.n) == 0;
}

/* Is it the first of the stretch with its place? */
static bool
is_first_there(struct stretch s, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (same_place(s.group[k], s.group[i]))
			return false;
	return true;
}

/* " in /bboard, /news and 3 more", of those the gravest groups have; nothing
 * if no place is known. */
static void
add_places(struct buf *b, struct stretch s)
{
	struct span place;
	size_t i, n = 0;

	/* Bounded: each is compared with those before it. */
	if (s.n > DIGEST_LINES)
		s.n = DIGEST_LINES;
	for (i = 0; i < s.n; i++) {
		place = place_of(s.group[i]);
		if (place.n == 0 || !is_first_there(s, i))
			continue;
		if (n++ >= PLACES)
			continue;
		buf_adds(b, n == 1 ? " in " : ", ");
		text_shorten(b, place.p, place.n, PLACE_MAX);
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

/* What is most worth telling: what is new, else what is back, else all. */
static struct stretch
worst_of(const struct digest *d, enum novelty *novelty)
{
	for (*novelty = NOVEL_NEW; *novelty < NOVEL_KNOWN; (*novelty)++)
		if (d->of[*novelty] > 0)
			break;
	return stretch_of(d, *novelty);
}

/* "3 new errors in /bboard (57 records)". */
static void
add_tale(struct buf *b, const struct digest *d)
{
	static const char *const word[NOVELTIES] = { "new ", "returned ",
		"growing ", "known " };
	enum novelty novelty;
	struct stretch s = worst_of(d, &novelty);
	char number[32];

	if (s.n > 0) {
		buf_addf(b, "%s %s", text_count(number, (long long)s.n),
		    word[novelty]);
		buf_addf(b, "%s%s", noun_of(s.group[0]), s.n == 1 ? "" : "s");
		add_places(b, s);
		buf_adds(b, " (");
		entry_count(b, d->records, "record");
		buf_addc(b, ')');
	} else
		entry_count(b, d->records, "record");
}

void
report_subject(struct buf *b, const struct digest *d,
    const struct report_env *env)
{
	size_t mark = b->len, used;
	enum novelty novelty;

	buf_addc(b, '[');
	text_shorten(b, env->host, strlen(env->host), PLACE_MAX);
	buf_adds(b, "] ");
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
	if (used >= REPORT_SUBJECT)
		return;
	if (env->nalarm > 0) {
		buf_adds(b, ": ");
		entry_short(b,
		    (struct span){ env->alarm[0], strlen(env->alarm[0]) },
		    REPORT_SUBJECT - used);
	} else if (d != NULL && d->n > 0) {
		buf_adds(b, ": ");
		entry_headline(b, worst_of(d, &novelty).group[0],
		    REPORT_SUBJECT - used);
	}
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

/* "3 new, 1 back, 4 known: 57 records in /bboard since 21 Nov 07:32:00 UTC."
 */
static void
add_summary(struct buf *b, const struct digest *d, const struct report_env *env)
{
	static const char *const word[NOVELTIES] = { "new", "back", "growing",
		"known" };
	char when[CLOCK_TEXT], number[32];
	struct buf line;
	size_t i;

	buf_init(&line, 1024);
	for (i = 0; i < NOVELTIES; i++)
		if (d->of[i] > 0)
			buf_addf(&line, "%s%s %s", line.len > 0 ? ", " : "",
			    text_count(number, (long long)d->of[i]), word[i]);
	if (line.len > 0)
		buf_adds(&line, ": ");
	entry_count(&line, d->records, "record");
	add_places(&line, (struct stretch){ d->group, d->n });
	if (env->since > 0)
		buf_addf(&line, " since %s.", clock_local(env->since, when));
	else
		buf_adds(&line, ", the first run.");
	text_wrap(b, buf_str(&line), line.len, REPORT_WIDTH, "");
	buf_adds(b, "\n\n");
	buf_free(&line);
}

/* The groups of one novelty: the at-th of the digest and those behind it. */
static void
add_block(struct buf *b, const struct digest *d, enum novelty novelty,
    size_t at)
{
	static const char *const title[NOVELTIES] = { "NEW: never seen before",
		"BACK: silent for a week or more", "GROWING: more than usual",
		"KNOWN: told before" };
	struct stretch s = stretch_of(d, novelty);
	size_t i;

	if (s.n == 0 || at >= DIGEST_LINES)
		return;
	buf_addf(b, "%s\n\n", title[novelty]);
	for (i = 0; i < s.n && at + i < DIGEST_LINES; i++) {
		if (at + i < DIGEST_GROUPS)
			entry_full(b, s.group[i], novelty);
		else
			entry_line(b, s.group[i]);
		if (at + i < DIGEST_GROUPS || i + 1 == s.n ||
		    at + i + 1 == DIGEST_LINES)
			buf_addc(b, '\n');
	}
}

/* What is not told, counted. */
static void
add_rest(struct buf *b, const struct digest *d)
{
	int64_t records = 0;
	size_t i;

	for (i = DIGEST_LINES; i < d->n; i++)
		records += d->group[i]->count;
	if (d->n > DIGEST_LINES) {
		buf_adds(b, "And ");
		entry_count(b, (int64_t)(d->n - DIGEST_LINES), "more group");
		buf_adds(b, " (");
		entry_count(b, records, "record");
		buf_adds(b, ").\n\n");
	}
	if (d->overflow > 0) {
		buf_adds(b, "And ");
		entry_count(b, d->overflow, "record");
		buf_addf(b, " of other kinds: more than %d came at once.\n\n",
		    GROUP_MAX);
	}
}

/* May the name stand in a command as it is? */
static bool
is_plain(const char *name)
{
	static const char good[] =
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+,:@-";

	return *name == '/' && strlen(name) <= PLAIN_MAX &&
	    name[strspn(name, good)] == '\0';
}

/* What to type.  A name that a shell would read otherwise makes no command:
 * whoever can name a log would have the reader run it. */
static void
add_commands(struct buf *b, const struct digest *d,
    const struct report_env *env)
{
	const struct group *g = d->group[0];
	const struct group *noise = g;
	const char *file = is_plain(g->file) ? g->file : "FILE";

	buf_addf(b,
	    "\nThe first one, as it was logged:\n"
	    "  tail -c +%lld %s | head\n",
	    (long long)g->offset + 1, file);
	buf_addf(b,
	    "All, and which rules hide what:\n"
	    "  site-watchdog -c %s explain %s\n",
	    is_plain(env->conf) ? env->conf : "watchdog.conf", file);
	if (d->of[NOVEL_KNOWN] > 0)
		noise = stretch_of(d, NOVEL_KNOWN).group[0];
	if (noise->nmessage == 0)
		return;
	buf_adds(b,
	    "To silence what is no fault, a rule in the ignore "
	    "directory, such as:\n  ");
	entry_rule(b, noise);
	buf_addc(b, '\n');
}

static void
add_footer(struct buf *b, const struct digest *d, const struct report_env *env)
{
	char when[CLOCK_TEXT];

	buf_adds(b, "--\nsite-watchdog on ");
	text_clean(b, env->host, strlen(env->host), TEXT_LINE);
	buf_addf(b, ", %s\n", clock_local(env->now, when));
	if (d != NULL && d->n > 0)
		add_commands(b, d, env);
	else
		buf_addf(b,
		    "\nHow it stands:\n"
		    "  site-watchdog -c %s status\n",
		    is_plain(env->conf) ? env->conf : "watchdog.conf");
}

void
report_body(struct buf *b, const struct digest *d, const struct report_env *env)
{
	size_t at = 0;
	enum novelty i;

	add_alarms(b, env);
	if (d != NULL) {
		add_summary(b, d, env);
		for (i = NOVEL_NEW; i < NOVELTIES; i++) {
			add_block(b, d, i, at);
			at += d->of[i];
		}
		add_rest(b, d);
	}
	add_footer(b, d, env);
}
