/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog explain: for each record its format, time, level, section,
 * owner and fingerprint, and which rule hides it.  The settings are those of
 * the configured log that the file belongs to, if there is one; options
 * stand in for it otherwise.
 */
#define _GNU_SOURCE /* realpath */

#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/out.h"
#include "common/host/statedir.h"
#include "watchdog/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/match/group.h"
#include "watchdog/match/ignore.h"
#include "watchdog/match/locate.h"
#include "watchdog/match/route.h"
#include "watchdog/read/format.h"
#include "watchdog/scan.h"
#include "watchdog/sources.h"
#include "watchdog/view.h"

#define SHOWN 300 /* characters of a message */

struct explainer {
	struct view view;
	struct watchdog_conf conf;
	const struct log_conf *log; /* the file's, or NULL */
	struct ignore *rules;       /* asked here: hidden ones show, too */
	struct scan scan;
	const char *file;
};

/* "joe@x, jane@x", or admin's, into b. */
static void
add_owners(struct explainer *e, struct buf *b, const char *place)
{
	const struct route *r = e->log != NULL ?
	    route_find(e->log->routes, *place != '\0' ? place : NULL) :
	    NULL;
	char *const *who = r != NULL ? r->owners : e->conf.mail.admin;
	size_t n = r != NULL ? r->nowners : e->conf.mail.nadmin;

	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%s%s", i > 0 ? ", " : "", who[i]);
	if (n == 0)
		buf_adds(b, "nobody (no configuration)");
	else if (r != NULL)
		buf_addf(b, "  (route %s)", r->prefix);
	else
		buf_adds(b, "  (admin: no route)");
}

static const struct ignore_rule *
hidden_by(struct explainer *e, const struct record *rec)
{
	const char *lf = memchr(rec->p, '\n', rec->len);
	int32_t i = ignore_line(e->rules, rec->p,
	    lf != NULL ? (size_t)(lf - rec->p) : rec->len);

	return i < 0 ? NULL : ignore_rule(e->rules, (size_t)i);
}

static void
print_json(struct explainer *e, const struct record *rec,
    const struct fields *f, const struct ignore_rule *rule)
{
	struct buf *b = &e->view.out, owner;
	char hex[HASH_TEXT];

	buf_init(&owner, SIZE_MAX);
	buf_reset(b);
	buf_addc(b, '{');
	view_json(&e->view, e->scan.format, rec, e->file);
	add_owners(e, &owner, view_place(&e->view, f));
	buf_adds(b, ",\"owner\":");
	out_json_string(b, owner.p, owner.len);
	buf_addf(b, ",\"fingerprint\":\"%.16s\",\"hidden\":",
	    hash_hex(group_fingerprint(f), hex));
	buf_reset(&owner);
	if (rule != NULL) {
		buf_addf(&owner, "%s:%d", rule->file, rule->line);
		out_json_string(b, owner.p, owner.len);
	} else
		buf_adds(b, "null");
	buf_adds(b, "}\n");
	fwrite(b->p, 1, b->len, stdout);
	buf_free(&owner);
}

static void
print_plain(struct explainer *e, const struct record *rec,
    const struct fields *f, const struct ignore_rule *rule)
{
	const char *place = view_place(&e->view, f);
	struct span section = locate_section(place, strlen(place));
	struct buf *b = &e->view.out;
	char when[CLOCK_TEXT], hex[HASH_TEXT];

	buf_reset(b);
	buf_addf(b,
	    "%s at byte %lld, %lld line%s, %s\n  time     %s\n"
	    "  level    %s\n  section  ",
	    e->file, (long long)rec->offset, (long long)rec->lines,
	    rec->lines == 1 ? "" : "s", e->scan.format->name,
	    f->has_time ? clock_rfc3339(f->time, when) : "none",
	    level_name(f->level));
	if (section.n > 0)
		text_clean(b, section.p, section.n, TEXT_LINE);
	else
		buf_adds(b, "none");
	if (*place != '\0') {
		buf_adds(b, "  (");
		text_clean(b, place, strlen(place), TEXT_LINE);
		buf_addc(b, ')');
	}
	buf_adds(b, "\n  owner    ");
	add_owners(e, b, place);
	buf_addf(b, "\n  group    %.16s\n  hidden   ",
	    hash_hex(group_fingerprint(f), hex));
	if (rule != NULL)
		buf_addf(b, "by %s:%d: %s", rule->file, rule->line,
		    rule->pattern);
	else
		buf_adds(b, "no");
	buf_adds(b, "\n  message  ");
	text_shorten(b, f->message.p, f->message.n, SHOWN);
	buf_adds(b, "\n\n");
	fwrite(b->p, 1, b->len, stdout);
}

static bool
on_record(void *arg, const struct record *rec)
{
	struct explainer *e = arg;
	const struct ignore_rule *rule;

	if (!view_wants(&e->view, e->scan.format, rec))
		return false;
	rule = hidden_by(e, rec);
	if (e->view.json)
		print_json(e, rec, &e->view.fields, rule);
	else
		print_plain(e, rec, &e->view.fields, rule);
	e->scan.stop = ferror(stdout) != 0;
	return true;
}

/* The configured log a file belongs to, also as a rotated generation. */
static const struct log_conf *
log_of(const struct watchdog_conf *c, const char *path)
{
	char *real = realpath(path, NULL);
	const struct log_conf *found = NULL;
	struct sources all;

	sources_find(c, &all);
	if (real != NULL)
		found = sources_log_of(&all, real);
	sources_free(&all);
	free(real);
	return found;
}

/* The configuration is read if it was named or is there. */
static int
settle(struct explainer *e, const struct options *o, const char *path)
{
	char *usual = statedir_conf_path("watchdog.conf");
	bool there = o->conf != NULL || access(usual, R_OK) == 0;
	const struct log_conf *l;

	free(usual);
	if (there && !watchdog_conf_load(o->conf, o->state, &e->conf))
		return EX_CONFIG;
	if (!there)
		return EX_OK;
	if (path != NULL)
		e->log = log_of(&e->conf, path);
	else if (e->conf.nlog == 1)
		e->log = &e->conf.log[0];
	if ((l = e->log) == NULL)
		return EX_OK;
	if (e->view.format == NULL)
		e->view.format = l->format;
	if (e->view.level == LEVEL_NONE)
		e->view.level = l->level;
	for (size_t i = 0; i < l->nignore; i++)
		view_option(&e->view, 'r', l->ignore[i]);
	for (size_t i = 0; i < l->ndocroot; i++)
		view_option(&e->view, 'D', l->docroot[i]);
	return EX_OK;
}

static int
explain_file(struct explainer *e, const char *path)
{
	struct scan_result res;
	enum scan_end end;
	struct stat st;
	int fd = STDIN_FILENO;

	e->file = path != NULL ? path : "(stdin)";
	if (path != NULL)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_error("%s: %m", path);
		return EX_OSERR;
	}
	e->rules = e->view.ignore;
	e->scan.format = e->view.format;
	e->scan.sink = on_record;
	e->scan.arg = e;
	e->scan.finished = true;
	end = scan_file(&e->scan, fd, 0,
	    path != NULL && S_ISREG(st.st_mode) ? st.st_size : -1, &res);
	if (end == SCAN_ERROR)
		log_error("%s: %m", e->file);
	if (fd != STDIN_FILENO)
		close(fd);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		log_error("standard output: %m");
		return EX_IOERR;
	}
	return end == SCAN_ERROR ? EX_OSERR : EX_OK;
}

int
cmd_explain(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = { VIEW_LONGS,
		{ NULL, 0, NULL, 0 } };
	struct explainer e = { .log = NULL };
	const char *path = NULL;
	int c, status = EX_OK;

	view_init(&e.view, "explain");
	e.view.fields_wanted = true;
	while (status == EX_OK &&
	    (c = getopt_long(argc, argv, VIEW_LETTERS, longs, NULL)) != -1)
		status = view_option(&e.view, c, optarg);
	if (status == EX_OK && argc - optind > 1)
		status = tool_usage("explain", "takes one FILE");
	if (argc - optind == 1 && strcmp(argv[optind], "-") != 0)
		path = argv[optind];
	if (status == EX_OK)
		status = settle(&e, o, path);
	if (status == EX_OK)
		status = view_ready(&e.view);
	if (status == EX_OK)
		status = explain_file(&e, path);
	view_free(&e.view);
	watchdog_conf_free(&e.conf);
	return status;
}
