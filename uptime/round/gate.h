/* SPDX-License-Identifier: ISC */
/*
 * Politeness: who wants to ask passes three gates in turn, his host name's,
 * his address's, and everybody's, and waits before one that is full.  Gates
 * are always passed in this order, so nobody waits for ever.
 */
#ifndef UPTIME_ROUND_GATE_H
#define UPTIME_ROUND_GATE_H

#include <stddef.h>

#include "common/host/ip.h"

struct gates;

struct gate_limits {
	size_t all, host, address; /* at once; loopback addresses are free */
};

struct gates *gates_new(const struct gate_limits *);
void gates_free(struct gates *);

/* Owned by the caller, from gate_enter until gate_leave. */
struct gate_pass {
	void (*go)(void *);
	void *arg;
	struct gate *gate[3];
	int passed;
	struct gate_pass *next;
};

/* Calls go(arg) as soon as there is room everywhere: at once (from this very
 * call) or from somebody's gate_leave. */
void gate_enter(struct gates *, struct gate_pass *, const char *host,
    const struct ip *, void (*go)(void *), void *arg);
/* After go was called. */
void gate_leave(struct gate_pass *);

#endif
