/* SPDX-License-Identifier: ISC */
/* A walk as JSON. */
#include <inttypes.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/host/out.h"
#include "uptime/dns/walk.h"
#include "uptime/judge/zone.h"
#include "uptime/tell/show_text.h"
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

/* A comma, unless this is the first of an object or array. */
static void
comma(struct buf *b)
{
	if (b->len > 0 && strchr("{[:", b->p[b->len - 1]) == NULL)
		buf_addc(b, ',');
}

static void
key(struct buf *b, const char *name)
{
	comma(b);
	buf_addf(b, "\"%s\":", name);
}

static void
open_object(struct buf *b)
{
	comma(b);
	buf_addc(b, '{');
}

static void
string(struct buf *b, const char *name, const char *value)
{
	if (name != NULL)
		key(b, name);
	else
		comma(b);
	if (value == NULL)
		buf_adds(b, "null");
	else
		out_json_string(b, value, strlen(value));
}

static void
number(struct buf *b, const char *name, int64_t n)
{
	key(b, name);
	buf_addf(b, "%" PRId64, n);
}

static void
truth(struct buf *b, const char *name, bool yes)
{
	key(b, name);
	buf_adds(b, yes ? "true" : "false");
}

static void
ms(struct buf *b, const char *name, int64_t us)
{
	char text[SHOW_NUMBER];

	key(b, name);
	buf_adds(b, show_ms(us, "null", text));
}

static void
moment(struct buf *b, const char *name, int64_t t)
{
	char text[CLOCK_TEXT];

	string(b, name, t > 0 ? clock_rfc3339(t, text) : NULL);
}

static void
names(struct buf *b, const char *name, char *const *list, size_t n)
{
	key(b, name);
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++)
		string(b, NULL, list[i]);
	buf_addc(b, ']');
}

static void
addresses(struct buf *b, const char *name, const struct ip *ip, size_t n)
{
	char text[IP_TEXT];

	key(b, name);
	buf_addc(b, '[');
	for (size_t i = 0; i < n; i++)
		string(b, NULL, ip_text(&ip[i], text));
	buf_addc(b, ']');
}

static void
reply(struct buf *b, const char *name, const struct walk_reply *r)
{
	bool answer = r->status == DNS_ANSWER;
	char rcode[16];

	key(b, name);
	if (!r->asked) {
		buf_adds(b, "null");
		return;
	}
	buf_addc(b, '{');
	string(b, "status", statuses[r->status]);
	string(b, "rcode", answer ? rcode_text(r->rcode, rcode) : NULL);
	truth(b, "aa", r->aa);
	ms(b, "ms", answer ? r->us : -1);
	buf_addc(b, '}');
}

static void
server(struct buf *b, const struct walk_server *s)
{
	enum reason r = zone_server(s);
	char ip[IP_TEXT];

	open_object(b);
	string(b, "name", s->name);
	string(b, "address", s->ip.family != 0 ? ip_text(&s->ip, ip) : NULL);
	string(b, "reason", r != REASON_NONE ? reason_word(r) : NULL);
	reply(b, "udp", &s->udp);
	reply(b, "tcp", &s->tcp);
	truth(b, "referral", s->referral);
	truth(b, "in_parent", s->in_parent);
	truth(b, "in_zone", s->in_child);
	truth(b, "glue", s->glue);
	truth(b, "glue_differs", s->glue_differs);
	key(b, "serial");
	if (s->has_serial)
		buf_addf(b, "%" PRIu32, s->serial);
	else
		buf_adds(b, "null");
	names(b, "ns", s->ns, s->nns);
	string(b, "records",
	    s->records != REASON_NONE ? reason_word(s->records) : NULL);
	string(b, "cname", s->cname);
	addresses(b, "addresses", s->answer, s->nanswer);
	moment(b, "signed_until", s->signed_until);
	buf_addc(b, '}');
}

static void
zone(struct buf *b, const struct walk_zone *z)
{
	open_object(b);
	string(b, "name", z->name);
	names(b, "parent_ns", z->parent_ns, z->nparent_ns);
	number(b, "ns_ttl", z->ns_ttl);
	truth(b, "ds", z->ds);
	truth(b, "complete", z->complete);
	truth(b, "cached", z->cached);
	key(b, "servers");
	buf_addc(b, '[');
	for (size_t i = 0; i < z->n; i++)
		server(b, &z->server[i]);
	buf_adds(b, "]}");
}

static void
walk(struct buf *b, const struct walk *w)
{
	open_object(b);
	string(b, "name", w->name);
	string(b, "end", ends[w->end]);
	string(b, "alias", w->next != NULL ? w->next->name : NULL);
	moment(b, "time", w->started);
	ms(b, "ms", w->us);
	number(b, "questions", w->questions);
	addresses(b, "addresses", w->ip, w->nip);
	number(b, "ttl", w->ttl);
	key(b, "zones");
	buf_addc(b, '[');
	for (size_t i = 0; i < w->n; i++)
		zone(b, &w->zone[i]);
	buf_adds(b, "]}");
}

static void
finding(struct buf *b, const struct finding *f)
{
	open_object(b);
	string(b, "layer", layer_word(reason_layer(f->reason)));
	string(b, "grade", grade_word(f->grade));
	string(b, "reason", reason_word(f->reason));
	string(b, "text", reason_text(f->reason));
	string(b, "detail", f->detail);
	string(b, "blame", reason_blame(f->reason));
	buf_addc(b, '}');
}

static void
layer(struct buf *b, enum layer l, const struct layer_result *at)
{
	open_object(b);
	string(b, "layer", layer_word(l));
	truth(b, "evaluated", at->evaluated);
	string(b, "grade", at->evaluated ? grade_word(at->grade) : NULL);
	string(b, "reason",
	    at->reason != REASON_NONE ? reason_word(at->reason) : NULL);
	number(b, "good", at->good);
	number(b, "all", at->all);
	ms(b, "ms", at->us);
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
	string(b, "name", w->name);
	string(b, "grade", grade_word(worst));
	moment(b, "cached_until", v->cached_until);
	key(b, "layers");
	buf_addc(b, '[');
	for (size_t l = 0; l <= LAYER_RECORDS; l++)
		layer(b, (enum layer)l, &v->at[l]);
	buf_addc(b, ']');
	key(b, "findings");
	buf_addc(b, '[');
	for (size_t i = 0; i < v->findings.n; i++)
		finding(b, &v->findings.finding[i]);
	buf_addc(b, ']');
	key(b, "walks");
	buf_addc(b, '[');
	for (one = w; one != NULL && n <= WALK_ALIASES; one = one->next, n++)
		walk(b, one);
	buf_adds(b, "]}\n");
}
