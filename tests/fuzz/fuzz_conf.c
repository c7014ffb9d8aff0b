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

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const keep[] = { "log", "mail" };
	char *text = xstrndup((const char *)p, n);
	size_t len = strlen(text), lines = count_lines(text);
	int line, last = 0;

	for (size_t i = 0;
	     i < 4 && (line = conf_scan_section(text, "log", i)) != 0; i++) {
		assert(line >= last && (size_t)line <= lines + 1);
		last = line;
	}
	conf_scan_blank(text, 2, "log");
	conf_scan_keep(text, keep, 2);
	assert(strlen(text) == len && count_lines(text) == lines);
	free(text);
	return 0;
}
