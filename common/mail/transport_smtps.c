/* SPDX-License-Identifier: ISC */
/*
 * smtps:// through libcurl, because libESMTP 1.1.0 knows no implicit TLS; and
 * smtp:// to an IPv6 address, which libESMTP cannot be told.  libcurl 7.88
 * fails a whole transfer at the first refused RCPT, so each recipient has a
 * transfer of his own, over one connection as long as it lasts.
 */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "common/mail/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "common/mail/mail_conf.h"
#include "common/mail/transport_dialogue.h"

#define SECRET_MAX 1024

struct session {
	const struct mail_conf *conf;
	const struct mail_relay *relay;
	const struct transport_mail *mail;
	struct transport_result *result;
	struct dialogue talk;
	struct deadline end;
	CURL *curl;
	char error[CURL_ERROR_SIZE];
	struct buf secret;
	size_t offset;  /* of the message, in this transfer */
	bool begun;     /* in this transfer */
	bool logged_in; /* on this connection */
};

static size_t
on_data(char *out, size_t size, size_t n, void *arg)
{
	struct session *s = arg;
	size_t left = s->mail->len - s->offset, max = size * n;

	if (!s->begun)
		transport_begun(s->mail);
	if (!s->begun)
		dialogue_body(&s->talk);
	s->begun = true;
	if (left > max)
		left = max;
	if (left > 0)
		memcpy(out, s->mail->data + s->offset, left);
	s->offset += left;
	return left;
}

/* Only listens; the lines of a login are not kept. */
static int
on_trace(CURL *curl, curl_infotype type, char *p, size_t n, void *arg)
{
	struct session *s = arg;

	(void)curl;
	if (type == CURLINFO_HEADER_IN)
		dialogue_read(&s->talk, p, n);
	else if (type == CURLINFO_HEADER_OUT)
		dialogue_wrote(&s->talk, p, n);
	return 0;
}

/* smtps://host:port/name-for-EHLO */
static void
set_url(struct session *s)
{
	const struct mail_relay *r = s->relay;
	bool v6 = strchr(r->host, ':') != NULL;
	char *url;

	url = xasprintf("%s://%s%s%s:%s/%s", r->tls ? "smtps" : "smtp",
	    v6 ? "[" : "", r->host, v6 ? "]" : "", r->port, s->conf->hostname);
	curl_easy_setopt(s->curl, CURLOPT_URL, url);
	free(url);
}

static void
set_tls(struct session *s)
{
	const struct mail_conf *c = s->conf;
	bool free_choice = !s->relay->tls && c->user == NULL;
	bool verify = c->verify;
	long how = CURLUSESSL_ALL;

	/* As transport_smtp does it for the relays it serves. */
	if (free_choice && c->starttls == MAIL_STARTTLS_OFF)
		how = CURLUSESSL_NONE;
	else if (free_choice && c->starttls == MAIL_STARTTLS_AUTO &&
	    dialogue_is_loopback(s->relay->host)) {
		how = CURLUSESSL_TRY;
		verify = false;
	}
	curl_easy_setopt(s->curl, CURLOPT_USE_SSL, how);
	curl_easy_setopt(s->curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	if (c->ca_file == NULL)
		return;
	curl_easy_setopt(s->curl, CURLOPT_CAINFO, c->ca_file);
	/* Debian's libcurl would go on trusting /etc/ssl/certs as well. */
	curl_easy_setopt(s->curl, CURLOPT_CAPATH, NULL);
}

static void
set_options(struct session *s)
{
	CURL *c = s->curl;

	set_url(s);
	set_tls(s);
	/* It obeys all_proxy and friends unless told not to. */
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, on_trace);
	curl_easy_setopt(c, CURLOPT_DEBUGDATA, s);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_data);
	curl_easy_setopt(c, CURLOPT_READDATA, s);
	curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->mail->len);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, s->mail->from);
	if (s->conf->user != NULL) {
		curl_easy_setopt(c, CURLOPT_USERNAME, s->conf->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, buf_str(&s->secret));
	}
}

static void
describe_failure(const struct session *s, CURLcode rc,
    struct transport_result *r)
{
	const struct dialogue *t = &s->talk;
	const char *why = *s->error != '\0' ? s->error : curl_easy_strerror(rc);

	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "the certificate of %s cannot be verified: %s",
		    s->relay->host, why);
	else if (rc == CURLE_OPERATION_TIMEDOUT)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "no answer to %s within %lld s",
		    dialogue_stage_text(t->stage),
		    (long long)(s->conf->timeout * 9 + 9) / 10);
	else if (rc == CURLE_USE_SSL_FAILED && !t->starttls_offered)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "STARTTLS is not offered");
	else if (t->code >= 400)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0, "%s", t->text);
	else
		transport_answer(r, TRANSPORT_TEMPFAIL, 0, "%s", why);
}

static void
judge(const struct session *s, CURLcode rc, struct transport_result *r)
{
	const struct dialogue *t = &s->talk;

	/* curl takes only 250 after the final dot for an answer that is good,
	 * and it is the last thing it reads. */
	if (rc == CURLE_OK && !t->poisoned) {
		transport_answer(r, TRANSPORT_OK, t->code, "%s", t->text);
		return;
	}
	/* curl goes on without a login when the relay offers none. */
	if (s->conf->user != NULL && !s->logged_in &&
	    (t->stage >= DIALOGUE_MAIL || t->refused[0] != '\0'))
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "not logged in%s%s: %s", t->auth_offered ? " as " : "",
		    t->auth_offered ? s->conf->user : "",
		    t->auth_offered ? t->refused : "AUTH is not offered");
	else if (t->stage >= DIALOGUE_MAIL && t->code >= 400)
		transport_answer(r,
		    dialogue_is_permanent(t->code, t->stage) ?
			TRANSPORT_PERMFAIL :
			TRANSPORT_TEMPFAIL,
		    t->code, "%s", t->text);
	else {
		describe_failure(s, rc, r);
		r->unsure = s->begun;
	}
}

static void
send_one(struct session *s, size_t i)
{
	struct curl_slist *to = curl_slist_append(NULL, s->mail->to[i]);
	bool logged_in = s->talk.authenticated;
	CURLcode rc;

	dialogue_init(&s->talk);
	s->talk.authenticated = logged_in;
	s->offset = 0;
	s->begun = false;
	*s->error = '\0';
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS,
	    (long)deadline_left(s->end) + 1);
	rc = to != NULL ? curl_easy_perform(s->curl) : CURLE_OUT_OF_MEMORY;
	s->logged_in = s->talk.authenticated;
	judge(s, rc, &s->result[i]);
	curl_slist_free_all(to);
}

static void
send_all(struct session *s)
{
	struct transport_result *r;
	size_t i;

	for (i = 0; i < s->mail->nto; i++) {
		r = &s->result[i];
		send_one(s, i);
		transport_settled(s->mail, i, r);
		/* No session for one is none for the others. */
		if (r->status == TRANSPORT_TEMPFAIL && r->code == 0 &&
		    i + 1 < s->mail->nto) {
			transport_all(r + 1, s->mail->nto - i - 1,
			    TRANSPORT_TEMPFAIL, 0, "%s", r->text);
			return;
		}
	}
}

static void
smtps_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *result)
{
	struct session s = { .conf = conf,
		.relay = relay,
		.mail = mail,
		.result = result };

	/* A little less than our parent's, so that we can still say why. */
	s.end = deadline_in(conf->timeout * 900);
	buf_init(&s.secret, SECRET_MAX);
	if (conf->user != NULL &&
	    !file_secret(conf->password_file, &s.secret)) {
		transport_all(result, mail->nto, TRANSPORT_TEMPFAIL, 0,
		    "password-file %s: %s", conf->password_file,
		    strerror(errno));
		return;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
	    (s.curl = curl_easy_init()) != NULL) {
		set_options(&s);
		send_all(&s);
		curl_easy_cleanup(s.curl);
	} else
		transport_all(result, mail->nto, TRANSPORT_TEMPFAIL, 0,
		    "libcurl could not be started");
	curl_global_cleanup();
	if (s.secret.p != NULL)
		explicit_bzero(s.secret.p, s.secret.cap);
	buf_free(&s.secret);
}

const struct transport transport_smtps = { "smtps", smtps_send };
