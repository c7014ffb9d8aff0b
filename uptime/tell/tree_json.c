/* SPDX-License-Identifier: ISC */
/* A walk as JSON. */
#include <inttypes.h>
#include <string.h>

#include "common/base/buf.h"
#include "uptime/dns/walk.h"
#include "uptime/judge/zone.h"
#include "uptime/tell/json.h"
#include "uptime/tell/tree.h"

static const char *const ends[] = {
	[WALK_ANSWERED] = "answered",
	[WALK_NO_ROOT] = "no-root",
	[WALK_ZONE_DEAD] = "zone-dead",
	[WALK_NXDOMAIN] = "nxdomain",
	[WALK_NODATA] = "nodata",
	[WALK_LOOP] = "loop",
	[WALK_TOO_DEEP] = "too-deep",
	[WALK_TIMEOUT] = "timeout",
};

static const char *const statuses[] = {
	[DNS_ANSWER] = "answer",
	[DNS_TIMEOUT] = "timeout",
	[DNS_CLOSED] = "closed",
	[DNS_UNREACHABLE] = "unreachable",
	[DNS_GARBAGE] = "garbage",
	[DNS_CANCELLED] = "cancelled",
};

static void
names(struct buf *b, const char *name, char *const *list, size_t n)
{
	json_key(b, name);
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++)
		json_string(b, NULL, list[i]);
	buf_addc(b, ']');
}

static void
addresses(struct buf *b, const char *name, const struct ip *ip, size_t n)
{
	char text[IP_TEXT];

	json_key(b, name);
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++)
		json_string(b, NULL, ip_text(&ip[i], text));
	buf_addc(b, ']');
}

static void
reply(struct buf *b, const char *name, const struct walk_reply *r)
{
	bool answer = r->status == DNS_ANSWER;
	char rcode[16];

	json_key(b, name);
	if (!r->asked) {
		buf_adds(b, "null");
		return;
	}
	buf_addc(b, '{');
	json_string(b, "status", statuses[r->status]);
	json_string(b, "rcode", answer ? rcode_text(r->rcode, rcode) : NULL);
	json_bool(b, "aa", r->aa);
	json_ms(b, "ms", answer ? r->us : -1);
	buf_addc(b, '}');
}

static void
server(struct buf *b, const struct walk_server *s)
{
	enum reason r = zone_server(s);
	char ip[IP_TEXT];

	json_open(b);
	json_string(b, "name", s->name);
	json_string(b, "address",
	    s->ip.family != 0 ? ip_text(&s->ip, ip) : NULL);
	json_string(b, "reason", r != REASON_NONE ? reason_word(r) : NULL);
	reply(b, "udp", &s->udp);
	reply(b, "tcp", &s->tcp);
	json_bool(b, "referral", s->referral);
	json_bool(b, "in_parent", s->in_parent);
	json_bool(b, "in_zone", s->in_child);
	json_bool(b, "glue", s->glue);
	json_bool(b, "glue_differs", s->glue_differs);
	json_key(b, "serial");
	if (s->has_serial)
		buf_addf(b, "%" PRIu32, s->serial);
	else
		buf_adds(b, "null");
	names(b, "ns", s->ns, s->nns);
	json_string(b, "records",
	    s->records != REASON_NONE ? reason_word(s->records) : NULL);
	json_string(b, "cname", s->cname);
	addresses(b, "addresses", s->answer, s->nanswer);
	json_moment(b, "signed_until", s->signed_until);
	buf_addc(b, '}');
}

static void
zone(struct buf *b, const struct walk_zone *z)
{
	json_open(b);
	json_string(b, "name", z->name);
	names(b, "parent_ns", z->parent_ns, z->nparent_ns);
	json_number(b, "ns_ttl", z->ns_ttl);
	json_bool(b, "ds", z->ds);
	json_bool(b, "complete", z->complete);
	json_bool(b, "cached", z->cached);
	json_key(b, "servers");
	buf_addc(b, '[');
	for (size_t i = 0; i < z->n; i++)
		server(b, &z->server[i]);
	buf_adds(b, "]}");
}

static void
walk(struct buf *b, const struct walk *w)
{
	json_open(b);
	json_string(b, "name", w->name);
	json_string(b, "end", ends[w->end]);
	json_string(b, "alias", w->next != NULL ? w->next->name : NULL);
	json_moment(b, "time", w->started);
	json_ms(b, "ms", w->us);
	json_number(b, "questions", w->questions);
	addresses(b, "addresses", w->ip, w->nip);
	json_number(b, "ttl", w->ttl);
	json_key(b, "zones");
	buf_addc(b, '[');
	for (size_t i = 0; i < w->n; i++)
		zone(b, &w->zone[i]);
	buf_adds(b, "]}");
}

static void
finding(struct buf *b, const struct finding *f)
{
	json_open(b);
	json_string(b, "layer", layer_word(reason_layer(f->reason)));
	json_string(b, "grade", grade_word(f->grade));
	json_string(b, "reason", reason_word(f->reason));
	json_string(b, "text", reason_text(f->reason));
	json_string(b, "detail", f->detail);
	json_string(b, "blame", reason_blame(f->reason));
	buf_addc(b, '}');
}

static void
layer(struct buf *b, enum layer l, const struct layer_result *at)
{
	json_open(b);
	json_string(b, "layer", layer_word(l));
	json_bool(b, "evaluated", at->evaluated);
	json_string(b, "grade", at->evaluated ? grade_word(at->grade) : NULL);
	json_string(b, "reason",
	    at->reason != REASON_NONE ? reason_word(at->reason) : NULL);
	json_number(b, "good", at->good);
	json_number(b, "all", at->all);
	json_ms(b, "ms", at->us);
	buf_addc(b, '}');
}

void
tree_json(struct buf *b, const struct walk *w, const struct zone_verdict *v)
{
	enum grade worst = GRADE_OK;
	const struct walk *one;
	size_t n = 0;

	for (size_t i = 0; i < v->findings.n; i++)
		if (v->findings.finding[i].grade > worst)
			worst = v->findings.finding[i].grade;
	buf_addc(b, '{');
	json_string(b, "name", w->name);
	json_string(b, "grade", grade_word(worst));
	json_moment(b, "cached_until", v->cached_until);
	json_key(b, "layers");
	buf_addc(b, '[');
	for (size_t l = 0; l <= LAYER_RECORDS; l++)
		layer(b, (enum layer)l, &v->at[l]);
	buf_addc(b, ']');
	json_key(b, "findings");
	buf_addc(b, '[');
	for (size_t i = 0; i < v->findings.n; i++)
		finding(b, &v->findings.finding[i]);
	buf_addc(b, ']');
	json_key(b, "walks");
	buf_addc(b, '[');
	for (one = w; one != NULL && n <= WALK_ALIASES; one = one->next, n++)
		walk(b, one);
	buf_adds(b, "]}\n");
}
