/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog check-config: parse configuration and rules, open every
 * source, look at the state directory, send nothing.
 */
#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "common/host/out.h"
#include "common/host/statedir.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/follow_stream.h"
#include "watchdog/match/ignore.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"
#include "watchdog/read/journal.h"
#include "watchdog/read/reader.h"
#include "watchdog/rules.h"
#include "watchdog/sources.h"

#define JOURNAL_WAIT 10000 /* ms, to count entries */

enum { C_LOG, C_SIZE, C_FORMAT, C_RULES, C_ROUTES, C_STATE };

static const struct out_column columns[] = {
	{ "log", "LOG", OUT_TEXT },
	{ "bytes", "BYTES", OUT_INT },
	{ "format", "FORMAT", OUT_TEXT },
	{ "rules", "RULES", OUT_INT },
	{ "routes", "ROUTES", OUT_INT },
	{ "state", "STATE", OUT_TEXT },
};

struct checker {
	const struct watchdog_conf *conf;
	struct out *out;
	size_t broken; /* rules */
	bool trouble;  /* a log cannot be read */
};

static const char *
format_of(const struct log_conf *log, int fd)
{
	struct input *in;
	struct reader *r;
	struct lines l;
	const char *name = "empty so far";

	if (log->format != NULL)
		return log->format->name;
	in = input_file(fd);
	r = reader_new(in, 0, READER_BLOCK, true);
	while (reader_next(r, &l) == READER_LINES_READ) {
		if (l.n == 0)
			continue;
		name = format_detect(&l)->name;
		break;
	}
	reader_free(r);
	input_free(in);
	return name;
}

/* Counts what a journal has of a unit: that it is there, and how far back. */
static void
check_journal(struct checker *c, const struct log_conf *log)
{
	const char *unit = journal_unit(log->path), *error;
	struct deadline end = deadline_in(JOURNAL_WAIT);
	struct journal *j = journal_open(&(struct journal_from){ .unit = unit,
	    .directory = log->directory,
	    .deadline = &end });
	char when[CLOCK_TEXT], *state;
	char *block = xmalloc(READER_BLOCK);
	ssize_t n;

	while ((n = journal_read(j, block, READER_BLOCK)) > 0)
		;
	error = n == -1 && errno != ETIMEDOUT ? journal_error(j) : NULL;
	if (error != NULL)
		state = xstrdup(error);
	else if (journal_entries(j) == 0)
		state = xstrdup("no entries");
	else
		state = xasprintf("ok, %s%lld entries since %s",
		    n == -1 ? "more than " : "", (long long)journal_entries(j),
		    clock_local(journal_first(j), when));
	if (error == NULL && journal_entries(j) == 0)
		log_warn("the journal has no entries of %s: is there such a "
			 "unit, and may you read them?",
		    unit);
	out_string(c->out, C_FORMAT, format_syslog.name);
	out_string(c->out, C_STATE, state);
	c->trouble |= error != NULL;
	journal_free(j);
	free(block);
	free(state);
}

static void
check_stream(struct checker *c, const struct source_entry *e, size_t rules)
{
	const struct log_conf *log = e->log;

	out_string(c->out, C_LOG, e->path);
	out_int(c->out, C_RULES, (int64_t)rules);
	out_int(c->out, C_ROUTES, (int64_t)log->routes->n);
	if (journal_unit(e->path) != NULL)
		check_journal(c, log);
	else {
		out_string(c->out, C_FORMAT,
		    log->format != NULL ? log->format->name : "auto");
		out_string(c->out, C_STATE, "standard input, read once");
	}
	out_row(c->out);
}

static void
check_file(struct checker *c, const struct source_entry *e, size_t rules)
{
	const struct log_conf *log = e->log;
	const char *path = e->path;
	struct stat st;
	int fd = file_open(path, &st);

	/* a directory that a glob matched */
	if (fd == -1 && errno == EISDIR && e->globbed)
		return;
	out_string(c->out, C_LOG, path);
	out_int(c->out, C_RULES, (int64_t)rules);
	out_int(c->out, C_ROUTES, (int64_t)log->routes->n);
	if (fd != -1) {
		out_int(c->out, C_SIZE, st.st_size);
		out_string(c->out, C_FORMAT, format_of(log, fd));
		out_string(c->out, C_STATE, "ok");
		close(fd);
	} else {
		out_string(c->out, C_STATE,
		    errno == EINVAL || errno == EISDIR || errno == ENXIO ?
			stream_refused(path) :
			strerror(errno));
		c->trouble = true;
	}
	out_row(c->out);
}

/* How many rules a log has; the broken ones are told, and those that have
 * ended. */
static size_t
check_rules(struct checker *c, const struct log_conf *log)
{
	struct ignore *ig = ignore_load((const char *const *)log->ignore,
	    log->nignore, clock_now(), rules_complain, &c->broken);
	size_t n = ignore_count(ig);
	const struct ignore_rule *r;

	for (size_t i = 0; i < n; i++)
		if ((r = ignore_rule(ig, i))->expired)
			log_warn("%s:%d: this rule ended with %s and hides "
				 "nothing",
			    r->file, r->line, r->meta.day);
	ignore_free(ig);
	return n;
}

static void
check_logs(struct checker *c)
{
	struct sources all;
	size_t rules = 0;

	sources_find(c->conf, NULL, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (all.s[i].leads)
			rules = check_rules(c, all.s[i].log);
		if (stream_is(all.s[i].path))
			check_stream(c, &all.s[i], rules);
		else
			check_file(c, &all.s[i], rules);
	}
	sources_free(&all);
}

static void
say_mail(const struct watchdog_conf *w)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	mail_conf_describe(&w->mail, w->path, w->state, &b);
	printf("\n%s", buf_str(&b));
	buf_free(&b);
}

int
cmd_check(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct watchdog_conf conf;
	struct checker c = { .conf = &conf };
	bool json = false;
	int letter;
	char *what = NULL;
	int status = EX_OK;

	while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (letter != 'J')
			return EX_USAGE;
		json = true;
	}
	if (optind < argc)
		return tool_usage("check-config", "takes no \"%s\"",
		    argv[optind]);
	if (!watchdog_conf_load(o->conf, o->state, &conf)) {
		watchdog_conf_free(&conf);
		return EX_CONFIG;
	}
	c.out = out_open(stdout, json, columns,
	    sizeof columns / sizeof *columns);
	check_logs(&c);
	out_close(c.out);
	if (!json)
		say_mail(&conf);
	/* that it does not exist yet is fine: the first run makes it */
	if (access(conf.state, F_OK) == 0 &&
	    (what = statedir_check(conf.state)) != NULL)
		log_error("%s", what);
	if (what != NULL)
		status = EX_IOERR;
	if (c.trouble)
		status = EX_OSERR;
	if (c.broken > 0)
		status = EX_CONFIG;
	free(what);
	watchdog_conf_free(&conf);
	return status;
}
