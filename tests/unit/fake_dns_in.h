/* SPDX-License-Identifier: ISC */
/*
 * The inside of fake_dns.
 */
#ifndef TESTS_UNIT_FAKE_DNS_IN_H
#define TESTS_UNIT_FAKE_DNS_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host/ip.h"

#define RECORDS 64
#define ZONES 8

struct record {
	char name[256], data[256];
	int type;
};

struct zone {
	char name[256];
	struct record record[RECORDS];
	size_t n;
	uint32_t serial;
	long until;
	bool is_signed;
	uint32_t ttl;
};

struct server {
	struct ip ip;
	bool mute, notcp, noudp, closedtcp, refuse, servfail, garbage, lame, up,
	    self, down, far, chaos;
	char aaonly[256];
	struct zone *zone[ZONES];
	size_t n;
	int udp, tcp;
};

struct packet {
	unsigned char p[8192];
	size_t n;
};

/* The question becomes the answer; false: it says nothing. */
bool fake_dns_respond(const struct server *, struct packet *);

#endif
