/* SPDX-License-Identifier: ISC */
/* Keys, defaults and cross-checks of watchdog.conf. */
#define _GNU_SOURCE /* realpath */

#include "watchdog/conf.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/conf.h"
#include "common/host/statedir.h"
#include "watchdog/follow_stream.h"
#include "watchdog/match/locate.h"
#include "watchdog/format/format.h"
#include "watchdog/format/format_custom.h"
#include "watchdog/read/journal.h"
#include "watchdog/tell/cadence.h"
#include "watchdog/tell/novelty.h"

#define MAX_TIME 300            /* s; cron's 15 minutes leave room for mail */
#define FULL_WITHIN (3 * 86400) /* s; a weekend */

static cfg_opt_t route_keys[] = {
	CFG_STR_LIST("owners", NULL, CFGF_NODEFAULT),
	CFG_STR("tell", NULL, CFGF_NODEFAULT),
	CFG_STR("return-after", NULL, CFGF_NODEFAULT),
	CFG_STR("quiet-after", NULL, CFGF_NODEFAULT),
	CFG_END(),
};

static cfg_opt_t log_keys[] = {
	CFG_STR("site", NULL, CFGF_NODEFAULT),
	CFG_STR("format", NULL, CFGF_NODEFAULT),
	CFG_STR("record", NULL, CFGF_NODEFAULT),
	CFG_STR("fields", NULL, CFGF_NODEFAULT),
	CFG_STR("level", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("docroot", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("ignore", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST("olddir", NULL, CFGF_NODEFAULT),
	CFG_STR("directory", NULL, CFGF_NODEFAULT),
	CFG_STR("first-run", NULL, CFGF_NODEFAULT),
	CFG_STR("silent-after", NULL, CFGF_NODEFAULT),
	CFG_SEC("route", route_keys,
	    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_END(),
};

/* When its owners are told; the spans are the file's unless it says more. */
static void
read_tell(struct conf *c, cfg_t *sec, const struct watchdog_conf *w,
    struct route *r)
{
	const char *tell = conf_string(c, sec, "tell");

	if (tell != NULL && !cadence_parse(tell, &r->tell))
		conf_error(c, sec, "tell", 0,
		    "tell = \"%s\": expected every-run, powers, \"10 in 1h\" "
		    "(whole hours, 7d at most), daily or \"daily 07:00\"",
		    tell);
	r->return_after = w->return_after;
	r->quiet_after = w->quiet_after;
	conf_duration(c, sec, "return-after", 3600, &r->return_after);
	conf_duration(c, sec, "quiet-after", 0, &r->quiet_after);
}

/* As a server's configuration has it: letters, digits, '.', '-', '_', '*'. */
static bool
is_site(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n &&
	    (isalnum((unsigned char)p[i]) || strchr(".-_*", p[i]) != NULL))
		i++;
	return n > 0 && i == n;
}

/* "/bboard", or of one site only "www.example.com/bboard". */
static void
read_place(struct conf *c, cfg_t *sec, struct route *r)
{
	const char *title = cfg_title(sec), *path = strchr(title, '/');
	size_t nsite = path != NULL ? (size_t)(path - title) : 0;
	struct buf b;

	buf_init(&b, PATH_MAX);
	if (path == NULL || (nsite > 0 && !is_site(title, nsite)) ||
	    !locate_normalise(&b, path, strlen(path), false))
		conf_error(c, sec, NULL, 0,
		    "route \"%s\": expected a directory of the site, such as "
		    "\"/bboard\" or \"www.example.com/bboard\"",
		    title);
	while (b.len > 1 && b.p[b.len - 1] == '/')
		buf_cut(&b, b.len - 1);
	r->prefix = xstrdup(b.len > 0 ? b.p : "/");
	if (nsite > 0)
		r->site = xstrndup(title, nsite);
	r->name = xasprintf("%s%s", nsite > 0 ? r->site : "", r->prefix);
	buf_free(&b);
}

static void
read_route(struct conf *c, cfg_t *sec, const struct watchdog_conf *w,
    struct route *r)
{
	const char *title = cfg_title(sec);

	read_place(c, sec, r);
	conf_list(c, sec, "owners", conf_check_address, &r->owners,
	    &r->nowners);
	if (cfg_size(sec, "owners") == 0)
		conf_error(c, sec, NULL, 0,
		    "route \"%s\" has no owners; "
		    "expected owners = {\"name@host\"}",
		    title);
	read_tell(c, sec, w, r);
}

static void
read_routes(struct conf *c, cfg_t *sec, const struct watchdog_conf *w,
    struct routes *rs)
{
	rs->n = cfg_size(sec, "route");
	rs->route = xcalloc(rs->n + 1, sizeof *rs->route);
	for (unsigned i = 0; i < rs->n; i++)
		read_route(c, cfg_getnsec(sec, "route", i), w, &rs->route[i]);
}

static void
routes_free(struct routes *rs)
{
	for (size_t i = 0; i < rs->n; i++) {
		free(rs->route[i].prefix);
		free(rs->route[i].site);
		free(rs->route[i].name);
		conf_list_free(rs->route[i].owners, rs->route[i].nowners);
	}
	free(rs->route);
}

/* A format of the log's own: Apache's with its ErrorLogFormat, or patterns.
 * False: it has none. */
static bool
read_own_format(struct conf *c, cfg_t *sec, struct log_conf *l)
{
	static const char *const key[] = { "format", "record", "fields" };
	const char *format = conf_string(c, sec, "format");
	const char *record = conf_string(c, sec, "record");
	const char *fields = conf_string(c, sec, "fields");
	struct custom_error e;

	if (record == NULL && fields == NULL) {
		if (format == NULL || !format_custom_is(format))
			return false;
		l->own_format = format_custom_apache(format, &e);
	} else if (format != NULL && strcmp(format, "auto") != 0) {
		conf_error(c, sec, "format", 0,
		    "format = \"%s\": expected none beside record and fields",
		    format);
		return true;
	} else
		l->own_format = format_custom_patterns(record, fields, &e);
	if (l->own_format == NULL)
		conf_error(c, sec, key[e.of], 0, "%s: %s", key[e.of], e.what);
	l->format = l->own_format;
	return true;
}

static void
read_format(struct conf *c, cfg_t *sec, struct log_conf *l)
{
	const char *const *names = format_names();
	const char *words[32] = { "auto" };
	int word;
	size_t n;

	if (read_own_format(c, sec, l))
		return;
	for (n = 1; n < 30 && names[n - 1] != NULL; n++)
		words[n] = names[n - 1];
	words[n++] = "apache:FORMAT"; /* for the message */
	words[n] = NULL;
	if (conf_word(c, sec, "format", words, &word) && word > 0)
		l->format = format_find(words[word]);
}

static void
read_level(struct conf *c, cfg_t *sec, struct log_conf *l)
{
	const char *s = conf_string(c, sec, "level");

	if (s == NULL)
		return;
	l->level = level_parse(s, strlen(s));
	if (l->level == LEVEL_NONE)
		conf_error(c, sec, "level", 0,
		    "level = \"%s\": expected debug, info, notice, warn, "
		    "error, crit, alert or emerg",
		    s);
}

static void
read_first_run(struct conf *c, cfg_t *sec, struct log_conf *l)
{
	const char *s = conf_string(c, sec, "first-run");

	l->first_run = FIRST_START;
	if (s == NULL || strcmp(s, "start") == 0)
		return;
	if (strcmp(s, "end") == 0)
		l->first_run = FIRST_END;
	else if (conf_parse_duration(s, &l->first_since))
		l->first_run = FIRST_SINCE;
	else
		conf_error(c, sec, "first-run", 0,
		    "first-run = \"%s\": "
		    "expected start, end or a duration such as 2d",
		    s);
}

static const char *
check_docroot(const char *text)
{
	struct docroot d;

	return locate_docroot(text, &d) ?
	    NULL :
	    "expected a directory, or \"DIR = PREFIX\", both beginning with /";
}

/* What servers write may be the name behind a symbolic link. */
static void
add_real(struct log_conf *l, const struct docroot *d)
{
	char *dir = xstrndup(d->dir.p, d->dir.n);
	char *real = realpath(dir, NULL);

	if (real != NULL && strcmp(real, dir) != 0)
		l->docroot[l->ndocroot++] = d->prefix.n > 0 ?
		    xasprintf("%s = %.*s", real, (int)d->prefix.n,
			d->prefix.p) :
		    xstrdup(real);
	free(real);
	free(dir);
}

static void
read_docroot(struct conf *c, cfg_t *sec, struct log_conf *l)
{
	size_t n;

	conf_list(c, sec, "docroot", check_docroot, &l->docroot, &l->ndocroot);
	n = l->ndocroot;
	l->docroot = xreallocarray(l->docroot, 2 * n + 3, sizeof *l->docroot);
	/* where Debian's servers serve from, if nobody says */
	if (cfg_size(sec, "docroot") == 0) {
		l->docroot[0] = xstrdup("/var/www/html");
		l->ndocroot = n = 1;
	}
	l->docroots = xcalloc(2 * n + 1, sizeof *l->docroots);
	for (size_t i = 0; i < n; i++) {
		locate_docroot(l->docroot[i], &l->docroots[i]);
		add_real(l, &l->docroots[i]);
	}
	for (size_t i = n; i < l->ndocroot; i++)
		locate_docroot(l->docroot[i], &l->docroots[i]);
	l->docroot[l->ndocroot] = NULL;
}

static void
read_site(struct conf *c, cfg_t *sec, struct log_conf *l)
{
	const char *s = conf_string(c, sec, "site");

	if (s == NULL)
		return;
	if (!is_site(s, strlen(s)))
		conf_error(c, sec, "site", 0,
		    "site = \"%s\": expected a virtual host's name, such as "
		    "\"www.example.com\"",
		    s);
	l->site = xstrdup(s);
}

/* A journal, or standard input: some keys make no sense. */
static void
check_stream(struct conf *c, cfg_t *sec, const char *unit)
{
	static const char *const own[] = { "format", "record", "fields" };
	const char *s;

	if (cfg_size(sec, "olddir") > 0)
		conf_error(c, sec, "olddir", 0,
		    "olddir: log \"%s\" has no files that are rotated",
		    cfg_title(sec));
	for (size_t i = 0; unit != NULL && i < 3; i++)
		if ((s = conf_string(c, sec, own[i])) != NULL &&
		    (i > 0 ||
			(strcmp(s, "auto") != 0 && strcmp(s, "syslog") != 0)))
			conf_error(c, sec, own[i], 0,
			    "%s: expected none; what an entry of the journal "
			    "has in it is found out",
			    own[i]);
}

/* A file, a glob, a unit's journal, or standard input. */
static void
read_name(struct conf *c, cfg_t *sec, struct log_conf *l)
{
	const char *title = cfg_title(sec), *unit = journal_unit(title);
	const char *what = unit != NULL ? journal_check_unit(unit) :
	    stream_is(title)            ? NULL :
					  conf_check_abs_path(title);

	if (what != NULL)
		conf_error(c, sec, NULL, 0, "log \"%s\": %s", title, what);
	l->path = xstrdup(title);
	conf_abs_path(c, sec, "directory", &l->directory);
	if (unit == NULL && l->directory != NULL)
		conf_error(c, sec, "directory", 0,
		    "directory: only a log \"journal:UNIT\" has one");
	if (stream_is(title))
		check_stream(c, sec, unit);
}

static void
read_log(struct conf *c, cfg_t *sec, const struct watchdog_conf *w,
    struct log_conf *l)
{
	read_name(c, sec, l);
	read_site(c, sec, l);
	read_format(c, sec, l);
	read_level(c, sec, l);
	read_docroot(c, sec, l);
	conf_list(c, sec, "ignore", conf_check_abs_path, &l->ignore,
	    &l->nignore);
	conf_list(c, sec, "olddir", conf_check_abs_path, &l->olddir,
	    &l->nolddir);
	read_first_run(c, sec, l);
	conf_duration(c, sec, "silent-after", 60, &l->silent_after);
	read_routes(c, sec, w, &l->own);
	for (size_t i = 0; i < l->own.n; i++)
		l->own.route[i].log = l->path;
}

/* Without admin the owner of "/" is the one to tell, or whoever comes first:
 * the smallest useful configuration is log, route and mail. */
static void
default_admin(struct conf *c, struct watchdog_conf *w)
{
	const struct routes *rs = &w->routes;
	const struct route *r;

	for (size_t i = 0; rs->n == 0 && i < w->nlog; i++)
		rs = &w->log[i].own;
	if (w->mail.nadmin > 0 || cfg_size(conf_root(c), "admin") > 0)
		return;
	if (rs->n == 0) {
		conf_error(c, conf_root(c), NULL, 0,
		    "nobody to tell; "
		    "expected route \"/\" { owners = {\"name@host\"} }, or "
		    "admin = {\"name@host\"}");
		return;
	}
	if ((r = route_find(rs, (struct span){ "", 0 }, "/")) == NULL)
		r = &rs->route[0];
	conf_list_free(w->mail.admin, w->mail.nadmin);
	w->mail.admin = xcalloc(r->nowners + 1, sizeof *w->mail.admin);
	for (w->mail.nadmin = 0; w->mail.nadmin < r->nowners; w->mail.nadmin++)
		w->mail.admin[w->mail.nadmin] = xstrdup(
		    r->owners[w->mail.nadmin]);
}

static void
read_all(struct conf *c, struct watchdog_conf *w)
{
	cfg_t *root = conf_root(c);
	const char *host;

	mail_conf_read(c, &w->mail);
	host = conf_string(c, root, "host");
	w->host = xstrdup(host != NULL ? host : w->mail.hostname);
	conf_abs_path(c, root, "state", &w->state);
	conf_duration(c, root, "max-time", 1, &w->max_time);
	conf_size(c, root, "max-bytes", INT64_MAX, &w->max_bytes);
	conf_duration(c, root, "every", 60, &w->every);
	conf_duration(c, root, "full-within", 0, &w->full_within);
	conf_duration(c, root, "return-after", 3600, &w->return_after);
	conf_duration(c, root, "quiet-after", 0, &w->quiet_after);
	w->nlog = cfg_size(root, "log");
	w->log = xcalloc(w->nlog + 1, sizeof *w->log);
	for (unsigned i = 0; i < w->nlog; i++)
		read_log(c, cfg_getnsec(root, "log", i), w, &w->log[i]);
	if (w->nlog == 0)
		conf_error(c, root, NULL, 0,
		    "no log to read; expected log "
		    "\"/var/log/apache2/error.log\" { }");
	read_routes(c, root, w, &w->routes);
	for (size_t i = 0; i < w->nlog; i++)
		w->log[i].routes = w->log[i].own.n > 0 ? &w->log[i].own :
							 &w->routes;
	default_admin(c, w);
}

bool
watchdog_conf_load(const char *path, const char *state, struct watchdog_conf *w)
{
	cfg_opt_t keys[] = {
		CFG_STR_LIST("admin", NULL, CFGF_NODEFAULT),
		CFG_STR("state", NULL, CFGF_NODEFAULT),
		CFG_STR("host", NULL, CFGF_NODEFAULT),
		CFG_STR("max-time", NULL, CFGF_NODEFAULT),
		CFG_STR("max-bytes", NULL, CFGF_NODEFAULT),
		CFG_STR("every", NULL, CFGF_NODEFAULT),
		CFG_STR("full-within", NULL, CFGF_NODEFAULT),
		CFG_STR("return-after", NULL, CFGF_NODEFAULT),
		CFG_STR("quiet-after", NULL, CFGF_NODEFAULT),
		CFG_SEC("log", log_keys,
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("route", route_keys,
		    CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_SEC("mail", mail_conf_keys(), CFGF_NONE),
		CFG_END(),
	};
	struct conf *c;
	bool ok;

	memset(w, 0, sizeof *w);
	w->max_time = MAX_TIME;
	w->full_within = FULL_WITHIN;
	w->return_after = NOVELTY_RETURN;
	w->quiet_after = NOVELTY_QUIET;
	/* mails and sitewatch-mail name it from wherever they are read */
	w->path = path == NULL ? statedir_conf_path("watchdog.conf") :
				 realpath(path, NULL);
	if (w->path == NULL)
		w->path = xstrdup(path);
	c = conf_open(w->path, keys, CONF_STRICT);
	/* values are looked at even when a key was unknown: all in one go */
	if (conf_root(c) != NULL)
		read_all(c, w);
	if (state != NULL) {
		free(w->state);
		w->state = xstrdup(state);
	} else if (w->state == NULL)
		w->state = statedir_state_path("watchdog.db");
	conf_print_errors(c, stderr);
	ok = conf_errors(c) == 0;
	conf_close(c);
	return ok;
}

static void
log_free(struct log_conf *l)
{
	free(l->path);
	free(l->directory);
	free(l->site);
	format_custom_free(l->own_format);
	conf_list_free(l->docroot, l->ndocroot);
	free(l->docroots);
	conf_list_free(l->ignore, l->nignore);
	conf_list_free(l->olddir, l->nolddir);
	routes_free(&l->own);
}

void
watchdog_conf_free(struct watchdog_conf *w)
{
	for (size_t i = 0; i < w->nlog; i++)
		log_free(&w->log[i]);
	free(w->log);
	routes_free(&w->routes);
	mail_conf_free(&w->mail);
	free(w->host);
	free(w->state);
	free(w->path);
	memset(w, 0, sizeof *w);
}

struct mail_call
watchdog_conf_call(const struct watchdog_conf *w)
{
	return (struct mail_call){
		.conf = w->path,
		.state = w->state,
		.admin = w->mail.admin,
		.nadmin = w->mail.nadmin,
	};
}
