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

#include "uptime/judge/zone.h"
#include "uptime/probe.h"
#include "uptime/dns/resolve.h"
#include "uptime/site.h"

struct walk;

/* One URL on the way, asked at every address; redirects make several. */
struct hop {
	struct url url; /* owned; unused in the first: the target's */
	const struct resolution *resolution; /* NULL: a literal address */
	struct probe *probe;                 /* owned, one an address */
	size_t n;
};

#define CHECK_HOPS 6 /* five redirects */

/* Everything that was seen of a target in one attempt. */
struct sight {
	const struct target *target;
	const struct walk *walk;    /* NULL: not walked */
	struct zone_verdict zone;   /* of the walk */
	struct hop hop[CHECK_HOPS]; /* tcp: one, url unused; exec: one probe */
	size_t nhop;
	enum reason stopped; /* a redirect that was not followed: REDIRECT,
			      * REDIRECT_LOOP, REDIRECT_PRIVATE, REDIRECT_BAD */
	char why[PROBE_DETAIL];
	bool offline;      /* the witnesses: it is us */
	bool no_v4, no_v6; /* this host has no route for the family */
	int64_t began;     /* the first attempt, seconds since 1970 */
	int64_t now;       /* this one */
	int attempts;
};
void sight_free(struct sight *);

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
