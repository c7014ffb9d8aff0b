/* SPDX-License-Identifier: ISC */
/*
 * What Java's loggers write.
 * Tomcat:  28-Nov-2026 18:00:01.123 SEVERE [http-8080-exec-1] a.b.C.m text
 * java.util.logging, two lines:
 *          Nov 28, 2026 6:00:01 PM a.b.C m
 *          SEVERE: text
 * log4j, logback:
 *          2026-11-28 18:00:01,123 ERROR [main] a.b.C - text
 *          18:00:01.123 [main] ERROR a.b.C - text
 * Spring Boot:
 *          2026-11-28T18:00:01.123Z ERROR 1 --- [main] a.b.C : text
 * Traces follow.
 */
#include "watchdog/format/format.h"

#include "watchdog/format/format_head.h"
#include "watchdog/format/take.h"
#include "watchdog/format/when.h"

/* Takes logback's "18:00:01.123": which day, it does not say. */
static bool
take_clock(struct span *s)
{
	struct span t = *s;
	struct when w;

	if (t.n < 13 || !when_clock(t.p, &w))
		return false;
	take_bytes(&t, 8);
	if ((!take_char(&t, '.') && !take_char(&t, ',')) || !take_digits(&t))
		return false;
	*s = t;
	return true;
}

/* "a.b.C m" and nothing else: the first of two lines. */
static bool
two_lines(struct span s, const char *end, struct fields *f)
{
	struct span class = take_until(&s, " ");

	if (class.n == 0 || !take_char(&s, ' ') || s.n == 0 ||
	    memchr(class.p, '.', class.n) == NULL ||
	    memchr(s.p, ' ', s.n) != NULL)
		return false;
	f->program = class;
	f->message = (struct span){ s.p + s.n, 0 };
	if (f->message.p == end)
		return true;
	s = take_line(f->message.p + 1, (size_t)(end - f->message.p) - 1);
	f->level = head_next_level(&s);
	f->message = s;
	f->rest.p = s.p + s.n < end ? s.p + s.n + 1 : end;
	f->rest.n = (size_t)(end - f->rest.p);
	return true;
}

/* What stands between the date and the logger, in any order: the level and
 * the thread, Spring's process and application.  False without a level. */
static bool
take_middle(struct span *s, struct fields *f, bool *bracket)
{
	struct span in, t;

	*bracket = false;
	for (;; *s = t) {
		take_blanks(s);
		t = *s;
		if (f->level == LEVEL_NONE &&
		    (f->level = head_level(&t)) != LEVEL_NONE) {
			if (t.n > 0 && t.p[0] != ' ')
				return false;
			continue;
		}
		if (take_bracket(&t, &in))
			*bracket = true;
		else if (!take_text(&t, "--- ") &&
		    !(f->level != LEVEL_NONE && take_digits(&t) && t.n > 4 &&
			memcmp(t.p, " --- ", 5) == 0))
			return f->level != LEVEL_NONE;
	}
}

/* Takes "a.b.C - ", "a.b.C : ", "a.b.C [more]: ". */
static bool
take_logger(struct span *s, struct fields *f)
{
	struct span t = *s, logger = take_until(&t, " "), in;

	take_blanks(&t);
	if (take_bracket(&t, &in))
		take_blanks(&t);
	if (logger.n == 0 || (!take_text(&t, "- ") && !take_text(&t, ": ")))
		return false;
	f->program = logger;
	*s = t;
	return true;
}

static bool
java_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span s = take_line(record, len);
	bool tomcat = s.n > 2 && s.p[2] == '-', bracket;

	(void)self;
	if (take_text(&s, "Exception in thread \"")) { /* nobody's logger */
		f->level = LEVEL_ERROR;
		f->message = take_line(record, len);
		return true;
	}
	if ((!head_time(&s, f) && !take_clock(&s)) || !take_char(&s, ' '))
		return false;
	if (record[0] == '[') { /* Kafka; others have a process there */
		struct span t = s;

		if (record[5] != '-' || head_level(&t) == LEVEL_NONE)
			return false;
	}
	if (two_lines(s, record + len, f)) {
		head_judge(f);
		return true;
	}
	if (!take_middle(&s, f, &bracket))
		return false;
	if (tomcat && bracket) {
		f->program = take_until(&s, " ");
		take_char(&s, ' ');
	} else if (!take_logger(&s, f) && !bracket)
		return false;
	f->message = s;
	head_judge(f);
	return true;
}

const struct format format_java = { .name = "java",
	.judges = true,
	.starts = head_starts,
	.parse = java_parse };
