/* SPDX-License-Identifier: ISC */
/* The message of a program behind the server. */
#include "watchdog/match/unwrap.h"

#include <string.h>

#include "common/base/span.h"

#define CODE_NEAR 40 /* a code or a time is looked for so far in */

/* Behind "core.c(123): "; the file is the server's own. */
static struct span
skip_source(struct span s)
{
	const char *p = span_find(span_head(s, CODE_NEAR), ".c(");
	size_t i;

	if (p == NULL)
		return s;
	for (i = (size_t)(p - s.p) + 3; i < s.n && is_digit(s.p[i]); i++)
		;
	return span_begins(span_skip(s, i), "): ") ? span_skip(s, i + 3) : s;
}

struct span
unwrap_code(struct span s)
{
	size_t i;

	s = skip_source(s);
	if (!span_begins(s, "AH"))
		return s;
	for (i = 2; i < s.n && is_digit(s.p[i]); i++)
		;
	if (i == 7 && span_begins(span_skip(s, i), ": "))
		s = span_skip(s, i + 2);
	return s;
}

/* Several messages are joined by "; ", and nginx may begin with the joint. */
static struct span
skip_fpm(struct span s)
{
	static const char *const lead[] = { "; ", "PHP message: " };
	size_t i;

	for (i = 0; i < sizeof lead / sizeof *lead; i++)
		if (span_begins(s, lead[i]))
			s = span_skip(s, strlen(lead[i]));
	return s;
}

/* PHP's own log begins with the time: "[20-Nov-2026 04:00:01 UTC] PHP …". */
static struct span
skip_php_time(struct span s)
{
	const char *p = span_find(span_head(s, CODE_NEAR), "] PHP ");

	return p != NULL && span_begins(s, "[") ? span_from(s, p + 2) : s;
}

struct span
unwrap(struct span message)
{
	static const char apache[] = "Got error '";
	static const char nginx[] = "FastCGI sent in stderr: \"";
	struct span s = unwrap_code(message);

	if (span_begins(s, nginx)) {
		s = skip_fpm(span_skip(s, strlen(nginx)));
		return span_until(s, span_find_last(s, "\" while reading "));
	}
	if (!span_begins(s, apache))
		return skip_php_time(message);
	s = skip_fpm(span_skip(s, strlen(apache)));
	if (s.n > 0 && s.p[s.n - 1] == '\'')
		s.n--;
	if (s.n > 1 && memcmp(s.p + s.n - 2, "\\n", 2) == 0)
		s.n -= 2;
	return s;
}
