/* SPDX-License-Identifier: ISC */
/* When resolvers' words are enough, and for what. */
#include "uptime/dns/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_ns.h"
#include "uptime/dns/dns.h"
#include "uptime/probe/loop.h"

#define TIMEOUT 400 /* ms */

struct said {
	int n;
	const struct resolution *is;
};

static void
on_resolved(void *arg, const struct resolution *is)
{
	struct said *s = arg;

	s->n++;
	s->is = is;
}

static bool
said_one(void *arg)
{
	return ((struct said *)arg)->n > 0;
}

struct world {
	struct loop *l;
	struct dns *d;
	struct resolve *r;
	struct fake_ns f[3];
	size_t n;
};

static void
world_start(struct world *w, size_t n)
{
	struct ip ip[3];
	char address[32];

	w->l = loop_new();
	w->d = dns_new(w->l, 1000);
	w->n = n;
	for (size_t i = 0; i < n; i++) {
		snprintf(address, sizeof address, "127.21.2.%zu", i + 1);
		fake_ns_start(&w->f[i], w->l, address, FAKE_GOOD);
		ip[i] = w->f[i].ip;
	}
	w->r = resolve_new(w->d, &(struct resolve_conf){ ip, n, TIMEOUT });
}

static void
world_stop(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		fake_ns_stop(&w->f[i]);
	resolve_free(w->r);
	dns_free(w->d);
	loop_free(w->l);
}

static void
world_modes(struct world *w, enum fake_ns_mode a, enum fake_ns_mode aaaa)
{
	for (size_t i = 0; i < w->n; i++) {
		w->f[i].a = a;
		w->f[i].aaaa = aaaa;
	}
}

static const struct resolution *
ask(struct world *w, const char *host, bool fresh)
{
	struct said s = { .n = 0 };

	resolve_ask(w->r, host, fresh, on_resolved, &s);
	assert_int_equal(s.n, 0); /* never from within */
	loop_until(w->l, said_one, &s);
	assert_int_equal(s.n, 1);
	return s.is;
}

/* ---- one answer ---------------------------------------------------------- */

static void
each_answer(void **state)
{
	static const struct {
		enum fake_ns_mode a, aaaa;
		enum evidence evidence;
		enum reason reason, partial;
		size_t n;
	} t[] = {
		{ FAKE_GOOD, FAKE_GOOD, EVIDENCE_PASS, 0, 0, 2 },
		{ FAKE_GOOD, FAKE_NODATA, EVIDENCE_PASS, 0, 0, 1 },
		{ FAKE_NODATA, FAKE_GOOD, EVIDENCE_PASS, 0, 0, 1 },
		{ FAKE_200, FAKE_NODATA, EVIDENCE_PASS, 0, 0, 200 },
		{ FAKE_CHAIN, FAKE_CHAIN, EVIDENCE_PASS, 0, 0, 2 },
		{ FAKE_CHAIN, FAKE_CHAIN_NODATA, EVIDENCE_PASS, 0, 0, 1 },
		{ FAKE_GOOD, FAKE_SERVFAIL, EVIDENCE_PASS, 0, REASON_SERVFAIL,
		    1 },
		{ FAKE_REFUSED, FAKE_GOOD, EVIDENCE_PASS, 0, REASON_REFUSED,
		    1 },
		{ FAKE_GOOD, FAKE_NXDOMAIN, EVIDENCE_PASS, 0, REASON_NXDOMAIN,
		    1 },
		{ FAKE_GOOD, FAKE_SILENT, EVIDENCE_PASS, 0, 0, 1 },
		{ FAKE_NODATA, FAKE_NODATA, EVIDENCE_FAIL, REASON_NODATA, 0,
		    0 },
		{ FAKE_CHAIN_NODATA, FAKE_NODATA, EVIDENCE_FAIL, REASON_NODATA,
		    0, 0 },
		{ FAKE_NXDOMAIN, FAKE_NXDOMAIN, EVIDENCE_FAIL, REASON_NXDOMAIN,
		    0, 0 },
		{ FAKE_NXDOMAIN, FAKE_SILENT, EVIDENCE_FAIL, REASON_NXDOMAIN, 0,
		    0 },
		{ FAKE_SERVFAIL, FAKE_NODATA, EVIDENCE_FAIL, REASON_SERVFAIL, 0,
		    0 },
		{ FAKE_REFUSED, FAKE_REFUSED, EVIDENCE_NONE, REASON_REFUSED, 0,
		    0 },
		{ FAKE_CHAIN_LOOP, FAKE_CHAIN_LOOP, EVIDENCE_FAIL,
		    REASON_CNAME_LOOP, 0, 0 },
		{ FAKE_LONG_CHAIN, FAKE_LONG_CHAIN, EVIDENCE_FAIL,
		    REASON_CNAME_LOOP, 0, 0 },
		{ FAKE_DANGLING, FAKE_DANGLING, EVIDENCE_FAIL,
		    REASON_CNAME_DANGLING, 0, 0 },
		{ FAKE_SILENT, FAKE_SILENT, EVIDENCE_NONE,
		    REASON_RESOLVERS_SILENT, 0, 0 },
		{ FAKE_NODATA, FAKE_SILENT, EVIDENCE_NONE,
		    REASON_RESOLVERS_SILENT, 0, 0 },
		{ FAKE_HALF, FAKE_HALF, EVIDENCE_NONE, REASON_RESOLVERS_SILENT,
		    0, 0 },
	};
	const struct resolution *is;
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		world_start(&w, 2);
		world_modes(&w, t[i].a, t[i].aaaa);
		is = ask(&w, "www.Example.test", false);
		if (is->evidence != t[i].evidence ||
		    is->reason != t[i].reason || is->partial != t[i].partial ||
		    is->n != t[i].n)
			fail_msg("modes %d, %d: evidence %d, reason %d, "
				 "partial %d, %zu addresses; %s",
			    t[i].a, t[i].aaaa, is->evidence, is->reason,
			    is->partial, is->n, is->detail);
		for (size_t k = 1; k < is->n; k++)
			assert_true(ip_compare(&is->ip[k - 1], &is->ip[k]) < 0);
		assert_int_equal(is->ttl, is->n > 0 ? 300 : 0);
		assert_true(is->us > 0);
		world_stop(&w);
	}
}

static void
who_said_what(void **state)
{
	char expected[PROBE_DETAIL], a[IP_TEXT], b[IP_TEXT];
	struct world w;

	(void)state;
	world_start(&w, 2);
	ip_text_port(&w.f[0].ip, a);
	ip_text_port(&w.f[1].ip, b);
	world_modes(&w, FAKE_NXDOMAIN, FAKE_NXDOMAIN);
	snprintf(expected, sizeof expected, "%s and %s say NXDOMAIN", a, b);
	assert_string_equal(ask(&w, "a.test", false)->detail, expected);
	w.f[1].a = w.f[1].aaaa = FAKE_SILENT;
	snprintf(expected, sizeof expected,
	    "%s says NXDOMAIN, %s does not answer", a, b);
	assert_string_equal(ask(&w, "b.test", false)->detail, expected);
	world_modes(&w, FAKE_GOOD, FAKE_SERVFAIL);
	snprintf(expected, sizeof expected, "%s and %s say SERVFAIL for AAAA",
	    a, b);
	assert_string_equal(ask(&w, "c.test", false)->detail, expected);
	world_modes(&w, FAKE_GOOD, FAKE_GOOD);
	assert_string_equal(ask(&w, "d.test", false)->detail, "");
	assert_string_equal(ask(&w, "no..name", false)->detail,
	    "no name can be written like this");
	assert_int_equal(ask(&w, "no..name", true)->evidence, EVIDENCE_FAIL);
	world_stop(&w);

	world_start(&w, 1);
	ip_text_port(&w.f[0].ip, a);
	world_modes(&w, FAKE_NODATA, FAKE_NODATA);
	snprintf(expected, sizeof expected,
	    "%s gives no address; one resolver only", a);
	assert_string_equal(ask(&w, "a.test", false)->detail, expected);
	world_stop(&w);

	world_start(&w, 0);
	assert_int_equal(ask(&w, "a.test", false)->reason,
	    REASON_RESOLVERS_SILENT);
	world_stop(&w);
}

/* ---- quorum -------------------------------------------------------------- */

/* Of a resolver: good, half good, no, no, silent. */
enum { GOOD, HALF, NX, SERVFAIL, MUTE, KINDS };

static const enum fake_ns_mode kind_a[KINDS] = { FAKE_GOOD, FAKE_GOOD,
	FAKE_NXDOMAIN, FAKE_SERVFAIL, FAKE_SILENT };
static const enum fake_ns_mode kind_aaaa[KINDS] = { FAKE_GOOD, FAKE_SERVFAIL,
	FAKE_NXDOMAIN, FAKE_SERVFAIL, FAKE_SILENT };

struct trial {
	struct resolve *r;
	struct said said;
	int kind[3];
	size_t n;
};

/* Whom it takes, in the order in which they are asked. */
static void
oracle(const struct trial *t, enum evidence *e, enum reason *reason,
    enum reason *partial)
{
	int seen[KINDS] = { 0 };

	*e = EVIDENCE_PASS;
	*reason = *partial = REASON_NONE;
	for (size_t i = 0; i < t->n; i++) {
		seen[t->kind[i]]++;
		if (seen[GOOD] || seen[HALF] == 2 || seen[NX] == 2 ||
		    seen[SERVFAIL] == 2)
			break;
	}
	if (seen[GOOD])
		return;
	if (seen[HALF] > 0) {
		*partial = REASON_SERVFAIL;
		return;
	}
	*e = EVIDENCE_FAIL;
	if (seen[SERVFAIL] > seen[NX])
		*reason = REASON_SERVFAIL;
	else if (seen[NX] > 0)
		*reason = REASON_NXDOMAIN;
	else {
		*e = EVIDENCE_NONE;
		*reason = REASON_RESOLVERS_SILENT;
	}
}

static bool
all_said(void *arg)
{
	const struct trial *t = arg;

	for (; t->r != NULL; t++)
		if (t->said.n == 0)
			return false;
	return true;
}

static void
quorum(void **state)
{
	static struct trial trial[5 * 5 + 5 * 5 * 5 + 1];
	static struct fake_ns fake[3][KINDS];
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 1000);
	struct trial *t = trial;
	struct ip ip[3];
	char address[32];

	(void)state;
	memset(trial, 0, sizeof trial);
	for (int i = 0; i < 3 * KINDS; i++) {
		snprintf(address, sizeof address, "127.21.3.%d", i + 1);
		fake_ns_start(&fake[i / KINDS][i % KINDS], l, address,
		    kind_a[i % KINDS]);
		fake[i / KINDS][i % KINDS].aaaa = kind_aaaa[i % KINDS];
	}
	for (size_t n = 2; n <= 3; n++)
		for (int code = 0; code < (n == 2 ? 25 : 125); code++, t++) {
			for (int i = 0, c = code; i < 3; i++, c /= KINDS) {
				t->kind[i] = c % KINDS;
				ip[i] = fake[i][c % KINDS].ip;
			}
			t->n = n;
			t->r = resolve_new(d,
			    &(struct resolve_conf){ ip, n, TIMEOUT });
			resolve_ask(t->r, "www.test", false, on_resolved,
			    &t->said);
		}
	loop_until(l, all_said, trial);
	for (t = trial; t->r != NULL; t++) {
		const struct resolution *is = t->said.is;
		enum reason reason, partial;
		enum evidence e;

		oracle(t, &e, &reason, &partial);
		if (is->evidence != e || is->reason != reason ||
		    is->partial != partial)
			fail_msg("%zu: %d %d %d gives %d %d %d, not %d %d %d: "
				 "%s",
			    t->n, t->kind[0], t->kind[1], t->kind[2],
			    is->evidence, is->reason, is->partial, e, reason,
			    partial, is->detail);
		assert_int_equal(is->n,
		    e != EVIDENCE_PASS ? 0 : 2 - (partial != REASON_NONE));
		resolve_free(t->r);
	}
	for (int i = 0; i < 3 * KINDS; i++)
		fake_ns_stop(&fake[i / KINDS][i % KINDS]);
	dns_free(d);
	loop_free(l);
}

/* Each has another half: the first that was asked is taken whole. */
static void
two_halves(void **state)
{
	const struct resolution *is;
	struct world w;

	(void)state;
	world_start(&w, 2);
	w.f[0].a = FAKE_SERVFAIL;
	w.f[1].aaaa = FAKE_REFUSED;
	is = ask(&w, "a.test", false);
	assert_int_equal(is->ip[0].family, AF_INET6);
	assert_int_equal(is->partial, REASON_SERVFAIL);
	is = ask(&w, "b.test", false);
	assert_int_equal(is->n, 1);
	assert_int_equal(is->ip[0].family, AF_INET);
	assert_int_equal(is->partial, REASON_REFUSED);
	world_stop(&w);
}

/* ---- what is kept -------------------------------------------------------- */

static void
kept_and_fresh(void **state)
{
	const struct resolution *is;
	struct world w;

	(void)state;
	world_start(&w, 2);
	is = ask(&w, "www.test", false);
	assert_int_equal(dns_asked(w.d), 2);
	assert_ptr_equal(ask(&w, "WWW.Test", false), is);
	assert_int_equal(dns_asked(w.d), 2);
	world_modes(&w, FAKE_NXDOMAIN, FAKE_NXDOMAIN);
	is = ask(&w, "www.test", true);
	assert_int_equal(is->reason, REASON_NXDOMAIN);
	assert_int_equal(dns_asked(w.d), 6);
	is = ask(&w, "www.test", false);
	assert_int_equal(is->reason, REASON_NXDOMAIN);
	assert_int_equal(dns_asked(w.d), 6);
	world_stop(&w);
}

static void
shared(void **state)
{
	struct said s[10];
	struct world w;

	(void)state;
	memset(s, 0, sizeof s);
	world_start(&w, 2);
	for (int i = 0; i < 10; i++)
		resolve_ask(w.r, "www.test", i % 3 == 1, on_resolved, &s[i]);
	loop_until(w.l, said_one, &s[9]);
	for (int i = 0; i < 10; i++)
		assert_int_equal(s[i].n, 1);
	assert_int_equal(dns_asked(w.d), 2);
	world_stop(&w);
}

/* Somebody who asks from inside his answer. */
struct chain {
	struct resolve *r;
	int left;
};

static void
on_chain(void *arg, const struct resolution *is)
{
	struct chain *c = arg;

	assert_int_equal(is->evidence, EVIDENCE_PASS);
	if (--c->left > 0)
		resolve_ask(c->r, "www.test", c->left % 2 == 0, on_chain, c);
}

static bool
chain_ended(void *arg)
{
	return ((struct chain *)arg)->left == 0;
}

static void
asked_from_within(void **state)
{
	struct chain c[2];
	struct world w;

	(void)state;
	world_start(&w, 2);
	for (int i = 0; i < 2; i++) {
		c[i] = (struct chain){ w.r, 9 };
		resolve_ask(w.r, "www.test", false, on_chain, &c[i]);
	}
	loop_until(w.l, chain_ended, &c[0]);
	loop_until(w.l, chain_ended, &c[1]);
	world_stop(&w);
}

/* Who was silent is asked last, but not forgotten. */
static void
dead_resolver(void **state)
{
	struct world w;
	char host[32];

	(void)state;
	world_start(&w, 2);
	w.f[1].a = w.f[1].aaaa = FAKE_SILENT;
	for (int i = 0; i < 40; i++) {
		snprintf(host, sizeof host, "h%d.test", i);
		assert_int_equal(ask(&w, host, false)->evidence, EVIDENCE_PASS);
	}
	/* three times with both questions, and up to three packets each */
	assert_in_range(w.f[1].udp_asked, 3 * 2, 3 * 2 * 3);
	w.f[1].a = w.f[1].aaaa = FAKE_GOOD;
	for (int i = 40; i < 200; i++) {
		snprintf(host, sizeof host, "h%d.test", i);
		ask(&w, host, false);
	}
	assert_true(w.f[1].udp_asked > 40);
	world_stop(&w);
}

/* Freed with questions under way: nobody is called, nothing leaks. */
static void
freed_early(void **state)
{
	struct said s[3] = { { .n = 0 } };
	struct world w;

	(void)state;
	world_start(&w, 2);
	world_modes(&w, FAKE_SILENT, FAKE_SILENT);
	ask(&w, "no..name", false);
	resolve_ask(w.r, "a.test", false, on_resolved, &s[0]);
	loop_turn(w.l, 10);
	resolve_ask(w.r, "b.test", false, on_resolved, &s[1]);
	resolve_ask(w.r, "no..name", false, on_resolved, &s[2]);
	world_stop(&w);
	for (int i = 0; i < 3; i++)
		assert_int_equal(s[i].n, 0);
}

static bool
counted(void *arg)
{
	return ((struct said *)arg)->n == 10000;
}

static void
many_names(void **state)
{
	struct said s = { .n = 0 };
	struct world w;
	char host[32];

	(void)state;
	world_start(&w, 2);
	for (int i = 0; i < 10000; i++) {
		snprintf(host, sizeof host, "h%d.test", i);
		resolve_ask(w.r, host, false, on_resolved, &s);
	}
	loop_until(w.l, counted, &s);
	assert_int_equal(dns_asked(w.d), 20000);
	/* in turn */
	assert_true(w.f[0].udp_asked >= 10000 && w.f[1].udp_asked >= 10000);
	world_stop(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer),
		cmocka_unit_test(who_said_what),
		cmocka_unit_test(quorum),
		cmocka_unit_test(two_halves),
		cmocka_unit_test(kept_and_fresh),
		cmocka_unit_test(shared),
		cmocka_unit_test(asked_from_within),
		cmocka_unit_test(dead_resolver),
		cmocka_unit_test(freed_early),
		cmocka_unit_test(many_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
