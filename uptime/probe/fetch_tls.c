/* SPDX-License-Identifier: ISC */
/*
 * Verification of what a TLS server shows.  OpenSSL is made to go on after
 * each fault, so that all of them are known; the handshake fails all the same
 * if there was one.  Told first is what makes the rest pointless to mend: a
 * certificate of another host says nothing by its dates and issuer; an expired
 * one is replaced whoever signed it; then the issuer; then the strength.
 */
#include "uptime/probe/fetch_tls.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "uptime/probe/fetch_cert.h"

/* In the order in which they are told. */
enum fault {
	FAULT_HOST,
	FAULT_EXPIRED,
	FAULT_NOT_YET,
	FAULT_SELF,
	FAULT_CHAIN,
	FAULT_WEAK,
	FAULT_N
};

static const enum reason reason_of[] = {
	[FAULT_HOST] = REASON_TLS_HOST,
	[FAULT_EXPIRED] = REASON_TLS_EXPIRED,
	[FAULT_NOT_YET] = REASON_TLS_NOT_YET,
	[FAULT_SELF] = REASON_TLS_SELF_SIGNED,
	[FAULT_CHAIN] = REASON_TLS_CHAIN,
	[FAULT_WEAK] = REASON_TLS_WEAK,
};

/* The first of each kind. */
struct tls_faults {
	int code[FAULT_N]; /* X509_V_ERR_*; 0: none */
	X509 *at[FAULT_N]; /* the certificate; may be NULL */
};

/* A staple may be older or newer than our clock by so much. */
#define OCSP_SKEW_S 300

/* ---- the certificate ----------------------------------------------------- */

static enum fault
fault_of(int code, int depth)
{
	switch (code) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return FAULT_HOST;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		/* An issuer's end is not the certificate's own. */
		return depth == 0 ? FAULT_EXPIRED : FAULT_CHAIN;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return depth == 0 ? FAULT_NOT_YET : FAULT_CHAIN;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return FAULT_SELF;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return FAULT_WEAK;
	default:
		return FAULT_CHAIN;
	}
}

static struct tls_look *
look_of(X509_STORE_CTX *x)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(x,
	    SSL_get_ex_data_X509_STORE_CTX_idx());

	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* Notes the fault and says "go on". */
static int
on_fault(int ok, X509_STORE_CTX *x)
{
	struct tls_faults *f = look_of(x)->faults;
	int code = X509_STORE_CTX_get_error(x);
	enum fault kind;

	if (ok)
		return 1;
	kind = fault_of(code, X509_STORE_CTX_get_error_depth(x));
	if (f->code[kind] == 0) {
		f->code[kind] = code;
		f->at[kind] = X509_STORE_CTX_get_current_cert(x);
	}
	return 1;
}

static void
tell_issuer(struct buf *b, X509_STORE_CTX *x, X509 *cert)
{
	bool alone = sk_X509_num(X509_STORE_CTX_get0_untrusted(x)) <= 1;

	buf_adds(b,
	    alone ? "only its own certificate was sent; its issuer \"" :
		    "the issuer \"");
	cert_name(b, X509_get_issuer_name(cert));
	buf_adds(b, alone ? "\" is not known here" : "\" is not trusted here");
}

static void
tell_chain(struct buf *b, X509_STORE_CTX *x, int code, X509 *cert)
{
	switch (code) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		if (cert != NULL) {
			tell_issuer(b, x, cert);
			return;
		}
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		if (cert != NULL) {
			buf_adds(b, "its issuer's certificate \"");
			cert_name(b, X509_get_subject_name(cert));
			buf_adds(b, "\" expired on ");
			cert_day(b, cert_time(X509_get0_notAfter(cert)));
			return;
		}
		break;
	}
	buf_adds(b, X509_verify_cert_error_string(code));
}

static void
tell_host(struct buf *b, const struct tls_look *l, X509 *leaf)
{
	char text[IP_TEXT];
	size_t before;

	buf_adds(b, "it is for ");
	before = b->len;
	cert_hosts(b, leaf);
	if (b->len == before) {
		/* Browsers take no name from the subject since 2017. */
		buf_adds(b, "no host (its subject is ");
		cert_name(b, X509_get_subject_name(leaf));
		buf_addc(b, ')');
	}
	buf_addf(b, ", not %s",
	    l->ip.family == 0 ? l->host : ip_text(&l->ip, text));
}

static void
tell_weak(struct buf *b, int code, X509 *cert)
{
	if (code != X509_V_ERR_CA_MD_TOO_WEAK) {
		cert_key(b, cert);
		return;
	}
	buf_adds(b, "signed with ");
	buf_adds(b, OBJ_nid2ln(X509_get_signature_nid(cert)));
}

static void
tell(struct buf *b, X509_STORE_CTX *x, const struct tls_look *l,
    enum fault kind)
{
	const struct tls_faults *f = l->faults;
	X509 *at = f->at[kind];

	switch (kind) {
	case FAULT_HOST:
		tell_host(b, l, X509_STORE_CTX_get0_cert(x));
		return;
	case FAULT_EXPIRED:
		buf_adds(b, "it expired on ");
		cert_day(b, l->cert->not_after);
		return;
	case FAULT_NOT_YET:
		buf_adds(b, "it is valid from ");
		cert_day(b, l->cert->not_before);
		return;
	case FAULT_SELF:
		buf_adds(b, "it is self-signed");
		return;
	case FAULT_WEAK:
		if (at != NULL) {
			tell_weak(b, f->code[kind], at);
			return;
		}
		break;
	case FAULT_CHAIN:
		tell_chain(b, x, f->code[kind], at);
		return;
	case FAULT_N:
		break;
	}
	buf_adds(b, X509_verify_cert_error_string(f->code[kind]));
}

/* The reason is the first; the detail names them all. */
static void
settle(X509_STORE_CTX *x, struct tls_look *l)
{
	struct buf b;

	buf_init(&b, sizeof l->detail - 1);
	for (enum fault i = 0; i < FAULT_N; i++) {
		if (l->faults->code[i] == 0)
			continue;
		if (l->reason == REASON_NONE)
			l->reason = reason_of[i];
		if (b.len > 0)
			buf_adds(&b, "; ");
		tell(&b, x, l, i);
	}
	snprintf(l->detail, sizeof l->detail, "%s", buf_str(&b));
	buf_free(&b);
}

/* In place of OpenSSL's own; 1 only if there was no fault at all. */
static int
on_certificate(X509_STORE_CTX *x, void *arg)
{
	struct tls_look *l = arg;
	struct tls_faults faults = { .code = { 0 } };
	X509 *leaf = X509_STORE_CTX_get0_cert(x);
	int ok;

	if (leaf == NULL)
		return 0;
	cert_read(leaf, l->cert);
	l->faults = &faults;
	X509_STORE_CTX_set_verify_cb(x, on_fault);
	X509_STORE_CTX_set_time(x, 0, clock_now());
	ERR_set_mark();
	ok = X509_verify_cert(x);
	settle(x, l);
	ERR_pop_to_mark();
	l->faults = NULL;
	if (ok == 1 && l->reason == REASON_NONE)
		return 1;
	if (l->reason == REASON_NONE) {
		l->reason = REASON_RESOURCES;
		snprintf(l->detail, sizeof l->detail,
		    "the certificate could not be verified: %s",
		    X509_verify_cert_error_string(X509_STORE_CTX_get_error(x)));
	}
	/* OpenSSL says "ok" after faults that were passed over: the alert is
	 * made from the error, and curl looks at it too. */
	if (X509_STORE_CTX_get_error(x) == X509_V_OK)
		X509_STORE_CTX_set_error(x, X509_V_ERR_CERT_REJECTED);
	return 0;
}

/* ---- the staple ---------------------------------------------------------- */

static OCSP_BASICRESP *
read_staple(SSL *ssl)
{
	const unsigned char *p;
	OCSP_BASICRESP *basic = NULL;
	OCSP_RESPONSE *r;
	long n = SSL_get_tlsext_status_ocsp_resp(ssl, &p);

	if (n <= 0 || p == NULL)
		return NULL;
	if ((r = d2i_OCSP_RESPONSE(NULL, &p, n)) == NULL)
		return NULL;
	if (OCSP_response_status(r) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(r);
	OCSP_RESPONSE_free(r);
	return basic;
}

/* What it says of this certificate; -1: nothing that holds today. */
static int
staple_status(OCSP_BASICRESP *basic, X509 *leaf, X509 *issuer, int *why,
    ASN1_GENERALIZEDTIME **when)
{
	const EVP_MD *const digest[] = { EVP_sha1(), EVP_sha256() };
	ASN1_GENERALIZEDTIME *from, *until;
	int status = -1;

	for (size_t i = 0; i < 2 && status == -1; i++) {
		OCSP_CERTID *id = OCSP_cert_to_id(digest[i], leaf, issuer);

		if (id != NULL &&
		    (OCSP_resp_find_status(basic, id, &status, why, when, &from,
			 &until) != 1 ||
			OCSP_check_validity(from, until, OCSP_SKEW_S, -1) != 1))
			status = -1;
		OCSP_CERTID_free(id);
	}
	return status;
}

static void
tell_revoked(struct tls_look *l, const ASN1_GENERALIZEDTIME *when, int why)
{
	struct buf b;

	l->reason = REASON_TLS_REVOKED;
	buf_init(&b, sizeof l->detail - 1);
	buf_adds(&b, "it was revoked on ");
	cert_day(&b, cert_time(when));
	if (why >= 0)
		buf_addf(&b, " (%s)", OCSP_crl_reason_str(why));
	snprintf(l->detail, sizeof l->detail, "%s", buf_str(&b));
	buf_free(&b);
}

/*
 * Called when the server's certificate has passed.  Only a signed staple that
 * says "revoked" counts: none, a stale and a broken one are what browsers let
 * pass as well.
 */
static int
on_staple(SSL *ssl, void *arg)
{
	struct tls_look *l = arg;
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	OCSP_BASICRESP *basic;
	ASN1_GENERALIZEDTIME *when = NULL;
	int why = -1, n = sk_X509_num(chain);

	ERR_set_mark();
	basic = read_staple(ssl);
	if (basic != NULL && n > 0 &&
	    OCSP_basic_verify(basic, chain, l->store, 0) == 1 &&
	    staple_status(basic, sk_X509_value(chain, 0),
		sk_X509_value(chain, n > 1 ? 1 : 0), &why,
		&when) == V_OCSP_CERTSTATUS_REVOKED)
		tell_revoked(l, when, why);
	OCSP_BASICRESP_free(basic);
	ERR_pop_to_mark();
	return l->reason == REASON_NONE;
}

/* ---- the handshake ------------------------------------------------------- */

static void
on_state(const SSL *ssl, int where, int ret)
{
	struct tls_look *l = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if ((where & SSL_CB_HANDSHAKE_START) && l->begun == 0)
		l->begun = clock_mono_us();
	if (where & SSL_CB_HANDSHAKE_DONE) {
		l->done = true;
		/* A server that just closes, without a word from TLS, ends a
		 * body without a length, and browsers show it.  libcurl 7.88
		 * keeps OpenSSL from seeing that; another may not. */
		SSL_set_options((SSL *)ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	}
	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
	    ret >> 8 == SSL3_AL_FATAL)
		l->alert = ret & 0xff;
	if (where == SSL_CB_CONNECT_EXIT && ret <= 0)
		l->error = ERR_peek_error();
}

static bool
set_name(SSL_CTX *ctx, const struct tls_look *l)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

	if (l->ip.family != 0)
		return X509_VERIFY_PARAM_set1_ip(param, l->ip.addr,
			   l->ip.family == AF_INET ? 4 : 16) == 1;
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
		X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(param, l->host, 0) == 1;
}

bool
tls_prepare(SSL_CTX *ctx, struct tls_look *l)
{
	l->begun = 0;
	l->done = false;
	l->alert = -1;
	l->error = 0;
	l->reason = REASON_NONE;
	*l->detail = '\0';
	SSL_CTX_set_app_data(ctx, l);
	SSL_CTX_set1_cert_store(ctx, l->store);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_certificate, l);
	SSL_CTX_set_info_callback(ctx, on_state);
	SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
	SSL_CTX_set_tlsext_status_cb(ctx, on_staple);
	SSL_CTX_set_tlsext_status_arg(ctx, l);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* What the system's openssl.cnf allows is not what browsers do. */
	SSL_CTX_set_security_level(ctx, 2);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    set_name(ctx, l);
}

/* ---- how it failed ------------------------------------------------------- */

static bool
is_weak(int reason)
{
	switch (reason) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_DH_KEY_TOO_SMALL:
	case SSL_R_EE_KEY_TOO_SMALL:
	case SSL_R_CA_KEY_TOO_SMALL:
	case SSL_R_CA_MD_TOO_WEAK:
	case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
	case SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED:
		return true;
	default:
		return false;
	}
}

static void
explain_error(const struct tls_look *l, struct probe *p)
{
	int reason = ERR_GET_REASON(l->error);
	const char *text = ERR_reason_error_string(l->error);

	if (is_weak(reason))
		probe_fail(p, REASON_TLS_WEAK, "%s", text);
	else if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		probe_fail(p, REASON_TLS_REFUSED,
		    "the connection ended in the handshake");
	else if (reason == SSL_R_WRONG_VERSION_NUMBER)
		probe_fail(p, REASON_TLS_GARBAGE,
		    "what it sent is no TLS record");
	else if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE)
		probe_fail(p, REASON_TLS_REFUSED,
		    "its certificate or handshake is longer than anybody "
		    "takes");
	else
		probe_fail(p, REASON_TLS_GARBAGE, "%s",
		    text != NULL ? text : "");
}

/* OpenSSL 3.0 has no word for this one. */
static const char *
alert_text(int alert)
{
	return alert == SSL_AD_CERTIFICATE_REQUIRED ?
	    "it wants a client certificate" :
	    SSL_alert_desc_string_long(alert);
}

void
tls_explain(const struct tls_look *l, struct probe *p)
{
	if (l->reason != REASON_NONE)
		probe_fail(p, l->reason, "%s", l->detail);
	else if (l->alert == SSL_AD_PROTOCOL_VERSION ||
	    l->alert == SSL_AD_INSUFFICIENT_SECURITY)
		probe_fail(p, REASON_TLS_WEAK, "it offers nothing newer: %s",
		    SSL_alert_desc_string_long(l->alert));
	else if (l->alert >= 0)
		probe_fail(p, REASON_TLS_REFUSED, "it says: %s",
		    alert_text(l->alert));
	else if (l->error != 0)
		explain_error(l, p);
	else
		probe_fail(p, REASON_TLS_REFUSED,
		    "the connection ended in the handshake");
}
