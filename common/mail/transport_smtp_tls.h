/* SPDX-License-Identifier: ISC */
/*
 * The TLS context of one libESMTP session, made so that OpenSSL itself checks
 * the relay: libESMTP 1.1.0 asks whether the certificate fits the canonical
 * name from DNS, which whoever answers DNS may choose, sends no server name,
 * and hangs in TLS 1.3.
 */
#ifndef COMMON_MAIL_TRANSPORT_SMTP_TLS_H
#define COMMON_MAIL_TRANSPORT_SMTP_TLS_H

#include <stdbool.h>

struct ssl_ctx_st;

struct transport_smtp_tls {
	const char *host;     /* as configured: a name or an IPv4 address */
	const char *ca_file;  /* instead of the system's, or NULL */
	bool verify;          /* the certificate must be good */
	const bool *poisoned; /* set: the handshake must fail */
	long error;           /* of the certificate, X509_V_OK: none */
};

/* An SSL_CTX, to be freed, which keeps a pointer to its argument; NULL if
 * OpenSSL or the certificates did not let it be made. */
struct ssl_ctx_st *transport_smtp_tls(struct transport_smtp_tls *);

#endif
