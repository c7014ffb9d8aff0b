/* SPDX-License-Identifier: ISC */
/* What the forms of a verdict have in common. */
#include "uptime/tell/show_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "uptime/judge/check.h"

char *
show_time(int64_t us, char out[SHOW_NUMBER])
{
	double ms = (double)us / 1000;

	/* The bounds are where rounding would add a digit. */
	if (us < 0)
		snprintf(out, SHOW_NUMBER, "-");
	else if (us < 995)
		snprintf(out, SHOW_NUMBER, "%.2f ms", ms);
	else if (us < 9950)
		snprintf(out, SHOW_NUMBER, "%.1f ms", ms);
	else if (us < 999500)
		snprintf(out, SHOW_NUMBER, "%.0f ms", ms);
	else if (us < 9995000)
		snprintf(out, SHOW_NUMBER, "%.2f s", ms / 1000);
	else
		snprintf(out, SHOW_NUMBER, "%.1f s", ms / 1000);
	return out;
}

char *
show_ms(int64_t us, const char *none, char out[SHOW_NUMBER])
{
	if (us < 0)
		snprintf(out, SHOW_NUMBER, "%s", none);
	else
		snprintf(out, SHOW_NUMBER, "%" PRId64 ".%03d", us / 1000,
		    (int)(us % 1000));
	return out;
}

char *
show_day(int64_t t, char out[SHOW_NUMBER])
{
	char text[CLOCK_TEXT];

	clock_rfc3339(t, text);
	text[strcspn(text, "T")] = '\0';
	snprintf(out, SHOW_NUMBER, "%.*s", SHOW_NUMBER - 1, text);
	return out;
}

void
show_clean(struct buf *out, const char *s)
{
	text_clean(out, s, strlen(s), TEXT_LINE);
}

void
show_grade(struct buf *out, enum grade g, const char *word, int width,
    bool colour)
{
	static const char *const sgr[GRADE_N] = {
		[GRADE_OK] = "32",
		[GRADE_UNKNOWN] = "36",
		[GRADE_WARNING] = "33",
		[GRADE_DEGRADED] = "1;33",
		[GRADE_DOWN] = "1;31",
	};
	int fill = width - (int)strlen(word);

	if (colour)
		buf_addf(out, "\033[%sm%s\033[0m", sgr[g], word);
	else
		buf_adds(out, word);
	if (fill > 0)
		buf_addf(out, "%*s", fill, "");
}

void
show_reason(struct buf *out, enum reason r, const char *detail)
{
	const char *text = reason_text(r);

	buf_adds(out, text);
	if (*detail == '\0')
		return;
	if (*text == '\0')
		show_clean(out, detail);
	else if (strchr(text, '(') != NULL || strchr(detail, '(') != NULL) {
		/* No parentheses inside others. */
		buf_adds(out, ": ");
		show_clean(out, detail);
	} else {
		buf_adds(out, " (");
		show_clean(out, detail);
		buf_addc(out, ')');
	}
}

void
show_count(struct buf *out, int good, int all, const char *one,
    const char *many)
{
	buf_addf(out, "%d of %d %s", good, all, all == 1 ? one : many);
}

/* Of a verdict without a fault. */
static void
summary(struct buf *out, const struct verdict *v)
{
	const struct layer_result *tcp = &v->at[LAYER_TCP];
	char ms[SHOW_NUMBER];
	size_t before;

	before = out->len;
	show_clean(out, v->detail);
	if (out->len == before && tcp->evaluated && tcp->all > 0)
		show_count(out, tcp->good, tcp->all, "address", "addresses");
	if (v->us >= 0)
		buf_addf(out, "%s%s", out->len > before ? ", " : "",
		    show_time(v->us, ms));
	if (out->len == before)
		buf_adds(out, "all is well");
}

void
show_verdict(struct buf *out, const struct verdict *v)
{
	if (v->reason == REASON_NONE) {
		summary(out, v);
		return;
	}
	buf_addf(out, "%s: ", layer_title(v->layer));
	show_reason(out, v->reason, v->detail);
}

const struct hop *
show_last(const struct sight *s)
{
	return s != NULL && s->nhop > 0 ? &s->hop[s->nhop - 1] : NULL;
}

const struct url *
show_url(const struct sight *s, const struct hop *h)
{
	const struct url *url = &h->url;

	if (url->text == NULL && h == &s->hop[0])
		url = &s->target->ask.url;
	return url->text != NULL ? url : NULL;
}

const struct probe_cert *
show_cert(const struct sight *s)
{
	const struct probe_cert *c, *first = NULL;

	for (size_t i = 0; s != NULL && i < s->nhop; i++)
		for (size_t k = 0; k < s->hop[i].n; k++) {
			c = &s->hop[i].probe[k].cert;
			if (c->seen &&
			    (first == NULL || c->not_after < first->not_after))
				first = c;
		}
	return first;
}

enum reason
show_amiss(const struct verdict *v, const struct sight *s, const struct hop *h,
    const struct probe *p, char detail[PROBE_DETAIL])
{
	struct findings found = { NULL, 0 };
	const struct finding *worst = NULL;
	enum reason r = p->reason;

	snprintf(detail, PROBE_DETAIL, "%s", p->detail);
	/* A whole reply was held against the expectation, and nobody keeps
	 * what came of each; asked again only where something is wrong. */
	if (r != REASON_NONE || v->grade == GRADE_OK)
		return r;
	check_probe(&found, s->target, p, h == show_last(s), s->now);
	for (size_t i = 0; i < found.n; i++)
		if (worst == NULL || found.finding[i].grade > worst->grade)
			worst = &found.finding[i];
	if (worst != NULL) {
		r = worst->reason;
		snprintf(detail, PROBE_DETAIL, "%s", worst->detail);
	}
	free(found.finding);
	return r;
}
