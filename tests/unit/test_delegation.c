/* SPDX-License-Identifier: ISC */
/*
 * Walks through small worlds on loopback, each with one fault: how they end,
 * what is found, and how long that takes.
 */
#include "uptime/dns/delegation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/ground.h"
#include "uptime/judge/zone.h"
#include "uptime/tell/tree.h"

/* ms that a walk may take: nobody is waited for; the dead are.  Generous, for
 * busy machines: alone it takes 10 and 1700. */
#define FAST 2500
#define SLOW 4000

static const struct {
	const char *what, *world, *host;
	enum walk_end end;
	const char *found; /* "grade reason; …", sorted by layer */
	const char *ip;
	int ms; /* it takes at most */
} t[] = {
	/* clang-format off */
	{ "all well", ABOVE BOTH("", ZONE WWW), "www.example.test",
	    WALK_ANSWERED, "", "192.0.2.80", FAST },
	{ "any case, final dot", ABOVE BOTH("", ZONE WWW), "WWW.Example.Test.",
	    WALK_ANSWERED, "", "192.0.2.80", FAST },
	{ "the apex itself", ABOVE BOTH("", ZONE "example.test A 192.0.2.1\n"),
	    "example.test", WALK_ANSWERED, "", "192.0.2.1", FAST },
	{ "both families", ABOVE BOTH("", ZONE WWW
	    "www.example.test AAAA 2001:db8::80\n"), "www.example.test",
	    WALK_ANSWERED, "", "192.0.2.80 2001:db8::80", FAST },
	{ "1 of 2 dead", ABOVE NS1("") ZONE WWW NS2("mute"),
	    "www.example.test", WALK_ANSWERED, "degraded ns-timeout",
	    "192.0.2.80", SLOW },
	{ "all dead", ABOVE BOTH("mute", ZONE WWW), "www.example.test",
	    WALK_ZONE_DEAD, "down ns-timeout", "", SLOW },
	{ "1 of 2 ports closed", ABOVE NS1("") ZONE WWW, "www.example.test",
	    WALK_ANSWERED, "degraded ns-closed", "192.0.2.80", SLOW },
	{ "all ports closed", ABOVE, "www.example.test", WALK_ZONE_DEAD,
	    "down ns-closed", "", SLOW },
	{ "1 of 2 refuses", ABOVE NS1("refuse") ZONE WWW NS2("") ZONE WWW,
	    "www.example.test", WALK_ANSWERED, "degraded ns-refused",
	    "192.0.2.80", FAST },
	{ "all refuse", ABOVE BOTH("refuse", ZONE WWW), "www.example.test",
	    WALK_ZONE_DEAD, "down ns-refused", "", FAST },
	{ "1 of 2 fails", ABOVE NS1("") ZONE WWW NS2("servfail") ZONE WWW,
	    "www.example.test", WALK_ANSWERED, "degraded ns-servfail",
	    "192.0.2.80", FAST },
	{ "all fail", ABOVE BOTH("servfail", ZONE WWW), "www.example.test",
	    WALK_ZONE_DEAD, "down ns-servfail", "", FAST },
	{ "1 of 2 lame", ABOVE NS1("lame") ZONE WWW NS2("") ZONE WWW,
	    "www.example.test", WALK_ANSWERED, "degraded ns-lame",
	    "192.0.2.80", FAST },
	{ "all lame", ABOVE BOTH("lame", ZONE WWW), "www.example.test",
	    WALK_ZONE_DEAD, "down ns-lame", "", FAST },
	{ "upward referrals", ABOVE BOTH("up", ZONE), "www.example.test",
	    WALK_ZONE_DEAD, "down ns-lame", "", FAST },
	{ "referrals to itself", ABOVE BOTH("self", ZONE), "www.example.test",
	    WALK_ZONE_DEAD, "down ns-lame", "", FAST },
	{ "1 of 2 refers up", ABOVE NS1("up") ZONE NS2("") ZONE WWW,
	    "www.example.test", WALK_ANSWERED, "degraded ns-lame",
	    "192.0.2.80", FAST },
	{ "serves the parent only", ABOVE NS1("") "zone test\n" NS2("") ZONE
	    WWW, "www.example.test", WALK_ANSWERED, "degraded ns-lame",
	    "192.0.2.80", FAST },
	{ "1 of 2 talks nonsense", ABOVE NS1("") ZONE WWW NS2("garbage"),
	    "www.example.test", WALK_ANSWERED, "degraded ns-garbage",
	    "192.0.2.80", SLOW },
	{ "TCP closed", ABOVE NS1("closedtcp") ZONE WWW NS2("") ZONE WWW,
	    "www.example.test", WALK_ANSWERED, "warning ns-tcp", "192.0.2.80",
	    SLOW },
	{ "TCP silent", ABOVE NS1("notcp") ZONE WWW NS2("") ZONE WWW,
	    "www.example.test", WALK_ANSWERED, "warning ns-tcp", "192.0.2.80",
	    SLOW },
	{ "UDP silent, TCP not", ABOVE NS1("noudp") ZONE WWW NS2("") ZONE WWW,
	    "www.example.test", WALK_ANSWERED, "degraded ns-timeout",
	    "192.0.2.80", SLOW },
	{ "removed by the registry", ROOT REGISTRY("x.test A 192.0.2.1\n"),
	    "www.example.test", WALK_NXDOMAIN, "down removed", "", FAST },
	{ "no such top-level zone", ROOT, "www.example.nowhere", WALK_NXDOMAIN,
	    "down removed", "", FAST },
	{ "removed, but not everywhere", ROOT
	    "server 127.241.2.1\nzone test\n" TEST_NS
	    "server 127.241.2.2\nzone test\n" TEST_NS DELEGATED BOTH("", ZONE
	    WWW), "www.example.test", WALK_ANSWERED, "degraded removed",
	    "192.0.2.80", FAST },
	{ "not delegated", ROOT REGISTRY("a.www.example.test A 192.0.2.1\n"),
	    "www.example.test", WALK_NODATA, "down not-delegated", "", FAST },
	{ "registry dead", ROOT "server 127.241.2.1 mute\n"
	    "server 127.241.2.2 mute\n", "www.example.test", WALK_ZONE_DEAD,
	    "down registry-dead", "", SLOW },
	{ "half the registry dead", ROOT "server 127.241.2.1 mute\n"
	    "server 127.241.2.2\nzone test\n" DELEGATED BOTH("", ZONE WWW),
	    "www.example.test", WALK_ANSWERED, "", "192.0.2.80", SLOW },
	{ "root dead", "server 127.241.1.1 mute\n", "www.example.test",
	    WALK_NO_ROOT, "unknown roots-silent", "", SLOW },
	{ "root closed", "", "www.example.test", WALK_NO_ROOT,
	    "unknown roots-silent", "", SLOW },
	{ "NXDOMAIN", ABOVE BOTH("", ZONE), "www.example.test", WALK_ANSWERED,
	    "down nxdomain", "", FAST },
	{ "NODATA", ABOVE BOTH("", ZONE "a.www.example.test A 192.0.2.1\n"),
	    "www.example.test", WALK_ANSWERED, "down nodata", "", FAST },
	{ "NXDOMAIN at 1 of 2", ABOVE NS1("") ZONE WWW NS2("") ZONE,
	    "www.example.test", WALK_ANSWERED, "degraded answers-differ",
	    "192.0.2.80", FAST },
	{ "answers differ", ABOVE NS1("") ZONE "example.test SOA 2\n" WWW NS2(
		"") ZONE "www.example.test A 192.0.2.81\n", "www.example.test",
	    WALK_ANSWERED, "degraded answers-differ", "192.0.2.80 192.0.2.81",
	    FAST },
	{ "parent and zone differ", ABOVE BOTH("", "zone example.test\n"
	    "example.test NS ns1.example.test\n"
	    "example.test NS ns3.example.test\n"
	    "ns1.example.test A 127.241.4.1\n"
	    "ns2.example.test A 127.241.5.1\n"
	    "ns3.example.test A 127.241.5.1\n" WWW), "www.example.test",
	    WALK_ANSWERED, "warning ns-differ", "192.0.2.80", FAST },
	{ "only the zone names a dead one", ABOVE BOTH("", ZONE
	    "example.test NS ns3.example.test\n"
	    "ns3.example.test A 127.241.6.1\n" WWW)
	    "server 127.241.6.1 mute\n", "www.example.test", WALK_ANSWERED,
	    "warning ns-differ; degraded ns-timeout", "192.0.2.80", SLOW },
	{ "the registry's servers differ", ROOT
	    "server 127.241.2.1\nzone test\n" DELEGATED
	    "server 127.241.2.2\nzone test\n"
	    "example.test NS ns1.example.test\n"
	    "ns1.example.test A 127.241.4.1\n" BOTH("", ZONE WWW),
	    "www.example.test", WALK_ANSWERED, "warning ns-differ",
	    "192.0.2.80", FAST },
	{ "glue differs", ABOVE BOTH("", "zone example.test\n"
	    "example.test NS ns1.example.test\n"
	    "example.test NS ns2.example.test\n"
	    "ns1.example.test A 127.241.4.1\n"
	    "ns2.example.test A 127.241.4.1\n" WWW), "www.example.test",
	    WALK_ANSWERED, "warning glue-differs", "192.0.2.80", FAST },
	{ "a single server", ROOT REGISTRY(
		"example.test NS ns1.example.test\n"
	    "ns1.example.test A 127.241.4.1\n") NS1("")
	    "zone example.test\nexample.test NS ns1.example.test\n"
	    "ns1.example.test A 127.241.4.1\n" WWW, "www.example.test",
	    WALK_ANSWERED, "warning ns-single", "192.0.2.80", FAST },
	{ "glueless, out of zone", ROOT REGISTRY(
		"example.test NS ns1.example.other\n"
	    "example.test NS ns2.example.other\n")
	    "server 127.241.3.1\nzone other\n"
	    "ns1.example.other A 127.241.4.1\n"
	    "ns2.example.other A 127.241.5.1\n" BOTH("",
	    "zone example.test\nexample.test NS ns1.example.other\n"
	    "example.test NS ns2.example.other\n" WWW), "www.example.test",
	    WALK_ANSWERED, "", "192.0.2.80", FAST },
	{ "one server name without address", ROOT REGISTRY(
		"example.test NS ns1.example.test\n"
	    "example.test NS nowhere.other\n"
	    "ns1.example.test A 127.241.4.1\n")
	    "server 127.241.3.1\nzone other\n" NS1("")
	    "zone example.test\nexample.test NS ns1.example.test\n"
	    "ns1.example.test A 127.241.4.1\n"
	    "example.test NS nowhere.other\n" WWW, "www.example.test",
	    WALK_ANSWERED, "degraded ns-unresolved", "192.0.2.80", FAST },
	{ "no glue at all", ROOT REGISTRY("example.test NS ns1.example.test\n"),
	    "www.example.test", WALK_LOOP, "down ns-unresolved", "", FAST },
	{ "two zones that wait for each other", ROOT REGISTRY(
		"example.test NS ns.circle.test\n"
	    "circle.test NS ns.example.test\n"), "www.example.test", WALK_LOOP,
	    "down ns-unresolved", "", FAST },
	{ "three, and one way out", ROOT REGISTRY(
		"example.test NS ns.circle.test\n"
	    "circle.test NS ns.third.test\n"
	    "circle.test NS ns.example.test\n" "third.test NS ns.third.test\n"
	    "ns.third.test A 127.241.6.1\n")
	    "server 127.241.6.1\nzone third.test\n"
	    "ns.third.test A 127.241.6.1\nzone circle.test\n"
	    "circle.test NS ns.third.test\ncircle.test NS ns.example.test\n"
	    "ns.circle.test A 127.241.4.1\n" NS1("")
	    "zone example.test\nexample.test NS ns.circle.test\n" WWW,
	    "www.example.test", WALK_ANSWERED, "warning ns-single",
	    "192.0.2.80", FAST },
	{ "glue from outside is not believed",
	    "server 127.241.1.1\nzone .\ntest NS a.nic.test\n"
	    "a.nic.test A 127.241.2.1\n"
	    "other NS ns.other\nns.other A 127.241.3.1\n"
	    "server 127.241.2.1\nzone test\nexample.test NS ns1.other\n"
	    "ns1.other A 127.241.6.1\n"
	    "server 127.241.3.1\nzone other\nns1.other A 127.241.4.1\n"
	    "server 127.241.6.1\nzone example.test\n"
	    "www.example.test A 192.0.2.66\n" NS1("")
	    "zone example.test\nexample.test NS ns1.other\n" WWW,
	    "www.example.test", WALK_ANSWERED, "warning ns-single",
	    "192.0.2.80", FAST },
	{ "always further down", ROOT REGISTRY(
		"example.test NS ns1.example.test\n"
	    "ns1.example.test A 127.241.4.1\n") NS1("down") ZONE,
	    "1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.g.h.i.j.k.l.example.test",
	    WALK_TOO_DEEP, NULL, "", FAST },
	{ "server names without end", ROOT
	    "server 127.241.2.1 far\nserver 127.241.2.2 far\n",
	    "www.example.test", WALK_TOO_DEEP,
	    "down ns-unresolved; warning ns-differ", "", FAST },
	{ "CNAME in the zone", ABOVE BOTH("", ZONE WWW
	    "alias.example.test CNAME www.example.test\n"),
	    "alias.example.test", WALK_ANSWERED, "", "192.0.2.80", FAST },
	{ "CNAME out of it", ABOVE BOTH("", ZONE
	    "www.example.test CNAME www.other\n")
	    "server 127.241.3.1\nzone other\nother NS ns.other\n"
	    "ns.other A 127.241.3.1\nwww.other A 192.0.2.90\n",
	    "www.example.test", WALK_ANSWERED, "warning ns-single",
	    "192.0.2.90", FAST },
	{ "CNAME to nowhere", ABOVE BOTH("", ZONE
	    "www.example.test CNAME no.example.test\n"), "www.example.test",
	    WALK_ANSWERED, "down cname-dangling", "", FAST },
	{ "CNAMEs in a circle", ABOVE BOTH("", ZONE
	    "www.example.test CNAME x.example.test\n"
	    "x.example.test CNAME www.example.test\n"), "www.example.test",
	    WALK_ANSWERED, "down cname-loop", "", FAST },
	{ "CNAME to itself", ABOVE BOTH("", ZONE
	    "www.example.test CNAME www.example.test\n"), "www.example.test",
	    WALK_LOOP, "down cname-loop", "", FAST },
	{ "one server for all three",
	    "server 127.241.1.1\nzone .\ntest NS ns.test\n"
	    "ns.test A 127.241.1.1\nzone test\ntest NS ns.test\n"
	    "ns.test A 127.241.1.1\n"
	    "example.test NS ns.test\nexample.test DS x\n"
	    "zone example.test signed=864000\nexample.test NS ns.test\n" WWW,
	    "www.example.test", WALK_ANSWERED, "warning ns-single",
	    "192.0.2.80", FAST },
	{ "parent and child on the same servers", ROOT
	    "server 127.241.2.1\nzone test\n" TEST_NS
	    "example.test NS a.nic.test\nexample.test NS b.nic.test\n"
	    "a.nic.test A 127.241.2.1\nb.nic.test A 127.241.2.2\n"
	    "zone example.test\nexample.test NS a.nic.test\n"
	    "example.test NS b.nic.test\n" WWW
	    "server 127.241.2.2\nzone test\n" TEST_NS
	    "example.test NS a.nic.test\nexample.test NS b.nic.test\n"
	    "a.nic.test A 127.241.2.1\nb.nic.test A 127.241.2.2\n"
	    "zone example.test\nexample.test NS a.nic.test\n"
	    "example.test NS b.nic.test\n" WWW, "www.example.test",
	    WALK_ANSWERED, "", "192.0.2.80", FAST },
	{ "signed", ROOT REGISTRY(SIGNED) BOTH("",
	    "zone example.test signed=864000\n" APEX WWW), "www.example.test",
	    WALK_ANSWERED, "", "192.0.2.80", FAST },
	{ "signatures end soon", ROOT REGISTRY(SIGNED) BOTH("",
	    "zone example.test signed=86400\n" APEX WWW), "www.example.test",
	    WALK_ANSWERED, "warning signature-soon", "192.0.2.80", FAST },
	{ "signatures have ended", ROOT REGISTRY(SIGNED) BOTH("",
	    "zone example.test signed=-60\n" APEX WWW), "www.example.test",
	    WALK_ANSWERED, "degraded signature-expired", "192.0.2.80", FAST },
	{ "signatures missing", ROOT REGISTRY(SIGNED) BOTH("", ZONE WWW),
	    "www.example.test", WALK_ANSWERED, "degraded signature-missing",
	    "192.0.2.80", FAST },
	/* clang-format on */
};

static char *
found(const struct zone_verdict *v, char out[512])
{
	size_t n = 0;

	*out = '\0';
	for (size_t i = 0; i < v->findings.n; i++)
		n += (size_t)snprintf(out + n, 512 - n, "%s%s %s",
		    i > 0 ? "; " : "", grade_word(v->findings.finding[i].grade),
		    reason_word(v->findings.finding[i].reason));
	return out;
}

static char *
addresses(const struct walk *w, char out[512])
{
	size_t n = 0;
	char ip[IP_TEXT];

	*out = '\0';
	for (size_t i = 0; i < w->nip; i++)
		n += (size_t)snprintf(out + n, 512 - n, "%s%s",
		    i > 0 ? " " : "", ip_text(&w->ip[i], ip));
	return out;
}

static bool
one_world(size_t i)
{
	struct zone_verdict v;
	char f[512], ip[512];
	const struct walk *w;
	struct ground g;
	struct buf tree;
	int64_t began;
	bool good;

	fake_dns_start(t[i].world);
	ground_make(&g);
	began = clock_mono();
	w = ground_walk(&g, t[i].host, false);
	began = clock_mono() - began;
	zone_judge(&v, w, clock_now(), 0);
	buf_init(&tree, SIZE_MAX);
	tree_show(&tree, w, &v, false);
	found(&v, f);
	addresses(w, ip);
	good = w->end == t[i].end && strcmp(ip, t[i].ip) == 0 &&
	    (t[i].found == NULL || strcmp(f, t[i].found) == 0) &&
	    began <= t[i].ms;
	if (!good || getenv("TREE") != NULL)
		printf("\n%s%s: %lld ms, end %d, \"%s\"\n%s",
		    good ? "" : "BAD: ", t[i].what, (long long)began,
		    (int)w->end, f, buf_str(&tree));
	buf_free(&tree);
	zone_verdict_free(&v);
	ground_free(&g);
	fake_dns_stop();
	return good;
}

static void
worlds(void **state)
{
	const char *only = getenv("WORLD");
	size_t bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (only == NULL || strstr(t[i].what, only) != NULL)
			bad += !one_world(i);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(worlds, ground_stop),
	};

	if (!fake_dns_allowed()) {
		fprintf(stderr, "test_delegation: port 53 is needed\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
