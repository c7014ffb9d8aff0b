/* SPDX-License-Identifier: ISC */
/* Options and output that filter, new, explain and try share. */
#define _GNU_SOURCE /* realpath */
#include "watchdog/cmd/view.h"

#include <errno.h>
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
#include "watchdog/cmd/cmd.h"
#include "watchdog/match/group.h"
#include "watchdog/conf.h"
#include "watchdog/match/ignore.h"
#include "watchdog/match/locate.h"
#include "watchdog/match/route.h"
#include "watchdog/format/format.h"
#include "watchdog/format/format_custom.h"
#include "watchdog/read/input.h"
#include "watchdog/read/journal.h"
#include "watchdog/read/record.h"
#include "watchdog/rules.h"
#include "watchdog/scan.h"
#include "watchdog/sources.h"

#define PLACE_MAX 4096
#define STDOUT_BUF (256 * 1024) /* bytes; records go out in large writes */

void
view_init(struct view *v, const char *name)
{
	memset(v, 0, sizeof *v);
	v->name = name;
	/* One record bounds it: RECORD_MAX bytes, twice, as \u0001 each. */
	buf_init(&v->out, SIZE_MAX);
	buf_init(&v->place, PLACE_MAX);
	buf_init(&v->room, RECORD_MAX);
}

void
view_free(struct view *v)
{
	if (v->ignore != NULL)
		ignore_free(v->ignore);
	free(v->rules);
	free(v->docroot);
	free(v->section);
	format_custom_free(v->own_format);
	buf_free(&v->out);
	buf_free(&v->place);
	buf_free(&v->room);
}

static int
set_format(struct view *v, const char *name)
{
	const char *const *names = format_names();
	struct custom_error e;
	struct buf b;
	int status;

	if (strcmp(name, "auto") == 0)
		return 0;
	if ((v->format = format_find(name)) != NULL)
		return 0;
	if (format_custom_is(name)) {
		format_custom_free(v->own_format);
		v->own_format = format_custom_apache(name, &e);
		v->format = v->own_format;
		return v->format != NULL ?
		    0 :
		    tool_usage(v->name, "-f: %s", e.what);
	}
	buf_init(&b, 500);
	for (; *names != NULL; names++)
		buf_addf(&b, ", %s", *names);
	status = tool_usage(v->name,
	    "no format \"%s\"; there are auto%s (or apache:FORMAT, "
	    "with an ErrorLogFormat)",
	    name, buf_str(&b));
	buf_free(&b);
	return status;
}

static int
set_level(struct view *v, const char *word)
{
	v->level = level_parse(word, strlen(word));
	if (v->level == LEVEL_NONE)
		return tool_usage(v->name,
		    "--level %s: expected debug, info, notice, warn, error, "
		    "crit, alert or emerg",
		    word);
	return 0;
}

static int
set_section(struct view *v, const char *path)
{
	struct buf b;

	buf_init(&b, PLACE_MAX);
	if (*path != '/' || !locate_normalise(&b, path, strlen(path), false)) {
		buf_free(&b);
		return tool_usage(v->name,
		    "--section %s: expected a directory "
		    "of the site, such as /bboard",
		    path);
	}
	free(v->section);
	v->section = buf_take(&b);
	return 0;
}

/* The first digits of a fingerprint, as a mail or explain shows it. */
static int
set_group(struct view *v, const char *arg)
{
	size_t n = strspn(arg, "0123456789abcdefABCDEF"), i;

	if (n == 0 || arg[n] != '\0' || n >= sizeof v->group)
		return tool_usage(v->name,
		    "--group %s: expected the fingerprint of a group, or how "
		    "it begins, such as 1f2e3d4c",
		    arg);
	for (i = 0; i <= n; i++)
		v->group[i] = (char)(arg[i] >= 'A' && arg[i] <= 'F' ?
			arg[i] + ('a' - 'A') :
			arg[i]);
	return 0;
}

int
view_option(struct view *v, int letter, char *arg)
{
	switch (letter) {
	case 'f':
		return set_format(v, arg);
	case 'r':
		v->rules = xreallocarray(v->rules, v->nrules + 1,
		    sizeof *v->rules);
		v->rules[v->nrules++] = arg;
		return 0;
	case 'D':
		v->docroot = xreallocarray(v->docroot, v->ndocroot + 1,
		    sizeof *v->docroot);
		if (!locate_docroot(arg, &v->docroot[v->ndocroot++]))
			return tool_usage(v->name,
			    "--docroot %s: expected DIR or \"DIR = PREFIX\"",
			    arg);
		return 0;
	case 'S':
		return set_section(v, arg);
	case 'G':
		return set_group(v, arg);
	case 'L':
		return set_level(v, arg);
	case 'J':
		v->json = true;
		return 0;
	}
	return EX_USAGE; /* getopt has said what */
}

/* The configured log a file belongs to, also as a rotated generation. */
static const struct log_conf *
log_of(const struct watchdog_conf *c, const char *path)
{
	char *real = journal_unit(path) != NULL ? xstrdup(path) :
						  realpath(path, NULL);
	const struct log_conf *found = NULL;
	struct sources all;

	sources_find(c, NULL, &all);
	if (real != NULL)
		found = sources_log_of(&all, real);
	sources_free(&all);
	free(real);
	return found;
}

int
view_settle(struct view *v, const struct options *o, const char *path,
    struct watchdog_conf *conf, const struct log_conf **log)
{
	char *usual = statedir_conf_path("watchdog.conf");
	bool there = o->conf != NULL || access(usual, R_OK) == 0;
	const struct log_conf *l = NULL;

	free(usual);
	if (there && !watchdog_conf_load(o->conf, o->state, conf))
		return EX_CONFIG;
	if (there && path != NULL)
		l = log_of(conf, path);
	else if (conf->nlog == 1)
		l = &conf->log[0];
	*log = l;
	if (l == NULL)
		return EX_OK;
	if (v->format == NULL)
		v->format = l->format;
	if (v->level == LEVEL_NONE)
		v->level = l->level;
	for (size_t i = 0; i < l->nignore; i++)
		view_option(v, 'r', l->ignore[i]);
	for (size_t i = 0; i < l->ndocroot; i++)
		view_option(v, 'D', l->docroot[i]);
	return EX_OK;
}

int
view_ready(struct view *v)
{
	size_t broken = 0;

	/* for records the buffer is ours; a write fails once, at the end */
	setvbuf(stdout, NULL, _IOFBF, STDOUT_BUF);
	v->usual = v->ndocroot == 0;
	if (v->usual)
		view_option(v, 'D', "/var/www/html");
	v->ignore = ignore_load(v->rules, v->nrules, clock_now(),
	    rules_complain, &broken);
	return broken > 0 ? EX_USAGE : 0;
}

const char *
view_place(struct view *v, const struct fields *f)
{
	buf_reset(&v->place);
	return locate(&v->place, f, v->docroot, v->ndocroot) ?
	    buf_str(&v->place) :
	    "";
}

bool
view_picks(const struct view *v)
{
	return v->section != NULL || *v->group != '\0';
}

static bool
in_group(const struct view *v)
{
	char hex[HASH_TEXT];

	hash_hex(group_fingerprint(&v->fields), hex);
	return strncmp(hex, v->group, strlen(v->group)) == 0;
}

bool
view_wants(struct view *v, const struct format *format, struct ignore *rules,
    const struct record *rec)
{
	bool conditions = rules != NULL && ignore_has_conditions(rules);
	const char *place;

	/* what is only printed as it is need not be taken apart */
	if (!view_picks(v) && !v->fields_wanted && !v->json &&
	    !format->judges && !conditions && v->level == LEVEL_NONE)
		return true;
	format_parse(format, rec->p, rec->len, &v->fields, &v->room);
	if (format_is_fine(&v->fields, v->level))
		return false;
	if (*v->group != '\0' && !in_group(v))
		return false;
	if (v->section == NULL && !conditions)
		return true;
	place = view_place(v, &v->fields);
	if (v->section != NULL &&
	    (*place == '\0' || !route_covers(v->section, place)))
		return false;
	return !conditions ||
	    ignore_record(rules, rec->p, rec->len, v->fields.level,
		*place != '\0' ? place : NULL) < 0;
}

static void
json_span(struct buf *b, const char *name, const char *p, size_t n)
{
	buf_addf(b, ",\"%s\":", name);
	if (n == 0)
		buf_adds(b, "null");
	else
		out_json_string(b, p, n);
}

void
view_json(struct view *v, const struct format *format, const struct record *rec,
    const char *file)
{
	struct buf *b = &v->out;
	const struct fields *f = &v->fields;
	struct span section;
	const char *place;
	char when[CLOCK_TEXT];

	place = view_place(v, f);
	section = locate_section(place, strlen(place));
	buf_adds(b, "\"file\":");
	out_json_string(b, file, strlen(file));
	buf_addf(b,
	    ",\"offset\":%lld,\"bytes\":%lld,\"lines\":%lld,"
	    "\"cut\":%lld,\"format\":\"%s\"",
	    (long long)rec->offset, (long long)rec->bytes,
	    (long long)rec->lines, (long long)rec->cut, format->name);
	if (f->has_time)
		clock_rfc3339(f->time, when);
	json_span(b, "time", when, f->has_time ? strlen(when) : 0);
	json_span(b, "level", level_name(f->level),
	    f->level == LEVEL_NONE ? 0 : strlen(level_name(f->level)));
	json_span(b, "site", f->site.p, f->site.n);
	json_span(b, "program", f->program.p, f->program.n);
	json_span(b, "section", section.p, section.n);
	json_span(b, "path", place, strlen(place));
	json_span(b, "message", f->message.p, f->message.n);
	json_span(b, "record", rec->p, rec->len);
}

/* A shortened record says so: nothing is dropped silently. */
static void
print_plain(const struct record *rec)
{
	fwrite(rec->p, 1, rec->len, stdout);
	if (rec->cut > 0)
		printf(" [%lld bytes more]", (long long)rec->cut);
	putc('\n', stdout);
}

bool
view_scan(struct scan *s, const char *name, int fd, int64_t end)
{
	struct scan_part part = { .name = name,
		.in = end < 0 ? input_pipe(fd) : input_file(fd),
		.end = end,
		.finished = true };
	bool ok = scan_parts(s, &part, 1) != SCAN_ERROR;
	int error = errno;

	input_free(part.in);
	errno = error;
	return ok;
}

void
view_print(struct view *v, const struct format *format,
    const struct record *rec, const char *file)
{
	if (!v->json) {
		print_plain(rec);
	} else {
		buf_reset(&v->out);
		buf_addc(&v->out, '{');
		view_json(v, format, rec, file);
		buf_adds(&v->out, "}\n");
		fwrite(v->out.p, 1, v->out.len, stdout);
	}
	v->failed |= ferror(stdout) != 0;
}

bool
view_scan_journal(struct scan *s, const char *name, const char *directory)
{
	struct journal *j = journal_open(
	    &(struct journal_from){ .unit = journal_unit(name),
		.directory = directory });
	struct scan_part part = { .name = name,
		.in = input_made(journal_read, j),
		.end = -1,
		.finished = true };
	bool ok;

	s->format = &format_syslog;
	ok = scan_parts(s, &part, 1) != SCAN_ERROR;
	if (!ok)
		log_error("%s: %s", name, journal_error(j));
	input_free(part.in);
	journal_free(j);
	return ok;
}
