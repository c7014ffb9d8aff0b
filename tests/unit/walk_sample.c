/* SPDX-License-Identifier: ISC */
/* A walk that saw nothing wrong. */
#include "tests/unit/walk_sample.h"

#include <string.h>

static char *ns[] = { "ns1.example.test", "ns2.example.net" };

static void
fill(struct walk_server *s, const char *name, const char *ip)
{
	s->name = (char *)name;
	ip_parse(ip, 0, &s->ip);
	s->udp = (struct walk_reply){ true, DNS_ANSWER, RCODE_NOERROR, true,
		1200 };
	s->in_parent = true;
}

void
walk_sample(struct walk_sample *w)
{
	memset(w, 0, sizeof *w);
	fill(&w->root[0], "a.root-servers.net", "198.41.0.4");
	w->root[0].udp.aa = false;
	w->root[0].referral = true;
	w->zone[0] = (struct walk_zone){ .name = "",
		.server = w->root,
		.n = 1 };

	fill(&w->parent[0], "a.nic.test", "193.0.14.1");
	fill(&w->parent[1], "b.nic.test", "194.0.14.1");
	for (size_t i = 0; i < 2; i++) {
		w->parent[i].udp.aa = false;
		w->parent[i].referral = true;
		w->parent[i].ns = ns;
		w->parent[i].nns = 2;
	}
	w->zone[1] = (struct walk_zone){ .name = "test",
		.server = w->parent,
		.n = 2,
		.complete = true,
		.ns_ttl = 172800 };

	fill(&w->server[0], ns[0], "185.1.2.53");
	fill(&w->server[1], ns[1], "2a01:1:2::53");
	ip_parse("185.1.2.80", 0, &w->address[0]);
	ip_parse("2a01:1:2::80", 0, &w->address[1]);
	ip_parse("185.9.9.9", 0, &w->wrong);
	for (size_t i = 0; i < 2; i++) {
		w->server[i].in_child = true;
		w->server[i].tcp = w->server[i].udp;
		w->server[i].ns = ns;
		w->server[i].nns = 2;
		w->server[i].has_serial = true;
		w->server[i].serial = 7;
		w->server[i].named = true;
		w->server[i].answer = w->address;
		w->server[i].nanswer = 2;
		w->server[i].signed_from = SAMPLE_NOW - 10 * 86400;
		w->server[i].signed_until = SAMPLE_NOW + 20 * 86400;
	}
	w->server[0].glue = true;
	w->zone[2] = (struct walk_zone){ .name = "example.test",
		.server = w->server,
		.n = 2,
		.complete = true,
		.ds = true,
		.ns_ttl = 86400,
		.parent_ns = ns,
		.nparent_ns = 2 };

	w->walk = (struct walk){ .name = "www.example.test",
		.zone = w->zone,
		.n = 3,
		.ip = w->address,
		.nip = 2,
		.ttl = 3600,
		.started = SAMPLE_NOW,
		.us = 14500,
		.questions = 17 };
}
