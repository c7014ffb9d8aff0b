/* SPDX-License-Identifier: ISC */
/*
 * What is configured: sites, targets, what is asked and what is expected.
 * Values only, filled by conf.c or by `check`'s arguments.  Pure.
 */
#ifndef UPTIME_SITE_H
#define UPTIME_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host/ip.h"

struct regex;

/* An http or https URL, taken apart. */
struct url {
	char *text;    /* whole, host in ASCII, without fragment and user */
	bool tls;      /* https */
	char *host;    /* lower case, ASCII (IDNA), no brackets, no final dot */
	uint16_t port; /* 80 or 443 if the URL has none */
	char *path;    /* with the query; "/" at least */
	struct ip ip;  /* family 0 unless the host is a literal address */
};

/* NULL and the parts, or what is wrong and what was expected, a constant; the
 * bytes may come from a redirect of a stranger's. */
const char *url_parse(const char *, struct url *);
/* The same for a Location: relative to base (RFC 3986). */
const char *url_join(const struct url *base, const char *location,
    struct url *);
void url_free(struct url *);
/* A host name as DNS wants it: IDNA2008 to ASCII, lower case, no final dot.
 * NULL and *out to be freed, or what is wrong with it. */
const char *host_ascii(const char *, char **out);

/* Which status is right: ranges. */
struct status_range {
	int low, high;
};

/* A number in the reply, found by a pattern whose first group is it. */
struct expect_number {
	struct regex *pattern;
	char *source;
	double low, high; /* ± HUGE_VAL where there is no bound */
};

struct expect_header {
	char *name;
	struct regex
	    *pattern; /* somewhere in the value; NULL: it must be there */
	char *source;
};

/* Everything that is set must hold. */
struct expect {
	struct status_range *status; /* none: 200-299 */
	size_t nstatus;
	char *equals; /* the trimmed body IS this */
	char **contains;
	size_t ncontains;
	struct regex *match;  /* somewhere in the body */
	struct regex *absent; /* nowhere in it */
	char *match_source, *absent_source;
	struct expect_header *header;
	size_t nheader;
	struct expect_number *number;
	size_t nnumber;
	int64_t min_size, max_size; /* bytes of the body; -1: no bound */
	int64_t max_age; /* s, by Last-Modified or Age; -1: no bound */
	char *banner;    /* tcp: the reply begins with or contains this */
};

enum redirects {
	REDIRECTS_SAME, /* the same host, with or without www., or listed */
	REDIRECTS_ANY,
	REDIRECTS_NONE /* a redirect is the reply */
};

/* What is asked, once. */
struct request {
	struct url url;
	char *method;  /* NULL: GET */
	char **header; /* "Name: value" */
	size_t nheader;
	char *body; /* NULL: none */
	char *user; /* basic authentication */
	char *password_file;
	char *client_cert; /* PEM with the key, or client_key has it */
	char *client_key;
	bool http1; /* do not offer HTTP/2 */
};

enum target_kind { TARGET_URL, TARGET_TCP, TARGET_DNS, TARGET_EXEC };

struct site;

struct target {
	enum target_kind kind;
	char *key;  /* identity in the store; never the wording of anything */
	char *name; /* for people: the URL, "host:port", the name, the title */
	const struct site *site;
	struct request ask;
	struct request *step; /* asked before, in order, sharing cookies */
	size_t nstep;
	struct expect expect;
	enum redirects redirects;
	char **redirect_to; /* other hosts that are fine */
	size_t nredirect_to;
	size_t max_body; /* bytes */
	char *host;      /* tcp, dns: ASCII; NULL for a literal address */
	struct ip ip;    /* tcp: the literal address; its port always */
	bool tcp_tls;    /* tcp: TLS from the first byte */
	char *send;      /* tcp */
	char **command;  /* exec: argv */
	int64_t every;   /* s */
	int64_t timeout; /* ms, for one attempt at one address */
	int64_t slow;    /* ms, of the whole reply; 0: never */
	int line;        /* where it stands in the configuration; 0: nowhere */
};

struct site {
	char *name;
	char **owners;
	size_t nowners;
	bool delegation; /* walk from the root */
	bool allow_private;
	bool v4, v6;          /* which families are probed */
	struct ip *addresses; /* what the name may point at; none: anywhere */
	size_t naddresses;
	int64_t cert_warn;         /* s before the end; 0: never */
	double cert_warn_fraction; /* of the lifetime that is left; 0: never */
	char *ca_file;             /* instead of the system's, or NULL */
	struct target *target;
	size_t ntarget;
};

/* Defaults, then freed with what it owns. */
void site_init(struct site *);
void site_free(struct site *);
void target_init(struct target *, enum target_kind);
void target_free(struct target *);

#endif
