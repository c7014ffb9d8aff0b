/* SPDX-License-Identifier: ISC */
/* The mail { } section that both tools share. */
#include "common/mail/mail_conf.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/conf.h"

#define MAIL_EXPIRE (5 * 86400) /* as RFC 5321 4.5.4.1 has it: 4-5 days */
#define MAIL_DEADLINE 120       /* s; cron's next run wants a free field */
#define MAIL_TIMEOUT 30         /* s for one mail: greylisters need some */

static const char *const transports[] = { "smtp", "sendmail", "maildir",
	"stdout", NULL };
static const char *const starttls_words[] = { "auto", "required", "off", NULL };

struct cfg_opt_t *
mail_conf_keys(void)
{
	static cfg_opt_t keys[] = {
		CFG_STR("from", NULL, CFGF_NODEFAULT),
		CFG_STR("transport", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("relays", NULL, CFGF_NODEFAULT),
		CFG_STR("user", NULL, CFGF_NODEFAULT),
		CFG_STR("password-file", NULL, CFGF_NODEFAULT),
		CFG_STR("starttls", NULL, CFGF_NODEFAULT),
		CFG_STR("verify", NULL, CFGF_NODEFAULT),
		CFG_STR("ca-file", NULL, CFGF_NODEFAULT),
		CFG_STR("maildir", NULL, CFGF_NODEFAULT),
		CFG_STR("sendmail", NULL, CFGF_NODEFAULT),
		CFG_STR("hostname", NULL, CFGF_NODEFAULT),
		CFG_STR("expire", NULL, CFGF_NODEFAULT),
		CFG_STR("deadline", NULL, CFGF_NODEFAULT),
		CFG_STR("timeout", NULL, CFGF_NODEFAULT),
		CFG_END(),
	};

	return keys;
}

static bool
is_host(const char *s, size_t n)
{
	if (n == 0 || n > 253)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
			   "XYZ0123456789.-:_",
			s[i]) == NULL)
			return false;
	return true;
}

const char *
mail_relay_parse(const char *url, struct mail_relay *relay)
{
	static const char want[] = "expected smtp://host[:port] or "
				   "smtps://host[:port]";
	const char *host, *end, *port = NULL;
	size_t n;

	relay->tls = strncmp(url, "smtps://", 8) == 0;
	if (!relay->tls && strncmp(url, "smtp://", 7) != 0)
		return want;
	host = url + (relay->tls ? 8 : 7);
	if (*host == '[') {
		host++;
		if ((end = strchr(host, ']')) == NULL)
			return want;
		port = end[1] == ':' ? end + 2 : end[1] == '\0' ? NULL : "";
	} else {
		end = host + strcspn(host, ":/");
		port = *end == ':' ? end + 1 : *end == '\0' ? NULL : "";
	}
	n = (size_t)(end - host);
	if (!is_host(host, n))
		return want;
	if (port != NULL &&
	    (*port == '\0' || strlen(port) > 5 ||
		strspn(port, "0123456789") != strlen(port) ||
		strtol(port, NULL, 10) < 1 || strtol(port, NULL, 10) > 65535))
		return want;
	relay->host = xstrndup(host, n);
	relay->port = xstrdup(port != NULL ? port : relay->tls ? "465" : "25");
	relay->url = xstrdup(url);
	return NULL;
}

static void
relay_free(struct mail_relay *r)
{
	free(r->host);
	free(r->port);
	free(r->url);
}

/* For conf_list: only looks. */
static const char *
check_relay(const char *url)
{
	struct mail_relay r;
	const char *what = mail_relay_parse(url, &r);

	if (what == NULL)
		relay_free(&r);
	return what;
}

static void
read_relays(struct conf *c, cfg_t *sec, struct mail_conf *m)
{
	char **url;
	size_t n;

	conf_list(c, sec, "relays", check_relay, &url, &n);
	m->relays = xcalloc(n + 1, sizeof *m->relays);
	for (m->nrelays = 0; m->nrelays < n; m->nrelays++)
		mail_relay_parse(url[m->nrelays], &m->relays[m->nrelays]);
	conf_list_free(url, n);
}

static void
read_transport(struct conf *c, cfg_t *sec, struct mail_conf *m)
{
	bool given = m->sendmail != NULL;
	int t;

	if (m->sendmail == NULL)
		m->sendmail = xstrdup("/usr/sbin/sendmail");
	if (conf_word(c, sec, "transport", transports, &t))
		m->transport = (enum mail_transport)t;
	else if (m->nrelays > 0)
		m->transport = MAIL_SMTP;
	else if (m->maildir != NULL)
		m->transport = MAIL_MAILDIR;
	else if (given || access(m->sendmail, X_OK) == 0)
		m->transport = MAIL_SENDMAIL;
	else
		m->transport = MAIL_STDOUT;
	if (m->transport == MAIL_SMTP && m->nrelays == 0 &&
	    cfg_size(sec, "relays") == 0)
		conf_error(c, sec, "transport", 0,
		    "transport = smtp needs "
		    "relays = {\"smtp://host:25\"}");
	if (m->transport == MAIL_MAILDIR && m->maildir == NULL)
		conf_error(c, sec, "transport", 0,
		    "transport = maildir needs "
		    "maildir = \"/a/directory\"");
}

static void
read_login(struct conf *c, cfg_t *sec, struct mail_conf *m)
{
	const char *user = conf_string(c, sec, "user");
	int word;

	conf_abs_path(c, sec, "password-file", &m->password_file);
	if (user != NULL)
		m->user = xstrdup(user);
	if (user != NULL && cfg_size(sec, "password-file") == 0)
		conf_error(c, sec, "user", 0,
		    "user needs password-file, a "
		    "file of mode 0600 that holds the password");
	if (conf_word(c, sec, "starttls", starttls_words, &word))
		m->starttls = (enum mail_starttls)word;
	if (m->starttls == MAIL_STARTTLS_OFF && user != NULL)
		conf_error(c, sec, "starttls", 0,
		    "starttls = off would send "
		    "the password in clear; leave out user, or starttls");
}

static void
read_from(struct conf *c, cfg_t *sec, struct mail_conf *m)
{
	const char *from = conf_string(c, sec, "from"), *host, *what;
	char name[HOST_NAME_MAX + 1];

	if (from == NULL)
		conf_error(c, sec, NULL, 0,
		    "mail needs from = "
		    "\"an.address@of.yours\"");
	else if ((what = conf_check_address(from)) != NULL)
		conf_error(c, sec, "from", 0, "from = \"%s\": %s", from, what);
	else
		m->from = xstrdup(from);
	host = conf_string(c, sec, "hostname");
	if (host != NULL && !is_host(host, strlen(host)))
		conf_error(c, sec, "hostname", 0,
		    "hostname = \"%s\": "
		    "expected a host name",
		    host);
	if (host == NULL && gethostname(name, sizeof name) == 0 &&
	    is_host(name, strnlen(name, sizeof name)))
		host = name;
	m->hostname = xstrdup(host != NULL ? host : "localhost");
}

void
mail_conf_read(struct conf *c, struct mail_conf *m)
{
	cfg_t *root = conf_root(c), *sec;

	memset(m, 0, sizeof *m);
	m->verify = true;
	m->expire = MAIL_EXPIRE;
	m->deadline = MAIL_DEADLINE;
	m->timeout = MAIL_TIMEOUT;
	conf_list(c, root, "admin", conf_check_address, &m->admin, &m->nadmin);
	/* libConfuse makes an untitled section even when it is not there; but
	 * to find one it copies the name */
	if ((sec = cfg_getsec(root, "mail")) == NULL)
		xmem_fail();
	read_from(c, sec, m);
	read_relays(c, sec, m);
	conf_abs_path(c, sec, "maildir", &m->maildir);
	conf_abs_path(c, sec, "sendmail", &m->sendmail);
	read_transport(c, sec, m);
	read_login(c, sec, m);
	conf_bool(c, sec, "verify", &m->verify);
	conf_abs_path(c, sec, "ca-file", &m->ca_file);
	conf_duration(c, sec, "expire", 60, &m->expire);
	conf_duration(c, sec, "deadline", 1, &m->deadline);
	conf_duration(c, sec, "timeout", 1, &m->timeout);
}

void
mail_conf_free(struct mail_conf *m)
{
	conf_list_free(m->admin, m->nadmin);
	for (size_t i = 0; i < m->nrelays; i++)
		relay_free(&m->relays[i]);
	free(m->relays);
	free(m->from);
	free(m->user);
	free(m->password_file);
	free(m->ca_file);
	free(m->maildir);
	free(m->sendmail);
	free(m->hostname);
	memset(m, 0, sizeof *m);
}

void
mail_conf_describe(const struct mail_conf *m, const char *path,
    const char *state, struct buf *b)
{
	buf_addf(b, "configuration %s\nstate         %s\nmail          %s",
	    path, state, transports[m->transport]);
	if (m->transport == MAIL_SMTP)
		for (size_t i = 0; i < m->nrelays; i++)
			buf_addf(b, " %s", m->relays[i].url);
	if (m->transport == MAIL_MAILDIR)
		buf_addf(b, " %s", m->maildir);
	if (m->transport == MAIL_SENDMAIL)
		buf_addf(b, " %s", m->sendmail);
	buf_adds(b, "\nadmin         ");
	for (size_t i = 0; i < m->nadmin; i++)
		buf_addf(b, "%s%s", i > 0 ? ", " : "", m->admin[i]);
	buf_adds(b, "\n");
}

bool
mail_conf_load(const char *path, struct mail_conf *m, char **state)
{
	cfg_opt_t keys[] = {
		CFG_STR_LIST("admin", NULL, CFGF_NODEFAULT),
		CFG_STR("state", NULL, CFGF_NODEFAULT),
		CFG_SEC("mail", mail_conf_keys(), CFGF_NONE),
		CFG_END(),
	};
	struct conf *c = conf_open(path, keys, CONF_SKIP_UNKNOWN);
	bool ok;

	*state = NULL;
	memset(m, 0, sizeof *m);
	if (conf_root(c) != NULL) {
		mail_conf_read(c, m);
		conf_abs_path(c, conf_root(c), "state", state);
	}
	conf_print_errors(c, stderr);
	ok = conf_errors(c) == 0;
	conf_close(c);
	return ok;
}
