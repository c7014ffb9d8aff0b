/* SPDX-License-Identifier: ISC */
/*
 * What tests of the walk stand on: a loop, questions, a delegation whose root
 * is 127.241.1.1, and the pieces of small worlds (fake_dns.h).
 */
#ifndef TESTS_UNIT_GROUND_H
#define TESTS_UNIT_GROUND_H

#include <stdbool.h>
#include <stddef.h>

#include "uptime/dns/delegation.h"
#include "uptime/probe/loop.h"

#define ROOT \
	"server 127.241.1.1\nzone .\n" \
	"test NS a.nic.test\ntest NS b.nic.test\n" \
	"a.nic.test A 127.241.2.1\nb.nic.test A 127.241.2.2\n" \
	"other NS ns.other\nns.other A 127.241.3.1\n"
#define TEST_NS "test NS a.nic.test\ntest NS b.nic.test\n"
/* The registry's two servers, with the same delegations. */
#define REGISTRY(delegations) \
	"server 127.241.2.1\nzone test\n" TEST_NS delegations \
	"server 127.241.2.2\nzone test\n" TEST_NS delegations
#define DELEGATED \
	"example.test NS ns1.example.test\nexample.test NS ns2.example.test\n" \
	"ns1.example.test A 127.241.4.1\nns2.example.test A 127.241.5.1\n"
#define SIGNED DELEGATED "example.test DS x\n"
#define ABOVE ROOT REGISTRY(DELEGATED)
/* The zone with its one name. */
#define APEX \
	"example.test NS ns1.example.test\nexample.test NS ns2.example.test\n" \
	"ns1.example.test A 127.241.4.1\nns2.example.test A 127.241.5.1\n"
#define ZONE "zone example.test\n" APEX
#define WWW "www.example.test A 192.0.2.80\n"
#define BOTH(words, zone) \
	"server 127.241.4.1 " words "\n" zone "server 127.241.5.1 " words \
	"\n" zone
#define NS1(words) "server 127.241.4.1 " words "\n"
#define NS2(words) "server 127.241.5.1 " words "\n"

struct ground {
	struct loop *loop;
	struct dns *dns;
	struct delegation *d;
	struct ip root;
	const struct walk *walk; /* the last one that was done */
	size_t done, want;
};

void ground_make(struct ground *);
void ground_free(struct ground *);
/* For delegation_ask, with the ground. */
void ground_walked(void *, const struct walk *);
/* Are as many walks done as are wanted? */
bool ground_done(void *);
const struct walk *ground_walk(struct ground *, const char *host, bool fresh);
/* Teardown of a test. */
int ground_stop(void **state);

#endif
