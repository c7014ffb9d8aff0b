/* SPDX-License-Identifier: ISC */
/*
 * One transfer, as the files of fetch share it: fetch.c starts and ends it,
 * fetch_request.c says what is asked, fetch_reply.c takes and judges what
 * comes, fetch_banner.c talks where there is no HTTP.
 */
#ifndef UPTIME_PROBE_FETCH_TRANSFER_H
#define UPTIME_PROBE_FETCH_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/probe/fetch.h"
#include "uptime/probe/fetch_tls.h"
#include "uptime/probe/loop.h"

struct curl_slist;

/* How far the reply has come. */
enum reply {
	REPLY_NONE,
	REPLY_HEAD, /* a status line was there */
	REPLY_BODY  /* and the empty line behind the headers */
};

/* Why we ended it ourselves. */
enum halt {
	HALT_NONE,
	HALT_HEAD, /* too many headers */
	HALT_BODY, /* the body is full */
	HALT_NOT_HTTP,
	HALT_ADDRESS /* libcurl wanted another address than ours */
};

struct transfer {
	struct fetch *fetch;
	void *curl; /* CURL * */
	struct curl_slist *pin, *header;
	char pin_text[IP_TEXT + 8];
	bool plain; /* nothing of this request stays in the handle */
	bool active;
	struct transfer *prev, *next; /* active ones; or next in the pool */

	struct probe *probe;
	void (*done)(void *, struct probe *);
	void *arg;
	bool tls;
	int timeout_ms;
	int64_t began; /* µs */

	enum reply reply;
	size_t head; /* bytes of headers so far */
	enum halt halt;
	int socket_error; /* errno of socket(2); 0 */
	struct tls_look look;
	char error[256]; /* libcurl's own words */

	struct loop_timer timer; /* of a transfer that could not begin, or of
				  * a banner */
	const struct target *target; /* of a banner */
	int fd; /* its socket, once we watch it; or CURL_SOCKET_BAD */
	size_t sent;
};

/* fetch.c */

/* A transfer with a handle of its own; probe and done are set, ip is pinned.
 * host is what a certificate must have, or NULL for the address itself. */
struct transfer *transfer_new(struct fetch *, const struct ip *, bool tls,
    const char *host, const char *ca_file, struct probe *,
    void (*done)(void *, struct probe *), void *arg);
/* Off it goes; if its probe has failed already, or cannot begin, done is
 * called all the same, from loop_turn. */
void transfer_go(struct transfer *, const char *url, int timeout_ms);
/* Times are taken, the handle is put away, done is called. */
void transfer_end(struct transfer *);
struct loop *transfer_loop(const struct transfer *);

/* fetch_request.c */

/* Sets method, headers, body, credentials and jar; false when the probe has
 * failed. */
bool request_set(struct transfer *, const struct fetch_ask *);

/* fetch_reply.c */

size_t reply_on_head(char *, size_t size, size_t n, void *transfer);
size_t reply_on_body(char *, size_t size, size_t n, void *transfer);
/* Sets reason and detail from how libcurl ended; code is a CURLcode. */
void reply_judge(struct transfer *, int code);
/* The errno that ended it, or 0. */
int reply_errno(const struct transfer *);
/* If our own host lacked something, the probe fails for that: true. */
bool reply_lacks(struct transfer *);

/* fetch_banner.c */

/* The connection is there. */
void banner_begin(struct transfer *);

#endif
