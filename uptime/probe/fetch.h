/* SPDX-License-Identifier: ISC */
/*
 * HTTP and HTTPS by libcurl multi: one transfer is one attempt at one address,
 * pinned, with fresh connections.  No resolver, no proxy, no .netrc, no
 * redirect is followed here.  Bytes are capped as they come: the body at the
 * probe's maximum, the headers at 64 KiB, whatever is said to be in them.  A
 * full body ends the transfer and is no failure: the judge decides.
 */
#ifndef UPTIME_PROBE_FETCH_H
#define UPTIME_PROBE_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "uptime/probe.h"
#include "uptime/site.h"

struct fetch;
struct fetch_jar;
struct loop;

#define FETCH_HEAD_MAX 65536
/* The caller starts no more than these at once: each takes 15 KB, with TLS up
 * to 92 KB, by HTTP/2. */
#define FETCH_MAX 1000

/* agent: the User-Agent. */
struct fetch *fetch_new(struct loop *, const char *agent);
/* Transfers that still run end with REASON_DEADLINE, done included. */
void fetch_free(struct fetch *);

/* Cookies that the steps of one attempt share; freed after them. */
struct fetch_jar *fetch_jar_new(void);
void fetch_jar_free(struct fetch_jar *);

struct fetch_ask {
	const struct request *request; /* method, headers, credentials … */
	const struct url *url; /* &request->url itself, or where a redirect
				* leads: then there is no body, POST becomes
				* GET, and to another server go neither
				* headers nor credentials of the request */
	struct ip ip;          /* with the port */
	int timeout_ms;        /* for the whole attempt */
	const char *ca_file;   /* or NULL: the system's */
	struct fetch_jar *jar; /* or NULL */
};

/*
 * Fills the probe (initialised with the body's maximum) and calls done once,
 * from loop_turn.  Everything asked with must live until then.
 */
void fetch_start(struct fetch *, const struct fetch_ask *, struct probe *,
    void (*done)(void *, struct probe *), void *arg);

/*
 * A connection without HTTP: connects (with TLS if the target says so), sends
 * target->send if there is one, and reads into body until it contains
 * target->expect.banner, the maximum is reached, or nothing more comes (end or
 * timeout).  Where no banner is expected it is over as soon as all is sent.
 */
void fetch_banner(struct fetch *, const struct target *, const struct ip *,
    const char *ca_file, struct probe *, void (*done)(void *, struct probe *),
    void *arg);

#endif
