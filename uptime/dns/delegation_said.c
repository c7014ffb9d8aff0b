/* SPDX-License-Identifier: ISC */
/* What a reply means for the name that was asked. */
#include <string.h>

#include "uptime/dns/delegation_in.h"

enum said
said_of(const struct answer *a, const char *name, const char *zone,
    const char **child)
{
	bool yes = false, soa = false;
	const struct rr *rr;
	size_t i;

	*child = NULL;
	if (a->rcode != RCODE_NOERROR && a->rcode != RCODE_NXDOMAIN)
		return SAID_LAME;
	for (i = 0; i < a->n; i++) {
		rr = &a->rr[i];
		if (rr->section == RR_ANSWER)
			yes = true;
		else if (rr->section == RR_AUTHORITY && rr->type == RR_SOA)
			soa = true;
		else if (rr->section == RR_AUTHORITY && rr->type == RR_NS &&
		    name_below(name, rr->owner) &&
		    name_below(rr->owner, zone) &&
		    name_labels(rr->owner) > name_labels(zone))
			*child = rr->owner;
	}
	/* Some set AA in referrals. */
	if (*child != NULL && !yes && !soa && a->rcode == RCODE_NOERROR)
		return SAID_REFERRAL;
	*child = NULL;
	return a->aa ? SAID_ANSWER : SAID_LAME;
}

const char *
said_apex(const struct answer *a, const char *name, const char *zone)
{
	const struct rr *rr;
	const char *apex;
	size_t i;

	for (i = 0; i < a->n; i++) {
		rr = &a->rr[i];
		if (rr->type == RR_SOA && rr->section != RR_ADDITIONAL)
			apex = rr->owner;
		else if (rr->type == RR_NS && rr->section == RR_AUTHORITY)
			apex = rr->owner;
		else if (rr->type == RR_RRSIG && rr->section == RR_ANSWER &&
		    name_equal(rr->owner, name) && rr->signer != NULL)
			apex = rr->signer;
		else
			continue;
		if (name_below(name, apex) && name_below(apex, zone))
			return apex;
	}
	return NULL;
}

void
records_ip(struct records *r, struct pool *pool, const struct ip *ip)
{
	struct ip *more;
	size_t i = 0;

	while (i < r->n && ip_compare(&r->ip[i], ip) < 0)
		i++;
	if (i < r->n && ip_compare(&r->ip[i], ip) == 0)
		return;
	if (r->n == r->room) {
		if (r->room >= ANSWER_IPS)
			return;
		r->room = r->room == 0 ? 2 : 2 * r->room;
		more = pool_take(pool, r->room * sizeof *more);
		if (r->n > 0)
			memcpy(more, r->ip, r->n * sizeof *more);
		r->ip = more;
	}
	memmove(&r->ip[i + 1], &r->ip[i], (r->n - i) * sizeof *r->ip);
	r->ip[i] = *ip;
	r->n++;
}

void
records_signed(struct records *r, const struct answer *a, const char *name,
    int type)
{
	int64_t until = 0, from = 0;
	const struct rr *rr;
	bool is = false;
	size_t i;

	for (i = 0; i < a->n; i++) {
		rr = &a->rr[i];
		if (rr->section != RR_ANSWER || !name_equal(rr->owner, name))
			continue;
		if (rr->type == type)
			is = true;
		/* Of several over one set the last one will do. */
		if (rr->type == RR_RRSIG && rr->covered == type &&
		    rr->expiration > until) {
			until = rr->expiration;
			from = rr->inception;
		}
	}
	if (!is)
		return;
	if (until == 0) {
		r->unsigned_set = true;
		return;
	}
	if (r->until == 0 || until < r->until)
		r->until = until;
	if (from > r->from)
		r->from = from;
}

void
records_add(struct records *r, struct pool *pool, const struct answer *a,
    const char *name)
{
	const struct rr *rr;
	struct ip ip;
	size_t i;

	r->good++;
	if (a->rcode == RCODE_NXDOMAIN)
		r->nxdomain = true;
	for (i = 0; i < a->n; i++) {
		rr = &a->rr[i];
		if (rr->section != RR_ANSWER || !name_equal(rr->owner, name))
			continue;
		if (rr->type == RR_A || rr->type == RR_AAAA) {
			ip = rr->ip;
			ip.port = 0;
			records_ip(r, pool, &ip);
		} else if (rr->type == RR_CNAME && r->cname == NULL) {
			r->cname = pool_text(pool, rr->target);
		} else {
			continue;
		}
		if (rr->ttl > r->ttl)
			r->ttl = rr->ttl;
	}
	records_signed(r, a, name, RR_A);
	records_signed(r, a, name, RR_AAAA);
	records_signed(r, a, name, RR_CNAME);
}
