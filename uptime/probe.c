/* SPDX-License-Identifier: ISC */
/* The words of judgement and their texts, and the record of one attempt. */
#include "uptime/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "common/base/xmem.h"

static const struct {
	const char *word, *title;
} layers[LAYER_N] = {
	[LAYER_SELF] = { "self", "this host" },
	[LAYER_REGISTRY] = { "registry", "registry" },
	[LAYER_DELEGATION] = { "delegation", "delegation" },
	[LAYER_NAMESERVER] = { "nameserver", "name servers" },
	[LAYER_RECORDS] = { "records", "records" },
	[LAYER_TCP] = { "tcp", "TCP" },
	[LAYER_TLS] = { "tls", "TLS" },
	[LAYER_HTTP] = { "http", "HTTP" },
	[LAYER_BODY] = { "body", "body" },
	[LAYER_LATENCY] = { "latency", "latency" },
	[LAYER_PLUGIN] = { "plugin", "plugin" },
};

static const struct {
	const char *word, *title;
} grades[GRADE_N] = {
	[GRADE_OK] = { "ok", "OK" },
	[GRADE_UNKNOWN] = { "unknown", "NO EVIDENCE" },
	[GRADE_WARNING] = { "warning", "WARNING" },
	[GRADE_DEGRADED] = { "degraded", "DEGRADED" },
	[GRADE_DOWN] = { "down", "DOWN" },
};

static const char us[] = "this host";
static const char registry[] = "registry";
static const char owner[] = "zone owner";
static const char operator[] = "name server operator";
static const char network[] = "network";
static const char host[] = "host";
static const char cert[] = "certificate";
static const char app[] = "application";

static const struct {
	const char *word;
	enum layer layer;
	const char *blame, *text;
} reasons[REASON_N] = {
	[REASON_NONE] = { "none", LAYER_N, "", "" },

	[REASON_OFFLINE] = { "offline", LAYER_SELF, us,
	    "this host is cut off: its witnesses are silent" },
	[REASON_RESOLVERS_SILENT] = { "resolvers-silent", LAYER_SELF, us,
	    "no configured resolver answers" },
	[REASON_REFUSED] = { "refused", LAYER_SELF, us,
	    "the configured resolvers refuse to answer (REFUSED)" },
	[REASON_NO_ROUTE_FAMILY] = { "no-route", LAYER_SELF, us,
	    "this host has no route for this address family" },
	[REASON_CLOCK] = { "clock", LAYER_SELF, us,
	    "this host's clock is wrong" },
	[REASON_DEADLINE] = { "deadline", LAYER_SELF, us,
	    "the run's deadline came first" },
	[REASON_RESOURCES] = { "resources", LAYER_SELF, us,
	    "this host could not make the attempt" },
	[REASON_ROOTS_SILENT] = { "roots-silent", LAYER_SELF, us,
	    "no root server answers this host" },

	[REASON_REMOVED] = { "removed", LAYER_REGISTRY, registry,
	    "the registry does not know the domain: removed, expired or on "
	    "hold" },
	[REASON_NOT_DELEGATED] = { "not-delegated", LAYER_REGISTRY, registry,
	    "the registry knows the name but delegates it to nobody" },
	[REASON_REGISTRY_DEAD] = { "registry-dead", LAYER_REGISTRY, registry,
	    "no server of the parent zone answers" },

	[REASON_NS_DIFFER] = { "ns-differ", LAYER_DELEGATION, owner,
	    "parent and zone name different servers" },
	[REASON_GLUE_DIFFERS] = { "glue-differs", LAYER_DELEGATION, owner,
	    "the parent has another address for a name server" },
	[REASON_NS_UNRESOLVED] = { "ns-unresolved", LAYER_DELEGATION, owner,
	    "the name servers' own names have no address" },
	[REASON_NS_ONE_NETWORK] = { "ns-one-network", LAYER_DELEGATION, owner,
	    "all name servers stand in one network" },
	[REASON_NS_SINGLE] = { "ns-single", LAYER_DELEGATION, owner,
	    "there is only one name server" },

	[REASON_NS_TIMEOUT] = { "ns-timeout", LAYER_NAMESERVER, operator,
	    "the name server does not answer" },
	[REASON_NS_CLOSED] = { "ns-closed", LAYER_NAMESERVER, operator,
	    "nothing listens at the name server's address" },
	[REASON_NS_LAME] = { "ns-lame", LAYER_NAMESERVER, operator,
	    "the name server does not serve the zone (lame)" },
	[REASON_NS_REFUSED] = { "ns-refused", LAYER_NAMESERVER, operator,
	    "the name server refuses (REFUSED)" },
	[REASON_NS_SERVFAIL] = { "ns-servfail", LAYER_NAMESERVER, operator,
	    "the name server fails (SERVFAIL)" },
	[REASON_NS_GARBAGE] = { "ns-garbage", LAYER_NAMESERVER, operator,
	    "the name server answers nonsense" },
	[REASON_NS_TCP] = { "ns-tcp", LAYER_NAMESERVER, operator,
	    "the name server does not answer over TCP" },
	[REASON_NS_SERIAL] = { "ns-serial", LAYER_NAMESERVER, operator,
	    "the name servers have different versions of the zone" },

	[REASON_NXDOMAIN] = { "nxdomain", LAYER_RECORDS, owner,
	    "the name does not exist (NXDOMAIN)" },
	[REASON_NODATA] = { "nodata", LAYER_RECORDS, owner,
	    "the name has no address (NODATA)" },
	[REASON_SERVFAIL] = { "servfail", LAYER_RECORDS, operator,
	    "resolvers fail to look the name up (SERVFAIL)" },
	[REASON_CNAME_LOOP] = { "cname-loop", LAYER_RECORDS, owner,
	    "the aliases (CNAME) run in a circle" },
	[REASON_CNAME_DANGLING] = { "cname-dangling", LAYER_RECORDS, owner,
	    "the alias (CNAME) points at a name that does not exist" },
	[REASON_ANSWERS_DIFFER] = { "answers-differ", LAYER_RECORDS, owner,
	    "the name servers give different addresses" },
	[REASON_ADDRESS_WRONG] = { "address-wrong", LAYER_RECORDS, owner,
	    "the name points at an address that is not the site's" },
	[REASON_ADDRESS_PRIVATE] = { "address-private", LAYER_RECORDS, owner,
	    "the public name points at a private address" },
	[REASON_SIGNATURE_EXPIRED] = { "signature-expired", LAYER_RECORDS,
	    owner, "the zone's DNSSEC signatures have expired" },
	[REASON_SIGNATURE_SOON] = { "signature-soon", LAYER_RECORDS, owner,
	    "the zone's DNSSEC signatures expire soon" },
	[REASON_SIGNATURE_MISSING] = { "signature-missing", LAYER_RECORDS,
	    owner, "the zone must be signed (DS) but is not" },

	[REASON_CONNECT_REFUSED] = { "connect-refused", LAYER_TCP, host,
	    "the connection was refused" },
	[REASON_CONNECT_TIMEOUT] = { "connect-timeout", LAYER_TCP, network,
	    "the connection timed out" },
	[REASON_CONNECT_RESET] = { "connect-reset", LAYER_TCP, host,
	    "the connection was cut" },
	[REASON_CONNECT_UNREACHABLE] = { "connect-unreachable", LAYER_TCP,
	    network, "the network says there is no way there" },

	[REASON_TLS_EXPIRED] = { "tls-expired", LAYER_TLS, cert,
	    "the certificate has expired" },
	[REASON_TLS_NOT_YET] = { "tls-not-yet", LAYER_TLS, cert,
	    "the certificate is not valid yet" },
	[REASON_TLS_HOST] = { "tls-host", LAYER_TLS, cert,
	    "the certificate is another host's" },
	[REASON_TLS_SELF_SIGNED] = { "tls-self-signed", LAYER_TLS, cert,
	    "the certificate is self-signed" },
	[REASON_TLS_CHAIN] = { "tls-chain", LAYER_TLS, cert,
	    "the certificate's chain is incomplete or its issuer unknown" },
	[REASON_TLS_REVOKED] = { "tls-revoked", LAYER_TLS, cert,
	    "the certificate was revoked" },
	[REASON_TLS_WEAK] = { "tls-weak", LAYER_TLS, cert,
	    "the cryptography is too weak for today's browsers" },
	[REASON_TLS_GARBAGE] = { "tls-garbage", LAYER_TLS, host,
	    "the other end does not speak TLS" },
	[REASON_TLS_REFUSED] = { "tls-refused", LAYER_TLS, host,
	    "the TLS handshake was refused" },
	[REASON_TLS_TIMEOUT] = { "tls-timeout", LAYER_TLS, host,
	    "the TLS handshake timed out" },
	[REASON_TLS_EXPIRING] = { "tls-expiring", LAYER_TLS, cert,
	    "the certificate expires soon" },

	[REASON_STATUS] = { "status", LAYER_HTTP, app,
	    "the status is not the expected one" },
	[REASON_REDIRECT] = { "redirect", LAYER_HTTP, app,
	    "it redirects to elsewhere" },
	[REASON_REDIRECT_LOOP] = { "redirect-loop", LAYER_HTTP, app,
	    "the redirects do not end" },
	[REASON_REDIRECT_PRIVATE] = { "redirect-private", LAYER_HTTP, app,
	    "it redirects to a private address" },
	[REASON_REDIRECT_BAD] = { "redirect-bad", LAYER_HTTP, app,
	    "it redirects to where nothing answers" },
	[REASON_HTTP_GARBAGE] = { "http-garbage", LAYER_HTTP, host,
	    "the other end does not speak HTTP" },
	[REASON_HTTP_HEADERS] = { "http-headers", LAYER_HTTP, app,
	    "the reply's head is too long" },
	[REASON_HTTP_TIMEOUT] = { "http-timeout", LAYER_HTTP, app,
	    "no reply came in time" },
	[REASON_HTTP_EMPTY] = { "http-empty", LAYER_HTTP, app,
	    "the connection was closed without a reply" },
	[REASON_HTTP_VERSION] = { "http-version", LAYER_HTTP, app,
	    "the version of HTTP is not the expected one" },
	[REASON_HEADER] = { "header", LAYER_HTTP, app,
	    "a header is not as expected" },

	[REASON_BODY_OTHER] = { "body-other", LAYER_BODY, app,
	    "the body is not the expected one" },
	[REASON_BODY_LACKS] = { "body-lacks", LAYER_BODY, app,
	    "the body lacks what it should have" },
	[REASON_BODY_HAS] = { "body-has", LAYER_BODY, app,
	    "the body has what it should not have" },
	[REASON_BODY_CUT] = { "body-cut", LAYER_BODY, app,
	    "the body was cut short" },
	[REASON_BODY_SIZE] = { "body-size", LAYER_BODY, app,
	    "the body's size is not as expected" },
	[REASON_BODY_AGE] = { "body-age", LAYER_BODY, app,
	    "the body is too old" },
	[REASON_BODY_NUMBER] = { "body-number", LAYER_BODY, app,
	    "a number in the body is out of bounds" },
	[REASON_BODY_TIMEOUT] = { "body-timeout", LAYER_BODY, app,
	    "the body did not end in time" },
	[REASON_BANNER] = { "banner", LAYER_BODY, app,
	    "the service says something else" },
	[REASON_BANNER_TIMEOUT] = { "banner-timeout", LAYER_BODY, app,
	    "the service says nothing" },

	[REASON_SLOW] = { "slow", LAYER_LATENCY, app, "the reply is slow" },

	[REASON_PLUGIN_WARNING] = { "plugin-warning", LAYER_PLUGIN, app,
	    "the plugin warns" },
	[REASON_PLUGIN_CRITICAL] = { "plugin-critical", LAYER_PLUGIN, app,
	    "the plugin says critical" },
	[REASON_PLUGIN_UNKNOWN] = { "plugin-unknown", LAYER_PLUGIN, us,
	    "the plugin could not tell" },
	[REASON_PLUGIN_TIMEOUT] = { "plugin-timeout", LAYER_PLUGIN, app,
	    "the plugin did not end in time" },
	[REASON_PLUGIN_BROKEN] = { "plugin-broken", LAYER_PLUGIN, us,
	    "the plugin cannot be run" },
};

const char *
layer_word(enum layer l)
{
	return l < LAYER_N ? layers[l].word : "none";
}

const char *
layer_title(enum layer l)
{
	return l < LAYER_N ? layers[l].title : "";
}

bool
layer_find(const char *word, enum layer *l)
{
	for (size_t i = 0; i < LAYER_N; i++)
		if (strcmp(layers[i].word, word) == 0) {
			*l = (enum layer)i;
			return true;
		}
	return false;
}

const char *
grade_word(enum grade g)
{
	return grades[g].word;
}

const char *
grade_title(enum grade g)
{
	return grades[g].title;
}

const char *
reason_word(enum reason r)
{
	return reasons[r].word;
}

const char *
reason_text(enum reason r)
{
	return reasons[r].text;
}

enum layer
reason_layer(enum reason r)
{
	return reasons[r].layer;
}

const char *
reason_blame(enum reason r)
{
	return reasons[r].blame;
}

enum reason
reason_find(const char *word)
{
	for (size_t i = 0; i < REASON_N; i++)
		if (strcmp(reasons[i].word, word) == 0)
			return (enum reason)i;
	return REASON_NONE;
}

void
probe_init(struct probe *p, size_t max)
{
	memset(p, 0, sizeof *p);
	p->times = (struct probe_times){ -1, -1, -1, -1, -1 };
	buf_init(&p->head, SIZE_MAX);
	buf_init(&p->body, max);
}

void
probe_free(struct probe *p)
{
	buf_free(&p->head);
	buf_free(&p->body);
	free(p->location);
	p->location = NULL;
}

/* Formats, cleans and cuts a detail. */
static void __attribute__((format(printf, 2, 0)))
detail(char out[PROBE_DETAIL], const char *fmt, va_list ap)
{
	char raw[2 * PROBE_DETAIL];
	struct buf clean;

	if (*fmt == '\0') {
		*out = '\0';
		return;
	}
	vsnprintf(raw, sizeof raw, fmt, ap);
	buf_init(&clean, PROBE_DETAIL - 1);
	text_clean(&clean, raw, strlen(raw), TEXT_LINE);
	snprintf(out, PROBE_DETAIL, "%s", buf_str(&clean));
	buf_free(&clean);
}

void
probe_fail(struct probe *p, enum reason r, const char *fmt, ...)
{
	va_list ap;

	p->reason = r;
	va_start(ap, fmt);
	detail(p->detail, fmt, ap);
	va_end(ap);
}

void
findings_add(struct findings *l, enum grade g, enum reason r, const char *fmt,
    ...)
{
	struct finding *f;
	va_list ap;

	l->finding = xreallocarray(l->finding, l->n + 1, sizeof *l->finding);
	f = &l->finding[l->n++];
	f->grade = g;
	f->reason = r;
	va_start(ap, fmt);
	detail(f->detail, fmt, ap);
	va_end(ap);
}

const char *
probe_header(const struct probe *p, const char *name, size_t nth, size_t *len)
{
	const char *line = buf_str(&p->head), *end = line + p->head.len, *eol;
	size_t n = strlen(name);

	for (; line < end; line = eol + 1) {
		if ((eol = memchr(line, '\n', (size_t)(end - line))) == NULL)
			eol = end;
		if ((size_t)(eol - line) <= n || line[n] != ':' ||
		    strncasecmp(line, name, n) != 0 || nth-- > 0)
			continue;
		line += n + 1;
		while (line < eol && (*line == ' ' || *line == '\t'))
			line++;
		while (eol > line && strchr(" \t\r", eol[-1]) != NULL)
			eol--;
		*len = (size_t)(eol - line);
		return line;
	}
	return NULL;
}
