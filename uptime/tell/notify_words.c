/* SPDX-License-Identifier: ISC */
/* What subject and body of a mail have in common. */
#include "uptime/tell/notify_words.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "uptime/tell/show_text.h"

enum news
news_of(const struct notice *n)
{
	if (n->debts & DEBT_DOWN)
		return NEWS_DOWN;
	if (n->debts & DEBT_WORSE)
		return n->state.overlay == GRADE_DEGRADED ? NEWS_DEGRADED :
							    NEWS_WARNING;
	return n->debts & DEBT_UP ? NEWS_UP : NEWS_WHOLE;
}

const char *
news_title(enum news news)
{
	static const char *const title[NEWS_N] = { "DOWN", "DEGRADED",
		"WARNING", "UP", "OK" };

	return title[news];
}

bool
news_is_good(enum news news)
{
	return news >= NEWS_UP;
}

/* What is over is named by what it was. */
static enum reason
reason_of(const struct notice *n)
{
	if (news_is_good(news_of(n)) || n->verdict.reason == REASON_NONE)
		return n->state.reason;
	return n->verdict.reason;
}

bool
news_same(const struct notice *a, const struct notice *b)
{
	return news_of(a) == news_of(b) && reason_of(a) == reason_of(b);
}

bool
news_same_site(const struct notice *a, const struct notice *b)
{
	return strcmp(a->target->site->name, b->target->site->name) == 0;
}

void
news_cause(struct buf *out, const struct notice *n, bool detail)
{
	enum reason r = reason_of(n);
	bool now = r == n->verdict.reason && !news_is_good(news_of(n));

	if (r == REASON_NONE) {
		buf_adds(out, "for a reason that is not known");
		return;
	}
	buf_addf(out, "%s: ", layer_title(reason_layer(r)));
	show_reason(out, r, detail && now ? n->verdict.detail : "");
}

int64_t
news_began(const struct notice *n, const struct notify_env *env)
{
	enum news news = news_of(n);
	int64_t t = n->began;

	if (news != NEWS_DOWN && news != NEWS_UP)
		t = n->state.overlay_since;
	return t > 0 && t <= env->now ? t : 0;
}

char *
news_time(int64_t t, int64_t now, char out[CLOCK_TEXT])
{
	char then[CLOCK_TEXT], today[CLOCK_TEXT];

	/* "21 Nov 14:02:00 CET" */
	clock_local(t, then);
	clock_local(now, today);
	if (*then == '@')
		snprintf(out, CLOCK_TEXT, "%s", then);
	else if (strncmp(then, today, 6) == 0 && now - t < 86400)
		snprintf(out, CLOCK_TEXT, "%.5s", then + 7);
	else
		snprintf(out, CLOCK_TEXT, "%.12s", then);
	return out;
}

void
news_count(struct buf *out, size_t n, const char *noun)
{
	char number[32];

	buf_addf(out, "%s %s%s", text_count(number, (long long)n), noun,
	    n == 1 ? "" : "s");
}

void
news_footer(struct buf *out, const struct notify_env *env)
{
	char when[CLOCK_TEXT];

	buf_adds(out, "--\nsite-uptime at ");
	show_clean(out, env->vantage);
	buf_addf(out, ", %s\n", clock_local(env->now, when));
}
