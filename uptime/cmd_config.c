/* SPDX-License-Identifier: ISC */
/*
 * site-uptime check-config: everything is parsed, files that are named are
 * looked at, what is doubtful is said.  Nothing is probed, nothing sent.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/host/file.h"
#include "common/host/out.h"
#include "common/host/statedir.h"
#include "uptime/cmd.h"
#include "uptime/conf/conf.h"

#define TEXT_MAX 4096 /* bytes of one cell */

enum { C_SITE, C_TARGET, C_KIND, C_EVERY, C_EXPECT, C_OWNERS, C_LINE };

static const struct out_column columns[] = {
	{ "site", "SITE", OUT_TEXT },
	{ "target", "TARGET", OUT_TEXT },
	{ "kind", NULL, OUT_TEXT },
	{ "every", "EVERY", OUT_TEXT },
	{ "expect", "EXPECTED", OUT_TEXT },
	{ "owners", "OWNERS", OUT_TEXT },
	{ "line", NULL, OUT_INT },
};

static const char *const kinds[] = { "url", "tcp", "dns", "exec" };

static void __attribute__((format(printf, 2, 3)))
add(struct buf *b, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (b->len > 0)
		buf_adds(b, ", ");
	buf_adds(b, text);
}

static void
add_status(struct buf *b, const struct expect *e)
{
	if (e->nstatus == 0)
		add(b, "200-299");
	for (size_t i = 0; i < e->nstatus; i++)
		if (e->status[i].low == e->status[i].high)
			add(b, "%d", e->status[i].low);
		else
			add(b, "%d-%d", e->status[i].low, e->status[i].high);
}

static void
add_number(struct buf *b, const struct expect_number *n)
{
	char low[40] = "", high[40] = "";

	if (isfinite(n->low))
		snprintf(low, sizeof low, "%g", n->low);
	if (isfinite(n->high))
		snprintf(high, sizeof high, "%g", n->high);
	add(b, "%s..%s in '%s'", low, high, n->source);
}

static void
add_expect(struct buf *b, const struct target *t)
{
	const struct expect *e = &t->expect;

	if (t->kind == TARGET_URL)
		add_status(b, e);
	if (e->equals != NULL)
		add(b, "the body is \"%s\"", e->equals);
	for (size_t i = 0; i < e->ncontains; i++)
		add(b, "has \"%s\"", e->contains[i]);
	if (e->match_source != NULL)
		add(b, "matches '%s'", e->match_source);
	if (e->absent_source != NULL)
		add(b, "lacks '%s'", e->absent_source);
	for (size_t i = 0; i < e->nheader; i++)
		add(b, "%s%s%s", e->header[i].name,
		    e->header[i].source != NULL ? ": " : "",
		    e->header[i].source != NULL ? e->header[i].source : "");
	for (size_t i = 0; i < e->nnumber; i++)
		add_number(b, &e->number[i]);
	if (e->min_size >= 0)
		add(b, "%lld bytes or more", (long long)e->min_size);
	if (e->max_size >= 0)
		add(b, "%lld bytes or less", (long long)e->max_size);
	if (e->banner != NULL)
		add(b, "says \"%s\"", e->banner);
	if (t->nstep > 0)
		add(b, "after %zu steps", t->nstep);
	if (t->site->delegation)
		add(b, "delegation");
}

static void
list_target(struct out *out, const struct target *t)
{
	char span[CLOCK_TEXT];
	struct buf b;

	out_string(out, C_SITE, t->site->name);
	out_string(out, C_TARGET, t->name);
	out_string(out, C_KIND, kinds[t->kind]);
	out_string(out, C_EVERY, clock_span(t->every, span));
	buf_init(&b, TEXT_MAX);
	add_expect(&b, t);
	out_string(out, C_EXPECT, buf_str(&b));
	buf_reset(&b);
	for (size_t i = 0; i < t->site->nowners; i++)
		add(&b, "%s", t->site->owners[i]);
	out_string(out, C_OWNERS, buf_str(&b));
	buf_free(&b);
	out_int(out, C_LINE, t->line);
	out_row(out);
}

/* A file that cannot be used; t: whose, or NULL for the mail's. */
static bool
trouble(const struct uptime_conf *u, const struct target *t, const char *file)
{
	const char *why = errno == EACCES ?
	    "cannot be read, or others could read it; expected mode 0600" :
	    strerror(errno);

	if (t != NULL)
		log_error("%s:%d: %s: %s: %s", u->path, t->line, t->name, file,
		    why);
	else
		log_error("%s: mail: %s: %s", u->path, file, why);
	return false;
}

/* A password: one line, for us alone. */
static bool
check_secret(const struct uptime_conf *u, const struct target *t,
    const char *file)
{
	struct buf b;
	bool ok;

	if (file == NULL)
		return true;
	buf_init(&b, TEXT_MAX);
	ok = file_secret(file, &b) || trouble(u, t, file);
	buf_free(&b);
	return ok;
}

static bool
check_request(const struct uptime_conf *u, const struct target *t,
    const struct request *r)
{
	const char *const files[] = { r->client_cert, r->client_key };
	bool ok = check_secret(u, t, r->password_file);

	for (size_t i = 0; i < 2; i++)
		if (files[i] != NULL && access(files[i], R_OK) != 0)
			ok = trouble(u, t, files[i]);
	return ok;
}

/* The files that a target names, which only a probe would open. */
static bool
check_files(const struct uptime_conf *u, const struct target *t)
{
	const char *ca = t->site->ca_file;
	bool ok = check_request(u, t, &t->ask);

	if (ca != NULL && access(ca, R_OK) != 0)
		ok = trouble(u, t, ca);
	if (t->kind == TARGET_EXEC && access(t->command[0], X_OK) != 0) {
		log_error("%s:%d: %s: %s: %s", u->path, t->line, t->name,
		    t->command[0], strerror(errno));
		ok = false;
	}
	return ok;
}

static void
say_ips(const char *head, const struct ip *ip, size_t n)
{
	char text[IP_TEXT];

	printf("%-13s", head);
	for (size_t i = 0; i < n; i++)
		printf(" %s",
		    ip[i].port == 53 ? ip_text(&ip[i], text) :
				       ip_text_port(&ip[i], text));
	putchar('\n');
}

static void
say_self(const struct uptime_conf *u)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	mail_conf_describe(&u->mail, u->path, u->state, &b);
	printf("\n%s", buf_str(&b));
	buf_free(&b);
	printf("vantage       %s\nagent         %s\n", u->vantage, u->agent);
	say_ips("resolvers", u->resolver, u->nresolver);
	printf("roots         %zu addresses\nwitnesses     %zu\n", u->nroot,
	    u->nwitness);
}

static int
check(const struct uptime_conf *u, bool json)
{
	struct out *out = out_open(stdout, json, columns,
	    sizeof columns / sizeof *columns);
	int status = EX_OK;
	char *what = NULL;

	for (size_t i = 0; i < u->nsite; i++)
		for (size_t k = 0; k < u->site[i].ntarget; k++)
			list_target(out, &u->site[i].target[k]);
	out_close(out);
	if (!json)
		say_self(u);
	fflush(stdout);
	for (size_t i = 0; i < u->nwarning; i++)
		log_warn("%s", u->warning[i]);
	if (!check_secret(u, NULL, u->mail.password_file))
		status = EX_CONFIG;
	for (size_t i = 0; i < u->nsite; i++)
		for (size_t k = 0; k < u->site[i].ntarget; k++)
			if (!check_files(u, &u->site[i].target[k]))
				status = EX_CONFIG;
	/* that it does not exist yet is fine: the first run makes it */
	if (access(u->state, F_OK) == 0 &&
	    (what = statedir_check(u->state)) != NULL) {
		log_error("%s", what);
		status = EX_IOERR;
	}
	free(what);
	return status;
}

int
cmd_config(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct uptime_conf conf;
	int status = EX_CONFIG, letter;
	bool json = false;

	while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (letter != 'J')
			return EX_USAGE;
		json = true;
	}
	if (optind < argc)
		return tool_usage("check-config", "takes no \"%s\"",
		    argv[optind]);
	if (uptime_conf_load(o->conf, o->state, &conf))
		status = check(&conf, json);
	uptime_conf_free(&conf);
	return tool_flush(status);
}
