/* SPDX-License-Identifier: ISC */
/* A walk judged, layer by layer. */
#include "uptime/judge/zone.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "uptime/judge/zone_in.h"

/* ---- the registry ------------------------------------------------------- */

/* Servers that say no of what the others, or nobody, would delegate. */
static void
judge_removed(struct judging *j, const struct walk_zone *z, enum reason why)
{
	size_t said = 0, all = 0, nth = 0;
	const struct walk_server *s;
	struct buf b, list;

	buf_init(&b, SIZE_MAX);
	buf_init(&list, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		if (!zone_heard(s) || zone_server(s) != REASON_NONE)
			continue;
		all++;
		if (why == REASON_REMOVED && s->records != REASON_NXDOMAIN)
			continue;
		said++;
		zone_list(&list, nth++, s);
	}
	zone_count(j, LAYER_REGISTRY, all - said, all);
	if (said > 0) {
		buf_addf(&b, "%zu of %zu servers of %s: %s", said, all,
		    zone_name(z), buf_str(&list));
		zone_find(j, said == all ? GRADE_DOWN : GRADE_DEGRADED, why,
		    &b);
	}
	buf_free(&list);
	buf_free(&b);
}

/* None of the registry's own servers answers. */
static void
judge_registry_dead(struct judging *j, const struct walk_zone *z)
{
	size_t all = 0;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++)
		if (zone_heard(&z->server[i]))
			zone_list(&b, all++, &z->server[i]);
	if (all > 0) {
		zone_count(j, LAYER_REGISTRY, 0, all);
		zone_find(j, GRADE_DOWN, REASON_REGISTRY_DEAD, &b);
	} else {
		zone_find(j, GRADE_UNKNOWN, REASON_NO_ROUTE_FAMILY, &b);
	}
	buf_free(&b);
}

/* The servers one level up, which referred us. */
static void
judge_parent(struct judging *j, const struct walk_zone *z)
{
	size_t good = 0, all = 0;

	for (size_t i = 0; i < z->n; i++) {
		if (!zone_heard(&z->server[i]))
			continue;
		all++;
		if (zone_server(&z->server[i]) != REASON_NONE)
			continue;
		good++;
		zone_time(j, LAYER_REGISTRY, z->server[i].udp.us);
	}
	zone_count(j, LAYER_REGISTRY, good, all);
	if (walk_registry(z->name))
		judge_removed(j, z, REASON_REMOVED);
	else
		zone_judge_servers(j, z, false);
}

/* ---- delegation --------------------------------------------------------- */

/* Server names without an address. */
static void
judge_unresolved(struct judging *j, const struct walk_zone *z)
{
	size_t none = 0, names = 0;
	const struct walk_server *s;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		if (i == 0 || strcmp(s->name, z->server[i - 1].name) != 0)
			names++;
		if (s->ip.family == 0)
			zone_list(&b, none++, s);
	}
	if (j->w->end == WALK_LOOP)
		buf_adds(&b, "; the way to them leads in a circle");
	else if (j->w->end == WALK_TOO_DEEP)
		buf_adds(&b, "; the way to them is too long");
	zone_count(j, LAYER_DELEGATION, z->n - none, z->n);
	/* A walk that ran out of time may have found them yet. */
	if (none > 0 && (j->w->end != WALK_TIMEOUT || z->complete))
		zone_find(j, none == z->n ? GRADE_DOWN : GRADE_DEGRADED,
		    REASON_NS_UNRESOLVED, &b);
	buf_free(&b);
}

static void
judge_glue(struct judging *j, const struct walk_zone *z)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++)
		if (z->server[i].glue_differs)
			zone_list(&b, n++, &z->server[i]);
	if (n > 0) {
		buf_adds(&b,
		    n == 1 ? " is the parent's word alone" :
			     " are the parent's word alone");
		zone_find(j, GRADE_WARNING, REASON_GLUE_DIFFERS, &b);
	}
	buf_free(&b);
}

/* Names that stand on one side only. */
static void
one_side(struct buf *b, const struct walk_zone *z, bool parent)
{
	const struct walk_server *s;
	const char *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		if ((parent ? s->in_parent : s->in_child) &&
		    !(parent ? s->in_child : s->in_parent) &&
		    (last == NULL || strcmp(last, s->name) != 0)) {
			last = s->name;
			if (n++ == 0)
				buf_addf(b, "%sonly the %s names %s",
				    b->len > 0 ? "; " : "",
				    parent ? "parent" : "zone", last);
			else if (n <= LIST_MAX)
				buf_addf(b, ", %s", last);
		}
	}
}

static bool
has_name(char **ns, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (name_equal(ns[i], name))
			return true;
	return false;
}

/* Do the servers of one zone disagree about a set of names? */
static bool
disagree(const struct walk_zone *z)
{
	const struct walk_server *first = NULL, *s;

	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		if (s->nns == 0)
			continue;
		if (first == NULL)
			first = s;
		if (s->nns != first->nns)
			return true;
		for (size_t k = 0; k < s->nns; k++)
			if (!has_name(first->ns, first->nns, s->ns[k]))
				return true;
	}
	return false;
}

static void
judge_names(struct judging *j, const struct walk_zone *z,
    const struct walk_zone *parent)
{
	bool child = false;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++)
		child |= z->server[i].in_child;
	if (child && z->nparent_ns > 0) {
		one_side(&b, z, true);
		one_side(&b, z, false);
	}
	if (disagree(z))
		buf_addf(&b, "%sthe servers of %s disagree",
		    b.len > 0 ? "; " : "", zone_name(z));
	if (parent != NULL && disagree(parent))
		buf_addf(&b, "%sthe servers of %s disagree",
		    b.len > 0 ? "; " : "", zone_name(parent));
	if (b.len > 0)
		zone_find(j, GRADE_WARNING, REASON_NS_DIFFER, &b);
	buf_free(&b);
}

/* How many stand together: one name; one network in every family. */
static void
judge_variety(struct judging *j, const struct walk_zone *z)
{
	const struct walk_server *first[2] = { NULL, NULL }, *s;
	bool many = false, apart = false, names = false, found = false;
	char text[IP_TEXT];
	struct buf b;

	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		names |= strcmp(s->name, z->server[0].name) != 0;
		found |= s->ip.family != 0;
		/* Private networks are not routed by prefix. */
		if (s->ip.family == 0 || ip_special(&s->ip) != NULL)
			continue;
		const struct walk_server **f = &first[s->ip.family == AF_INET6];
		if (*f == NULL) {
			*f = s;
			continue;
		}
		many |= !ip_same_address(&(*f)->ip, &s->ip);
		apart |= !ip_same_network(&(*f)->ip, &s->ip);
	}
	buf_init(&b, SIZE_MAX);
	if (z->n > 0 && !names && found) {
		buf_adds(&b, z->server[0].name);
		zone_find(j, GRADE_WARNING, REASON_NS_SINGLE, &b);
	} else if (many && !apart) {
		s = first[0] != NULL ? first[0] : first[1];
		buf_addf(&b, "%s/%d", ip_text(&s->ip, text),
		    s->ip.family == AF_INET ? 24 : 48);
		zone_find(j, GRADE_WARNING, REASON_NS_ONE_NETWORK, &b);
	}
	buf_free(&b);
}

/* ---- the whole ---------------------------------------------------------- */

static void
judge_end(struct judging *j, enum reason r)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	zone_find(j, GRADE_UNKNOWN, r, &b);
	buf_free(&b);
}

static void
judge_walk(struct judging *j)
{
	const struct walk *w = j->w;
	const struct walk_zone *z, *parent;

	if (w->end == WALK_NO_ROOT) {
		judge_end(j, REASON_ROOTS_SILENT);
		return;
	}
	if (w->end == WALK_TIMEOUT || w->n == 0)
		judge_end(j, REASON_DEADLINE);
	if (w->n == 0)
		return;
	z = &w->zone[w->n - 1];
	parent = w->n > 1 ? z - 1 : NULL;
	if (w->end == WALK_NXDOMAIN || w->end == WALK_NODATA) {
		judge_removed(j, z,
		    w->end == WALK_NXDOMAIN ? REASON_REMOVED :
					      REASON_NOT_DELEGATED);
		return;
	}
	if (w->end == WALK_ZONE_DEAD && walk_registry(z->name) &&
	    !name_equal(z->name, w->name)) {
		judge_registry_dead(j, z);
		return;
	}
	/* The way ended above: the clock, and nothing is known of a zone. */
	if (w->end == WALK_TIMEOUT && !z->complete)
		return;
	if (parent != NULL)
		judge_parent(j, parent);
	judge_unresolved(j, z);
	judge_names(j, z, parent);
	judge_glue(j, z);
	judge_variety(j, z);
	zone_judge_servers(j, z, true);
	zone_judge_records(j, z);
}

static int
by_layer(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	enum layer la = reason_layer(a->reason), lb = reason_layer(b->reason);

	if (la != lb)
		return la < lb ? -1 : 1;
	return a->grade > b->grade ? -1 : a->grade < b->grade;
}

/* Findings into layers; behind the first that is down nothing counts. */
static void
sum_up(struct zone_verdict *v)
{
	struct layer_result *at;
	const struct finding *f;
	bool down = false;

	if (v->findings.n > 0)
		qsort(v->findings.finding, v->findings.n,
		    sizeof *v->findings.finding, by_layer);
	for (size_t i = 0; i < v->findings.n; i++) {
		f = &v->findings.finding[i];
		at = &v->at[reason_layer(f->reason)];
		if (at->reason != REASON_NONE)
			continue;
		at->grade = f->grade;
		at->reason = f->reason;
		memcpy(at->detail, f->detail, sizeof at->detail);
	}
	for (size_t l = 0; l <= LAYER_RECORDS; l++) {
		if (down)
			v->at[l].evaluated = false;
		if (v->at[l].evaluated && v->at[l].grade == GRADE_DOWN)
			down = true;
	}
}

/*
 * Who has the addresses in his cache is fine until they expire, if he asked
 * just before; as far as anybody says how long that is: the records themselves
 * where some server still gives them, else the delegation, whose TTL zones
 * commonly share.
 */
static int64_t
cached_until(const struct zone_verdict *v, const struct walk *w, int64_t now)
{
	uint32_t ttl = w->ttl;

	for (size_t l = 0; l <= LAYER_RECORDS; l++)
		if (v->at[l].evaluated && v->at[l].grade == GRADE_DOWN) {
			if (ttl == 0 && w->n > 0)
				ttl = w->zone[w->n - 1].ns_ttl;
			if (w->end == WALK_NXDOMAIN || w->end == WALK_NODATA)
				ttl = 0;
			return ttl > 0 ? now + ttl : 0;
		}
	return 0;
}

void
zone_judge(struct zone_verdict *v, const struct walk *w, int64_t now,
    int64_t serial_since)
{
	struct judging j = { v, w, now, serial_since, false };
	size_t aliases = 0;

	memset(v, 0, sizeof *v);
	for (size_t l = 0; l <= LAYER_RECORDS; l++)
		v->at[l].us = -1;
	for (; j.w != NULL && aliases <= WALK_ALIASES; j.w = j.w->next) {
		judge_walk(&j);
		j.alias = true;
		aliases++;
	}
	sum_up(v);
	v->cached_until = cached_until(v, w, now);
}

void
zone_verdict_free(struct zone_verdict *v)
{
	free(v->findings.finding);
	v->findings.finding = NULL;
	v->findings.n = 0;
}
