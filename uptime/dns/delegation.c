/* SPDX-License-Identifier: ISC */
/* The walk: jobs, their questions, and what moves them. */
#include "uptime/dns/delegation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "uptime/dns/delegation_in.h"

void
drain(struct delegation *d)
{
	struct job *j;

	while (!d->closing && (j = d->run) != NULL) {
		d->run = j->run_next;
		if (d->run == NULL)
			d->run_end = &d->run;
		j->queued = false;
		job_step(j);
	}
}

bool
reachable(const struct delegation *d, const struct ip *ip)
{
	return (ip->family == AF_INET && d->conf.v4) ||
	    (ip->family == AF_INET6 && d->conf.v6);
}

static void
unlink_ask(struct ask *a)
{
	if (a->prev != NULL)
		a->prev->next = a->next;
	else
		a->d->asks = a->next;
	if (a->next != NULL)
		a->next->prev = a->prev;
}

static void
on_reply(void *arg, const struct dns_reply *r)
{
	struct ask *a = arg;
	struct delegation *d = a->d;

	if (d != NULL) {
		unlink_ask(a);
		d->outstanding--;
		if (r->status == DNS_CANCELLED)
			d->closing = true;
		else {
			a->done(a, r);
			drain(d);
		}
	}
	free(a);
}

bool
put_question(struct delegation *d, const struct ask *what,
    const struct ip *server, const char *name, int type, bool tcp, int ms)
{
	struct job *payer = what->job != NULL ? what->job : what->cut->payer;
	struct dns_question q = { .name = name,
		.type = type,
		.dnssec = true,
		.tcp = tcp,
		.timeout_ms = ms };
	struct ask *a;

	payer = payer->payer;
	if (d->closing || payer->spent >= QUESTIONS_MAX)
		return false;
	payer->spent++;
	d->outstanding++;
	a = xmalloc(sizeof *a);
	*a = *what;
	a->d = d;
	a->prev = NULL;
	a->next = d->asks;
	if (a->next != NULL)
		a->next->prev = a;
	d->asks = a;
	dns_ask(d->dns, server, &q, on_reply, a);
	return true;
}

void
job_wake(struct job *j)
{
	struct delegation *d = j->d;

	if (j->queued || j->phase == PHASE_DONE)
		return;
	j->queued = true;
	j->run_next = NULL;
	*d->run_end = j;
	d->run_end = &j->run_next;
}

static void
on_deadline(void *arg)
{
	struct job *j = arg;

	job_finish(j, WALK_TIMEOUT);
	drain(j->d);
}

/* Lower case, no final dot; false if it is no name of a host. */
static bool
canonical(char out[256], const char *host)
{
	size_t i, n = strlen(host), label = 0;

	if (n > 0 && host[n - 1] == '.')
		n--;
	if (n == 0 || n > 253)
		return false;
	for (i = 0; i < n; i++) {
		out[i] = host[i];
		if (host[i] >= 'A' && host[i] <= 'Z')
			out[i] = (char)(host[i] - 'A' + 'a');
		if (host[i] != '.')
			label++;
		else if (label == 0)
			return false;
		else
			label = 0;
		if (label > 63)
			return false;
	}
	out[n] = '\0';
	return label > 0;
}

static struct job **
job_place(struct delegation *d, const char *host, bool full)
{
	struct job **p = &d->job[full][bucket_of(host)];

	while (*p != NULL && strcmp((*p)->host, host) != 0)
		p = &(*p)->bucket;
	return p;
}

static struct job *
job_new(struct delegation *d, struct job **place, const char *host, bool full,
    struct job *payer, int depth)
{
	struct job *j = pool_take(d->pool, sizeof *j);

	j->d = d;
	j->host = pool_text(d->pool, host);
	j->full = full;
	j->payer = payer != NULL ? payer : j;
	j->depth = depth;
	j->born = clock_mono();
	j->began = clock_mono_us();
	j->walk.started = clock_now();
	j->walk.name = j->host;
	j->bucket = NULL;
	*place = j;
	j->all = d->jobs;
	d->jobs = j;
	loop_timer_set(d->loop, &j->timer, d->conf.walk_ms, on_deadline, j);
	job_wake(j);
	return j;
}

struct job *
job_get(struct delegation *d, const char *host, bool full, struct job *payer,
    int depth)
{
	struct job **place, *j;
	char name[256];

	if (!canonical(name, host))
		return NULL;
	place = job_place(d, name, full);
	j = *place;
	/* A server's name that was not found is looked for again. */
	if (j != NULL && !full && j->phase == PHASE_DONE &&
	    j->end != WALK_ANSWERED && clock_mono() - j->born > FRESH_ENOUGH) {
		*place = j->bucket;
		place = job_place(d, name, full);
		j = NULL;
	}
	if (j == NULL)
		j = job_new(d, place, name, full, payer, depth);
	return j;
}

static struct waiter *
wait_for(struct job *j)
{
	struct waiter *w = pool_take(j->d->pool, sizeof *w);

	w->of = j;
	w->next = j->waiters;
	j->waiters = w;
	return w;
}

void
host_ask(struct cut *c, size_t host)
{
	static const struct job none = { .end = WALK_TOO_DEEP };
	struct waiter *w;
	struct job *j = NULL;

	if (c->depth < NEST_MAX && !c->d->closing)
		j = job_get(c->d, c->host[host].name, false, c->payer,
		    c->depth + 1);
	if (j == NULL || j->phase == PHASE_DONE) {
		cut_host_done(c, host, j != NULL ? j : &none);
		return;
	}
	c->host[host].job = j;
	w = wait_for(j);
	w->cut = c;
	w->host = host;
}

bool
alias_ask(struct job *j, const char *host)
{
	struct job *to = job_get(j->d, host, true, NULL, 0), *k;

	if (to == NULL)
		return false;
	for (k = to; k != NULL; k = k->alias)
		if (k == j)
			return false;
	if (to->aliases <= j->aliases)
		to->aliases = j->aliases + 1;
	j->alias = to;
	if (to->phase != PHASE_DONE)
		wait_for(to)->job = j;
	return true;
}

/* Hands a walk over, in a turn of its own. */
static void
deliver(void *arg)
{
	struct waiter *w = arg;

	w->done(w->arg, &w->of->walk);
}

void
job_finish(struct job *j, enum walk_end end)
{
	struct waiter *w;

	if (j->phase == PHASE_DONE)
		return;
	j->phase = PHASE_DONE;
	j->end = end;
	j->race++;
	j->blocked = NULL;
	loop_timer_stop(j->d->loop, &j->timer);
	loop_timer_stop(j->d->loop, &j->hedge);
	lead_release(j);
	if (j->full)
		job_tell(j);
	for (w = j->waiters; w != NULL; w = w->next) {
		if (w->cut != NULL)
			cut_host_done(w->cut, w->host, j);
		else if (w->job != NULL)
			job_wake(w->job);
		else
			loop_timer_set(j->d->loop, &w->timer, 0, deliver, w);
	}
}

struct delegation *
delegation_new(struct dns *dns, struct loop *loop,
    const struct delegation_conf *conf)
{
	struct delegation *d = xcalloc(1, sizeof *d);
	struct ip *root;

	d->dns = dns;
	d->loop = loop;
	d->conf = *conf;
	d->pool = pool_new();
	d->run_end = &d->run;
	d->random = (uint64_t)clock_mono_us() | 1;
	root = pool_take(d->pool, (conf->nroot + 1) * sizeof *root);
	if (conf->nroot > 0)
		memcpy(root, conf->root, conf->nroot * sizeof *root);
	d->conf.root = root;
	d->root = cut_root(d);
	return d;
}

void
delegation_free(struct delegation *d)
{
	struct waiter *w;
	struct ask *a;
	struct view *v;
	struct job *j;

	if (d == NULL)
		return;
	for (a = d->asks; a != NULL; a = a->next)
		a->d = NULL; /* its reply frees it */
	for (j = d->jobs; j != NULL; j = j->all) {
		loop_timer_stop(d->loop, &j->timer);
		loop_timer_stop(d->loop, &j->hedge);
		loop_timer_stop(d->loop, &j->kick);
		for (w = j->waiters; w != NULL; w = w->next)
			loop_timer_stop(d->loop, &w->timer);
	}
	for (v = d->views; v != NULL; v = v->all)
		loop_timer_stop(d->loop, &v->timer);
	pool_free(d->pool);
	free(d);
}

/* What the last walk for the name saw is not to be believed any more; but
 * what is young enough stays, since many may ask at once. */
static void
forget(struct delegation *d, struct job **place)
{
	struct job *j = *place;
	int64_t now = clock_mono();
	struct cut *c;
	int i;

	if (j->phase != PHASE_DONE || now - j->born <= FRESH_ENOUGH)
		return;
	for (c = j->at, i = 0; i < 2 && c != NULL && c != d->root;
	     c = c->parent, i++)
		if (now - c->born > FRESH_ENOUGH)
			cut_forget(c);
	*place = j->bucket;
	if (j->alias != NULL) {
		place = job_place(d, j->alias->host, true);
		if (*place == j->alias)
			forget(d, place);
	}
}

static void
on_kick(void *arg)
{
	struct job *j = arg;

	drain(j->d);
}

void
delegation_ask(struct delegation *d, const char *host, bool fresh,
    void (*done)(void *, const struct walk *), void *arg)
{
	struct job **place, *j;
	char name[256];
	struct waiter *w;

	if (!canonical(name, host))
		name[0] = '\0';
	place = job_place(d, name, true);
	if (*place != NULL && fresh)
		forget(d, place);
	place = job_place(d, name, true);
	j = *place;
	if (j == NULL)
		j = job_new(d, place, name, true, NULL, 0);
	w = wait_for(j);
	w->done = done;
	w->arg = arg;
	if (j->phase == PHASE_DONE)
		loop_timer_set(d->loop, &w->timer, 0, deliver, w);
	else if (j->queued)
		loop_timer_set(d->loop, &j->kick, 0, on_kick, j);
}
