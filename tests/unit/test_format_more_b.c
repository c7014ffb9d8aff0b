/* SPDX-License-Identifier: ISC */
/* What the heads of applications' records say, and whose they are. */
#include "watchdog/format/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/format/format_custom.h"
#include "watchdog/read/record.h"
#include "watchdog/format/when.h"

static struct buf room = { .max = RECORD_MAX };

#define T 1795888801 /* 2026-11-28T18:00:01Z */
#define DATE "2026-11-28 18:00:01"

/* Parses a copy that is exactly as long, for the sanitizers; the caller frees
 * it. */
static char *
parse(const struct format *format, const char *record, struct fields *f)
{
	size_t n = strlen(record);
	char *p = xmalloc(n);

	memcpy(p, record, n);
	format_parse(format, p, n, f, &room);
	return p;
}

static bool
same(struct span s, const char *text)
{
	assert_non_null(s.p);
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static const struct {
	const struct format *format;
	const char *record;
	int64_t time; /* 0: none */
	enum level level;
	const char *message, *program, *request;
} head[] = {
	{ &format_java, "28-Nov-2026 18:00:01.123 SEVERE [main] a.b.C.m x", T,
	    LEVEL_ERROR, "x", "a.b.C.m", "" },
	{ &format_java, "28-Nov-2026 18:00:01.123 FINE [main] a.b.C.m", T,
	    LEVEL_DEBUG, "", "a.b.C.m", "" },
	{ &format_java, "Nov 28, 2026 6:00:01 PM a.b.C m\nWARNING: x\ny", T,
	    LEVEL_WARN, "x", "a.b.C", "" },
	{ &format_java, "Nov 28, 2026 6:00:01 PM a.b.C m\nno level", T,
	    LEVEL_NONE, "no level", "a.b.C", "" },
	{ &format_java, "Nov 28, 2026 6:00:01 PM a.b.C m", T, LEVEL_NONE, "",
	    "a.b.C", "" },
	{ &format_java, "Nov 28, 2026 6:00:01\xe2\x80\xafPM a.b.C m\nINFO: x",
	    T, LEVEL_INFO, "x", "a.b.C", "" },
	{ &format_java, DATE ",1 ERROR [t] a.b.C - x - y", T, LEVEL_ERROR,
	    "x - y", "a.b.C", "" },
	{ &format_java, DATE ",1 [t] WARN  C - x", T, LEVEL_WARN, "x", "C",
	    "" },
	{ &format_java, DATE ",1 ERROR [a.b] (t 1) x", T, LEVEL_ERROR,
	    "(t 1) x", "", "" },
	{ &format_java, DATE ".1Z ERROR 1 --- [app] [m n] a.B [id-1] : x", T,
	    LEVEL_ERROR, "x", "a.B", "" },
	{ &format_java, "18:00:01.123 [main] ERROR a.B - x", 0, LEVEL_ERROR,
	    "x", "a.B", "" },
	{ &format_java, "[" DATE ",1] WARN [t] x (a.B)", T, LEVEL_WARN,
	    "x (a.B)", "", "" },
	{ &format_java, "Exception in thread \"main\" a.B: x", 0, LEVEL_ERROR,
	    "Exception in thread \"main\" a.B: x", "", "" },
	{ &format_python, DATE ",1 ERROR a.b: x", T, LEVEL_ERROR, "x", "a.b",
	    "" },
	{ &format_python, DATE ",1 - a.b - CRITICAL - x", T, LEVEL_CRIT, "x",
	    "a.b", "" },
	{ &format_python, DATE " [WARNING] a: x", T, LEVEL_WARN, "x", "a", "" },
	{ &format_python, "ERROR:a.b:x", 0, LEVEL_ERROR, "x", "a.b", "" },
	{ &format_python,
	    "[28/Nov/2026 18:00:01] ERROR [django.request:2] "
	    "Service Unavailable: /x",
	    T, LEVEL_ERROR, "Service Unavailable: /x", "django.request", "/x" },
	{ &format_python, "[28/Nov/2026 18:00:01] \"GET /x HTTP/1.1\" 404 1", T,
	    LEVEL_INFO, "\"GET /x HTTP/1.1\" 404 1", "", "/x" },
	{ &format_python, "[28/Nov/2026 18:00:01] \"GET /x HTTP/1.1\" 503", T,
	    LEVEL_ERROR, "\"GET /x HTTP/1.1\" 503", "", "/x" },
	{ &format_python, "[" DATE ",1] ERROR in app: Exception on /x [GET]", T,
	    LEVEL_ERROR, "Exception on /x [GET]", "app", "" },
	{ &format_python, "[" DATE ",1: WARNING/Main] x", T, LEVEL_WARN, "x",
	    "Main", "" },
	{ &format_python,
	    "[" DATE " +0000] [7] [ERROR] Error handling "
	    "request /x?y",
	    T, LEVEL_ERROR, "Error handling request /x?y", "", "/x?y" },
	{ &format_python, "INFO:     192.0.2.1:5 - \"GET /x HTTP/1.1\" 500 I",
	    0, LEVEL_ERROR, "\"GET /x HTTP/1.1\" 500 I", "", "/x" },
	{ &format_python, "!!! uWSGI process 7 got Segmentation Fault !!!", 0,
	    LEVEL_CRIT, "!!! uWSGI process 7 got Segmentation Fault !!!", "",
	    "" },
	{ &format_python, "Sat Nov 28 18:00:01 2026 - x", T, LEVEL_NONE, "x",
	    "", "" },
	{ &format_python,
	    "[pid: 1|app: 0|req: 1/1] ::1 () {1 vars in 2 "
	    "bytes} [Sat Nov 28 18:00:01 2026] GET /x => "
	    "generated 0 bytes in 1 msecs (HTTP/1.1 502) 1",
	    T, LEVEL_ERROR,
	    "GET /x => generated 0 bytes in 1 msecs (HTTP/1.1 502)", "", "/x" },
	{ &format_ruby, "E, [2026-11-28T18:00:01.1 #12] ERROR -- : x", T,
	    LEVEL_ERROR, "x", "", "" },
	{ &format_ruby, "A, [2026-11-28T18:00:01.1 #12]   ANY -- p: x", T,
	    LEVEL_NONE, "x", "", "" },
	{ &format_ruby,
	    "W, [2026-11-28T18:00:01.1 #12]  WARN -- : "
	    "[1b4e28ba-2fa1] [ip] x",
	    T, LEVEL_WARN, "[ip] x", "", "" },
	{ &format_ruby,
	    "Started GET \"/x?a at b\" for 192.0.2.1 at " DATE
	    " +0000\nCompleted 500 Internal Server Error",
	    T, LEVEL_ERROR, "Completed 500 Internal Server Error", "",
	    "/x?a at b" },
	{ &format_ruby,
	    "Started GET \"/x\" for ::1 at " DATE " +0000\n"
	    "Completed 404 Not Found",
	    T, LEVEL_INFO, "Started GET \"/x\" for ::1 at " DATE " +0000", "",
	    "/x" },
	{ &format_laravel, "[" DATE "] local.ERROR: x {\"a\":1} ", T,
	    LEVEL_ERROR, "x {\"a\":1}", "local", "" },
	{ &format_laravel, "[" DATE "] a.NOTICE: x [] []", T, LEVEL_NOTICE, "x",
	    "a", "" },
	{ &format_postgresql, DATE ".1 UTC [12] a@b ERROR:  x", T, LEVEL_ERROR,
	    "x", "", "" },
	{ &format_postgresql, DATE " UTC LOG:  x ERROR:  y", T, LEVEL_INFO,
	    "x ERROR:  y", "", "" },
	{ &format_mysql, "2026-11-28T18:00:01.1Z 8 [ERROR] [MY-1] [Server] x",
	    T, LEVEL_ERROR, "x", "Server", "" },
	{ &format_mysql, DATE " 8 [Note] x", T, LEVEL_NOTICE, "x", "", "" },
	{ &format_mysql, "2026-11-28  8:00:01 0 [Warning] x", T - 36000,
	    LEVEL_WARN, "x", "", "" },
	{ &format_mysql, "261128 18:00:01 [ERROR] x", T, LEVEL_ERROR, "x", "",
	    "" },
	{ &format_mysql, "18:00:01 UTC - mysqld got signal 11 ;", 0, LEVEL_CRIT,
	    "18:00:01 UTC - mysqld got signal 11 ;", "", "" },
};

static void
heads(void **state)
{
	struct fields f;
	char *p;

	(void)state;
	for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
		p = parse(head[i].format, head[i].record, &f);
		if (f.has_time != (head[i].time != 0) ||
		    (f.has_time && f.time != head[i].time) ||
		    f.level != head[i].level ||
		    f.fine != (f.level != LEVEL_NONE && f.level < LEVEL_WARN) ||
		    !same(f.message, head[i].message) ||
		    !same(f.program, head[i].program) ||
		    !same(f.request, head[i].request))
			fail_msg("%s\n gave %lld, %s, \"%.*s\", \"%.*s\", "
				 "\"%.*s\"",
			    head[i].record, (long long)f.time,
			    level_name(f.level), (int)f.message.n, f.message.p,
			    (int)f.program.n, f.program.p, (int)f.request.n,
			    f.request.p);
		free(p);
	}
}

/* No format takes another's heads, and every cut of one is harmless. */
static void
only_its_own(void **state)
{
	static const struct format *const all[] = { &format_apache,
		&format_nginx, &format_java, &format_python, &format_ruby,
		&format_laravel, &format_postgresql, &format_mysql };
	struct fields f;
	size_t n;
	char *p;

	(void)state;
	for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
		for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
			n = strlen(head[i].record);
			memset(&f, 0, sizeof f);
			if (all[k]->parse(all[k], head[i].record, n, &f) !=
			    (all[k] == head[i].format))
				fail_msg("%s: %s", all[k]->name,
				    head[i].record);
			for (; n-- > 0; free(p)) {
				p = xmalloc(n + 1);
				memcpy(p, head[i].record, n);
				p = xreallocarray(p, n > 0 ? n : 1, 1);
				format_parse(all[k], p, n, &f, &room);
			}
		}
	}
}

static void
no_heads(void **state)
{
	static const struct {
		const struct format *format;
		const char *line;
	} t[] = {
		{ &format_java, DATE ",1 ERROR a.b: x" },
		{ &format_java, DATE ",1 ERROR x" },
		{ &format_java, DATE ",1 error [t] a - x" },
		{ &format_java, "ERROR [main] a.b - x" },
		{ &format_java, "\tat a.b.C(C.java:1)" },
		{ &format_java, "2026/11/21 06:47:00 [error] 1#1: *1 x" },
		{ &format_python, "ERROR: x" },
		{ &format_python, DATE " ERROR x" },
		{ &format_python, DATE ",1 ERROR [t] a - x" },
		{ &format_python, "Internal Server Error: x" },
		{ &format_python, "*** x" },
		{ &format_python, "*** " },
		{ &format_python, "[pid: 1|app: 0] x" },
		{ &format_ruby, "E, [2026-11-28T18:00:01.1 #] ERROR -- : x" },
		{ &format_ruby, "Started the engine" },
		{ &format_ruby, "Completed 500 Internal Server Error" },
		{ &format_laravel, "[" DATE "] ERROR: x" },
		{ &format_laravel, "[" DATE "] production.error x" },
		{ &format_laravel, "[stacktrace]" },
		{ &format_postgresql, DATE " UTC [1] DETAILS:  x" },
		{ &format_postgresql, DATE " UTC [1] ERROR: x" },
		{ &format_postgresql, "[1] ERROR:  x" },
		{ &format_mysql, DATE " [ERROR] x" },
		{ &format_mysql, "2026/11/21 06:47:00 [error] 1#1: *1 x" },
	};
	struct fields f;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		memset(&f, 0, sizeof f);
		if (t[i].format->parse(t[i].format, t[i].line,
			strlen(t[i].line), &f))
			fail_msg("%s: %s", t[i].format->name, t[i].line);
	}
}

static void
fine(void **state)
{
	static const struct {
		bool fine;
		enum level level, threshold;
		bool want;
	} t[] = {
		{ false, LEVEL_NONE, LEVEL_NONE, false },
		{ true, LEVEL_NONE, LEVEL_NONE, true },
		{ true, LEVEL_INFO, LEVEL_NONE, true },
		{ false, LEVEL_INFO, LEVEL_NONE, false },
		{ true, LEVEL_INFO, LEVEL_INFO, false },
		{ true, LEVEL_INFO, LEVEL_NOTICE, true },
		{ false, LEVEL_WARN, LEVEL_ERROR, true },
		{ false, LEVEL_ERROR, LEVEL_ERROR, false },
		{ false, LEVEL_NONE, LEVEL_EMERG, false },
		{ true, LEVEL_NONE, LEVEL_DEBUG, true },
	};
	struct fields f = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		f.fine = t[i].fine;
		f.level = t[i].level;
		if (format_is_fine(&f, t[i].threshold) != t[i].want)
			fail_msg("row %zu", i);
	}
}

static void
dates(void **state)
{
	static const struct {
		const char *text, *rest; /* NULL: no date */
		int64_t time;            /* 0: no such day */
	} t[] = {
		{ DATE " x", " x", T },
		{ "2026/11/28 18:00:01.5+01:00]", "]", T - 3600 },
		{ "2026-11-28T18:00:01,123Z", "", T },
		{ "28-Nov-2026 18:00:01 UTC x", " x", T },
		{ "28/Nov/2026:18:00:01 -0030", "", T + 1800 },
		{ "28/Nov/2026 18:00:01]", "]", T },
		{ "Sat Nov 28 18:00:01 2026]", "]", T },
		{ "Sat Nov 28 18:00:01.123456 2026 x", " x", T },
		{ "Sat Nov  7 18:00:01 2026", "", T - 21 * 86400 },
		{ "Nov 28, 2026 6:00:01 PM x", " x", T },
		{ "Nov 28, 2026 12:00:01 AM", "", T - 18 * 3600 },
		{ "Nov 28, 2026 12:00:01 AM x", " x", T - 18 * 3600 },
		{ "2026-02-30 18:00:01 x", " x", 0 },
		{ "28-Nov-2026:18:00:01 ", NULL, 0 },
		{ "Nov 28, 2026 13:00:01 PM x", NULL, 0 },
		{ "Nov 28, 2026 6:00:01 XM xx", NULL, 0 },
		{ "Sat Nov 28 18:00:01", NULL, 0 },
		{ "", NULL, 0 },
	};
	struct span s;
	int64_t at;
	bool exists;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		s = (struct span){ t[i].text, strlen(t[i].text) };
		if (when_take(&s, &exists, &at) != (t[i].rest != NULL))
			fail_msg("%s", t[i].text);
		if (t[i].rest != NULL &&
		    (!same(s, t[i].rest) || exists != (t[i].time != 0) ||
			(exists && at != t[i].time)))
			fail_msg("%s: %lld, \"%.*s\"", t[i].text, (long long)at,
			    (int)s.n, s.p);
	}
	s = (struct span){ "1795888801.123", 14 };
	assert_true(when_read(s, &at) && at == T);
	s = (struct span){ "1795888801 x", 12 };
	assert_false(when_read(s, &at));
	s = (struct span){ "179588880100", 12 };
	assert_false(when_read(s, &at));
	s = (struct span){ DATE, 19 };
	assert_true(when_read(s, &at) && at == T);
}

static void
errorlog(void **state)
{
	static const struct {
		const char *format, *record;
		enum level level;
		const char *status, *message, *site;
	} t[] = {
		{ "%l %M", "error x y", LEVEL_ERROR, "", "x y", "" },
		{ "[%t] %E: %v %M", "[Sat Nov 28 18:00:01 2026] (13)No: h x",
		    LEVEL_NONE, "(13)No", "x", "h" },
		{ "[%t] %E: [client\\ %a] %M",
		    "[Sat Nov 28 18:00:01 2026] [client ::1:5] x", LEVEL_NONE,
		    "", "x", "" },
		{ "[%t] %-a %V %M% ,\\ by\\ %{A}i",
		    "[Sat Nov 28 18:00:01 2026] - h x, by a, by b", LEVEL_NONE,
		    "", "x", "" },
		{ "%l: 100%% %M", "warn: 100% x", LEVEL_WARN, "", "x", "" },
		{ "%l %M", "x", LEVEL_NONE, "", "x", "" },
	};
	static const char *const bad[] = { "", "%M", "%t", "%l %M %M",
		"%l %Z %M", "%l %M %", "%l %M %{x", "%l\\n%M" };
	struct custom_error e;
	struct format *f;
	struct fields fields;
	char text[100], *p;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		snprintf(text, sizeof text, "apache:%s", t[i].format);
		f = format_custom_apache(text, &e);
		if (f == NULL)
			fail_msg("%s: %s", text, e.what);
		p = parse(f, t[i].record, &fields);
		if (fields.level != t[i].level ||
		    !same(fields.status, t[i].status) ||
		    !same(fields.message, t[i].message) ||
		    !same(fields.site, t[i].site))
			fail_msg("%s", t[i].record);
		free(p);
		format_custom_free(f);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "apache:%s", bad[i]);
		if (format_custom_apache(text, &e) != NULL)
			fail_msg("%s", text);
		assert_int_not_equal(e.what[0], '\0');
	}
}

/* A pattern that runs wild loses nothing. */
static void
patterns(void **state)
{
	struct custom_error e;
	struct fields fields;
	struct format *f;
	char *p, wild[2001];

	(void)state;
	f = format_custom_patterns("^\\d", "(?s)(?<level>WARN) (?<message>a.b)",
	    &e);
	p = parse(f, DATE " WARN a\nb\nc", &fields);
	assert_true(fields.has_time && fields.level == LEVEL_WARN);
	assert_true(same(fields.message, "a\nb") && same(fields.rest, "c"));
	free(p);
	p = parse(f, "ERROR: no match\nb", &fields);
	assert_true(fields.level == LEVEL_ERROR);
	assert_true(same(fields.message, "ERROR: no match"));
	free(p);
	format_custom_free(f);
	f = format_custom_patterns(NULL, "^(?<message>(a+)+)$", &e);
	memset(wild, 'a', sizeof wild - 2);
	strcpy(wild + sizeof wild - 2, "!");
	p = parse(f, wild, &fields);
	assert_int_equal(fields.message.n, sizeof wild - 1);
	free(p);
	format_custom_free(f);
	assert_null(format_custom_patterns("(", NULL, &e));
	assert_int_equal(e.of, CUSTOM_RECORD);
	assert_null(format_custom_patterns("x", "(?<tiem>x)", &e));
	assert_int_equal(e.of, CUSTOM_FIELDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads),
		cmocka_unit_test(only_its_own),
		cmocka_unit_test(no_heads),
		cmocka_unit_test(fine),
		cmocka_unit_test(dates),
		cmocka_unit_test(errorlog),
		cmocka_unit_test(patterns),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
