/* SPDX-License-Identifier: ISC */
/* uptime.conf: keys, defaults, cross-checks. */
#define _GNU_SOURCE /* realpath */

#include "uptime/conf/conf.h"

#include <sys/socket.h>

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/statedir.h"
#include "uptime/conf/conf_part.h"
#include "uptime/conf/value.h"
#include "uptime/dns/delegation.h"
#include "uptime/probe/fetch.h"

#define DEADLINE 240       /* s; cron's five minutes leave room for mail */
#define KEEP (400 * 86400) /* s; a year, and the month to compare it with */
#define PER_HOST 4
#define PER_ADDRESS 32
#define DNS_PORT 53
#define WITNESSES 3 /* that can outvote one */

/* Of different owners, both anycast, in every part of the world. */
static const char *const default_resolvers[] = { "9.9.9.9", "1.1.1.1" };

static void
read_count(struct conf *c, cfg_t *sec, const char *key, int64_t max,
    size_t *out)
{
	const char *s = conf_string(c, sec, key);
	int64_t v;

	if (s == NULL)
		return;
	if (strspn(s, "0123456789") != strlen(s) || !conf_parse_size(s, &v) ||
	    v < 1 || v > max)
		conf_error(c, sec, key, 0,
		    "%s = \"%s\": expected a number from 1 to %lld", key, s,
		    (long long)max);
	else
		*out = (size_t)v;
}

/* recheck = {} is none. */
static void
read_rechecks(struct conf *c, cfg_t *root, struct uptime_conf *u)
{
	const size_t max = sizeof u->recheck / sizeof *u->recheck;
	unsigned size = cfg_size(root, "recheck");
	const char *s;
	int64_t v;

	if (size == 0 &&
	    (cfg_getopt(root, "recheck")->flags & CFGF_MODIFIED) == 0)
		return;
	u->nrecheck = 0;
	for (unsigned i = 0; i < size; i++) {
		s = cfg_getnstr(root, "recheck", i);
		if (i == max)
			conf_error(c, root, "recheck", i,
			    "recheck: expected at most %zu of them", max);
		else if (i < max && (!value_ms(s, &v) || v > 600000))
			conf_error(c, root, "recheck", i,
			    "recheck: \"%s\": expected a wait such as 2s, up "
			    "to 10m",
			    s);
		else if (i < max)
			u->recheck[u->nrecheck++] = v;
	}
}

static void
read_witnesses(struct conf *c, cfg_t *root, struct uptime_conf *u)
{
	unsigned size = cfg_size(root, "witnesses");
	const char *s, *what;

	u->witness = xcalloc(size + 1, sizeof *u->witness);
	for (unsigned i = 0; i < size; i++) {
		s = cfg_getnstr(root, "witnesses", i);
		what = witness_parse(s, &u->witness[u->nwitness]);
		if (what == NULL)
			u->nwitness++;
		else
			conf_error(c, root, "witnesses", i,
			    "witnesses: \"%s\": expected %s", s, what);
	}
}

/* The resolvers, and two roots, IPv4 first: most hosts have it. */
static void
default_witnesses(struct uptime_conf *u)
{
	size_t roots = 0;

	u->witness = xcalloc(u->nresolver + 3, sizeof *u->witness);
	for (size_t i = 0; i < u->nresolver; i++)
		u->witness[u->nwitness++].ip = u->resolver[i];
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < u->nroot && roots < 2; i++)
			if ((u->root[i].family == AF_INET) == (pass == 0)) {
				u->witness[u->nwitness].ip = u->root[i];
				if (u->root[i].port == 0)
					u->witness[u->nwitness]
					    .ip.port = DNS_PORT;
				u->nwitness++;
				roots++;
			}
}

static void
default_servers(struct uptime_conf *u)
{
	const size_t n = sizeof default_resolvers / sizeof *default_resolvers;
	const struct ip *roots;

	u->resolver = xcalloc(n, sizeof *u->resolver);
	for (u->nresolver = 0; u->nresolver < n; u->nresolver++)
		ip_parse(default_resolvers[u->nresolver], DNS_PORT,
		    &u->resolver[u->nresolver]);
	roots = delegation_roots(&u->nroot);
	u->root = xcalloc(u->nroot, sizeof *u->root);
	memcpy(u->root, roots, u->nroot * sizeof *roots);
}

/* What stands without anybody's word. */
static void
begin(struct uptime_conf *u)
{
	memset(u, 0, sizeof *u);
	u->deadline = DEADLINE;
	u->in_flight = FETCH_MAX;
	u->per_host = PER_HOST;
	u->per_address = PER_ADDRESS;
	u->recheck[0] = 2000;
	u->recheck[1] = 10000;
	u->nrecheck = 2;
	u->keep = KEEP;
	default_servers(u);
}

static char *
host_name(void)
{
	char name[HOST_NAME_MAX + 1];

	if (gethostname(name, sizeof name) != 0)
		return xstrdup("localhost");
	return xstrndup(name, sizeof name - 1);
}

/* What goes into a comment of a header's (RFC 9110 5.6.5). */
static void
add_comment(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		buf_addc(b,
		    *s < ' ' || *s > '~' || strchr("()\\", *s) != NULL ? '?' :
									 *s);
}

/* It names us, and says where to complain. */
static char *
default_agent(const struct uptime_conf *u)
{
	struct buf b;

	buf_init(&b, 1000);
	buf_adds(&b, "site-uptime/" VERSION " (monitoring from ");
	add_comment(&b, u->vantage);
	if (u->mail.nadmin > 0) {
		buf_adds(&b, "; complaints to ");
		add_comment(&b, u->mail.admin[0]);
	}
	buf_addc(&b, ')');
	return buf_take(&b);
}

void
uptime_conf_default(struct uptime_conf *u)
{
	begin(u);
	default_witnesses(u);
	u->vantage = host_name();
	u->agent = default_agent(u);
}

static void
copy_list(char ***to, size_t *n, char *const *from, size_t size)
{
	conf_list_free(*to, *n);
	*to = xcalloc(size + 1, sizeof **to);
	for (*n = 0; *n < size; ++*n)
		(*to)[*n] = xstrdup(from[*n]);
}

/* Whoever is named stands in for those who are not: the smallest useful
 * configuration is one site and mail. */
static void
default_owners(const struct conf_part *p)
{
	struct uptime_conf *u = p->u;
	struct mail_conf *m = &u->mail;

	/* wrong ones were told */
	if (m->nadmin == 0 && cfg_size(conf_root(p->c), "admin") == 0)
		for (size_t i = 0; i < u->nsite && m->nadmin == 0; i++)
			copy_list(&m->admin, &m->nadmin, u->site[i].owners,
			    u->site[i].nowners);
	for (size_t i = 0; i < u->nsite; i++)
		if (u->site[i].nowners == 0)
			copy_list(&u->site[i].owners, &u->site[i].nowners,
			    m->admin, m->nadmin);
}

static void
check_owners(const struct conf_part *p, cfg_t *sec)
{
	if (cfg_size(sec, "owners") == 0 &&
	    cfg_size(conf_root(p->c), "admin") == 0)
		conf_error(p->c, sec, NULL, 0,
		    "%s \"%s\": nobody to tell; expected owners = "
		    "{\"name@host\"} here, or admin = {\"name@host\"} for all",
		    sec->name, cfg_title(sec));
}

static int
by_identity(const void *a, const void *b)
{
	const struct target *x = *(const struct target *const *)a;
	const struct target *y = *(const struct target *const *)b;
	int c = strcmp(x->key, y->key);

	return c != 0 ? c : (x->line > y->line) - (x->line < y->line);
}

/* libConfuse sees that a title is there twice, but not that
 * "http://a.example" is "http://A.example:80/". */
static void
check_twice(const struct conf_part *p, cfg_t *sec, const struct site *s)
{
	const struct target **list = xcalloc(s->ntarget + 1, sizeof(*list));

	for (size_t i = 0; i < s->ntarget; i++)
		list[i] = &s->target[i];
	qsort(list, s->ntarget, sizeof(*list), by_identity);
	for (size_t i = 1; i < s->ntarget; i++)
		if (strcmp(list[i - 1]->key, list[i]->key) == 0)
			conf_error(p->c, sec, NULL, 0,
			    "%s is there twice, on lines %d and %d",
			    list[i]->name, list[i - 1]->line, list[i]->line);
	free(list);
}

static void
check_cadence(const struct conf_part *p, cfg_t *sec, const struct site *s)
{
	for (size_t i = 0; i < s->ntarget; i++)
		if (s->target[i].every < p->u->every)
			conf_doubt(p, sec, NULL, 0,
			    "%s has every = %llds, but runs come every %llds",
			    s->target[i].name, (long long)s->target[i].every,
			    (long long)p->u->every);
}

static void
read_sites(const struct conf_part *p)
{
	cfg_t *root = conf_root(p->c), *sec;
	unsigned sites = cfg_size(root, "site"), execs = cfg_size(root, "exec");
	struct uptime_conf *u = p->u;
	struct site *s;

	u->site = xcalloc((size_t)sites + execs + 1, sizeof *u->site);
	for (unsigned i = 0; i < sites + execs; i++) {
		s = &u->site[u->nsite++];
		if (i < sites)
			conf_site(p, sec = cfg_getnsec(root, "site", i), s);
		else
			conf_exec(p, sec = cfg_getnsec(root, "exec", i - sites),
			    s);
		check_owners(p, sec);
		check_twice(p, sec, s);
		check_cadence(p, sec, s);
	}
	if (sites + execs == 0)
		conf_error(p->c, root, NULL, 0,
		    "no site to probe; expected site \"www.example.com\" "
		    "{ url \"https://www.example.com/\" { } }");
}

static void
check_top(const struct conf_part *p, cfg_t *root)
{
	const struct uptime_conf *u = p->u;

	if (u->nresolver < 2)
		conf_doubt(p, root, "resolvers", 0,
		    "one resolver cannot be doubted; expected two or more, of "
		    "different owners");
	if (u->nwitness < WITNESSES)
		conf_doubt(p, root, "witnesses", 0,
		    "witnesses: there are %zu; expected %d or more, so that "
		    "one that is down itself does not stop the alarms",
		    u->nwitness, WITNESSES);
	if (u->every > 0 && u->deadline > u->every)
		conf_doubt(p, root, "deadline", 0,
		    "deadline is longer than every: the next run would find "
		    "this one at work");
}

/* {} would be the default in silence, for who meant "none". */
static void
check_empty(struct conf *c, cfg_t *root)
{
	static const char *const key[] = { "resolvers", "roots", "witnesses" };

	for (size_t i = 0; i < sizeof key / sizeof *key; i++)
		if (cfg_size(root, key[i]) == 0 &&
		    (cfg_getopt(root, key[i])->flags & CFGF_MODIFIED) != 0)
			conf_error(c, root, key[i], 0,
			    "%s = {}: expected an address or more", key[i]);
}

static void
read_text(struct conf *c, cfg_t *sec, const char *key, char **out)
{
	const char *s = conf_string(c, sec, key);

	if (s == NULL)
		return;
	for (const char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f) {
			conf_error(c, sec, key, 0,
			    "%s = \"%s\": expected no control characters", key,
			    s);
			return;
		}
	*out = xstrdup(s);
}

static void
read_all(const struct conf_part *p)
{
	struct uptime_conf *u = p->u;
	struct conf *c = p->c;
	cfg_t *root = conf_root(c);

	mail_conf_read(c, &u->mail);
	conf_abs_path(c, root, "state", &u->state);
	read_text(c, root, "vantage", &u->vantage);
	read_text(c, root, "agent", &u->agent);
	conf_abs_path(c, root, "heartbeat", &u->heartbeat);
	conf_ips(c, root, "resolvers", DNS_PORT, &u->resolver, &u->nresolver);
	conf_ips(c, root, "roots", DNS_PORT, &u->root, &u->nroot);
	conf_bool(c, root, "allow-private", &u->allow_private);
	conf_duration(c, root, "deadline", 1, &u->deadline);
	conf_duration(c, root, "every", 60, &u->every);
	if (cfg_size(root, "deadline") == 0 && u->every > 0 &&
	    u->deadline > u->every * 5 / 6)
		u->deadline = u->every * 5 / 6;
	conf_duration(c, root, "keep", 86400, &u->keep);
	read_count(c, root, "in-flight", FETCH_MAX, &u->in_flight);
	read_count(c, root, "per-host", FETCH_MAX, &u->per_host);
	read_count(c, root, "per-address", FETCH_MAX, &u->per_address);
	read_rechecks(c, root, u);
	check_empty(c, root);
	if (cfg_size(root, "witnesses") > 0)
		read_witnesses(c, root, u);
	else
		default_witnesses(u);
	check_top(p, root);
	read_sites(p);
	default_owners(p);
}

static struct conf *
open_conf(const char *path)
{
	cfg_opt_t keys[] = {
		CFG_STR_LIST("admin", NULL, CFGF_NODEFAULT),
		CFG_STR("state", NULL, CFGF_NODEFAULT),
		CFG_STR("vantage", NULL, CFGF_NODEFAULT),
		CFG_STR("agent", NULL, CFGF_NODEFAULT),
		CFG_STR("heartbeat", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("resolvers", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("roots", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("witnesses", NULL, CFGF_NODEFAULT),
		CFG_STR("allow-private", NULL, CFGF_NODEFAULT),
		CFG_STR("deadline", NULL, CFGF_NODEFAULT),
		CFG_STR("every", NULL, CFGF_NODEFAULT),
		CFG_STR("keep", NULL, CFGF_NODEFAULT),
		CFG_STR("in-flight", NULL, CFGF_NODEFAULT),
		CFG_STR("per-host", NULL, CFGF_NODEFAULT),
		CFG_STR("per-address", NULL, CFGF_NODEFAULT),
		CFG_STR_LIST("recheck", NULL, CFGF_NODEFAULT),
		CFG_SEC("mail", mail_conf_keys(), CFGF_NONE),
		CFG_SEC("site", conf_site_keys(),
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("exec", conf_exec_keys(),
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END(),
	};

	return conf_open(path, keys, CONF_STRICT);
}

bool
uptime_conf_load(const char *path, const char *state, struct uptime_conf *u)
{
	struct conf_part p = { NULL, u };
	bool ok;

	begin(u);
	/* mails and sitewatch-mail name it from wherever they are read */
	u->path = path == NULL ? statedir_conf_path("uptime.conf") :
				 realpath(path, NULL);
	if (u->path == NULL)
		u->path = xstrdup(path);
	p.c = open_conf(u->path);
	/* values are looked at even when a key was unknown: all in one go */
	if (conf_root(p.c) != NULL)
		read_all(&p);
	if (state != NULL) {
		free(u->state);
		u->state = xstrdup(state);
	} else if (u->state == NULL)
		u->state = statedir_state_path("uptime.db");
	if (u->vantage == NULL)
		u->vantage = host_name();
	if (u->agent == NULL)
		u->agent = default_agent(u);
	conf_print_errors(p.c, stderr);
	ok = conf_errors(p.c) == 0;
	conf_close(p.c);
	return ok;
}

void
uptime_conf_free(struct uptime_conf *u)
{
	for (size_t i = 0; i < u->nsite; i++)
		site_free(&u->site[i]);
	free(u->site);
	conf_list_free(u->warning, u->nwarning);
	mail_conf_free(&u->mail);
	free(u->witness);
	free(u->root);
	free(u->resolver);
	free(u->heartbeat);
	free(u->agent);
	free(u->vantage);
	free(u->state);
	free(u->path);
	memset(u, 0, sizeof *u);
}

struct mail_call
uptime_conf_call(const struct uptime_conf *u)
{
	return (struct mail_call){
		.conf = u->path,
		.state = u->state,
		.admin = u->mail.admin,
		.nadmin = u->mail.nadmin,
	};
}
