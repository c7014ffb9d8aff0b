/* SPDX-License-Identifier: ISC */
/* A verdict as one JSON object; its keys are stable, null is "not known". */
#include <string.h>

#include "common/base/buf.h"
#include "uptime/judge/check.h"
#include "uptime/tell/json.h"
#include "uptime/tell/show.h"
#include "uptime/tell/show_text.h"

/* "" is null. */
static void
put_string(struct buf *out, const char *name, const char *s)
{
	json_string(out, name, s != NULL && *s != '\0' ? s : NULL);
}

static void
put_reason(struct buf *out, enum reason r, const char *detail)
{
	put_string(out, "reason", r != REASON_NONE ? reason_word(r) : NULL);
	put_string(out, "detail", detail);
}

static void
put_layers(struct buf *out, const struct verdict *v)
{
	const struct layer_result *r;

	json_key(out, "layers");
	buf_addc(out, '[');
	for (int l = 0; l < LAYER_N; l++) {
		r = &v->at[l];
		json_open(out);
		put_string(out, "layer", layer_word((enum layer)l));
		json_bool(out, "evaluated", r->evaluated);
		put_string(out, "grade",
		    r->evaluated ? grade_word(r->grade) : NULL);
		json_number(out, "good", r->good);
		json_number(out, "all", r->all);
		json_ms(out, "ms", r->evaluated ? r->us : -1);
		put_reason(out, r->reason, r->detail);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void
put_cert(struct buf *out, const struct probe_cert *c)
{
	json_key(out, "cert");
	if (!c->seen) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	json_moment(out, "not_before", c->not_before);
	json_moment(out, "not_after", c->not_after);
	put_string(out, "subject", c->subject);
	put_string(out, "issuer", c->issuer);
	buf_addc(out, '}');
}

static void
put_times(struct buf *out, const struct probe_times *t)
{
	json_key(out, "ms");
	buf_addc(out, '{');
	json_ms(out, "dns", t->dns);
	json_ms(out, "connect", t->connect);
	json_ms(out, "tls", t->tls);
	json_ms(out, "first", t->first);
	json_ms(out, "total", t->total);
	buf_addc(out, '}');
}

static void
put_address(struct buf *out, const struct verdict *v, const struct sight *s,
    const struct hop *h, const struct probe *p)
{
	char text[IP_TEXT], detail[PROBE_DETAIL];
	enum reason r = show_amiss(v, s, h, p, detail);

	json_open(out);
	put_string(out, "address",
	    p->ip.family != 0 ? ip_text(&p->ip, text) : NULL);
	json_number(out, "port", p->ip.port);
	json_key(out, "family");
	buf_adds(out,
	    p->ip.family == AF_INET      ? "4" :
		p->ip.family == AF_INET6 ? "6" :
					   "null");
	put_reason(out, r, detail);
	json_number(out, "status", p->status);
	json_number(out, "http", p->http);
	json_number(out, "bytes", (int64_t)p->body.len);
	put_times(out, &p->times);
	put_cert(out, &p->cert);
	buf_addc(out, '}');
}

static void
put_hops(struct buf *out, const struct verdict *v, const struct sight *s)
{
	const struct hop *h;
	const struct url *url;

	json_key(out, "hops");
	buf_addc(out, '[');
	for (size_t i = 0; s != NULL && i < s->nhop; i++) {
		h = &s->hop[i];
		json_open(out);
		url = show_url(s, h);
		put_string(out, "url", url != NULL ? url->text : NULL);
		json_key(out, "addresses");
		buf_addc(out, '[');
		for (size_t k = 0; k < h->n; k++)
			put_address(out, v, s, h, &h->probe[k]);
		buf_adds(out, "]}");
	}
	buf_addc(out, ']');
}

static void
put_findings(struct buf *out, const struct sight *s)
{
	const struct finding *f;

	json_key(out, "findings");
	buf_addc(out, '[');
	for (size_t i = 0;
	     s != NULL && s->zone != NULL && i < s->zone->findings.n; i++) {
		f = &s->zone->findings.finding[i];
		json_open(out);
		put_string(out, "layer", layer_word(reason_layer(f->reason)));
		put_string(out, "grade", grade_word(f->grade));
		put_reason(out, f->reason, f->detail);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

void
show_json(struct buf *out, const struct target *t, const struct verdict *v,
    const struct sight *s)
{
	static const char *const evidence[] = {
		[EVIDENCE_PASS] = "pass",
		[EVIDENCE_FAIL] = "fail",
		[EVIDENCE_NONE] = "none",
	};

	buf_addc(out, '{');
	put_string(out, "target", t->name);
	put_string(out, "site", t->site != NULL ? t->site->name : NULL);
	json_moment(out, "time", s != NULL ? s->now : 0);
	put_string(out, "grade", grade_word(v->grade));
	put_string(out, "evidence", evidence[v->evidence]);
	put_string(out, "layer",
	    v->layer < LAYER_N ? layer_word(v->layer) : NULL);
	put_reason(out, v->reason, v->detail);
	put_string(out, "reason_text", reason_text(v->reason));
	put_string(out, "blame", reason_blame(v->reason));
	json_ms(out, "ms", v->us);
	json_number(out, "attempts", s != NULL ? s->attempts : 1);
	json_moment(out, "cached_until",
	    s != NULL && s->zone != NULL ? s->zone->cached_until : 0);
	put_layers(out, v);
	put_findings(out, s);
	put_hops(out, v, s);
	buf_adds(out, "}\n");
}
