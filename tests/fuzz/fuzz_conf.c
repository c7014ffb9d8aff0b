/* SPDX-License-Identifier: ISC */
/* Any text as a configuration: scanning it ends, and keeps lines in place. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "common/host/conf_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t
count_lines(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

struct seen {
	size_t depth, lines;
	int last;
};

static void
on_section(void *arg, size_t depth, const char *name, size_t n, int line)
{
	struct seen *s = arg;

	assert(n > 0 && strlen(name) > n);
	assert(line >= s->last && (size_t)line <= s->lines + 1);
	assert(depth <= s->depth + 1);
	s->last = line;
	s->depth = depth;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const keep[] = { "log", "mail" };
	char *text = xstrndup((const char *)p, n);
	size_t len = strlen(text), lines = count_lines(text);
	struct seen seen = { 0, lines, 0 };

	conf_scan_sections(text, on_section, &seen);
	conf_scan_blank(text, 2, "log");
	conf_scan_keep(text, keep, 2);
	assert(strlen(text) == len && count_lines(text) == lines);
	free(text);
	return 0;
}
