/* SPDX-License-Identifier: ISC */
/*
 * Every server of a zone: once in a run for what the zone says of itself, and
 * once for each zone below, for the referral.
 */
#include <string.h>

#include "uptime/dns/delegation_in.h"

int
reply_badness(const struct walk_reply *w)
{
	if (w->status != DNS_ANSWER)
		return 3;
	if (w->rcode != RCODE_NOERROR && w->rcode != RCODE_NXDOMAIN)
		return 2;
	return w->aa ? 0 : 1;
}

void
reply_worst(struct walk_reply *w, const struct dns_reply *r, bool aa)
{
	struct walk_reply now = { .asked = true,
		.status = r->status,
		.us = r->us,
		.aa = aa };

	if (r->status == DNS_ANSWER)
		now.rcode = r->answer.rcode;
	if (!w->asked || reply_badness(&now) > reply_badness(w))
		*w = now;
}

enum { ASK_SOA, ASK_NS, ASK_TCP };

/* The names of servers in an answer, sorted as they came. */
static void
take_ns(struct delegation *d, struct walk_server *s, const struct answer *a,
    const char *zone, enum rr_section section)
{
	const struct rr *rr;
	size_t i;

	s->ns = pool_take(d->pool, WALK_SERVERS * sizeof *s->ns);
	s->nns = 0;
	for (i = 0; i < a->n && s->nns < WALK_SERVERS; i++) {
		rr = &a->rr[i];
		if (rr->section == section && rr->type == RR_NS &&
		    name_equal(rr->owner, zone))
			s->ns[s->nns++] = pool_text(d->pool, rr->target);
	}
}

/* Is there a record of the zone's own type?  A server of the parent alone
 * would answer with authority, too. */
static bool
has_own(const struct answer *a, const char *zone, int type)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->rr[i].section == RR_ANSWER && a->rr[i].type == type &&
		    name_equal(a->rr[i].owner, zone))
			return true;
	return false;
}

static void
take_soa(struct cut *c, struct walk_server *s, const struct answer *a)
{
	struct records r = { 0 };
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->rr[i].section == RR_ANSWER && a->rr[i].type == RR_SOA &&
		    name_equal(a->rr[i].owner, c->name)) {
			s->has_serial = true;
			s->serial = a->rr[i].serial;
		}
	records_signed(&r, a, c->name, RR_SOA);
	s->signed_until = r.until;
	s->signed_from = r.from;
}

/* The first who knows the zone is asked where its servers' names are. */
static void
check_glue(struct cut *c)
{
	size_t i;

	if (c->checked)
		return;
	c->checked = true;
	for (i = 0; i < c->nhost; i++)
		if (c->host[i].glued && name_below(c->host[i].name, c->name)) {
			c->host[i].checking = true;
			c->left++;
			host_ask(c, i);
		}
}

static void
survey_reply(struct ask *a, const struct dns_reply *r)
{
	struct cut *c = a->cut;
	struct walk_server *s = &c->server[a->i];
	int type = a->what == ASK_NS ? RR_NS : RR_SOA;
	bool answer = r->status == DNS_ANSWER, aa;
	size_t i;

	c->left--;
	c->shown = NULL;
	aa = answer && r->answer.aa && has_own(&r->answer, c->name, type);
	if (a->what == ASK_TCP) {
		reply_worst(&s->tcp, r, aa);
	} else {
		reply_worst(&s->udp, r, aa);
		c->silent[a->i] = !answer;
	}
	if (aa && a->what == ASK_NS) {
		take_ns(c->d, s, &r->answer, c->name, RR_ANSWER);
		for (i = 0; i < s->nns; i++)
			cut_child_host(c, s->ns[i]);
	} else if (aa && !s->has_serial) {
		take_soa(c, s, &r->answer);
		check_glue(c);
	}
	survey_more(c);
}

static void
survey_server(struct cut *c, size_t i)
{
	static const int type
	    [] = { [ASK_SOA] = RR_SOA, [ASK_NS] = RR_NS, [ASK_TCP] = RR_SOA };
	struct ask a = { .done = survey_reply, .cut = c, .i = i };

	if (!reachable(c->d, &c->server[i].ip))
		return;
	memset(&c->server[i].udp, 0, sizeof c->server[i].udp);
	for (a.what = ASK_SOA; a.what <= ASK_TCP; a.what++)
		if (put_question(c->d, &a, &c->server[i].ip, c->name,
			type[a.what], a.what == ASK_TCP, c->d->conf.server_ms))
			c->left++;
}

void
survey_more(struct cut *c)
{
	if (c->survey != SURVEY_RUNS)
		return;
	while (c->surveyed < c->n)
		survey_server(c, c->surveyed++);
	if (c->left == 0 && c->pending == 0) {
		c->survey = SURVEY_DONE;
		cut_wake(c);
	}
}

void
survey_begin(struct cut *c, struct job *j)
{
	if (c->survey != SURVEY_NONE)
		return;
	c->survey = SURVEY_RUNS;
	if (c->payer == NULL)
		c->payer = j->payer;
	c->shown = NULL;
	survey_more(c);
}

static void
view_reply(struct ask *a, const struct dns_reply *r)
{
	struct view *v = a->at;
	struct walk_server *s = &v->server[a->i];
	const char *child = NULL;
	enum said said = SAID_LAME;

	v->left--;
	if (r->status == DNS_ANSWER) {
		said = said_of(&r->answer, v->name, v->of->name, &child);
		if (a->what != ASK_TCP)
			v->of->silent[a->i] = false;
	}
	reply_worst(a->what == ASK_TCP ? &s->tcp : &s->udp, r,
	    said == SAID_ANSWER);
	if (said == SAID_REFERRAL) {
		s->referral = true;
		take_ns(v->of->d, s, &r->answer, child, RR_AUTHORITY);
		if (v->job != NULL && v->child == NULL)
			v->child = cut_make(v->job, v->of, child, &r->answer,
			    NULL);
	} else if (said == SAID_ANSWER) {
		if (r->answer.rcode == RCODE_NXDOMAIN)
			s->records = REASON_NXDOMAIN;
		s->named = true;
	}
	if (v->left > 0)
		return;
	loop_timer_stop(v->of->d->loop, &v->timer);
	if (v->wakes != NULL)
		cut_wake(v->wakes);
	else
		job_wake(v->job);
}

static void
view_ask(struct view *v, size_t i, bool tcp, int ms)
{
	struct ask a = { .done = view_reply,
		.cut = v->wakes,
		.job = v->job,
		.at = v,
		.i = i,
		.what = tcp ? ASK_TCP : ASK_SOA };

	if (put_question(v->of->d, &a, &v->server[i].ip, v->name, RR_A, tcp,
		ms))
		v->left++;
}

/* Where UDP has been silent so far, TCP gets the rest of the time. */
static void
on_silence(void *arg)
{
	struct view *v = arg;
	struct delegation *d = v->of->d;
	size_t i;

	for (i = 0; i < v->n; i++)
		if (reachable(d, &v->server[i].ip) && !v->server[i].udp.asked)
			view_ask(v, i, true, d->conf.server_ms * 2 / 3);
}

struct view *
view_begin(struct cut *of, struct cut *wakes, struct job *j, const char *name)
{
	struct delegation *d = of->d;
	struct view *v = pool_take(d->pool, sizeof *v);
	size_t i;

	v->all = d->views;
	d->views = v;
	v->of = of;
	v->wakes = wakes;
	v->job = wakes == NULL ? j : NULL;
	v->name = pool_text(d->pool, name);
	v->n = of->n;
	v->server = pool_take(d->pool, (of->n + 1) * sizeof *v->server);
	for (i = 0; i < v->n; i++) {
		v->server[i].name = of->server[i].name;
		v->server[i].ip = of->server[i].ip;
		v->server[i].glue = of->server[i].glue;
		v->server[i].in_parent = true;
		if (reachable(d, &v->server[i].ip))
			view_ask(v, i, false, d->conf.server_ms);
	}
	if (v->left > 0)
		loop_timer_set(d->loop, &v->timer, d->conf.server_ms / 3,
		    on_silence, v);
	return v;
}
