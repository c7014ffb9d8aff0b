/* SPDX-License-Identifier: ISC */
/*
 * A name server that misbehaves as told, in the loop of the test itself.  It
 * answers A with 192.0.2.1 and AAAA with 2001:db8::1, whatever the name.
 */
#ifndef TESTS_UNIT_FAKE_NS_H
#define TESTS_UNIT_FAKE_NS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host/ip.h"

struct loop;

enum fake_ns_mode {
	FAKE_GOOD,
	FAKE_SILENT,
	FAKE_REFUSED,
	FAKE_SERVFAIL,
	FAKE_NXDOMAIN,
	FAKE_NODATA,
	FAKE_CUT,            /* TC by UDP, good by TCP */
	FAKE_CUT_ENDED,      /* TCP ends without a word */
	FAKE_CUT_HALF,       /* half an answer by TCP */
	FAKE_CUT_NOTHING,    /* a length of 0 by TCP */
	FAKE_CUT_SILENT,     /* nothing by TCP */
	FAKE_CUT_BIG,        /* 64 KiB by TCP */
	FAKE_CUT_LONELY,     /* one answer for each TCP connection */
	FAKE_OTHER_ID,       /* from here on: wrong answers */
	FAKE_OTHER_NAME,     /* of the question */
	FAKE_OTHER_TYPE,     /* of the question */
	FAKE_LOWER,          /* answers the question in lower case */
	FAKE_LOWER_UDP,      /* and has no TCP */
	FAKE_EMPTY,          /* no octets at all */
	FAKE_HALF,           /* cut inside the last record */
	FAKE_POINTER,        /* a name that points at itself */
	FAKE_NO_EDNS,        /* FORMERR to EDNS */
	FAKE_NO_EDNS_HEADER, /* and nothing but a header */
	FAKE_200,            /* addresses, by UDP all the same */
	FAKE_CHAIN,          /* three CNAMEs, then the address */
	FAKE_LONG_CHAIN,     /* twenty */
	FAKE_CHAIN_LOOP,
	FAKE_DANGLING, /* CNAME to what is not there */
	FAKE_CHAIN_NODATA,
	FAKE_LOST,         /* every first packet of a question */
	FAKE_OTHER_SOURCE, /* of the answer */
	FAKE_HELD          /* answers when it gets another mode */
};

#define FAKE_NS_CLIENTS 32

struct fake_ns {
	struct ip ip; /* with the port */
	enum fake_ns_mode a, aaaa;
	int udp_asked, tcp_asked, connections;
	bool dnssec, recurse; /* of the last question */
	/* private */
	struct loop *loop;
	int udp, tcp, other;
	int client[FAKE_NS_CLIENTS];
	unsigned char seen[8192]; /* ids / 8 */
};

/* address: of loopback.  Fails the test if it cannot. */
void fake_ns_start(struct fake_ns *, struct loop *, const char *address,
    enum fake_ns_mode);
void fake_ns_stop(struct fake_ns *);
/* A port of that address where nobody listens. */
struct ip fake_ns_closed(const char *address);

#endif
