/* SPDX-License-Identifier: ISC */
/* The files that a configuration's logs name. */
#define _GNU_SOURCE /* tdestroy */
#include "watchdog/sources.h"

#include <sys/stat.h>

#include <fnmatch.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "watchdog/conf.h"
#include "watchdog/follow_stream.h"
#include "watchdog/read/source.h"
#include "watchdog/store/store_source.h"

/* Up to and with the last slash. */
static size_t
directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? (size_t)(slash + 1 - path) : 0;
}

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

static struct source_entry *
add(struct sources *all, const struct log_conf *log, char *path, bool globbed)
{
	struct source_entry *e;

	all->s = xreallocarray(all->s, all->n + 1, sizeof *all->s);
	e = &all->s[all->n++];
	e->log = log;
	e->path = path;
	e->globbed = globbed;
	e->leads = all->n == 1 || all->s[all->n - 2].log != log;
	e->left = e->later = false;
	return e;
}

/* One of a glob's files, unless somebody has it; names is a tree. */
static struct source_entry *
add_file(struct sources *all, const struct log_conf *log, const char *path,
    void **names)
{
	char *mine;

	if (tfind(path, names, by_name) != NULL)
		return NULL;
	mine = xstrdup(path);
	if (tsearch(mine, names, by_name) == NULL)
		fatal(EX_OSERR, "out of memory");
	return add(all, log, mine, true);
}

/* Is it a generation of a file that the glob matched before?  That one is
 * gone for the moment only. */
static bool
is_known_ones(const struct store_table *known, const char *pattern,
    const char *path)
{
	size_t dir = directory(path);
	const char *other;

	for (size_t i = 0; (other = store_table_path(known, i)) != NULL; i++)
		if (directory(other) == dir && strncmp(other, path, dir) == 0 &&
		    source_is_generation(other + dir, path + dir) &&
		    fnmatch(pattern, other, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	return false;
}

/* Those that a glob matched once, and that are not read to their end.  True if
 * anything is known that it matches. */
static bool
add_left(struct sources *all, const struct log_conf *log,
    const struct store_table *known, void **names)
{
	struct source_entry *e;
	const char *path;
	struct stat st;
	bool any = false;

	for (size_t i = 0; (path = store_table_path(known, i)) != NULL; i++) {
		if (fnmatch(log->path, path, FNM_PATHNAME | FNM_PERIOD) != 0)
			continue;
		any = true;
		/* what is there and no match is another one's generation */
		if (store_table_find(known, path)->n > 0 &&
		    tfind(path, names, by_name) == NULL &&
		    lstat(path, &st) == -1 &&
		    (e = add_file(all, log, path, names)) != NULL)
			e->left = true;
	}
	return any;
}

static void
add_matches(struct sources *all, const struct log_conf *log,
    const struct store_table *known, void **names)
{
	size_t n, first = all->n;
	char **path = source_expand(log->path, &n);
	bool later = false;

	for (size_t i = 0; i < n; i++)
		if (known == NULL || store_table_find(known, path[i]) != NULL ||
		    !is_known_ones(known, log->path, path[i]))
			add_file(all, log, path[i], names);
	if (known != NULL)
		later = add_left(all, log, known, names);
	for (size_t i = first; i < all->n; i++)
		all->s[i].later = later;
	if (n == 0 && all->n == first)
		add(all, log, xstrdup(log->path), false);
	source_expand_free(path, n);
}

/* A journal's unit may look like one, and is journalctl's. */
static bool
is_glob(const struct log_conf *log)
{
	return source_is_glob(log->path) && !stream_is(log->path);
}

void
sources_find(const struct watchdog_conf *conf, const struct store_table *known,
    struct sources *all)
{
	void *names = NULL;

	memset(all, 0, sizeof *all);
	for (size_t i = 0; i < conf->nlog; i++)
		if (!is_glob(&conf->log[i]) &&
		    tsearch(conf->log[i].path, &names, by_name) == NULL)
			fatal(EX_OSERR, "out of memory");
	for (size_t i = 0; i < conf->nlog; i++) {
		if (is_glob(&conf->log[i]))
			add_matches(all, &conf->log[i], known, &names);
		else
			add(all, &conf->log[i], xstrdup(conf->log[i].path),
			    false);
	}
	tdestroy(names, keep);
}

void
sources_free(struct sources *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->s[i].path);
	free(all->s);
	memset(all, 0, sizeof *all);
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
