/* SPDX-License-Identifier: ISC */
/* The names of logs and of their generations. */
#include "watchdog/read/source.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "watchdog/read/sibling.h"

#define DATE_DIGITS 8 /* 20261121 */
#define TAI_DIGITS 24

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ".1", "-20261121", ".2026-11-21_06:47": how far it reaches from s on; 0 if
 * it is none.  *digits is how many digits are in it. */
static size_t
stamp(const char *s, size_t *digits)
{
	size_t i = 1;

	*digits = 0;
	if (s[0] == '\0' || strchr(".-_", s[0]) == NULL || !is_digit(s[1]))
		return 0;
	for (;;) {
		while (is_digit(s[i])) {
			i++;
			(*digits)++;
		}
		if (s[i] == '\0' || strchr(".-_:T+", s[i]) == NULL ||
		    !is_digit(s[i + 1]))
			break;
		i++;
	}
	if (s[i] == 'Z')
		i++;
	return i;
}

/* Is s + i the name's end, but for what a compressor appends? */
static bool
ends_at(const char *s, size_t i)
{
	return s[i] == '\0' ||
	    (s[i] == '.' && strchr(s + i + 1, '.') == NULL &&
		sibling_compressed(s));
}

/* multilog's and svlogd's: "@400000006924e5d51234abcd.s" beside "current". */
static bool
is_tai64(const char *base, const char *name)
{
	size_t n = strspn(name + 1, "0123456789abcdef");

	return strcmp(base, "current") == 0 && n == TAI_DIGITS &&
	    (strncmp(name + 1 + n, ".s", 2) == 0 ||
		strncmp(name + 1 + n, ".u", 2) == 0) &&
	    ends_at(name, n + 3);
}

/* "error-20261121.log", "error.1.log": a number alone may as well be part of
 * another log's name. */
static enum source_kin
kin_by_middle(const char *base, const char *name)
{
	const char *ext = strrchr(base, '.');
	size_t n, k, digits;

	if (ext == NULL || ext == base ||
	    strncmp(name, base, (size_t)(ext - base)) != 0)
		return SOURCE_STRANGER;
	name += ext - base;
	k = stamp(name, &digits);
	n = strlen(ext);
	if (k == 0 || strncmp(name + k, ext, n) != 0 || !ends_at(name, k + n))
		return SOURCE_STRANGER;
	return digits >= DATE_DIGITS ? SOURCE_GENERATION : SOURCE_DOUBTFUL;
}

enum source_kin
source_kin(const char *base, const char *name)
{
	size_t n = strlen(base), k, digits;

	if (name[0] == '@')
		return is_tai64(base, name) ? SOURCE_GENERATION :
					      SOURCE_STRANGER;
	if (n > 0 && strncmp(name, base, n) == 0 && name[n] != '\0') {
		if (ends_at(name, n))
			return SOURCE_GENERATION; /* compressed, no more */
		k = strncmp(name + n, ".old", 4) == 0 ?
		    4 :
		    stamp(name + n, &digits);
		if (k > 0 && ends_at(name + n, k))
			return SOURCE_GENERATION;
	}
	return kin_by_middle(base, name);
}

bool
source_is_generation(const char *base, const char *name)
{
	return source_kin(base, name) == SOURCE_GENERATION;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Is there a stamp in it at all?  Of a hundred logs none is compared with the
 * ninety-nine others for nothing. */
static bool
may_be_rotated(const char *name)
{
	size_t digits;

	for (; *name != '\0'; name++)
		if (strncmp(name, ".old", 4) == 0 || stamp(name, &digits) > 0)
			return true;
	return false;
}

/* Is the path a generation of another one of the n, in its directory? */
static bool
is_rotated(const char *path, char *const *all, size_t n)
{
	const char *slash = strrchr(path, '/'), *other;
	size_t dir = slash != NULL ? (size_t)(slash + 1 - path) : 0;

	if (sibling_compressed(path))
		return true;
	if (!may_be_rotated(path + dir))
		return false;
	for (size_t i = 0; i < n; i++) {
		other = all[i];
		if (strncmp(path, other, dir) == 0 &&
		    strchr(other + dir, '/') == NULL &&
		    source_is_generation(other + dir, path + dir))
			return true;
	}
	return false;
}

bool
source_is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") != NULL;
}

char **
source_expand(const char *pattern, size_t *n)
{
	char **list;
	glob_t g = { .gl_pathc = 0 };

	*n = 0;
	if (!source_is_glob(pattern)) {
		list = xcalloc(2, sizeof *list);
		list[(*n)++] = xstrdup(pattern);
		return list;
	}
	/* glob(3) sorts as the locale says: not the same for everybody */
	if (glob(pattern, GLOB_NOSORT, NULL, &g) != 0)
		g.gl_pathc = 0;
	list = xcalloc(g.gl_pathc + 1, sizeof *list);
	for (size_t i = 0; i < g.gl_pathc; i++)
		if (!is_rotated(g.gl_pathv[i], g.gl_pathv, g.gl_pathc))
			list[(*n)++] = xstrdup(g.gl_pathv[i]);
	globfree(&g);
	if (*n > 1)
		qsort(list, *n, sizeof *list, by_name);
	return list;
}

void
source_expand_free(char **list, size_t n)
{
	if (list == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}
