/* SPDX-License-Identifier: ISC */
/*
 * One attempt at a target: walk and resolve, ask every address, follow
 * redirects hop by hop, judge.
 */
#include "uptime/round/round_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "uptime/conf/conf.h"
#include "uptime/dns/delegation.h"
#include "uptime/dns/resolve.h"
#include "uptime/dns/witness.h"
#include "uptime/probe/plugin.h"
#include "uptime/round/shot.h"

static void shoot(struct job *);
static void next_hop(struct job *);

static void
judge(struct job *j)
{
	struct verdict v;

	check_judge(&v, &j->sight);
	job_judged(j, &v);
}

/* ---- is a family of addresses dead at our end? --------------------------- */

static size_t
family_index(const struct ip *ip)
{
	return ip->family == AF_INET6;
}

/* A reason that a dead family of ours could explain. */
static bool
may_be_us(const struct probe *p)
{
	return p->reason == REASON_CONNECT_TIMEOUT ||
	    p->reason == REASON_CONNECT_UNREACHABLE;
}

static void
excuse(struct job *j)
{
	static const char *const name[] = { "IPv4", "IPv6" };
	struct hop *h = &j->sight.hop[j->sight.nhop - 1];
	size_t f;

	for (size_t i = 0; i < h->n; i++) {
		f = family_index(&h->probe[i].ip);
		if (may_be_us(&h->probe[i]) &&
		    (j->round->dead[f] || !j->round->route[f]))
			probe_fail(&h->probe[i], REASON_NO_ROUTE_FAMILY,
			    "%s is dead at this host%s", name[f],
			    j->round->dead[f] ? ": its witnesses are silent" :
						"");
	}
	next_hop(j);
}

static void
on_family(void *arg, int answered, int asked)
{
	struct job *j = arg;

	j->round->dead[j->family] = asked > 0 && answered == 0;
	j->round->asked[j->family] = true;
	excuse(j);
}

/* Before IPv6 is called dead at the site, is it alive here? */
static void
hop_answered(struct job *j)
{
	const struct hop *h = &j->sight.hop[j->sight.nhop - 1];
	struct round *r = j->round;
	bool works = false;
	size_t f = 2;

	for (size_t i = 0; i < h->n; i++) {
		works |= !may_be_us(&h->probe[i]);
		if (may_be_us(&h->probe[i]))
			f = family_index(&h->probe[i].ip);
	}
	/* when nothing works all witnesses are asked anyway */
	if (f < 2 && works && r->route[f] && !r->asked[f] &&
	    r->nwitness[f] > 0) {
		j->family = f;
		witnesses_ask(r->witness[f], on_family, j);
		return;
	}
	excuse(j);
}

/* ---- one hop ------------------------------------------------------------- */

static void
on_shot(void *arg, struct probe *p)
{
	struct job *j = arg;
	const struct resolution *res = j->sight.hop[j->sight.nhop - 1]
					   .resolution;

	p->times.dns = res != NULL ? res->us : -1;
	if (--j->waiting == 0)
		hop_answered(j);
}

static void
on_plugin(void *arg, struct probe *p)
{
	(void)p;
	judge(arg);
}

/* Adds the addresses that may be asked and are not there yet. */
static void
add_addresses(struct job *j, struct hop *h, const struct ip *ip, size_t n)
{
	const struct site *s = j->sight.target->site;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		if (!(ip[i].family == AF_INET ? s->v4 : s->v6) ||
		    check_address(s, &ip[i]) != NULL)
			continue;
		while (k < h->n && !ip_same_address(&h->probe[k].ip, &ip[i]))
			k++;
		if (k == h->n)
			h->probe[h->n++].ip = ip[i];
	}
}

static const char *
hop_host(const struct job *j)
{
	const struct sight *s = &j->sight;
	const struct target *t = s->target;

	if (s->nhop > 1)
		return s->hop[s->nhop - 1].url.host;
	if (t->kind == TARGET_URL)
		return t->ask.url.host;
	return t->host != NULL ? t->host : t->name;
}

static const struct ip *
hop_literal(const struct job *j)
{
	const struct sight *s = &j->sight;
	const struct ip *ip;

	if (s->nhop > 1)
		ip = &s->hop[s->nhop - 1].url.ip;
	else if (s->target->kind == TARGET_TCP)
		ip = &s->target->ip;
	else
		ip = &s->target->ask.url.ip;
	return ip->family != 0 ? ip : NULL;
}

static uint16_t
hop_port(const struct job *j)
{
	const struct sight *s = &j->sight;

	if (s->nhop > 1)
		return s->hop[s->nhop - 1].url.port;
	return s->target->kind == TARGET_TCP ? s->target->ip.port :
					       s->target->ask.url.port;
}

/* Asks every address of the newest hop. */
static void
shoot(struct job *j)
{
	struct round *r = j->round;
	struct sight *s = &j->sight;
	struct hop *h = &s->hop[s->nhop - 1];
	const struct ip *literal = hop_literal(j);
	size_t max = (h->resolution != NULL ? h->resolution->n : 1) +
	    (s->walk != NULL ? s->walk->nip : 0);
	struct shot_ask ask = { r->fetch, r->gates, s->target, NULL,
		hop_host(j), { 0 } };

	h->probe = xcalloc(max > 0 ? max : 1, sizeof *h->probe);
	/* what was named by its address is no public name that leads there */
	if (literal != NULL)
		h->probe[h->n++].ip = *literal;
	if (h->resolution != NULL)
		add_addresses(j, h, h->resolution->ip, h->resolution->n);
	if (s->walk != NULL && s->nhop == 1)
		add_addresses(j, h, s->walk->ip, s->walk->nip);
	if ((j->waiting = (int)h->n) == 0) {
		judge(j);
		return;
	}
	if (s->nhop > 1)
		ask.url = &h->url;
	for (size_t i = 0; i < h->n; i++) {
		ask.ip = h->probe[i].ip;
		ask.ip.port = hop_port(j);
		shot_start(&ask, &h->probe[i], on_shot, j);
	}
}

/* ---- redirects ----------------------------------------------------------- */

/* A redirect may lead to a private address only where the site's own name or
 * a listed one does. */
static bool
hop_is_own(const struct job *j, const struct url *url)
{
	const struct target *t = j->sight.target;

	if (check_same_host(&t->ask.url, url))
		return true;
	for (size_t i = 0; i < t->nredirect_to; i++)
		if (strcasecmp(t->redirect_to[i], url->host) == 0)
			return true;
	return false;
}

static void
on_hop_resolved(void *arg, const struct resolution *res)
{
	struct job *j = arg;
	struct sight *s = &j->sight;
	struct hop *h = &s->hop[s->nhop - 1];
	bool own = hop_is_own(j, &h->url);
	char ip[IP_TEXT];

	h->resolution = res;
	for (size_t i = 0; i < (res != NULL ? res->n : 1); i++) {
		const struct ip *a = res != NULL ? &res->ip[i] : &h->url.ip;

		if (ip_special(a) == NULL ||
		    (own && check_address(s->target->site, a) == NULL))
			continue;
		s->stopped = REASON_REDIRECT_PRIVATE;
		snprintf(s->why, sizeof s->why, "%.120s%s%s (%s)",
		    res != NULL ? h->url.host : "", res != NULL ? " is " : "",
		    ip_text(a, ip), ip_special(a));
		judge(j);
		return;
	}
	if (res != NULL && res->n == 0)
		judge(j);
	else
		shoot(j);
}

static void
next_hop(struct job *j)
{
	struct sight *s = &j->sight;
	struct hop *h;
	struct url url;

	if (s->target->kind != TARGET_URL ||
	    !check_redirect(s, &url, &s->stopped, s->why)) {
		judge(j);
		return;
	}
	h = &s->hop[s->nhop++];
	h->url = url;
	if (h->url.ip.family != 0)
		on_hop_resolved(j, NULL);
	else
		resolve_ask(j->round->resolve, h->url.host, j->attempt > 1,
		    on_hop_resolved, j);
}

/* ---- the beginning ------------------------------------------------------- */

/* The name is known, or not. */
static void
first_hop(struct job *j)
{
	const struct sight *s = &j->sight;
	bool down = s->target->kind == TARGET_DNS;

	/* caches may still find it, but strangers will not for long */
	for (size_t l = 0; l <= LAYER_RECORDS && s->walk != NULL; l++)
		down |= s->zone->at[l].grade == GRADE_DOWN;
	if (down)
		judge(j);
	else
		shoot(j);
}

static void
on_resolved(void *arg, const struct resolution *res)
{
	struct job *j = arg;

	j->sight.hop[0].resolution = res;
	if (--j->waiting == 0)
		first_hop(j);
}

static void
on_walk(void *arg, const struct walk *w)
{
	struct job *j = arg;

	j->sight.walk = w;
	j->sight.zone = xcalloc(1, sizeof *j->sight.zone);
	zone_judge(j->sight.zone, w, j->sight.now, j->item->serial_since);
	if (--j->waiting == 0)
		first_hop(j);
}

void
job_attempt(struct job *j)
{
	struct round *r = j->round;
	struct sight *s = &j->sight;
	const struct target *t = j->item->target;
	const struct ip *literal;
	bool fresh = ++j->attempt > 1;

	memset(s, 0, sizeof *s);
	s->target = t;
	s->attempts = j->attempt;
	s->now = clock_now();
	if (!fresh)
		j->began = s->now;
	s->began = j->began;
	s->no_v4 = !r->route[0];
	s->no_v6 = !r->route[1];
	s->nhop = 1;
	if (t->kind == TARGET_EXEC) {
		s->hop[0].probe = xcalloc(1, sizeof *s->hop[0].probe);
		s->hop[0].n = 1;
		probe_init(&s->hop[0].probe[0], t->max_body);
		plugin_start(r->plugins, t->command, (int)t->timeout,
		    &s->hop[0].probe[0], on_plugin, j);
		return;
	}
	literal = hop_literal(j);
	if (literal != NULL) {
		shoot(j);
		return;
	}
	/* `dns` asks no resolver */
	j->waiting = (r->conf->nresolver > 0) + t->site->delegation;
	if (r->conf->nresolver > 0)
		resolve_ask(r->resolve, hop_host(j), fresh, on_resolved, j);
	if (t->site->delegation)
		delegation_ask(r->delegation, hop_host(j), fresh, on_walk, j);
}
