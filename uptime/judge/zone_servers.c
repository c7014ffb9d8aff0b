/* SPDX-License-Identifier: ISC */
/* The servers of a zone, each of them. */
#include <inttypes.h>
#include <string.h>

#include "uptime/judge/zone_in.h"

/* Is there one with TCP alone, which few resolvers would try? */
static bool
tcp_only(const struct walk_server *s)
{
	return s->udp.status == DNS_TIMEOUT && s->tcp.asked &&
	    s->tcp.status == DNS_ANSWER;
}

/* All servers with the same fault are one finding. */
static void
judge_fault(struct judging *j, const struct walk_zone *z, enum reason why,
    bool down, size_t all)
{
	struct buf b, list;
	bool tcp = true;
	size_t n = 0;

	buf_init(&b, SIZE_MAX);
	buf_init(&list, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++)
		if (zone_heard(&z->server[i]) &&
		    zone_server(&z->server[i]) == why) {
			zone_list(&list, n++, &z->server[i]);
			tcp &= tcp_only(&z->server[i]);
		}
	if (n > 0) {
		buf_addf(&b, "%zu of %zu servers of %s: %s", n, all,
		    zone_name(z), buf_str(&list));
		if (tcp)
			buf_adds(&b, "; over TCP it does");
		zone_find(j, down ? GRADE_DOWN : GRADE_DEGRADED, why, &b);
	}
	buf_free(&list);
	buf_free(&b);
}

/* Truncated answers and signed zones need it; most of the day nobody does. */
static void
judge_tcp(struct judging *j, const struct walk_zone *z)
{
	const struct walk_server *s;
	size_t n = 0;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		if (zone_heard(s) && zone_server(s) == REASON_NONE &&
		    s->tcp.asked && s->tcp.status != DNS_ANSWER &&
		    s->tcp.status != DNS_UNREACHABLE &&
		    s->tcp.status != DNS_CANCELLED)
			zone_list(&b, n++, s);
	}
	if (n > 0)
		zone_find(j, GRADE_WARNING, REASON_NS_TCP, &b);
	buf_free(&b);
}

/* Secondaries lag behind for a while; for long they do when they are cut off
 * from the primary, and then they will stop altogether. */
static void
judge_serial(struct judging *j, const struct walk_zone *z)
{
	const struct walk_server *s, *newest = NULL;
	struct buf b;
	size_t n = 0;

	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		if (s->has_serial &&
		    (newest == NULL ||
			serial_before(newest->serial, s->serial)))
			newest = s;
	}
	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; newest != NULL && i < z->n; i++) {
		s = &z->server[i];
		if (!s->has_serial || s->serial == newest->serial)
			continue;
		zone_list(&b, n++, s);
		if (n <= LIST_MAX)
			buf_addf(&b, " has %" PRIu32, s->serial);
	}
	if (n > 0) {
		buf_addf(&b, "; the newest is %" PRIu32, newest->serial);
		if (j->serial_since == 0)
			j->serial_since = j->now;
		j->v->serial_since = j->serial_since;
		if (j->now - j->serial_since >= ZONE_SERIAL_GRACE)
			zone_find(j, GRADE_WARNING, REASON_NS_SERIAL, &b);
	}
	buf_free(&b);
}

void
zone_judge_servers(struct judging *j, const struct walk_zone *z, bool last)
{
	static const enum reason faults[] = { REASON_NS_TIMEOUT,
		REASON_NS_CLOSED, REASON_NS_LAME, REASON_NS_REFUSED,
		REASON_NS_SERVFAIL, REASON_NS_GARBAGE };
	size_t good = 0, all = 0, addresses = 0;
	const struct walk_server *s;
	struct buf none;

	for (size_t i = 0; i < z->n; i++) {
		s = &z->server[i];
		addresses += s->ip.family != 0;
		if (!zone_heard(s))
			continue;
		all++;
		if (zone_server(s) != REASON_NONE)
			continue;
		good++;
		zone_time(j, LAYER_NAMESERVER, s->udp.us);
	}
	if (all == 0 && addresses > 0 && last) {
		buf_init(&none, 0);
		zone_find(j, GRADE_UNKNOWN, REASON_NO_ROUTE_FAMILY, &none);
	}
	if (all == 0)
		return;
	if (last)
		zone_count(j, LAYER_NAMESERVER, good, all);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		judge_fault(j, z, faults[i], last && good == 0, all);
	if (!last)
		return;
	judge_tcp(j, z);
	judge_serial(j, z);
}
