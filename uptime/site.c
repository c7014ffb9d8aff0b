/* SPDX-License-Identifier: ISC */
/* URLs and host names taken apart; sites and targets begun and freed. */
#include "uptime/site.h"

#include <arpa/inet.h>

#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/regex.h"

#define URL_MAX 8192
#define HOST_MAX 253
#define LABEL_MAX 63

#define EVERY 300     /* s */
#define TIMEOUT 10000 /* ms */
#define MAX_BODY 1048576
#define CERT_WARN (14 * 86400)
#define CERT_FRACTION 0.1

static const char want_url[] = "expected http://host/path or "
			       "https://host/path";
static const char bad_host[] = "has no good host name; expected one such as "
			       "www.example.com, 192.0.2.1 or [2001:db8::1]";
static const char too_long[] = "is too long; expected at most 8192 bytes";

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * inet_aton(3) and with it most programs take "127.1", "0x7f.1", "0177.0.0.1"
 * and "2130706433" for addresses.  No top-level domain is a number, so that
 * one look at the last label tells them from names.
 */
static bool
ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *label = dot != NULL ? dot + 1 : host;
	size_t n = strlen(label);

	if (label[0] == '0' && lower(label[1]) == 'x')
		return strspn(label + 2, "0123456789abcdefABCDEF") == n - 2;
	return strspn(label, "0123456789") == n;
}

/* Lower case, in labels of a good length, of letters, digits, '-' and '_'. */
static bool
is_host(const char *s)
{
	size_t label = 0, n = strlen(s);

	if (n == 0 || n > HOST_MAX)
		return false;
	for (; *s != '\0'; s++) {
		if (*s == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!(*s >= 'a' && *s <= 'z') && !is_digit(*s) && *s != '-' &&
		    *s != '_')
			return false;
		if (++label > LABEL_MAX)
			return false;
	}
	return label > 0;
}

/* NULL, or in ASCII. */
static char *
to_ascii(const char *name)
{
	char *out, *copy;

	if (is_ascii(name)) {
		/* libidn2 2.3.3 refuses names that are in use, such as
		 * "r3---sn-x.example.com" (IDN2_2HYPHEN) */
		out = xstrdup(name);
		for (char *p = out; *p != '\0'; p++)
			*p = lower(*p);
		return out;
	}
	if (idn2_to_ascii_8z(name, &out, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;
	copy = xstrdup(out);
	idn2_free(out);
	return copy;
}

const char *
host_ascii(const char *name, char **out)
{
	char *host;
	size_t n;

	*out = NULL;
	/* four bytes a character, and some of them vanish in IDNA */
	if (strlen(name) > (size_t)8 * HOST_MAX)
		return "is too long; expected a name of at most 253 bytes";
	if ((host = to_ascii(name)) == NULL)
		return "is no international domain name (IDNA 2008)";
	n = strlen(host);
	if (n > 0 && host[n - 1] == '.')
		host[--n] = '\0';
	/* here, because U+FF11 and its like have become digits now, and
	 * others may have become anything */
	if (!is_host(host)) {
		free(host);
		return "is no host name; expected letters, digits, '-' and "
		       "'_', in labels of 1 to 63, 253 together";
	}
	if (ends_in_number(host)) {
		free(host);
		return "ends in a number; expected a name, or an address such "
		       "as 192.0.2.1";
	}
	*out = host;
	return NULL;
}

/* The literal address in s: "192.0.2.1" with or without a final dot, or the
 * inside of [ ]. */
static bool
literal(char *s, bool brackets, struct ip *ip)
{
	unsigned char octets[16];
	int family = brackets ? AF_INET6 : AF_INET;
	size_t n = strlen(s);
	bool dot = !brackets && n > 0 && s[n - 1] == '.', ok;

	if (dot)
		s[n - 1] = '\0';
	/* glibc's inet_pton takes four plain decimals, and no leading zeros */
	ok = inet_pton(family, s, octets) == 1;
	if (dot)
		s[n - 1] = '.';
	if (ok)
		*ip = ip_from(family, octets, 0);
	return ok;
}

static const char *
parse_host(const char *s, size_t n, struct url *u)
{
	char text[IP_TEXT], *copy;
	const char *what = NULL;
	bool brackets = n > 0 && *s == '[';

	if (brackets && (n < 2 || s[n - 1] != ']'))
		return bad_host;
	copy = brackets ? xstrndup(s + 1, n - 2) : xstrndup(s, n);
	if (literal(copy, brackets, &u->ip))
		u->host = xstrdup(ip_text(&u->ip, text));
	else if (brackets || *copy == '\0')
		what = bad_host;
	else
		what = host_ascii(copy, &u->host);
	free(copy);
	return what;
}

/* "" is no port: RFC 3986 3.2.3. */
static bool
parse_port(const char *s, size_t n, uint16_t *port)
{
	unsigned long v = 0;

	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(s[i]) || v > 65535)
			return false;
		v = v * 10 + (unsigned long)(s[i] - '0');
	}
	if (v < 1 || v > 65535)
		return false;
	*port = (uint16_t)v;
	return true;
}

static const char *
parse_authority(const char *s, size_t n, struct url *u)
{
	const char *port, *what;
	size_t host;

	if (memchr(s, '@', n) != NULL)
		return "a user or a password in a URL is refused; expected "
		       "user = and password-file = beside it";
	if (n > 0 && *s == '[') {
		port = memchr(s, ']', n);
		host = port != NULL ? (size_t)(port - s) + 1 : n;
		port = host < n && s[host] == ':' ? s + host : NULL;
		if (port == NULL && host < n)
			return bad_host;
	} else {
		port = memchr(s, ':', n);
		host = port != NULL ? (size_t)(port - s) : n;
		/* an IPv6 address without its brackets */
		if (port != NULL && memchr(port + 1, ':', n - host - 1) != NULL)
			return bad_host;
	}
	if ((what = parse_host(s, host, u)) != NULL)
		return what;
	u->port = u->tls ? 443 : 80;
	if (port != NULL && !parse_port(port + 1, n - host - 1, &u->port))
		return "has a bad port; expected 1 to 65535";
	u->ip.port = u->ip.family != 0 ? u->port : 0;
	return NULL;
}

/*
 * RFC 3986 5.2.4, on a path that begins with '/': libcurl does the same, and
 * what is shown shall be what is asked.  Adds the result.
 */
static void
add_path(struct buf *b, const char *p, size_t n)
{
	size_t start = b->len, seg;

	while (n > 0) {
		/* p is at a '/' */
		for (seg = 1; seg < n && p[seg] != '/'; seg++)
			;
		if (seg == 2 && p[1] == '.') {
			if (n == seg)
				buf_addc(b, '/');
		} else if (seg == 3 && p[1] == '.' && p[2] == '.') {
			while (b->len > start && b->p[b->len - 1] != '/')
				buf_cut(b, b->len - 1);
			if (b->len > start)
				buf_cut(b, b->len - 1);
			if (n == seg)
				buf_addc(b, '/');
		} else
			buf_add(b, p, seg);
		p += seg;
		n -= seg;
	}
	if (b->len == start)
		buf_addc(b, '/');
}

/* Path and query, what is not ASCII as %XX, as browsers send it. */
static char *
parse_path(const char *s)
{
	size_t n = strcspn(s, "#"), path;
	struct buf b, e;

	buf_init(&b, URL_MAX + 2);
	buf_init(&e, (size_t)3 * URL_MAX + 8);
	for (path = 0; path < n && s[path] != '?'; path++)
		;
	add_path(&b, s, path);
	buf_add(&b, s + path, n - path);
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.p[i] < 0x80)
			buf_addc(&e, b.p[i]);
		else
			buf_addf(&e, "%%%02X", (unsigned char)b.p[i]);
	buf_free(&b);
	return buf_take(&e);
}

static char *
whole(const struct url *u)
{
	bool v6 = u->ip.family == AF_INET6;
	char port[8] = "";

	if (u->port != (u->tls ? 443 : 80))
		snprintf(port, sizeof port, ":%u", u->port);
	return xasprintf("%s://%s%s%s%s%s", u->tls ? "https" : "http",
	    v6 ? "[" : "", u->host, v6 ? "]" : "", port, u->path);
}

static bool
has_scheme(const char *s, const char *scheme, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(s[i]) != scheme[i])
			return false;
	return true;
}

const char *
url_parse(const char *s, struct url *u)
{
	const char *what;
	size_t n;

	memset(u, 0, sizeof *u);
	if (strlen(s) > URL_MAX)
		return too_long;
	for (const char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '\\')
			return "has a blank, a control character or a "
			       "backslash in it; expected it as %20, %5C …";
	u->tls = has_scheme(s, "https://", 8);
	if (!u->tls && !has_scheme(s, "http://", 7))
		return want_url;
	s += u->tls ? 8 : 7;
	n = strcspn(s, "/?#");
	if ((what = parse_authority(s, n, u)) != NULL) {
		url_free(u);
		return what;
	}
	u->path = parse_path(s + n);
	u->text = whole(u);
	return NULL;
}

/* Has it a scheme of its own (RFC 3986 3.1)? */
static bool
is_absolute(const char *s)
{
	size_t n = strcspn(s, ":/?#");

	if (s[n] != ':' || n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = lower(s[i]);

		if (!(c >= 'a' && c <= 'z') &&
		    (i == 0 || (!is_digit(c) && strchr("+-.", c) == NULL)))
			return false;
	}
	return true;
}

/* Blanks around it away, those inside as %20, as browsers do. */
static void
add_reference(struct buf *b, const char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	for (size_t i = 0; i < n; i++)
		if (s[i] == ' ')
			buf_adds(b, "%20");
		else
			buf_addc(b, s[i]);
}

const char *
url_join(const struct url *base, const char *location, struct url *u)
{
	size_t origin = strlen(base->text) - strlen(base->path);
	size_t path = strcspn(base->path, "?");
	struct buf ref, b;
	const char *s, *what;

	memset(u, 0, sizeof *u);
	if (strlen(location) > URL_MAX)
		return too_long;
	buf_init(&ref, (size_t)4 * URL_MAX);
	buf_init(&b, (size_t)8 * URL_MAX);
	add_reference(&ref, location);
	s = buf_str(&ref);
	if (is_absolute(s)) {
		/* as it is */
	} else if (s[0] == '/' && s[1] == '/') {
		buf_adds(&b, base->tls ? "https:" : "http:");
	} else {
		buf_add(&b, base->text, origin);
		if (*s == '\0' || *s == '#') {
			buf_adds(&b, base->path);
		} else if (*s == '?') {
			buf_add(&b, base->path, path);
		} else if (*s != '/') {
			while (path > 0 && base->path[path - 1] != '/')
				path--;
			buf_add(&b, base->path, path);
		}
	}
	buf_adds(&b, s);
	what = url_parse(buf_str(&b), u);
	buf_free(&ref);
	buf_free(&b);
	return what;
}

void
url_free(struct url *u)
{
	free(u->text);
	free(u->host);
	free(u->path);
	memset(u, 0, sizeof *u);
}

static void
list_free(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void
request_free(struct request *r)
{
	url_free(&r->url);
	free(r->method);
	list_free(r->header, r->nheader);
	free(r->body);
	free(r->user);
	free(r->password_file);
	free(r->client_cert);
	free(r->client_key);
}

static void
expect_free(struct expect *e)
{
	free(e->status);
	free(e->equals);
	list_free(e->contains, e->ncontains);
	regex_free(e->match);
	regex_free(e->absent);
	free(e->match_source);
	free(e->absent_source);
	for (size_t i = 0; i < e->nheader; i++) {
		free(e->header[i].name);
		regex_free(e->header[i].pattern);
		free(e->header[i].source);
	}
	free(e->header);
	for (size_t i = 0; i < e->nnumber; i++) {
		regex_free(e->number[i].pattern);
		free(e->number[i].source);
	}
	free(e->number);
	free(e->banner);
}

void
target_init(struct target *t, enum target_kind kind)
{
	memset(t, 0, sizeof *t);
	t->kind = kind;
	t->expect.min_size = -1;
	t->expect.max_size = -1;
	t->expect.max_age = -1;
	t->max_body = MAX_BODY;
	t->every = EVERY;
	t->timeout = TIMEOUT;
}

void
target_free(struct target *t)
{
	free(t->key);
	free(t->name);
	request_free(&t->ask);
	for (size_t i = 0; i < t->nstep; i++)
		request_free(&t->step[i]);
	free(t->step);
	expect_free(&t->expect);
	list_free(t->redirect_to, t->nredirect_to);
	free(t->host);
	free(t->send);
	for (char **arg = t->command; arg != NULL && *arg != NULL; arg++)
		free(*arg);
	free(t->command);
	memset(t, 0, sizeof *t);
}

void
site_init(struct site *s)
{
	memset(s, 0, sizeof *s);
	s->v4 = true;
	s->v6 = true;
	s->cert_warn = CERT_WARN;
	s->cert_warn_fraction = CERT_FRACTION;
}

void
site_free(struct site *s)
{
	free(s->name);
	list_free(s->owners, s->nowners);
	free(s->addresses);
	free(s->ca_file);
	for (size_t i = 0; i < s->ntarget; i++)
		target_free(&s->target[i]);
	free(s->target);
	memset(s, 0, sizeof *s);
}
