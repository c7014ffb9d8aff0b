/* SPDX-License-Identifier: ISC */
/*
 * Any text as a file of ignore rules, up to the first NUL, and the rest as a
 * record: a mistake is within its line, every line is a rule, a twin, a
 * comment or a mistake, and what is asked of a record ends.
 */
#define _GNU_SOURCE /* memfd_create */

#include <sys/mman.h>

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watchdog/match/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
on_error(void *arg, const char *file, int line, const char *pattern,
    size_t column, const char *what)
{
	size_t *errors = arg;

	assert(file != NULL && line > 0 && what[0] != '\0');
	assert(column <= (pattern != NULL ? strlen(pattern) : 0));
	(*errors)++;
}

static void
check_rules(const struct ignore *ig, size_t lines)
{
	size_t twins;

	for (size_t i = 0; i < ignore_count(ig); i++) {
		const struct ignore_rule *rule = ignore_rule(ig, i);

		assert(rule->pattern[0] != '\0');
		assert(rule->line > 0 && (size_t)rule->line <= lines);
		assert(rule->meta.least <= rule->meta.most ||
		    ignore_meta_limits(&rule->meta));
		ignore_traits(ig, i);
	}
	ignore_twins(ig, &twins);
	assert(ignore_count(ig) + twins <= lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *nul = n > 0 ? memchr(p, '\0', n) : NULL;
	size_t text = nul != NULL ? (size_t)(nul - p) : n;
	const char *record = (const char *)p + text;
	char path[32];
	const char *paths[] = { path };
	size_t errors = 0, lines = 1;
	struct ignore *ig;
	int fd = memfd_create("rules", MFD_CLOEXEC);
	int32_t rule;

	if (fd == -1 || write(fd, p, text) != (ssize_t)text)
		abort();
	for (size_t i = 0; i < text; i++)
		lines += p[i] == '\n';
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ig = ignore_load(paths, 1, 1795000000, on_error, &errors);
	assert(errors <= lines * 2);
	check_rules(ig, lines);
	rule = ignore_which(ig, record, n - text, LEVEL_WARN, "/a/b.php");
	assert(rule >= -1 && (rule < 0 || (size_t)rule < ignore_count(ig)));
	ignore_free(ig);
	close(fd);
	return 0;
}
