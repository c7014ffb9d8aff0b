/* SPDX-License-Identifier: ISC */
/*
 * The body of a mail: one cause after the other, the first in full, until the
 * screen is full; what is left out is counted.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "uptime/tell/notify.h"
#include "uptime/tell/notify_words.h"
#include "uptime/tell/show_text.h"

#define LINES 60       /* of a body, at most */
#define FOOTER 10      /* of these at its end */
#define OTHERS 6       /* that another cause needs, */
#define OTHERS_MAX 4   /* which room is kept for */
#define EVIDENCE_MIN 6 /* fewer lines of it say nothing */
#define NAMES_FIRST 8
#define NAMES_OTHER 3 /* targets of one cause that are named */
#define WIDTH 78
#define LABEL 12
#define SCRATCH 65536

/* The notices of one cause, in order. */
struct story {
	const struct notice **notice;
	size_t n;
	enum news news;
	const struct notify_env *env;
};

static size_t
lines_of(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->p[i] == '\n';
	return n;
}

/* "  since         21 Nov 14:02:00 CET" */
static void
add_fact(struct buf *out, const char *label, const char *fact)
{
	buf_addf(out, "  %-*s  %s\n", LABEL, label, fact);
}

/* ---- one cause --------------------------------------------------------- */

/* "DOWN  https://www.example.com/", "DOWN  3 targets of 2 sites". */
static void
add_title(struct buf *out, const struct story *s)
{
	const struct notice *first = s->notice[0];
	size_t sites = 1;

	buf_addf(out, "%s  ", news_title(s->news));
	if (s->n == 1) {
		show_clean(out, first->target->name);
		buf_addc(out, '\n');
		return;
	}
	for (size_t i = 1; i < s->n; i++)
		sites += !news_same_site(s->notice[i], s->notice[i - 1]);
	news_count(out, s->n, "target");
	buf_adds(out, " of ");
	if (sites == 1)
		show_clean(out, first->target->site->name);
	else
		news_count(out, sites, "site");
	buf_addc(out, '\n');
}

/* What was seen is said once where it was the same of all. */
static bool
same_detail(const struct story *s)
{
	for (size_t i = 1; i < s->n; i++)
		if (strcmp(s->notice[i]->verdict.detail,
			s->notice[0]->verdict.detail) != 0)
			return false;
	return true;
}

static void
add_cause(struct buf *out, const struct story *s)
{
	struct buf text;

	buf_init(&text, SCRATCH);
	if (news_is_good(s->news))
		buf_adds(&text,
		    s->news == NEWS_UP ? "was down: " : "was amiss: ");
	news_cause(&text, s->notice[0], same_detail(s));
	text_wrap(out, buf_str(&text), text.len, WIDTH, "  ");
	buf_addc(out, '\n');
	buf_free(&text);
}

/* "since 14:02", "after 1h 4m". */
static void
add_when(struct buf *out, const struct story *s, const struct notice *n)
{
	int64_t began = news_began(n, s->env);
	char text[CLOCK_TEXT];

	if (began == 0)
		return;
	if (news_is_good(s->news)) {
		buf_addf(out, "after %s",
		    clock_span(s->env->now - began, text));
		return;
	}
	news_time(began, s->env->now, text);
	buf_addf(out, "%s%s", strlen(text) == 5 ? "since " : "", text);
}

/* A line for each target, with what its own case has to say. */
static void
add_names(struct buf *out, const struct story *s, size_t max)
{
	bool detail = !news_is_good(s->news) && !same_detail(s);
	struct buf when, name;

	buf_init(&when, CLOCK_TEXT);
	buf_init(&name, SCRATCH);
	for (size_t i = 0; i < s->n && i < max; i++) {
		const struct notice *n = s->notice[i];

		buf_reset(&when);
		buf_reset(&name);
		add_when(&when, s, n);
		show_clean(&name, n->target->name);
		if (detail && n->verdict.detail[0] != '\0') {
			buf_adds(&name, "  ");
			show_clean(&name, n->verdict.detail);
		}
		buf_addf(out, "  %-*s  ", LABEL, buf_str(&when));
		text_shorten(out, buf_str(&name), name.len, WIDTH - LABEL - 4);
		buf_addc(out, '\n');
	}
	if (s->n > max) {
		buf_addf(out, "  %-*s  ", LABEL, "");
		news_count(out, s->n - max, "more target");
		buf_addc(out, '\n');
	}
	buf_free(&when);
	buf_free(&name);
}

/* Of a single target: since when, and until when it was good. */
static void
add_times(struct buf *out, const struct story *s)
{
	const struct notice *n = s->notice[0];
	int64_t began = news_began(n, s->env);
	char from[CLOCK_TEXT], to[CLOCK_TEXT], span[CLOCK_TEXT], *line;

	if (began != 0) {
		clock_local(began, from);
		clock_local(s->env->now, to);
		clock_span(s->env->now - began, span);
		line = news_is_good(s->news) ?
		    xasprintf("%s, %s to %s", span, from, to) :
		    xasprintf("%s, %s ago", from, span);
		add_fact(out, news_is_good(s->news) ? "lasted" : "since", line);
		free(line);
	}
	if (s->news == NEWS_DOWN && n->last_good > 0)
		add_fact(out, "last good", clock_local(n->last_good, from));
}

/* Up, but: what the outage has left. */
static void
add_but(struct buf *out, const struct notice *n)
{
	struct buf text;

	if (n->verdict.grade == GRADE_OK || n->verdict.reason == REASON_NONE)
		return;
	buf_init(&text, SCRATCH);
	buf_addf(&text, "%s: ", grade_title(n->verdict.grade));
	show_verdict(&text, &n->verdict);
	add_fact(out, "but", buf_str(&text));
	buf_free(&text);
}

static void
add_story(struct buf *out, const struct story *s, bool first)
{
	const struct notice *n = s->notice[0];
	enum reason r = n->verdict.reason;

	add_title(out, s);
	add_cause(out, s);
	if (s->n == 1) {
		add_times(out, s);
		if (s->news == NEWS_UP)
			add_but(out, n);
	} else {
		add_names(out, s, first ? NAMES_FIRST : NAMES_OTHER);
	}
	if (!news_is_good(s->news) && r != REASON_NONE)
		add_fact(out, "to blame", reason_blame(r));
}

/* The layer table of the first that has one, and whose it is; without LF at
 * its end. */
static void
take_evidence(struct buf *text, const struct story *s)
{
	const struct notice *n = NULL;
	struct buf name;

	for (size_t k = 0; k < s->n && n == NULL; k++)
		if (s->notice[k]->evidence != NULL)
			n = s->notice[k];
	if (n == NULL || news_is_good(s->news))
		return;
	if (s->n > 1) {
		buf_init(&name, SCRATCH);
		show_clean(&name, n->target->name);
		add_fact(text, "for example", buf_str(&name));
		buf_free(&name);
	}
	text_clean(text, n->evidence, strlen(n->evidence), TEXT_BLOCK);
	while (text->len > 0 && text->p[text->len - 1] == '\n')
		buf_cut(text, text->len - 1);
}

/* In max lines: what is longer is cut, or left out where it is not the mail's
 * first. */
static void
add_evidence(struct buf *out, const struct story *s, int max, bool first)
{
	const char *line, *end;
	struct buf text;
	int all, i;

	buf_init(&text, SCRATCH);
	take_evidence(&text, s);
	all = (int)lines_of(&text) + 1;
	if (text.len == 0 || (first ? max < EVIDENCE_MIN : max < all + 1)) {
		buf_free(&text);
		return;
	}
	buf_addc(out, '\n');
	for (line = buf_str(&text), i = 0; i < all; line = end + 1, i++) {
		end = line + strcspn(line, "\n");
		if (i + 2 >= max && all + 1 > max) {
			buf_adds(out, "  (");
			news_count(out, (size_t)(all - i), "more line");
			buf_adds(out, ")\n");
			break;
		}
		buf_add(out, line, (size_t)(end - line));
		buf_addc(out, '\n');
	}
	buf_free(&text);
}

/* ---- the end ----------------------------------------------------------- */

/* May it stand in a command as it is? */
static bool
is_plain(const char *s)
{
	static const char good[] =
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+,:@%-";

	return *s != '\0' && *s != '-' && s[strspn(s, good)] == '\0';
}

/* As a word of the shell's; what cannot be one makes no command that could be
 * taken for another. */
static void
add_word(struct buf *out, const char *s, const char *otherwise)
{
	struct buf clean;

	buf_init(&clean, SCRATCH);
	show_clean(&clean, s);
	if (is_plain(s))
		buf_adds(out, s);
	else if (*s == '\0' || *s == '-' || strchr(s, '\'') != NULL ||
	    strcmp(buf_str(&clean), s) != 0)
		buf_adds(out, otherwise);
	else
		buf_addf(out, "'%s'", s);
	buf_free(&clean);
}

static void
add_command(struct buf *out, const struct notify_env *env, const char *command)
{
	buf_adds(out, "  site-uptime -c ");
	add_word(out, env->conf, "uptime.conf");
	buf_addf(out, " %s", command);
}

static void
add_commands(struct buf *out, const struct notice *first, bool several,
    const struct notify_env *env)
{
	const struct target *t = first->target;

	if (!news_is_good(news_of(first))) {
		buf_adds(out, "To see it again:\n");
		add_command(out, env,
		    t->kind == TARGET_DNS ? "dns " : "check ");
		add_word(out, t->name, "TARGET");
		buf_addc(out, '\n');
	}
	if (first->incident != 0) {
		buf_adds(out, "What happened when:\n");
		add_command(out, env, "incident ");
		buf_addf(out, "%lld\n", (long long)first->incident);
	}
	if (several || first->incident == 0) {
		buf_adds(out, "How all targets stand:\n");
		add_command(out, env, "status\n");
	}
}

/* What there was no room for, counted. */
static void
add_rest(struct buf *out, const size_t count[NEWS_N])
{
	const char *before = ": ";
	char number[32];
	size_t all = 0;

	for (int k = 0; k < NEWS_N; k++)
		all += count[k];
	if (all == 0)
		return;
	buf_adds(out, "And ");
	news_count(out, all, "more target");
	for (int k = 0; k < NEWS_N; k++)
		if (count[k] > 0) {
			buf_addf(out, "%s%s %s", before,
			    text_count(number, (long long)count[k]),
			    news_title((enum news)k));
			before = ", ";
		}
	buf_adds(out, ".\n\n");
}

/* ---- the whole --------------------------------------------------------- */

/* The first that was not told yet and all of its cause; false if none is
 * left.  Marks them. */
static bool
next_story(struct story *s, const struct notice *const *of, bool *told,
    size_t n)
{
	size_t i = 0;

	while (i < n && told[i])
		i++;
	s->n = 0;
	for (; i < n; i++)
		if (!told[i] && (s->n == 0 || news_same(s->notice[0], of[i]))) {
			s->notice[s->n++] = of[i];
			told[i] = true;
		}
	if (s->n > 0)
		s->news = news_of(s->notice[0]);
	return s->n > 0;
}

/* With its evidence, as far as those behind it leave room. */
static void
add_block(struct buf *out, const struct story *s, size_t used, size_t others)
{
	size_t keep = others < OTHERS_MAX ? others : OTHERS_MAX;

	add_story(out, s, used == 0);
	add_evidence(out, s,
	    LINES - FOOTER - 1 - (int)(used + lines_of(out) + keep * OTHERS),
	    used == 0);
	buf_addc(out, '\n');
}

void
notify_body(struct buf *out, const struct notice *const *of, size_t n,
    const struct notify_env *env)
{
	struct story s = { .env = env };
	size_t rest[NEWS_N] = { 0 }, used = 0, others = n;
	struct buf block;
	bool *told;

	if (n == 0)
		return;
	s.notice = xcalloc(n, sizeof *s.notice);
	told = xcalloc(n, sizeof *told);
	buf_init(&block, 2 * SCRATCH);
	while (next_story(&s, of, told, n)) {
		others -= s.n;
		buf_reset(&block);
		add_block(&block, &s, used, others);
		/* Once one has to stay out, so have those after it: they are
		 * less bad. */
		if (used > 0 && used + lines_of(&block) + FOOTER > LINES) {
			rest[s.news] += s.n;
			break;
		}
		buf_add(out, block.p, block.len);
		used += lines_of(&block);
	}
	for (size_t i = 0; i < n; i++)
		rest[news_of(of[i])] += !told[i];
	add_rest(out, rest);
	add_commands(out, of[0], n > 1, env);
	news_footer(out, env);
	buf_free(&block);
	free(told);
	free(s.notice);
}
