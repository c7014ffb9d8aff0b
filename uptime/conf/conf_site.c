/* SPDX-License-Identifier: ISC */
/* uptime.conf: a site with its targets, and an exec. */
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "uptime/conf/conf_part.h"
#include "uptime/conf/value.h"

#define EVERY_MIN 10    /* s; more often is no politeness */
#define TIMEOUT_MIN 100 /* ms */
#define MANY (CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES)

/* Untitled: two steps may well ask the same URL. */
static cfg_opt_t step_keys[] = {
	CFG_STR("url", NULL, CFGF_NODEFAULT),
	CFG_STR("method", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("headers", NULL, CFGF_NODEFAULT),
	CFG_STR("body", NULL, CFGF_NODEFAULT),
	CFG_STR("body-file", NULL, CFGF_NODEFAULT),
	CFG_END(),
};

static cfg_opt_t url_keys[] = {
	CFG_STR("every", NULL, CFGF_NODEFAULT),
	CFG_STR("timeout", NULL, CFGF_NODEFAULT),
	CFG_STR("slow", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("status", NULL, CFGF_NODEFAULT),
	CFG_STR("expect", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("contains", NULL, CFGF_NODEFAULT),
	CFG_STR("match", NULL, CFGF_NODEFAULT),
	CFG_STR("absent", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("header", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("number", NULL, CFGF_NODEFAULT),
	CFG_STR("min-size", NULL, CFGF_NODEFAULT),
	CFG_STR("max-size", NULL, CFGF_NODEFAULT),
	CFG_STR("max-age", NULL, CFGF_NODEFAULT),
	CFG_STR("max-body", NULL, CFGF_NODEFAULT),
	CFG_STR("method", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("headers", NULL, CFGF_NODEFAULT),
	CFG_STR("body", NULL, CFGF_NODEFAULT),
	CFG_STR("body-file", NULL, CFGF_NODEFAULT),
	CFG_STR("user", NULL, CFGF_NODEFAULT),
	CFG_STR("password-file", NULL, CFGF_NODEFAULT),
	CFG_STR("client-cert", NULL, CFGF_NODEFAULT),
	CFG_STR("client-key", NULL, CFGF_NODEFAULT),
	CFG_STR("http2", NULL, CFGF_NODEFAULT),
	CFG_STR("redirect", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("redirect-to", NULL, CFGF_NODEFAULT),
	CFG_SEC("step", step_keys, CFGF_MULTI),
	CFG_END(),
};

static cfg_opt_t tcp_keys[] = {
	CFG_STR("every", NULL, CFGF_NODEFAULT),
	CFG_STR("timeout", NULL, CFGF_NODEFAULT),
	CFG_STR("slow", NULL, CFGF_NODEFAULT),
	CFG_STR("tls", NULL, CFGF_NODEFAULT),
	CFG_STR("send", NULL, CFGF_NODEFAULT),
	CFG_STR("expect", NULL, CFGF_NODEFAULT),
	CFG_END(),
};

static cfg_opt_t site_keys[] = {
	CFG_STR_LIST("owners", NULL, CFGF_NODEFAULT),
	CFG_STR("delegation", NULL, CFGF_NODEFAULT),
	CFG_STR("allow-private", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("addresses", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("families", NULL, CFGF_NODEFAULT),
	CFG_STR("cert-warn", NULL, CFGF_NODEFAULT),
	CFG_STR("cert-warn-fraction", NULL, CFGF_NODEFAULT),
	CFG_STR("ca-file", NULL, CFGF_NODEFAULT),
	CFG_STR("every", NULL, CFGF_NODEFAULT),
	CFG_STR("timeout", NULL, CFGF_NODEFAULT),
	CFG_STR("slow", NULL, CFGF_NODEFAULT),
	CFG_SEC("url", url_keys, MANY),
	CFG_SEC("tcp", tcp_keys, MANY),
	CFG_END(),
};

static cfg_opt_t exec_keys[] = {
	CFG_STR_LIST("owners", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("command", NULL, CFGF_NODEFAULT),
	CFG_STR("every", NULL, CFGF_NODEFAULT),
	CFG_STR("timeout", NULL, CFGF_NODEFAULT),
	CFG_STR("slow", NULL, CFGF_NODEFAULT),
	CFG_END(),
};

cfg_opt_t *
conf_site_keys(void)
{
	return site_keys;
}

cfg_opt_t *
conf_exec_keys(void)
{
	return exec_keys;
}

/* What a site's targets have if they do not say. */
struct timing {
	int64_t every, timeout, slow;
};

static void
read_timing(struct conf *c, cfg_t *sec, struct timing *t)
{
	conf_duration(c, sec, "every", EVERY_MIN, &t->every);
	conf_ms(c, sec, "timeout", TIMEOUT_MIN, &t->timeout);
	conf_ms(c, sec, "slow", 0, &t->slow);
	/* what is inherited was told where it stands */
	if (cfg_size(sec, "every") + cfg_size(sec, "timeout") +
		cfg_size(sec, "slow") ==
	    0)
		return;
	if (t->timeout > t->every * 1000)
		conf_error(c, sec, "timeout", 0,
		    "timeout is longer than every: the next probe would begin "
		    "before this one ended");
	if (t->slow >= t->timeout)
		conf_error(c, sec, "slow", 0,
		    "slow is not shorter than timeout: it would never be "
		    "seen");
}

static struct timing
timing_default(void)
{
	struct target t;

	target_init(&t, TARGET_URL);
	return (struct timing){ t.every, t.timeout, t.slow };
}

static void
set_timing(struct target *t, const struct timing *from)
{
	t->every = from->every;
	t->timeout = from->timeout;
	t->slow = from->slow;
}

/* The next target of a site; targets are counted when they are good. */
static struct target *
target_begin(const struct conf_part *p, cfg_t *sec, struct site *s,
    enum target_kind kind, const struct timing *inherited)
{
	struct target *t = &s->target[s->ntarget];
	struct timing timing = *inherited;

	target_init(t, kind);
	t->site = s;
	t->line = conf_line(p->c, sec, NULL, 0);
	if (kind != TARGET_DNS)
		read_timing(p->c, sec, &timing);
	set_timing(t, &timing);
	return t;
}

/* Identity in the store: what is asked, never where it stands. */
static void
target_end(struct target *t, const char *kind, const char *text)
{
	t->name = xstrdup(text);
	t->key = xasprintf("%s\t%s\t%s", t->site->name, kind, text);
}

static void
check_private(const struct conf_part *p, cfg_t *sec, const struct site *s,
    const struct ip *ip)
{
	const char *what = ip->family != 0 ? ip_special(ip) : NULL;
	char text[IP_TEXT];

	if (what != NULL && !s->allow_private)
		conf_error(p->c, sec, NULL, 0,
		    "%s is no public address (%s); if it is meant: "
		    "allow-private = yes",
		    ip_text(ip, text), what);
}

/* HEAD brings none. */
static void
check_bodiless(const struct conf_part *p, cfg_t *sec, const struct target *t)
{
	const struct expect *e = &t->expect;

	if (t->ask.method != NULL && strcmp(t->ask.method, "HEAD") == 0 &&
	    (e->equals != NULL || e->ncontains > 0 || e->match != NULL ||
		e->nnumber > 0 || e->min_size > 0))
		conf_error(p->c, sec, "method", 0,
		    "the reply to HEAD has no body, and one is expected");
}

static void
read_url(const struct conf_part *p, cfg_t *sec, struct site *s,
    const struct timing *timing)
{
	struct target *t = target_begin(p, sec, s, TARGET_URL, timing);
	const char *what = url_parse(cfg_title(sec), &t->ask.url);

	if (what != NULL) {
		/* there may be a password in it */
		if (strchr(cfg_title(sec), '@') != NULL)
			conf_error(p->c, sec, NULL, 0, "url: %s", what);
		else
			conf_error(p->c, sec, NULL, 0, "url \"%s\": %s",
			    cfg_title(sec), what);
		target_free(t);
		return;
	}
	s->ntarget++;
	target_end(t, "url", t->ask.url.text);
	check_private(p, sec, s, &t->ask.url.ip);
	conf_ask(p, sec, t);
	for (size_t i = 0; i < t->nstep; i++)
		check_private(p, sec, s, &t->step[i].url.ip);
	conf_expect(p, sec, t);
	check_bodiless(p, sec, t);
}

static void
read_tcp(const struct conf_part *p, cfg_t *sec, struct site *s,
    const struct timing *timing)
{
	struct target *t = target_begin(p, sec, s, TARGET_TCP, timing);
	const char *what = value_host_port(cfg_title(sec), &t->host, &t->ip);
	char text[IP_TEXT], *name;

	if (what != NULL) {
		conf_error(p->c, sec, NULL, 0, "tcp \"%s\": %s", cfg_title(sec),
		    what);
		target_free(t);
		return;
	}
	s->ntarget++;
	name = t->host != NULL ? xasprintf("%s:%u", t->host, t->ip.port) :
				 xstrdup(ip_text_port(&t->ip, text));
	target_end(t, "tcp", name);
	free(name);
	check_private(p, sec, s, &t->ip);
	conf_bool(p->c, sec, "tls", &t->tcp_tls);
	if (cfg_getstr(sec, "send") != NULL)
		t->send = xstrdup(cfg_getstr(sec, "send"));
	conf_expect_banner(p, sec, t);
}

/* The walk alone, for a site without anything to ask. */
static void
add_dns(const struct conf_part *p, cfg_t *sec, struct site *s,
    const struct timing *timing)
{
	struct target *t = target_begin(p, sec, s, TARGET_DNS, timing);
	const char *what = host_ascii(s->name, &t->host);

	if (what != NULL) {
		conf_error(p->c, sec, NULL, 0,
		    "site \"%s\": with delegation = yes and no url its name is "
		    "walked to, but it %s",
		    s->name, what);
		target_free(t);
		return;
	}
	s->ntarget++;
	target_end(t, "dns", t->host);
}

static void
check_delegation(const struct conf_part *p, cfg_t *sec, const struct site *s)
{
	const struct target *t;

	for (size_t i = 0; i < s->ntarget; i++) {
		t = &s->target[i];
		if (t->kind == TARGET_URL ? t->ask.url.ip.family == 0 :
					    t->host != NULL)
			return;
	}
	if (s->ntarget > 0)
		conf_error(p->c, sec, "delegation", 0,
		    "delegation = yes, but there are only addresses; expected "
		    "a host name in a url or tcp");
}

static void
read_families(struct conf *c, cfg_t *sec, struct site *s)
{
	unsigned size = cfg_size(sec, "families");

	if (size == 0)
		return;
	s->v4 = s->v6 = false;
	for (unsigned i = 0; i < size; i++) {
		const char *word = cfg_getnstr(sec, "families", i);

		if (strcmp(word, "v4") == 0)
			s->v4 = true;
		else if (strcmp(word, "v6") == 0)
			s->v6 = true;
		else
			conf_error(c, sec, "families", i,
			    "families: \"%s\": expected v4 or v6", word);
	}
}

static void
read_certificates(struct conf *c, cfg_t *sec, struct site *s)
{
	const char *f = conf_string(c, sec, "cert-warn-fraction");

	conf_duration(c, sec, "cert-warn", 0, &s->cert_warn);
	if (f != NULL && !value_fraction(f, &s->cert_warn_fraction))
		conf_error(c, sec, "cert-warn-fraction", 0,
		    "cert-warn-fraction = \"%s\": expected 0%% to 100%%, such "
		    "as 10%%",
		    f);
	conf_abs_path(c, sec, "ca-file", &s->ca_file);
}

/* Names show in mails and in one column of scripts. */
static void
begin_site(const struct conf_part *p, cfg_t *sec, struct site *s)
{
	const char *title = cfg_title(sec);

	site_init(s);
	s->name = xstrdup(title);
	for (const char *c = title; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f) {
			conf_error(p->c, sec, NULL, 0,
			    "%s \"%s\": expected a name without control "
			    "characters",
			    sec->name, title);
			break;
		}
	if (*title == '\0')
		conf_error(p->c, sec, NULL, 0, "%s \"\": expected a name",
		    sec->name);
	conf_list(p->c, sec, "owners", conf_check_address, &s->owners,
	    &s->nowners);
}

void
conf_site(const struct conf_part *p, cfg_t *sec, struct site *s)
{
	unsigned urls = cfg_size(sec, "url"), tcps = cfg_size(sec, "tcp");
	struct timing timing = timing_default();

	begin_site(p, sec, s);
	conf_bool(p->c, sec, "delegation", &s->delegation);
	s->allow_private = p->u->allow_private;
	conf_bool(p->c, sec, "allow-private", &s->allow_private);
	conf_ips(p->c, sec, "addresses", 0, &s->addresses, &s->naddresses);
	read_families(p->c, sec, s);
	read_certificates(p->c, sec, s);
	read_timing(p->c, sec, &timing);
	s->target = xcalloc((size_t)urls + tcps + 1, sizeof *s->target);
	for (unsigned i = 0; i < urls; i++)
		read_url(p, cfg_getnsec(sec, "url", i), s, &timing);
	for (unsigned i = 0; i < tcps; i++)
		read_tcp(p, cfg_getnsec(sec, "tcp", i), s, &timing);
	if (urls + tcps == 0 && s->delegation)
		add_dns(p, sec, s, &timing);
	else if (urls + tcps == 0)
		conf_error(p->c, sec, NULL, 0,
		    "site \"%s\" has nothing to probe; expected url "
		    "\"https://…/\" { }, tcp \"host:port\" { } or delegation = "
		    "yes",
		    s->name);
	else if (s->delegation)
		check_delegation(p, sec, s);
}

/* One string is cut at blanks; of several each is an argument. */
static void
read_command(struct conf *c, cfg_t *sec, struct target *t)
{
	unsigned size = cfg_size(sec, "command");
	size_t n = 0;

	if (size == 1) {
		t->command = value_words(cfg_getnstr(sec, "command", 0), &n);
	} else {
		t->command = xcalloc(size + 1, sizeof *t->command);
		for (; n < size; n++)
			t->command[n] = xstrdup(
			    cfg_getnstr(sec, "command", (unsigned)n));
	}
	if (n == 0)
		conf_error(c, sec, NULL, 0,
		    "exec \"%s\" needs command = \"/path/to/plugin …\"",
		    t->site->name);
	else if (*t->command[0] != '/')
		conf_error(c, sec, "command", 0,
		    "command: \"%s\": expected a path that begins with /",
		    t->command[0]);
}

void
conf_exec(const struct conf_part *p, cfg_t *sec, struct site *s)
{
	struct timing timing = timing_default();
	struct target *t;

	begin_site(p, sec, s);
	s->target = xcalloc(1, sizeof *s->target);
	t = target_begin(p, sec, s, TARGET_EXEC, &timing);
	s->ntarget = 1;
	target_end(t, "exec", s->name);
	read_command(p->c, sec, t);
}
