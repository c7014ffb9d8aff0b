/* SPDX-License-Identifier: ISC */
/* What the zone's servers say of the name. */
#include <string.h>

#include "common/base/clock.h"
#include "uptime/judge/zone_in.h"

/* s: below this, answers that differ are made for each who asks (a load
 * balancer, a content network), if the version of the zone is the same. */
#define TTL_BALANCED 300

/* Did this one say anything that can be compared? */
static bool
speaks(const struct walk_server *s)
{
	return s->named && zone_heard(s) && zone_server(s) == REASON_NONE &&
	    (s->records != REASON_NONE || s->nanswer > 0 || s->cname != NULL);
}

static bool
same_answer(const struct walk_server *a, const struct walk_server *b)
{
	if (a->records != b->records || a->nanswer != b->nanswer ||
	    (a->cname == NULL) != (b->cname == NULL))
		return false;
	if (a->cname != NULL && !name_equal(a->cname, b->cname))
		return false;
	for (size_t i = 0; i < a->nanswer; i++)
		if (!ip_same_address(&a->answer[i], &b->answer[i]))
			return false;
	return true;
}

static void
add_answer(struct buf *b, const struct walk_server *s)
{
	char ip[IP_TEXT];

	if (s->records == REASON_NXDOMAIN)
		buf_adds(b, "NXDOMAIN");
	else if (s->records == REASON_NODATA)
		buf_adds(b, "no address");
	else if (s->cname != NULL)
		buf_addf(b, "CNAME %s", s->cname);
	for (size_t i = 0; s->cname == NULL && i < s->nanswer; i++) {
		if (i == LIST_MAX) {
			buf_adds(b, " …");
			break;
		}
		buf_addf(b, "%s%s", i > 0 ? " " : "",
		    ip_text(&s->answer[i], ip));
	}
}

/* Answers that are computed, not copied. */
static bool
balanced(const struct walk *w, const struct walk_server *a,
    const struct walk_server *b)
{
	return a->records == REASON_NONE && b->records == REASON_NONE &&
	    w->ttl <= TTL_BALANCED && a->has_serial && b->has_serial &&
	    a->serial == b->serial;
}

static void
judge_differ(struct judging *j, const struct walk_zone *z,
    const struct walk_server *first)
{
	const struct walk_server *s;
	size_t good = 0, all = 0;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		if (!speaks(s))
			continue;
		all++;
		good += s->records == REASON_NONE;
		if (s == first || same_answer(first, s) ||
		    balanced(j->w, first, s) || b.len > 0)
			continue;
		zone_list(&b, 0, first);
		buf_adds(&b, " says ");
		add_answer(&b, first);
		buf_adds(&b, ", ");
		zone_list(&b, 0, s);
		buf_adds(&b, " ");
		add_answer(&b, s);
	}
	zone_count(j, LAYER_RECORDS, good, all);
	if (b.len > 0)
		zone_find(j, GRADE_DEGRADED, REASON_ANSWERS_DIFFER, &b);
	buf_free(&b);
}

/* Everybody says no. */
static void
judge_no(struct judging *j, const struct walk_zone *z,
    const struct walk_server *first)
{
	enum reason why = first->records;
	struct buf b;

	for (size_t i = 0; i < z->n; i++)
		if (speaks(&z->server[i]) &&
		    z->server[i].records == REASON_NONE)
			return;
	buf_init(&b, SIZE_MAX);
	buf_adds(&b, j->w->name);
	if (j->alias)
		why = REASON_CNAME_DANGLING;
	zone_find(j, GRADE_DOWN, why, &b);
	buf_free(&b);
}

/* ---- signatures ---------------------------------------------------------- */

static enum reason
signature(const struct walk_server *s, int64_t now)
{
	int64_t left = s->signed_until - now;

	if (s->signed_until == 0)
		return REASON_SIGNATURE_MISSING;
	if (left <= 0 || s->signed_from > now)
		return REASON_SIGNATURE_EXPIRED;
	/* Some sign on the fly, for a day or two. */
	if (left < ZONE_SIGNED_SOON &&
	    left < (s->signed_until - s->signed_from) / 4)
		return REASON_SIGNATURE_SOON;
	return REASON_NONE;
}

static void
judge_signatures(struct judging *j, const struct walk_zone *z, enum reason why)
{
	const struct walk_server *s, *worst = NULL;
	char when[CLOCK_TEXT];
	size_t n = 0;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		if (!s->has_serial || signature(s, j->now) != why)
			continue;
		if (worst == NULL || s->signed_until < worst->signed_until)
			worst = s;
		zone_list(&b, n++, s);
	}
	if (worst != NULL && why != REASON_SIGNATURE_MISSING) {
		if (worst->signed_from > j->now)
			buf_addf(&b, "; not before %s",
			    clock_rfc3339(worst->signed_from, when));
		else
			buf_addf(&b, "; until %s",
			    clock_rfc3339(worst->signed_until, when));
	}
	/* Resolvers that validate fail, others do not. */
	if (n > 0)
		zone_find(j,
		    why == REASON_SIGNATURE_SOON ? GRADE_WARNING :
						   GRADE_DEGRADED,
		    why, &b);
	buf_free(&b);
}

/* ---- aliases ------------------------------------------------------------- */

static bool
judge_alias(struct judging *j, const struct walk_server *first)
{
	struct buf b;

	if (first->cname == NULL ||
	    (j->w->end != WALK_LOOP && j->w->end != WALK_TOO_DEEP))
		return false;
	buf_init(&b, SIZE_MAX);
	buf_addf(&b, "%s is an alias of %s", j->w->name, first->cname);
	if (j->w->end == WALK_TOO_DEEP)
		buf_adds(&b, " …");
	zone_find(j, GRADE_DOWN, REASON_CNAME_LOOP, &b);
	buf_free(&b);
	return true;
}

void
zone_judge_records(struct judging *j, const struct walk_zone *z)
{
	static const enum reason signatures[] = { REASON_SIGNATURE_MISSING,
		REASON_SIGNATURE_EXPIRED, REASON_SIGNATURE_SOON };
	const struct walk_server *first = NULL;

	for (size_t i = 0; first == NULL && i < z->n; i++)
		if (speaks(&z->server[i]))
			first = &z->server[i];
	for (size_t i = 0; z->ds && i < 3; i++)
		judge_signatures(j, z, signatures[i]);
	if (first == NULL)
		return;
	if (!judge_alias(j, first) && first->records != REASON_NONE)
		judge_no(j, z, first);
	judge_differ(j, z, first);
}
