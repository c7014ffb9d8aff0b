/* SPDX-License-Identifier: ISC */
/* One round: starts jobs as limits allow, rechecks failures, settles. */
#include "uptime/round/round.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "uptime/conf/conf.h"
#include "uptime/dns/delegation.h"
#include "uptime/dns/dns.h"
#include "uptime/dns/resolve.h"
#include "uptime/dns/witness.h"
#include "uptime/judge/self.h"
#include "uptime/probe/fetch.h"
#include "uptime/probe/plugin.h"
#include "uptime/round/gate.h"
#include "uptime/round/round_job.h"

#define DNS_IN_FLIGHT 1000 /* of its own: dead names hold no probe's place */
#define RESOLVER_MS 3000   /* for one resolver, a retransmission included */
#define SERVER_MS 2400     /* for one name server on the walk */
#define WALK_MS 15000
#define WITNESS_MS 2000
#define AHEAD 500 /* jobs that resolve while others probe */
/* Descriptors for name servers (64 channels, UDP and TCP), witnesses, ours. */
#define OTHER_FILES 200

static void
settle(struct job *j, const struct verdict *v)
{
	struct round *r = j->round;

	r->each(r->arg, j->item, v, &j->sight);
	sight_free(&j->sight);
	free(j);
	r->active--;
	r->settled++;
}

/* ---- "is it me?" and rechecks -------------------------------------------- */

static void
recheck(void *arg)
{
	struct job *j = arg;

	j->round->active++;
	job_attempt(j);
}

static void
judge_again(struct job *j)
{
	struct verdict v;

	check_judge(&v, &j->sight);
	settle(j, &v);
}

static void
on_witnesses(void *arg, int answered, int asked)
{
	struct job *j = arg;
	struct round *r = j->round;
	const struct uptime_conf *c = r->conf;

	j->answered += answered;
	j->asked += asked;
	if (--j->waiting > 0)
		return;
	if (!self_online(j->answered, j->asked)) {
		r->stats->offline = true;
		j->sight.offline = true;
		judge_again(j);
	} else if (j->item->recheck && (size_t)j->attempt <= c->nrecheck &&
	    clock_mono() + c->recheck[j->attempt - 1] < r->end) {
		sight_free(&j->sight);
		memset(&j->sight, 0, sizeof j->sight);
		r->active--;
		loop_timer_set(r->loop, &j->timer, c->recheck[j->attempt - 1],
		    recheck, j);
	} else
		judge_again(j);
}

/*
 * A reply of the site's own, protected by its certificate, came: whatever is
 * wrong with it, it is not our network.  Without TLS it may be a portal's that
 * answers for everybody.
 */
static bool
is_surely_theirs(const struct job *j, const struct verdict *v)
{
	const struct target *t = j->item->target;

	return t->kind == TARGET_EXEC ||
	    (t->kind == TARGET_URL && t->ask.url.tls && v->layer >= LAYER_HTTP);
}

void
job_judged(struct job *j, const struct verdict *v)
{
	if (v->evidence == EVIDENCE_FAIL && is_surely_theirs(j, v)) {
		j->waiting = 1;
		j->answered = j->asked = 0;
		on_witnesses(j, 0, 0);
		return;
	}
	if (v->evidence != EVIDENCE_FAIL) {
		settle(j, v);
		return;
	}
	j->answered = j->asked = 0;
	j->waiting = 2;
	for (int f = 0; f < 2; f++)
		witnesses_ask(j->round->witness[f], on_witnesses, j);
}

/* ---- the round ----------------------------------------------------------- */

/* Who comes too late has no evidence, and says so. */
static void
too_late(struct round *r, struct round_item *it)
{
	int64_t now = clock_now();
	struct sight s = { .target = it->target, .began = now, .now = now };
	struct verdict v = { .evidence = EVIDENCE_NONE,
		.grade = GRADE_UNKNOWN,
		.layer = LAYER_SELF,
		.reason = REASON_DEADLINE,
		.us = -1 };

	for (size_t l = 0; l < LAYER_N; l++)
		v.at[l].us = -1;
	r->stats->cut = true;
	r->settled++;
	r->each(r->arg, it, &v, &s);
}

static void
start_some(struct round *r)
{
	struct job *j;

	while (r->next < r->n && r->active < r->conf->in_flight + AHEAD) {
		if (clock_mono() >= r->end) {
			too_late(r, &r->item[r->next++]);
			continue;
		}
		j = xcalloc(1, sizeof *j);
		j->round = r;
		j->item = &r->item[r->next++];
		r->active++;
		job_attempt(j);
	}
}

static bool
all_settled(void *arg)
{
	struct round *r = arg;

	start_some(r);
	return r->settled == r->n;
}

/* The kernel knows a way there; nothing is sent. */
static bool
has_route(const struct ip *ip)
{
	struct sockaddr_storage ss;
	struct ip with_port = *ip;
	socklen_t n;
	bool ok;
	int fd = socket(ip->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return false;
	with_port.port = 53;
	n = ip_sockaddr(&with_port, &ss);
	ok = connect(fd, (struct sockaddr *)&ss, n) == 0;
	close(fd);
	return ok;
}

/* A private network with resolvers of its own counts too. */
static void
look_for_routes(struct round *r)
{
	const struct uptime_conf *c = r->conf;
	size_t n;
	const struct ip *root = delegation_roots(&n);
	const struct {
		const struct ip *ip;
		size_t n;
	} list[] = { { root, n }, { c->root, c->nroot },
		{ c->resolver, c->nresolver } };

	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		for (size_t k = 0; k < list[i].n; k++) {
			bool *known =
			    &r->route[list[i].ip[k].family == AF_INET6];

			*known = *known || has_route(&list[i].ip[k]);
		}
}

static void
choose_witnesses(struct round *r)
{
	const struct uptime_conf *c = r->conf;
	struct witness *w = xcalloc(c->nwitness + 1, sizeof *w);

	for (int f = 0; f < 2; f++) {
		size_t n = 0;

		for (size_t i = 0; i < c->nwitness; i++)
			if ((c->witness[i].ip.family == AF_INET6) == f)
				w[n++] = c->witness[i];
		r->nwitness[f] = n;
		r->witness[f] = witnesses_new(r->loop, r->dns, w, n,
		    WITNESS_MS);
	}
	free(w);
}

/*
 * So many probes at once as this process may have sockets for: with none left
 * a probe is no evidence.
 */
static size_t
in_flight(size_t wanted)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == -1)
		return wanted;
	if (l.rlim_cur < wanted + OTHER_FILES) {
		l.rlim_cur = wanted + OTHER_FILES;
		if (l.rlim_cur > l.rlim_max)
			l.rlim_cur = l.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &l) == -1)
			getrlimit(RLIMIT_NOFILE, &l);
	}
	if (l.rlim_cur >= wanted + OTHER_FILES)
		return wanted;
	log_info("no more than %llu open files are allowed (ulimit -n): fewer "
		 "probes at once than in-flight = %zu",
	    (unsigned long long)l.rlim_cur, wanted);
	return l.rlim_cur > 2 * OTHER_FILES ? l.rlim_cur - OTHER_FILES :
					      l.rlim_cur / 2;
}

static void
open_all(struct round *r)
{
	const struct uptime_conf *c = r->conf;
	struct resolve_conf rc = { c->resolver, c->nresolver, RESOLVER_MS };
	struct delegation_conf dc = { c->root, c->nroot, SERVER_MS, WALK_MS,
		false, false };
	struct gate_limits limits = { in_flight(c->in_flight), c->per_host,
		c->per_address };
	bool walk = false, fetch = false;

	for (size_t i = 0; i < r->n; i++) {
		const struct target *t = r->item[i].target;

		walk |= t->site->delegation;
		fetch |= t->kind == TARGET_URL || t->kind == TARGET_TCP;
	}
	look_for_routes(r);
	dc.v4 = r->route[0];
	dc.v6 = r->route[1];
	r->loop = loop_new();
	r->dns = dns_new(r->loop, DNS_IN_FLIGHT);
	r->resolve = resolve_new(r->dns, &rc);
	r->plugins = plugins_new(r->loop);
	r->gates = gates_new(&limits);
	choose_witnesses(r);
	if (walk)
		r->delegation = delegation_new(r->dns, r->loop, &dc);
	if (fetch)
		r->fetch = fetch_new(r->loop, c->agent);
}

static void
close_all(struct round *r)
{
	r->stats->questions = dns_asked(r->dns);
	if (r->fetch != NULL)
		fetch_free(r->fetch);
	if (r->delegation != NULL)
		delegation_free(r->delegation);
	for (int f = 0; f < 2; f++)
		witnesses_free(r->witness[f]);
	plugins_free(r->plugins);
	resolve_free(r->resolve);
	dns_free(r->dns);
	gates_free(r->gates);
	loop_free(r->loop);
}

void
round_run(const struct uptime_conf *c, struct round_item *item, size_t n,
    void (*each)(void *, struct round_item *, const struct verdict *,
	const struct sight *),
    void *arg, struct round_stats *stats)
{
	struct round r = { .conf = c,
		.item = item,
		.n = n,
		.each = each,
		.arg = arg,
		.stats = stats,
		.end = clock_mono() + c->deadline * 1000 };

	memset(stats, 0, sizeof *stats);
	if (n == 0)
		return;
	open_all(&r);
	loop_until(r.loop, all_settled, &r);
	close_all(&r);
}
