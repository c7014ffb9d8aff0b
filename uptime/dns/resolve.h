/* SPDX-License-Identifier: ISC */
/*
 * A name's addresses through the configured resolvers.  One resolver is asked
 * (in turn); where its answer is bad another one is, until two agree: temporary
 * is not permanent, and "could not ask" is not "no".  Answers are kept for the
 * run: a name is asked for once.
 */
#ifndef UPTIME_DNS_RESOLVE_H
#define UPTIME_DNS_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/probe.h"

struct dns;
struct resolve;

struct resolve_conf {
	const struct ip *resolver;
	size_t n;
	int timeout_ms; /* for one resolver */
};

struct resolve *resolve_new(struct dns *, const struct resolve_conf *);
void resolve_free(struct resolve *);

struct resolution {
	enum evidence evidence;
	/* FAIL: REASON_NXDOMAIN, NODATA, SERVFAIL, CNAME_LOOP,
	 * CNAME_DANGLING; NONE: RESOLVERS_SILENT, REFUSED */
	enum reason reason;
	const char *detail; /* who said what; "" */
	struct ip *ip;      /* PASS: v4 and v6, sorted, port 0 */
	size_t n;
	/* What went wrong with one family (SERVFAIL for AAAA): a finding. */
	enum reason partial;
	uint32_t ttl; /* s, the smallest */
	int64_t us;   /* the slower of both questions */
};

/*
 * fresh: not from what is kept.  done is called once, never from this call;
 * the resolution is resolve's, and valid until resolve_free.
 */
void resolve_ask(struct resolve *, const char *host, bool fresh,
    void (*done)(void *, const struct resolution *), void *arg);

#endif
