/* SPDX-License-Identifier: ISC */
/* Ignore rules: from files and directories into a set. */
#include "watchdog/match/ignore.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/match/ignore_set.h"

#define RULES_MAX (16 * 1024 * 1024) /* bytes of one file */

struct load {
	struct ignore *set;
	ignore_error on_error;
	void *arg;
};

static void
complain(const struct load *ld, const char *file)
{
	ld->on_error(ld->arg, file, 0, NULL, 0, strerror(errno));
}

/* Blank, or a comment: only a '#' that nothing but blanks precede begins
 * one, since a rule may hold that character. */
static bool
line_is_idle(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	return i == n || p[i] == '#';
}

/*
 * Blanks around a rule belong to it, as with egrep -f.  A NUL could be
 * compiled, but no listing could show what stands behind it.
 */
static void
load_line(const struct load *ld, const char *file, int line, const char *p,
    size_t n)
{
	const char *nul;
	char *shown;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (line_is_idle(p, n))
		return;
	nul = memchr(p, '\0', n);
	if (nul == NULL) {
		ignore_add(ld->set, file, line, p, n, ld->on_error, ld->arg);
		return;
	}
	shown = xstrndup(p, n);
	ld->on_error(ld->arg, file, line, shown, (size_t)(nul - p),
	    "a NUL byte in a rule");
	free(shown);
}

static void
load_text(const struct load *ld, const char *file, const char *p, size_t n)
{
	const char *lf, *end = p + n;
	int line;

	/* Editors on Windows put a byte order mark first. */
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for (line = 1; p < end; line++) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			lf = end;
		load_line(ld, file, line, p, (size_t)(lf - p));
		p = lf + 1;
	}
}

static void
load_file(const struct load *ld, const char *path)
{
	struct buf text;

	buf_init(&text, RULES_MAX);
	if (file_slurp(path, &text))
		load_text(ld, path, buf_str(&text), text.len);
	else
		complain(ld, path);
	buf_free(&text);
}

/* As run-parts(8): no editor's backup, no .dpkg-old. */
static int
name_counts(const struct dirent *d)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return d->d_name[0] != '\0' &&
	    d->d_name[strspn(d->d_name, good)] == '\0';
}

/* alphasort(3) would sort by the locale, and the order would vary. */
static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
load_directory(const struct load *ld, const char *dir)
{
	struct dirent **list;
	struct stat st;
	char *path;
	int i, n;

	n = scandir(dir, &list, name_counts, by_bytes);
	if (n == -1) {
		complain(ld, dir);
		return;
	}
	for (i = 0; i < n; i++) {
		path = xasprintf("%s/%s", dir, list[i]->d_name);
		if (stat(path, &st) == -1)
			complain(ld, path);
		else if (!S_ISDIR(st.st_mode))
			load_file(ld, path);
		free(path);
		free(list[i]);
	}
	free(list);
}

struct ignore *
ignore_load(const char *const *paths, size_t n, ignore_error on_error,
    void *arg)
{
	struct load ld = { ignore_new(), on_error, arg };
	struct stat st;
	size_t i;

	for (i = 0; i < n; i++) {
		if (stat(paths[i], &st) == -1)
			complain(&ld, paths[i]);
		else if (S_ISDIR(st.st_mode))
			load_directory(&ld, paths[i]);
		else
			load_file(&ld, paths[i]);
	}
	return ld.set;
}
