/* SPDX-License-Identifier: ISC */
/* One mail an owner: the order of its notices, its subject; and the mail to
 * admin when this host is back on the air. */
#include "uptime/tell/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "uptime/tell/notify_words.h"
#include "uptime/tell/show_text.h"

#define SUBJECT 150 /* characters, at most */
#define NAME 60     /* of a site's name */
#define WIDTH 72
#define SCRATCH 8192

/* ---- order ------------------------------------------------------------- */

static int
by_news(const void *va, const void *vb)
{
	const struct notice *a = *(const struct notice *const *)va;
	const struct notice *b = *(const struct notice *const *)vb;
	int order;

	if (news_of(a) != news_of(b))
		return news_of(a) < news_of(b) ? -1 : 1;
	order = strcmp(a->target->site->name, b->target->site->name);
	if (order == 0)
		order = strcmp(a->target->name, b->target->name);
	return order != 0 ? order : strcmp(a->target->key, b->target->key);
}

void
notify_order(const struct notice **notice, size_t n)
{
	if (n > 1)
		qsort(notice, n, sizeof *notice, by_news);
}

/* ---- subject ----------------------------------------------------------- */

static bool
are_one_site(const struct notice *const *of, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!news_same_site(of[0], of[i]))
			return false;
	return true;
}

/* How many targets, or sites if there are several. */
static void
count_news(size_t count[NEWS_N], const struct notice *const *of, size_t n)
{
	bool one_site = are_one_site(of, n);

	memset(count, 0, NEWS_N * sizeof *count);
	/* Those of one site lie together. */
	for (size_t i = 0; i < n; i++)
		if (one_site || i == 0 ||
		    news_of(of[i]) != news_of(of[i - 1]) ||
		    !news_same_site(of[i], of[i - 1]))
			count[news_of(of[i])]++;
}

/* ", 1 degraded, 2 up": what the brackets in front do not say. */
static void
add_others(struct buf *out, const struct notice *const *of, size_t n)
{
	static const char *const word[NEWS_N] = { "down", "degraded", "warning",
		"up", "ok again" };
	size_t count[NEWS_N];
	char number[32];

	count_news(count, of, n);
	for (int k = (int)news_of(of[0]) + 1; k < NEWS_N; k++)
		if (count[k] > 0)
			buf_addf(out, ", %s %s",
			    text_count(number, (long long)count[k]), word[k]);
}

static void
add_site(struct buf *out, const struct notice *n)
{
	const char *name = n->target->site->name;

	text_shorten(out, name, strlen(name), NAME);
}

/* The first that the first cause began with; 0 if it is not known. */
static int64_t
first_began(const struct notice *const *of, size_t n,
    const struct notify_env *env)
{
	int64_t began = 0, t;

	for (size_t i = 0; i < n; i++) {
		t = news_began(of[i], env);
		if (news_same(of[0], of[i]) && t > 0 &&
		    (began == 0 || t < began))
			began = t;
	}
	return began;
}

/* What is over comes before what it was, lest it be read as news. */
static void
add_cause(struct buf *out, const struct notice *const *of, size_t n, bool many,
    const struct notify_env *env)
{
	static const char *const verb[2][2] = { { "was down", "were down" },
		{ "works fully again", "work fully again" } };
	int64_t began = first_began(of, n, env);
	enum news news = news_of(of[0]);
	char span[CLOCK_TEXT];

	if (news_is_good(news)) {
		buf_adds(out, verb[news == NEWS_WHOLE][many]);
		if (began != 0)
			buf_addf(out, " %s %s",
			    news == NEWS_UP ? "for" : "after",
			    clock_span(env->now - began, span));
		buf_adds(out, " (");
	}
	news_cause(out, of[0], false);
	if (news_is_good(news))
		buf_addc(out, ')');
}

/* "3 sites, 1 up; first www.example.com: TLS: the certificate has expired":
 * whose news it is and what, worst first. */
static void
add_news(struct buf *out, const struct notice *const *of, size_t n,
    const struct notify_env *env)
{
	bool one_site = are_one_site(of, n), one_cause = true;
	size_t count[NEWS_N];

	for (size_t i = 1; i < n; i++)
		one_cause = one_cause && news_same(of[0], of[i]);
	if (one_site) {
		add_site(out, of[0]);
		buf_adds(out, ": ");
	}
	if (n > 1) {
		count_news(count, of, n);
		news_count(out, count[news_of(of[0])],
		    one_site ? "target" : "site");
		add_others(out, of, n);
		buf_adds(out, one_cause ? ": " : "; first ");
	}
	if (!one_site && !one_cause) {
		add_site(out, of[0]);
		buf_adds(out, ": ");
	}
	add_cause(out, of, n, n > 1 && one_cause, env);
}

void
notify_subject(struct buf *out, const struct notice *const *of, size_t n,
    const struct notify_env *env)
{
	char when[CLOCK_TEXT];
	size_t mark = out->len;
	struct buf news, tail;
	int64_t began;
	bool alone;

	if (n == 0)
		return;
	/* The only one of the worst news is told as if it came alone. */
	alone = n > 1 && news_of(of[1]) != news_of(of[0]);
	buf_addf(out, "[%s] ", news_title(news_of(of[0])));
	buf_init(&news, SCRATCH);
	buf_init(&tail, SCRATCH);
	add_news(&news, of, alone ? 1 : n, env);
	began = first_began(of, n, env);
	if (began != 0 && !news_is_good(news_of(of[0])))
		buf_addf(&tail, " (since %s)",
		    news_time(began, env->now, when));
	if (alone)
		add_others(&tail, of, n);
	/* The tail is worth more than the last words of the cause. */
	text_shorten(out, buf_str(&news), news.len,
	    SUBJECT - tail.len - (out->len - mark));
	buf_add(out, buf_str(&tail), tail.len);
	buf_free(&news);
	buf_free(&tail);
}

/* ---- back on the air --------------------------------------------------- */

void
notify_blind(struct buf *subject, struct buf *body, int64_t from, int64_t to,
    size_t targets, const struct notify_env *env)
{
	char first[CLOCK_TEXT], last[CLOCK_TEXT], span[CLOCK_TEXT];
	struct buf text;

	clock_span(to > from ? to - from : 0, span);
	buf_adds(subject, "[BLIND] ");
	text_shorten(subject, env->vantage, strlen(env->vantage), NAME);
	buf_addf(subject, " saw nothing for %s (%s to %s)", span,
	    news_time(from, env->now, first), news_time(to, env->now, last));

	buf_init(&text, SCRATCH);
	show_clean(&text, env->vantage);
	buf_addf(&text,
	    " was off the air from %s to %s, for %s: its witnesses "
	    "did not answer either.  ",
	    clock_local(from, first), clock_local(to, last), span);
	news_count(&text, targets, "target");
	buf_addf(&text,
	    " could not be judged.  Nothing is said of %s in that "
	    "time: no state moved, nobody was told, and it counts "
	    "neither as up nor as down.",
	    targets == 1 ? "it" : "them");
	text_wrap(body, buf_str(&text), text.len, WIDTH, "");
	buf_free(&text);
	buf_adds(body,
	    "\n\nIt is over: the witnesses answer, and targets are judged "
	    "again.\nWhat broke in the meantime is told as it is found.\n\n");
	news_footer(body, env);
}
