/* SPDX-License-Identifier: ISC */
/* One reply against the expectation: findings, in the order of the layers. */
#define _GNU_SOURCE /* memmem, strcasestr */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/host/regex.h"
#include "uptime/judge/check_date.h"
#include "uptime/judge/check_parts.h"

/* No certificate's dates are held against anybody by a clock that stands
 * before this program was written: 2026-01-01. */
#define CLOCK_FLOOR 1767225600
#define AHEAD_MAX 86400 /* s that a certificate may be early */

#define SHOWN 56   /* characters of an excerpt */
#define LOOKED 512 /* bytes of which it is made */

#define EXCERPT (TEXT_SHOWN * SHOWN + 64)

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span
trim(const char *p, size_t n)
{
	while (n > 0 && is_blank(*p)) {
		p++;
		n--;
	}
	while (n > 0 && is_blank(p[n - 1]))
		n--;
	return (struct span){ p, n };
}

static struct span
body_of(const struct probe *p)
{
	return trim(buf_str(&p->body), p->body.len);
}

/* "…" in quotes, blanks of any kind as one; "nothing" without them. */
static const char *
excerpt(const char *p, size_t n, char out[EXCERPT])
{
	struct span s = trim(p, n);
	char flat[LOOKED];
	struct buf b;
	size_t len = 0;

	for (size_t i = 0; i < s.n && len < sizeof flat; i++)
		if (!is_blank(s.p[i]))
			flat[len++] = s.p[i];
		else if (!is_blank(s.p[i - 1]))
			flat[len++] = ' ';
	if (len == 0) {
		snprintf(out, EXCERPT, "nothing");
		return out;
	}
	buf_init(&b, EXCERPT - 1);
	buf_addc(&b, '"');
	text_shorten(&b, flat, len, SHOWN);
	buf_addc(&b, '"');
	snprintf(out, EXCERPT, "%s", buf_str(&b));
	buf_free(&b);
	return out;
}

/* What came instead: a page's beginning says nothing, but its title. */
static const char *
body_shown(const struct probe *p, char out[EXCERPT])
{
	struct span s = body_of(p);
	const char *title, *end;
	char quoted[EXCERPT];

	if (s.n == 0 || *s.p != '<' ||
	    (title = strcasestr(s.p, "<title")) == NULL ||
	    (title = strchr(title, '>')) == NULL ||
	    (end = strchr(++title, '<')) == NULL ||
	    trim(title, (size_t)(end - title)).n == 0)
		return excerpt(s.p, s.n, out);
	snprintf(out, EXCERPT, "a page with the title %s",
	    excerpt(title, (size_t)(end - title), quoted));
	return out;
}

/* ---- what the transport says --------------------------------------------- */

static enum grade
grade_of(enum reason r)
{
	if (reason_layer(r) == LAYER_SELF)
		return GRADE_UNKNOWN;
	switch (r) {
	case REASON_PLUGIN_WARNING:
		return GRADE_WARNING;
	case REASON_PLUGIN_UNKNOWN: /* it could not tell, and so cannot we */
	case REASON_PLUGIN_BROKEN:
		return GRADE_UNKNOWN;
	default:
		return GRADE_DOWN;
	}
}

/* Nobody puts a certificate into service days before it begins; a clock that
 * is behind makes all of them look so. */
static bool
is_our_clock(const struct probe *p, int64_t now)
{
	if (p->reason == REASON_TLS_NOT_YET && p->cert.seen &&
	    p->cert.not_before - now > AHEAD_MAX)
		return true;
	return now < CLOCK_FLOOR &&
	    (p->reason == REASON_TLS_NOT_YET ||
		p->reason == REASON_TLS_EXPIRED);
}

static void
check_transport(struct findings *l, const struct probe *p, int64_t now)
{
	char day[CLOCK_TEXT];

	if (is_our_clock(p, now))
		findings_add(l, GRADE_UNKNOWN, REASON_CLOCK,
		    "it is %.10s here, which the certificate denies",
		    clock_rfc3339(now, day));
	else
		findings_add(l, grade_of(p->reason), p->reason, "%s",
		    p->detail);
}

/*
 * A certificate that lives no longer than the days of warning, as those of six
 * days do, is not warned about from its first day: the fraction is for it.
 */
static void
check_cert(struct findings *l, const struct site *s, const struct probe *p,
    int64_t now)
{
	int64_t life = p->cert.not_after - p->cert.not_before;
	int64_t left = p->cert.not_after - now;
	char span[CLOCK_TEXT], day[CLOCK_TEXT];

	if (!p->cert.seen || now < CLOCK_FLOOR ||
	    (p->reason != REASON_NONE && reason_layer(p->reason) <= LAYER_TLS))
		return;
	if (!(left < s->cert_warn && life > s->cert_warn) &&
	    !((double)left < s->cert_warn_fraction * (double)life))
		return;
	findings_add(l, GRADE_WARNING, REASON_TLS_EXPIRING,
	    "expires in %s, %.10s", clock_span(left > 0 ? left : 0, span),
	    clock_rfc3339(p->cert.not_after, day));
}

/* ---- status, headers ----------------------------------------------------- */

static void
check_http(struct findings *l, const struct target *t, const struct probe *p)
{
	const struct expect *e = &t->expect;
	struct buf b;

	if (check_status(e, p->status))
		return;
	buf_init(&b, BUFSIZ);
	buf_addf(&b, "%d, expected ", p->status);
	if (e->nstatus == 0)
		buf_adds(&b, "200-299");
	for (size_t i = 0; i < e->nstatus; i++) {
		buf_addf(&b, "%s%d", i > 0 ? ", " : "", e->status[i].low);
		if (e->status[i].high != e->status[i].low)
			buf_addf(&b, "-%d", e->status[i].high);
	}
	if (p->location != NULL) {
		buf_adds(&b, "; leads to ");
		text_shorten(&b, p->location, strlen(p->location), 100);
	}
	findings_add(l, GRADE_DOWN, REASON_STATUS, "%s", buf_str(&b));
	buf_free(&b);
}

static void
runs_wild(struct findings *l, const char *source)
{
	findings_add(l, GRADE_UNKNOWN, REASON_RESOURCES,
	    "the pattern '%.100s' runs wild on this reply", source);
}

static void
check_header(struct findings *l, const struct expect_header *h,
    const struct probe *p)
{
	const char *v, *last = NULL;
	enum regex_result r;
	size_t n, nlast = 0;
	char got[EXCERPT];

	for (size_t i = 0; (v = probe_header(p, h->name, i, &n)) != NULL; i++) {
		if (h->pattern == NULL)
			return;
		r = regex_search(h->pattern, v, n, NULL, NULL);
		if (r == REGEX_LIMIT)
			runs_wild(l, h->source);
		if (r != REGEX_NO_MATCH)
			return;
		last = v;
		nlast = n;
	}
	if (last == NULL)
		findings_add(l, GRADE_DOWN, REASON_HEADER,
		    "there is no header %.60s", h->name);
	else
		findings_add(l, GRADE_DOWN, REASON_HEADER,
		    "%.60s: expected '%.60s', got %s", h->name, h->source,
		    excerpt(last, nlast, got));
}

/* ---- the body ------------------------------------------------------------ */

static void
check_equals(struct findings *l, const struct expect *e, const struct probe *p)
{
	struct span want = trim(e->equals, strlen(e->equals));
	struct span have = body_of(p);
	char w[EXCERPT], g[EXCERPT];

	if (!p->body_full && have.n == want.n &&
	    memcmp(have.p, want.p, want.n) == 0)
		return;
	findings_add(l, GRADE_DOWN, REASON_BODY_OTHER, "expected %s, got %s",
	    excerpt(want.p, want.n, w), body_shown(p, g));
}

static bool
contains(const struct probe *p, const char *word)
{
	return p->body.len > 0 &&
	    memmem(p->body.p, p->body.len, word, strlen(word)) != NULL;
}

/* That something is not there. */
static void
lacks(struct findings *l, enum reason r, const char *what,
    const struct probe *p)
{
	char got[EXCERPT];

	body_shown(p, got);
	if (p->body_full)
		findings_add(l, GRADE_DOWN, r,
		    "no %s in the first %zu bytes of %s", what, p->body.len,
		    got);
	else
		findings_add(l, GRADE_DOWN, r, "no %s in %s", what, got);
}

static void
check_words(struct findings *l, const struct expect *e, const struct probe *p)
{
	char want[EXCERPT];

	for (size_t i = 0; i < e->ncontains; i++)
		if (!contains(p, e->contains[i]))
			lacks(l, REASON_BODY_LACKS,
			    excerpt(e->contains[i], strlen(e->contains[i]),
				want),
			    p);
}

static void
check_patterns(struct findings *l, const struct expect *e,
    const struct probe *p)
{
	const char *text = buf_str(&p->body), *found;
	enum regex_result r;
	size_t n;
	char what[EXCERPT];

	if (e->match != NULL) {
		r = regex_search(e->match, text, p->body.len, NULL, NULL);
		snprintf(what, sizeof what, "'%.100s'", e->match_source);
		if (r == REGEX_LIMIT)
			runs_wild(l, e->match_source);
		else if (r == REGEX_NO_MATCH)
			lacks(l, REASON_BODY_LACKS, what, p);
	}
	if (e->absent != NULL) {
		r = regex_search(e->absent, text, p->body.len, &found, &n);
		if (r == REGEX_LIMIT)
			runs_wild(l, e->absent_source);
		else if (r == REGEX_MATCH)
			findings_add(l, GRADE_DOWN, REASON_BODY_HAS,
			    "there is %s, found by '%.80s'",
			    excerpt(found, n, what), e->absent_source);
	}
}

/* The whole text is a decimal number; not "0x1f", "nan", "inf". */
static bool
number(const char *p, size_t n, double *out)
{
	char text[64], *end;

	if (n == 0 || n >= sizeof text)
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	if (strspn(text, "0123456789+-.eE") != n)
		return false;
	*out = strtod(text, &end);
	return *end == '\0';
}

static void
check_number(struct findings *l, const struct expect_number *x,
    const struct probe *p)
{
	const char *group;
	char what[EXCERPT];
	size_t n;
	double v;

	switch (regex_search(x->pattern, buf_str(&p->body), p->body.len, &group,
	    &n)) {
	case REGEX_LIMIT:
		runs_wild(l, x->source);
		return;
	case REGEX_NO_MATCH:
		snprintf(what, sizeof what, "'%.100s'", x->source);
		lacks(l, REASON_BODY_NUMBER, what, p);
		return;
	case REGEX_MATCH:
		break;
	}
	if (group == NULL || !number(group, n, &v))
		findings_add(l, GRADE_DOWN, REASON_BODY_NUMBER,
		    "%s is no number, found by '%.80s'",
		    group == NULL ? "nothing" : excerpt(group, n, what),
		    x->source);
	else if (v < x->low)
		findings_add(l, GRADE_DOWN, REASON_BODY_NUMBER,
		    "%.15g, expected at least %.15g, found by '%.80s'", v,
		    x->low, x->source);
	else if (v > x->high)
		findings_add(l, GRADE_DOWN, REASON_BODY_NUMBER,
		    "%.15g, expected at most %.15g, found by '%.80s'", v,
		    x->high, x->source);
}

static bool
header_number(const struct probe *p, const char *name, int64_t *out)
{
	const char *v;
	double d;
	size_t n;

	if ((v = probe_header(p, name, 0, &n)) == NULL || n == 0 || n > 15 ||
	    strspn(v, "0123456789") < n || !number(v, n, &d))
		return false;
	*out = (int64_t)d;
	return true;
}

/* Of a body that was not read to its end, what the server says of it. */
static void
check_size(struct findings *l, const struct expect *e, const struct probe *p)
{
	int64_t size = (int64_t)p->body.len, said;
	char a[32], b[32];

	if (p->body_full && header_number(p, "Content-Length", &said) &&
	    said > size)
		size = said;
	if (e->min_size >= 0 && size < e->min_size)
		findings_add(l, GRADE_DOWN, REASON_BODY_SIZE,
		    "%s bytes, expected at least %s", text_count(a, size),
		    text_count(b, e->min_size));
	if (e->max_size >= 0 && size > e->max_size)
		findings_add(l, GRADE_DOWN, REASON_BODY_SIZE,
		    "%s bytes, expected at most %s", text_count(a, size),
		    text_count(b, e->max_size));
}

static bool
header_date(const struct probe *p, const char *name, int64_t *out)
{
	const char *v;
	size_t n;

	v = probe_header(p, name, 0, &n);
	return v != NULL && check_date(v, n, out);
}

/* The server's own clock, where it shows it, is the one its dates are by. */
static void
check_age(struct findings *l, const struct expect *e, const struct probe *p,
    int64_t now)
{
	int64_t age = -1, made, said;
	char a[CLOCK_TEXT], b[CLOCK_TEXT];

	if (e->max_age < 0)
		return;
	if (header_date(p, "Last-Modified", &made)) {
		if (!header_date(p, "Date", &said))
			said = now;
		age = said > made ? said - made : 0;
	}
	/* since it left the server it has stood in a cache */
	if (header_number(p, "Age", &said))
		age = age > said ? age : said;
	if (age < 0)
		findings_add(l, GRADE_DOWN, REASON_BODY_AGE,
		    "neither Last-Modified nor Age tells it");
	else if (age > e->max_age)
		findings_add(l, GRADE_DOWN, REASON_BODY_AGE,
		    "%s old, expected at most %s", clock_span(age, a),
		    clock_span(e->max_age, b));
}

static void
check_body(struct findings *l, const struct expect *e, const struct probe *p,
    int64_t now)
{
	if (e->equals != NULL)
		check_equals(l, e, p);
	check_words(l, e, p);
	check_patterns(l, e, p);
	for (size_t i = 0; i < e->nnumber; i++)
		check_number(l, &e->number[i], p);
	check_size(l, e, p);
	check_age(l, e, p, now);
}

static void
check_banner(struct findings *l, const struct expect *e, const struct probe *p)
{
	char w[EXCERPT], g[EXCERPT];

	if (e->banner != NULL && !contains(p, e->banner))
		findings_add(l, GRADE_DOWN, REASON_BANNER,
		    "expected %s, got %s",
		    excerpt(e->banner, strlen(e->banner), w), body_shown(p, g));
}

static void
check_time(struct findings *l, const struct target *t, const struct probe *p)
{
	if (t->slow > 0 && p->times.total > t->slow * 1000)
		findings_add(l, GRADE_WARNING, REASON_SLOW,
		    "%.3g s, expected at most %.3g s",
		    (double)p->times.total / 1e6, (double)t->slow / 1e3);
}

void
check_probe(struct findings *l, const struct target *t, const struct probe *p,
    bool last, int64_t now)
{
	if (p->reason != REASON_NONE)
		check_transport(l, p, now);
	if (t->kind != TARGET_EXEC)
		check_cert(l, t->site, p, now);
	if (p->reason != REASON_NONE || !last)
		return;
	if (t->kind == TARGET_URL) {
		check_http(l, t, p);
		for (size_t i = 0; i < t->expect.nheader; i++)
			check_header(l, &t->expect.header[i], p);
		check_body(l, &t->expect, p, now);
	} else if (t->kind == TARGET_TCP)
		check_banner(l, &t->expect, p);
	check_time(l, t, p);
}
