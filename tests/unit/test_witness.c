/* SPDX-License-Identifier: ISC */
/* Rounds of witnesses: who answers, and who shares which round. */
#include "uptime/dns/witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_ns.h"
#include "uptime/dns/dns.h"
#include "uptime/probe/loop.h"

#define TIMEOUT 600 /* ms */

struct said {
	int n, answered, asked;
	struct witnesses *again; /* asks these once more */
};

static void
on_said(void *arg, int answered, int asked)
{
	struct said *s = arg;

	s->n++;
	s->answered = answered;
	s->asked = asked;
	if (s->again != NULL) {
		witnesses_ask(s->again, on_said, s);
		s->again = NULL;
	}
}

static void
wait_for(struct loop *l, const struct said *s, int n)
{
	while (s->n < n)
		loop_turn(l, 100);
}

static void
words(void **state)
{
	static const struct {
		const char *text, *ip;
		bool tcp;
	} t[] = {
		{ "192.0.2.1", "192.0.2.1:53", false },
		{ "192.0.2.1:5353", "192.0.2.1:5353", false },
		{ "dns:192.0.2.1", "192.0.2.1:53", false },
		{ "dns:192.0.2.1:54", "192.0.2.1:54", false },
		{ "2001:db8::1", "[2001:db8::1]:53", false },
		{ "dns:[2001:db8::1]:54", "[2001:db8::1]:54", false },
		{ "tcp:192.0.2.1:443", "192.0.2.1:443", true },
		{ "tcp:[2001:db8::1]:443", "[2001:db8::1]:443", true },
		{ "tcp:192.0.2.1", NULL, false },
		{ "tcp:", NULL, false },
		{ "", NULL, false },
		{ "example.com", NULL, false },
		{ "udp:192.0.2.1:53", NULL, false },
		{ "dns:192.0.2.1:0", NULL, false },
	};
	struct witness w;
	char text[IP_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if ((witness_parse(t[i].text, &w) == NULL) != (t[i].ip != NULL))
			fail_msg("\"%s\"", t[i].text);
		if (t[i].ip == NULL)
			continue;
		assert_string_equal(ip_text_port(&w.ip, text), t[i].ip);
		assert_int_equal(w.tcp, t[i].tcp);
	}
}

/* One after the other goes silent. */
static void
who_answers(void **state)
{
	static const struct {
		enum fake_ns_mode mode;
		int answered;
	} t[] = { { FAKE_GOOD, 3 }, { FAKE_REFUSED, 3 }, { FAKE_SERVFAIL, 3 },
		{ FAKE_NODATA, 3 }, { FAKE_OTHER_ID, 2 }, { FAKE_SILENT, 2 } };
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 10);
	struct fake_ns f;
	struct witness w[6];
	struct witnesses *all;
	struct said s;

	(void)state;
	fake_ns_start(&f, l, "127.21.7.1", FAKE_GOOD);
	w[0] = (struct witness){ false, f.ip };
	w[1] = (struct witness){ true, f.ip };
	w[2] = (struct witness){ true, f.ip };
	w[3] = (struct witness){ true, fake_ns_closed("127.21.7.2") };
	w[4] = (struct witness){ false, fake_ns_closed("127.21.7.3") };
	assert_null(witness_parse("tcp:255.255.255.255:1", &w[5]));
	all = witnesses_new(l, d, w, 6, TIMEOUT);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		f.a = t[i].mode;
		s = (struct said){ .n = 0 };
		witnesses_ask(all, on_said, &s);
		assert_int_equal(s.n, 0);
		wait_for(l, &s, 1);
		assert_int_equal(s.asked, 6);
		if (s.answered != t[i].answered)
			fail_msg("mode %d: %d", t[i].mode, s.answered);
	}
	witnesses_free(all);
	fake_ns_stop(&f);
	dns_free(d);
	loop_free(l);
}

static void
rounds(void **state)
{
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 10);
	struct fake_ns f;
	struct witness w;
	struct witnesses *all;
	struct said s[8];

	(void)state;
	memset(s, 0, sizeof s);
	fake_ns_start(&f, l, "127.21.7.1", FAKE_HELD);
	w = (struct witness){ false, f.ip };
	all = witnesses_new(l, d, &w, 1, 5000);
	/* before the round begins: one for all */
	for (int i = 0; i < 5; i++)
		witnesses_ask(all, on_said, &s[i]);
	while (dns_asked(d) == 0)
		loop_turn(l, 10);
	/* it runs: who comes now gets the next, and so does who asks again */
	s[0].again = all;
	witnesses_ask(all, on_said, &s[5]);
	witnesses_ask(all, on_said, &s[6]);
	f.a = FAKE_GOOD;
	wait_for(l, &s[4], 1);
	assert_int_equal(s[5].n, 0);
	assert_int_equal(f.udp_asked, 1);
	wait_for(l, &s[6], 1);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(s[i].n, i == 0 ? 2 : 1);
		assert_int_equal(s[i].answered, 1);
		assert_int_equal(s[i].asked, 1);
	}
	assert_int_equal(f.udp_asked, 2);
	for (int i = 0; i < 5; i++)
		loop_turn(l, 1);
	assert_int_equal(f.udp_asked, 2);
	witnesses_free(all);
	fake_ns_stop(&f);
	dns_free(d);
	loop_free(l);
}

static void
nobody(void **state)
{
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 10);
	struct witnesses *all = witnesses_new(l, d, NULL, 0, TIMEOUT);
	struct said s = { .answered = -1, .again = all };

	(void)state;
	witnesses_ask(all, on_said, &s);
	assert_int_equal(s.n, 0);
	wait_for(l, &s, 2);
	assert_int_equal(s.answered, 0);
	assert_int_equal(s.asked, 0);
	witnesses_free(all);
	dns_free(d);
	loop_free(l);
}

static void
freed_early(void **state)
{
	struct loop *l = loop_new();
	struct dns *d = dns_new(l, 10);
	struct fake_ns f;
	struct witness w[2];
	struct witnesses *all;
	struct said s = { .n = 0 };

	(void)state;
	fake_ns_start(&f, l, "127.21.7.1", FAKE_SILENT);
	w[0] = (struct witness){ false, f.ip };
	w[1] = (struct witness){ true, f.ip };
	all = witnesses_new(l, d, w, 2, TIMEOUT);
	witnesses_ask(all, on_said, &s);
	while (dns_asked(d) == 0)
		loop_turn(l, 10);
	witnesses_ask(all, on_said, &s);
	witnesses_free(all);
	dns_free(d);
	all = witnesses_new(l, NULL, w, 2, TIMEOUT);
	witnesses_ask(all, on_said, &s);
	witnesses_free(all);
	witnesses_free(NULL);
	assert_int_equal(s.n, 0);
	fake_ns_stop(&f);
	loop_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(who_answers),
		cmocka_unit_test(rounds),
		cmocka_unit_test(nobody),
		cmocka_unit_test(freed_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
