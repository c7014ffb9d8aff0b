/* SPDX-License-Identifier: ISC */
/* What the parts of zone_judge count, find and name. */
#include "uptime/judge/zone_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
zone_count(struct judging *j, enum layer l, size_t good, size_t all)
{
	struct layer_result *at = &j->v->at[l];

	at->evaluated = true;
	/* Of a name and its aliases, the zone with more trouble. */
	if (at->all > 0 && all - good <= (size_t)(at->all - at->good))
		return;
	at->good = (int)good;
	at->all = (int)all;
}

void
zone_time(struct judging *j, enum layer l, int64_t us)
{
	if (us > j->v->at[l].us)
		j->v->at[l].us = us;
}

void
zone_find(struct judging *j, enum grade g, enum reason r, const struct buf *b)
{
	const char *zone = "";

	if (j->alias && j->w->n > 0)
		zone = j->w->zone[j->w->n - 1].name;
	findings_add(&j->v->findings, g, r, "%s%s%s", zone,
	    *zone != '\0' ? ": " : "", buf_str(b));
	j->v->at[reason_layer(r)].evaluated = true;
}

void
zone_list(struct buf *b, size_t nth, const struct walk_server *s)
{
	char ip[IP_TEXT];

	if (nth == LIST_MAX)
		buf_adds(b, ", …");
	if (nth >= LIST_MAX)
		return;
	if (nth > 0)
		buf_adds(b, ", ");
	if (s->ip.family == 0)
		buf_adds(b, s->name);
	else if (*s->name == '\0')
		buf_adds(b, ip_text(&s->ip, ip));
	else
		buf_addf(b, "%s (%s)", s->name, ip_text(&s->ip, ip));
}

enum reason
zone_server(const struct walk_server *s)
{
	if (!s->udp.asked)
		return REASON_NONE;
	switch (s->udp.status) {
	case DNS_TIMEOUT:
		return REASON_NS_TIMEOUT;
	case DNS_CLOSED:
		return REASON_NS_CLOSED;
	case DNS_GARBAGE:
		return REASON_NS_GARBAGE;
	case DNS_UNREACHABLE:
	case DNS_CANCELLED:
		return REASON_NONE; /* that is us */
	case DNS_ANSWER:
		break;
	}
	switch (s->udp.rcode) {
	case RCODE_NOERROR:
	case RCODE_NXDOMAIN:
		return s->udp.aa || s->referral ? REASON_NONE : REASON_NS_LAME;
	case RCODE_REFUSED:
		return REASON_NS_REFUSED;
	case RCODE_SERVFAIL:
		return REASON_NS_SERVFAIL;
	default:
		return REASON_NS_GARBAGE;
	}
}

const char *
zone_name(const struct walk_zone *z)
{
	return *z->name == '\0' ? "the root" : z->name;
}

bool
zone_heard(const struct walk_server *s)
{
	return s->udp.asked && s->udp.status != DNS_UNREACHABLE &&
	    s->udp.status != DNS_CANCELLED;
}
