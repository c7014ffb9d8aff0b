/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog new: what logtail users want.  Surviving records not handed
 * out before, whole and in order; the cursor moves only after stdout took
 * everything.
 */
#define _GNU_SOURCE /* realpath */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/step.h"
#include "common/base/xmem.h"
#include "common/host/claim.h"
#include "common/host/lock.h"
#include "watchdog/alarm.h"
#include "watchdog/cmd/as.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/follow.h"
#include "watchdog/follow_stream.h"
#include "watchdog/rules.h"
#include "watchdog/sources.h"
#include "watchdog/store/store.h"
#include "watchdog/cmd/view.h"

#define LOCK_WAIT 10000 /* ms for another pipeline of the same name */

struct newer {
	struct view view;
	const char *as;
	const char *state; /* --state, or NULL */
	enum level level;  /* --level, or NONE */
	struct db *db;
	struct lock lock;
	struct follow *follow; /* one a source, kept until the commit */
	size_t n;
	struct follow *now; /* the one being read */
	char **path;        /* their names */
	size_t npath;
	bool trouble;  /* a source could not be read */
	int64_t began; /* seconds since 1970 */
};

static bool
on_record(void *arg, const struct record *rec)
{
	struct newer *n = arg;
	struct follow *f = n->now;
	bool wanted = view_wants(&n->view, f->scan.format, f->scan.ignore, rec);

	if (wanted)
		view_print(&n->view, f->scan.format, rec, f->scan.at->name);
	f->scan.stop = n->view.failed;
	return wanted;
}

/* On stderr each time: a pipeline has no other way to know. */
static void
complain(struct newer *n, const struct follow *f, bool globbed)
{
	const struct source_plan *p = &f->plan;
	char since[CLOCK_TEXT];
	int error;

	/* a directory that a glob matched */
	if (p->trouble == SOURCE_NOT_FILE && globbed)
		return;
	if (p->trouble != SOURCE_OK) {
		error = p->trouble == SOURCE_NOT_FILE ? EINVAL :
		    p->trouble == SOURCE_MISSING      ? ENOENT :
							p->sys_errno;
		log_error("%s: %s", f->path, source_strerror(error));
		n->trouble = true;
	}
	for (size_t i = 0; i < p->ngaps; i++)
		log_warn("%s: what was written after byte %lld may be missing "
			 "(%s)",
		    f->path, (long long)p->gap[i].from,
		    store_reason(p->gap[i].reason));
	if (f->lost.reason != GAP_NONE)
		log_warn("%s: the journal threw away what was read last: "
			 "entries since %s may be missing",
		    f->path, clock_local(f->lost.since, since));
	if (f->error != NULL) {
		log_error("%s", f->error);
		n->trouble = true;
	}
}

/* With the log's own docroots, unless some were named. */
static void
follow_as(struct newer *n, struct follow *f, const struct log_conf *log)
{
	struct docroot *docroot = n->view.docroot;
	size_t ndocroot = n->view.ndocroot;

	if (log != NULL && n->view.usual) {
		n->view.docroot = log->docroots;
		n->view.ndocroot = log->ndocroot;
	}
	follow_read(f);
	n->view.docroot = docroot;
	n->view.ndocroot = ndocroot;
}

/* e: how the configuration has it, or NULL. */
static void
read_source(struct newer *n, const char *path, const struct source_entry *e,
    struct ignore *rules)
{
	struct follow *f;

	n->follow = xreallocarray(n->follow, n->n + 1, sizeof *n->follow);
	n->now = f = &n->follow[n->n++];
	memset(f, 0, sizeof *f);
	f->now = n->began;
	f->quiet = isatty(STDOUT_FILENO) == 1;
	f->format = n->view.format == NULL && e != NULL ? e->log->format :
							  n->view.format;
	n->view.level = n->level == LEVEL_NONE && e != NULL ? e->log->level :
							      n->level;
	f->scan.ignore = rules;
	f->scan.sink = on_record;
	f->scan.arg = n;
	if (e != NULL) {
		f->directory = e->log->directory;
		f->left = e->left;
	}
	store_source_get(n->db, n->as, path, &f->kept);
	follow_open(f, n->db, path, e != NULL ? e->log->olddir : NULL);
	if (!f->plan.idle)
		follow_as(n, f, e != NULL ? e->log : NULL);
	complain(n, f, e != NULL && e->globbed);
}

/* What stdout took must have arrived before the cursor may move. */
static bool
flushed(struct newer *n)
{
	errno = 0;
	if (fflush(stdout) == EOF || n->view.failed) {
		log_error("standard output: %s; the same records come again "
			  "next time",
		    strerror(errno != 0 ? errno : EIO));
		return false;
	}
	/* a pipe or terminal has nothing to sync */
	if (fsync(STDOUT_FILENO) == -1 && errno != EINVAL && errno != EROFS &&
	    errno != ENOTSUP) {
		log_error("standard output: %m; the same records come again "
			  "next time");
		return false;
	}
	STEP("new:flushed");
	return true;
}

static void
commit(struct newer *n)
{
	bool any = false;

	for (size_t i = 0; i < n->n; i++)
		any |= n->follow[i].moved;
	if (!any)
		return;
	db_begin(n->db);
	for (size_t i = 0; i < n->n; i++)
		follow_write(&n->follow[i], n->db, n->as, n->began,
		    n->lock.last_end);
	db_lost_told(n->db);
	STEP("new:commit");
	db_commit(n->db);
	STEP("new:committed");
	db_backup(n->db, clock_now());
}

static char *
remember(struct newer *n, char *path)
{
	n->path = xreallocarray(n->path, n->npath + 1, sizeof *n->path);
	return n->path[n->npath++] = path;
}

/* Without FILEs: all that the configuration names, with its rules unless -r
 * says otherwise. */
static int
read_configured(struct newer *n, const struct options *o)
{
	struct alarms *unheard = alarms_new();
	struct store_table *known;
	struct watchdog_conf conf;
	const struct log_conf *log;
	struct ignore **set = NULL;
	struct sources all = { 0 };
	bool broken = true;

	if (watchdog_conf_load(o->conf, NULL, &conf)) {
		broken = false;
		set = xcalloc(conf.nlog + 1, sizeof *set);
		known = store_table_load(n->db, n->as);
		sources_find(&conf, known, &all);
		store_table_free(known);
	}
	for (size_t i = 0; i < all.n && !n->view.failed; i++) {
		log = all.s[i].log;
		read_source(n, remember(n, xstrdup(all.s[i].path)), &all.s[i],
		    n->view.nrules > 0 ?
			n->view.ignore :
			rules_of(set, &conf, log, unheard, &broken));
	}
	if (set != NULL)
		rules_free(set, &conf);
	sources_free(&all);
	watchdog_conf_free(&conf);
	alarms_free(unheard);
	return broken ? EX_CONFIG : EX_OK;
}

/* One cursor, by whatever way the directory is named.  A link stays one: it
 * points to another file tomorrow (cronolog -S). */
static char *
absolute(const char *name)
{
	const char *slash = strrchr(name, '/');
	char *dir, *real, *path;

	dir = slash == NULL ? xstrdup(".") :
			      xstrndup(name, (size_t)(slash - name) + 1);
	real = realpath(dir, NULL);
	if (real == NULL)
		path = xstrdup(name);
	else
		path = xasprintf("%s/%s", strcmp(real, "/") == 0 ? "" : real,
		    slash == NULL ? name : slash + 1);
	free(real);
	free(dir);
	return path;
}

static int
read_named(struct newer *n, int argc, char **argv)
{
	char *path;

	for (int i = 0; i < argc && !n->view.failed; i++) {
		path = stream_is(argv[i]) ? xstrdup(argv[i]) :
					    absolute(argv[i]);
		read_source(n, remember(n, path), NULL, n->view.ignore);
	}
	return EX_OK;
}

static int
run_new(struct newer *n, const struct options *o, int argc, char **argv)
{
	int status;

	n->level = n->view.level;
	status = argc == 0 ? read_configured(n, o) : read_named(n, argc, argv);
	if (!flushed(n))
		status = EX_IOERR;
	else if (!o->dry)
		commit(n);
	for (size_t i = 0; i < n->n; i++)
		follow_close(&n->follow[i]);
	for (size_t i = 0; i < n->npath; i++)
		free(n->path[i]);
	free(n->path);
	return status == EX_OK && n->trouble ? EX_OSERR : status;
}

static int
option(struct newer *n, int c)
{
	switch (c) {
	case 'A':
		n->as = optarg;
		return as_check(n->view.name, optarg);
	case 's':
		n->state = optarg;
		return EX_OK;
	}
	return view_option(&n->view, c, optarg);
}

static int
open_and_run(struct newer *n, const struct options *o, int argc, char **argv)
{
	char *state = n->state != NULL ? xstrdup(n->state) : as_state(n->as);
	int status;

	status = claim_state(&n->lock, state, CLAIM_WRITE,
	    &(struct claim_busy){ LOCK_WAIT, 0,
		"try again, or choose a name of your own with --as" });
	if (status == EX_OK) {
		n->db = store_open(state, DB_WRITE);
		status = run_new(n, o, argc, argv);
		db_close(n->db);
		lock_stamp_end(&n->lock, clock_now());
		lock_drop(&n->lock);
	}
	free(n->follow);
	free(state);
	return status;
}

int
cmd_new(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = { VIEW_LONGS,
		{ "as", required_argument, NULL, 'A' },
		{ "state", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 } };
	struct newer n = { .as = "", .state = o->state, .began = clock_now() };
	int c, status = EX_OK;

	view_init(&n.view, "new");
	while (status == EX_OK &&
	    (c = getopt_long(argc, argv, VIEW_LETTERS, longs, NULL)) != -1)
		status = option(&n, c);
	if (status == EX_OK)
		status = view_ready(&n.view);
	if (status == EX_OK)
		status = open_and_run(&n, o, argc - optind, argv + optind);
	view_free(&n.view);
	return status;
}
