/* SPDX-License-Identifier: ISC */
/*
 * smtp:// through libESMTP 1.1.0.  It answers 1 and errno 0 for mail that was
 * never taken, so its own word is ignored: a recipient has the message when
 * libESMTP marked him complete AND his RCPT AND the message got 2xx.
 */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "common/mail/transport.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not self-contained: wants size_t, and declares smtp_starttls_set_ctx only
 * when OpenSSL's header came before it. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <auth-client.h>
#include <libesmtp.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "common/mail/mail_conf.h"
#include "common/mail/transport_dialogue.h"
#include "common/mail/transport_smtp_tls.h"

#define SECRET_MAX 1024
#define REPLY_MAX 400

struct session {
	const struct mail_conf *conf;
	const struct mail_relay *relay;
	const struct transport_mail *mail;
	struct transport_result *result;
	struct dialogue talk;
	int64_t timeout; /* ms libESMTP waits for each answer */
	bool connected;
	bool login;       /* a user is configured */
	bool no_starttls; /* required, not offered */
	struct transport_smtp_tls tls;
	bool begun, served; /* the first, the last byte was handed out */
	size_t offset;
	struct buf secret;
	smtp_session_t smtp;
	smtp_message_t message;
	smtp_recipient_t *recipient;
};

/* ---- TLS ---- */

/* A context of our own for each session: libESMTP frees its static one with
 * the first session and uses it in the second. */
static bool
set_tls(struct session *s)
{
	bool loopback = dialogue_is_loopback(s->relay->host);
	enum starttls_option how = Starttls_REQUIRED;
	SSL_CTX *ctx;
	bool ok;

	/* With a login nothing less: libESMTP would send the password in
	 * clear to a relay whose STARTTLS was stripped. */
	if (!s->login && s->conf->starttls == MAIL_STARTTLS_OFF)
		how = Starttls_DISABLED;
	else if (!s->login && s->conf->starttls == MAIL_STARTTLS_AUTO &&
	    loopback)
		how = Starttls_ENABLED;
	smtp_starttls_enable(s->smtp, how);
	if (how == Starttls_DISABLED)
		return true;
	s->tls.host = s->relay->host;
	s->tls.ca_file = s->conf->ca_file;
	/* Where clear text would do, any certificate does. */
	s->tls.verify = how == Starttls_REQUIRED && s->conf->verify;
	s->tls.poisoned = &s->talk.poisoned;
	ctx = transport_smtp_tls(&s->tls);
	ok = ctx != NULL && smtp_starttls_set_ctx(s->smtp, ctx);
	SSL_CTX_free(ctx);
	return ok;
}

/* ---- login ---- */

static int
on_login(auth_client_request_t request, char **answer, int n, void *arg)
{
	struct session *s = arg;
	int i;

	for (i = 0; i < n; i++) {
		answer[i] = NULL;
		if ((request[i].flags & AUTH_PASS) != 0)
			answer[i] = s->secret.p;
		else if ((request[i].flags & AUTH_USER) != 0)
			answer[i] = s->conf->user;
	}
	return 1;
}

/* NULL when nobody is to be logged in, or on failure (result is filled). */
static bool
set_login(struct session *s, auth_context_t *auth)
{
	if (!s->login)
		return true;
	if (!file_secret(s->conf->password_file, &s->secret)) {
		transport_all(s->result, s->mail->nto, TRANSPORT_TEMPFAIL, 0,
		    "password-file %s: %s", s->conf->password_file,
		    strerror(errno));
		return false;
	}
	auth_client_init();
	*auth = auth_create_context();
	if (*auth == NULL)
		return true; /* said later: not logged in */
	/* In clear under TLS, which set_tls requires with a login. */
	auth_set_mechanism_flags(*auth, AUTH_PLUGIN_PLAIN, 0);
	auth_set_interact_cb(*auth, on_login, s);
	smtp_auth_set_context(s->smtp, *auth);
	return true;
}

/* ---- verdicts ---- */

static bool
is_class(int code, int class)
{
	return code / 100 == class;
}

/* "550 5.1.1 no such user", as the relay said it. */
static const char *
reply_text(const smtp_status_t *st, char out[REPLY_MAX])
{
	const char *text = st->text != NULL ? st->text : "";

	if (st->enh_class != 0)
		snprintf(out, REPLY_MAX, "%d %d.%d.%d %s", st->code,
		    st->enh_class, st->enh_subject, st->enh_detail, text);
	else
		snprintf(out, REPLY_MAX, "%d %s", st->code, text);
	return out;
}

static void
refuse(struct transport_result *r, const smtp_status_t *st,
    enum dialogue_stage stage)
{
	char text[REPLY_MAX];

	transport_answer(r,
	    dialogue_is_permanent(st->code, stage) ? TRANSPORT_PERMFAIL :
						     TRANSPORT_TEMPFAIL,
	    st->code, "%s", reply_text(st, text));
}

static void
describe_certificate(const struct session *s, struct transport_result *r)
{
	if (s->tls.error == X509_V_ERR_HOSTNAME_MISMATCH ||
	    s->tls.error == X509_V_ERR_IP_ADDRESS_MISMATCH)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "the certificate is not for %s", s->relay->host);
	else
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "the certificate of %s cannot be verified: %s",
		    s->relay->host,
		    X509_verify_cert_error_string(s->tls.error));
}

/* Not one byte of a session: libESMTP's errno is the system's, negative, or
 * one of its own for the resolver. */
static void
describe_connect(struct transport_result *r)
{
	char text[128];
	int e = smtp_errno();

	if (e < 0)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0, "%s", strerror(-e));
	else
		transport_answer(r, TRANSPORT_TEMPFAIL, 0, "%s",
		    smtp_strerror(e, text, sizeof text) != NULL ?
			text :
			"no connection");
}

static void
describe_login(const struct session *s, struct transport_result *r)
{
	const struct dialogue *t = &s->talk;

	if (!t->auth_offered)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "not logged in: AUTH is not offered");
	else
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "not logged in as %s: %s", s->conf->user,
		    t->refused[0] != '\0' ? t->refused :
					    "no kind of AUTH is known to both");
}

/* How a session ended that never came to speak of this recipient. */
static void
describe_session(const struct session *s, struct transport_result *r)
{
	const struct dialogue *t = &s->talk;
	const char *stage = dialogue_stage_text(t->stage);
	char text[128];

	if (t->poisoned && t->stage == DIALOGUE_STARTTLS)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "somebody put plain text behind the reply to STARTTLS");
	else if (t->poisoned)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "more replies than commands, at %s", stage);
	else if (s->tls.error != X509_V_OK)
		describe_certificate(s, r);
	else if (s->no_starttls)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "STARTTLS is not offered");
	else if (!s->connected)
		describe_connect(r);
	else if (t->code >= 400)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0, "%s", t->text);
	else if (clock_mono() - t->last >= s->timeout - 50)
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "no answer to %s within %lld s", stage,
		    (long long)(s->timeout + 999) / 1000);
	else if (t->stage == DIALOGUE_STARTTLS && is_class(t->code, 2))
		transport_answer(r, TRANSPORT_TEMPFAIL, 0,
		    "the TLS handshake failed: %s",
		    ERR_reason_error_string(ERR_peek_last_error()) != NULL ?
			ERR_reason_error_string(ERR_peek_last_error()) :
			"the connection broke");
	else
		transport_answer(r, TRANSPORT_TEMPFAIL, 0, "%s after %s",
		    smtp_strerror(smtp_errno(), text, sizeof text) != NULL &&
			    smtp_errno() != 0 ?
			text :
			"the session broke off",
		    stage);
}

static void
judge(const struct session *s, size_t i, struct transport_result *r)
{
	const smtp_status_t *from = smtp_reverse_path_status(s->message);
	const smtp_status_t *rcpt = smtp_recipient_status(s->recipient[i]);
	const smtp_status_t *data = smtp_message_transfer_status(s->message);
	char text[REPLY_MAX];

	if (smtp_recipient_check_complete(s->recipient[i]) && s->served &&
	    is_class(rcpt->code, 2) && is_class(data->code, 2) &&
	    !s->talk.poisoned) {
		transport_answer(r, TRANSPORT_OK, data->code, "%s",
		    reply_text(data, text));
		return;
	}
	/* libESMTP goes on without a login when it was refused; what follows
	 * is then no verdict on this mail. */
	if (s->connected && s->login && !s->talk.authenticated &&
	    from->code != 0)
		describe_login(s, r);
	else if (!s->talk.poisoned && from->code >= 400)
		refuse(r, from, DIALOGUE_MAIL);
	else if (!s->talk.poisoned && rcpt->code >= 400)
		refuse(r, rcpt, DIALOGUE_RCPT);
	else if (!s->talk.poisoned && is_class(rcpt->code, 2) &&
	    data->code >= 400)
		refuse(r, data, DIALOGUE_BODY);
	else {
		describe_session(s, r);
		r->unsure = s->begun;
	}
}

static void
judge_all(struct session *s)
{
	size_t i;

	for (i = 0; i < s->mail->nto; i++)
		judge(s, i, &s->result[i]);
}

/* ---- callbacks ---- */

/*
 * libESMTP asks through the pointers behind event; what is not answered stays
 * 0 and ends the session.
 */
static void
on_event(smtp_session_t smtp, int event, void *arg, ...)
{
	struct session *s = arg;
	va_list ap;
	size_t i;
	int *ok = NULL;

	(void)smtp;
	va_start(ap, arg);
	switch (event) {
	case SMTP_EV_CONNECT:
		s->connected = true;
		break;
	case SMTP_EV_EXTNA_STARTTLS:
		s->no_starttls = true;
		break;
	case SMTP_EV_INVALID_PEER_CERTIFICATE:
		(void)va_arg(ap, long);
		ok = va_arg(ap, int *);
		*ok = !s->tls.verify;
		break;
	case SMTP_EV_NO_PEER_CERTIFICATE:
		ok = va_arg(ap, int *);
		*ok = !s->tls.verify;
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		/* OpenSSL has checked the configured name, this is about the
		 * one from DNS. */
		ok = va_arg(ap, int *);
		*ok = 1;
		break;
	case SMTP_EV_MESSAGESENT:
		/* Told at once: a relay that hangs in QUIT, or our death,
		 * must not make a mail that was taken go out again. */
		judge_all(s);
		for (i = 0; i < s->mail->nto; i++)
			transport_settled(s->mail, i, &s->result[i]);
		break;
	default:
		break;
	}
	va_end(ap);
}

static void
on_trace(const char *p, int n, int writing, void *arg)
{
	struct session *s = arg;

	if (n <= 0)
		return;
	if (writing == SMTP_CB_READING)
		dialogue_read(&s->talk, p, (size_t)n);
	else if (writing == SMTP_CB_WRITING)
		dialogue_wrote(&s->talk, p, (size_t)n);
}

/*
 * The whole frozen message in one piece: under BDAT a piece is a chunk.  NULL
 * with errno 0 is its end; with any other errno libESMTP drops the line, so
 * that no half message is ever taken for a whole one.
 */
static const char *
on_data(void **ctx, int *len, void *arg)
{
	struct session *s = arg;

	(void)ctx;
	if (len == NULL) {
		s->offset = 0;
		s->served = false;
		return NULL;
	}
	*len = 0;
	errno = s->talk.poisoned ? EPROTO : 0;
	if (s->talk.poisoned)
		return NULL;
	if (s->offset == s->mail->len) {
		s->served = true;
		return NULL;
	}
	if (!s->begun)
		transport_begun(s->mail);
	s->begun = true;
	dialogue_body(&s->talk);
	s->offset = s->mail->len;
	*len = (int)s->mail->len;
	errno = 0;
	return s->mail->data;
}

/* ---- the session ---- */

/* In milliseconds, whatever the manual says; without the flag 5 minutes is
 * the least. */
static void
set_timeouts(struct session *s)
{
	static const int which[] = { Timeout_GREETING, Timeout_ENVELOPE,
		Timeout_DATA, Timeout_TRANSFER, Timeout_DATA2 };
	size_t i;

	for (i = 0; i < sizeof which / sizeof *which; i++)
		smtp_set_timeout(s->smtp,
		    which[i] | Timeout_OVERRIDE_RFC2822_MINIMUM,
		    (long)s->timeout);
}

static bool
set_message(struct session *s)
{
	const struct transport_mail *m = s->mail;
	size_t i;

	s->message = smtp_add_message(s->smtp);
	if (s->message == NULL || !smtp_set_reverse_path(s->message, m->from) ||
	    !smtp_set_messagecb(s->message, on_data, s))
		return false;
	smtp_size_set_estimate(s->message, m->len);
	for (i = 0; i < m->nto; i++) {
		s->recipient[i] = smtp_add_recipient(s->message, m->to[i]);
		if (s->recipient[i] == NULL)
			return false;
	}
	return true;
}

static bool
set_session(struct session *s)
{
	char *server = xasprintf("%s:%s", s->relay->host, s->relay->port);
	bool ok;

	s->smtp = smtp_create_session();
	ok = s->smtp != NULL && smtp_set_server(s->smtp, server) &&
	    smtp_set_hostname(s->smtp, s->conf->hostname) &&
	    smtp_set_eventcb(s->smtp, on_event, s) &&
	    smtp_set_monitorcb(s->smtp, on_trace, s, 0);
	free(server);
	return ok;
}

static void
run_session(struct session *s)
{
	auth_context_t auth = NULL;

	if (!set_session(s) || !set_message(s)) {
		transport_all(s->result, s->mail->nto, TRANSPORT_TEMPFAIL, 0,
		    "libESMTP could not make a session");
		return;
	}
	set_timeouts(s);
	if (!set_tls(s))
		transport_all(s->result, s->mail->nto, TRANSPORT_TEMPFAIL, 0,
		    "TLS could not be set up (%s)",
		    s->conf->ca_file != NULL ? s->conf->ca_file :
					       "the system's certificates");
	else if (set_login(s, &auth)) {
		smtp_start_session(s->smtp);
		judge_all(s);
	}
	smtp_auth_set_context(s->smtp, NULL);
	if (auth != NULL)
		auth_destroy_context(auth);
	auth_client_exit();
}

static void
smtp_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *result)
{
	struct session s = { .conf = conf,
		.relay = relay,
		.mail = mail,
		.result = result };

	/* A relay that drops the line in the middle must not kill us, nor
	 * shall files of whoever runs us have a say in TLS. */
	signal(SIGPIPE, SIG_IGN);
	setenv("HOME", "/nonexistent", 1);
	unsetenv("XDG_CONFIG_DIR");
	s.login = conf->user != NULL;
	/* A little less than our parent's, so that we can still say why. */
	s.timeout = conf->timeout * 900;
	dialogue_init(&s.talk);
	buf_init(&s.secret, SECRET_MAX);
	s.recipient = xcalloc(mail->nto, sizeof *s.recipient);
	run_session(&s);
	if (s.smtp != NULL)
		smtp_destroy_session(s.smtp);
	if (s.secret.p != NULL)
		explicit_bzero(s.secret.p, s.secret.cap);
	buf_free(&s.secret);
	free(s.recipient);
}

const struct transport transport_smtp = { "smtp", smtp_send };
