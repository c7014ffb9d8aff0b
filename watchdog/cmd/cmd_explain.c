/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog explain: for each record its format, time, level, section,
 * owner and fingerprint, and which rule hides it.  The settings are those of
 * the configured log that the file belongs to, if there is one; options
 * stand in for it otherwise.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/host/out.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/match/group.h"
#include "watchdog/match/ignore.h"
#include "watchdog/match/locate.h"
#include "watchdog/match/route.h"
#include "watchdog/format/format.h"
#include "watchdog/read/journal.h"
#include "watchdog/scan.h"
#include "watchdog/cmd/view.h"

#define SHOWN 300 /* characters of a message */

struct explainer {
	struct view view;
	struct watchdog_conf conf;
	const struct log_conf *log; /* the file's, or NULL */
	struct ignore *rules;       /* asked here: hidden ones show, too */
	struct scan scan;
	const char *file;
};

static struct span
site_of(const struct explainer *e)
{
	if (e->view.fields.site.n > 0 || e->log->site == NULL)
		return e->view.fields.site;
	return (struct span){ e->log->site, strlen(e->log->site) };
}

/* "joe@x, jane@x", or admin's, into b. */
static void
add_owners(struct explainer *e, struct buf *b, const char *place)
{
	const struct route *r = e->log != NULL ?
	    route_find(e->log->routes, site_of(e),
		*place != '\0' ? place : NULL) :
	    NULL;
	char *const *who = r != NULL ? r->owners : e->conf.mail.admin;
	size_t n = r != NULL ? r->nowners : e->conf.mail.nadmin;

	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%s%s", i > 0 ? ", " : "", who[i]);
	if (n == 0)
		buf_adds(b, "nobody (no configuration)");
	else if (r != NULL)
		buf_addf(b, "  (route %s)", r->name);
	else
		buf_adds(b, "  (admin: no route)");
}

static const struct ignore_rule *
hidden_by(struct explainer *e, const struct record *rec)
{
	const char *place = view_place(&e->view, &e->view.fields);
	int32_t i = ignore_which(e->rules, rec->p, rec->len,
	    e->view.fields.level, *place != '\0' ? place : NULL);

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
	if (rule != NULL) {
		buf_addf(b, "by %s:%d: %s", rule->file, rule->line,
		    rule->pattern);
		if (rule->meta.because != NULL)
			buf_addf(b, "\n           because %s",
			    rule->meta.because);
	} else
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

	if (!view_wants(&e->view, e->scan.format, NULL, rec))
		return false;
	rule = hidden_by(e, rec);
	if (e->view.json)
		print_json(e, rec, &e->view.fields, rule);
	else
		print_plain(e, rec, &e->view.fields, rule);
	e->scan.stop = ferror(stdout) != 0;
	return true;
}

static int
explain_file(struct explainer *e, const char *path)
{
	bool ok, journal = path != NULL && journal_unit(path) != NULL;
	struct stat st;
	int fd = STDIN_FILENO;

	e->file = path != NULL ? path : "(stdin)";
	if (path != NULL && !journal)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_error("%s: %m", path);
		return EX_OSERR;
	}
	e->rules = e->view.ignore;
	e->scan.format = e->view.format;
	e->scan.sink = on_record;
	e->scan.arg = e;
	ok = journal ?
	    view_scan_journal(&e->scan, path,
		e->log != NULL ? e->log->directory : NULL) :
	    view_scan(&e->scan, e->file, fd,
		path != NULL && S_ISREG(st.st_mode) ? st.st_size : -1);
	if (!ok && !journal)
		log_error("%s: %m", e->file);
	if (fd != STDIN_FILENO)
		close(fd);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		log_error("standard output: %m");
		return EX_IOERR;
	}
	return ok ? EX_OK : EX_OSERR;
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
		status = view_settle(&e.view, o, path, &e.conf, &e.log);
	if (status == EX_OK)
		status = view_ready(&e.view);
	if (status == EX_OK)
		status = explain_file(&e, path);
	view_free(&e.view);
	watchdog_conf_free(&e.conf);
	return status;
}
