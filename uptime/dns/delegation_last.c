/* SPDX-License-Identifier: ISC */
/* The name's own zone was reached: what each of its servers says. */
#include <string.h>

#include "common/base/clock.h"
#include "uptime/dns/delegation_in.h"

static void
told_reply(struct ask *a, const struct dns_reply *r)
{
	struct job *j = a->job;
	struct told *t = &j->told[a->i];
	const char *child;
	bool good;

	j->left--;
	a->cut->silent[a->i] = r->status != DNS_ANSWER;
	if (j->phase == PHASE_DONE)
		return;
	good = r->status == DNS_ANSWER &&
	    said_of(&r->answer, j->host, a->cut->name, &child) == SAID_ANSWER;
	reply_worst(&t->worst, r, good);
	if (good)
		records_add(&t->rec, j->d->pool, &r->answer, j->host);
	if (j->left == 0)
		job_wake(j);
}

/* Room for what n servers say. */
static void
told_room(struct job *j, size_t n)
{
	struct told *more;

	if (n <= j->ntold)
		return;
	more = pool_take(j->d->pool, n * sizeof *more);
	if (j->ntold > 0)
		memcpy(more, j->told, j->ntold * sizeof *more);
	j->told = more;
	j->ntold = n;
}

/* False: there is nothing left to pay with. */
static bool
tell_me(struct job *j, size_t i, int type)
{
	struct ask a = { .done = told_reply, .job = j, .cut = j->at, .i = i };

	if (!put_question(j->d, &a, &j->at->server[i].ip, j->host, type, false,
		j->d->conf.server_ms))
		return false;
	j->left++;
	return true;
}

/* Servers of which an address has been found since are asked as well. */
static bool
ask_servers(struct job *j)
{
	bool ok = true;

	told_room(j, j->at->n);
	for (; j->nrec < j->at->n && ok; j->nrec++) {
		if (!reachable(j->d, &j->at->server[j->nrec].ip) ||
		    j->at->silent[j->nrec])
			continue;
		ok = tell_me(j, j->nrec, RR_A) && tell_me(j, j->nrec, RR_AAAA);
	}
	return ok;
}

void
last_begin(struct job *j, bool quick)
{
	struct cut *c = j->at;

	j->phase = PHASE_LAST;
	j->quick = quick;
	j->left = j->nrec = 0;
	survey_begin(c, j);
	if (c->above == NULL && c->parent != NULL)
		c->above = view_begin(c->parent, c, j, j->host);
	if (quick) {
		told_room(j, j->winner + 1);
		j->told[j->winner].rec = j->first;
		tell_me(j, j->winner, RR_AAAA);
	}
	last_step(j);
}

/* Has any server of the last zone spoken for it? */
static enum walk_end
last_end(const struct job *j)
{
	bool any = false, yes = false, nxdomain = false;
	const struct walk_server *s;
	const struct records *r;
	size_t i;

	for (i = 0; i < j->at->n; i++) {
		s = &j->at->server[i];
		if (s->has_serial)
			any = true;
		if (i >= j->ntold)
			continue;
		r = &j->told[i].rec;
		if (r->good > 0)
			any = true;
		if (r->n > 0 || r->cname != NULL)
			yes = true;
		if (r->nxdomain)
			nxdomain = true;
	}
	if (!any)
		return j->end != WALK_ANSWERED ? j->end : WALK_ZONE_DEAD;
	if (yes || j->lost || !walk_registry(j->at->name) ||
	    name_equal(j->host, j->at->name))
		return WALK_ANSWERED;
	return nxdomain ? WALK_NXDOMAIN : WALK_NODATA;
}

static const char *
alias_of(const struct job *j)
{
	size_t i;

	for (i = 0; i < j->ntold; i++)
		if (j->told[i].rec.cname != NULL)
			return j->told[i].rec.cname;
	return NULL;
}

void
last_step(struct job *j)
{
	const char *alias;

	if (!j->quick && !ask_servers(j)) {
		job_finish(j, WALK_TOO_DEEP);
		return;
	}
	if (j->left > 0)
		return; /* the last reply wakes it */
	if (j->at->survey != SURVEY_DONE ||
	    (j->at->above != NULL && j->at->above->left > 0)) {
		cut_wait(j->at, j);
		return;
	}
	alias = alias_of(j);
	if (alias == NULL) {
		job_finish(j, last_end(j));
	} else if (j->aliases >= WALK_ALIASES) {
		job_finish(j, WALK_TOO_DEEP);
	} else if (!alias_ask(j, alias)) {
		job_finish(j, WALK_LOOP);
	} else {
		j->phase = PHASE_ALIAS;
		job_wake(j);
	}
}

/* What a server said of the name, to what it said of the zone. */
static void
tell_server(struct walk_server *s, const struct told *t, struct records *all,
    struct pool *pool)
{
	const struct records *r = &t->rec;
	size_t i;

	if (t->worst.asked)
		s->named = true;
	if (t->worst.asked && s->udp.asked &&
	    reply_badness(&t->worst) > reply_badness(&s->udp))
		s->udp = t->worst;
	if (r->nxdomain)
		s->records = REASON_NXDOMAIN;
	else if (r->good == 2 && r->n == 0 && r->cname == NULL)
		s->records = REASON_NODATA;
	s->answer = r->ip;
	s->nanswer = r->n;
	s->cname = r->cname;
	if (r->unsigned_set)
		s->signed_until = 0;
	else if (r->until != 0 && r->until < s->signed_until)
		s->signed_until = r->until;
	if (r->from > s->signed_from)
		s->signed_from = r->from;
	for (i = 0; i < r->n; i++)
		records_ip(all, pool, &r->ip[i]);
	if (r->ttl > all->ttl)
		all->ttl = r->ttl;
}

/* The last zone's servers, with what they said of the name. */
static void
tell_last(struct job *j, struct walk_zone *z)
{
	struct pool *pool = j->d->pool;
	struct records all = { 0 };
	const struct walk_server *shown;
	size_t i;

	if (j->end == WALK_NXDOMAIN && j->view != NULL) {
		z->server = j->view->server;
		z->n = j->view->n;
		z->complete = true;
		return;
	}
	shown = cut_show(j->at, &z->n);
	z->server = pool_take(pool, (z->n + 1) * sizeof *z->server);
	if (z->n > 0)
		memcpy(z->server, shown, z->n * sizeof *z->server);
	z->complete = j->at->survey == SURVEY_DONE;
	for (i = 0; i < j->ntold; i++)
		tell_server(&z->server[i], &j->told[i], &all, pool);
	j->walk.ip = all.ip;
	j->walk.nip = all.n;
	j->walk.ttl = all.ttl;
}

static void
tell_zone(const struct job *j, struct walk_zone *z, struct cut *c,
    const struct cut *below)
{
	z->name = c->name;
	z->cached = c->payer != NULL && c->payer != j->payer;
	z->ds = c->ds;
	z->ns_ttl = c->ns_ttl;
	z->parent_ns = c->parent_ns;
	z->nparent_ns = c->nparent_ns;
	if (below == NULL)
		return;
	if (below == j->at && below->above != NULL) {
		z->server = below->above->server;
		z->n = below->above->n;
		z->complete = below->above->left == 0;
	} else {
		z->server = cut_show(c, &z->n);
	}
}

void
job_tell(struct job *j)
{
	struct walk *w = &j->walk;
	struct cut *c, *below = NULL;
	size_t i;

	w->end = j->end;
	for (c = j->at; c != NULL; c = c->parent)
		w->n++;
	w->zone = pool_take(j->d->pool, (w->n + 1) * sizeof *w->zone);
	for (c = j->at, i = w->n; c != NULL; below = c, c = c->parent)
		tell_zone(j, &w->zone[--i], c, below);
	if (j->at != NULL)
		tell_last(j, &w->zone[w->n - 1]);
	if (j->alias != NULL && j->alias->phase == PHASE_DONE) {
		w->next = &j->alias->walk;
		w->ip = w->next->ip;
		w->nip = w->next->nip;
		if (w->next->ttl > w->ttl)
			w->ttl = w->next->ttl;
	}
	w->us = clock_mono_us() - j->began;
	w->questions = j->spent;
}
