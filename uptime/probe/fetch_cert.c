/* SPDX-License-Identifier: ISC */
/* A certificate as people read it. */
#define _DEFAULT_SOURCE /* timegm */
#include "uptime/probe/fetch_cert.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"

#define SHOWN_HOSTS 3
#define SHOWN_CHARS 60 /* of one name */

static void
add_string(struct buf *b, const ASN1_STRING *s)
{
	unsigned char *utf8;
	int n = ASN1_STRING_to_UTF8(&utf8, s);

	if (n < 0)
		return;
	text_shorten(b, (char *)utf8, (size_t)n, SHOWN_CHARS);
	OPENSSL_free(utf8);
}

static void
add_whole(struct buf *b, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p;
	long n;

	if (bio == NULL)
		return;
	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
	n = BIO_get_mem_data(bio, &p);
	if (n > 0)
		text_shorten(b, p, (size_t)n, SHOWN_CHARS);
	BIO_free(bio);
}

void
cert_name(struct buf *b, const X509_NAME *name)
{
	static const int nid[] = { NID_commonName, NID_organizationName };

	for (size_t i = 0; i < sizeof nid / sizeof *nid; i++) {
		int at = X509_NAME_get_index_by_NID(name, nid[i], -1);

		if (at < 0)
			continue;
		add_string(b,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
		return;
	}
	add_whole(b, name);
}

static void
add_host(struct buf *b, const GENERAL_NAME *g)
{
	char text[IP_TEXT];
	struct ip ip;
	int n;

	if (g->type == GEN_DNS) {
		add_string(b, g->d.dNSName);
		return;
	}
	n = ASN1_STRING_length(g->d.iPAddress);
	if (n != 4 && n != 16)
		return;
	ip = ip_from(n == 4 ? AF_INET : AF_INET6,
	    ASN1_STRING_get0_data(g->d.iPAddress), 0);
	buf_adds(b, ip_text(&ip, text));
}

void
cert_hosts(struct buf *b, X509 *cert)
{
	GENERAL_NAMES *all;
	int shown = 0;

	ERR_set_mark();
	all = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	ERR_pop_to_mark();
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(all, i);

		if (g->type != GEN_DNS && g->type != GEN_IPADD)
			continue;
		if (shown++ >= SHOWN_HOSTS)
			continue;
		if (shown > 1)
			buf_adds(b, ", ");
		add_host(b, g);
	}
	if (shown > SHOWN_HOSTS)
		buf_addf(b, " and %d more", shown - SHOWN_HOSTS);
	GENERAL_NAMES_free(all);
}

void
cert_key(struct buf *b, X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const char *kind = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;

	buf_addf(b, "%s key of %d bits", kind != NULL ? kind : "a",
	    key != NULL ? EVP_PKEY_get_bits(key) : 0);
}

int64_t
cert_time(const ASN1_TIME *t)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return timegm(&tm);
}

void
cert_day(struct buf *b, int64_t t)
{
	char text[CLOCK_TEXT];

	buf_add(b, clock_rfc3339(t, text), sizeof "2026-11-21" - 1);
}

static void
keep(char *out, size_t size, const struct buf *b)
{
	snprintf(out, size, "%s", buf_str(b));
}

void
cert_read(X509 *cert, struct probe_cert *out)
{
	struct buf b;

	out->seen = true;
	out->not_before = cert_time(X509_get0_notBefore(cert));
	out->not_after = cert_time(X509_get0_notAfter(cert));
	/* text_shorten cuts at whole characters: what fits is valid */
	buf_init(&b, sizeof out->subject - 1);
	if (X509_NAME_entry_count(X509_get_subject_name(cert)) > 0)
		cert_name(&b, X509_get_subject_name(cert));
	else
		cert_hosts(&b, cert);
	keep(out->subject, sizeof out->subject, &b);
	buf_reset(&b);
	cert_name(&b, X509_get_issuer_name(cert));
	keep(out->issuer, sizeof out->issuer, &b);
	buf_free(&b);
}
