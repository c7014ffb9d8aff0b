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
	int64_t now;
	ignore_error on_error;
	void *arg;
	/* of the comment lines directly above, in this file */
	struct ignore_meta meta;
	int meta_line; /* of the last of them that says until when or for what
			* the rule is; 0: none does */
	bool wrong;    /* one of them is a mistake, which was told */
};

static void
complain(const struct load *ld, const char *file)
{
	ld->on_error(ld->arg, file, 0, NULL, 0, strerror(errno));
}

/* A comment said when a rule applies, and no rule stands below: the rule that
 * was meant would hide more, or longer, than it should. */
static void
forget_meta(struct load *ld, const char *file)
{
	if (ld->meta_line > 0 && !ld->wrong)
		ld->on_error(ld->arg, file, ld->meta_line, NULL, 0,
		    "this comment is about the rule below it, and there is "
		    "none on the next line");
	ignore_meta_free(&ld->meta);
	ld->meta_line = 0;
	ld->wrong = false;
}

static void
load_comment(struct load *ld, const char *file, int line, const char *p,
    size_t n)
{
	bool limits = ignore_meta_limits(&ld->meta);
	const char *what;
	size_t column;
	char *shown;

	what = ignore_meta_line(&ld->meta, p, n, &column);
	if (!limits && ignore_meta_limits(&ld->meta))
		ld->meta_line = line;
	if (what == NULL)
		return;
	ld->wrong = true;
	shown = xstrndup(p, n);
	ld->on_error(ld->arg, file, line, shown,
	    column < strlen(shown) ? column : strlen(shown), what);
	free(shown);
}

/*
 * Blanks around a rule belong to it, as with egrep -f.  A NUL could be
 * compiled, but no listing could show what stands behind it.
 */
static void
load_rule(struct load *ld, const char *file, int line, const char *p, size_t n)
{
	const char *nul = memchr(p, '\0', n);
	char *shown;

	if (nul != NULL) {
		shown = xstrndup(p, n);
		ld->on_error(ld->arg, file, line, shown, (size_t)(nul - p),
		    "a NUL byte in a rule");
		free(shown);
	} else if (!ld->wrong)
		ignore_add(ld->set, file, line, p, n, &ld->meta, ld->now,
		    ld->on_error, ld->arg);
	ld->meta_line = 0;
	forget_meta(ld, file);
}

/* Only a '#' that nothing but blanks precede begins a comment, since a rule
 * may hold that character. */
static void
load_line(struct load *ld, const char *file, int line, const char *p, size_t n)
{
	size_t i = 0;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	if (i == n)
		forget_meta(ld, file);
	else if (p[i] == '#')
		load_comment(ld, file, line, p, n);
	else
		load_rule(ld, file, line, p, n);
}

static void
load_text(struct load *ld, const char *file, const char *p, size_t n)
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
	forget_meta(ld, file);
}

static void
load_file(struct load *ld, const char *path)
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
load_directory(struct load *ld, const char *dir)
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
ignore_load(const char *const *paths, size_t n, int64_t now,
    ignore_error on_error, void *arg)
{
	struct load ld = { .set = ignore_new(),
		.now = now,
		.on_error = on_error,
		.arg = arg };
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
