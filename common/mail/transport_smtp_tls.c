/* SPDX-License-Identifier: ISC */
/* The TLS context of one libESMTP session. */
#include "common/mail/transport_smtp_tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static bool
is_address(const char *host)
{
	struct in_addr a;

	return inet_pton(AF_INET, host, &a) == 1;
}

static struct transport_smtp_tls *
tls_of(const SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/*
 * libESMTP sends no server name; this is the only moment to add it.  It is
 * also the last before a poisoned session would go on: cutting the line makes
 * the handshake fail.
 */
static void
on_handshake(const SSL *ssl, int where, int ret)
{
	struct transport_smtp_tls *tls = tls_of(ssl);

	(void)ret;
	if ((where & SSL_CB_HANDSHAKE_START) == 0)
		return;
	if (*tls->poisoned)
		shutdown(SSL_get_fd(ssl), SHUT_RDWR);
	if (!is_address(tls->host))
		SSL_set_tlsext_host_name((SSL *)(uintptr_t)ssl, tls->host);
}

static int
on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());

	if (!ok)
		tls_of(ssl)->error = X509_STORE_CTX_get_error(store);
	return ok;
}

static bool
set_verify(SSL_CTX *ctx, const struct transport_smtp_tls *tls)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (is_address(tls->host) ?
		X509_VERIFY_PARAM_set1_ip_asc(param, tls->host) != 1 :
		X509_VERIFY_PARAM_set1_host(param, tls->host, 0) != 1)
		return false;
	if (tls->ca_file != NULL)
		return SSL_CTX_load_verify_locations(ctx, tls->ca_file, NULL) ==
		    1;
	return SSL_CTX_set_default_verify_paths(ctx) == 1;
}

struct ssl_ctx_st *
transport_smtp_tls(struct transport_smtp_tls *tls)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_app_data(ctx, tls);
	SSL_CTX_set_info_callback(ctx, on_handshake);
	/*
	 * No TLS 1.3: its session tickets make libESMTP read before it has
	 * sent EHLO, and both sides wait for ever.
	 */
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    (!tls->verify || set_verify(ctx, tls)))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}
