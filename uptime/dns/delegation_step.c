/* SPDX-License-Identifier: ISC */
/* How a job goes on: down zone by zone, until the name's own is found. */
#include <string.h>

#include "uptime/dns/delegation_in.h"

/* The last `labels` labels of the name. */
static const char *
suffix(const char *name, int labels)
{
	int more = name_labels(name) - labels;

	while (more-- > 0) {
		name = strchr(name, '.');
		if (name == NULL)
			return "";
		name++;
	}
	return name;
}

/*
 * Many names below one zone that is not known yet: the first looks for it, the
 * others wait, once.  False: this job has to wait.
 */
static bool
lead_take(struct job *j)
{
	const char *name = suffix(j->host, name_labels(j->at->name) + 1);
	struct lead **p = &j->d->lead[bucket_of(name)], *l;

	if (strcmp(name, j->host) == 0 || j->followed == j->at)
		return true;
	while (*p != NULL && strcmp((*p)->name, name) != 0)
		p = &(*p)->bucket;
	l = *p;
	if (l == NULL) {
		l = pool_take(j->d->pool, sizeof *l);
		l->name = pool_text(j->d->pool, name);
		*p = l;
	}
	if (!l->held) {
		l->held = true;
		j->lead = l;
		return true;
	}
	j->followed = j->at;
	j->waits = true;
	j->wait_next = l->waiting;
	l->waiting = j;
	return false;
}

void
lead_release(struct job *j)
{
	struct lead *l = j->lead;
	struct job *other;

	if (l == NULL)
		return;
	j->lead = NULL;
	l->held = false;
	while ((other = l->waiting) != NULL) {
		l->waiting = other->wait_next;
		other->waits = false;
		job_wake(other);
	}
}

/* None of the zone's servers has an address that can be asked. */
static void
nowhere(struct job *j)
{
	enum walk_end end = WALK_ZONE_DEAD;
	size_t i;

	for (i = 0; i < j->at->nhost; i++)
		if (j->at->host[i].end == WALK_LOOP ||
		    j->at->host[i].end == WALK_TOO_DEEP)
			end = j->at->host[i].end;
	j->lost = true;
	j->end = end;
	if (j->at == j->d->root)
		job_finish(j, WALK_NO_ROOT);
	else if (!j->full)
		job_finish(j, end);
	else
		last_begin(j, false);
}

static int
levels(const struct cut *c)
{
	int n = 0;

	for (; c != NULL; c = c->parent)
		n++;
	return n;
}

static void
go_down(struct job *j)
{
	struct cut *deepest = cut_deepest(j->d, j->host);

	if (j->waits)
		return;
	if (j->at == NULL ||
	    name_labels(deepest->name) > name_labels(j->at->name))
		j->at = deepest;
	j->blocked = NULL;
	if (levels(j->at) > WALK_ZONES) {
		job_finish(j, WALK_TOO_DEEP);
	} else if (cut_askable(j->at)) {
		if (lead_take(j))
			race_begin(j);
	} else if (j->at->pending == 0) {
		nowhere(j);
	} else {
		j->blocked = j->at;
		if (cut_stuck(j->at))
			job_finish(j, WALK_LOOP);
		else
			cut_wait(j->at, j);
	}
}

void
job_down(struct job *j, struct cut *to)
{
	lead_release(j);
	j->at = to;
	j->phase = PHASE_DOWN;
	job_wake(j);
}

static void zone_reply(struct ask *, const struct dns_reply *);

static void
second_reply(struct ask *a, const struct dns_reply *r)
{
	struct job *j = a->job;
	const char *child;

	if (j->phase != PHASE_SECOND)
		return;
	if (r->status == DNS_ANSWER &&
	    said_of(&r->answer, j->host, j->at->name, &child) == SAID_ANSWER)
		records_add(&j->first, j->d->pool, &r->answer, j->host);
	else
		j->lost = true;
	job_finish(j, j->first.n > 0 ? WALK_ANSWERED : WALK_NODATA);
}

/* A server's name was found: the other family, from the same server. */
static void
second(struct job *j)
{
	struct ask a = { .done = second_reply, .job = j, .cut = j->at };

	/* It must be no alias (RFC 2181, 10.3). */
	if (j->first.nxdomain || j->first.cname != NULL) {
		job_finish(j, WALK_NXDOMAIN);
		return;
	}
	j->phase = PHASE_SECOND;
	if (!put_question(j->d, &a, &j->at->server[j->winner].ip, j->host,
		RR_AAAA, false, j->d->conf.server_ms))
		job_finish(j, WALK_TOO_DEEP);
}

/* at is the zone in which the name is, or is not. */
static void
settled(struct job *j)
{
	bool no = j->first.n == 0 && j->first.cname == NULL;

	lead_release(j);
	if (!j->full) {
		second(j);
	} else if (no && walk_registry(j->at->name) &&
	    !name_equal(j->host, j->at->name)) {
		/* Perhaps another of the registry's servers knows better. */
		j->phase = PHASE_VIEW;
		j->view = view_begin(j->at, NULL, j, j->host);
		job_wake(j);
	} else {
		last_begin(j, j->quick);
	}
}

static void
view_over(struct job *j)
{
	if (j->view->left > 0)
		return;
	if (j->view->child != NULL) {
		if (j->view->child->above == NULL)
			j->view->child->above = j->view;
		job_down(j, j->view->child);
	} else if (j->first.nxdomain) {
		job_finish(j, WALK_NXDOMAIN);
	} else {
		last_begin(j, false);
	}
}

enum { ZONE_SOA, ZONE_NS, ZONE_DS };

/*
 * The server that answered for the name has zones below the one it was asked
 * for, and gave no referral on the way: it is asked for each of these.
 */
static void
next_zone(struct job *j, int what)
{
	struct ask a = { .done = zone_reply,
		.job = j,
		.cut = j->at,
		.what = what };
	const char *name = what == ZONE_SOA ? j->host :
					      suffix(j->apex, j->labels);
	int type = what == ZONE_SOA ? RR_SOA : what == ZONE_NS ? RR_NS : RR_DS;

	j->phase = PHASE_APEX;
	if (!put_question(j->d, &a, &j->at->server[j->winner].ip, name, type,
		false, j->d->conf.server_ms))
		job_finish(j, WALK_TOO_DEEP);
}

static void
look_below(struct job *j, const char *apex)
{
	if (apex == NULL || name_labels(apex) <= name_labels(j->at->name)) {
		settled(j);
		return;
	}
	j->apex = pool_text(j->d->pool, apex);
	j->labels = name_labels(j->at->name) + 1;
	j->made = j->at;
	next_zone(j, ZONE_NS);
}

static bool
has_ds(const struct answer *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->rr[i].type == RR_DS && a->rr[i].section == RR_ANSWER &&
		    name_equal(a->rr[i].owner, name))
			return true;
	return false;
}

static void
zone_reply(struct ask *a, const struct dns_reply *r)
{
	struct job *j = a->job;
	struct cut *c;

	if (j->phase != PHASE_APEX)
		return;
	if (a->what == ZONE_SOA) {
		look_below(j,
		    r->status == DNS_ANSWER ?
			said_apex(&r->answer, j->host, a->cut->name) :
			NULL);
		return;
	}
	if (r->status == DNS_ANSWER && r->answer.aa && a->what == ZONE_DS)
		j->made->ds |= has_ds(&r->answer, j->made->name);
	if (r->status == DNS_ANSWER && r->answer.aa && a->what == ZONE_NS) {
		c = cut_make(j, j->made, suffix(j->apex, j->labels), &r->answer,
		    &j->at->server[j->winner].ip);
		if (c != NULL) {
			j->made = c;
			next_zone(j, ZONE_DS);
			return;
		}
	}
	if (++j->labels <= name_labels(j->apex))
		next_zone(j, ZONE_NS);
	else if (j->made != j->at)
		job_down(j, j->made);
	else
		settled(j);
}

void
job_answered(struct job *j, const struct answer *a)
{
	const char *apex = said_apex(a, j->host, j->at->name);

	memset(&j->first, 0, sizeof j->first);
	records_add(&j->first, j->d->pool, a, j->host);
	/* Counted here: many may be on their way at once. */
	j->quick = !j->full || j->at->names++ >= NAMES_FULL;
	/* Whether the name is a zone of its own on the same servers is worth a
	 * question only where all servers are asked. */
	if (apex == NULL && !j->quick)
		next_zone(j, ZONE_SOA);
	else
		look_below(j, apex);
}

void
job_step(struct job *j)
{
	switch (j->phase) {
	case PHASE_DOWN:
		if (j->host[0] == '\0')
			job_finish(j, WALK_TOO_DEEP);
		else
			go_down(j);
		break;
	case PHASE_VIEW:
		view_over(j);
		break;
	case PHASE_LAST:
		last_step(j);
		break;
	case PHASE_ALIAS:
		if (j->alias->phase == PHASE_DONE)
			job_finish(j, WALK_ANSWERED);
		break;
	case PHASE_RACE:
	case PHASE_APEX:
	case PHASE_SECOND:
	case PHASE_DONE:
		break; /* replies move these */
	}
}
