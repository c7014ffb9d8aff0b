/* SPDX-License-Identifier: ISC */
/* What servers say of a name: what of it is a fault, and how bad. */
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

static void
nxdomain(struct walk_sample *w)
{
	for (size_t i = 0; i < 2; i++) {
		w->server[i].nanswer = 0;
		w->server[i].records = REASON_NXDOMAIN;
	}
	w->walk.nip = 0;
}

static void
nodata(struct walk_sample *w)
{
	nxdomain(w);
	w->server[0].records = w->server[1].records = REASON_NODATA;
}

static void
half_nxdomain(struct walk_sample *w)
{
	w->server[1].nanswer = 0;
	w->server[1].records = REASON_NXDOMAIN;
}

static void
differ(struct walk_sample *w)
{
	w->server[1].answer = &w->wrong;
	w->server[1].nanswer = 1;
}

static void
differ_balanced(struct walk_sample *w)
{
	differ(w);
	w->walk.ttl = 60;
}

static void
differ_short_but_old(struct walk_sample *w)
{
	differ_balanced(w);
	w->server[1].serial = 6;
}

static void
sig_soon(struct walk_sample *w)
{
	w->server[0].signed_until = NOW + 2 * DAY;
}

/* On the fly: two days in all. */
static void
sig_short(struct walk_sample *w)
{
	for (size_t i = 0; i < 2; i++) {
		w->server[i].signed_from = NOW - DAY;
		w->server[i].signed_until = NOW + DAY;
	}
}

static void
sig_expired(struct walk_sample *w)
{
	w->server[0].signed_until = NOW - 1;
}

static void
sig_future(struct walk_sample *w)
{
	w->server[0].signed_from = NOW + 1;
}

static void
sig_missing(struct walk_sample *w)
{
	w->server[0].signed_until = w->server[0].signed_from = 0;
}

static void
unsigned_zone(struct walk_sample *w)
{
	w->zone[2].ds = false;
	sig_missing(w);
}

static void
cname_circle(struct walk_sample *w)
{
	w->server[0].cname = w->server[1].cname = "www.example.test";
	w->server[0].nanswer = w->server[1].nanswer = 0;
	w->walk.end = WALK_LOOP;
}

static void
one_dead(struct walk_sample *w)
{
	w->server[1].udp.status = w->server[1].tcp.status = DNS_TIMEOUT;
	w->server[1].named = false;
}

static const struct zone_case t[] = {
	{ BROKEN(nxdomain), GRADE_DOWN, REASON_NXDOMAIN, 1, LAYER_RECORDS, 0, 2,
	    3600 },
	{ BROKEN(nodata), GRADE_DOWN, REASON_NODATA, 1, LAYER_RECORDS, 0, 2,
	    3600 },
	{ BROKEN(half_nxdomain), GRADE_DEGRADED, REASON_ANSWERS_DIFFER, 1,
	    LAYER_RECORDS, 1, 2, 0 },
	{ BROKEN(differ), GRADE_DEGRADED, REASON_ANSWERS_DIFFER, 1,
	    LAYER_RECORDS, 2, 2, 0 },
	{ BROKEN(differ_balanced), GRADE_OK, REASON_NONE, 0, LAYER_RECORDS, 2,
	    2, 0 },
	{ BROKEN(differ_short_but_old), GRADE_DEGRADED, REASON_ANSWERS_DIFFER,
	    1, LAYER_RECORDS, 2, 2, 0 },
	{ BROKEN(sig_soon), GRADE_WARNING, REASON_SIGNATURE_SOON, 1,
	    LAYER_RECORDS, 2, 2, 0 },
	{ BROKEN(sig_short), GRADE_OK, REASON_NONE, 0, LAYER_RECORDS, 2, 2, 0 },
	{ BROKEN(sig_expired), GRADE_DEGRADED, REASON_SIGNATURE_EXPIRED, 1,
	    LAYER_RECORDS, 2, 2, 0 },
	{ BROKEN(sig_future), GRADE_DEGRADED, REASON_SIGNATURE_EXPIRED, 1,
	    LAYER_RECORDS, 2, 2, 0 },
	{ BROKEN(sig_missing), GRADE_DEGRADED, REASON_SIGNATURE_MISSING, 1,
	    LAYER_RECORDS, 2, 2, 0 },
	{ BROKEN(unsigned_zone), GRADE_OK, REASON_NONE, 0, LAYER_RECORDS, 2, 2,
	    0 },
	{ BROKEN(cname_circle), GRADE_DOWN, REASON_CNAME_LOOP, 1, LAYER_RECORDS,
	    2, 2, 3600 },
};

static void
one_fault_each(void **state)
{
	(void)state;
	zone_cases(t, sizeof t / sizeof *t);
}

/* Who says what. */
static void
details(void **state)
{
	struct walk_sample w;
	struct zone_verdict v;

	(void)state;
	walk_sample(&w);
	differ(&w);
	zone_judge(&v, &w.walk, NOW, 0);
	assert_int_equal(v.findings.n, 1);
	assert_string_equal(v.findings.finding[0].detail,
	    "ns1.example.test (185.1.2.53) says 185.1.2.80 "
	    "2a01:1:2::80, ns2.example.net (2a01:1:2::53) 185.9.9.9");
	zone_verdict_free(&v);
}

/* What is wrong with the name that an alias points at is wrong with it. */
static void
aliases(void **state)
{
	struct walk_sample w, next;
	struct zone_verdict v;

	(void)state;
	walk_sample(&w);
	walk_sample(&next);
	w.server[0].cname = w.server[1].cname = "www.example.net";
	w.server[0].nanswer = w.server[1].nanswer = 0;
	w.walk.next = &next.walk;
	next.walk.name = "www.example.net";
	next.zone[2].name = "example.net";
	nxdomain(&next);
	zone_judge(&v, &w.walk, NOW, 0);
	assert_int_equal(v.findings.n, 1);
	assert_int_equal(v.findings.finding[0].reason, REASON_CNAME_DANGLING);
	assert_string_equal(v.findings.finding[0].detail,
	    "example.net: www.example.net");
	assert_int_equal(v.at[LAYER_RECORDS].good, 0);
	zone_verdict_free(&v);

	walk_sample(&next);
	one_dead(&next);
	w.walk.next = &next.walk;
	zone_judge(&v, &w.walk, NOW, 0);
	assert_int_equal(v.at[LAYER_NAMESERVER].grade, GRADE_DEGRADED);
	assert_int_equal(v.at[LAYER_NAMESERVER].good, 1);
	zone_verdict_free(&v);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_fault_each),
		cmocka_unit_test(details),
		cmocka_unit_test(aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
