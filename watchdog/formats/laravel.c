/* SPDX-License-Identifier: ISC */
/*
 * Monolog's lines, as Laravel and Symfony write them:
 * [2026-11-28 18:00:01] production.ERROR: text {"exception":"[object]
 *   (RuntimeException(code: 0): text at /x.php:12)
 * [stacktrace]
 * #0 /x.php(8): f()
 * "}
 */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format.h"

#include "watchdog/format/format_head.h"
#include "watchdog/format/take.h"

/* Where the text ends: the context follows, or what stands for an empty one
 * and an empty "extra". */
static size_t
text_end(struct span s)
{
	static const char context[] = " {\"exception\":\"";
	static const char none[] = " []";
	const char *at = memmem(s.p, s.n, context, sizeof context - 1);

	if (at != NULL)
		return (size_t)(at - s.p);
	for (int i = 0; i < 2; i++)
		if (s.n >= 3 && memcmp(s.p + s.n - 3, none, 3) == 0)
			s.n -= 3;
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s.n;
}

static bool
laravel_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span s = take_line(record, len), text;

	(void)self;
	if (s.n == 0 || s.p[0] != '[' || !head_time(&s, f) ||
	    !take_char(&s, ' '))
		return false;
	f->program = take_until(&s, ". :[");
	if (f->program.n == 0 || !take_char(&s, '.'))
		return false;
	f->level = head_level(&s);
	if (f->level == LEVEL_NONE || !take_text(&s, ": "))
		return false;
	text = s;
	text.n = text_end(s);
	f->message = text;
	/* the context names the file: it is looked at like a trace */
	if (text.n + 1 < s.n && text.p[text.n + 1] == '{') {
		f->rest.p = text.p + text.n + 1;
		f->rest.n = (size_t)(record + len - f->rest.p);
	}
	head_judge(f);
	return true;
}

const struct format format_laravel = { .name = "laravel",
	.judges = true,
	.starts = head_starts,
	.parse = laravel_parse };
