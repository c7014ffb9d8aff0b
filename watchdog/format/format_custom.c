/* SPDX-License-Identifier: ISC */
/* Formats that the configuration makes. */
#include "watchdog/format/format_custom.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/regex.h"
#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/take.h"
#include "watchdog/format/trace.h"
#include "watchdog/format/when.h"

#define APACHE "apache:"

enum group { TIME, LEVEL, STATUS, MESSAGE, REQUEST, SITE, PROGRAM, NGROUP };

static const char *const group_name[NGROUP] = { "time", "level", "status",
	"message", "request", "site", "program" };

/* A struct format's data. */
struct custom {
	struct regex *record; /* NULL: fields says it */
	struct regex *fields; /* or NULL */
	int group[NGROUP];    /* numbers in fields; 0: it has none */
};

bool
format_custom_is(const char *text)
{
	return strncmp(text, APACHE, sizeof APACHE - 1) == 0;
}

/* Does the line begin a record?  Nobody knows: rather one more. */
static bool
is_head(const struct custom *c, const char *p, size_t n)
{
	return n > 0 &&
	    regex_search(c->record != NULL ? c->record : c->fields, p, n, NULL,
		NULL) != REGEX_NO_MATCH;
}

/* Apache escapes line ends: as in format_apache, other programs' lines are
 * records of their own. */
static bool
apache_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct trace t = { .state = state->trace };
	const char *p;
	size_t n;

	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &n);
		starts[i] = is_head(self->data, p, n);
		if (starts[i])
			t.state = TRACE_NONE;
		else
			starts[i] = !trace_continues(&t, p, n);
	}
	state->trace = (uint8_t)trace_settle(&t);
	state->open = state->trace != TRACE_NONE;
	return false;
}

/* Who says how a record begins says that all else continues it. */
static bool
pattern_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	const char *p;
	size_t n;

	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &n);
		starts[i] = is_head(self->data, p, n);
	}
	state->open = true;
	return false;
}

/* What a group was, empty if it was not there. */
static struct span
said(const struct custom *c, enum group g, const char *text)
{
	size_t from, n;

	if (c->group[g] == 0 || !regex_at(c->fields, c->group[g], &from, &n))
		return (struct span){ text, 0 };
	return (struct span){ text + from, n };
}

/* The fields of a match in the record; what was not said stays. */
static void
take_groups(const struct custom *c, const char *record, size_t len,
    struct fields *f)
{
	struct span s[NGROUP],
	    *to[NGROUP] = { [STATUS] = &f->status,
		    [MESSAGE] = &f->message,
		    [REQUEST] = &f->request,
		    [SITE] = &f->site,
		    [PROGRAM] = &f->program };
	const char *end;

	for (int g = 0; g < NGROUP; g++) {
		s[g] = said(c, (enum group)g, record);
		if (s[g].n > 0 && to[g] != NULL)
			*to[g] = s[g];
	}
	if (s[TIME].n > 0)
		f->has_time = when_read(s[TIME], &f->time);
	if (s[LEVEL].n > 0)
		f->level = level_parse(s[LEVEL].p, s[LEVEL].n);
	/* a message of several lines is not said twice */
	end = f->message.p + f->message.n;
	if (s[MESSAGE].n > 0 && f->rest.p < end) {
		f->rest.p = end < record + len && *end == '\n' ? end + 1 : end;
		f->rest.n = (size_t)(record + len - f->rest.p);
	}
}

static bool
apache_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	const struct custom *c = self->data;
	struct span s = take_line(record, len);

	if (regex_search(c->fields, s.p, s.n, NULL, NULL) != REGEX_MATCH)
		return false;
	f->message = (struct span){ s.p + s.n, 0 };
	f->rest = (struct span){ record + len, 0 };
	if (s.n < len)
		f->rest = (struct span){ s.p + s.n + 1, len - s.n - 1 };
	take_groups(c, record, len, f);
	return true;
}

static bool
pattern_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	const struct custom *c = self->data;
	struct span s = take_line(record, len);

	format_plain.parse(&format_plain, record, len, f);
	f->rest = (struct span){ record + len, 0 };
	if (s.n < len)
		f->rest = (struct span){ s.p + s.n + 1, len - s.n - 1 };
	if (c->fields != NULL &&
	    regex_search(c->fields, record, len, NULL, NULL) == REGEX_MATCH)
		take_groups(c, record, len, f);
	return true;
}

static struct format *
make(const struct format *like, struct custom *c)
{
	struct format *f = xmalloc(sizeof *f);

	*f = *like;
	f->data = c;
	return f;
}

/* False if fields has none of them. */
static bool
find_groups(struct custom *c)
{
	bool any = false;

	for (int g = 0; g < NGROUP; g++) {
		c->group[g] = regex_group(c->fields, group_name[g]);
		any |= c->group[g] > 0;
	}
	return any;
}

struct format *
format_custom_apache(const char *text, struct custom_error *e)
{
	static const struct format like = { .name = "apache",
		.starts = apache_starts,
		.parse = apache_parse };
	struct custom *c = xcalloc(1, sizeof *c);
	struct buf pattern;

	e->of = CUSTOM_FORMAT;
	buf_init(&pattern, SIZE_MAX);
	if (format_errorlog(&pattern, text + sizeof APACHE - 1, e->what))
		c->fields = regex_compile(buf_str(&pattern), e->what);
	buf_free(&pattern);
	if (c->fields == NULL) {
		free(c);
		return NULL;
	}
	find_groups(c);
	return make(&like, c);
}

struct format *
format_custom_patterns(const char *record, const char *fields,
    struct custom_error *e)
{
	static const struct format like = { .name = "custom",
		.starts = pattern_starts,
		.parse = pattern_parse };
	struct custom *c = xcalloc(1, sizeof *c);
	struct format *f = make(&like, c);

	e->of = CUSTOM_RECORD;
	if (record != NULL &&
	    (c->record = regex_compile(record, e->what)) == NULL) {
		format_custom_free(f);
		return NULL;
	}
	e->of = CUSTOM_FIELDS;
	if (fields != NULL)
		c->fields = regex_compile(fields, e->what);
	if (c->fields != NULL && !find_groups(c))
		snprintf(e->what, sizeof e->what,
		    "expected a group (?<time>...), (?<level>...), "
		    "(?<message>...), (?<request>...), (?<site>...) or "
		    "(?<program>...)");
	else if (c->fields != NULL || fields == NULL)
		return f;
	format_custom_free(f);
	return NULL;
}

void
format_custom_free(struct format *f)
{
	struct custom *c;

	if (f == NULL)
		return;
	c = f->data;
	regex_free(c->record);
	regex_free(c->fields);
	free(c);
	free(f);
}
