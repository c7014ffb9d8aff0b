/* SPDX-License-Identifier: ISC */
/*
 * A walk that saw nothing wrong, for tests to break: the root, test with two
 * servers, example.test with two servers in two networks, one address.
 */
#ifndef TESTS_UNIT_WALK_SAMPLE_H
#define TESTS_UNIT_WALK_SAMPLE_H

#include "uptime/dns/walk.h"

#define SAMPLE_NOW 1795200000

struct walk_sample {
	struct walk walk;
	struct walk_zone zone[3];
	struct walk_server root[1], parent[2], server[2];
	struct ip address[2], wrong;
};

void walk_sample(struct walk_sample *);

#endif
