/* SPDX-License-Identifier: ISC */
/*
 * The walk: root -> registry -> every server of the zone, with RD=0, and never
 * through a resolver.  Zones that were walked are kept for the run: of 10,000
 * names in one zone each costs two questions, to one server, but for the first
 * hundred, for which all of its servers are asked.  Referrals must lead
 * strictly downwards, and glue is taken only from at or below the zone that was
 * asked.  A dead server costs at most 3 s, never the result.
 */
#ifndef UPTIME_DNS_DELEGATION_H
#define UPTIME_DNS_DELEGATION_H

#include <stdbool.h>
#include <stddef.h>

#include "uptime/dns/walk.h"

struct delegation;
struct loop;

struct delegation_conf {
	const struct ip *root; /* addresses of root servers */
	size_t nroot;
	int server_ms; /* for one question to one server: 2400 */
	int walk_ms;   /* for a whole walk: 10000 */
	bool v4, v6;   /* families that this host can speak */
};

/* The built-in addresses of the root servers; static. */
const struct ip *delegation_roots(size_t *n);

struct delegation *delegation_new(struct dns *, struct loop *,
    const struct delegation_conf *);
void delegation_free(struct delegation *);

/*
 * fresh: zones and answers that are kept and were bad are asked again.  done
 * is called once, from loop_turn; the walk is delegation's, and valid until
 * delegation_free or the next fresh question for that name.
 */
void delegation_ask(struct delegation *, const char *host, bool fresh,
    void (*done)(void *, const struct walk *), void *arg);

#endif
