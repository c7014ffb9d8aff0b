/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog rules: every ignore rule of the configuration's logs, what it
 * has hidden, and what is odd about it.  With -r no configuration is read, and
 * nothing is known of hits.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/out.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/match/ignore.h"
#include "watchdog/peek.h"
#include "watchdog/rules.h"
#include "watchdog/store/store_rules.h"

#define SOON (14 * 86400) /* s: a rule that ends within is marked */

enum {
	C_RULE,
	C_HITS,
	C_BYTES,
	C_LAST,
	C_MARKS,
	C_PATTERN,
	C_UNTIL,
	C_BY,
	C_BECAUSE,
	C_ONLY,
	C_SINCE
};

static const struct out_column columns[] = {
	{ "rule", "RULE", OUT_TEXT },
	{ "hits", "HITS", OUT_INT },
	{ "bytes", "BYTES", OUT_INT },
	{ "last_hit", "LAST HIT", OUT_TIME },
	{ "marks", "MARKS", OUT_TEXT },
	{ "pattern", NULL, OUT_TEXT },
	{ "until", NULL, OUT_TEXT },
	{ "by", NULL, OUT_TEXT },
	{ "because", NULL, OUT_TEXT },
	{ "only", NULL, OUT_TEXT },
	{ "since", NULL, OUT_TIME },
};

struct lister {
	struct out *out;
	int64_t now;
	const char **path; /* -r */
	size_t npath;
	bool json;
	size_t broken;
	bool counted; /* there is a state */
	struct store_rule *known;
	size_t nknown;
	char **file; /* shown for an earlier log */
	size_t nfile;
	size_t nold; /* of these, those before the present log */
};

/* Logs may name the same files: each is shown once, and remembered. */
static bool
was_shown(struct lister *l, const char *file)
{
	size_t i;

	for (i = 0; i < l->nold; i++)
		if (strcmp(l->file[i], file) == 0)
			return true;
	for (; i < l->nfile; i++)
		if (strcmp(l->file[i], file) == 0)
			return false;
	l->file = xreallocarray(l->file, l->nfile + 1, sizeof *l->file);
	l->file[l->nfile++] = xstrdup(file);
	return false;
}

static void
put_place(struct lister *l, const char *file, int line)
{
	char *place = line > 0 ? xasprintf("%s:%d", file, line) : xstrdup(file);

	out_string(l->out, C_RULE, place);
	free(place);
}

/* For ignore_load. */
static void
on_broken(void *arg, const char *file, int line, const char *pattern,
    size_t column, const char *what)
{
	struct lister *l = arg;
	char *mark;

	l->broken++;
	if (was_shown(l, file))
		return;
	put_place(l, file, line);
	mark = line > 0 && pattern != NULL ?
	    xasprintf("broken at %zu: %s", column + 1, what) :
	    xasprintf("broken: %s", what);
	out_string(l->out, C_MARKS, mark);
	free(mark);
	if (pattern != NULL)
		out_string(l->out, C_PATTERN, pattern);
	out_row(l->out);
}

static void
add_mark(struct buf *b, const char *mark, const char *more)
{
	buf_addf(b, "%s%s%s", b->len > 0 ? ", " : "", mark, more);
}

/* What a rule is for, if not for all first lines. */
static void
put_only(struct lister *l, const struct ignore_meta *m)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (m->most != LEVEL_NONE) {
		add_mark(&b, "level>=", level_name(m->least));
		add_mark(&b, "level<=", level_name(m->most));
	}
	if (m->section != NULL)
		add_mark(&b, "section ", m->section);
	if (m->whole)
		add_mark(&b, "whole", "");
	if (b.len > 0)
		out_text(l->out, C_ONLY, b.p, b.len);
	buf_free(&b);
}

static void
put_meta(struct lister *l, const struct ignore_meta *m)
{
	if (m->until != 0)
		out_string(l->out, C_UNTIL, m->day);
	if (m->by != NULL)
		out_string(l->out, C_BY, m->by);
	if (m->because != NULL)
		out_string(l->out, C_BECAUSE, m->because);
	put_only(l, m);
}

static void
put_hits(struct lister *l, struct hash id, struct buf *marks)
{
	const struct store_rule *k = store_rules_find(l->known, l->nknown, id);

	if (k == NULL) {
		if (l->counted)
			add_mark(marks, "not used by a run yet", "");
		return;
	}
	out_int(l->out, C_HITS, k->hits);
	out_int(l->out, C_BYTES, k->bytes);
	out_int(l->out, C_SINCE, k->since);
	if (k->last_hit > 0)
		out_int(l->out, C_LAST, k->last_hit);
	if (k->hits == 0)
		add_mark(marks, "unused", "");
}

static void
list_rule(struct lister *l, const struct ignore *set, size_t i)
{
	const struct ignore_rule *r = ignore_rule(set, i);
	struct ignore_traits t = ignore_traits(set, i);
	struct buf marks;

	if (was_shown(l, r->file))
		return;
	buf_init(&marks, SIZE_MAX);
	put_place(l, r->file, r->line);
	out_string(l->out, C_PATTERN, r->pattern);
	put_meta(l, &r->meta);
	if (r->expired)
		add_mark(&marks, "ended ", r->meta.day);
	else if (r->meta.until != 0 && r->meta.until - l->now < SOON)
		add_mark(&marks, "ends ", r->meta.day);
	put_hits(l, r->id, &marks);
	if (!t.anchored)
		add_mark(&marks, "unanchored", "");
	if (t.slow)
		add_mark(&marks, "slow", "");
	if (marks.len > 0)
		out_text(l->out, C_MARKS, marks.p, marks.len);
	out_row(l->out);
	buf_free(&marks);
}

static void
list_twin(struct lister *l, const struct ignore *set,
    const struct ignore_twin *twin)
{
	const struct ignore_rule *r = ignore_rule(set, twin->of);
	char *mark;

	/* a file that was named twice repeats nothing */
	if (was_shown(l, twin->file) ||
	    (strcmp(twin->file, r->file) == 0 && twin->line == r->line))
		return;
	put_place(l, twin->file, twin->line);
	out_string(l->out, C_PATTERN, r->pattern);
	mark = xasprintf("duplicate of %s:%d", r->file, r->line);
	out_string(l->out, C_MARKS, mark);
	free(mark);
	out_row(l->out);
}

static void
list_set(struct lister *l, const char *const *path, size_t n)
{
	const struct ignore_twin *twin;
	struct ignore *set;
	size_t ntwin;

	l->nold = l->nfile;
	set = ignore_load(path, n, l->now, on_broken, l);
	for (size_t i = 0; i < ignore_count(set); i++)
		list_rule(l, set, i);
	twin = ignore_twins(set, &ntwin);
	for (size_t i = 0; i < ntwin; i++)
		list_twin(l, set, &twin[i]);
	ignore_free(set);
}

/* 0, or the exit status: there may be no state yet. */
static int
read_counts(struct lister *l, const char *state)
{
	struct peek peek;
	int status;

	if (access(state, F_OK) == -1 && errno == ENOENT)
		return EX_OK;
	status = peek_open(&peek, state);
	if (status != EX_OK)
		return status;
	l->counted = true;
	l->known = store_rules_load(peek.db, &l->nknown);
	peek_close(&peek);
	return EX_OK;
}

static void
list_configured(struct lister *l, const struct watchdog_conf *conf)
{
	const struct log_conf *log;
	size_t k;

	for (size_t i = 0; i < conf->nlog; i++) {
		log = &conf->log[i];
		for (k = 0; k < i && !rules_same(&conf->log[k], log); k++)
			;
		if (k == i)
			list_set(l, (const char *const *)log->ignore,
			    log->nignore);
	}
}

static int
list_all(struct lister *l, const struct options *o)
{
	struct watchdog_conf conf = { 0 };
	int status = EX_OK;

	if (l->npath == 0) {
		status = EX_CONFIG;
		if (watchdog_conf_load(o->conf, o->state, &conf))
			status = read_counts(l, conf.state);
	}
	if (status == EX_OK) {
		l->out = out_open(stdout, l->json, columns,
		    sizeof columns / sizeof *columns);
		if (l->npath > 0)
			list_set(l, l->path, l->npath);
		else
			list_configured(l, &conf);
		out_close(l->out);
		if (l->broken > 0)
			status = l->npath > 0 ? EX_USAGE : EX_CONFIG;
	}
	watchdog_conf_free(&conf);
	return status;
}

int
cmd_rules(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'J' },
		{ "rules", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	struct lister l = { .now = clock_now() };
	int c, status = EX_OK;

	while (status == EX_OK &&
	    (c = getopt_long(argc, argv, "r:", longs, NULL)) != -1)
		if (c == 'J') {
			l.json = true;
		} else if (c == 'r') {
			l.path = xreallocarray(l.path, l.npath + 1,
			    sizeof *l.path);
			l.path[l.npath++] = optarg;
		} else
			status = EX_USAGE;
	if (status == EX_OK && optind < argc)
		status = tool_usage("rules", "takes no \"%s\"", argv[optind]);
	if (status == EX_OK)
		status = tool_flush(list_all(&l, o));
	for (size_t i = 0; i < l.nfile; i++)
		free(l.file[i]);
	free(l.file);
	free(l.known);
	free(l.path);
	return status;
}
