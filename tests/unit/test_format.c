/* SPDX-License-Identifier: ISC */
/* What a record says, per format. */
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
#include "watchdog/read/cut.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"

static struct buf room = { .max = RECORD_MAX };

#define D24 "[Sat Nov 21 06:47:00.123456 2026] "
#define D22 "[Wed Oct 11 14:32:52 2000] "
#define DN "2026/11/21 06:47:00 "
#define T24 1795243620
#define T22 971274772

/* A span as a string in one of a few static buffers. */
static const char *
str(struct span s)
{
	static char buf[8][4096];
	static int i;
	char *b = buf[i++ % 8];

	assert_non_null(s.p);
	snprintf(b, sizeof buf[0], "%.*s", (int)s.n, s.p);
	return b;
}

struct expect {
	const char *record;
	int64_t time; /* 0: none */
	enum level level;
	const char *status, *message, *request;
};

static void
check(const struct format *format, const struct expect *e)
{
	struct fields f;
	/* exactly as long, for the sanitizers */
	size_t n = strlen(e->record);
	char *record = xmalloc(n);

	memcpy(record, e->record, n);
	format_parse(format, record, n, &f, &room);
	if (f.has_time != (e->time != 0) || (f.has_time && f.time != e->time) ||
	    f.level != e->level || strcmp(str(f.status), e->status) != 0 ||
	    strcmp(str(f.message), e->message) != 0 ||
	    strcmp(str(f.request), e->request) != 0)
		fail_msg("%s\n gave %d %lld, %s, \"%s\", \"%s\", \"%s\"",
		    e->record, f.has_time, (long long)f.time,
		    level_name(f.level), str(f.status), str(f.message),
		    str(f.request));
	free(record);
}

static void
apache(void **state)
{
	static const struct expect t[] = {
		{ D24 "[php:error] [pid 1:tid 2] [client 192.0.2.1:5] hello",
		    T24, LEVEL_ERROR, "", "hello", "" },
		{ D24 "[core:info] [pid 1] [client 2001:db8::1:443] AH00128: "
		      "File does not exist: /x, referer: http://a/",
		    T24, LEVEL_INFO, "", "AH00128: File does not exist: /x",
		    "" },
		{ D24 "[:error] [pid 1] [client ::1] x", T24, LEVEL_ERROR, "",
		    "x", "" },
		{ D24 "[core:notice] [pid 1:tid 2] AH00094: Command line", T24,
		    LEVEL_NOTICE, "", "AH00094: Command line", "" },
		{ D24 "[core:error] [pid 1:tid 2] (70008)Partial results are "
		      "valid but processing is incomplete: [client 192.0.2.1] "
		      "AH01225: read",
		    T24, LEVEL_ERROR,
		    "(70008)Partial results are valid but processing is "
		    "incomplete",
		    "AH01225: read", "" },
		{ D24 "[http:error] [pid 1] [remote 192.0.2.1:80] x", T24,
		    LEVEL_ERROR, "", "x", "" },
		{ D24 "[ssl:trace4] [pid 1:tid 2] a_b.c(12): [client 1.2.3.4] "
		      "x(1): y",
		    T24, LEVEL_DEBUG, "", "x(1): y", "" },
		{ D24 "[ssl:trace4] [pid 1] a_b.c(12): (11)Try again: [client "
		      "1.2.3.4] x",
		    T24, LEVEL_DEBUG, "(11)Try again", "x", "" },
		/* only what debugs has a file in front */
		{ D24 "[ssl:error] a_b.c(12): x", T24, LEVEL_ERROR, "",
		    "a_b.c(12): x", "" },
		{ D24 "[x:error] (EAI 2)Name or service not known: x", T24,
		    LEVEL_ERROR, "(EAI 2)Name or service not known", "x", "" },
		{ D24 "[x:error] (os 0x0a)No: x", T24, LEVEL_ERROR,
		    "(os 0x0a)No", "x", "" },
		{ D24 "[x:error] (-3)Unknown error: x", T24, LEVEL_ERROR,
		    "(-3)Unknown error", "x", "" },
		{ D24 "[x:error] (9)Bad: x", T24, LEVEL_ERROR, "(9)Bad", "x",
		    "" },
		{ D24 "[x:error] (os 0x9f)No: x", T24, LEVEL_ERROR,
		    "(os 0x9f)No", "x", "" },
		/* no status */
		{ D24 "[x:error] ()x: y", T24, LEVEL_ERROR, "", "()x: y", "" },
		{ D24 "[x:error] (12)x:y", T24, LEVEL_ERROR, "", "(12)x:y",
		    "" },
		{ D24 "[x:error] (12x): y", T24, LEVEL_ERROR, "", "(12x): y",
		    "" },
		{ D24 "[x:error] (1", T24, LEVEL_ERROR, "", "(1", "" },
		{ D24 "[x:error] (EAI", T24, LEVEL_ERROR, "", "(EAI", "" },
		{ D24 "[x:error] (f1)x: y", T24, LEVEL_ERROR, "", "(f1)x: y",
		    "" },
		{ D24 "[x:error] x)y: z", T24, LEVEL_ERROR, "", "x)y: z", "" },
		/* no file */
		{ D24 "[x:debug] a b.c(1): x", T24, LEVEL_DEBUG, "",
		    "a b.c(1): x", "" },
		{ D24 "[x:debug] ab(1): x", T24, LEVEL_DEBUG, "", "ab(1): x",
		    "" },
		{ D24 "[x:debug] a.c(): x", T24, LEVEL_DEBUG, "", "a.c(): x",
		    "" },
		{ D24 "[x:debug] a.c(1) x", T24, LEVEL_DEBUG, "", "a.c(1) x",
		    "" },
		{ D24 "[x:debug] a.c: x", T24, LEVEL_DEBUG, "", "a.c: x", "" },
		{ D24 "[x:debug] (1): x", T24, LEVEL_DEBUG, "(1)", "x", "" },
		{ D24 "[x:debug] a.c(1", T24, LEVEL_DEBUG, "", "a.c(1", "" },
		/* each in its place */
		{ D24 "[x:error] [client 1.2.3.4] [pid 5] x", T24, LEVEL_ERROR,
		    "", "[pid 5] x", "" },
		{ D24 "[x:error] (1)a: [pid 5] x", T24, LEVEL_ERROR, "(1)a",
		    "[pid 5] x", "" },
		{ D24 "[x:error] (1)a: b.c(1): x", T24, LEVEL_ERROR, "(1)a",
		    "b.c(1): x", "" },
		{ D24 "[x:debug] a.c(1): [pid 5] x", T24, LEVEL_DEBUG, "",
		    "[pid 5] x", "" },
		{ D24 "[x:debug] a.c(1): b.c(2): x", T24, LEVEL_DEBUG, "",
		    "b.c(2): x", "" },
		{ D24 "[pid 5] [x:error] x", T24, LEVEL_NONE, "", "[x:error] x",
		    "" },
		{ D24 "[client 1.2.3.4] [x:error] x", T24, LEVEL_NONE, "",
		    "[x:error] x", "" },
		/* each field once: the message may begin like one */
		{ D24 "[x:error] [pid 1] [client 1.2.3.4] [client 5.6.7.8] x",
		    T24, LEVEL_ERROR, "", "[client 5.6.7.8] x", "" },
		{ D24 "[x:error] [pid 1] [error] [pid 2] x", T24, LEVEL_ERROR,
		    "", "[error] [pid 2] x", "" },
		{ D24 "[x:error] [client 1.2.3.4] (1)a: (2)b: c", T24,
		    LEVEL_ERROR, "(1)a", "(2)b: c", "" },
		{ D24 "[x:error] [pid 1] [rule 5] x", T24, LEVEL_ERROR, "",
		    "[rule 5] x", "" },
		{ D24 "[x:error] [pid 1] [", T24, LEVEL_ERROR, "", "[", "" },
		{ D24 "[x:error]", T24, LEVEL_ERROR, "", "", "" },
		{ D24 "[x:strange] x", T24, LEVEL_NONE, "", "[x:strange] x",
		    "" },
		{ D24 "no field at all", T24, LEVEL_NONE, "", "no field at all",
		    "" },
		{ "[Sat Nov 21 06:47:00.123456 2026]", T24, LEVEL_NONE, "", "",
		    "" },
		/* 2.2 */
		{ D22 "[error] [client 127.0.0.1] client denied", T22,
		    LEVEL_ERROR, "", "client denied", "" },
		{ D22 "[error] [client 127.0.0.1] (13)Permission denied: x",
		    T22, LEVEL_ERROR, "(13)Permission denied", "x", "" },
		{ D22 "[debug] mod_deflate.c(615): [client ::1] Zlib", T22,
		    LEVEL_DEBUG, "", "Zlib", "" },
		{ "[Wed Oct  1 14:32:52 2000] [warn] x", T22 - 10 * 86400,
		    LEVEL_WARN, "", "x", "" },
		/* the client's words begin at the first referer */
		{ D22 "[error] x, referer: a, referer: /b on line 3", T22,
		    LEVEL_ERROR, "", "x", "" },
		{ D22 "[error] x, referer:", T22, LEVEL_ERROR, "",
		    "x, referer:", "" },
		{ D22 "[error] , referer: y", T22, LEVEL_ERROR, "", "", "" },
		/* PHP's messages have an end of their own */
		{ D22 "[error] PHP Warning:  a, referer: b in /c.php on line 3"
		      ", referer: d in /e.php on line 4",
		    T22, LEVEL_ERROR, "",
		    "PHP Warning:  a, referer: b in /c.php on line 3", "" },
		{ D22 "[error] PHP Warning:  a, referer: b in /c.php on line 3",
		    T22, LEVEL_ERROR, "",
		    "PHP Warning:  a, referer: b in /c.php on line 3", "" },
		{ D22 "[error] PHP Warning:  a on line 190, referer: b", T22,
		    LEVEL_ERROR, "", "PHP Warning:  a on line 190", "" },
		{ D22 "[error] PHP Warning:  a, referer: b", T22, LEVEL_ERROR,
		    "", "PHP Warning:  a", "" },
		{ D22 "[error] PHP is a language, referer: b on line 3", T22,
		    LEVEL_ERROR, "", "PHP is a language", "" },
		{ D22 "[error] PHP Warning:  a on line , referer: b", T22,
		    LEVEL_ERROR, "", "PHP Warning:  a on line ", "" },
		/* dates that are none */
		{ "[Sat Feb 30 06:47:00 2026] [error] x", 0, LEVEL_ERROR, "",
		    "x", "" },
		{ "[Sat Nov 21 24:00:00 2026] [error] x", 0, LEVEL_ERROR, "",
		    "x", "" },
		{ "[Sat Nox 21 06:47:00 2026] [error] x", 0, LEVEL_ERROR, "",
		    "x", "" },
		/* not in this format */
		{ "[Sat Nov 21 06:47:00 2026 [error] x", 0, LEVEL_NONE, "",
		    "[Sat Nov 21 06:47:00 2026 [error] x", "" },
		{ "[Sat Nov 21 06-47:00 2026] [error] x", 0, LEVEL_NONE, "",
		    "[Sat Nov 21 06-47:00 2026] [error] x", "" },
		{ "[Sat Nov 21 06:47:00.", 0, LEVEL_NONE, "",
		    "[Sat Nov 21 06:47:00.", "" },
		{ "[Sat Nov 21 06:47:00.1234567890", 0, LEVEL_NONE, "",
		    "[Sat Nov 21 06:47:00.1234567890", "" },
		{ "PHP Warning:  x, referer: y", 0, LEVEL_NONE, "",
		    "PHP Warning:  x, referer: y", "" },
		{ "", 0, LEVEL_NONE, "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		check(&format_apache, &t[i]);
}

#define TAIL ", client: 192.0.2.1, server: example.com"

static void
nginx(void **state)
{
	static const struct expect t[] = {
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /x?y HTTP/1.1\""
		     ", upstream: \"u\", host: \"h\", referrer: \"r\"",
		    T24, LEVEL_ERROR, "", "a", "/x?y" },
		{ DN "[notice] 1#2: start", T24, LEVEL_NOTICE, "", "start",
		    "" },
		{ DN "[emerg] bind() failed", T24, LEVEL_EMERG, "",
		    "bind() failed", "" },
		{ DN "[error] *3 x", T24, LEVEL_ERROR, "", "x", "" },
		{ DN "[error] 1#: x", T24, LEVEL_ERROR, "", "1#: x", "" },
		{ DN "[info] 1#2: *3 a" TAIL, T24, LEVEL_INFO, "", "a", "" },
		{ DN "[error] 1#2: *3 a, client: 2001:db8::1, server: , "
		     "request: \"HEAD / HTTP/2.0\", host: \"h\"",
		    T24, LEVEL_ERROR, "", "a", "/" },
		{ DN "[error] 1#2: *3 a, client: unix:, server: s, request: "
		     "\"GET /u HTTP/1.0\"",
		    T24, LEVEL_ERROR, "", "a", "/u" },
		/* the client's own words in the text: no address */
		{ DN "[error] 1#2: *3 a \"/b\", client: x.c\" d" TAIL
		     ", request: \"GET /a HTTP/1.1\"",
		    T24, LEVEL_ERROR, "", "a \"/b\", client: x.c\" d", "/a" },
		{ DN "[error] 1#2: *3 a, client: 1.2.3, server: s" TAIL, T24,
		    LEVEL_ERROR, "", "a, client: 1.2.3, server: s", "" },
		{ DN "[error] 1#2: *3 a, client: 1.2.3.4, b" TAIL, T24,
		    LEVEL_ERROR, "", "a, client: 1.2.3.4, b", "" },
		{ DN "[error] 1#2: *3 a, client: "
		     "0000000000000000000000000000000000000000000000000000, "
		     "server: s",
		    T24, LEVEL_ERROR, "",
		    "a, client: "
		    "0000000000000000000000000000000000000000000000000000, "
		    "server: s",
		    "" },
		/* and behind the request: never looked at */
		{ DN "[error] 1#2: *3 a" TAIL ", host: \"h\", request: \"GET "
		     "/forged HTTP/1.1\"",
		    T24, LEVEL_ERROR, "", "a", "" },
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /x HTTP/1.1\", "
		     "host: \"h\", referrer: \"" TAIL ", request: \"GET "
		     "/forged HTTP/1.1\"",
		    T24, LEVEL_ERROR, "", "a", "/x" },
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /x\", host: "
		     "\"h\", referrer: \" HTTP/1.1\"",
		    T24, LEVEL_ERROR, "", "a", "/x" },
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /a\"b HTTP/1.1"
		     "\", upstream: \"u\"",
		    T24, LEVEL_ERROR, "", "a", "/a\"b" },
		{ DN "[info] 1#2: *3 a" TAIL ", request: \"GET /a b HTTP/1.1\"",
		    T24, LEVEL_INFO, "", "a", "/a b" },
		{ DN "[info] 1#2: *3 a" TAIL ", request: \"\x16\x03\"", T24,
		    LEVEL_INFO, "", "a", "" },
		{ DN "[info] 1#2: *3 a" TAIL ", request: \"GET \"", T24,
		    LEVEL_INFO, "", "a", "" },
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /x\", upstream"
		     ": \" HTTP/1.1\"",
		    T24, LEVEL_ERROR, "", "a", "/x" },
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /x\", subreques"
		     "t: \" HTTP/1.1\"",
		    T24, LEVEL_ERROR, "", "a", "/x" },
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /x\", referrer"
		     ": \" HTTP/1.1\"",
		    T24, LEVEL_ERROR, "", "a", "/x" },
		/* cut at 2048 bytes, anywhere */
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /a/b", T24,
		    LEVEL_ERROR, "", "a", "/a/b" },
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GE", T24,
		    LEVEL_ERROR, "", "a", "" },
		{ DN "[error] 1#2: *3 a" TAIL ", req", T24, LEVEL_ERROR, "",
		    "a", "" },
		{ DN "[error] 1#2: *3 a, client: 192.0.2.1, serv", T24,
		    LEVEL_ERROR, "", "a", "" },
		{ DN "[error] 1#2: *3 a, client: 192.0", T24, LEVEL_ERROR, "",
		    "a", "" },
		{ DN "[error] 1#2: *3 a, client: ", T24, LEVEL_ERROR, "", "a",
		    "" },
		{ DN "[error] 1#2: *3 a, cli", T24, LEVEL_ERROR, "", "a, cli",
		    "" },
		/* line ends in the text */
		{ DN "[error] 1#2: *3 a: \"b\n#0 c\n  d\" while e" TAIL
		     ", request: \"GET /x HTTP/1.1\", host: \"h\"",
		    T24, LEVEL_ERROR, "", "a: \"b", "/x" },
		{ DN "[error] 1#2: *3 a" TAIL ", request: \"GET /x\nforged "
		     "HTTP/1.1\"",
		    T24, LEVEL_ERROR, "", "a", "/x" },
		/* dates that are none, and other formats */
		{ "2026/13/21 06:47:00 [error] 1#2: x", 0, LEVEL_ERROR, "", "x",
		    "" },
		{ "2026/11/21 06:47:00 [strange] 1#2: x", T24, LEVEL_NONE, "",
		    "x", "" },
		{ "2026/11/21 06:47:00 [error", 0, LEVEL_NONE, "",
		    "2026/11/21 06:47:00 [error", "" },
		{ "20a6/11/21 06:47:00 [error] x", 0, LEVEL_NONE, "",
		    "20a6/11/21 06:47:00 [error] x", "" },
		{ "2026/11/21 06:47:00 [e]", 0, LEVEL_NONE, "",
		    "2026/11/21 06:47:00 [e]", "" },
		{ "", 0, LEVEL_NONE, "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		check(&format_nginx, &t[i]);
}

/* What is not in a format, by one character. */
static void
refused(void **state)
{
	static const char *const apache[] = { "",
		"(Sat Nov 21 06:47:00 2026] [error] x",
		"[Sat-Nov 21 06:47:00 2026] [error] x",
		"[Sat Nov-21 06:47:00 2026] [error] x",
		"[Sat Nov 21-06:47:00 2026] [error] x",
		"[Sat Nov 21 06-47:00 2026] [error] x",
		"[Sat Nov 21 06:47-00 2026] [error] x",
		"[Sat Nov 21 06:47:00-2026] [error] x",
		"[Sat Nov 21 06:47:00 2026) [error] x",
		"[Sat Nov 21 06:47:00 02026] [error] x",
		"[Sat Nov 21 06:47:00 2026", "[Sat Nov 21 06:47:00.1 2026",
		"[Sat Nov 21 0a:47:00 2026] [error] x" };
	static const char *const nginx[] = { "",
		"2026-11/21 06:47:00 [error] x",
		"2026/11-21 06:47:00 [error] x",
		"2026/11/21-06:47:00 [error] x",
		"2026/11/21 06-47:00 [error] x",
		"2026/11/21 06:47-00 [error] x",
		"2026/11/21 06:47:00-[error] x",
		"2026/11/21 06:47:00 (error] x",
		"2026/11/21 06:47:00 [error) x",
		"20a6/11/21 06:47:00 [error] x", "2026/11/21 06:47:00 [er" };
	struct fields f = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof apache / sizeof *apache; i++)
		if (format_apache.parse(&format_apache, apache[i],
			strlen(apache[i]), &f))
			fail_msg("%s", apache[i]);
	for (size_t i = 0; i < sizeof nginx / sizeof *nginx; i++)
		if (format_nginx.parse(&format_nginx, nginx[i],
			strlen(nginx[i]), &f))
			fail_msg("%s", nginx[i]);
	assert_true(
	    format_apache.parse(&format_apache, D22, sizeof D22 - 2, &f));
	assert_true(
	    format_nginx.parse(&format_nginx, DN "[crit]", sizeof DN + 5, &f));
	assert_true(format_plain.parse(&format_plain, "", 0, &f));
}

/* Whatever the record, all spans lie in it. */
static void
rest(void **state)
{
	static const struct format *const all[] = { &format_apache,
		&format_nginx, &format_plain };
	struct fields f;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		format_parse(all[i], "a\nb\n\nc", 6, &f, &room);
		assert_string_equal(str(f.message), "a");
		assert_string_equal(str(f.rest), "b\n\nc");
		format_parse(all[i], "a\n", 2, &f, &room);
		assert_string_equal(str(f.message), "a");
		assert_string_equal(str(f.rest), "");
		format_parse(all[i], "\n\tat x", 6, &f, &room);
		assert_string_equal(str(f.message), "");
		assert_string_equal(str(f.rest), "\tat x");
		format_parse(all[i], NULL, 0, &f, &room);
		assert_string_equal(str(f.message), "");
		assert_string_equal(str(f.status), "");
		assert_string_equal(str(f.request), "");
		assert_string_equal(str(f.rest), "");
		assert_false(f.has_time);
		assert_int_equal(f.level, LEVEL_NONE);
	}
	format_parse(&format_apache,
	    D24 "[x:error] a, referer: r\nb, referer:", sizeof D24 + 35, &f,
	    &room);
	assert_string_equal(str(f.message), "a");
	assert_string_equal(str(f.rest), "b, referer:");
}

/* Random bytes that resemble records: nothing is read or left outside. */
static void
noise(void **state)
{
	static const char *const bit[] = { D24, D22, DN, "[error] ", "[", "]",
		"(13)", "(EAI ", ": ", ", client: ", "192.0.2.1",
		", server: ", "request: \"", "\"", ", ", ", referer: ", "GET /",
		" HTTP/1.1", "\n", "PHP Warning:  ", " on line 3",
		"a.c(1): ", "#", "1", "*", " ", "- ", "ERROR", "\xff", "," };
	static const struct format *const all[] = { &format_apache,
		&format_nginx, &format_plain };
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
		for (size_t i = 0; i < 3; i++) {
			struct span *s[] = { &f.status, &f.message, &f.request,
				&f.rest };

			format_parse(all[i], record, n, &f, &room);
			for (k = 0; k < 4; k++)
				assert_true(s[k]->p >= record && s[k]->n <= n &&
				    s[k]->p + s[k]->n <= record + n);
			assert_null(memchr(f.message.p, '\n', f.message.n));
			assert_null(memchr(f.request.p, '\n', f.request.n));
		}
		free(record);
	}
}

static const struct format *
detect(const char *text)
{
	static uint32_t end[4096 + CUT_SLACK];
	struct lines l = { .p = text, .end = end };

	l.n = cut_lines(text, strlen(text), end, 4096);
	return format_detect(&l);
}

#define A D24 "[x:error] y\n"
#define N DN "[error] 1#1: y\n"

static void
detects(void **state)
{
	static const struct {
		const char *text;
		const struct format *format;
	} t[] = {
		{ "", &format_plain },
		{ "\n\n", &format_plain },
		{ A, &format_apache },
		{ D22 "[error] y\n", &format_apache },
		{ N, &format_nginx },
		{ "x\n", &format_plain },
		{ "sh: x\n" A, &format_apache },
		{ "sh: x\nsh: y\n" A, &format_plain },
		{ "sh: x\nsh: y\n" A A, &format_apache },
		{ A A N, &format_apache },
		{ A N N, &format_nginx },
		{ A N, &format_apache },
		/* stack traces do not count */
		{ N "#0 a\n#1 b\n  c\n  d\nStack trace:\n", &format_nginx },
		{ "  a\n  b\n\n\n" A, &format_apache },
		{ DN "x\n", &format_plain },
		{ "192.0.2.1 - - [21/Nov/2026:06:47:00 +0000] \"GET / \"\n",
		    &format_plain },
	};
	struct buf b;

	(void)state;
	/* a thousand lines are enough to tell */
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 3000; i++)
		buf_adds(&b, i < 1000 ? "some text\n" : A);
	assert_ptr_equal(detect(buf_str(&b)), &format_plain);
	buf_free(&b);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		if (detect(t[i].text) != t[i].format)
			fail_msg("%s is %s", t[i].text,
			    detect(t[i].text)->name);
}

static void
names(void **state)
{
	const char *const *name = format_names();
	size_t n = 0;

	(void)state;
	for (; name[n] != NULL; n++)
		assert_string_equal(format_find(name[n])->name, name[n]);
	assert_true(n > 3);
	assert_ptr_equal(format_find("apache"), &format_apache);
	assert_ptr_equal(format_find("nginx"), &format_nginx);
	assert_ptr_equal(format_find("plain"), &format_plain);
	assert_null(format_find("auto"));
	assert_null(format_find(""));
	assert_null(format_find("Apache"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(apache),
		cmocka_unit_test(nginx),
		cmocka_unit_test(refused),
		cmocka_unit_test(rest),
		cmocka_unit_test(noise),
		cmocka_unit_test(detects),
		cmocka_unit_test(names),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
