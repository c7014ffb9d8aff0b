/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "uptime/round/gate.h"

#define MANY 400

/* One who asks: where, and whether he is inside. */
struct guest {
	struct gate_pass pass;
	char host[16];
	struct ip ip;
	int calls;
	bool inside;
};

static void
go(void *arg)
{
	struct guest *g = arg;

	g->calls++;
	g->inside = true;
}

static void
arrive(struct gates *gs, struct guest *g, const char *host, const char *ip)
{
	memset(g, 0, sizeof *g);
	snprintf(g->host, sizeof g->host, "%s", host);
	assert_true(ip_parse(ip, 80, &g->ip));
	gate_enter(gs, &g->pass, g->host, &g->ip, go, g);
}

static void
leave(struct guest *g)
{
	assert_true(g->inside);
	g->inside = false;
	gate_leave(&g->pass);
}

static void
limits_hold_and_the_first_is_served_first(void **state)
{
	const struct gate_limits limits = { 3, 2, 2 };
	struct gates *gs = gates_new(&limits);
	struct guest a, b, c, d, e, f;

	(void)state;
	arrive(gs, &a, "a", "192.0.2.1");
	arrive(gs, &b, "a", "192.0.2.1");
	arrive(gs, &c, "a", "192.0.2.2"); /* host a is full */
	arrive(gs, &d, "d", "192.0.2.1"); /* the address is full */
	arrive(gs, &e, "e", "192.0.2.3");
	arrive(gs, &f, "f", "192.0.2.4"); /* all is full */
	assert_true(a.inside && b.inside && e.inside);
	assert_false(c.inside || d.inside || f.inside);
	leave(&e);
	assert_true(f.inside);
	assert_false(c.inside || d.inside);
	leave(&a);
	assert_true(c.calls + d.calls == 1);
	leave(&b);
	assert_true(c.inside && d.inside);
	leave(&c);
	leave(&d);
	leave(&f);
	gates_free(gs);
}

static void
loopback_has_no_limit_by_address(void **state)
{
	const struct gate_limits limits = { 10, 10, 1 };
	struct gates *gs = gates_new(&limits);
	struct guest a, b, c, d;

	(void)state;
	arrive(gs, &a, "a", "127.0.0.1");
	arrive(gs, &b, "b", "127.0.0.1");
	arrive(gs, &c, "c", "::1");
	arrive(gs, &d, "d", "::1");
	assert_true(a.inside && b.inside && c.inside && d.inside);
	leave(&a);
	leave(&b);
	leave(&c);
	leave(&d);
	gates_free(gs);
}

static void
check_limits(const struct guest *g, size_t n, const struct gate_limits *l)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++) {
		size_t host = 0, address = 0;

		all += g[i].inside;
		for (size_t k = 0; k < n; k++) {
			if (!g[k].inside)
				continue;
			host += strcmp(g[k].host, g[i].host) == 0;
			address += ip_same_address(&g[k].ip, &g[i].ip);
		}
		assert_true(host <= l->host);
		assert_true(address <= l->address);
	}
	assert_true(all <= l->all);
}

/* Whatever comes and goes: limits hold, and everybody gets in once. */
static void
nobody_waits_for_ever(void **state)
{
	const struct gate_limits limits = { 7, 2, 3 };
	struct gates *gs = gates_new(&limits);
	struct guest *g = calloc(MANY, sizeof *g);
	size_t came = 0, left = 0;
	unsigned seed = 1;
	char host[16], ip[16];

	(void)state;
	while (left < MANY) {
		seed = seed * 1103515245 + 12345;
		if (came < MANY && (seed >> 16) % 2 == 0) {
			snprintf(host, sizeof host, "h%u", (seed >> 20) % 9);
			snprintf(ip, sizeof ip, "192.0.2.%u",
			    (seed >> 24) % 5 + 1);
			arrive(gs, &g[came++], host, ip);
		} else
			for (size_t i = 0, k = (seed >> 17) % MANY; i < MANY;
			     i++) {
				struct guest *x = &g[(i + k) % MANY];

				if (!x->inside)
					continue;
				leave(x);
				left++;
				break;
			}
		if (left % 16 == 0)
			check_limits(g, came, &limits);
	}
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(g[i].calls, 1);
	free(g);
	gates_free(gs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_hold_and_the_first_is_served_first),
		cmocka_unit_test(loopback_has_no_limit_by_address),
		cmocka_unit_test(nobody_waits_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
