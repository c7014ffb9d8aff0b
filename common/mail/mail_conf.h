/* SPDX-License-Identifier: ISC */
/*
 * The mail { } section that both tools share.
 */
#ifndef COMMON_MAIL_MAIL_CONF_H
#define COMMON_MAIL_MAIL_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct cfg_opt_t;
struct conf;

enum mail_transport { MAIL_SMTP, MAIL_SENDMAIL, MAIL_MAILDIR, MAIL_STDOUT };

enum mail_starttls {
	MAIL_STARTTLS_AUTO, /* required, but on loopback only if offered */
	MAIL_STARTTLS_REQUIRED,
	MAIL_STARTTLS_OFF
};

struct mail_relay {
	bool tls;   /* smtps://: TLS from the first byte */
	char *host; /* name or address, without brackets */
	char *port; /* decimal; 25, or 465 for smtps */
	char *url;  /* as configured, for messages */
};

struct mail_conf {
	char **admin; /* who is told of mail that cannot be sent */
	size_t nadmin;
	char *from; /* envelope sender and From: */
	enum mail_transport transport;
	struct mail_relay *relays; /* tried in order */
	size_t nrelays;
	char *user;          /* SMTP AUTH, or NULL */
	char *password_file; /* 0600, one line; set whenever user is */
	enum mail_starttls starttls;
	bool verify;      /* the relay's certificate; default true */
	char *ca_file;    /* instead of the system's, or NULL */
	char *maildir;    /* DIR: a Maildir for each recipient in it */
	char *sendmail;   /* program, called as: PROG -i -f FROM -- TO… */
	char *hostname;   /* in EHLO and Message-ID */
	int64_t expire;   /* seconds until undelivered mail is given up */
	int64_t deadline; /* seconds for one whole delivery run */
	int64_t timeout;  /* seconds for one mail to one relay */
};

/* The keys of mail { }, for a tool's own table of keys: static, writable
 * as libConfuse wants it. */
struct cfg_opt_t *mail_conf_keys(void);

/*
 * Reads admin and mail { } out of a parsed configuration; what is wrong goes
 * to conf_error.  Defaults: transport smtp if there are relays, maildir if
 * there is a maildir, else sendmail if the program is there, else stdout.
 */
void mail_conf_read(struct conf *, struct mail_conf *);
void mail_conf_free(struct mail_conf *);
/* For people, lines: the file and the state that it names, the transport and
 * where it leads, admin. */
void mail_conf_describe(const struct mail_conf *, const char *path,
    const char *state, struct buf *);

/*
 * The same from a tool's configuration file, for sitewatch-mail, which passes
 * over all other keys.  *state gets the file's `state`, or NULL.  False:
 * errors were printed, the exit status is 78.
 */
bool mail_conf_load(const char *path, struct mail_conf *, char **state);

/* Pure: "smtp://mx1.example.com:25", "smtps://[2001:db8::1]"; NULL or what
 * was expected.  On NULL *relay owns its strings. */
const char *mail_relay_parse(const char *url, struct mail_relay *);

#endif
