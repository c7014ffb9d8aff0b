/* SPDX-License-Identifier: ISC */
/*
 * The words in which site-uptime judges: layers, reasons, evidence, grades;
 * and the record of one attempt at one address.  Pure.  Text comes from one
 * table, so that what is logged, stored and mailed agrees.
 */
#ifndef UPTIME_PROBE_H
#define UPTIME_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/host/ip.h"

/* In the order in which a stranger meets them. */
enum layer {
	LAYER_SELF,       /* are we on the air */
	LAYER_REGISTRY,   /* the parent zone knows the domain */
	LAYER_DELEGATION, /* it points at servers that can be found */
	LAYER_NAMESERVER, /* each of them answers for the zone */
	LAYER_RECORDS,    /* and says the right thing */
	LAYER_TCP,        /* an address can be reached: network, host */
	LAYER_TLS,
	LAYER_HTTP, /* status, redirects, headers */
	LAYER_BODY, /* or a banner */
	LAYER_LATENCY,
	LAYER_PLUGIN, /* what a command of the administrator's says */
	LAYER_N
};

/* The stable word of scripts ("tcp") and the title for people ("TCP"). */
const char *layer_word(enum layer);
const char *layer_title(enum layer);
/* False if it is no such word. */
bool layer_find(const char *word, enum layer *);

enum evidence {
	EVIDENCE_PASS,
	EVIDENCE_FAIL,
	EVIDENCE_NONE /* the fault is ours; says nothing of the target */
};

/* From good to bad; the worst of several is the greatest. */
enum grade {
	GRADE_OK,
	GRADE_UNKNOWN,  /* no evidence */
	GRADE_WARNING,  /* works, but not for long, or slowly */
	GRADE_DEGRADED, /* works for some: one address, family, server */
	GRADE_DOWN,
	GRADE_N
};
const char *grade_word(enum grade);  /* "ok", "unknown", … */
const char *grade_title(enum grade); /* "OK", "NO EVIDENCE", … */

/* Stored by word, so the order may change. */
enum reason {
	REASON_NONE,
	/* self: no evidence */
	REASON_OFFLINE,
	REASON_RESOLVERS_SILENT,
	REASON_REFUSED,
	REASON_NO_ROUTE_FAMILY,
	REASON_CLOCK,
	REASON_DEADLINE,
	REASON_RESOURCES,
	REASON_ROOTS_SILENT,
	/* registry */
	REASON_REMOVED,
	REASON_NOT_DELEGATED,
	REASON_REGISTRY_DEAD,
	/* delegation */
	REASON_NS_DIFFER,
	REASON_GLUE_DIFFERS,
	REASON_NS_UNRESOLVED,
	REASON_NS_ONE_NETWORK,
	REASON_NS_SINGLE,
	/* name servers */
	REASON_NS_TIMEOUT,
	REASON_NS_CLOSED,
	REASON_NS_LAME,
	REASON_NS_REFUSED,
	REASON_NS_SERVFAIL,
	REASON_NS_GARBAGE,
	REASON_NS_TCP,
	REASON_NS_SERIAL,
	/* records */
	REASON_NXDOMAIN,
	REASON_NODATA,
	REASON_SERVFAIL,
	REASON_CNAME_LOOP,
	REASON_CNAME_DANGLING,
	REASON_ANSWERS_DIFFER,
	REASON_ADDRESS_WRONG,
	REASON_ADDRESS_PRIVATE,
	REASON_SIGNATURE_EXPIRED,
	REASON_SIGNATURE_SOON,
	REASON_SIGNATURE_MISSING,
	/* tcp */
	REASON_CONNECT_REFUSED,
	REASON_CONNECT_TIMEOUT,
	REASON_CONNECT_RESET,
	REASON_CONNECT_UNREACHABLE,
	/* tls */
	REASON_TLS_EXPIRED,
	REASON_TLS_NOT_YET,
	REASON_TLS_HOST,
	REASON_TLS_SELF_SIGNED,
	REASON_TLS_CHAIN,
	REASON_TLS_REVOKED,
	REASON_TLS_WEAK,
	REASON_TLS_GARBAGE,
	REASON_TLS_REFUSED,
	REASON_TLS_TIMEOUT,
	REASON_TLS_EXPIRING,
	/* http */
	REASON_STATUS,
	REASON_REDIRECT,
	REASON_REDIRECT_LOOP,
	REASON_REDIRECT_PRIVATE,
	REASON_REDIRECT_BAD,
	REASON_HTTP_GARBAGE,
	REASON_HTTP_HEADERS,
	REASON_HTTP_TIMEOUT,
	REASON_HTTP_EMPTY,
	REASON_HTTP_VERSION,
	REASON_HEADER,
	/* body, banner */
	REASON_BODY_OTHER,
	REASON_BODY_LACKS,
	REASON_BODY_HAS,
	REASON_BODY_CUT,
	REASON_BODY_SIZE,
	REASON_BODY_AGE,
	REASON_BODY_NUMBER,
	REASON_BODY_TIMEOUT,
	REASON_BANNER,
	REASON_BANNER_TIMEOUT,
	/* latency */
	REASON_SLOW,
	/* plugin */
	REASON_PLUGIN_WARNING,
	REASON_PLUGIN_CRITICAL,
	REASON_PLUGIN_UNKNOWN,
	REASON_PLUGIN_TIMEOUT,
	REASON_PLUGIN_BROKEN,
	REASON_N
};

/* The stable word ("connect-refused"). */
const char *reason_word(enum reason);
/* A clause for people: "the connection was refused". */
const char *reason_text(enum reason);
/* Where it belongs. */
enum layer reason_layer(enum reason);
/* Who can mend it: "registry", "name server operator", "zone owner", "network",
 * "host", "certificate", "application", "this host". */
const char *reason_blame(enum reason);
/* REASON_NONE if it is no such word. */
enum reason reason_find(const char *word);

/* Of the stages, in µs since the attempt began; -1: not come so far.  dns is
 * our own figure, counted in by nobody else: libcurl's means nothing here. */
struct probe_times {
	int64_t dns;     /* what the question for the address took */
	int64_t connect; /* from here on since the connect began */
	int64_t tls;
	int64_t first; /* byte of the reply */
	int64_t total;
};

/* The certificate that was shown, as far as it could be read. */
struct probe_cert {
	bool seen;
	int64_t not_before, not_after; /* seconds since 1970 */
	char subject[128];             /* cleaned, for people */
	char issuer[128];
};

#define PROBE_DETAIL 240

/*
 * One attempt at one address: what came of it, before anybody judged.
 * reason is REASON_NONE when a whole reply came.  Strings and buffers belong
 * to the probe.
 */
struct probe {
	struct ip ip; /* the address that was asked, always */
	enum reason reason;
	char detail[PROBE_DETAIL]; /* cleaned: what was seen, one clause */
	struct probe_times times;
	struct probe_cert cert;
	int status;      /* HTTP; 0: none */
	int http;        /* 10, 11, 20; 0: none */
	bool body_full;  /* there was more than the maximum */
	struct buf head; /* the reply's header lines, "Name: value\r\n" */
	struct buf body; /* or the banner, or a plugin's text */
	char *location;  /* of a redirect, absolute as far as it was; or NULL */
	int plugin;      /* exit status of a plugin */
};

/* max: of the body, in bytes. */
void probe_init(struct probe *, size_t max);
void probe_free(struct probe *);
/* Sets reason and a cleaned detail. */
void probe_fail(struct probe *, enum reason, const char *, ...)
    __attribute__((format(printf, 3, 4)));
/* The value of a header, without blanks around it; the n-th (from 0) of that
 * name.  NULL: there is none.  Not NUL-terminated. */
const char *probe_header(const struct probe *, const char *name, size_t nth,
    size_t *len);

/* One finding: what is amiss on which layer, and how much it matters. */
struct finding {
	enum grade grade;
	enum reason reason;
	char detail[PROBE_DETAIL]; /* cleaned; "" if the reason says it all */
};

/* Findings grow at the end; freed with free(list->finding). */
struct findings {
	struct finding *finding;
	size_t n;
};
void findings_add(struct findings *, enum grade, enum reason, const char *, ...)
    __attribute__((format(printf, 4, 5)));

/* What a layer came to. */
struct layer_result {
	bool evaluated;
	enum grade grade;
	enum reason reason; /* of the worst finding */
	int good, all;      /* of so many servers or addresses */
	int64_t us;         /* time spent there, the slowest; -1: no figure */
	char detail[PROBE_DETAIL];
};

/*
 * The verdict on one target: the first broken layer, what lies behind it not
 * evaluated; or, when it works for some, degraded with the first layer that
 * fails the others.
 */
struct verdict {
	enum evidence evidence;
	enum grade grade;
	enum layer layer; /* where `reason` belongs; LAYER_N when all is well */
	enum reason reason; /* the first broken layer's */
	char detail[PROBE_DETAIL];
	struct layer_result at[LAYER_N];
	int64_t us; /* of the whole reply, slowest address; -1: none */
};

#endif
