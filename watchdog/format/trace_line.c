/* SPDX-License-Identifier: ISC */
/* What lines of traces look like by themselves. */
#include "watchdog/format/trace_line.h"

#include <string.h>

#include "common/base/span.h"

bool
trace_go_frame(const char *p, size_t n)
{
	struct span s = { p, n };
	const char *bracket = memchr(p, '(', n);
	const char *blank = memchr(p, ' ', n);

	if (span_begins(s, "created by ") || span_begins(s, "exit status "))
		return true;
	if (blank != NULL && blank - p <= 6 && n <= 28 &&
	    span_find(s, "  0x") != NULL)
		return true;
	return bracket != NULL && p[n - 1] == ')' &&
	    (blank == NULL || blank > bracket) &&
	    (span_begins(s, "panic(") ||
		memchr(p, '.', (size_t)(bracket - p)) != NULL);
}

bool
trace_go_words(const char *p, size_t n)
{
	struct span s = { p, n };

	return span_begins(s, "runtime: ") || span_begins(s, "SIGQUIT: ") ||
	    span_begins(s, "fatal error: ") ||
	    span_begins(s, "unexpected fault address ");
}

bool
trace_go_continues(const char *p, size_t n)
{
	struct span s = { p, n };

	return span_begins(s, "fatal error: ") || span_begins(s, "runtime: ") ||
	    span_begins(s, "PC=");
}

bool
trace_node_place(const char *p, size_t n)
{
	static const char *const end[] = { ".js", ".mjs", ".cjs", ".jsx", ".ts",
		".tsx", ".json" };
	struct span s = { p, n };
	size_t i = n;

	while (i > 0 && is_digit(p[i - 1]))
		i--;
	if (i == n || i < 2 || p[i - 1] != ':' || memchr(p, ' ', n) != NULL)
		return false;
	if (span_begins(s, "node:") || span_begins(s, "<anonymous_script>:") ||
	    span_begins(s, "evalmachine.<anonymous>:") ||
	    span_begins(s, "[eval]"))
		return true;
	s.n = i - 1;
	for (i = 0; i < sizeof end / sizeof *end; i++)
		if (s.n > strlen(end[i]) && span_ends(s, end[i]))
			return true;
	return false;
}
