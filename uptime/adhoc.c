/* SPDX-License-Identifier: ISC */
/* Targets given by hand. */
#include "uptime/adhoc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "common/host/statedir.h"
#include "uptime/conf/value.h"

bool
adhoc_init(struct adhoc *a, const char *conf)
{
	char *usual = statedir_conf_path("uptime.conf");
	bool ok = true;

	memset(a, 0, sizeof *a);
	if (conf == NULL && access(usual, R_OK) == 0)
		conf = usual;
	if (conf != NULL)
		ok = uptime_conf_load(conf, NULL, &a->conf);
	else
		uptime_conf_default(&a->conf);
	free(usual);
	site_init(&a->site);
	a->site.name = xstrdup("");
	a->site.allow_private = a->conf.allow_private;
	target_init(&a->model, TARGET_URL);
	a->model.redirects = REDIRECTS_ANY;
	if (!ok)
		adhoc_free(a);
	return ok;
}

void
adhoc_free(struct adhoc *a)
{
	for (size_t i = 0; i < a->nmade; i++) {
		/* the model's, lent */
		a->made[i]->expect = (struct expect){ 0 };
		target_free(a->made[i]);
		free(a->made[i]);
	}
	free(a->made);
	free(a->target);
	target_free(&a->model);
	site_free(&a->site);
	uptime_conf_free(&a->conf);
	memset(a, 0, sizeof *a);
}

/* Without a configuration the resolvers are the witnesses. */
static void
resolvers_witness(struct adhoc *a)
{
	struct uptime_conf *c = &a->conf;

	free(c->witness);
	c->witness = xcalloc(c->nresolver + 1, sizeof *c->witness);
	c->nwitness = c->nresolver;
	for (size_t i = 0; i < c->nresolver; i++)
		c->witness[i].ip = c->resolver[i];
}

static const char *
add_ip(const char *s, struct ip **list, size_t *n, bool *own)
{
	struct ip ip;

	if (!ip_parse(s, 53, &ip))
		return "expected an address, such as 192.0.2.1 or "
		       "[2001:db8::1]:5353";
	if (!*own)
		*n = 0;
	*own = true;
	*list = xreallocarray(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = ip;
	return NULL;
}

const char *
adhoc_resolver(struct adhoc *a, const char *s)
{
	const char *what = add_ip(s, &a->conf.resolver, &a->conf.nresolver,
	    &a->own_resolvers);

	if (what == NULL)
		resolvers_witness(a);
	return what;
}

const char *
adhoc_root(struct adhoc *a, const char *s)
{
	return add_ip(s, &a->conf.root, &a->conf.nroot, &a->own_roots);
}

const char *
adhoc_status(struct adhoc *a, const char *s)
{
	struct expect *e = &a->model.expect;
	char word[32];
	size_t n;

	for (;; s += n + 1) {
		n = strcspn(s, ",");
		snprintf(word, sizeof word, "%.*s", (int)(n < 31 ? n : 31), s);
		e->status = xreallocarray(e->status, e->nstatus + 1,
		    sizeof *e->status);
		if (!value_status(word, &e->status[e->nstatus]))
			return "expected a status or a range, such as "
			       "200,301-303";
		e->nstatus++;
		if (s[n] == '\0')
			return NULL;
	}
}

const char *
adhoc_timeout(struct adhoc *a, const char *s)
{
	if (!value_ms(s, &a->model.timeout) || a->model.timeout < 1)
		return "expected a duration, such as 10s or 500ms";
	return NULL;
}

void
adhoc_contains(struct adhoc *a, const char *s)
{
	struct expect *e = &a->model.expect;

	e->contains = xreallocarray(e->contains, e->ncontains + 2,
	    sizeof *e->contains);
	e->contains[e->ncontains++] = xstrdup(s);
	e->contains[e->ncontains] = NULL;
}

static void
put(struct adhoc *a, const struct target *t)
{
	if ((a->n & (a->n - 1)) == 0)
		a->target = xreallocarray(a->target, a->n * 2 + 1,
		    sizeof *a->target);
	a->target[a->n++] = t;
}

static struct target *
make(struct adhoc *a, enum target_kind kind, const char *name)
{
	struct target *t = xcalloc(1, sizeof *t);

	target_init(t, kind);
	t->site = &a->site;
	t->name = xstrdup(name);
	t->key = xstrdup(name);
	t->expect = a->model.expect;
	t->timeout = a->model.timeout;
	t->redirects = a->model.redirects;
	if ((a->nmade & (a->nmade - 1)) == 0)
		a->made = xreallocarray(a->made, a->nmade * 2 + 1,
		    sizeof *a->made);
	a->made[a->nmade++] = t;
	put(a, t);
	return t;
}

/* What is configured under that name; false: nothing. */
static bool
add_configured(struct adhoc *a, const char *name)
{
	size_t before = a->n;

	for (size_t i = 0; i < a->conf.nsite; i++) {
		const struct site *s = &a->conf.site[i];

		for (size_t k = 0; k < s->ntarget; k++)
			if (strcmp(s->name, name) == 0 ||
			    strcmp(s->target[k].name, name) == 0)
				put(a, &s->target[k]);
	}
	return a->n > before;
}

static const char *
add_tcp(struct adhoc *a, const char *s)
{
	struct ip ip = { 0 };
	char *host = NULL;
	const char *what = value_host_port(s, &host, &ip);
	struct target *t;

	if (what != NULL)
		return what;
	t = make(a, TARGET_TCP, s);
	t->host = host;
	t->ip = ip;
	return NULL;
}

const char *
adhoc_add(struct adhoc *a, const char *s)
{
	const char *what;
	struct target *t;
	struct url url;
	char *text;

	if (a->conf.nsite > 0 && add_configured(a, s))
		return NULL;
	if (strncmp(s, "tcp://", 6) == 0)
		what = add_tcp(a, s + 6);
	else {
		text = strstr(s, "://") != NULL ? xstrdup(s) :
						  xasprintf("https://%s/", s);
		what = url_parse(text, &url);
		free(text);
		if (what == NULL) {
			t = make(a, TARGET_URL, url.text);
			t->ask.url = url;
		}
	}
	if (what == NULL)
		return NULL;
	snprintf(a->why, sizeof a->why, "\"%.80s\": %s", s, what);
	return a->why;
}

const char *
adhoc_dns(struct adhoc *a, const char *name)
{
	struct target *t;
	char *host;
	const char *what = host_ascii(name, &host);
	struct ip ip;

	if (what != NULL) {
		if (ip_parse(name, 0, &ip))
			what = "is an address; expected a name";
		snprintf(a->why, sizeof a->why, "\"%.80s\": %s", name, what);
		return a->why;
	}
	a->site.delegation = true;
	t = make(a, TARGET_DNS, name);
	t->host = host;
	return NULL;
}
