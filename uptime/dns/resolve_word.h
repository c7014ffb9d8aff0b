/* SPDX-License-Identifier: ISC */
/*
 * What a resolver said of a name, for resolve.c alone.  Pure.  Words are
 * reasons: REASON_NONE is "here are addresses".
 */
#ifndef UPTIME_DNS_RESOLVE_WORD_H
#define UPTIME_DNS_RESOLVE_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/host/ip.h"
#include "uptime/dns/resolve.h"
#include "uptime/probe.h"

struct dns_reply;

#define SILENT REASON_RESOLVERS_SILENT /* no word at all */
#define NOT_ASKED REASON_N

/* A and AAAA taken together. */
struct word {
	enum reason all;
	/* Of addresses in one family alone: what is said of the other, */
	enum reason other;
	int family; /* 0 for A, 1 for AAAA */
};

/* What a reply says of name's addresses of the type; they are added. */
enum reason word_of(const struct dns_reply *, const char *name, int type,
    struct resolution *);
struct word word_both(const enum reason family[2]);
bool word_same(const struct word *, const struct word *);
/* "9.9.9.9 and 1.1.1.1 say NXDOMAIN": those of n resolvers who were asked, but
 * for who found all. */
void word_tell(const struct word *, const struct ip *resolver, size_t n,
    char detail[PROBE_DETAIL]);

#endif
