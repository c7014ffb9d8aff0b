/* SPDX-License-Identifier: ISC */
/* Made-up sights and their verdicts. */
#include "tests/unit/sight_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "uptime/dns/walk.h"

#define NOW SAMPLE_NOW
#define DAY 86400

/* ---- a world in values ------------------------------------------------ */

static char site_name[] = "www.example.com";
static char url_text[] = "https://www.example.com/SYSTEM/dbtest";
static char word[] = "success";
static char path[] = "/SYSTEM/dbtest";

static const struct site site = { .name = site_name, .cert_warn = 14 * DAY };
static const struct target page = { .kind = TARGET_URL,
	.key = url_text,
	.name = url_text,
	.site = &site,
	.ask.url = { .text = url_text,
	    .tls = true,
	    .host = site_name,
	    .port = 443,
	    .path = path },
	.expect = { .equals = word,
	    .min_size = -1,
	    .max_size = -1,
	    .max_age = -1 },
	.timeout = 10000,
	.slow = 2000 };

static char domain[] = "example.com";
static char ns1[] = "ns1.example.net", ns2[] = "ns2.example.net";
static char *both_ns[] = { ns1, ns2 };
static struct walk_zone zones[] = { { .name = word + sizeof word - 1 },
	{ .name = domain, .parent_ns = both_ns, .nparent_ns = 2 } };
static const struct walk walk = { .name = site_name, .zone = zones, .n = 2 };

static void
layer(struct sample *w, enum layer l, int good, int all, int64_t us)
{
	w->verdict.at[l] = (struct layer_result){ .evaluated = true,
		.good = good,
		.all = all,
		.us = us };
}

static void __attribute__((format(printf, 5, 6))) fault(struct sample *w,
    enum layer l, enum grade g, enum reason r, const char *fmt, ...)
{
	struct layer_result *at = &w->verdict.at[l];
	va_list ap;

	at->evaluated = true;
	at->grade = g;
	at->reason = r;
	va_start(ap, fmt);
	vsnprintf(at->detail, sizeof at->detail, fmt, ap);
	va_end(ap);
}

/* The verdict is the layer's; behind it nothing was evaluated. */
static void
verdict(struct sample *w, enum layer l)
{
	struct verdict *v = &w->verdict;

	v->grade = v->at[l].grade;
	v->evidence = v->grade == GRADE_DOWN ? EVIDENCE_FAIL :
	    v->grade == GRADE_UNKNOWN        ? EVIDENCE_NONE :
					       EVIDENCE_PASS;
	v->layer = l;
	v->reason = v->at[l].reason;
	memcpy(v->detail, v->at[l].detail, sizeof v->detail);
	for (int i = l + 1; i < LAYER_N && v->grade == GRADE_DOWN; i++)
		v->at[i].evaluated = false;
	if (v->grade == GRADE_DOWN)
		v->us = -1;
}

/* A hop whose addresses all answer. */
static void
hop(struct sample *w, char *text, bool tls, size_t n)
{
	static const char *const address[] = { "192.0.2.1", "192.0.2.2",
		"2001:db8::1" };
	struct hop *h = &w->sight.hop[w->sight.nhop];
	struct probe *p = w->probe[w->sight.nhop++];
	uint16_t port = tls ? 443 : 80;

	/* The first one is the target's own. */
	if (w->sight.nhop == 1)
		text = NULL;
	*h = (struct hop){ .url = { .text = text, .tls = text && tls },
		.resolution = &w->resolution,
		.probe = p,
		.n = n };
	for (size_t i = 0; i < n; i++) {
		probe_init(&p[i], 100);
		if (i < 3)
			assert_true(ip_parse(address[i], port, &w->ip[i]));
		p[i].ip = w->ip[i];
		p[i].times = (struct probe_times){ 12345, 14200, -1, 60100,
			61000 + 2000 * (int64_t)i };
		if (tls)
			p[i].times.tls = 32900;
		p[i].status = 200;
		p[i].http = tls ? 20 : 11;
		buf_adds(&p[i].body, "success");
		if (tls)
			p[i].cert = (struct probe_cert){ true, NOW - 50 * DAY,
				NOW + 40 * DAY + 5000, "www.example.com",
				"R11, Let's Encrypt" };
	}
	w->resolution = (struct resolution){ .ip = w->ip,
		.n = n,
		.ttl = 300,
		.detail = "" };
}

/* All is well. */
static struct sample *
good_world(void)
{
	struct sample *w = xcalloc(1, sizeof *w);

	w->target = page;
	w->verdict.layer = LAYER_N;
	w->verdict.us = 77345;
	w->sight.target = &w->target;
	w->sight.walk = &walk;
	w->sight.zone = &w->zone;
	w->sight.now = NOW;
	w->sight.attempts = 1;
	layer(w, LAYER_SELF, 0, 0, -1);
	layer(w, LAYER_REGISTRY, 1, 1, 12100);
	layer(w, LAYER_DELEGATION, 2, 2, 950);
	layer(w, LAYER_NAMESERVER, 2, 2, 9949);
	layer(w, LAYER_RECORDS, 3, 3, 12345);
	layer(w, LAYER_TCP, 3, 3, 14200);
	layer(w, LAYER_TLS, 3, 3, 18700);
	layer(w, LAYER_HTTP, 3, 3, 27200);
	layer(w, LAYER_BODY, 3, 3, -1);
	layer(w, LAYER_LATENCY, 3, 3, 65000);
	return w;
}

static struct sample *
world(void)
{
	struct sample *w = good_world();

	hop(w, url_text, true, 3);
	return w;
}

void
sample_free(struct sample *w)
{
	for (size_t i = 0; i < w->sight.nhop; i++)
		for (size_t k = 0; k < w->sight.hop[i].n; k++)
			probe_free(&w->sight.hop[i].probe[k]);
	free(w->zone.findings.finding);
	free(w);
}

static void
failed(struct sample *w, size_t i, enum reason r, const char *detail)
{
	struct probe *p = &w->sight.hop[w->sight.nhop - 1].probe[i];

	probe_fail(p, r, "%s", detail);
	p->status = p->http = 0;
	p->times.first = p->times.tls = p->times.connect = -1;
	p->cert.seen = false;
	buf_reset(&p->body);
}

/* ---- broken worlds ---------------------------------------------------- */

static struct sample *
server_dead(void)
{
	struct sample *w = world();
	struct findings *f = &w->zone.findings;
	const char *detail = "ns2.example.net, 192.0.2.54: no answer in 2.4 s";

	layer(w, LAYER_NAMESERVER, 1, 2, 2400000);
	fault(w, LAYER_NAMESERVER, GRADE_DEGRADED, REASON_NS_TIMEOUT, "%s",
	    detail);
	findings_add(f, GRADE_DEGRADED, REASON_NS_TIMEOUT, "%s", detail);
	findings_add(f, GRADE_DEGRADED, REASON_NS_TIMEOUT,
	    "ns4.example.net, 192.0.2.55: no answer in 2.4 s");
	findings_add(f, GRADE_WARNING, REASON_NS_SERIAL,
	    "ns1.example.net 2026112101, ns3.example.net 2026111901, for "
	    "longer than 10 minutes");
	verdict(w, LAYER_NAMESERVER);
	return w;
}

static struct sample *
not_delegated(void)
{
	struct sample *w = good_world();

	layer(w, LAYER_REGISTRY, 0, 13, 31000);
	fault(w, LAYER_REGISTRY, GRADE_DOWN, REASON_REMOVED,
	    "every server of com says NXDOMAIN for example.com");
	verdict(w, LAYER_REGISTRY);
	w->zone.cached_until = NOW + 7200;
	w->sight.attempts = 3;
	return w;
}

static struct sample *
expired(void)
{
	struct sample *w = world();

	layer(w, LAYER_TLS, 0, 3, 18700);
	fault(w, LAYER_TLS, GRADE_DOWN, REASON_TLS_EXPIRED,
	    "all 3 addresses: 2026-11-01");
	for (size_t i = 0; i < 3; i++) {
		failed(w, i, REASON_TLS_EXPIRED, "2026-11-01");
		w->sight.hop[0].probe[i].times.connect = 14200;
		w->sight.hop[0].probe[i].cert = (struct probe_cert){ true,
			NOW - 110 * DAY, NOW - 20 * DAY - 900,
			"www.example.com", "R11, Let's Encrypt" };
	}
	verdict(w, LAYER_TLS);
	return w;
}

static struct sample *
address_dead(void)
{
	struct sample *w = world();

	layer(w, LAYER_TCP, 2, 3, 10000000);
	fault(w, LAYER_TCP, GRADE_DEGRADED, REASON_CONNECT_TIMEOUT,
	    "IPv6, 2001:db8::1: no answer in 10 s");
	failed(w, 2, REASON_CONNECT_TIMEOUT, "no answer in 10 s");
	w->sight.hop[0].probe[2].times.total = 10000123;
	verdict(w, LAYER_TCP);
	return w;
}

/* check.c's part: of a whole reply nothing but the expectation tells. */
static struct sample *
database_down(void)
{
	struct sample *w = world();
	const char *body = "unsuccessful: database down";
	struct buf *b = &w->sight.hop[0].probe[1].body;

	layer(w, LAYER_BODY, 2, 3, -1);
	fault(w, LAYER_BODY, GRADE_DEGRADED, REASON_BODY_OTHER,
	    "1 of 3 addresses: 192.0.2.2: \"%s\"", body);
	buf_reset(b);
	buf_adds(b, body);
	/* A warning that comes before it matters less. */
	w->sight.hop[0].probe[1].cert.not_after = NOW + 10 * DAY;
	verdict(w, LAYER_BODY);
	return w;
}

static struct sample *
redirected(void)
{
	static char first[] = "http://example.com/";
	struct sample *w = good_world();

	w->target.name = first;
	w->target.ask.url.text = first;
	w->target.ask.url.tls = false;
	w->verdict.at[LAYER_TLS].evaluated = false;
	hop(w, first, false, 2);
	w->probe[0][0].status = w->probe[0][1].status = 301;
	hop(w, url_text, true, 3);
	return w;
}

/* A literal address, plain HTTP, no walk: the fewest rows there are. */
static struct sample *
literal(void)
{
	static char text[] = "http://192.0.2.1/";
	struct sample *w = xcalloc(1, sizeof *w);

	w->target = page;
	w->target.name = text;
	w->target.slow = 0;
	w->target.expect.equals = NULL;
	w->target.ask.url = (struct url){ .text = text, .port = 80 };
	assert_true(ip_parse("192.0.2.1", 80, &w->target.ask.url.ip));
	w->verdict.us = -1;
	w->sight.target = &w->target;
	w->sight.now = NOW;
	w->sight.attempts = 1;
	hop(w, text, false, 1);
	w->sight.hop[0].resolution = NULL;
	layer(w, LAYER_TCP, 0, 1, 210);
	fault(w, LAYER_TCP, GRADE_DOWN, REASON_CONNECT_REFUSED, "192.0.2.1");
	failed(w, 0, REASON_CONNECT_REFUSED, "");
	w->probe[0][0].times.total = 210;
	verdict(w, LAYER_TCP);
	return w;
}

static struct sample *
offline(void)
{
	struct sample *w = good_world();

	memset(w->verdict.at, 0, sizeof w->verdict.at);
	w->sight.walk = NULL;
	layer(w, LAYER_SELF, 0, 4, 2000000);
	fault(w, LAYER_SELF, GRADE_UNKNOWN, REASON_OFFLINE,
	    "0 of 4 witnesses answer");
	verdict(w, LAYER_SELF);
	w->verdict.us = -1;
	return w;
}

static struct sample *
many(void)
{
	struct sample *w = good_world();
	char text[20];

	for (int i = 3; i < 20; i++) {
		snprintf(text, sizeof text, "2001:db8::%x", i);
		assert_true(ip_parse(text, 443, &w->ip[i]));
	}
	hop(w, url_text, true, 20);
	layer(w, LAYER_TCP, 19, 20, 14200);
	fault(w, LAYER_TCP, GRADE_DEGRADED, REASON_CONNECT_REFUSED,
	    "1 of 20 addresses: 2001:db8::13");
	failed(w, 19, REASON_CONNECT_REFUSED, "");
	w->probe[0][7].http = 11;
	w->probe[0][8].status = 204;
	verdict(w, LAYER_TCP);
	return w;
}

static struct sample *
plugin(void)
{
	static char title[] = "stock | level";
	struct sample *w = xcalloc(1, sizeof *w);

	w->target = (struct target){ .kind = TARGET_EXEC,
		.name = title,
		.site = &site,
		.timeout = 30000 };
	w->sight.target = &w->target;
	w->sight.now = NOW;
	w->sight.attempts = 1;
	w->verdict.us = 1234567;
	w->verdict.layer = LAYER_N;
	layer(w, LAYER_PLUGIN, 1, 1, 1234567);
	hop(w, NULL, false, 1);
	buf_reset(&w->probe[0][0].body);
	buf_adds(&w->probe[0][0].body, "OK - 1204 left | stock=1204\nmore");
	return w;
}

static struct sample *
mail_server(void)
{
	static char title[] = "mx.example.com:465", host[] = "mx.example.com";
	static char banner[] = "220 ";
	struct sample *w = world();

	w->target = (struct target){ .kind = TARGET_TCP,
		.name = title,
		.site = &site,
		.host = host,
		.tcp_tls = true,
		.expect = { .banner = banner },
		.timeout = 10000 };
	layer(w, LAYER_BODY, 0, 3, 10000000);
	fault(w, LAYER_BODY, GRADE_DOWN, REASON_BANNER_TIMEOUT,
	    "all 3 addresses: nothing in 10 s");
	w->verdict.at[LAYER_HTTP].evaluated = false;
	for (size_t i = 0; i < 3; i++) {
		w->probe[0][i].status = w->probe[0][i].http = 0;
		w->probe[0][i].times.first = -1;
		probe_fail(&w->probe[0][i], REASON_BANNER_TIMEOUT,
		    "nothing in 10 s");
	}
	verdict(w, LAYER_BODY);
	return w;
}

/* A name that is walked to, through an alias, and nothing else. */
static struct sample *
name_only(void)
{
	static char ns[] = "ns.cdn.example", *one_ns[] = { ns };
	static struct walk_zone cdn[] = { { .name = domain },
		{ .name = ns, .parent_ns = one_ns, .nparent_ns = 1 } };
	static const struct walk next = { .zone = cdn, .n = 2 };
	static struct walk alias;
	struct sample *w = good_world();

	w->target.kind = TARGET_DNS;
	w->target.name = site_name;
	memset(&w->target.ask, 0, sizeof w->target.ask);
	for (int l = LAYER_TCP; l < LAYER_N; l++)
		w->verdict.at[l].evaluated = false;
	w->verdict.us = -1;
	alias = walk;
	alias.next = &next;
	alias.ip = w->ip;
	alias.nip = 1;
	alias.ttl = 7200;
	assert_true(ip_parse("192.0.2.9", 0, &w->ip[0]));
	w->sight.walk = &alias;
	return w;
}

#define EVIL "\x1b[31mred\x1b]0;owned\x07\xff\xe2\x80\xae\ttab\n'quote' | 7"

static struct sample *
hostile(void)
{
	static char evil[] = "https://www.example.com/?" EVIL;
	struct sample *w = good_world();
	struct probe *p;

	w->target.name = w->target.ask.url.text = evil;
	hop(w, evil, true, 1);
	hop(w, evil, true, 1);
	p = &w->probe[1][0];
	/* As if somebody had forgotten to clean it. */
	snprintf(p->cert.subject, sizeof p->cert.subject, "%s", EVIL);
	snprintf(p->cert.issuer, sizeof p->cert.issuer, "%s", EVIL);
	p->cert.not_after = NOW;
	p->reason = REASON_BODY_CUT;
	snprintf(p->detail, sizeof p->detail, "%s", EVIL);
	fault(w, LAYER_BODY, GRADE_DOWN, REASON_BODY_CUT, "%s", EVIL);
	findings_add(&w->zone.findings, GRADE_WARNING, REASON_NS_DIFFER, "%s",
	    "x");
	snprintf(w->zone.findings.finding[0].detail, PROBE_DETAIL, "%s", EVIL);
	verdict(w, LAYER_BODY);
	return w;
}

const struct sample_kind sample_kinds[SAMPLES] = {
	{ "good", world, 0 },
	{ "server-dead", server_dead, 1 },
	{ "not-delegated", not_delegated, 2 },
	{ "expired", expired, 2 },
	{ "address-dead", address_dead, 1 },
	{ "database-down", database_down, 1 },
	{ "redirected", redirected, 0 },
	{ "literal", literal, 2 },
	{ "offline", offline, 3 },
	{ "many", many, 1 },
	{ "plugin", plugin, 0 },
	{ "mail-server", mail_server, 2 },
	{ "name-only", name_only, 0 },
	{ "hostile", hostile, 2 },
};
