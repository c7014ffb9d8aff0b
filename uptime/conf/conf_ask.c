/* SPDX-License-Identifier: ISC */
/* uptime.conf: how a URL is asked, and the steps before it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "uptime/conf/conf_part.h"
#include "uptime/conf/value.h"

#define BODY_MAX (1024 * 1024) /* bytes to send */

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH",
	"DELETE", "OPTIONS", NULL };
enum { M_GET, M_HEAD, M_POST, M_PUT, M_PATCH };

static const char *const redirect_words[] = { "same", "any", "none", NULL };

/* For conf_list: what may be sent as it is. */
static const char *
check_header(const char *s)
{
	static const char *const ours[] = { "Host", "Content-Length",
		"Transfer-Encoding", "Connection" };
	const char *value;
	size_t n = value_header(s, &value);

	if (n == 0 || value == NULL)
		return "expected \"Name: value\"";
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strlen(ours[i]) == n && strncasecmp(s, ours[i], n) == 0)
			return "is made from the URL and the body";
	for (; *value != '\0'; value++)
		if (((unsigned char)*value < ' ' && *value != '\t') ||
		    *value == 0x7f)
			return "has a control character in it";
	return NULL;
}

static void
read_body(struct conf *c, cfg_t *sec, struct request *r)
{
	const char *body = cfg_getstr(sec, "body");
	char *path = NULL;
	struct buf b;

	conf_abs_path(c, sec, "body-file", &path);
	if (body != NULL)
		r->body = xstrdup(body);
	if (path == NULL)
		return;
	buf_init(&b, BODY_MAX);
	if (body != NULL)
		conf_error(c, sec, "body-file", 0,
		    "expected body or body-file, not both");
	else if (!file_slurp(path, &b))
		conf_error(c, sec, "body-file", 0,
		    "body-file = \"%s\": cannot be read: %s", path,
		    errno == EFBIG ? "more than 1 MiB" : strerror(errno));
	else if (strlen(buf_str(&b)) != b.len)
		conf_error(c, sec, "body-file", 0,
		    "body-file = \"%s\": holds a NUL byte; expected text",
		    path);
	else
		r->body = buf_take(&b);
	buf_free(&b);
	free(path);
}

/* What a step has as well. */
static void
read_request(struct conf *c, cfg_t *sec, struct request *r)
{
	int method = M_GET;
	bool has_body;

	if (conf_word(c, sec, "method", methods, &method) && method != M_GET)
		r->method = xstrdup(methods[method]);
	conf_list(c, sec, "headers", check_header, &r->header, &r->nheader);
	read_body(c, sec, r);
	has_body = method == M_POST || method == M_PUT || method == M_PATCH;
	/* for somebody who meant the body of the reply */
	if (r->body != NULL && !has_body)
		conf_error(c, sec, cfg_size(sec, "body") ? "body" : "body-file",
		    0,
		    "a body is sent, and %s has none; expected method = "
		    "POST, PUT or PATCH (the reply: expect, contains, match)",
		    methods[method]);
}

static void
read_login(const struct conf_part *p, cfg_t *sec, struct request *r)
{
	const char *user = conf_string(p->c, sec, "user");
	bool file = cfg_size(sec, "password-file") > 0;

	conf_abs_path(p->c, sec, "password-file", &r->password_file);
	if (user != NULL && strchr(user, ':') != NULL)
		conf_error(p->c, sec, "user", 0,
		    "user = \"%s\": expected a name alone; the password is in "
		    "password-file",
		    user);
	else if (user != NULL)
		r->user = xstrdup(user);
	if (user != NULL && !file)
		conf_error(p->c, sec, "user", 0,
		    "user needs password-file, a file of mode 0600 that holds "
		    "the password");
	if (user == NULL && file)
		conf_error(p->c, sec, "password-file", 0,
		    "password-file needs user");
	if (user != NULL && !r->url.tls)
		conf_doubt(p, sec, "user", 0,
		    "the password is sent in clear; expected https://");
	conf_abs_path(p->c, sec, "client-cert", &r->client_cert);
	conf_abs_path(p->c, sec, "client-key", &r->client_key);
	if (r->client_key != NULL && cfg_size(sec, "client-cert") == 0)
		conf_error(p->c, sec, "client-key", 0,
		    "client-key needs client-cert");
	if (cfg_size(sec, "client-cert") > 0 && !r->url.tls)
		conf_error(p->c, sec, "client-cert", 0,
		    "a client certificate needs https://");
}

static void
read_redirects(struct conf *c, cfg_t *sec, struct target *t)
{
	unsigned size = cfg_size(sec, "redirect-to");
	const char *s, *what;
	char text[IP_TEXT];
	struct ip ip;
	int word;

	if (conf_word(c, sec, "redirect", redirect_words, &word))
		t->redirects = (enum redirects)word;
	if (size > 0 && t->redirects != REDIRECTS_SAME)
		conf_error(c, sec, "redirect-to", 0,
		    "redirect-to names hosts besides the own one; expected "
		    "redirect = same");
	t->redirect_to = xcalloc(size + 1, sizeof *t->redirect_to);
	for (unsigned i = 0; i < size; i++) {
		s = cfg_getnstr(sec, "redirect-to", i);
		if (ip_parse(s, 0, &ip) && ip.port == 0)
			t->redirect_to[t->nredirect_to++] = xstrdup(
			    ip_text(&ip, text));
		else if ((what = host_ascii(s,
			      &t->redirect_to[t->nredirect_to])) != NULL)
			conf_error(c, sec, "redirect-to", i,
			    "redirect-to: \"%s\": %s", s, what);
		else
			t->nredirect_to++;
	}
}

/* Credentials go to the host that they were given for, and no other. */
static void
inherit(struct request *r, const struct request *from)
{
	r->http1 = from->http1;
	if (strcmp(r->url.host, from->url.host) != 0 ||
	    r->url.port != from->url.port || r->url.tls != from->url.tls)
		return;
	if (from->user != NULL)
		r->user = xstrdup(from->user);
	if (from->password_file != NULL)
		r->password_file = xstrdup(from->password_file);
	if (from->client_cert != NULL)
		r->client_cert = xstrdup(from->client_cert);
	if (from->client_key != NULL)
		r->client_key = xstrdup(from->client_key);
}

static void
read_step(struct conf *c, cfg_t *sec, struct target *t)
{
	struct request *r = &t->step[t->nstep];
	const char *url = conf_string(c, sec, "url"), *what;

	if (url == NULL) {
		conf_error(c, sec, NULL, 0, "step needs url = \"https://…\"");
		return;
	}
	if ((what = url_parse(url, &r->url)) != NULL) {
		conf_error(c, sec, "url", 0, "url = \"%s\": %s", url, what);
		return;
	}
	t->nstep++;
	inherit(r, &t->ask);
	read_request(c, sec, r);
}

void
conf_ask(const struct conf_part *p, cfg_t *sec, struct target *t)
{
	unsigned steps = cfg_size(sec, "step");
	bool http2 = true;

	read_request(p->c, sec, &t->ask);
	read_login(p, sec, &t->ask);
	conf_bool(p->c, sec, "http2", &http2);
	t->ask.http1 = !http2;
	read_redirects(p->c, sec, t);
	t->step = xcalloc(steps + 1, sizeof *t->step);
	for (unsigned i = 0; i < steps; i++)
		read_step(p->c, cfg_getnsec(sec, "step", i), t);
}
