/* SPDX-License-Identifier: ISC */
/* Faults in a good walk, held against what zone_judge says. */
#include "tests/unit/zone_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "uptime/judge/zone.h"

void
zone_cases(const struct zone_case *t, size_t n)
{
	struct walk_sample w;
	struct zone_verdict v;
	const struct layer_result *at;

	for (size_t i = 0; i < n; i++) {
		walk_sample(&w);
		t[i].broken(&w);
		zone_judge(&v, &w.walk, SAMPLE_NOW, 0);
		if (v.findings.n != t[i].n)
			fail_msg("%s: %zu findings: %s %s; %s", t[i].name,
			    v.findings.n,
			    v.findings.n > 0 ?
				reason_word(v.findings.finding[0].reason) :
				"",
			    v.findings.n > 0 ? v.findings.finding[0].detail :
					       "",
			    v.findings.n > 1 ? v.findings.finding[1].detail :
					       "");
		if (t[i].n > 0 &&
		    (v.findings.finding[0].reason != t[i].reason ||
			v.findings.finding[0].grade != t[i].grade))
			fail_msg("%s: %s %s (%s)", t[i].name,
			    grade_word(v.findings.finding[0].grade),
			    reason_word(v.findings.finding[0].reason),
			    v.findings.finding[0].detail);
		at = &v.at[t[i].layer];
		if (!at->evaluated || at->grade != t[i].grade ||
		    at->reason != t[i].reason || at->good != t[i].good ||
		    at->all != t[i].all)
			fail_msg("%s: layer %s: %s %s, %d of %d", t[i].name,
			    at->evaluated ? "evaluated" : "not evaluated",
			    grade_word(at->grade), reason_word(at->reason),
			    at->good, at->all);
		if (t[i].n > 0 && t[i].layer != reason_layer(t[i].reason))
			fail_msg("%s: wrong table", t[i].name);
		if (v.cached_until !=
		    (t[i].cached > 0 ? SAMPLE_NOW + t[i].cached : 0))
			fail_msg("%s: cached until now + %lld", t[i].name,
			    (long long)(v.cached_until - SAMPLE_NOW));
		for (size_t l = 0;
		     t[i].grade == GRADE_DOWN && l <= LAYER_RECORDS; l++)
			if (l > t[i].layer && v.at[l].evaluated)
				fail_msg("%s: %s is evaluated", t[i].name,
				    layer_word((enum layer)l));
		zone_verdict_free(&v);
	}
}
