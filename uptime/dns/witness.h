/* SPDX-License-Identifier: ISC */
/*
 * "Is it me?", asked of independent witnesses: hosts that have nothing to do
 * with any site.  Only when something failed.
 */
#ifndef UPTIME_DNS_WITNESS_H
#define UPTIME_DNS_WITNESS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/host/ip.h"

struct dns;
struct loop;
struct witnesses;

struct witness {
	bool tcp;     /* a connection is enough; else a question for "." NS */
	struct ip ip; /* with the port */
};

/* "192.0.2.1" or "dns:192.0.2.1:53", "tcp:192.0.2.1:443"; NULL, or what was
 * expected. */
const char *witness_parse(const char *, struct witness *);

struct witnesses *witnesses_new(struct loop *, struct dns *,
    const struct witness *, size_t n, int timeout_ms);
void witnesses_free(struct witnesses *);

/* Asks all of them in a round that begins after this call (those who ask
 * before it began share it); done is called from loop_turn with what
 * self_judge needs. */
void witnesses_ask(struct witnesses *,
    void (*done)(void *, int answered, int asked), void *arg);

#endif
