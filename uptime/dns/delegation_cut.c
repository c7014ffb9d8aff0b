/* SPDX-License-Identifier: ISC */
/* The zones of a run: their servers, and what these are known to say. */
#include <string.h>

#include "common/base/clock.h"
#include "uptime/dns/delegation_in.h"

static struct cut *
cut_new(struct delegation *d, struct cut *parent, const char *name)
{
	struct cut *c = pool_take(d->pool, sizeof *c);
	struct cut **bucket = &d->cut[bucket_of(name)];

	c->d = d;
	c->parent = parent;
	c->name = pool_text(d->pool, name);
	c->born = clock_mono();
	c->bucket = *bucket;
	*bucket = c;
	return c;
}

static struct cut *
cut_find(struct delegation *d, const char *name)
{
	struct cut *c = d->cut[bucket_of(name)];

	while (c != NULL && !name_equal(c->name, name))
		c = c->bucket;
	return c;
}

struct cut *
cut_deepest(struct delegation *d, const char *name)
{
	struct cut *c;

	for (;;) {
		c = cut_find(d, name);
		if (c != NULL || *name == '\0')
			return c;
		name = strchr(name, '.');
		name = name == NULL ? "" : name + 1;
	}
}

void
cut_forget(struct cut *c)
{
	struct cut **p = &c->d->cut[bucket_of(c->name)];

	while (*p != NULL && *p != c)
		p = &(*p)->bucket;
	if (*p != NULL)
		*p = c->bucket;
}

void
cut_wake(struct cut *c)
{
	struct job *j;

	c->shown = NULL;
	while ((j = c->waiting) != NULL) {
		c->waiting = j->wait_next;
		j->waits = false;
		job_wake(j);
	}
}

void
cut_wait(struct cut *c, struct job *j)
{
	if (j->waits)
		return;
	j->waits = true;
	j->wait_next = c->waiting;
	c->waiting = j;
}

static void
add_server(struct cut *c, char *name, const struct ip *ip, bool glue)
{
	struct walk_server *more;
	size_t i, same = 0;

	for (i = 0; i < c->n; i++) {
		if (c->server[i].name != name)
			continue;
		if (ip_same_address(&c->server[i].ip, ip))
			return;
		same++;
	}
	if (c->n == SERVERS_MAX || (same >= NAME_IPS && c->parent != NULL))
		return;
	if (c->n == c->room) {
		c->room = c->room == 0 ? 4 : 2 * c->room;
		more = pool_take(c->d->pool, c->room * sizeof *more);
		if (c->n > 0)
			memcpy(more, c->server, c->n * sizeof *more);
		c->server = more;
	}
	c->server[c->n].name = name;
	c->server[c->n].ip = *ip;
	c->server[c->n++].glue = glue;
	c->shown = NULL;
}

/* Of a root server, "" if it is not one of the built-in ones. */
static char *
root_name(struct delegation *d, const struct ip *ip)
{
	char name[] = "a.root-servers.net";
	const struct ip *root;
	size_t i, n;

	root = delegation_roots(&n);
	for (i = 0; i < n; i++)
		if (ip_same_address(&root[i], ip)) {
			name[0] = (char)('a' + i / 2);
			return pool_text(d->pool, name);
		}
	return pool_text(d->pool, "");
}

struct cut *
cut_root(struct delegation *d)
{
	struct cut *c = cut_new(d, NULL, "");
	size_t i;

	for (i = 0; i < d->conf.nroot; i++)
		add_server(c, root_name(d, &d->conf.root[i]), &d->conf.root[i],
		    false);
	return c;
}

/* The server's name in the zone; NULL: there are too many. */
static struct host *
host_get(struct cut *c, const char *name)
{
	struct host *h;
	size_t i;

	for (i = 0; i < c->nhost; i++)
		if (name_equal(c->host[i].name, name))
			return &c->host[i];
	if (c->nhost == WALK_SERVERS)
		return NULL;
	h = &c->host[c->nhost++];
	h->name = pool_text(c->d->pool, name);
	return h;
}

/*
 * Glue: only for names at or below the zone that was asked, since a server of
 * one zone could otherwise send us anywhere for another.
 */
static void
take_glue(struct cut *c, const struct answer *a, struct host *h)
{
	const struct rr *rr;
	struct ip ip;
	size_t i;

	if (!name_below(h->name, c->parent->name))
		return;
	for (i = 0; i < a->n; i++) {
		rr = &a->rr[i];
		if (rr->section != RR_ADDITIONAL ||
		    (rr->type != RR_A && rr->type != RR_AAAA) ||
		    !name_equal(rr->owner, h->name))
			continue;
		ip = rr->ip;
		ip.port = 0;
		add_server(c, h->name, &ip, true);
		h->glued = true;
	}
}

/* The names of the servers in the referral; how many. */
static size_t
take_names(struct cut *c, const struct answer *a, enum rr_section section)
{
	const struct rr *rr;
	struct host *h;
	size_t i;

	for (i = 0; i < a->n; i++) {
		rr = &a->rr[i];
		if (rr->type == RR_DS && rr->section == RR_AUTHORITY &&
		    name_equal(rr->owner, c->name))
			c->ds = true;
		if (rr->section != section || rr->type != RR_NS ||
		    !name_equal(rr->owner, c->name))
			continue;
		c->ns_ttl = rr->ttl;
		h = host_get(c, rr->target);
		if (h != NULL)
			h->in_parent = true;
	}
	c->parent_ns = pool_take(c->d->pool, c->nhost * sizeof(char *));
	for (i = 0; i < c->nhost; i++)
		c->parent_ns[i] = c->host[i].name;
	c->nparent_ns = c->nhost;
	return c->nhost;
}

/*
 * A server that serves parent and zone alike gives no referral, and may leave
 * out the addresses of the names in its answer; but it knows those in the
 * zone, which could not be found any other way.
 */
static void
own_reply(struct ask *a, const struct dns_reply *r)
{
	struct cut *c = a->cut;
	struct host *h = &c->host[a->i];
	struct records found = { 0 };
	size_t i;

	if (r->status == DNS_ANSWER && r->answer.aa)
		records_add(&found, c->d->pool, &r->answer, h->name);
	for (i = 0; i < found.n; i++) {
		add_server(c, h->name, &found.ip[i], false);
		h->glued = true;
	}
	if (--h->asked > 0)
		return;
	if (!h->glued) {
		host_ask(c, a->i);
		return;
	}
	h->glued = false;
	h->settled = true;
	c->pending--;
	survey_more(c);
	cut_wake(c);
}

static bool
own_ask(struct cut *c, size_t i, const struct ip *own)
{
	struct ask a = { .done = own_reply, .cut = c, .i = i };
	struct host *h = &c->host[i];

	if (own == NULL || !name_below(h->name, c->parent->name))
		return false;
	h->asked += put_question(c->d, &a, own, h->name, RR_A, false,
	    c->d->conf.server_ms);
	h->asked += put_question(c->d, &a, own, h->name, RR_AAAA, false,
	    c->d->conf.server_ms);
	return h->asked > 0;
}

struct cut *
cut_make(struct job *j, struct cut *parent, const char *child,
    const struct answer *a, const struct ip *own)
{
	struct cut *c = cut_find(j->d, child);
	size_t i, n;

	if (c != NULL)
		return c;
	c = cut_new(j->d, parent, child);
	c->payer = j->payer;
	c->depth = j->depth;
	n = take_names(c, a, own != NULL ? RR_ANSWER : RR_AUTHORITY);
	if (n == 0) {
		cut_forget(c);
		return NULL;
	}
	for (i = 0; i < n; i++) {
		take_glue(c, a, &c->host[i]);
		if (c->host[i].glued)
			c->host[i].settled = true;
		else
			c->pending++;
	}
	for (i = 0; i < n; i++)
		if (!c->host[i].settled && !own_ask(c, i, own))
			host_ask(c, i);
	return c;
}

/* Glue compared with what the server's own zone says of its name. */
static void
check_glue(struct cut *c, const struct host *h, const struct records *r)
{
	struct walk_server *s;
	struct ip ip;
	size_t i, k;

	for (i = 0; i < c->n; i++) {
		s = &c->server[i];
		if (s->name != h->name || !s->glue)
			continue;
		ip = s->ip;
		for (k = 0; k < r->n; k++)
			if (ip_same_address(&r->ip[k], &ip))
				break;
		s->glue_differs = k == r->n;
	}
}

void
cut_host_done(struct cut *c, size_t host, const struct job *j)
{
	struct host *h = &c->host[host];
	size_t i;

	h->job = NULL;
	if (h->checking) {
		h->checking = false;
		c->left--;
		if (j->end == WALK_ANSWERED && !j->lost && j->first.n > 0)
			check_glue(c, h, &j->first);
	} else if (!h->settled) {
		h->settled = true;
		c->pending--;
	}
	h->end = j->end;
	for (i = 0; i < j->first.n; i++)
		add_server(c, h->name, &j->first.ip[i], false);
	survey_more(c);
	cut_wake(c);
}

void
cut_child_host(struct cut *c, const char *name)
{
	size_t before = c->nhost;
	struct host *h = host_get(c, name);

	if (h == NULL)
		return;
	h->in_child = true;
	c->shown = NULL;
	if (c->nhost > before) {
		c->pending++;
		host_ask(c, before);
	}
}

bool
cut_askable(const struct cut *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (reachable(c->d, &c->server[i].ip))
			return true;
	return false;
}

static bool
stuck(struct cut *c, unsigned mark)
{
	const struct job *j;
	size_t i;

	if (c->mark == mark)
		return true;
	c->mark = mark;
	for (i = 0; i < c->nhost; i++) {
		j = c->host[i].job;
		if (c->host[i].asked > 0)
			return false;
		if (j == NULL || c->host[i].settled)
			continue;
		if (j->blocked == NULL || j->queued || !stuck(j->blocked, mark))
			return false;
	}
	return true;
}

bool
cut_stuck(struct cut *c)
{
	return stuck(c, ++c->d->mark);
}

struct walk_server *
cut_show(struct cut *c, size_t *n)
{
	struct walk_server *s;
	size_t i, k;

	if (c->shown != NULL) {
		*n = c->nshown;
		return c->shown;
	}
	s = pool_take(c->d->pool, (c->n + c->nhost + 1) * sizeof *s);
	*n = c->n;
	if (*n > 0)
		memcpy(s, c->server, *n * sizeof *s);
	for (i = 0; i < c->nhost; i++) {
		for (k = 0; k < c->n && s[k].name != c->host[i].name; k++)
			;
		if (k == c->n)
			s[(*n)++].name = c->host[i].name;
		for (k = 0; k < *n; k++) {
			if (s[k].name != c->host[i].name)
				continue;
			s[k].in_parent = c->host[i].in_parent;
			s[k].in_child = c->host[i].in_child;
		}
	}
	c->shown = s;
	c->nshown = *n;
	return s;
}
