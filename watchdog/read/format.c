/* SPDX-License-Identifier: ISC */
/* The formats there are, and what they share. */
#include "watchdog/read/format.h"

#include <string.h>

#include "watchdog/read/reader.h"

#define DETECT_LINES 1000 /* enough to tell, few enough to be quick */

/* The more specific one first.  Any text is plain: it comes last. */
static const struct format *const format[] = {
	&format_apache,
	&format_nginx,
	&format_plain,
};
#define NFORMAT (sizeof format / sizeof *format)

static const char *const level[] = {
	[LEVEL_NONE] = "none",
	[LEVEL_DEBUG] = "debug",
	[LEVEL_INFO] = "info",
	[LEVEL_NOTICE] = "notice",
	[LEVEL_WARN] = "warn",
	[LEVEL_ERROR] = "error",
	[LEVEL_CRIT] = "crit",
	[LEVEL_ALERT] = "alert",
	[LEVEL_EMERG] = "emerg",
};

const char *
level_name(enum level l)
{
	return level[l];
}

/* word is in lower case, and letters only */
static bool
same_word(const char *word, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && word[i] != '\0'; i++)
		if (word[i] != (p[i] | 0x20))
			return false;
	return i == n && word[i] == '\0';
}

enum level
level_parse(const char *p, size_t n)
{
	/* What other servers and libraries call the same. */
	static const struct {
		const char *word;
		enum level level;
	} also[] = {
		{ "emergency", LEVEL_EMERG },
		{ "panic", LEVEL_EMERG },
		{ "critical", LEVEL_CRIT },
		{ "fatal", LEVEL_CRIT },
		{ "err", LEVEL_ERROR },
		{ "severe", LEVEL_ERROR },
		{ "warning", LEVEL_WARN },
		{ "trace", LEVEL_DEBUG },
	};
	size_t i;

	for (i = LEVEL_DEBUG; i <= LEVEL_EMERG; i++)
		if (same_word(level[i], p, n))
			return (enum level)i;
	for (i = 0; i < sizeof also / sizeof *also; i++)
		if (same_word(also[i].word, p, n))
			return also[i].level;
	if (n == 6 && p[5] >= '1' && p[5] <= '8' && same_word("trace", p, 5))
		return LEVEL_DEBUG;
	return LEVEL_NONE;
}

const struct format *
format_find(const char *name)
{
	for (size_t i = 0; i < NFORMAT; i++)
		if (strcmp(format[i]->name, name) == 0)
			return format[i];
	return NULL;
}

const char *const *
format_names(void)
{
	static const char *const names[] = { "apache", "nginx", "plain", NULL };

	return names;
}

/* How many of the lines begin like a record of the format. */
static size_t
heads(const struct format *f, const struct lines *l, size_t n)
{
	struct fields fields;
	const char *p;
	size_t len, found = 0;

	for (size_t i = 0; i < n; i++) {
		p = lines_at(l, i, &len);
		memset(&fields, 0, sizeof fields);
		if (len > 0 && f->parse(p, len, &fields))
			found++;
	}
	return found;
}

const struct format *
format_detect(const struct lines *l)
{
	uint8_t starts[DETECT_LINES];
	struct format_state state = { 0 };
	struct lines first = *l;
	size_t i, found, all = 0, most = 0;
	const struct format *best = &format_plain;

	if (first.n > DETECT_LINES)
		first.n = DETECT_LINES;
	/* Lines of a stack trace speak neither for nor against a format. */
	format_plain.starts(&state, &first, starts);
	for (i = 0; i < first.n; i++)
		all += starts[i];
	for (i = 0; i < NFORMAT - 1; i++) {
		found = heads(format[i], &first, first.n);
		if (found > most && found * 2 >= all) {
			best = format[i];
			most = found;
		}
	}
	return best;
}

void
format_parse(const struct format *f, const char *record, size_t len,
    struct fields *fields)
{
	const char *lf;

	if (len == 0)
		record = "";
	memset(fields, 0, sizeof *fields);
	fields->status.p = fields->message.p = fields->request.p =
	    fields->rest.p = record + len;
	lf = len > 0 ? memchr(record, '\n', len) : NULL;
	if (lf != NULL) {
		fields->rest.p = lf + 1;
		fields->rest.n = len - (size_t)(lf + 1 - record);
	}
	if (!f->parse(record, len, fields)) {
		fields->message.p = record;
		fields->message.n = lf != NULL ? (size_t)(lf - record) : len;
	}
}
