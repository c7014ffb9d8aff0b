/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog audit: was each byte of each generation of the logs read
 * exactly once?  Says what may be missing, since when and why, what was read
 * twice, and what waits for the next run.  --json: one object a line, told
 * apart by "kind".
 */
#define _GNU_SOURCE /* realpath */

#include <sys/stat.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "watchdog/audit.h"
#include "watchdog/cmd/as.h"
#include "watchdog/cmd/audit_out.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/lag.h"
#include "watchdog/peek.h"
#include "watchdog/sources.h"

struct auditor {
	struct audit_item *item;
	size_t n;
	struct watchdog_conf conf;
	struct sources all; /* as configured; none for a pipeline */
	const char *as;     /* NULL: run's */
	char *const *want;  /* the logs asked for; all if there are none */
	size_t nwant;
	bool json, every;
};

/* Does the log have that name, or is it what the name leads to? */
static bool
named(const char *path, const char *want)
{
	char *real;
	bool same = strcmp(path, want) == 0;

	if (same || (real = realpath(want, NULL)) == NULL)
		return same;
	same = strcmp(path, real) == 0;
	free(real);
	return same;
}

static bool
is_wanted(const struct auditor *a, const char *path)
{
	for (size_t i = 0; i < a->nwant; i++)
		if (named(path, a->want[i]))
			return true;
	return a->nwant == 0;
}

static void
add(struct auditor *a, const char *path, char *const *olddir)
{
	struct audit_item *i;

	if (!is_wanted(a, path))
		return;
	for (size_t k = 0; k < a->n; k++)
		if (strcmp(a->item[k].path, path) == 0)
			return;
	a->item = xreallocarray(a->item, a->n + 1, sizeof *a->item);
	i = &a->item[a->n++];
	memset(i, 0, sizeof *i);
	i->path = xstrdup(path);
	i->olddir = olddir;
}

/* What is configured, and what the ledger has besides. */
static void
collect(struct auditor *a, struct db *db)
{
	const struct source_entry *e;
	struct stat st;
	size_t n;
	char **path;

	for (size_t i = 0; i < a->all.n; i++) {
		e = &a->all.s[i];
		if (!e->globbed || stat(e->path, &st) == -1 ||
		    S_ISREG(st.st_mode))
			add(a, e->path, e->log->olddir);
	}
	path = store_source_paths(db, a->as != NULL ? a->as : "", &n);
	for (size_t i = 0; i < n; i++) {
		add(a, path[i], NULL);
		free(path[i]);
	}
	free(path);
}

static void
load(struct auditor *a, struct db *db)
{
	struct audit_item *i;

	collect(a, db);
	for (size_t k = 0; k < a->n; k++) {
		i = &a->item[k];
		store_source_get(db, a->as != NULL ? a->as : "", i->path,
		    &i->source);
		audit_begin(&i->audit, &i->source);
		store_ledger_source(db, i->path, &i->source, audit_entry,
		    &i->audit);
		audit_end(&i->audit);
	}
}

/* Each log asked for is known; 0 or 66. */
static int
check_wanted(const struct auditor *a)
{
	size_t k;

	for (size_t i = 0; i < a->nwant; i++) {
		for (k = 0; k < a->n; k++)
			if (named(a->item[k].path, a->want[i]))
				break;
		if (k < a->n)
			continue;
		log_error("%s: it is not configured, and was never read",
		    a->want[i]);
		return EX_NOINPUT;
	}
	return EX_OK;
}

static void
forget(struct auditor *a)
{
	for (size_t i = 0; i < a->n; i++) {
		lag_free(&a->item[i].lag);
		audit_free(&a->item[i].audit);
		store_source_free(&a->item[i].source);
		free(a->item[i].path);
	}
	free(a->item);
}

/* Reads all, and lets the next run begin before the disk is asked. */
static int
examine(struct auditor *a, const char *state)
{
	struct peek peek;
	int64_t last_run;
	int status = peek_open(&peek, state);

	if (status != EX_OK)
		return status;
	last_run = peek.lock.last_start;
	load(a, peek.db);
	peek_close(&peek);
	status = check_wanted(a);
	if (status == EX_OK) {
		for (size_t i = 0; i < a->n; i++)
			lag_look(a->item[i].path, a->item[i].olddir,
			    &a->item[i].source, last_run, &a->item[i].lag);
		status = audit_show(a->item, a->n, a->every, a->json) ? EX_OK :
									1;
	}
	forget(a);
	return status;
}

/* A pipeline needs no configuration. */
static int
examine_pipeline(struct auditor *a, const struct options *o)
{
	char *state = o->state != NULL ? xstrdup(o->state) : as_state(a->as);
	int status = examine(a, state);

	free(state);
	return status;
}

static int
examine_runs(struct auditor *a, const struct options *o)
{
	int status = EX_CONFIG;

	if (watchdog_conf_load(o->conf, o->state, &a->conf)) {
		sources_find(&a->conf, NULL, &a->all);
		status = examine(a, a->conf.state);
		sources_free(&a->all);
	}
	watchdog_conf_free(&a->conf);
	return status;
}

static int
option(struct auditor *a, int c)
{
	switch (c) {
	case 'A':
		a->as = optarg;
		/* that of `new` without --as */
		return *optarg == '\0' ? EX_OK : as_check("audit", optarg);
	case 'J':
		a->json = true;
		return EX_OK;
	case 'a':
	case 'v':
		a->every = true;
		return EX_OK;
	}
	return EX_USAGE;
}

int
cmd_audit(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "as", required_argument, NULL, 'A' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct auditor a = { .every = o->verbose > 0 };
	int c, status = EX_OK;

	while (status == EX_OK &&
	    (c = getopt_long(argc, argv, "av", longs, NULL)) != -1)
		status = option(&a, c);
	if (status != EX_OK)
		return status;
	a.want = argv + optind;
	a.nwant = (size_t)(argc - optind);
	return tool_flush(
	    a.as != NULL ? examine_pipeline(&a, o) : examine_runs(&a, o));
}
