/* SPDX-License-Identifier: ISC */
/*
 * What the files check*.c share.  Nobody else includes it.  Pure.
 */
#ifndef UPTIME_JUDGE_CHECK_PARTS_H
#define UPTIME_JUDGE_CHECK_PARTS_H

#include "uptime/judge/check.h"

struct buf;

/* What was asked at a hop; the first one is the target's own URL. */
const struct url *check_url(const struct sight *, size_t hop);

/* Is the address one of those that the site is said to have? */
bool check_listed(const struct site *, const struct ip *);

/* Is the status among the expected ones? */
bool check_status(const struct expect *, int status);

/*
 * Is this reply a redirect, and not the reply that is expected?  Then *wrong
 * is NULL and *to where it leads, owned; or *wrong says why that is no URL.
 */
bool check_leads(const struct sight *, size_t hop, const struct probe *,
    struct url *to, const char **wrong);

/* A text as a detail: cleaned, and cut where it must be. */
void check_detail(char out[PROBE_DETAIL], const struct buf *);

/* REGISTRY to RECORDS: what the walk and the resolvers say, put into v->at.
 * False if the verdict stands by that: v->at or v itself says so. */
bool check_names(struct verdict *v, const struct sight *);

/* TCP to LATENCY, or PLUGIN: what came of each address. */
void check_addresses(struct verdict *v, const struct sight *);

/* No evidence: the whole verdict. */
void check_none(struct verdict *v, enum reason, const char *detail);

#endif
