/* SPDX-License-Identifier: ISC */
/*
 * Many walks in one run: what is asked once, what is kept, what is asked
 * afresh; and that every walk ends, whatever is said to it.
 */
#include "uptime/dns/delegation.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/ground.h"
#include "uptime/judge/zone.h"
#include "uptime/tell/tree.h"

#define NAMES 10000

/* So many names of one zone at once: the root is asked once, the registry's
 * servers once each, and the zone's two questions a name, about. */
static void
many_names(void **state)
{
	static const char *const zone[] = { "127.241.4.1", "127.241.5.1" };
	char host[64];
	struct ground g;
	unsigned n = 0;
	int64_t began;

	(void)state;
	fake_dns_start(ABOVE BOTH("", ZONE "*.example.test A 192.0.2.80\n"));
	ground_make(&g);
	g.want = NAMES;
	began = clock_mono();
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(host, sizeof host, "w%zu.example.test", i);
		delegation_ask(g.d, host, false, ground_walked, &g);
	}
	loop_until(g.loop, ground_done, &g);
	printf("%d names: %lld ms, %llu questions\n", NAMES,
	    (long long)(clock_mono() - began),
	    (unsigned long long)dns_asked(g.dns));
	assert_int_equal(g.walk->end, WALK_ANSWERED);
	assert_int_equal(g.walk->nip, 1);
	assert_true(fake_dns_asked("127.241.1.1") <= 3);
	/* a few more where packets are lost */
	assert_true(fake_dns_asked("127.241.2.1") <= 10);
	assert_true(fake_dns_asked("127.241.2.2") <= 10);
	for (size_t i = 0; i < 2; i++)
		n += fake_dns_asked(zone[i]);
	assert_in_range(n, 2 * NAMES, 2 * NAMES + NAMES / 4);
	/* in turn, by chance */
	assert_true(fake_dns_asked(zone[0]) > NAMES / 2);
	assert_true(fake_dns_asked(zone[1]) > NAMES / 2);
	ground_free(&g);
	fake_dns_stop();
}

/* What is known is told again at once; afresh, it is asked. */
static void
kept_and_fresh(void **state)
{
	struct ground g;
	const struct walk *w, *again;
	unsigned asked;

	(void)state;
	fake_dns_start(ABOVE BOTH("refuse", ZONE WWW));
	ground_make(&g);
	w = ground_walk(&g, "www.example.test", false);
	assert_int_equal(w->end, WALK_ZONE_DEAD);
	asked = fake_dns_asked("127.241.4.1");
	assert_true(ground_walk(&g, "www.example.test", false) == w);
	assert_true(ground_walk(&g, "www.example.test", true) == w);
	assert_int_equal(fake_dns_asked("127.241.4.1"), asked);
	/* Another name finds the zone known, and its servers no better. */
	again = ground_walk(&g, "ftp.example.test", false);
	assert_int_equal(again->end, WALK_ZONE_DEAD);
	assert_true(again->zone[2].cached);
	assert_int_equal(again->zone[2].server[0].udp.rcode, RCODE_REFUSED);

	fake_dns_stop();
	fake_dns_start(ABOVE BOTH("", ZONE WWW));
	poll(NULL, 0, 1100); /* until what was bad is worth a question */
	assert_true(ground_walk(&g, "www.example.test", false) == w);
	again = ground_walk(&g, "www.example.test", true);
	assert_true(again != w);
	assert_int_equal(again->end, WALK_ANSWERED);
	assert_int_equal(again->nip, 1);
	assert_int_equal(w->end, WALK_ZONE_DEAD); /* it is still there */
	ground_free(&g);
	fake_dns_stop();
}

/* A dead server is waited for once in a run, however many names ask. */
static void
dead_once(void **state)
{
	struct ground g;
	int64_t began;

	(void)state;
	fake_dns_start(ABOVE NS1("") ZONE WWW
	    "a.example.test A 192.0.2.1\n"
	    "b.c.example.test A 192.0.2.2\n" NS2("mute"));
	ground_make(&g);
	assert_int_equal(ground_walk(&g, "www.example.test", false)->nip, 1);
	began = clock_mono();
	assert_int_equal(ground_walk(&g, "a.example.test", false)->nip, 1);
	assert_int_equal(ground_walk(&g, "b.c.example.test", false)->nip, 1);
	assert_true(clock_mono() - began < 200);
	assert_int_equal(g.walk->zone[2].server[1].udp.status, DNS_TIMEOUT);
	assert_false(g.walk->zone[2].server[1].named);
	ground_free(&g);
	fake_dns_stop();
}

/* The whole is bounded, and what was seen is told. */
static void
out_of_time(void **state)
{
	struct delegation_conf conf = { .nroot = 1,
		.server_ms = 2000,
		.walk_ms = 400,
		.v4 = true,
		.v6 = true };
	struct ground g;
	int64_t began;

	(void)state;
	fake_dns_start(ABOVE NS1("") ZONE WWW NS2("mute"));
	ground_make(&g);
	delegation_free(g.d);
	conf.root = &g.root;
	g.d = delegation_new(g.dns, g.loop, &conf);
	began = clock_mono();
	assert_int_equal(ground_walk(&g, "www.example.test", false)->end,
	    WALK_TIMEOUT);
	assert_true(clock_mono() - began < 700);
	assert_int_equal(g.walk->n, 3);
	assert_true(g.walk->zone[2].server[0].udp.asked);
	ground_free(&g);
	fake_dns_stop();
}

/* A family that this host does not speak is not asked, and no fault. */
static void
one_family(void **state)
{
	struct zone_verdict v;
	const struct walk *w;
	struct ground g;

	(void)state;
	fake_dns_start(ABOVE BOTH("", ZONE WWW "ns2.example.test AAAA ::2\n"));
	ground_make(&g);
	w = ground_walk(&g, "www.example.test", false);
	assert_int_equal(w->zone[2].n, 3);
	zone_judge(&v, w, clock_now(), 0);
	assert_int_equal(v.findings.n, 0);
	zone_verdict_free(&v);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(w->zone[2].server[i].udp.asked,
		    w->zone[2].server[i].ip.family == AF_INET);
	ground_free(&g);
	fake_dns_stop();
}

/* One of the registry's servers has lost the domain: whichever is asked first,
 * the walk goes on, and says so. */
static void
half_removed(void **state)
{
	struct zone_verdict v;
	struct ground g;

	(void)state;
	fake_dns_start(
	    ROOT "server 127.241.2.1\nzone test\n" TEST_NS
		 "server 127.241.2.2\nzone test\n" TEST_NS DELEGATED BOTH("",
		     ZONE WWW));
	for (int i = 0; i < 20; i++) {
		ground_make(&g);
		assert_int_equal(ground_walk(&g, "www.example.test", false)
				     ->end,
		    WALK_ANSWERED);
		zone_judge(&v, g.walk, clock_now(), 0);
		assert_int_equal(v.findings.n, 1);
		assert_int_equal(v.findings.finding[0].reason, REASON_REMOVED);
		assert_int_equal(v.findings.finding[0].grade, GRADE_DEGRADED);
		zone_verdict_free(&v);
		ground_free(&g);
	}
	fake_dns_stop();
}

/* Servers that say anything: every walk ends, in time and within its bounds,
 * can be judged and shown. */
static void
chaos(void **state)
{
	struct zone_verdict v;
	char host[64];
	struct ground g;
	struct buf tree;
	int ends[WALK_TIMEOUT + 1] = { 0 };

	(void)state;
	fake_dns_start(
	    ROOT "server 127.241.2.1 chaos\nserver 127.241.2.2 chaos\n"
		 "server 127.241.4.1 chaos\n");
	for (int i = 0; i < 100; i++) {
		ground_make(&g);
		for (g.want = 0; g.want < 5; g.want++) {
			snprintf(host, sizeof host, "w%zu.%s.test", g.want,
			    g.want % 2 == 0 ? "example" : "a.b.c");
			delegation_ask(g.d, host, false, ground_walked, &g);
		}
		loop_until(g.loop, ground_done, &g);
		ends[g.walk->end]++;
		assert_true(g.walk->questions <= 640);
		zone_judge(&v, g.walk, clock_now(), 0);
		buf_init(&tree, SIZE_MAX);
		tree_show(&tree, g.walk, &v, false);
		tree_json(&tree, g.walk, &v);
		buf_free(&tree);
		zone_verdict_free(&v);
		ground_free(&g);
	}
	for (int i = 0; i <= WALK_TIMEOUT; i++)
		printf("%d: %d  ", i, ends[i]);
	printf("\n");
	fake_dns_stop();
}

/* Freed in the middle, in either order: nobody is called any more. */
static void
freed_early(void **state)
{
	struct ground g;

	(void)state;
	fake_dns_start(ABOVE BOTH("mute", ZONE));
	for (int order = 0; order < 2; order++) {
		ground_make(&g);
		delegation_ask(g.d, "www.example.test", false, ground_walked,
		    &g);
		delegation_ask(g.d, "a.b.example.test", false, ground_walked,
		    &g);
		for (int i = 0; i < 40; i++)
			loop_turn(g.loop, 5);
		if (order == 0) {
			ground_free(&g);
		} else {
			dns_free(g.dns);
			delegation_free(g.d);
			loop_free(g.loop);
		}
		assert_int_equal(g.done, 0);
	}
	fake_dns_stop();
}

static void
bad_names(void **state)
{
	static const char long_label[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
					 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.a";
	static const char *const names[] = { "", ".", "a..b", ".a",
		long_label };
	struct ground g;

	(void)state;
	ground_make(&g);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(ground_walk(&g, names[i], false)->end,
		    WALK_TOO_DEEP);
		assert_int_equal(g.walk->n, 0);
	}
	assert_int_equal(dns_asked(g.dns), 0);
	ground_free(&g);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(many_names, ground_stop),
		cmocka_unit_test_teardown(kept_and_fresh, ground_stop),
		cmocka_unit_test_teardown(dead_once, ground_stop),
		cmocka_unit_test_teardown(out_of_time, ground_stop),
		cmocka_unit_test_teardown(one_family, ground_stop),
		cmocka_unit_test_teardown(half_removed, ground_stop),
		cmocka_unit_test_teardown(chaos, ground_stop),
		cmocka_unit_test_teardown(freed_early, ground_stop),
		cmocka_unit_test_teardown(bad_names, ground_stop),
	};

	if (!fake_dns_allowed()) {
		fprintf(stderr, "test_delegation_many: port 53 is needed\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
