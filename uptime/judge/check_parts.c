/* SPDX-License-Identifier: ISC */
/* What the parts of the judgement ask and say alike. */
#include "uptime/judge/check_parts.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"

const struct url *
check_url(const struct sight *s, size_t hop)
{
	return hop == 0 ? &s->target->ask.url : &s->hop[hop].url;
}

bool
check_status(const struct expect *e, int status)
{
	if (e->nstatus == 0)
		return status >= 200 && status <= 299;
	for (size_t i = 0; i < e->nstatus; i++)
		if (status >= e->status[i].low && status <= e->status[i].high)
			return true;
	return false;
}

bool
check_listed(const struct site *s, const struct ip *ip)
{
	for (size_t i = 0; i < s->naddresses; i++)
		if (ip_same_address(&s->addresses[i], ip))
			return true;
	return false;
}

const char *
check_address(const struct site *s, const struct ip *ip)
{
	if (s->allow_private || check_listed(s, ip))
		return NULL;
	return ip_special(ip);
}

void
check_detail(char out[PROBE_DETAIL], const struct buf *b)
{
	struct buf clean;

	buf_init(&clean, PROBE_DETAIL - 1);
	text_clean(&clean, buf_str(b), b->len, TEXT_LINE);
	snprintf(out, PROBE_DETAIL, "%s", buf_str(&clean));
	buf_free(&clean);
}

void
check_none(struct verdict *v, enum reason reason, const char *detail)
{
	struct layer_result *at = &v->at[reason_layer(reason)];

	v->evidence = EVIDENCE_NONE;
	v->grade = GRADE_UNKNOWN;
	v->layer = reason_layer(reason);
	v->reason = reason;
	snprintf(v->detail, sizeof v->detail, "%s", detail);
	at->evaluated = true;
	at->grade = GRADE_UNKNOWN;
	at->reason = reason;
	snprintf(at->detail, sizeof at->detail, "%s", detail);
}
