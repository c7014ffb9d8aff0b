/* SPDX-License-Identifier: ISC */
/* The layer table: what each layer came to, and what was seen on the way. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "uptime/dns/walk.h"
#include "uptime/judge/check.h"
#include "uptime/tell/show.h"
#include "uptime/tell/show_address.h"
#include "uptime/tell/show_text.h"

#define WIDTH 80
#define LABEL 12                          /* "name servers" */
#define GRADE 8                           /* "DEGRADED" */
#define TIME 8                            /* "0.12 ms " */
#define AT_GRADE (2 + LABEL + 2)          /* columns before it */
#define AT_TEXT (AT_GRADE + GRADE + 2)    /* and before the text */
#define TEXT (WIDTH - AT_TEXT - 1 - TIME) /* characters of it in a line */
#define ADDRESSES 6                       /* that the records row names */
#define TEXT_MAX 4096                     /* bytes of one row's text */

struct table {
	struct buf *out;
	const struct target *t;
	const struct verdict *v;
	const struct sight *s; /* or NULL */
	bool colour;
	size_t notes; /* where they begin: a blank line is before them */
};

/* In characters; the text is clean. */
static int
width_of(const char *s, size_t n)
{
	int width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((unsigned char)s[i] & 0xc0) != 0x80;
	return width;
}

/*
 * Text wrapped into the rest of a line on which `at` columns are taken, the
 * time at the right end of the first line; begins and ends lines itself.
 */
static void
put_text(struct buf *out, const char *text, int at, const char *time)
{
	struct buf wrapped;
	const char *line, *end;
	size_t width = (size_t)(WIDTH - at - (*time != '\0' ? 1 + TIME : 0));

	buf_init(&wrapped, 2 * TEXT_MAX);
	text_wrap(&wrapped, text, strlen(text), width, "");
	for (line = buf_str(&wrapped);; line = end + 1) {
		end = line + strcspn(line, "\n");
		if (line != buf_str(&wrapped))
			buf_addf(out, "%*s", at, "");
		buf_add(out, line, (size_t)(end - line));
		if (*time != '\0') {
			buf_addf(out, "%*s",
			    WIDTH - at - width_of(line, (size_t)(end - line)),
			    time);
			time = "";
		}
		buf_addc(out, '\n');
		if (*end == '\0')
			break;
	}
	buf_free(&wrapped);
}

/* ---- what a layer that is well has to say ----------------------------- */

/* The zone that holds the name. */
static const struct walk_zone *
zone_of(const struct walk *w)
{
	while (w != NULL && w->next != NULL)
		w = w->next;
	return w != NULL && w->n > 0 ? &w->zone[w->n - 1] : NULL;
}

static void
say_registry(const struct table *b, struct buf *text)
{
	const struct walk *w = b->s != NULL ? b->s->walk : NULL;

	if (w == NULL || w->n == 0)
		return;
	show_clean(text, w->n > 1 ? w->zone[w->n - 1].name : w->name);
	buf_adds(text, " is delegated");
}

static void
say_delegation(const struct table *b, struct buf *text)
{
	const struct walk_zone *z = zone_of(b->s != NULL ? b->s->walk : NULL);

	if (z != NULL && z->nparent_ns > 0)
		buf_addf(text, "%zu server%s, parent and zone agree",
		    z->nparent_ns, z->nparent_ns == 1 ? "" : "s");
}

/* The target's own name and port; what lies behind a redirect is HTTP's. */
static const struct hop *
own_hop(const struct table *b)
{
	return b->s != NULL && b->s->nhop > 0 ? &b->s->hop[0] : NULL;
}

static void
say_addresses(struct buf *text, const struct ip *ip, size_t n, uint32_t ttl)
{
	char one[IP_TEXT], span[CLOCK_TEXT];

	for (size_t i = 0; i < n && i < ADDRESSES; i++)
		buf_addf(text, "%s%s", i > 0 ? ", " : "", ip_text(&ip[i], one));
	if (n > ADDRESSES)
		buf_addf(text, " and %zu more", n - ADDRESSES);
	if (n > 0)
		buf_addf(text, "; TTL %s", clock_span(ttl, span));
}

static void
say_records(const struct table *b, struct buf *text)
{
	const struct hop *h = own_hop(b);

	if (h != NULL && h->resolution != NULL)
		say_addresses(text, h->resolution->ip, h->resolution->n,
		    h->resolution->ttl);
	else if (b->s != NULL && b->s->walk != NULL)
		say_addresses(text, b->s->walk->ip, b->s->walk->nip,
		    b->s->walk->ttl);
}

static void
say_tcp(const struct table *b, struct buf *text)
{
	const struct layer_result *r = &b->v->at[LAYER_TCP];
	const struct hop *h = own_hop(b);

	show_count(text, r->good, r->all, "address", "addresses");
	if (h != NULL && h->n > 0 && h->probe[0].ip.port != 0)
		buf_addf(text, ", port %d", h->probe[0].ip.port);
}

static void
say_tls(const struct table *b, struct buf *text)
{
	const struct probe_cert *c = show_cert(b->s);
	char day[SHOW_NUMBER];

	if (c != NULL)
		buf_addf(text, "certificate until %s",
		    show_day(c->not_after, day));
}

/* "200", "200 and 204"; then the oldest version of HTTP that was spoken. */
static void
say_http(const struct table *b, struct buf *text)
{
	const struct hop *h = show_last(b->s);
	const struct probe *p;
	size_t k;
	int http = 0;

	for (size_t i = 0; h != NULL && i < h->n; i++) {
		p = &h->probe[i];
		for (k = 0; k < i && h->probe[k].status != p->status; k++)
			;
		if (p->status == 0)
			continue;
		if (k == i)
			buf_addf(text, "%s%d", text->len > 0 ? " and " : "",
			    p->status);
		if (http == 0 || p->http < http)
			http = p->http;
	}
	if (http >= 20)
		buf_addf(text, ", HTTP/%d", http / 10);
	else if (http > 0)
		buf_addf(text, ", HTTP/%d.%d", http / 10, http % 10);
	if (b->s != NULL && b->s->nhop > 1)
		buf_addf(text, ", %zu redirect%s", b->s->nhop - 1,
		    b->s->nhop == 2 ? "" : "s");
}

static void
say_body(const struct table *b, struct buf *text)
{
	const struct expect *e = &b->t->expect;
	const struct hop *h = show_last(b->s);
	size_t most = 0;

	for (size_t i = 0; h != NULL && i < h->n; i++)
		if (h->probe[i].body.len > most)
			most = h->probe[i].body.len;
	if (e->equals != NULL) {
		buf_adds(text, "is \"");
		text_shorten(text, e->equals, strlen(e->equals), 24);
		buf_adds(text, "\", ");
	} else if (e->ncontains > 0) {
		buf_adds(text, "has \"");
		text_shorten(text, e->contains[0], strlen(e->contains[0]), 24);
		buf_adds(text, "\", ");
	}
	buf_addf(text, "%zu byte%s", most, most == 1 ? "" : "s");
}

static void
say_latency(const struct table *b, struct buf *text)
{
	char limit[SHOW_NUMBER];

	if (b->t->slow > 0)
		buf_addf(text, "limit %s", show_time(b->t->slow * 1000, limit));
}

/* The first line, without performance data. */
static void
say_plugin(const struct table *b, struct buf *text)
{
	const struct hop *h = show_last(b->s);
	const char *body;

	if (h == NULL || h->n == 0)
		return;
	body = buf_str(&h->probe[0].body);
	text_clean(text, body, strcspn(body, "|\n"), TEXT_LINE);
}

static void
say_good(const struct table *b, enum layer l, struct buf *text)
{
	static void (*const say[LAYER_N])(const struct table *,
	    struct buf *) = {
		[LAYER_REGISTRY] = say_registry,
		[LAYER_DELEGATION] = say_delegation,
		[LAYER_RECORDS] = say_records,
		[LAYER_TCP] = say_tcp,
		[LAYER_TLS] = say_tls,
		[LAYER_HTTP] = say_http,
		[LAYER_BODY] = say_body,
		[LAYER_LATENCY] = say_latency,
		[LAYER_PLUGIN] = say_plugin,
	};
	const struct layer_result *r = &b->v->at[l];

	if (r->detail[0] != '\0')
		show_clean(text, r->detail);
	else if (say[l] != NULL)
		say[l](b, text);
	else if (r->all > 0)
		show_count(text, r->good, r->all, "answers", "answer");
}

/* ---- rows ------------------------------------------------------------- */

static bool
expects_body(const struct expect *e)
{
	return e->equals != NULL || e->ncontains > 0 || e->match != NULL ||
	    e->absent != NULL || e->nnumber > 0 || e->min_size >= 0 ||
	    e->max_size >= 0 || e->max_age >= 0 || e->banner != NULL;
}

/* Is a row due even where the layer was not evaluated? */
static bool
concerns(const struct table *b, enum layer l)
{
	const struct target *t = b->t;
	bool fetched = t->kind == TARGET_URL || t->kind == TARGET_TCP;

	switch (l) {
	case LAYER_REGISTRY:
	case LAYER_DELEGATION:
	case LAYER_NAMESERVER:
		return b->s != NULL && b->s->walk != NULL;
	case LAYER_RECORDS:
		return t->kind == TARGET_DNS ||
		    (t->kind == TARGET_URL && t->ask.url.ip.family == 0) ||
		    (t->kind == TARGET_TCP && t->host != NULL);
	case LAYER_TCP:
		return fetched;
	case LAYER_TLS:
		return t->tcp_tls || (fetched && t->ask.url.tls);
	case LAYER_HTTP:
		return t->kind == TARGET_URL;
	case LAYER_BODY:
		return fetched && expects_body(&t->expect);
	case LAYER_LATENCY:
		return fetched && t->slow > 0;
	case LAYER_PLUGIN:
		return t->kind == TARGET_EXEC;
	default:
		return false;
	}
}

/* A layer fails; a target is down. */
static const char *
row_word(enum grade g)
{
	static const char *const word[GRADE_N] = {
		[GRADE_OK] = "ok",
		[GRADE_UNKNOWN] = "unknown",
		[GRADE_WARNING] = "WARNING",
		[GRADE_DEGRADED] = "DEGRADED",
		[GRADE_DOWN] = "FAIL",
	};

	return word[g];
}

/* What else was found on a layer, below its row. */
static void
put_findings(const struct table *b, enum layer l)
{
	const struct layer_result *r = &b->v->at[l];
	const struct findings *all;
	const struct finding *f;
	struct buf text;

	if (b->s == NULL || b->s->zone == NULL)
		return;
	all = &b->s->zone->findings;
	buf_init(&text, TEXT_MAX);
	for (size_t i = 0; i < all->n; i++) {
		f = &all->finding[i];
		if (reason_layer(f->reason) != l ||
		    (f->reason == r->reason &&
			strcmp(f->detail, r->detail) == 0))
			continue;
		buf_reset(&text);
		if (f->grade != r->grade)
			buf_addf(&text, "%s: ", row_word(f->grade));
		show_reason(&text, f->reason, f->detail);
		buf_addf(b->out, "%*s", AT_TEXT, "");
		put_text(b->out, buf_str(&text), AT_TEXT, "");
	}
	buf_free(&text);
}

/* Nothing that anybody would ask about. */
static bool
is_dull(const struct table *b, enum layer l)
{
	if (b->v->at[l].grade != GRADE_OK)
		return false;
	return l == LAYER_SELF || (l == LAYER_LATENCY && b->t->slow == 0);
}

static void
put_row(const struct table *b, enum layer l)
{
	const struct layer_result *r = &b->v->at[l];
	char time[SHOW_NUMBER] = "";
	struct buf text;

	if (!r->evaluated) {
		if (concerns(b, l))
			buf_addf(b->out, "  %-*s  %snot evaluated%s\n", LABEL,
			    layer_title(l), b->colour ? "\033[2m" : "",
			    b->colour ? "\033[0m" : "");
		return;
	}
	if (is_dull(b, l))
		return;
	buf_init(&text, TEXT_MAX);
	/* Of servers the detail names one; of addresses it counts them. */
	if (l == LAYER_NAMESERVER && r->good < r->all)
		buf_addf(&text, "%d of %d good: ", r->good, r->all);
	if (r->reason == REASON_NONE)
		say_good(b, l, &text);
	else
		show_reason(&text, r->reason, r->detail);
	if (r->us >= 0)
		show_time(r->us, time);
	buf_addf(b->out, "  %-*s  ", LABEL, layer_title(l));
	show_grade(b->out, r->grade, row_word(r->grade), GRADE, b->colour);
	buf_adds(b->out, "  ");
	put_text(b->out, buf_str(&text), AT_TEXT, time);
	put_findings(b, l);
	buf_free(&text);
}

/* ---- below the rows --------------------------------------------------- */

static void
put_note(const struct table *b, const char *label, const char *text)
{
	if (b->out->len == b->notes)
		buf_addc(b->out, '\n');
	buf_addf(b->out, "  %-*s  ", LABEL, label);
	put_text(b->out, text, AT_GRADE, "");
}

static void
put_cert(const struct table *b)
{
	const struct probe_cert *c = show_cert(b->s);
	char day[SHOW_NUMBER], span[CLOCK_TEXT];
	struct buf text;
	int64_t left;

	if (c == NULL)
		return;
	left = c->not_after - b->s->now;
	/* Nobody renews by the minute. */
	left -= left % (llabs(left) > 3 * 86400 ? 86400 : 60);
	buf_init(&text, TEXT_MAX);
	buf_addf(&text, "until %s ", show_day(c->not_after, day));
	if (left < 0)
		buf_addf(&text, "(%s ago)", clock_span(-left, span));
	else
		buf_addf(&text, "(%s left)", clock_span(left, span));
	buf_adds(&text, c->subject[0] != '\0' ? ", " : "");
	show_clean(&text, c->subject);
	buf_adds(&text, c->issuer[0] != '\0' ? " by " : "");
	show_clean(&text, c->issuer);
	put_note(b, "certificate", buf_str(&text));
	buf_free(&text);
}

static void
put_notes(const struct table *b)
{
	char when[CLOCK_TEXT], text[CLOCK_TEXT + 64];

	put_cert(b);
	if (b->s != NULL && b->s->zone != NULL &&
	    b->s->zone->cached_until > 0) {
		snprintf(text, sizeof text, "users may still be fine until %s",
		    clock_local(b->s->zone->cached_until, when));
		put_note(b, "caches", text);
	}
	if (b->s != NULL && b->s->attempts > 1) {
		snprintf(text, sizeof text, "%d, this is the last one",
		    b->s->attempts);
		put_note(b, "attempts", text);
	}
}

static void
put_body(struct table *b)
{
	for (int l = 0; l < LAYER_N; l++)
		put_row(b, (enum layer)l);
	show_addresses(b->out, b->v, b->s);
	b->notes = b->out->len;
	put_notes(b);
}

void
show_evidence(struct buf *out, const struct target *t, const struct verdict *v,
    const struct sight *s)
{
	struct table b = { out, t, v, s, false, 0 };

	put_body(&b);
}

void
show_table(struct buf *out, const struct target *t, const struct verdict *v,
    const struct sight *s, bool colour)
{
	struct table b = { out, t, v, s, colour, 0 };
	struct buf text;

	buf_init(&text, TEXT_MAX);
	show_grade(out, v->grade, grade_title(v->grade), 0, colour);
	buf_adds(out, "  ");
	show_clean(out, t->name);
	buf_addc(out, '\n');
	show_verdict(&text, v);
	if (text.len > 0) {
		buf_adds(out, "  ");
		put_text(out, buf_str(&text), 2, "");
	}
	buf_addc(out, '\n');
	put_body(&b);
	if (v->reason != REASON_NONE)
		put_note(&b, "to blame", reason_blame(v->reason));
	buf_free(&text);
}
