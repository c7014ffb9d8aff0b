/* SPDX-License-Identifier: ISC */
/*
 * The contract of a transport: one frozen message, its recipients, a verdict
 * for each.  `send` runs in a forked child that its parent kills at the
 * deadline, so it may block; it touches no database and must answer for every
 * recipient before it returns.  Temporary is not permanent: what is not
 * plainly a refusal of this recipient or this message is TEMPFAIL.
 */
#ifndef COMMON_MAIL_TRANSPORT_H
#define COMMON_MAIL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mail_conf;
struct mail_relay;

enum transport_status {
	TRANSPORT_OK,
	TRANSPORT_TEMPFAIL, /* 4xx, refused, timeout, TLS: try again */
	TRANSPORT_PERMFAIL  /* 5xx for this recipient or message */
};

#define TRANSPORT_TEXT 240

struct transport_result {
	enum transport_status status;
	/* The reply to this recipient or message, or an exit status; 0 when
	 * it never came to that (no connection, TLS, login). */
	int code;
	/* With TEMPFAIL: it may have been taken all the same, so another
	 * relay is not asked in the same run. */
	bool unsure;
	char text[TRANSPORT_TEXT]; /* cleaned, for people */
};

struct transport_mail {
	const char *from;
	const char *const *to;
	size_t nto;
	const char *msgid;
	const char *data; /* whole message, CRLF lines, 7 bit */
	size_t len;
	int64_t created;
	int report; /* where transport_run listens; -1: nobody does */
};

struct transport {
	const char *name;
	/* relay is NULL but for SMTP. */
	void (*send)(const struct mail_conf *, const struct mail_relay *,
	    const struct transport_mail *, struct transport_result *);
};

extern const struct transport transport_smtp;  /* smtp://, libESMTP */
extern const struct transport transport_smtps; /* smtps://, libcurl */
extern const struct transport transport_sendmail;
extern const struct transport transport_maildir;
extern const struct transport transport_stdout;

/* The one the configuration asks for; relay is NULL but for SMTP. */
const struct transport *transport_of(const struct mail_conf *,
    const struct mail_relay *);

/*
 * Lets it send in a child of its own for at most ms milliseconds, and fills a
 * result for each recipient.  A child that died or had to be killed gives
 * TEMPFAIL to those whose verdict it had not reported.
 */
void transport_run(const struct transport *, const struct mail_conf *,
    const struct mail_relay *, const struct transport_mail *, int64_t ms,
    struct transport_result *);

/* For a transport, in the child: the message's first byte is about to leave;
 * from here on a failure may have been a delivery. */
void transport_begun(const struct transport_mail *);
/* The same: the verdict on recipient i stands, whatever happens later. */
void transport_settled(const struct transport_mail *, size_t i,
    const struct transport_result *);

/* Fills a result, not unsure; the text is cleaned and cut to fit. */
void transport_answer(struct transport_result *, enum transport_status,
    int code, const char *, ...) __attribute__((format(printf, 4, 5)));
/* Gives every recipient the same answer. */
void transport_all(struct transport_result *, size_t n, enum transport_status,
    int code, const char *, ...) __attribute__((format(printf, 5, 6)));

#endif
