/* SPDX-License-Identifier: ISC */
/* The verdict: the first broken layer, or the worst of them. */
#include "uptime/judge/check.h"

#include <string.h>

#include "uptime/judge/check_parts.h"

/*
 * The worst grade, and the first layer that has it.  A layer without evidence
 * outweighs good ones only: what is known to be amiss is known.
 */
static void
conclude(struct verdict *v)
{
	const struct layer_result *at;

	for (size_t l = 0; l < LAYER_N; l++) {
		at = &v->at[l];
		if (!at->evaluated || at->grade <= v->grade)
			continue;
		v->grade = at->grade;
		v->reason = at->reason;
		v->layer = reason_layer(at->reason) == LAYER_SELF ?
		    LAYER_SELF :
		    (enum layer)l;
		memcpy(v->detail, at->detail, sizeof v->detail);
	}
	v->evidence = v->grade == GRADE_DOWN ? EVIDENCE_FAIL :
	    v->grade == GRADE_UNKNOWN        ? EVIDENCE_NONE :
					       EVIDENCE_PASS;
}

void
check_judge(struct verdict *v, const struct sight *s)
{
	memset(v, 0, sizeof *v);
	v->evidence = EVIDENCE_PASS;
	v->layer = LAYER_N;
	v->us = -1;
	for (size_t l = 0; l < LAYER_N; l++)
		v->at[l].us = -1;
	v->at[LAYER_SELF].evaluated = true;
	if (s->offline) {
		check_none(v, REASON_OFFLINE, "");
		return;
	}
	if (check_names(v, s))
		check_addresses(v, s);
	/* otherwise somebody said that there is no evidence */
	if (v->evidence == EVIDENCE_PASS)
		conclude(v);
}
