/* SPDX-License-Identifier: ISC */
/*
 * What Python's servers and its logging module write: Django, Flask, Celery,
 * gunicorn, uvicorn, uWSGI.  One log often has several of these:
 * 2026-11-28 18:00:01,123 ERROR name: text    (or " - name - ERROR - text")
 * ERROR:name:text
 * [28/Nov/2026 18:00:01] ERROR [django.request:241] Internal Server Error: /x
 * [28/Nov/2026 18:00:01] "GET /x HTTP/1.1" 500 145
 * [2026-11-28 18:00:01,123] ERROR in app: text
 * [2026-11-28 18:00:01,123: ERROR/MainProcess] text
 * [2026-11-28 18:00:01 +0000] [123] [ERROR] Error handling request /x
 * INFO:     192.0.2.1:5 - "GET /x HTTP/1.1" 500 Internal Server Error
 * [pid: 1|app: 0|req: 1/1] 192.0.2.1 () {…} [Sat Nov 28 18:00:01 2026] GET /x
 *   => generated 0 bytes in 1 msecs (HTTP/1.1 500) …
 * *** Starting uWSGI … ***
 * Tracebacks follow.
 */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format.h"

#include "watchdog/format/format_head.h"
#include "watchdog/format/take.h"
#include "watchdog/format/when.h"

/* An answer of 500 and above is an error, whatever word stands in front. */
static enum level
level_of_status(const char *p)
{
	int status = when_number(p, 3);

	return status < 0 ? LEVEL_NONE :
	    status >= 500 ? LEVEL_ERROR :
			    LEVEL_INFO;
}

/* `"GET /x HTTP/1.1" 500`, and what follows */
static bool
request_line(struct span s, struct fields *f)
{
	struct span line, all = s;

	if (!take_char(&s, '"'))
		return false;
	line = take_until(&s, "\"");
	if (!take_text(&s, "\" ") || s.n < 3 ||
	    (f->level = level_of_status(s.p)) == LEVEL_NONE)
		return false;
	f->request = head_target(line);
	f->message = all;
	return true;
}

/* The target in Django's "Internal Server Error: /x" and gunicorn's "Error
 * handling request /x". */
static struct span
target_of(struct span s)
{
	static const char *const text[] = { "Internal Server Error: ",
		"Service Unavailable: ", "Error handling request " };

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (take_text(&s, text[i]) && s.n > 0 && s.p[0] == '/')
			return s;
	return (struct span){ s.p, 0 };
}

static bool
message(struct span s, struct fields *f)
{
	f->message = s;
	f->request = target_of(s);
	return true;
}

/* Takes "name: ", a logger's or a module's; not if there is a blank in it. */
static bool
take_name(struct span *s, struct fields *f)
{
	struct span t = *s, name = take_until(&t, ": []");

	if (name.n == 0 || !take_text(&t, ": "))
		return false;
	f->program = name;
	*s = t;
	return true;
}

/* " ERROR name: text", " - name - ERROR - text", " [ERROR] name: text", and
 * with milliseconds in the date " ERROR text" */
static bool
after_date(struct span s, bool millis, struct fields *f)
{
	struct span name;

	if (take_text(&s, " - ")) {
		name = take_until(&s, " ");
		if (!take_text(&s, " - ") ||
		    (f->level = head_level(&s)) == LEVEL_NONE ||
		    !take_text(&s, " - "))
			return false;
		f->program = name;
		return message(s, f);
	}
	if (!take_char(&s, ' ') || (f->level = head_level(&s)) == LEVEL_NONE ||
	    !take_blanks(&s))
		return false;
	if (!take_name(&s, f) && (!millis || (s.n > 0 && s.p[0] == '[')))
		return false;
	return message(s, f);
}

static bool
dated(struct span s, struct fields *f)
{
	struct span t = s;

	if (!when_take(&t, &f->has_time, &f->time))
		return false;
	return after_date(t, t.p - s.p > 4 && t.p[-4] == ',', f);
}

/* Behind "[date]": gunicorn's [pid] and [LEVEL]; "LEVEL [name:line] text" of
 * Django, "LEVEL in name: text" of Flask. */
static bool
after_bracket(struct span s, struct fields *f)
{
	struct span in;

	if (!take_char(&s, ' '))
		return false;
	if (request_line(s, f))
		return true;
	if (take_bracket(&s, &in)) {
		if (!take_digits(&in) || in.n > 0 || !take_char(&s, ' ') ||
		    (f->level = head_level(&s)) == LEVEL_NONE ||
		    !take_char(&s, ' '))
			return false;
		return message(s, f);
	}
	if ((f->level = head_level(&s)) == LEVEL_NONE || !take_char(&s, ' '))
		return false;
	if (take_bracket(&s, &in)) {
		f->program = take_until(&in, ":");
		if (!take_char(&in, ':') || !take_digits(&in))
			return false;
	} else if (!take_text(&s, "in ") || !take_name(&s, f))
		return false;
	take_char(&s, ' ');
	return message(s, f);
}

static bool
in_bracket(struct span s, struct fields *f)
{
	if (!take_char(&s, '[') || !when_take(&s, &f->has_time, &f->time))
		return false;
	if (take_char(&s, ']'))
		return after_bracket(s, f);
	/* Celery */
	if (!take_text(&s, ": ") || (f->level = head_level(&s)) == LEVEL_NONE ||
	    !take_char(&s, '/'))
		return false;
	f->program = take_until(&s, "]");
	return take_text(&s, "] ") && message(s, f);
}

/* "ERROR:name:text" of logging without a configuration, and uvicorn's
 * "ERROR:    text" */
static bool
undated(struct span s, struct fields *f)
{
	struct span t, name;

	if (s.n == 0 || s.p[0] == '[' ||
	    (f->level = head_level(&s)) == LEVEL_NONE || !take_char(&s, ':'))
		return false;
	t = s;
	if (take_text(&s, "    ")) {
		take_blanks(&s);
		t = s;
		take_until(&t, "\"");
		if (memmem(s.p, s.n, " - \"", 4) == NULL || !request_line(t, f))
			message(s, f);
		return true;
	}
	name = take_until(&t, ": ");
	if (name.n == 0 || !take_char(&t, ':'))
		return false;
	f->program = name;
	return message(t, f);
}

/* Django's own words with nothing around them. */
static bool
bare(struct span s, struct fields *f)
{
	f->level = LEVEL_ERROR;
	message(s, f);
	return f->request.n > 0;
}

/* "[pid: 1|app: 0|req: 1/1] ip () {40 vars in 500 bytes} [date] GET /x =>
 * generated 0 bytes in 1 msecs (HTTP/1.1 500) …" */
static bool
uwsgi_request(struct span s, struct fields *f)
{
	static const char date[] = " bytes} [", end[] = " => generated ",
			  status[] = "secs (HTTP/";
	const char *at;

	if (!take_text(&s, "[pid: ") ||
	    (at = memmem(s.p, s.n, date, sizeof date - 1)) == NULL)
		return false;
	take_bytes(&s, (size_t)(at - s.p) + sizeof date - 1);
	if (!when_take(&s, &f->has_time, &f->time) || !take_text(&s, "] ") ||
	    (at = memmem(s.p, s.n, end, sizeof end - 1)) == NULL)
		return false;
	f->request = head_target((struct span){ s.p, (size_t)(at - s.p) });
	f->message = s;
	s.n -= (size_t)(at - s.p);
	s.p = at;
	at = memmem(s.p, s.n, status, sizeof status - 1);
	if (at == NULL)
		return false;
	take_bytes(&s, (size_t)(at - s.p) + sizeof status - 1);
	take_until(&s, " )");
	if (!take_char(&s, ' ') || s.n < 4 ||
	    (f->level = level_of_status(s.p)) == LEVEL_NONE)
		return false;
	f->message.n = (size_t)(s.p + 4 - f->message.p);
	return true;
}

/* "*** Starting uWSGI … ***", "*** HARAKIRI ON WORKER 1 … ***", "!!! uWSGI
 * process 1 got Segmentation Fault !!!" */
static bool
uwsgi_notice(struct span s, struct fields *f)
{
	static const char *const bad[] = { "HARAKIRI", "backtrace of" };

	f->message = s;
	if (take_text(&s, "!!! ")) {
		f->level = LEVEL_CRIT;
		return true;
	}
	if (!take_text(&s, "*** ") || s.n < 4 ||
	    memcmp(s.p + s.n - 4, " ***", 4) != 0)
		return false;
	f->level = LEVEL_INFO;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (memmem(s.p, s.n, bad[i], strlen(bad[i])) != NULL)
			f->level = LEVEL_ERROR;
	return true;
}

/* "Sat Nov 28 18:00:01 2026 - text", of uWSGI with log-date */
static bool
uwsgi_dated(struct span s, struct fields *f)
{
	if (s.n < 24 || s.p[3] != ' ' ||
	    !when_take(&s, &f->has_time, &f->time) || !take_text(&s, " - "))
		return false;
	if (uwsgi_notice(s, f))
		return true;
	return message(s, f);
}

static bool
python_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	static bool (*const head[])(struct span, struct fields *) = { dated,
		in_bracket, undated, bare, uwsgi_request, uwsgi_notice,
		uwsgi_dated };
	const struct fields zero = *f;
	struct span s = take_line(record, len);

	(void)self;
	for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
		if (head[i](s, f)) {
			head_judge(f);
			return true;
		}
		*f = zero;
	}
	return false;
}

const struct format format_python = { .name = "python",
	.judges = true,
	.starts = head_starts,
	.parse = python_parse };
