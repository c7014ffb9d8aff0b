/* SPDX-License-Identifier: ISC */
/*
 * JSON lines, with the names that common loggers give their members: pino and
 * bunyan, zap, zerolog, logrus and slog, structlog and json-logger, Monolog,
 * ECS, GELF, Caddy, PostgreSQL.  What a logger writes into one string stays
 * there: a line end in it is escaped, and begins no record.
 */
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/span.h"
#include "watchdog/format/format.h"
#include "watchdog/format/json.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/when.h"
#include "watchdog/format/trace.h"

enum what {
	WHAT_LEVEL,
	WHAT_TIME,
	WHAT_MESSAGE,
	WHAT_ERROR,
	WHAT_STACK,
	WHAT_METHOD,
	WHAT_REQUEST,
	WHAT_STATUS,
	WHAT_SITE,
	WHAT_PROGRAM,
	WHATS
};

/* Of two that a line has, the earlier one here counts.  parent "": a member
 * of the object itself. */
static const struct {
	enum what what;
	const char *parent, *name;
} known[] = {
	{ WHAT_LEVEL, "", "level_name" }, /* Monolog's level is a number */
	{ WHAT_LEVEL, "", "levelname" },
	{ WHAT_LEVEL, "", "log.level" },
	{ WHAT_LEVEL, "log", "level" },
	{ WHAT_LEVEL, "", "level" },
	{ WHAT_LEVEL, "", "lvl" },
	{ WHAT_LEVEL, "", "severity" },
	{ WHAT_LEVEL, "", "severity_text" },
	{ WHAT_LEVEL, "", "error_severity" },
	{ WHAT_LEVEL, "", "loglevel" },
	{ WHAT_LEVEL, "", "@l" },
	{ WHAT_LEVEL, "", "priority" },
	{ WHAT_TIME, "", "@timestamp" },
	{ WHAT_TIME, "", "timestamp" },
	{ WHAT_TIME, "", "time" },
	{ WHAT_TIME, "", "ts" },
	{ WHAT_TIME, "", "datetime" },
	{ WHAT_TIME, "", "date" },
	{ WHAT_TIME, "", "asctime" },
	{ WHAT_TIME, "", "@t" },
	{ WHAT_TIME, "", "__realtime_timestamp" },
	{ WHAT_MESSAGE, "", "msg" },
	{ WHAT_MESSAGE, "", "message" },
	{ WHAT_MESSAGE, "", "short_message" },
	{ WHAT_MESSAGE, "", "@m" },
	{ WHAT_MESSAGE, "", "@mt" },
	{ WHAT_MESSAGE, "", "event" },
	{ WHAT_MESSAGE, "", "body" },
	{ WHAT_ERROR, "", "error" },
	{ WHAT_ERROR, "", "err" },
	{ WHAT_ERROR, "", "error.message" },
	{ WHAT_ERROR, "error", "message" },
	{ WHAT_ERROR, "err", "message" },
	{ WHAT_ERROR, "exception", "message" },
	{ WHAT_STACK, "", "stack" },
	{ WHAT_STACK, "", "stack_trace" },
	{ WHAT_STACK, "", "stacktrace" },
	{ WHAT_STACK, "", "error.stack_trace" },
	{ WHAT_STACK, "", "error.stack" },
	{ WHAT_STACK, "error", "stack_trace" },
	{ WHAT_STACK, "error", "stack" },
	{ WHAT_STACK, "err", "stack" },
	{ WHAT_STACK, "exception", "stacktrace" },
	{ WHAT_STACK, "exception", "trace" },
	{ WHAT_STACK, "", "exc_info" },
	{ WHAT_STACK, "", "exception" },
	{ WHAT_STACK, "", "traceback" },
	{ WHAT_STACK, "", "backtrace" },
	{ WHAT_STACK, "", "trace" },
	{ WHAT_STACK, "", "full_message" },
	{ WHAT_METHOD, "", "method" },
	{ WHAT_METHOD, "", "request_method" },
	{ WHAT_METHOD, "request", "method" },
	{ WHAT_METHOD, "req", "method" },
	{ WHAT_REQUEST, "", "request_uri" },
	{ WHAT_REQUEST, "", "uri" },
	{ WHAT_REQUEST, "", "url" },
	{ WHAT_REQUEST, "", "path" },
	{ WHAT_REQUEST, "", "url.path" },
	{ WHAT_REQUEST, "url", "path" },
	{ WHAT_REQUEST, "url", "original" },
	{ WHAT_REQUEST, "request", "uri" },
	{ WHAT_REQUEST, "request", "url" },
	{ WHAT_REQUEST, "req", "url" },
	{ WHAT_REQUEST, "", "request_path" },
	{ WHAT_REQUEST, "", "request" },
	{ WHAT_STATUS, "", "status" },
	{ WHAT_STATUS, "", "status_code" },
	{ WHAT_STATUS, "", "statuscode" },
	{ WHAT_STATUS, "response", "status_code" },
	{ WHAT_STATUS, "res", "statuscode" },
	{ WHAT_SITE, "", "server_name" },
	{ WHAT_PROGRAM, "", "logger" },
	{ WHAT_PROGRAM, "", "logger_name" },
	{ WHAT_PROGRAM, "", "log.logger" },
	{ WHAT_PROGRAM, "log", "logger" },
	{ WHAT_PROGRAM, "", "channel" },
	{ WHAT_PROGRAM, "", "program" },
	{ WHAT_PROGRAM, "", "syslog_identifier" },
	{ WHAT_PROGRAM, "", "service" },
	{ WHAT_PROGRAM, "", "service.name" },
	{ WHAT_PROGRAM, "", "name" },
	{ WHAT_PROGRAM, "", "component" },
};
#define KNOWN (sizeof known / sizeof *known)

struct found {
	struct json_member member[WHATS];
	size_t rank[WHATS]; /* index + 1 in the table, 0: not there */
};

static bool
same(const char *name, struct span s)
{
	return s.n == strlen(name) && strncasecmp(name, s.p, s.n) == 0;
}

static void
on_member(void *arg, const struct json_member *m)
{
	struct found *found = arg;
	enum what what;
	size_t i;

	if (m->name.n == 0 || m->name.n > 20 || m->value.n == 0 ||
	    (m->kind == JSON_WORD && span_begins(m->value, "null")))
		return;
	/* {"context":{"exception":{"message": …}}} */
	if (m->depth > 3 || (m->depth > 1 && m->parent.n == 0))
		return;
	for (i = 0; i < KNOWN; i++)
		if (same(known[i].name, m->name) &&
		    same(known[i].parent, m->parent))
			break;
	if (i == KNOWN)
		return;
	what = known[i].what;
	if (what <= WHAT_TIME || what == WHAT_STATUS ||
	    m->kind == JSON_STRING) {
		if (found->rank[what] == 0 || i + 1 < found->rank[what]) {
			found->rank[what] = i + 1;
			found->member[what] = *m;
		}
	}
}

static struct span
first_line(const char *p, size_t n)
{
	struct span s = { p, n };

	return span_until(s, n > 0 ? memchr(p, '\n', n) : NULL);
}

static bool
look(struct found *found, const char *record, size_t len)
{
	memset(found, 0, sizeof *found);
	return len > 1 && record[0] == '{' &&
	    json_walk(first_line(record, len), on_member, found);
}

/* The number that the text begins with, -1 if none or absurdly many digits. */
static int64_t
number(struct span s)
{
	int64_t n = 0;
	size_t i = 0;

	for (; i < s.n && is_digit(s.p[i]); i++) {
		if (i == 18)
			break;
		n = n * 10 + (s.p[i] - '0');
	}
	if (i == 0 || (i < s.n && s.p[i] != '.' && !is_digit(s.p[i])))
		return -1;
	/* nanoseconds have 19 digits */
	return i < s.n && is_digit(s.p[i]) ? n * 10 : n;
}

/* syslog's 0 to 7, pino's 10 to 60, Monolog's 100 to 600 */
static enum level
level_of_number(int64_t n)
{
	static const enum level syslog[] = { LEVEL_EMERG, LEVEL_ALERT,
		LEVEL_CRIT, LEVEL_ERROR, LEVEL_WARN, LEVEL_NOTICE, LEVEL_INFO,
		LEVEL_DEBUG };
	static const struct {
		int64_t from;
		enum level level;
	} t[] = { { 600, LEVEL_EMERG }, { 550, LEVEL_ALERT },
		{ 500, LEVEL_CRIT }, { 400, LEVEL_ERROR }, { 300, LEVEL_WARN },
		{ 250, LEVEL_NOTICE }, { 200, LEVEL_INFO },
		{ 100, LEVEL_DEBUG }, { 60, LEVEL_CRIT }, { 50, LEVEL_ERROR },
		{ 40, LEVEL_WARN }, { 30, LEVEL_INFO }, { 10, LEVEL_DEBUG } };

	if (n < 0 || n > 600)
		return LEVEL_NONE;
	if (n < 8)
		return syslog[n];
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (n >= t[i].from)
			return t[i].level;
	return LEVEL_NONE;
}

static enum level
level_of(struct span s)
{
	enum level level = level_parse(s.p, s.n);

	if (level != LEVEL_NONE)
		return level;
	if (same("information", s))
		return LEVEL_INFO;
	if (same("verbose", s))
		return LEVEL_DEBUG;
	if (same("dpanic", s))
		return LEVEL_CRIT;
	return level_of_number(number(s));
}

/* RFC 3339, or since 1970 in seconds, ms, us or ns. */
static void
take_time(struct span s, struct fields *f)
{
	int64_t n;

	if (when_take(&s, &f->has_time, &f->time))
		return;
	n = number(s);
	if (n < 0)
		return;
	while (n > 99999999999)
		n /= 1000;
	f->has_time = true;
	f->time = n;
}

static int
status_of(const struct found *found)
{
	int64_t n = number(found->member[WHAT_STATUS].value);

	if (found->rank[WHAT_STATUS] == 0 || n < 100 || n > 599)
		return 0;
	return (int)n;
}

/* "GET /x HTTP/1.1" gives /x; what is escaped is not looked at. */
static struct span
request_of(struct span s)
{
	const char *blank = span_find(s, " ");

	if (s.n > 0 && memchr(s.p, '\\', s.n) != NULL)
		return span_head(s, 0);
	if (blank == NULL)
		return s;
	s = span_from(s, blank + 1);
	return span_until(s, span_find_last(s, " HTTP/"));
}

static struct span
value_of(const struct found *found, enum what what, struct span none)
{
	return found->rank[what] > 0 ? found->member[what].value : none;
}

static bool
json_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span none = { record, 0 };
	struct found found;
	int status;

	(void)self;
	if (!look(&found, record, len))
		return false;
	f->level = level_of(value_of(&found, WHAT_LEVEL, none));
	take_time(value_of(&found, WHAT_TIME, none), f);
	f->message = value_of(&found, WHAT_MESSAGE, first_line(record, len));
	f->request = request_of(value_of(&found, WHAT_REQUEST, none));
	f->site = value_of(&found, WHAT_SITE, none);
	f->program = value_of(&found, WHAT_PROGRAM, none);
	status = status_of(&found);
	f->fine = f->level != LEVEL_NONE ?
	    f->level < LEVEL_WARN :
	    status > 0 && found.rank[WHAT_REQUEST] > 0;
	if (status >= 500) {
		f->fine = false;
		if (f->level < LEVEL_ERROR)
			f->level = LEVEL_ERROR;
	}
	return true;
}

/* "GET /x 500", of an access log. */
static void
put_request(struct buf *out, const struct found *found, struct span none)
{
	struct span method = value_of(found, WHAT_METHOD, none);
	struct span request = value_of(found, WHAT_REQUEST, none);

	if (method.n > 0) {
		buf_add(out, method.p, method.n);
		buf_addc(out, ' ');
	}
	request = span_until(request, span_find(request, "?"));
	json_text(out, request);
	buf_addf(out, " %d", status_of(found));
}

/*
 * Message, what went wrong, stack.  Where there is a stack, a line end in the
 * message is text that somebody wrote, and stays escaped.
 */
static void
json_unwrap(const struct format *self, const char *record, size_t len,
    struct buf *out)
{
	struct span none = { record, 0 }, message, error, stack;
	struct found found;

	(void)self;
	if (!look(&found, record, len)) {
		buf_add(out, record, len);
		return;
	}
	message = value_of(&found, WHAT_MESSAGE, none);
	error = value_of(&found, WHAT_ERROR, none);
	stack = value_of(&found, WHAT_STACK, none);
	if (message.n == 0) {
		message = error;
		error = none;
	}
	if (message.n > 0 && stack.n > 0)
		buf_add(out, message.p, message.n);
	else if (message.n > 0)
		json_text(out, message);
	else if (status_of(&found) > 0 && found.rank[WHAT_REQUEST] > 0)
		put_request(out, &found, none);
	else if (stack.n == 0) {
		buf_add(out, record, len);
		return;
	}
	if (error.n > 0) {
		buf_adds(out, ": ");
		buf_add(out, error.p, error.n);
	}
	if (stack.n > 0) {
		if (message.n > 0)
			buf_addc(out, '\n');
		json_text(out, stack);
	}
	/* lines that are no JSON, behind it */
	buf_add(out, record + first_line(record, len).n,
	    len - first_line(record, len).n);
}

static bool
json_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct trace t = { .state = state->trace };
	const char *p;
	size_t n;

	(void)self;
	key[l->n - 1] = 0;
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &n);
		if (n > 1 && p[0] == '{') {
			starts[i] = 1;
			t.state = TRACE_NONE;
		} else
			starts[i] = !trace_continues(&t, p, n);
	}
	state->trace = (uint8_t)trace_settle(&t);
	state->open = state->trace != TRACE_NONE;
	return false;
}

const struct format format_json = { .name = "json",
	.judges = true,
	.starts = json_starts,
	.parse = json_parse,
	.unwrap = json_unwrap,
	.inside = &format_plain };
