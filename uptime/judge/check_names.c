/* SPDX-License-Identifier: ISC */
/* From the registry to the records: is the name found, and what does it say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "uptime/dns/walk.h"
#include "uptime/judge/check_parts.h"

/* What was known before stays, unless this is worse. */
static void
worsen(struct layer_result *at, enum grade grade, enum reason reason,
    const char *detail)
{
	at->evaluated = true;
	if (grade <= at->grade)
		return;
	at->grade = grade;
	at->reason = reason;
	snprintf(at->detail, sizeof at->detail, "%s", detail);
}

static int
by_address(const void *a, const void *b)
{
	return ip_compare(a, b);
}

/* What resolvers and the zone's own servers say, sorted, each address once;
 * to be freed. */
static struct ip *
all_addresses(const struct sight *s, size_t *n)
{
	const struct resolution *r = s->hop[0].resolution;
	size_t nr = r != NULL && r->evidence == EVIDENCE_PASS ? r->n : 0;
	size_t nw = s->walk != NULL ? s->walk->nip : 0, kept = 0;
	struct ip *ip = xcalloc(nr + nw + 1, sizeof *ip);

	for (size_t i = 0; i < nr + nw; i++) {
		ip[i] = i < nr ? r->ip[i] : s->walk->ip[i - nr];
		ip[i].port = 0;
	}
	qsort(ip, nr + nw, sizeof *ip, by_address);
	for (size_t i = 0; i < nr + nw; i++)
		if (kept == 0 || !ip_same_address(&ip[kept - 1], &ip[i]))
			ip[kept++] = ip[i];
	*n = kept;
	return ip;
}

/* The first address that is wrong or private decides what is said. */
static void
judge_addresses(struct layer_result *at, const struct site *s,
    const struct ip *ip, size_t n)
{
	enum reason reason = REASON_NONE;
	char text[IP_TEXT], detail[PROBE_DETAIL];
	const char *special;
	struct buf b;
	size_t bad = 0;

	buf_init(&b, BUFSIZ);
	for (size_t i = 0; i < n; i++) {
		bool wrong = s->naddresses > 0 && !check_listed(s, &ip[i]);

		special = check_address(s, &ip[i]);
		if (!wrong && special == NULL)
			continue;
		if (bad++ == 0)
			reason = wrong ? REASON_ADDRESS_WRONG :
					 REASON_ADDRESS_PRIVATE;
		buf_addf(&b, "%s%s", bad > 1 ? ", " : "",
		    ip_text(&ip[i], text));
		if (special != NULL)
			buf_addf(&b, " is %s", special);
	}
	check_detail(detail, &b);
	buf_free(&b);
	if (bad == 0)
		return;
	at->good = (int)(n - bad);
	at->all = (int)n;
	worsen(at, bad == n ? GRADE_DOWN : GRADE_DEGRADED, reason, detail);
}

/* Of the families that are probed there must be one. */
static void
judge_families(struct layer_result *at, const struct site *s,
    const struct resolution *r, const struct ip *ip, size_t n)
{
	bool v4 = false, v6 = false;

	for (size_t i = 0; i < n; i++)
		if (ip[i].family == AF_INET)
			v4 = true;
		else
			v6 = true;
	if (!(v4 && s->v4) && !(v6 && s->v6))
		worsen(at, GRADE_DOWN, REASON_NODATA,
		    v4     ? "no IPv6 address" :
			v6 ? "no IPv4 address" :
			     "");
	else if (r != NULL && r->partial != REASON_NONE && s->v4 && s->v6)
		worsen(at, GRADE_DEGRADED, r->partial,
		    r->detail[0] != '\0' ? r->detail :
			v4               ? "asked for IPv6 addresses" :
					   "asked for IPv4 addresses");
}

/* What the walk said; false if the name is lost by that. */
static bool
walked(struct verdict *v, const struct sight *s)
{
	/* the roots are silent, or its time was over: no evidence, which is
	 * outweighed by what is found amiss elsewhere only */
	if (s->zone->at[LAYER_SELF].grade == GRADE_UNKNOWN) {
		v->at[LAYER_SELF] = s->zone->at[LAYER_SELF];
		v->at[LAYER_SELF].evaluated = true;
	}
	for (size_t l = LAYER_REGISTRY; l <= LAYER_RECORDS; l++) {
		v->at[l] = s->zone->at[l];
		if (v->at[l].evaluated && v->at[l].grade == GRADE_DOWN)
			return false;
	}
	return true;
}

static bool
is_literal(const struct target *t)
{
	return t->kind == TARGET_URL ? t->ask.url.ip.family != 0 :
	    t->kind == TARGET_TCP    ? t->ip.family != 0 :
				       false;
}

/* False if there is none, and *v says so. */
static bool
resolved(struct verdict *v, const struct sight *s)
{
	const struct resolution *r = s->hop[0].resolution;
	struct layer_result *at = &v->at[LAYER_RECORDS];
	struct ip *ip;
	size_t n;

	if (r != NULL && r->evidence == EVIDENCE_FAIL) {
		worsen(at, GRADE_DOWN, r->reason, r->detail);
		return false;
	}
	ip = all_addresses(s, &n);
	if (n == 0 && (r == NULL || r->evidence == EVIDENCE_NONE)) {
		check_none(v, r != NULL ? r->reason : REASON_RESOLVERS_SILENT,
		    r != NULL ? r->detail : "");
		free(ip);
		return false;
	}
	at->evaluated = true;
	if (at->all == 0)
		at->good = at->all = (int)n;
	if (r != NULL && r->us > at->us)
		at->us = r->us;
	judge_families(at, s->target->site, r, ip, n);
	judge_addresses(at, s->target->site, ip, n);
	free(ip);
	return at->grade != GRADE_DOWN;
}

bool
check_names(struct verdict *v, const struct sight *s)
{
	const struct target *t = s->target;
	const char *special;
	char text[IP_TEXT], detail[PROBE_DETAIL];
	const struct ip *ip;

	if (s->walk != NULL && !walked(v, s))
		return false;
	if (t->kind == TARGET_EXEC)
		return true;
	if (!is_literal(t))
		return resolved(v, s) && t->kind != TARGET_DNS;
	ip = t->kind == TARGET_URL ? &t->ask.url.ip : &t->ip;
	special = check_address(t->site, ip);
	/* asked all the same, it counts */
	if (special == NULL || s->hop[0].n > 0)
		return true;
	snprintf(detail, sizeof detail,
	    "%s is %s; allow-private lets it be asked", ip_text(ip, text),
	    special);
	worsen(&v->at[LAYER_RECORDS], GRADE_DOWN, REASON_ADDRESS_PRIVATE,
	    detail);
	return false;
}
