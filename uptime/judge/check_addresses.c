/* SPDX-License-Identifier: ISC */
/* From TCP to latency: how far each address got, and what that makes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "uptime/judge/check_parts.h"

#define ITEMS 2 /* addresses that a detail names */

/* What came of one address at one hop. */
struct outcome {
	const struct probe *probe; /* NULL: the hop has no address */
	size_t hop;
	enum layer from, to; /* the layers that it counts on */
	enum layer fails;    /* the first that it does not pass; LAYER_N */
	bool none;           /* there it is no evidence */
	enum reason reason;  /* there */
	char detail[PROBE_DETAIL];
	struct findings found;
};

struct outcomes {
	struct outcome *o;
	size_t n;
	const struct sight *s;
};

/* ---- one address --------------------------------------------------------- */

static bool
no_route(const struct sight *s, const struct probe *p)
{
	return p->reason == REASON_CONNECT_UNREACHABLE &&
	    (p->ip.family == AF_INET ? s->no_v4 : s->no_v6);
}

static enum layer
layer_of(const struct probe *p, const struct finding *f)
{
	enum layer l = reason_layer(f->reason);

	/* A pattern that runs wild on a whole reply, or no attempt at all. */
	if (l == LAYER_SELF)
		return p->reason == REASON_NONE ? LAYER_BODY : LAYER_TCP;
	return l;
}

static void
fails(struct outcome *o, enum layer l, enum reason reason, const char *detail)
{
	o->fails = l;
	o->reason = reason;
	snprintf(o->detail, sizeof o->detail, "%s", detail);
}

/* Behind a redirect everything is the redirect's fault. */
static void
fails_behind(struct outcome *o, const struct sight *s, enum reason reason,
    const char *detail)
{
	char ip[IP_TEXT];
	struct buf b;

	buf_init(&b, BUFSIZ);
	buf_addf(&b, "leads to %s", check_url(s, o->hop)->host);
	if (o->probe != NULL)
		buf_addf(&b, ", %s", ip_text(&o->probe->ip, ip));
	buf_addf(&b, ": %s", reason_text(reason));
	if (*detail != '\0')
		buf_addf(&b, ": %s", detail);
	o->fails = LAYER_HTTP;
	o->reason = REASON_REDIRECT_BAD;
	check_detail(o->detail, &b);
	buf_free(&b);
}

/* The first finding that stops it. */
static void
judge_reply(struct outcome *o, const struct sight *s, bool last)
{
	const struct probe *p = o->probe;
	const struct finding *f;
	enum layer l;

	if (no_route(s, p)) {
		fails(o, LAYER_TCP, REASON_NO_ROUTE_FAMILY, p->detail);
		o->none = true;
		return;
	}
	check_probe(&o->found, s->target, p, last, s->now);
	for (size_t i = 0; i < o->found.n; i++) {
		f = &o->found.finding[i];
		if (f->grade != GRADE_DOWN && f->grade != GRADE_UNKNOWN)
			continue;
		l = layer_of(p, f);
		if (s->target->kind == TARGET_EXEC)
			l = LAYER_PLUGIN;
		if (l >= o->fails)
			continue;
		o->none = f->grade == GRADE_UNKNOWN;
		if (l < o->from && !o->none)
			fails_behind(o, s, f->reason, f->detail);
		else
			fails(o, l, f->reason, f->detail);
	}
}

/*
 * A redirect to another port of the same host, http to https most of all, is
 * the site's own way: what breaks there is the site's TCP or TLS, and the hop
 * before it is only counted when it breaks itself.
 */
static bool
is_own_way(const struct sight *s, size_t hop)
{
	const struct url *first = check_url(s, 0), *to = check_url(s, hop);

	return hop > 0 && strcmp(to->host, first->host) == 0 &&
	    to->port != first->port;
}

/* A reply that leads on: where the others lead, or where nobody goes. */
static void
judge_redirect(struct outcome *o, const struct sight *s, size_t hops,
    const struct url *to, const char *wrong)
{
	char detail[PROBE_DETAIL];

	check_probe(&o->found, s->target, o->probe, false, s->now);
	if (o->hop + 1 < hops && wrong == NULL &&
	    strcmp(to->text, check_url(s, o->hop + 1)->text) == 0) {
		if (o->hop == 0 && !is_own_way(s, 1))
			o->to = LAYER_TLS;
		else
			o->from = LAYER_N;
	} else if (o->hop + 1 == hops && s->stopped != REASON_NONE)
		fails(o, LAYER_HTTP, s->stopped, s->why);
	else {
		snprintf(detail, sizeof detail, "leads to %.150s",
		    wrong == NULL ? to->text : o->probe->location);
		fails(o, LAYER_HTTP, REASON_REDIRECT, detail);
	}
}

/* A hop whose name has no address to ask. */
static void
judge_empty(struct outcome *o, const struct sight *s)
{
	const struct resolution *r = s->hop[o->hop].resolution;

	if (r != NULL && r->evidence == EVIDENCE_FAIL && o->hop > 0) {
		fails_behind(o, s, r->reason, r->detail);
		return;
	}
	o->none = true;
	if (r != NULL && r->evidence == EVIDENCE_NONE)
		fails(o, o->from, r->reason, r->detail);
	else
		fails(o, o->from, REASON_NO_ROUTE_FAMILY, "");
}

static void
judge_outcome(struct outcome *o, const struct sight *s, size_t hops)
{
	const char *wrong = NULL;
	struct url to;

	o->from = o->hop == 0 || is_own_way(s, o->hop) ? LAYER_TCP : LAYER_HTTP;
	o->to = LAYER_PLUGIN;
	o->fails = LAYER_N;
	if (o->probe == NULL) {
		judge_empty(o, s);
		return;
	}
	if (!check_leads(s, o->hop, o->probe, &to, &wrong)) {
		judge_reply(o, s, true);
		return;
	}
	judge_redirect(o, s, hops, &to, wrong);
	if (wrong == NULL)
		url_free(&to);
}

static int
by_hop_and_address(const void *a, const void *b)
{
	const struct outcome *x = a, *y = b;

	if (x->hop != y->hop)
		return x->hop < y->hop ? -1 : 1;
	if (x->probe == NULL || y->probe == NULL)
		return 0;
	return ip_compare(&x->probe->ip, &y->probe->ip);
}

/* An address that is dead on both ports is one dead address. */
static void
count_once(struct outcomes *all)
{
	struct outcome *o, *later;

	for (size_t i = 0; i < all->n; i++)
		for (size_t k = i + 1; k < all->n; k++) {
			o = &all->o[i];
			later = &all->o[k];
			if (o->hop < later->hop && o->fails != LAYER_N &&
			    o->fails == later->fails && o->probe != NULL &&
			    later->probe != NULL &&
			    ip_same_address(&o->probe->ip, &later->probe->ip))
				o->from = LAYER_N;
		}
}

/* Sorted, so that the verdict does not depend on who answered first. */
static struct outcomes
judge_all(const struct sight *s)
{
	struct outcomes all = { NULL, 0, s };
	size_t hops = s->nhop, n = 0;
	struct outcome *o;

	/* its name was looked up, and nobody was asked there */
	if (s->stopped != REASON_NONE && hops > 1 && s->hop[hops - 1].n == 0)
		hops--;
	for (size_t i = 0; i < hops; i++)
		n += s->hop[i].n > 0 ? s->hop[i].n : 1;
	all.o = xcalloc(n + 1, sizeof *all.o);
	for (size_t i = 0; i < hops; i++) {
		const struct hop *h = &s->hop[i];

		for (size_t k = 0; k < h->n || (k == 0 && h->n == 0); k++) {
			o = &all.o[all.n++];
			o->probe = h->n > 0 ? &h->probe[k] : NULL;
			o->hop = i;
			judge_outcome(o, s, hops);
		}
	}
	qsort(all.o, all.n, sizeof *all.o, by_hop_and_address);
	if (hops > 1)
		count_once(&all);
	return all;
}

/* ---- one layer ----------------------------------------------------------- */

static bool
reached(const struct outcome *o, enum layer l)
{
	return o->from <= l && l <= o->to && o->fails >= l &&
	    !(o->fails == l && o->none);
}

/* What the layer took of it. */
static int64_t
took(const struct outcome *o, enum layer l)
{
	const struct probe_times *t;
	int64_t start = 0, end = -1;

	if (o->probe == NULL)
		return -1;
	t = &o->probe->times;
	if (l == LAYER_TCP)
		end = t->connect;
	else if (l == LAYER_TLS) {
		start = t->connect;
		end = t->tls;
	} else if (l == LAYER_HTTP) {
		start = t->tls >= 0 ? t->tls : t->connect;
		end = t->first;
	} else if (l == LAYER_BODY)
		start = t->first;
	if (end < 0)
		end = t->total;
	return end < 0 ? -1 : end - (start > 0 ? start : 0);
}

/* "192.0.2.7: no answer in 10 s"; the reason only where it is another. */
static void
add_item(struct buf *b, const struct outcome *o, enum reason known, bool named)
{
	const char *text = o->reason == known ? "" : reason_text(o->reason);
	const char *sep = "";
	char ip[IP_TEXT];

	/* details behind a redirect have their address in them */
	if (named && o->probe != NULL && o->probe->ip.family != 0 &&
	    o->reason != REASON_REDIRECT_BAD) {
		buf_adds(b, ip_text(&o->probe->ip, ip));
		sep = ": ";
	}
	if (*text != '\0') {
		buf_addf(b, "%s%s", sep, text);
		sep = ": ";
	}
	if (o->detail[0] != '\0')
		buf_addf(b, "%s%s", sep, o->detail);
}

/* Those that fail here, the same thing to be said of all of them? */
static bool
alike(const struct outcomes *all, enum layer l, const struct outcome *first)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct outcome *o = &all->o[i];

		if (o->fails == l && reached(o, l) &&
		    (o->reason != first->reason ||
			strcmp(o->detail, first->detail) != 0))
			return false;
	}
	return true;
}

/* AF_INET6 if all IPv6 addresses fail and no other does; or AF_INET; or 0. */
static int
dead_family(const struct outcomes *all, enum layer l)
{
	int dead = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct outcome *o = &all->o[i];

		if (!reached(o, l) || o->fails != l)
			continue;
		if (o->hop > 0 || o->probe == NULL ||
		    (dead != 0 && dead != o->probe->ip.family))
			return 0;
		dead = o->probe->ip.family;
	}
	for (size_t i = 0; i < all->n; i++)
		if (reached(&all->o[i], l) && all->o[i].fails != l &&
		    all->o[i].probe != NULL &&
		    all->o[i].probe->ip.family == dead)
			return 0;
	return dead;
}

static void
add_items(struct buf *b, const struct outcomes *all, enum layer l,
    enum reason known, bool named)
{
	int n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (reached(&all->o[i], l) && all->o[i].fails == l &&
		    ++n <= ITEMS) {
			buf_adds(b, n > 1 ? "; " : "");
			add_item(b, &all->o[i], known, named);
		}
	if (n > ITEMS)
		buf_addf(b, "; %d more", n - ITEMS);
}

/* One clause on who does not get through, and why. */
static void
describe(struct layer_result *at, const struct outcomes *all, enum layer l,
    const struct outcome *first)
{
	int bad = at->all - at->good;
	int family = at->good > 0 ? dead_family(all, l) : 0;
	struct buf b;

	buf_init(&b, BUFSIZ);
	if (family != 0)
		buf_adds(&b, family == AF_INET6 ? "IPv6" : "IPv4");
	if (at->good == 0 && bad == 1)
		add_item(&b, first, at->reason, l <= LAYER_TLS);
	else if (bad > 1 && (at->good == 0 || family != 0) &&
	    alike(all, l, first)) {
		buf_adds(&b, family != 0 ? ", " : "");
		if (bad == 2)
			buf_adds(&b, "both addresses");
		else
			buf_addf(&b, "all %d addresses", bad);
		if (first->detail[0] != '\0')
			buf_addf(&b, ": %s", first->detail);
	} else {
		if (family != 0)
			buf_adds(&b, ", ");
		else if (at->good > 0)
			buf_addf(&b, "%d of %d addresses: ", bad, at->all);
		add_items(&b, all, l, at->reason, true);
	}
	check_detail(at->detail, &b);
	buf_free(&b);
}

/* The first warning on this layer, of anybody who got so far. */
static const struct finding *
warning(const struct outcomes *all, enum layer l)
{
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->o[i].found.n; k++) {
			const struct finding *f = &all->o[i].found.finding[k];

			if (f->grade == GRADE_WARNING &&
			    reason_layer(f->reason) == l && all->o[i].fails > l)
				return f;
		}
	return NULL;
}

/* Does the target have this layer at all? */
static bool
has_layer(const struct sight *s, enum layer l)
{
	const struct target *t = s->target;

	switch (l) {
	case LAYER_TCP:
	case LAYER_LATENCY:
		return t->kind != TARGET_EXEC;
	case LAYER_TLS:
		return t->kind == TARGET_URL ?
		    check_url(s, s->nhop > 0 ? s->nhop - 1 : 0)->tls ||
			t->ask.url.tls :
		    t->tcp_tls;
	case LAYER_HTTP:
		return t->kind == TARGET_URL;
	case LAYER_BODY:
		return t->kind == TARGET_URL ||
		    (t->kind == TARGET_TCP && t->expect.banner != NULL);
	default:
		return t->kind == TARGET_EXEC;
	}
}

/* False if nobody gets through. */
static bool
judge_layer(struct layer_result *at, const struct outcomes *all, enum layer l)
{
	const struct outcome *first = NULL, *o;
	const struct finding *f;

	for (size_t i = 0; i < all->n; i++) {
		o = &all->o[i];
		if (!reached(o, l))
			continue;
		at->all++;
		if (o->fails != l)
			at->good++;
		else if (first == NULL)
			first = o;
		if (took(o, l) > at->us)
			at->us = took(o, l);
	}
	f = warning(all, l);
	at->evaluated = f != NULL || first != NULL ||
	    (at->all > 0 && has_layer(all->s, l));
	if (first != NULL) {
		at->grade = at->good > 0 ? GRADE_DEGRADED : GRADE_DOWN;
		at->reason = first->reason;
		describe(at, all, l, first);
	} else if (f != NULL) {
		at->grade = GRADE_WARNING;
		at->reason = f->reason;
		memcpy(at->detail, f->detail, sizeof at->detail);
	} else if (!at->evaluated)
		*at = (struct layer_result){ .us = -1 };
	return at->grade != GRADE_DOWN;
}

/* Whoever got through all of it is evidence; if there is none, there is none,
 * whatever else was seen. */
static void
judge_rest(struct verdict *v, const struct outcomes *all)
{
	const struct outcome *none = NULL;
	bool passed = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct outcome *o = &all->o[i];

		if (o->fails == LAYER_N && o->to == LAYER_PLUGIN &&
		    o->from != LAYER_N) {
			passed = true;
			if (o->probe->times.total > v->us)
				v->us = o->probe->times.total;
		} else if (o->none && none == NULL)
			none = o;
	}
	if (passed)
		return;
	v->us = -1;
	check_none(v, none != NULL ? none->reason : REASON_DEADLINE,
	    none != NULL ? none->detail : "");
}

void
check_addresses(struct verdict *v, const struct sight *s)
{
	struct outcomes all = judge_all(s);
	bool through = true;

	for (int l = LAYER_TCP; through && l <= LAYER_PLUGIN; l++)
		through = judge_layer(&v->at[l], &all, (enum layer)l);
	if (through)
		judge_rest(v, &all);
	for (size_t i = 0; i < all.n; i++)
		free(all.o[i].found.finding);
	free(all.o);
}
