/* SPDX-License-Identifier: ISC */
/* The files that a configuration's logs name. */
#define _GNU_SOURCE /* tdestroy */
#include "watchdog/sources.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "watchdog/conf.h"
#include "watchdog/follow_stream.h"
#include "watchdog/read/source.h"

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
keep(void *node)
{
	(void)node; /* the names belong to others */
}

static void
add(struct sources *all, const struct log_conf *log, char *path, bool globbed)
{
	struct source_entry *e;

	all->s = xreallocarray(all->s, all->n + 1, sizeof *all->s);
	e = &all->s[all->n++];
	e->log = log;
	e->path = path;
	e->globbed = globbed;
	e->leads = all->n == 1 || all->s[all->n - 2].log != log;
}

/* Those of a glob's matches that nobody has; known is a tree of names. */
static void
add_matches(struct sources *all, const struct log_conf *log, void **known)
{
	size_t n;
	char **path = source_expand(log->path, &n), *mine;

	if (n == 0)
		add(all, log, xstrdup(log->path), false);
	for (size_t i = 0; i < n; i++) {
		if (tfind(path[i], known, by_name) != NULL)
			continue;
		mine = xstrdup(path[i]);
		if (tsearch(mine, known, by_name) == NULL)
			fatal(EX_OSERR, "out of memory");
		add(all, log, mine, true);
	}
	source_expand_free(path, n);
}

/* A journal's unit may look like one, and is journalctl's. */
static bool
is_glob(const struct log_conf *log)
{
	return source_is_glob(log->path) && !stream_is(log->path);
}

void
sources_find(const struct watchdog_conf *conf, struct sources *all)
{
	void *known = NULL;

	memset(all, 0, sizeof *all);
	for (size_t i = 0; i < conf->nlog; i++)
		if (!is_glob(&conf->log[i]) &&
		    tsearch(conf->log[i].path, &known, by_name) == NULL)
			fatal(EX_OSERR, "out of memory");
	for (size_t i = 0; i < conf->nlog; i++) {
		if (is_glob(&conf->log[i]))
			add_matches(all, &conf->log[i], &known);
		else
			add(all, &conf->log[i], xstrdup(conf->log[i].path),
			    false);
	}
	tdestroy(known, keep);
}

void
sources_free(struct sources *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->s[i].path);
	free(all->s);
	memset(all, 0, sizeof *all);
}

/* Up to and with the last slash. */
static size_t
directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? (size_t)(slash + 1 - path) : 0;
}

const struct log_conf *
sources_log_of(const struct sources *all, const char *path)
{
	size_t dir = directory(path);
	const char *live;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->s[i].path, path) == 0)
			return all->s[i].log;
	for (size_t i = 0; i < all->n; i++) {
		live = all->s[i].path;
		if (directory(live) == dir && strncmp(live, path, dir) == 0 &&
		    source_is_generation(live + dir, path + dir))
			return all->s[i].log;
	}
	return NULL;
}
