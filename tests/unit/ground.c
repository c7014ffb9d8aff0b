/* SPDX-License-Identifier: ISC */
/* What tests of the walk stand on. */
#include "tests/unit/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_dns.h"

void
ground_make(struct ground *g)
{
	struct delegation_conf conf = { .nroot = 1,
		.server_ms = 800,
		.walk_ms = 6000,
		.v4 = true,
		.v6 = false };

	memset(g, 0, sizeof *g);
	ip_parse("127.241.1.1", 0, &g->root);
	conf.root = &g->root;
	g->loop = loop_new();
	g->dns = dns_new(g->loop, 1000);
	g->d = delegation_new(g->dns, g->loop, &conf);
}

void
ground_free(struct ground *g)
{
	delegation_free(g->d);
	dns_free(g->dns);
	loop_free(g->loop);
}

void
ground_walked(void *arg, const struct walk *w)
{
	struct ground *g = arg;

	g->walk = w;
	g->done++;
}

bool
ground_done(void *arg)
{
	struct ground *g = arg;

	return g->done == g->want;
}

const struct walk *
ground_walk(struct ground *g, const char *host, bool fresh)
{
	g->want = g->done + 1;
	delegation_ask(g->d, host, fresh, ground_walked, g);
	assert_int_not_equal(g->done, g->want);
	loop_until(g->loop, ground_done, g);
	return g->walk;
}

int
ground_stop(void **state)
{
	(void)state;
	fake_dns_stop();
	return 0;
}
