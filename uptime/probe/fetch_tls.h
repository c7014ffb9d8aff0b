/* SPDX-License-Identifier: ISC */
/*
 * What one TLS handshake shows of the other end: the certificate, what is
 * wrong with it, and how the handshake ended.  Read from OpenSSL itself, not
 * from the wording of libcurl's errors.
 */
#ifndef UPTIME_PROBE_FETCH_TLS_H
#define UPTIME_PROBE_FETCH_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "uptime/probe.h"

struct tls_faults;
struct tls_roots;
struct x509_store_st;
struct ssl_ctx_st;

/* The trusted certificates, one store for each ca-file; made when asked for. */
struct tls_roots *tls_roots_new(void);
void tls_roots_free(struct tls_roots *);
/* ca_file NULL: the system's, of which only those asked for are read.  NULL
 * and what is wrong in *why, when there is not one certificate. */
struct x509_store_st *tls_roots_get(struct tls_roots *, const char *ca_file,
    const char **why);

struct tls_look {
	/* in */
	struct x509_store_st *store;
	const char *host; /* the name that the certificate must have */
	struct ip ip;     /* or the address, when its family is not 0 */
	struct probe_cert *cert;
	/* out */
	int64_t begun;       /* clock_mono_us() of the handshake; 0: never */
	bool done;           /* it went well */
	int alert;           /* fatal, from the other end; -1: none */
	unsigned long error; /* OpenSSL's, of the handshake; 0: none */
	enum reason reason;  /* of the certificate: NONE if it is good */
	char detail[PROBE_DETAIL];
	struct tls_faults *faults; /* while the certificate is looked at */
};

/* Before the handshake: from here on ctx verifies chain and name for look,
 * which must outlive it.  False if memory ran out. */
bool tls_prepare(struct ssl_ctx_st *ctx, struct tls_look *look);
/* Why the handshake failed: sets the probe's reason and detail. */
void tls_explain(const struct tls_look *, struct probe *);

#endif
