/* SPDX-License-Identifier: ISC */
/* Formats around others, and of servers and languages that are not Apache's
 * and nginx's; which format a log has, and where it changes. */
#define _GNU_SOURCE /* memfd_create */

#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "tests/unit/scan_fd.h"
#include "watchdog/read/cut.h"
#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"
#include "watchdog/format/when.h"
#include "watchdog/scan.h"

#define LOGS "tests/data/logs/"
#define NOW 1795903200 /* 2026-11-28T22:00:00Z */

static struct buf room = { .max = RECORD_MAX };

struct expect {
	const struct format *format;
	const char *record;
	int64_t time; /* 0: none */
	enum level level;
	const char *message, *request, *site, *program;
	bool fine;
};

static bool
is(struct span s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static void
check(const struct expect *e)
{
	struct fields f;
	size_t n = strlen(e->record);
	char *record = xmalloc(n); /* exactly as long, for the sanitizers */

	memcpy(record, e->record, n);
	format_parse(e->format, record, n, &f, &room);
	if (f.has_time != (e->time != 0) || (f.has_time && f.time != e->time) ||
	    f.level != e->level || f.fine != e->fine ||
	    !is(f.message, e->message) ||
	    !is(f.request, e->request != NULL ? e->request : "") ||
	    !is(f.site, e->site != NULL ? e->site : "") ||
	    !is(f.program, e->program != NULL ? e->program : ""))
		fail_msg("%s\n gave %d %lld, %s, \"%.*s\", request \"%.*s\", "
			 "site \"%.*s\", program \"%.*s\", fine %d",
		    e->record, f.has_time, (long long)f.time,
		    level_name(f.level), (int)f.message.n, f.message.p,
		    (int)f.request.n, f.request.p, (int)f.site.n, f.site.p,
		    (int)f.program.n, f.program.p, f.fine);
	free(record);
}

#define LAST .fine = false /* and what was not named */
#define T 1795888801       /* 2026-11-28T18:00:01Z */
#define LIGHTTPD "2026-11-28 18:00:01: (mod_fastcgi.c.449) FastCGI-stderr:"
#define ACCESS "[28/Nov/2026:18:00:01 +0000] "

static void
fields(void **state)
{
	static const struct expect t[] = {
		/* a user's name may have blanks and brackets in it */
		{ &format_access,
		    "h - a [b] c " ACCESS "\"GET /x HTTP/1.1\" 500 1", T,
		    LEVEL_ERROR, "GET /x 500", "/x", LAST },
		/* no name that a client chose is a site */
		{ &format_access,
		    "1.2.3.4 - - x " ACCESS "\"GET /x HTTP/1.1\" 500 1", T,
		    LEVEL_ERROR, "GET /x 500", "/x", LAST },
		{ &format_access,
		    "::1 example.org - " ACCESS "\"GET /x HTTP/1.1\" 500 1", T,
		    LEVEL_ERROR, "GET /x 500", "/x", LAST },
		{ &format_access,
		    "2001:db8::1 - - - " ACCESS "\"GET /x HTTP/1.1\" 500 1", T,
		    LEVEL_ERROR, "GET /x 500", "/x", LAST },
		{ &format_access,
		    "a.b:8443 ::1 - - " ACCESS
		    "\"GET /x?y=\\\"z HTTP/1.1\" 599 -",
		    T, LEVEL_ERROR, "GET /x 599", "/x?y=\\\"z", "a.b", LAST },
		{ &format_access, "h - - " ACCESS "\"GET /x HTTP/1.1\" 499 1",
		    T, LEVEL_NONE, "GET /x 499", "/x", .fine = true },
		{ &format_access, "h - - " ACCESS "\"a\\\\\" 500 1", T,
		    LEVEL_ERROR, "a\\\\ 500", LAST },
		{ &format_access, "h - - " ACCESS "\"a\\\" 500 1", 0,
		    LEVEL_NONE, "h - - " ACCESS "\"a\\\" 500 1", LAST },
		{ &format_access, "h - - " ACCESS "\"\" 5000 1", 0, LEVEL_NONE,
		    "h - - " ACCESS "\"\" 5000 1", LAST },
		{ &format_access, "h - - " ACCESS "\"", 0, LEVEL_NONE,
		    "h - - " ACCESS "\"", LAST },
		/* what is in a message is no other server's record */
		{ &format_json,
		    "{\"msg\":\"2026/11/28 18:00:01 [error] 1#1: *1 x, client: "
		    "1.2.3.4, server: evil, request: \\\"GET /y "
		    "HTTP/1.1\\\"\"}",
		    T, LEVEL_ERROR,
		    "2026/11/28 18:00:01 [error] 1#1: *1 x, client: 1.2.3.4, "
		    "server: evil, request: \"GET /y HTTP/1.1\"",
		    LAST },
		{ &format_json, "{\"level\":\"info\",\"msg\":\"ERROR: x\"}", 0,
		    LEVEL_INFO, "ERROR: x", .fine = true },
		{ &format_json, "{\"level\":60,\"msg\":\"x\"}", 0, LEVEL_CRIT,
		    "x", LAST },
		{ &format_json, "{\"level\":3,\"msg\":\"x\"}", 0, LEVEL_ERROR,
		    "x", LAST },
		{ &format_json, "{\"level\":250,\"msg\":\"x\"}", 0,
		    LEVEL_NOTICE, "x", .fine = true },
		{ &format_json, "{\"level\":[\"error\"],\"msg\":\"x\"}", 0,
		    LEVEL_NONE, "x", LAST },
		{ &format_json, "{\"ts\":1795888801123456789,\"msg\":\"x\"}", T,
		    LEVEL_NONE, "x", LAST },
		{ &format_json, "{\"ts\":1795888801.9,\"msg\":\"x\"}", T,
		    LEVEL_NONE, "x", LAST },
		{ &format_json, "{\"uri\":\"\\/x\",\"status\":502}", 0,
		    LEVEL_ERROR, "/x 502", LAST },
		{ &format_json, "{\"status\":200,\"msg\":\"x\"}", 0, LEVEL_NONE,
		    "x", LAST },
		{ &format_json, "{\"status\":200,\"uri\":\"/x\"}", 0,
		    LEVEL_NONE, "/x 200", "/x", .fine = true },
		{ &format_json, "{\"level\":\"error\"} x", 0, LEVEL_NONE,
		    "{\"level\":\"error\"} x", LAST },
		{ &format_json, "{\"msg\":null,\"error\":\"e\"}", 0, LEVEL_NONE,
		    "e", LAST },
		/* envelopes in envelopes */
		{ &format_container,
		    "a-1 | Nov 28 18:00:01 h p[1]: {\"level\":\"warn\",\"msg\":"
		    "\"x\",\"url\":\"/y\"}",
		    T, LEVEL_WARN, "x", "/y", .program = "p" },
		{ &format_syslog,
		    "Nov 28 18:00:01 h nginx: ::1 - - " ACCESS
		    "\"GET /x HTTP/1.1\" 200 1",
		    T, LEVEL_NONE, "GET /x 200", "/x", .program = "nginx",
		    .fine = true },
		{ &format_syslog, "<191>Nov 29 18:00:01 h p: x", T + 86400,
		    LEVEL_DEBUG, "x", .program = "p" },
		/* more than a day ahead is last year's */
		{ &format_syslog, "Dec  1 00:00:00 h p: x", 1764547200,
		    LEVEL_NONE, "x", .program = "p" },
		{ &format_syslog, "Feb 29 00:00:00 h p: x", 1709164800,
		    LEVEL_NONE, "x", .program = "p" },
		{ &format_syslog, "<192>Nov 28 18:00:01 h p: x", 0, LEVEL_NONE,
		    "<192>Nov 28 18:00:01 h p: x", LAST },
		{ &format_syslog, "Nov 28 18:00:01 h p: #011#0a#12#", T,
		    LEVEL_NONE, "\t#0a#12#", .program = "p" },
		/* no envelope at all: it is Java's */
		{ &format_syslog, "2026-11-28T18:00:01Z ERROR main: x", T,
		    LEVEL_ERROR, "x", .program = "main" },
		{ &format_syslog, "<13>1 2026-11-28T18:00:01Z h p - - [a b=\"",
		    0, LEVEL_NONE, "<13>1 2026-11-28T18:00:01Z h p - - [a b=\"",
		    LAST },
		{ &format_fpm,
		    "[28-Nov-2026 18:00:01] WARNING: [pool www] child 7 said "
		    "into stderr: \"NOTICE: PHP message: PHP Notice:  \"a\" "
		    "in /x.php on line 2\", pipe is closed",
		    T, LEVEL_NOTICE, "PHP Notice:  \"a\" in /x.php on line 2",
		    LAST },
		{ &format_fpm,
		    "[28-Nov-2026 18:00:01] ALERT: oops, failed to remap", T,
		    LEVEL_ALERT, "oops, failed to remap", LAST },
		{ &format_lighttpd,
		    "2026-11-28 18:00:01: (gw_backend.c.281) establishing "
		    "connection failed: Connection refused",
		    T, LEVEL_NONE,
		    "establishing connection failed: Connection refused",
		    LAST },
		{ &format_lighttpd,
		    LIGHTTPD "; PHP message: PHP Warning:  PHP message: x in "
			     "/y.php on line 1",
		    T, LEVEL_WARN,
		    "PHP Warning:  PHP message: x in /y.php on line 1", LAST },
		{ &format_lighttpd,
		    "2026-11-28 18:00:01: (mod_fastcgi.c.451) FastCGI-stderr: "
		    "PHP message: PHP Warning:  x in /y.php on line 1",
		    T, LEVEL_WARN, "PHP Warning:  x in /y.php on line 1",
		    LAST },
		{ &format_naviserver,
		    "[28/Nov/2026:18:00:01][1.2][-x-] Error: \033[31mno "
		    "colour\033[0m",
		    T, LEVEL_ERROR, "no colour", .program = "x" },
		{ &format_naviserver, "[28/Nov/2026:18:00:01][1.2] Error: x", 0,
		    LEVEL_NONE, "[28/Nov/2026:18:00:01][1.2] Error: x", LAST },
		{ &format_php, "[28-Nov-2026 18:00:01] NOTICE: fpm", 0,
		    LEVEL_NONE, "[28-Nov-2026 18:00:01] NOTICE: fpm", LAST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		check(&t[i]);
}

#define NGINX "2026/11/28 18:00:01 [error] 7#7: "
#define TAIL ", client: 192.0.2.1, server: x, request: \"GET / HTTP/1.1\"\n"
#define DB "db-1  | 2026-11-28 18:00:01.123 UTC [57] "
#define JOURNAL(pid, text) \
	"Nov 28 18:00:01 h postgres[" #pid \
	"]: 2026-11-28 18:00:01.123 UTC [" #pid "] u@d " text "\n"

/* Which lines start a record. */
static void
lines(void **state)
{
	static const struct {
		const struct format *format;
		const char *starts, *text; /* '*' where one does */
	} t[] = {
		/* decorate_workers_output = no */
		{ &format_fpm, "**...*",
		    "[28-Nov-2026 18:00:01] NOTICE: ready\n"
		    "NOTICE: PHP message: PHP Fatal error:  Uncaught X: y\n"
		    "Stack trace:\n#0 {main}\n"
		    "  thrown in /x.php on line 3\n"
		    "NOTICE: PHP message: PHP Warning:  z in /x on line 3\n" },
		{ &format_syslog, "**..*.*",
		    "Nov 28 18:00:01 h a[1]: Traceback (most recent call "
		    "last):\n"
		    "Nov 28 18:00:01 h b[1]: panic: x\n"
		    "Nov 28 18:00:01 h a[1]:   File \"a.py\"\n"
		    "no head\n"
		    "Nov 28 18:00:01 h a[2]: KeyError\n"
		    "Nov 28 18:00:01 h a[1]: KeyError\n"
		    "Nov 28 18:00:01 h a[1]: KeyError\n" },
		/* lines without a head are the last writer's: its trace ends
		 * in them */
		{ &format_syslog, "*...**",
		    "<3>1 - h a 1 - - x\nTraceback (most recent call last):\n"
		    "  File \"a.py\"\nKeyError\n<3>1 - h a 1 - - x\n"
		    "<3>1 - h b 2 - - panic: x\n" },
		{ &format_syslog, "*...*",
		    "<3>1 - h a 1 - - PHP Fatal error:  Uncaught X: y in "
		    "/x.php:3\nStack trace:\n#0 {main}\n"
		    "  thrown in /x.php on line 3\n<3>1 - h a 1 - - x\n" },
		{ &format_naviserver, "*..*.",
		    "[28/Nov/2026:18:00:01][1.a][-x-] Error: x\n\tfree\n"
		    "[28/Nov/2026:18:00:01][1.a][-x-] Notice: y\n"
		    "[28/Nov/2026:18:00:01][1.a][-x-] Notice: z\nfree\n" },
		{ &format_json, "*.*..",
		    "{\"a\":1}\n\tat x\nerror\nTraceback (most recent call "
		    "last):"
		    "\n  File\n" },
		{ &format_access, "*.*", "a\n\nb\n" },
		/* PHP-FPM's addition is no end of a message of PHP's */
		{ &format_lighttpd, "**.....**..*",
		    LIGHTTPD
		    "PHP message: PHP Warning:  Unknown: x in Unknown "
		    "on line 0; Unable to open primary script: /y.php "
		    "(Permission denied)\n" LIGHTTPD
		    "PHP message: PHP Fatal error:  Uncaught X: y in "
		    "/x.php:3\n" LIGHTTPD "Stack trace:\n" LIGHTTPD
		    "#0 {main}\n" LIGHTTPD "\n" LIGHTTPD
		    "Next Z: y in /x.php:4\n" LIGHTTPD
		    "  thrown in /x.php on line 4\n" LIGHTTPD
		    "; PHP message: PHP Warning:  x in /y on line 1\n" LIGHTTPD
		    "PHP message: PHP Warning:  x in /y on line 1\n" LIGHTTPD
		    "PHP message: PHP Stack trace:\n" LIGHTTPD
		    "PHP message: PHP   1. {main}() /y:0\n" LIGHTTPD
		    "PHP message: mine\n" },
		/* a client's head in a path, a user's name, PHP's text */
		{ &format_nginx, "*..*.*.*.*.",
		    NGINX "*1 open() \"/x\n" NGINX "*1 open() \"/forged\" f\n"
			  "y\" failed" TAIL NGINX "*2 \"/x\n" NGINX
			  "\" is not found" TAIL NGINX "*3 user \"a\n" NGINX
			  "b\" was not found in \"/f\"" TAIL NGINX
			  "*4 directory index of \"/\n" NGINX
			  "x/\" is forbidden" TAIL NGINX
			  "*5 FastCGI sent in stderr: \"PHP message: x\n" NGINX
			  "y\" while reading upstream" TAIL },
		/* of no connection, or nothing that a client says */
		{ &format_nginx, "*******",
		    NGINX "open() \"/cache/x\" failed (2: No such file)\n" NGINX
			  "signal 15 (SIGTERM) received from 1, exiting\n" NGINX
			  "*1 open() \"/x\" failed" TAIL NGINX
			  "*2 OCSP responder sent \"x\"\n" NGINX
			  "*3 upstream timed out\n" NGINX
			  "*4 open socket #3 left in connection 5\n" NGINX
			  "x\n" },
		/* one report of PostgreSQL's, in a container and the journal */
		{ &format_container, "*.*...*.*",
		    DB "ERROR:  x\n" DB "DETAIL:  x\n" DB "ERROR:  x\n" DB
		       "HINT:  x\n" DB "CONTEXT:  x\n"
		       "db-1  | \tat line 1\n" DB "FATAL:  x\n" DB
		       "STATEMENT:  x\n"
		       "db-1  | STATEMENT:  anyone's\n" },
		{ &format_syslog, "**..",
		    JOURNAL(1, "ERROR:  x") JOURNAL(2, "ERROR:  x") JOURNAL(1,
			"STATEMENT:  x") JOURNAL(2, "STATEMENT:  x") },
	};
	static uint32_t end[64 + CUT_SLACK];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct format_state fs = { 0 };
		struct lines l = { .p = t[i].text, .end = end };
		uint8_t starts[64];
		uint32_t key[64];

		l.n = cut_lines(l.p, strlen(l.p), end, 64);
		assert_int_equal(l.n, strlen(t[i].starts));
		t[i].format->starts(t[i].format, &fs, &l, starts, key);
		for (size_t k = 0; k < l.n; k++)
			if (starts[k] != (t[i].starts[k] == '*'))
				fail_msg("%s: line %zu of\n%s",
				    t[i].format->name, k + 1, t[i].text);
	}
}

static void
slurp(const char *log, struct buf *b)
{
	char chunk[4096], path[128];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, LOGS "%s.log", log);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s: run it from the top", path);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		assert_true(buf_add(b, chunk, n));
	fclose(f);
}

static const struct {
	const char *log;
	const struct format *format;
	size_t from; /* by fewer lines it is not clear */
} sample[] = {
	{ "apache24", &format_apache, 2 },
	{ "apache22", &format_apache, 1 },
	{ "nginx", &format_nginx, 1 },
	{ "lighttpd", &format_lighttpd, 1 },
	{ "naviserver", &format_naviserver, 1 },
	{ "php", &format_php, 1 },
	{ "php-fpm", &format_fpm, 1 },
	{ "access", &format_access, 1 },
	{ "container", &format_container, 1 },
	{ "syslog", &format_syslog, 1 },
	{ "json", &format_json, 1 },
	/* its first records are a Java service's; then many write into it */
	{ "plain", &format_plain, 58 },
};
#define SAMPLES (sizeof sample / sizeof *sample)

/* Each log is what it is, by as many of its first lines as there are. */
static void
detects(void **state)
{
	static uint32_t end[READER_LINES + CUT_SLACK];
	const struct format *found;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 24);
	for (size_t i = 0; i < SAMPLES; i++) {
		struct lines l = { .end = end };
		size_t all;

		buf_reset(&b);
		slurp(sample[i].log, &b);
		l.p = b.p;
		all = cut_lines(b.p, b.len, end, 200);
		for (l.n = sample[i].from; l.n <= all; l.n++) {
			found = format_detect(&l);
			if (found != sample[i].format)
				fail_msg("%s: %s by %zu lines", sample[i].log,
				    found->name, l.n);
		}
		l.n = sample[i].from - 1;
		if (sample[i].format == &format_plain)
			assert_ptr_equal(format_detect(&l), &format_java);
	}
	buf_free(&b);
}

#define UNCLEAR 300 /* bytes of apache24.log before its first head */
/* any text is looked at here and there only */
#define PLAIN_UNCLEAR 50000

struct told {
	struct scan scan;
	const char *text;
	int64_t next;
	int64_t border; /* up to it all is in `now`, behind it in `then` */
	const struct format *now, *then;
	int formats[2];
};

static bool
on_record(void *arg, const struct record *rec)
{
	struct told *t = arg;
	const struct format *f = t->scan.format;

	assert_true(rec->offset >= t->next);
	assert_memory_equal(rec->p, t->text + rec->offset, 1);
	t->next = rec->offset + 1;
	if (rec->offset < t->border && f != t->now)
		fail_msg("%s at %lld, before %lld: %s", t->now->name,
		    (long long)rec->offset, (long long)t->border, f->name);
	else if (f != t->then &&
	    rec->offset >
		t->border + (t->now == &format_plain ? PLAIN_UNCLEAR : UNCLEAR))
		fail_msg("%s at %lld, behind %lld: %s, expected %s",
		    t->now->name, (long long)rec->offset, (long long)t->border,
		    f->name, t->then->name);
	t->formats[rec->offset >= t->border]++;
	return true;
}

/* A log that is first written in one format and then in another. */
static void
changes(void **state)
{
	/* of sample[]; the last one, any text, only as the first */
	static const size_t use[] = { 0, 2, 3, 6, 9, 11 };
	struct buf a, b, both;
	int fd;

	(void)state;
	buf_init(&a, 1 << 24);
	buf_init(&b, 1 << 24);
	buf_init(&both, 1 << 24);
	for (size_t i = 0; i < 30; i++) {
		size_t x = use[i / 5], y = use[i % 5];
		struct told t = { .border = 0 };
		struct scan_part part = { .finished = true };

		buf_reset(&a);
		buf_reset(&b);
		buf_reset(&both);
		slurp(sample[x].log, &a);
		slurp(sample[y].log, &b);
		for (int k = x == 11 ? 20 : 3; k > 0; k--)
			buf_add(&both, a.p, a.len);
		t.border = (int64_t)both.len;
		for (int k = x == 11 ? 30 : 3; k > 0; k--)
			buf_add(&both, b.p, b.len);
		fd = memfd_create("log", MFD_CLOEXEC);
		assert_true(write(fd, both.p, both.len) == (ssize_t)both.len);
		t.text = both.p;
		t.now = sample[x].format;
		t.then = sample[y].format;
		t.scan.sink = on_record;
		t.scan.arg = &t;
		part.end = (int64_t)both.len;
		assert_int_equal(scan_fd(&t.scan, fd, &part), SCAN_END);
		assert_int_equal(t.scan.tally.bytes, both.len);
		assert_true(t.formats[0] > 10 && t.formats[1] > 10);
		assert_ptr_equal(t.scan.format, t.then);
		close(fd);
	}
	buf_free(&a);
	buf_free(&b);
	buf_free(&both);
}

/* What a client can write into one record changes no format. */
static void
stays(void **state)
{
	struct buf b;
	struct lines l;
	uint32_t end[256 + CUT_SLACK], first;
	const struct format *to;

	(void)state;
	buf_init(&b, 1 << 16);
	buf_adds(&b, "2026/11/28 18:00:01 [error] 1#1: *1 open() \"/x");
	for (int i = 0; i < 60; i++)
		buf_adds(&b, "\n[Sat Nov 28 18:00:01 2026] [error]");
	buf_adds(&b, "\" failed, client: 192.0.2.1\n");
	for (int i = 0; i < 60; i++)
		buf_adds(&b, "2026/11/28 18:00:02 [error] 1#1: *2 x\n");
	l = (struct lines){ .p = b.p, .end = end };
	l.n = cut_lines(b.p, b.len, end, 256);
	assert_int_equal(format_change(&format_nginx, &l, true, &to), l.n);
	/* a log that is no nginx's for one run */
	l.n = 61;
	assert_int_equal(format_change(&format_apache, &l, false, &to), l.n);
	first = end[0];
	l.p += first;
	for (size_t i = 1; i < 61; i++)
		end[i - 1] = end[i] - first;
	l.n = 60;
	assert_int_equal(format_change(&format_nginx, &l, false, &to), l.n);
	assert_int_equal(format_change(&format_nginx, &l, true, &to), 0);
	assert_ptr_equal(to, &format_apache);
	buf_free(&b);
}

static bool
within(struct span s, const char *p, size_t n)
{
	return s.p >= p && s.n <= n && s.p + s.n <= p + n;
}

/* Random pieces of real lines: nothing is read or left outside. */
static void
noise(void **state)
{
	static const char *const bit[] = { "Nov 28 18:00:01 h p[1]: ", "<13>",
		"1 ", "2026-11-28T18:00:01Z ", "[28/Nov/2026:18:00:01 +0000] ",
		"[28-Nov-2026 18:00:01] ", "WARNING: ", "[pool www] child 7 ",
		"said into stderr: \"",
		"NOTICE: ", "PHP message: ", "PHP Warning:  ", " on line 3",
		"a-1  | ", "stderr F ", "stdout P ", "{\"log\":\"",
		"\\n\",\"stream\":\"stderr\",",
		"\"time\":\"2026-11-28T18:00:01Z\"}", "{\"level\":50,",
		"\"msg\":\"", "\\u00e9", "\\ud83d", "\\", "\"", "}", "{", "[",
		"]", "\"err\":{\"stack\":\"", "\"status\":500,", "- - ",
		"\"GET /x HTTP/1.1\" ", "500 ", "#012", "#0", "\n", "\n",
		"[core:error] ", "[28/Nov/2026:18:00:01][1.a][-x-] Error: ",
		"2026-11-28 18:00:01: (a.c.1) ", "FastCGI-stderr:", "\033[0m",
		"URI          : /", "\xff", " ", "x" };
	const char *const *name = format_names();
	char text[1024], *record;
	unsigned seed = 1;
	struct fields f;
	size_t n, k;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		n = 0;
		for (int i = rand_r(&seed) % 12; i >= 0; i--) {
			k = (size_t)rand_r(&seed) % (sizeof bit / sizeof *bit);
			memcpy(text + n, bit[k], strlen(bit[k]));
			n += strlen(bit[k]);
		}
		n -= (size_t)rand_r(&seed) % n;
		record = xmalloc(n);
		memcpy(record, text, n);
		for (size_t i = 0; name[i] != NULL; i++) {
			format_parse(format_find(name[i]), record, n, &f,
			    &room);
			const struct span s[] = { f.status, f.message,
				f.request, f.site, f.program, f.rest };

			for (k = 0; k < 6; k++)
				assert_true(within(s[k], record, n) ||
				    within(s[k], room.p, room.len));
			assert_true(f.message.n + f.rest.n <= n);
			assert_null(memchr(f.message.p, '\n', f.message.n));
		}
		free(record);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(lines),
		cmocka_unit_test(detects),
		cmocka_unit_test(changes),
		cmocka_unit_test(stays),
		cmocka_unit_test(noise),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	clock_pin(NOW);
	when_set_now(NOW);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
