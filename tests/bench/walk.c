/* SPDX-License-Identifier: ISC */
/*
 * walk ROOT < NAMES: walks from the root to each name, as a run does, and
 * prints what it cost: questions, CPU in µs a question, channels, and how
 * many names were found.
 */
#include <sys/resource.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "uptime/dns/delegation.h"
#include "uptime/dns/dns.h"
#include "uptime/probe/loop.h"

struct count {
	size_t begun, done, found;
};

static void
on_walk(void *arg, const struct walk *w)
{
	struct count *c = arg;

	c->done++;
	c->found += w->end == WALK_ANSWERED && w->nip > 0;
}

static bool
all_done(void *arg)
{
	struct count *c = arg;

	return c->done == c->begun;
}

static int64_t
cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (int64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 +
	    r.ru_utime.tv_usec + r.ru_stime.tv_usec;
}

int
main(int argc, char **argv)
{
	struct delegation_conf conf = { .nroot = 1,
		.server_ms = 2400,
		.walk_ms = 10000,
		.v4 = true };
	struct count c = { 0 };
	struct ip root;
	struct loop *loop = loop_new();
	struct dns *dns = dns_new(loop, 200);
	struct delegation *d;
	char line[256];
	int64_t began;
	uint64_t asked;

	if (argc != 2 || !ip_parse(argv[1], 53, &root))
		errx(64, "usage: walk ROOT");
	conf.root = &root;
	d = delegation_new(dns, loop, &conf);
	began = cpu_us();
	while (fgets(line, sizeof line, stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		c.begun++;
		delegation_ask(d, line, false, on_walk, &c);
	}
	loop_until(loop, all_done, &c);
	asked = dns_asked(dns);
	printf("names %zu found %zu questions %llu us %.1f channels %zu\n",
	    c.begun, c.found, (unsigned long long)asked,
	    (double)(cpu_us() - began) / (double)asked, dns_channels(dns));
	delegation_free(d);
	dns_free(dns);
	loop_free(loop);
	return 0;
}
