/* SPDX-License-Identifier: ISC */
/* What is asked: method, headers, body, credentials, cookies. */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <curl/curl.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "uptime/probe/fetch_transfer.h"

#define SECRET_MAX 1024

struct fetch_jar {
	CURLSH *share;
};

struct fetch_jar *
fetch_jar_new(void)
{
	struct fetch_jar *jar = xcalloc(1, sizeof *jar);

	/* One thread: no locks are needed. */
	if ((jar->share = curl_share_init()) == NULL ||
	    curl_share_setopt(jar->share, CURLSHOPT_SHARE,
		CURL_LOCK_DATA_COOKIE) != CURLSHE_OK)
		fatal(EX_OSERR, "libcurl: out of memory");
	return jar;
}

void
fetch_jar_free(struct fetch_jar *jar)
{
	if (jar == NULL)
		return;
	curl_share_cleanup(jar->share);
	free(jar);
}

/*
 * What is meant for one server is for no other: host and port are the same, or
 * the site leads from http to its https, but never the other way.
 */
static bool
same_server(const struct url *from, const struct url *to)
{
	if (strcmp(from->host, to->host) != 0)
		return false;
	return from->tls == to->tls ? from->port == to->port : to->tls;
}

static void
set_method(struct transfer *t, const char *method, const char *body)
{
	CURL *c = t->curl;

	if (body != NULL) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(body));
	}
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	else if (strcmp(method, "GET") != 0 || body != NULL)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	t->plain = false;
}

static void
set_headers(struct transfer *t, const struct request *r)
{
	struct curl_slist *l;

	for (size_t i = 0; i < r->nheader; i++) {
		if ((l = curl_slist_append(t->header, r->header[i])) == NULL)
			fatal(EX_OSERR, "libcurl: out of memory");
		t->header = l;
	}
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->header);
	t->plain = false;
}

static bool
set_login(struct transfer *t, const struct request *r)
{
	struct buf secret;
	bool ok;

	buf_init(&secret, SECRET_MAX);
	ok = r->password_file == NULL || file_secret(r->password_file, &secret);
	if (ok) {
		curl_easy_setopt(t->curl, CURLOPT_USERNAME, r->user);
		curl_easy_setopt(t->curl, CURLOPT_PASSWORD, buf_str(&secret));
	} else
		probe_fail(t->probe, REASON_RESOURCES, "password-file %s: %s",
		    r->password_file, strerror(errno));
	if (secret.p != NULL)
		explicit_bzero(secret.p, secret.cap);
	buf_free(&secret);
	t->plain = false;
	return ok;
}

static void
set_certificate(struct transfer *t, const struct request *r)
{
	curl_easy_setopt(t->curl, CURLOPT_SSLCERT, r->client_cert);
	curl_easy_setopt(t->curl, CURLOPT_SSLKEY,
	    r->client_key != NULL ? r->client_key : r->client_cert);
	t->plain = false;
}

static void
set_jar(struct transfer *t, const struct fetch_jar *jar)
{
	curl_easy_setopt(t->curl, CURLOPT_SHARE, jar->share);
	curl_easy_setopt(t->curl, CURLOPT_COOKIEFILE, "");
	t->plain = false;
}

/* A redirect is followed by GET, as browsers do after a form. */
static const char *
method_of(const struct request *r, bool redirected)
{
	if (redirected)
		return r->method != NULL && strcmp(r->method, "HEAD") == 0 ?
		    "HEAD" :
		    "GET";
	if (r->method != NULL)
		return r->method;
	return r->body != NULL ? "POST" : "GET";
}

bool
request_set(struct transfer *t, const struct fetch_ask *ask)
{
	const struct request *r = ask->request;
	bool redirected = ask->url != &r->url;
	bool home = same_server(&r->url, ask->url);
	const char *method = method_of(r, redirected);
	const char *body = redirected ? NULL : r->body;

	if (strcmp(method, "GET") != 0 || body != NULL)
		set_method(t, method, body);
	if (ask->jar != NULL)
		set_jar(t, ask->jar);
	if (r->http1) {
		curl_easy_setopt(t->curl, CURLOPT_HTTP_VERSION,
		    (long)CURL_HTTP_VERSION_1_1);
		t->plain = false;
	}
	if (home && r->nheader > 0)
		set_headers(t, r);
	if (home && r->client_cert != NULL)
		set_certificate(t, r);
	if (home && r->user != NULL)
		return set_login(t, r);
	return true;
}
