/* SPDX-License-Identifier: ISC */
/* The formats there are, and what they share. */
#include "watchdog/format/format.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/hash.h"
#include "watchdog/read/reader.h"

#define DETECT_LINES 1000 /* enough to tell, few enough to be quick */
#define ENVELOPES 3       /* of a record: JSON in syslog in a container */

/* The more specific one first.  Any text is plain: it comes last. */
static const struct format *const format[] = {
	&format_apache,
	&format_nginx,
	&format_lighttpd,
	&format_naviserver,
	&format_php,
	&format_fpm,
	&format_access,
	&format_postgresql,
	&format_mysql,
	&format_ruby,
	&format_laravel,
	&format_java,
	&format_python,
	&format_container,
	&format_syslog,
	&format_json,
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
	static const char *names[NFORMAT + 1];

	for (size_t i = 0; i < NFORMAT; i++)
		names[i] = format[i]->name;
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
		if (len > 0 && f->parse(f, p, len, &fields))
			found++;
	}
	return found;
}

const struct format *
format_detect(const struct lines *l)
{
	uint8_t starts[DETECT_LINES];
	uint32_t key[DETECT_LINES];
	struct format_state state = { 0 };
	struct lines first = *l;
	size_t i, found, all = 0, most = 0;
	const struct format *best = &format_plain;

	if (first.n == 0)
		return best;
	if (first.n > DETECT_LINES)
		first.n = DETECT_LINES;
	if (first.n == 0)
		return best;
	/* Lines of a stack trace speak neither for nor against a format. */
	format_plain.starts(&format_plain, &state, &first, starts, key);
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

uint32_t
format_key(const char *p, size_t n)
{
	uint32_t key = (uint32_t)hash_bytes(p, n).lo;

	return key != 0 ? key : 1;
}

struct format_writer *
format_writer(struct format_state *state, uint32_t key)
{
	struct format_writer *w = state->writer, found;
	size_t i;

	for (i = 0; i < FORMAT_WRITERS - 1; i++)
		if (w[i].key == key || w[i].key == 0)
			break;
	found = w[i].key == key ? w[i] : (struct format_writer){ .key = key };
	memmove(w + 1, w, i * sizeof *w);
	w[0] = found;
	return w;
}

bool
format_is_part(struct span line)
{
	for (size_t i = 0; i < NFORMAT; i++)
		if (format[i]->is_part != NULL && format[i]->is_part(line))
			return true;
	return false;
}

bool
format_is_fine(const struct fields *f, enum level threshold)
{
	if (threshold == LEVEL_NONE || f->level == LEVEL_NONE)
		return f->fine;
	return f->level < threshold;
}

/* In this format and no other. */
static void
parse_bare(const struct format *f, const char *record, size_t len,
    struct fields *fields)
{
	const char *lf = len > 0 ? memchr(record, '\n', len) : NULL;
	struct span none = { record + len, 0 };
	struct fields empty = { .status = none,
		.message = none,
		.request = none,
		.site = none,
		.program = none,
		.rest = none };

	if (lf != NULL) {
		empty.rest.p = lf + 1;
		empty.rest.n = len - (size_t)(lf + 1 - record);
	}
	*fields = empty;
	if (f->parse(f, record, len, fields))
		return;
	*fields = empty;
	fields->message.p = record;
	fields->message.n = lf != NULL ? (size_t)(lf - record) : len;
}

/* The format of what stands in an envelope: that of its first line. */
static const struct format *
format_inside(const struct format *around, const char *text, size_t len)
{
	struct fields fields;

	if (around->inside != NULL)
		return around->inside;
	for (size_t i = 0; i < NFORMAT - 1; i++) {
		memset(&fields, 0, sizeof fields);
		if (len > 0 && format[i]->parse(format[i], text, len, &fields))
			return format[i];
	}
	memset(&fields, 0, sizeof fields);
	if (len > 0 &&
	    format_apache_undated.parse(&format_apache_undated, text, len,
		&fields))
		return &format_apache_undated;
	return &format_plain;
}

/* What the envelope knew, and what is in it does not, or not as well. */
static void
add_outer(const struct format *around, const struct fields *out,
    struct fields *fields)
{
	if (out->has_time) {
		fields->has_time = true;
		fields->time = out->time;
	}
	if (fields->level == LEVEL_NONE ||
	    (around->inside == &format_plain && out->level != LEVEL_NONE))
		fields->level = out->level;
	fields->fine = fields->fine || out->fine;
	if (fields->program.n == 0)
		fields->program = out->program;
	if (fields->site.n == 0)
		fields->site = out->site;
	if (fields->request.n == 0)
		fields->request = out->request;
}

/* Makes room for n bytes, so that what is in it stays where it is. */
static void
reserve(struct buf *room, const char *any, size_t n)
{
	for (int i = 0; i < ENVELOPES; i++)
		buf_add(room, any, n);
	buf_reset(room);
}

void
format_parse(const struct format *f, const char *record, size_t len,
    struct fields *fields, struct buf *room)
{
	const struct format *around;
	struct fields out;
	size_t from;

	buf_reset(room);
	parse_bare(f, len == 0 ? "" : record, len, fields);
	if (f->unwrap == NULL)
		return;
	reserve(room, record, len);
	for (int i = 0; i < ENVELOPES && f->unwrap != NULL; i++) {
		from = room->len;
		if (room->cap < from + len + 1)
			break;
		f->unwrap(f, record, len, room);
		record = buf_str(room) + from;
		len = room->len - from;
		around = f;
		f = format_inside(around, record, len);
		out = *fields;
		parse_bare(f, record, len, fields);
		add_outer(around, &out, fields);
	}
}
