/* SPDX-License-Identifier: ISC */
/* What servers do to questions, and what becomes of them. */
#include "uptime/dns/dns.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "tests/unit/fake_ns.h"
#include "uptime/probe/loop.h"

#define SERVER "127.21.0.1"
#define SOON 240 /* ms: a timeout */

struct said {
	int n;
	enum dns_status status;
	int rcode;
	size_t rrs;
	int64_t us;
};

static void
on_reply(void *arg, const struct dns_reply *r)
{
	struct said *s = arg;

	s->n++;
	s->status = r->status;
	s->rcode = r->status == DNS_ANSWER ? r->answer.rcode : -1;
	s->rrs = r->status == DNS_ANSWER ? r->answer.n : 0;
	s->us = r->us;
}

static bool
said_one(void *arg)
{
	return ((struct said *)arg)->n > 0;
}

static struct said
ask(struct loop *l, struct dns *d, const struct ip *server,
    const struct dns_question *q)
{
	struct said s = { .n = 0 };

	dns_ask(d, server, q, on_reply, &s);
	assert_int_equal(s.n, 0); /* never from within */
	loop_until(l, said_one, &s);
	assert_int_equal(s.n, 1);
	return s;
}

static const struct dns_question plain = { .name = "www.Example.test",
	.type = RR_A,
	.recurse = true,
	.timeout_ms = SOON };

static void
each_mode(void **state)
{
	static const struct {
		enum fake_ns_mode mode;
		enum dns_status status;
		int rcode;
		size_t rrs;
		int udp, tcp; /* packets, by UDP at least */
	} t[] = {
		{ FAKE_GOOD, DNS_ANSWER, 0, 1, 1, 0 },
		{ FAKE_SILENT, DNS_TIMEOUT, -1, 0, 2, 0 },
		{ FAKE_REFUSED, DNS_ANSWER, 5, 0, 1, 0 },
		{ FAKE_SERVFAIL, DNS_ANSWER, 2, 0, 1, 0 },
		{ FAKE_NXDOMAIN, DNS_ANSWER, 3, 0, 1, 0 },
		{ FAKE_NODATA, DNS_ANSWER, 0, 0, 1, 0 },
		{ FAKE_CUT, DNS_ANSWER, 0, 1, 1, 1 },
		{ FAKE_CUT_ENDED, DNS_CLOSED, -1, 0, 1, 1 },
		{ FAKE_CUT_HALF, DNS_CLOSED, -1, 0, 1, 1 },
		{ FAKE_CUT_NOTHING, DNS_GARBAGE, -1, 0, 1, 1 },
		{ FAKE_CUT_SILENT, DNS_TIMEOUT, -1, 0, 1, 1 },
		{ FAKE_CUT_BIG, DNS_ANSWER, 0, 65, 1, 1 },
		{ FAKE_CUT_LONELY, DNS_ANSWER, 0, 1, 1, 1 },
		{ FAKE_OTHER_ID, DNS_GARBAGE, -1, 0, 2, 0 },
		{ FAKE_OTHER_NAME, DNS_GARBAGE, -1, 0, 2, 0 },
		{ FAKE_OTHER_TYPE, DNS_GARBAGE, -1, 0, 2, 0 },
		{ FAKE_LOWER, DNS_ANSWER, 0, 1, 1, 1 },
		{ FAKE_LOWER_UDP, DNS_GARBAGE, -1, 0, 1, 1 },
		{ FAKE_EMPTY, DNS_GARBAGE, -1, 0, 2, 0 },
		{ FAKE_HALF, DNS_GARBAGE, -1, 0, 1, 1 },
		{ FAKE_POINTER, DNS_GARBAGE, -1, 0, 1, 1 },
		{ FAKE_NO_EDNS, DNS_ANSWER, 0, 1, 2, 0 },
		{ FAKE_NO_EDNS_HEADER, DNS_ANSWER, 0, 1, 2, 0 },
		{ FAKE_200, DNS_ANSWER, 0, 200, 1, 0 },
		{ FAKE_CHAIN, DNS_ANSWER, 0, 4, 1, 0 },
		{ FAKE_CHAIN_LOOP, DNS_ANSWER, 0, 4, 1, 0 },
		{ FAKE_DANGLING, DNS_ANSWER, 3, 3, 1, 0 },
		{ FAKE_LOST, DNS_ANSWER, 0, 1, 2, 0 },
		{ FAKE_OTHER_SOURCE, DNS_TIMEOUT, -1, 0, 2, 0 },
	};
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 100);
	struct fake_ns f;
	struct said s;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		fake_ns_start(&f, l, SERVER, t[i].mode);
		s = ask(l, d, &f.ip, &plain);
		if (s.status != t[i].status || s.rcode != t[i].rcode ||
		    s.rrs != t[i].rrs || f.udp_asked < t[i].udp ||
		    f.tcp_asked != t[i].tcp)
			fail_msg("mode %d: status %d, rcode %d, %zu records, "
				 "%d by UDP, %d by TCP",
			    t[i].mode, s.status, s.rcode, s.rrs, f.udp_asked,
			    f.tcp_asked);
		assert_in_range(s.us, 1, SOON * 1000 + 5000000);
		fake_ns_stop(&f);
	}
	dns_free(d);
	loop_free(l);
}

/* ---- ports, routes, flags ------------------------------------------------ */

static void
nobody_there(void **state)
{
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 100);
	struct ip closed = fake_ns_closed(SERVER), nowhere;

	(void)state;
	assert_int_equal(ask(l, d, &closed, &q).status, DNS_CLOSED);
	q.tcp = true;
	assert_int_equal(ask(l, d, &closed, &q).status, DNS_CLOSED);
	/* connect(2) itself refuses a broadcast */
	assert_true(ip_parse("255.255.255.255", 53, &nowhere));
	assert_int_equal(ask(l, d, &nowhere, &q).status, DNS_UNREACHABLE);
	q.tcp = false;
	assert_int_equal(ask(l, d, &nowhere, &q).status, DNS_UNREACHABLE);
	dns_free(d);
	loop_free(l);
}

static void
as_it_was_asked(void **state)
{
	static const char *const bad[] = { "a..b", ".a", "..", "a\\", "\\300",
		"a\\25",
		("0123456789012345678901234567890123456789"
		 "012345678901234567890123") };
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 100);
	struct fake_ns f;

	(void)state;
	fake_ns_start(&f, l, SERVER, FAKE_GOOD);
	assert_int_equal(ask(l, d, &f.ip, &q).status, DNS_ANSWER);
	assert_true(f.recurse && !f.dnssec);
	q.recurse = false;
	q.dnssec = true;
	q.name = "";
	assert_int_equal(ask(l, d, &f.ip, &q).status, DNS_ANSWER);
	assert_true(!f.recurse && f.dnssec);
	q.tcp = true;
	q.name = "a\\.b.\\000\\255.test.";
	assert_int_equal(ask(l, d, &f.ip, &q).status, DNS_ANSWER);
	assert_int_equal(f.tcp_asked, 1);
	assert_int_equal(dns_asked(d), 3);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		q.name = bad[i];
		if (ask(l, d, &f.ip, &q).status != DNS_CANCELLED)
			fail_msg("\"%s\"", bad[i]);
	}
	assert_int_equal(dns_asked(d), 3);
	fake_ns_stop(&f);
	dns_free(d);
	loop_free(l);
}

/* ---- many ---------------------------------------------------------------- */

struct sum {
	int n, answers, timeouts, cancelled, garbage;
	int order[16];
};

struct one {
	struct sum *sum;
	int id;
};

static void
on_one(void *arg, const struct dns_reply *r)
{
	struct one *o = arg;

	if (o->sum->n < 16)
		o->sum->order[o->sum->n] = o->id;
	o->sum->n++;
	o->sum->answers += r->status == DNS_ANSWER;
	o->sum->timeouts += r->status == DNS_TIMEOUT;
	o->sum->cancelled += r->status == DNS_CANCELLED;
	o->sum->garbage += r->status == DNS_GARBAGE;
}

static void
turn(struct loop *l, const struct sum *s, int n)
{
	while (s->n < n)
		loop_turn(l, 100);
}

static size_t
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
a_hundred_servers(void **state)
{
	static struct fake_ns f[100];
	static struct one one;
	struct sum sum = { .n = 0 };
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 1000);
	size_t before, most = 0, n;
	char name[32], address[32];

	(void)state;
	one.sum = &sum;
	q.timeout_ms = 20000;
	for (int i = 0; i < 100; i++) {
		snprintf(address, sizeof address, "127.21.4.%d", i + 1);
		fake_ns_start(&f[i], l, address, FAKE_GOOD);
	}
	before = open_files();
	q.name = name;
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "h%d.test", i);
		dns_ask(d, &f[(i * 7) % 100].ip, &q, on_one, &one);
	}
	while (sum.n < 10000) {
		loop_turn(l, 100);
		n = open_files() - before;
		most = n > most ? n : most;
	}
	assert_int_equal(sum.answers, 10000);
	assert_in_range(most, 1, 64);
	assert_true(dns_channels(d) >= 100);
	/* one server, many questions: one channel is enough */
	n = dns_channels(d);
	for (int i = 0; i < 10000; i++)
		dns_ask(d, &f[0].ip, &q, on_one, &one);
	turn(l, &sum, 20000);
	assert_int_equal(sum.answers, 20000);
	assert_in_range(dns_channels(d) - n, 0, 1);
	dns_free(d);
	for (int i = 0; i < 100; i++)
		fake_ns_stop(&f[i]);
	loop_free(l);
}

/* Servers that hold all channels do not hold them for ever. */
static void
dead_servers(void **state)
{
	static struct fake_ns f[80];
	struct sum dead = { .n = 0 }, good = { .n = 0 };
	struct one one[2] = { { &dead, 0 }, { &good, 0 } };
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 1000);
	char address[32];

	(void)state;
	for (int i = 0; i < 80; i++) {
		snprintf(address, sizeof address, "127.21.5.%d", i + 1);
		fake_ns_start(&f[i], l, address,
		    i < 79 ? FAKE_SILENT : FAKE_GOOD);
		q.timeout_ms = i < 79 ? SOON : 10000;
		for (int k = 0; k < 3; k++)
			dns_ask(d, &f[i].ip, &q, on_one, &one[i == 79]);
	}
	turn(l, &good, 3);
	turn(l, &dead, 79 * 3);
	assert_int_equal(good.answers, 3);
	assert_int_equal(dead.timeouts, 79 * 3);
	dns_free(d);
	for (int i = 0; i < 80; i++)
		fake_ns_stop(&f[i]);
	loop_free(l);
}

static void
in_turn(void **state)
{
	struct sum sum = { .n = 0 };
	struct one one[12];
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 2);
	struct fake_ns f;

	(void)state;
	q.timeout_ms = 10000;
	fake_ns_start(&f, l, SERVER, FAKE_HELD);
	for (int i = 0; i < 12; i++) {
		one[i] = (struct one){ &sum, i };
		q.urgent = i == 11;
		dns_ask(d, &f.ip, &q, on_one, &one[i]);
		if (i == 5)
			for (int k = 0; k < 5; k++)
				loop_turn(l, 1);
	}
	for (int k = 0; k < 5; k++)
		loop_turn(l, 1);
	assert_int_equal(dns_asked(d), 2);
	f.a = FAKE_GOOD;
	turn(l, &sum, 12);
	assert_int_equal(sum.answers, 12);
	assert_int_equal(sum.order[2], 11); /* the urgent one */
	for (int i = 0; i < 11; i++)
		assert_int_equal(sum.order[i < 2 ? i : i + 1], i);
	fake_ns_stop(&f);
	dns_free(d);
	loop_free(l);
}

/* One answer for each connection: all get theirs in the end. */
static void
lonely_tcp(void **state)
{
	struct sum sum = { .n = 0 };
	struct one one = { &sum, 0 };
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 100);
	struct fake_ns f;

	(void)state;
	q.timeout_ms = 10000;
	fake_ns_start(&f, l, SERVER, FAKE_CUT_LONELY);
	for (int i = 0; i < 40; i++) {
		q.tcp = i % 2;
		dns_ask(d, &f.ip, &q, on_one, &one);
	}
	turn(l, &sum, 40);
	assert_int_equal(sum.answers, 40);
	assert_true(f.connections >= 40);
	fake_ns_stop(&f);
	dns_free(d);
	loop_free(l);
}

/* One that gives up must not take the others on its connection along. */
static void
impatient_tcp(void **state)
{
	struct sum sum = { .n = 0 };
	struct one one = { &sum, 0 };
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 100);
	struct fake_ns f;

	(void)state;
	q.tcp = true;
	fake_ns_start(&f, l, SERVER, FAKE_CUT_SILENT);
	for (int i = 0; i < 8; i++) {
		q.timeout_ms = 129 + i * 16;
		dns_ask(d, &f.ip, &q, on_one, &one);
	}
	turn(l, &sum, 8);
	assert_int_equal(sum.timeouts, 8);
	f.a = FAKE_CUT;
	assert_int_equal(ask(l, d, &f.ip, &q).status, DNS_ANSWER);
	fake_ns_stop(&f);
	dns_free(d);
	loop_free(l);
}

/* An answer that comes too late harms nobody. */
static void
late_answer(void **state)
{
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 100);
	struct fake_ns f;
	struct said s;

	(void)state;
	q.timeout_ms = 60;
	fake_ns_start(&f, l, SERVER, FAKE_HELD);
	s = ask(l, d, &f.ip, &q);
	assert_int_equal(s.status, DNS_TIMEOUT);
	assert_in_range(s.us, 59000, 60000 + 5000000);
	/* the old question gets its answers, the new one none */
	s.n = 0;
	q.type = RR_AAAA;
	q.timeout_ms = SOON;
	dns_ask(d, &f.ip, &q, on_reply, &s);
	loop_turn(l, 1);
	f.a = FAKE_GOOD;
	f.aaaa = FAKE_SILENT;
	loop_until(l, said_one, &s);
	assert_true(f.udp_asked >= 3);
	assert_int_equal(s.status, DNS_TIMEOUT);
	fake_ns_stop(&f);
	dns_free(d);
	loop_free(l);
}

static void
freed_with_questions(void **state)
{
	static struct fake_ns f[70];
	struct sum sum = { .n = 0 };
	struct one one = { &sum, 0 };
	struct dns_question q = plain;
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 90);
	char address[32];

	(void)state;
	q.timeout_ms = 10000;
	for (int i = 0; i < 70; i++) {
		snprintf(address, sizeof address, "127.21.6.%d", i + 1);
		fake_ns_start(&f[i], l, address, FAKE_CUT_SILENT);
		for (int k = 0; k < 2; k++) {
			q.tcp = k == 0;
			dns_ask(d, &f[i].ip, &q, on_one, &one);
		}
	}
	/* by now some are under way, some again, some parked, some waiting */
	for (int i = 0; i < 4; i++)
		loop_turn(l, 1);
	assert_int_equal(sum.n, 0);
	dns_free(d);
	assert_int_equal(sum.n, 140);
	assert_int_equal(sum.cancelled, 140);
	for (int i = 0; i < 70; i++)
		fake_ns_stop(&f[i]);
	loop_free(l);
	dns_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mode),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(as_it_was_asked),
		cmocka_unit_test(a_hundred_servers),
		cmocka_unit_test(dead_servers),
		cmocka_unit_test(in_turn),
		cmocka_unit_test(lonely_tcp),
		cmocka_unit_test(impatient_tcp),
		cmocka_unit_test(late_answer),
		cmocka_unit_test(freed_with_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
