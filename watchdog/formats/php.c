/* SPDX-License-Identifier: ISC */
/*
 * PHP's own log (error_log, the command line, mod_php's stderr):
 * [20-Nov-2026 04:00:01 UTC] PHP Warning:  text in /x.php on line 3
 * The time is not there on stderr.  Stacks follow without a head; xdebug's
 * lines have one each.
 */
#include "watchdog/format/php.h"

#include <string.h>

#include "common/base/span.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/when.h"
#include "watchdog/format/trace.h"

/* What struct format_writer's `open` says: the record is one of PHP's, and it
 * has no end yet. */
#define IS_PHP 1
#define UNENDED 2

size_t
php_severity(struct span s, enum level *level)
{
	static const struct {
		const char *begin;
		enum level level;
	} t[] = {
		{ "PHP Fatal error:  ", LEVEL_ERROR },
		{ "PHP Parse error:  ", LEVEL_ERROR },
		{ "PHP Recoverable fatal error:  ", LEVEL_ERROR },
		{ "PHP Warning:  ", LEVEL_WARN },
		{ "PHP Notice:  ", LEVEL_NOTICE },
		{ "PHP Deprecated:  ", LEVEL_INFO },
		{ "PHP Strict Standards:  ", LEVEL_INFO },
		{ "PHP Catchable fatal error:  ", LEVEL_ERROR },
		{ "PHP Unknown error:  ", LEVEL_ERROR },
	};

	if (!span_begins(s, "PHP "))
		return 0;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (span_begins(s, t[i].begin)) {
			*level = t[i].level;
			return strlen(t[i].begin);
		}
	return 0;
}

static bool
ends_on_line(struct span s)
{
	size_t i = s.n;

	while (i > 0 && is_digit(s.p[i - 1]))
		i--;
	return i < s.n && i >= 9 && memcmp(s.p + i - 9, " on line ", 9) == 0;
}

bool
php_ends(struct span s)
{
	/* PHP-FPM cuts what is too long */
	return ends_on_line(s) ||
	    (s.n >= 3 && memcmp(s.p + s.n - 3, "...", 3) == 0);
}

bool
php_only_ends(struct span s)
{
	enum level level;

	return ends_on_line(s) && php_severity(s, &level) == 0;
}

bool
php_unended(struct span s)
{
	enum level level;

	return php_severity(s, &level) > 0 && !php_ends(s);
}

bool
php_begins_trace(struct span s)
{
	size_t i = 4;

	if (!span_begins(s, "PHP ") || s.n < 9)
		return false;
	if (span_begins(s, "PHP Stack trace:"))
		return true;
	while (i < s.n && s.p[i] == ' ')
		i++;
	return i > 5 && i < s.n && is_digit(s.p[i]);
}

/* Takes "[20-Nov-2026 04:00:01 UTC] ".  Without a zone it is PHP's only if
 * "PHP " follows: PHP-FPM's own lines look like that. */
static bool
take_head(struct span *s, struct fields *f)
{
	struct span t = *s;
	const char *close;
	bool zone;

	if (t.n < 24 || t.p[0] != '[' || t.p[3] != '-' || t.p[7] != '-')
		return false;
	t = span_skip(t, 1);
	if (!when_take_zone(&t, &f->has_time, &f->time, &zone) || t.n < 2)
		return false;
	close = memchr(t.p, ']', span_head(t, 40).n);
	if (close == NULL)
		return false;
	zone = zone || t.p[0] == ' ';
	t = span_from(t, close + 1);
	if (span_begins(t, " "))
		t = span_skip(t, 1);
	if (!zone && !span_begins(t, "PHP "))
		return false;
	*s = t;
	return true;
}

static bool
starts_one(struct format_writer *w, struct span line)
{
	struct trace t = { .state = w->trace };
	enum level level;
	struct fields f;
	bool head = take_head(&line, &f), goes_on;

	if ((w->open & UNENDED) != 0 || php_begins_trace(line) ||
	    ((w->open & IS_PHP) != 0 && php_only_ends(line))) {
		goes_on = true;
		if (php_ends(line))
			w->open &= IS_PHP;
		t.state = line.n > 0 && line.p[line.n - 1] == ':' ?
		    TRACE_PHP :
		    TRACE_PHP_WHOLE;
	} else {
		goes_on = trace_continues(&t, line.p, line.n) && !head;
		if (!goes_on)
			w->open = php_unended(line)        ? IS_PHP | UNENDED :
			    php_severity(line, &level) > 0 ? IS_PHP :
							     0;
	}
	w->trace = (w->open & UNENDED) != 0 ? TRACE_PHP : trace_settle(&t);
	return !goes_on;
}

static bool
php_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct format_writer *w = &state->writer[0];
	struct span line;

	(void)self;
	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		line.p = lines_at(l, i, &line.n);
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		starts[i] = line.n > 0 && starts_one(w, line);
	}
	state->open = w->trace != TRACE_NONE || (w->open & UNENDED) != 0;
	return false;
}

static bool
php_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	const char *lf = memchr(record, '\n', len);
	struct span s = { record, lf != NULL ? (size_t)(lf - record) : len };
	bool head;

	(void)self;
	if (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	head = take_head(&s, f);
	f->message = s;
	return php_severity(s, &f->level) > 0 || head;
}

const struct format format_php = { .name = "php",
	.starts = php_starts,
	.parse = php_parse };
