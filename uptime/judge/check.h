/* SPDX-License-Identifier: ISC */
/*
 * What was seen of a target, held against what is expected: the verdict.
 * Pure.
 */
#ifndef UPTIME_JUDGE_CHECK_H
#define UPTIME_JUDGE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/judge/sight.h"
#include "uptime/probe.h"
#include "uptime/site.h"

/*
 * The reply of one address at the last hop against the expectation, the
 * certificate's end and the time it took; adds what is amiss.  For others
 * than the last hop only the certificate counts.
 */
void check_probe(struct findings *, const struct target *, const struct probe *,
    bool last, int64_t now);

/*
 * The verdict.  The first layer on which nobody gets through is the broken
 * one, and what lies behind it is not evaluated; one on which some do not is
 * degraded, and the rest is judged by those who got through.  An answer that
 * is no evidence (no route for a family, deadline, a pattern that runs wild)
 * counts neither as good nor as bad; where nobody got through and nobody
 * failed, or we are offline, or the resolvers are silent and no walk had an
 * address, there is none: GRADE_UNKNOWN, as with a walk without evidence (no
 * root answered) when all the rest is well.  The order of the probes does not
 * matter.
 */
void check_judge(struct verdict *, const struct sight *);

/*
 * Where the replies of the newest hop redirect to.  True, and *next (owned) is
 * to be asked: the place of the lowest address whose reply leads to where the
 * target's policy lets us go.  False: no reply is a redirect, or all that are
 * lead to where we do not go; then *reason and `why` say so, else it is NONE.
 * Replies that do not agree are the judge's business.
 */
bool check_redirect(const struct sight *, struct url *next, enum reason *reason,
    char why[PROBE_DETAIL]);
/* The same, with or without "www.". */
bool check_same_host(const struct url *, const struct url *);

/*
 * A configured word that a negation of itself contains: "success" in
 * "unsuccessful", "ok" in "not ok".  NULL: it is fine; else an example of what
 * would pass, static or in buf.
 */
const char *check_word_trap(const char *word, char *buf, size_t n);

/* May this address be asked for a public name?  NULL, or why not ("private"):
 * unless the site allows private ones, or lists this one. */
const char *check_address(const struct site *, const struct ip *);

#endif
