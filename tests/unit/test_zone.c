/* SPDX-License-Identifier: ISC */
/* A good walk, broken in one place each: what is found, and how bad it is. */
#include "uptime/judge/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/zone_case.h"

#define NOW SAMPLE_NOW
#define DAY 86400

static char *one_name[] = { "ns1.example.test" };
static char *other_names[] = { "ns1.example.test", "ns3.example.net" };

/* ---- ways to break it --------------------------------------------------- */

static void
silent(struct walk_server *s, enum dns_status status)
{
	s->udp.status = s->tcp.status = status;
	s->udp.aa = s->has_serial = false;
	s->named = false;
	s->nanswer = 0;
	s->nns = 0;
}

static void
rcode(struct walk_server *s, int code)
{
	silent(s, DNS_ANSWER);
	s->udp.rcode = s->tcp.rcode = code;
}

static void
fine(struct walk_sample *w)
{
	(void)w;
}

static void
one_dead(struct walk_sample *w)
{
	silent(&w->server[1], DNS_TIMEOUT);
}

static void
all_dead(struct walk_sample *w)
{
	silent(&w->server[0], DNS_TIMEOUT);
	silent(&w->server[1], DNS_TIMEOUT);
	w->walk.end = WALK_ZONE_DEAD;
	w->walk.nip = 0;
	w->walk.ttl = 0;
}

static void
one_closed(struct walk_sample *w)
{
	silent(&w->server[0], DNS_CLOSED);
}

static void
one_lame(struct walk_sample *w)
{
	rcode(&w->server[0], RCODE_NOERROR);
}

static void
all_lame(struct walk_sample *w)
{
	rcode(&w->server[0], RCODE_NOERROR);
	rcode(&w->server[1], RCODE_NOERROR);
	w->walk.end = WALK_ZONE_DEAD;
}

static void
one_refuses(struct walk_sample *w)
{
	rcode(&w->server[0], RCODE_REFUSED);
}

static void
all_servfail(struct walk_sample *w)
{
	rcode(&w->server[0], RCODE_SERVFAIL);
	rcode(&w->server[1], RCODE_SERVFAIL);
	w->walk.end = WALK_ZONE_DEAD;
}

static void
garbage(struct walk_sample *w)
{
	silent(&w->server[0], DNS_GARBAGE);
}

/* One dead, one lame: nobody serves the zone, for two reasons. */
static void
dead_and_lame(struct walk_sample *w)
{
	silent(&w->server[0], DNS_TIMEOUT);
	rcode(&w->server[1], RCODE_NOERROR);
	w->walk.end = WALK_ZONE_DEAD;
}

static void
no_v6_here(struct walk_sample *w)
{
	silent(&w->server[1], DNS_UNREACHABLE);
}

static void
v6_not_asked(struct walk_sample *w)
{
	silent(&w->server[1], DNS_ANSWER);
	w->server[1].udp.asked = w->server[1].tcp.asked = false;
}

static void
nothing_asked(struct walk_sample *w)
{
	v6_not_asked(w);
	silent(&w->server[0], DNS_UNREACHABLE);
	w->walk.end = WALK_ZONE_DEAD;
}

static void
tcp_closed(struct walk_sample *w)
{
	w->server[1].tcp.status = DNS_CLOSED;
}

static void
serials_wrap(struct walk_sample *w)
{
	w->server[0].serial = UINT32_MAX;
	w->server[1].serial = 3;
}

static void
removed(struct walk_sample *w)
{
	for (size_t i = 0; i < 2; i++) {
		w->parent[i].referral = false;
		w->parent[i].udp.aa = true;
		w->parent[i].udp.rcode = RCODE_NXDOMAIN;
		w->parent[i].records = REASON_NXDOMAIN;
		w->parent[i].nns = 0;
	}
	w->walk.n = 2;
	w->walk.end = WALK_NXDOMAIN;
	w->walk.nip = 0;
}

static void
half_removed(struct walk_sample *w)
{
	w->parent[0].referral = false;
	w->parent[0].udp.aa = true;
	w->parent[0].records = REASON_NXDOMAIN;
	w->parent[0].nns = 0;
}

static void
not_delegated(struct walk_sample *w)
{
	removed(w);
	w->walk.end = WALK_NODATA;
	w->parent[0].records = w->parent[1].records = REASON_NONE;
}

static void
registry_dead(struct walk_sample *w)
{
	silent(&w->parent[0], DNS_TIMEOUT);
	silent(&w->parent[1], DNS_CLOSED);
	w->parent[0].referral = w->parent[1].referral = false;
	w->walk.n = 2;
	w->walk.end = WALK_ZONE_DEAD;
}

static void
registry_half_dead(struct walk_sample *w)
{
	silent(&w->parent[0], DNS_TIMEOUT);
	w->parent[0].referral = false;
}

static void
no_root(struct walk_sample *w)
{
	w->walk.n = 1;
	w->walk.end = WALK_NO_ROOT;
}

static void
out_of_time(struct walk_sample *w)
{
	w->walk.end = WALK_TIMEOUT;
	w->zone[2].complete = false;
	w->walk.n = 2;
}

static void
parent_names_more(struct walk_sample *w)
{
	w->server[0].ns = w->server[1].ns = one_name;
	w->server[0].nns = w->server[1].nns = 1;
	w->server[1].in_child = false;
}

static void
parents_disagree(struct walk_sample *w)
{
	w->parent[1].ns = other_names;
}

static void
glue(struct walk_sample *w)
{
	w->server[0].glue_differs = true;
}

static void
unresolved(struct walk_sample *w)
{
	silent(&w->server[1], DNS_ANSWER);
	w->server[1].udp.asked = w->server[1].tcp.asked = false;
	w->server[1].ip.family = 0;
}

static void
ns_circle(struct walk_sample *w)
{
	unresolved(w);
	silent(&w->server[0], DNS_ANSWER);
	w->server[0].udp.asked = w->server[0].tcp.asked = false;
	w->server[0].ip.family = 0;
	w->walk.end = WALK_LOOP;
}

static void
single(struct walk_sample *w)
{
	w->zone[2].n = 1;
	w->zone[2].parent_ns = one_name;
	w->zone[2].nparent_ns = 1;
	w->server[0].ns = w->parent[0].ns = w->parent[1].ns = one_name;
	w->server[0].nns = w->parent[0].nns = w->parent[1].nns = 1;
}

static void
one_network(struct walk_sample *w)
{
	ip_parse("185.1.2.99", 0, &w->server[1].ip);
}

static void
one_private_network(struct walk_sample *w)
{
	ip_parse("10.1.2.53", 0, &w->server[0].ip);
	ip_parse("10.1.2.54", 0, &w->server[1].ip);
}

static const struct zone_case t[] = {
	{ BROKEN(fine), GRADE_OK, REASON_NONE, 0, LAYER_NAMESERVER, 2, 2, 0 },
	{ BROKEN(one_dead), GRADE_DEGRADED, REASON_NS_TIMEOUT, 1,
	    LAYER_NAMESERVER, 1, 2, 0 },
	{ BROKEN(all_dead), GRADE_DOWN, REASON_NS_TIMEOUT, 1, LAYER_NAMESERVER,
	    0, 2, 86400 },
	{ BROKEN(one_closed), GRADE_DEGRADED, REASON_NS_CLOSED, 1,
	    LAYER_NAMESERVER, 1, 2, 0 },
	{ BROKEN(one_lame), GRADE_DEGRADED, REASON_NS_LAME, 1, LAYER_NAMESERVER,
	    1, 2, 0 },
	{ BROKEN(all_lame), GRADE_DOWN, REASON_NS_LAME, 1, LAYER_NAMESERVER, 0,
	    2, 3600 },
	{ BROKEN(one_refuses), GRADE_DEGRADED, REASON_NS_REFUSED, 1,
	    LAYER_NAMESERVER, 1, 2, 0 },
	{ BROKEN(all_servfail), GRADE_DOWN, REASON_NS_SERVFAIL, 1,
	    LAYER_NAMESERVER, 0, 2, 3600 },
	{ BROKEN(garbage), GRADE_DEGRADED, REASON_NS_GARBAGE, 1,
	    LAYER_NAMESERVER, 1, 2, 0 },
	{ BROKEN(dead_and_lame), GRADE_DOWN, REASON_NS_TIMEOUT, 2,
	    LAYER_NAMESERVER, 0, 2, 3600 },
	{ BROKEN(no_v6_here), GRADE_OK, REASON_NONE, 0, LAYER_NAMESERVER, 1, 1,
	    0 },
	{ BROKEN(v6_not_asked), GRADE_OK, REASON_NONE, 0, LAYER_NAMESERVER, 1,
	    1, 0 },
	{ BROKEN(nothing_asked), GRADE_UNKNOWN, REASON_NO_ROUTE_FAMILY, 1,
	    LAYER_SELF, 0, 0, 0 },
	{ BROKEN(tcp_closed), GRADE_WARNING, REASON_NS_TCP, 1, LAYER_NAMESERVER,
	    2, 2, 0 },
	{ BROKEN(serials_wrap), GRADE_OK, REASON_NONE, 0, LAYER_NAMESERVER, 2,
	    2, 0 },
	{ BROKEN(removed), GRADE_DOWN, REASON_REMOVED, 1, LAYER_REGISTRY, 0, 2,
	    0 },
	{ BROKEN(half_removed), GRADE_DEGRADED, REASON_REMOVED, 1,
	    LAYER_REGISTRY, 1, 2, 0 },
	{ BROKEN(not_delegated), GRADE_DOWN, REASON_NOT_DELEGATED, 1,
	    LAYER_REGISTRY, 0, 2, 0 },
	{ BROKEN(registry_dead), GRADE_DOWN, REASON_REGISTRY_DEAD, 1,
	    LAYER_REGISTRY, 0, 2, 3600 },
	{ BROKEN(registry_half_dead), GRADE_OK, REASON_NONE, 0, LAYER_REGISTRY,
	    1, 2, 0 },
	{ BROKEN(no_root), GRADE_UNKNOWN, REASON_ROOTS_SILENT, 1, LAYER_SELF, 0,
	    0, 0 },
	{ BROKEN(out_of_time), GRADE_UNKNOWN, REASON_DEADLINE, 1, LAYER_SELF, 0,
	    0, 0 },
	{ BROKEN(parent_names_more), GRADE_WARNING, REASON_NS_DIFFER, 1,
	    LAYER_DELEGATION, 2, 2, 0 },
	{ BROKEN(parents_disagree), GRADE_WARNING, REASON_NS_DIFFER, 1,
	    LAYER_DELEGATION, 2, 2, 0 },
	{ BROKEN(glue), GRADE_WARNING, REASON_GLUE_DIFFERS, 1, LAYER_DELEGATION,
	    2, 2, 0 },
	{ BROKEN(unresolved), GRADE_DEGRADED, REASON_NS_UNRESOLVED, 1,
	    LAYER_DELEGATION, 1, 2, 0 },
	{ BROKEN(ns_circle), GRADE_DOWN, REASON_NS_UNRESOLVED, 1,
	    LAYER_DELEGATION, 0, 2, 3600 },
	{ BROKEN(single), GRADE_WARNING, REASON_NS_SINGLE, 1, LAYER_DELEGATION,
	    1, 1, 0 },
	{ BROKEN(one_network), GRADE_WARNING, REASON_NS_ONE_NETWORK, 1,
	    LAYER_DELEGATION, 2, 2, 0 },
	{ BROKEN(one_private_network), GRADE_OK, REASON_NONE, 0,
	    LAYER_DELEGATION, 2, 2, 0 },
};

static void
one_fault_each(void **state)
{
	(void)state;
	zone_cases(t, sizeof t / sizeof *t);
}

/* The finding's text says which server, and how many. */
static void
details(void **state)
{
	static const struct {
		void (*broken)(struct walk_sample *);
		const char *detail;
	} d[] = {
		{ one_dead,
		    "1 of 2 servers of example.test: ns2.example.net "
		    "(2a01:1:2::53)" },
		{ removed,
		    "2 of 2 servers of test: a.nic.test (193.0.14.1), "
		    "b.nic.test (194.0.14.1)" },
		{ parent_names_more, "only the parent names ns2.example.net" },
		{ parents_disagree, "the servers of test disagree" },
		{ one_network, "185.1.2.53/24" },
		{ ns_circle,
		    "ns1.example.test, ns2.example.net; the way to them leads "
		    "in a circle" },
	};
	struct walk_sample w;
	struct zone_verdict v;

	(void)state;
	for (size_t i = 0; i < sizeof d / sizeof *d; i++) {
		walk_sample(&w);
		d[i].broken(&w);
		zone_judge(&v, &w.walk, NOW, 0);
		assert_int_equal(v.findings.n, 1);
		assert_string_equal(v.findings.finding[0].detail, d[i].detail);
		zone_verdict_free(&v);
	}
}

/* Secondaries may lag behind for a while; RFC 1982 says who is ahead. */
static void
serials(void **state)
{
	static const struct {
		int64_t since, since_out;
		size_t n;
	} s[] = {
		{ 0, NOW, 0 },
		{ NOW - ZONE_SERIAL_GRACE + 1, NOW - ZONE_SERIAL_GRACE + 1, 0 },
		{ NOW - ZONE_SERIAL_GRACE, NOW - ZONE_SERIAL_GRACE, 1 },
	};
	struct walk_sample w;
	struct zone_verdict v;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		walk_sample(&w);
		serials_wrap(&w);
		zone_judge(&v, &w.walk, NOW, s[i].since);
		assert_int_equal(v.serial_since, s[i].since_out);
		assert_int_equal(v.findings.n, s[i].n);
		if (s[i].n > 0) {
			assert_int_equal(v.findings.finding[0].reason,
			    REASON_NS_SERIAL);
			assert_string_equal(v.findings.finding[0].detail,
			    "ns1.example.test (185.1.2.53) has 4294967295; "
			    "the newest is 3");
		}
		zone_verdict_free(&v);
	}
	walk_sample(&w);
	zone_judge(&v, &w.walk, NOW, NOW - DAY);
	assert_int_equal(v.serial_since, 0);
	zone_verdict_free(&v);
}

static void
registries(void **state)
{
	static const struct {
		const char *zone;
		bool yes;
	} r[] = { { "", true }, { "test", true }, { "co.uk", true },
		{ "com.br", true }, { "example.test", false },
		{ "ab.de", false }, { "co.example", false },
		{ "x.co.uk", false }, { "comx.uk", false } };

	(void)state;
	for (size_t i = 0; i < sizeof r / sizeof *r; i++)
		if (walk_registry(r[i].zone) != r[i].yes)
			fail_msg("%s", r[i].zone);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_fault_each),
		cmocka_unit_test(details),
		cmocka_unit_test(serials),
		cmocka_unit_test(registries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
