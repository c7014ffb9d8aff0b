/* SPDX-License-Identifier: ISC */
/*
 * Questions to named servers, through c-ares: never the host's resolver, hosts
 * file or search list.  Each question is a packet of our own (random id, mixed
 * case, EDNS with 1232 octets) to one server; truncation goes to TCP by
 * itself.  Channels cost 74 KB each: at most 64 are alive.
 */
#ifndef UPTIME_DNS_DNS_H
#define UPTIME_DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host/ip.h"
#include "uptime/dns/answer.h"

struct dns;
struct loop;

/* in_flight: so many questions at once at most, others wait their turn. */
struct dns *dns_new(struct loop *, size_t in_flight);
/* What is not answered yet gets DNS_CANCELLED. */
void dns_free(struct dns *);
/* As it was given. */
struct loop *dns_loop(const struct dns *);
/* How many questions were sent so far, and how many channels made. */
uint64_t dns_asked(const struct dns *);
size_t dns_channels(const struct dns *);

enum dns_status {
	DNS_ANSWER,      /* well-formed, whatever its rcode */
	DNS_TIMEOUT,     /* nobody answered in time */
	DNS_CLOSED,      /* port closed, connection refused or cut */
	DNS_UNREACHABLE, /* no route from here */
	DNS_GARBAGE,     /* an answer, but to something else, or ill-formed */
	DNS_CANCELLED    /* by dns_free, or the name is none */
};

struct dns_question {
	const char *name; /* ASCII; "" is the root; copied */
	int type;
	bool recurse;   /* RD */
	bool dnssec;    /* DO */
	bool tcp;       /* at once, never UDP */
	bool urgent;    /* before those that wait */
	int timeout_ms; /* for the whole, retransmission included; > 0 */
};

struct dns_reply {
	enum dns_status status;
	struct answer answer; /* of DNS_ANSWER; belongs to dns */
	int64_t us;           /* from the first packet to the answer */
};

/* port 0 of the server is 53.  done is called once, from loop_turn or
 * dns_free, and may ask again (not from dns_free). */
void dns_ask(struct dns *, const struct ip *server, const struct dns_question *,
    void (*done)(void *, const struct dns_reply *), void *arg);

#endif
