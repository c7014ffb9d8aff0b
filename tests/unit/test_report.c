/* SPDX-License-Identifier: ISC */
/* The mail, compared with golden ones byte by byte, and its caps. */
#include "watchdog/tell/report.h"

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
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "tests/unit/golden.h"
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"
#include "watchdog/read/record.h"
#include "watchdog/tell/digest.h"

#define NOW 1795245420 /* Sat 21 Nov 2026 07:17:00 UTC */
#define LOG "/var/log/apache2/error.log"
#define BODY_MAX (256 * 1024)

static char *joe[] = { "joe@example.com" };
static char *web[] = { "web@example.com" };
static char *admin[] = { "ops@example.com" };
static char bboard_prefix[] = "/bboard";
static char root_prefix[] = "/";
static const struct route bboard = { .prefix = bboard_prefix,
	.owners = joe,
	.nowners = 1 };
static const struct route root = { .prefix = root_prefix,
	.owners = web,
	.nowners = 1 };

static const struct report_env plain = { .host = "www1",
	.now = NOW,
	.since = NOW - 900,
	.conf = "/etc/sitewatch/watchdog.conf" };

/* What a test says of a record. */
struct told {
	const struct route *route;
	enum level level;
	int64_t time;
	const char *path;
	const char *message; /* is in the text */
	const char *text;
	int64_t offset;
	int times;
};

static void
tell(struct groups *g, const struct told *t)
{
	struct fields f = { .level = t->level,
		.has_time = t->time != 0,
		.time = t->time };
	struct record r = { .p = t->text,
		.len = strlen(t->text),
		.offset = t->offset,
		.lines = 1 };
	const char *p;
	int i;

	for (p = t->text; *p != '\0'; p++)
		r.lines += *p == '\n';
	f.message = (struct span){ t->message, strlen(t->message) };
	for (i = 0; i < t->times; i++) {
		groups_add(g, t->route, &f, &r, t->path, LOG);
		f.time++;
	}
}

/* Marks the group that was told last as seen before. */
static void
seen(struct groups *g, int64_t first, int64_t last, int64_t count)
{
	struct group *at = groups_at(g, groups_count(g) - 1);

	at->seen_first = first;
	at->seen_last = last;
	at->seen_count = count;
}

/* "Subject: …", an empty line, and the body. */
static void
mail(struct buf *out, struct groups *g, const struct report_env *env)
{
	struct digests ds;

	digests_make(&ds, g, admin, 1, NOW);
	assert_int_equal(ds.n, 1);
	buf_adds(out, "Subject: ");
	report_subject(out, &ds.digest[0], env);
	buf_adds(out, "\n\n");
	report_body(out, &ds.digest[0], env);
	digests_free(&ds);
	assert_false(out->full);
}

#define HEAD(level) \
	"[Sat Nov 21 07:04:11.118341 2026] [php:" level "] " \
	"[pid 29941:tid 29941] [client 192.0.2.7:49152] "
#define REFERER ", referer: https://www.example.com/bboard/"
#define TOO_LONG \
	"PHP Fatal error:  Uncaught LengthException: body of " \
	"\"Hello\" is too long in /var/www/example.com/bboard/post.php:6" \
	"\\nStack trace:\\n" \
	"#0 /var/www/example.com/bboard/post.php(12): " \
	"message_check(Array)\\n" \
	"#1 /var/www/example.com/bboard/post.php(17): " \
	"message_save(Array)\\n" \
	"#2 {main}\\n  thrown in /var/www/example.com/bboard/post.php on " \
	"line 6"
#define AVATAR \
	"PHP Warning:  file_get_contents(/var/www/example.com/" \
	"bboard/uploads/avatar.png): Failed to open stream: Permission " \
	"denied in /var/www/example.com/bboard/avatar.php on line 4"
#define PAGE \
	"PHP Warning:  Undefined variable $page in " \
	"/var/www/example.com/bboard/thread.php on line 3"
#define QUOTE \
	"AH01215: stderr from /var/www/example.com/bboard/quote.cgi:" \
	" quote.cgi: cannot open /var/lib/quotes: No such file"

#define NGINX "2026/11/21 07:05:00 [error] 22952#22952: *29 "
#define NGINX_REST \
	"client: 203.0.113.9, server: www.example.com, request: " \
	"\"GET /bboard/form.php?a=1 HTTP/1.1\", upstream: " \
	"\"fastcgi://unix:/run/php-fpm.sock:\", host: \"www.example.com\""
#define UNKNOWN \
	"FastCGI sent in stderr: \"Primary script unknown\" while " \
	"reading response header from upstream"

static void
owner_mail(void **state)
{
	static const struct told t[] = {
		{ &bboard, LEVEL_WARN, NOW - 800, "/bboard/thread.php", PAGE,
		    HEAD("warn") PAGE, 1042, 31 },
		{ &bboard, LEVEL_ERROR, NOW - 780, "/bboard/post.php", TOO_LONG,
		    HEAD("error") TOO_LONG REFERER, 123456, 22 },
		{ &bboard, LEVEL_ERROR, NOW - 90000, "/bboard/quote.cgi", QUOTE,
		    HEAD("error") QUOTE, 71, 3 },
		{ &bboard, LEVEL_WARN, NOW - 30, "/bboard/avatar.php", AVATAR,
		    HEAD("warn") AVATAR, 130001, 1 },
		{ &bboard, LEVEL_ERROR, NOW - 720, "/bboard/form.php", UNKNOWN,
		    NGINX UNKNOWN ", " NGINX_REST, 140002, 1 },
	};
	struct groups *g = groups_new();
	struct buf out;

	(void)state;
	buf_init(&out, BODY_MAX);
	tell(g, &t[0]);
	seen(g, NOW - 40 * 86400, NOW - 900, 1204);
	tell(g, &t[1]);
	tell(g, &t[2]);
	seen(g, NOW - 300 * 86400, NOW - 30 * 86400, 2);
	tell(g, &t[3]);
	tell(g, &t[4]);
	mail(&out, g, &plain);
	golden("owner.txt", &out);
	buf_free(&out);
	groups_free(g);
}

static void
alarm_mail(void **state)
{
	static const char *const alarm[] = {
		"/var/log/apache2/error.log cannot be read: Permission "
		"denied.  Errors there are not being seen: let the group "
		"adm read it.",
		"No run since 20 Nov 22:00:00 UTC, for 9h 17m.",
	};
	struct report_env env = plain;
	struct buf out;

	(void)state;
	env.alarm = alarm;
	env.nalarm = 2;
	buf_init(&out, BODY_MAX);
	buf_adds(&out, "Subject: ");
	report_subject(&out, NULL, &env);
	buf_adds(&out, "\n\n");
	report_body(&out, NULL, &env);
	golden("alarms.txt", &out);
	buf_free(&out);
}

#define EVIL \
	"\x1b[31mred\x1b]0;owned\x07 \xff\xfe \xe2\x80\xae" \
	"fdp.exe " \
	"R\xc3\xa9sum\xc3\xa9\rSubject: forged\ttab"

static void
hostile_mail(void **state)
{
	static const struct told t[] = {
		{ NULL, LEVEL_ERROR, 0, "/news/\x1b[2J\n.html", EVIL,
		    "before " EVIL "\nFrom: me\n.\n\x1b[0mQUIT\n\xff", 7, 1 },
		{ &root, LEVEL_NONE, 0, NULL, "", "", 0, 1 },
	};
	static const char *const alarm[] = { "log \x1b[31m\nX: y is gone" };
	struct report_env env = plain;
	struct groups *g = groups_new();
	struct group *at;
	struct buf out;

	(void)state;
	buf_init(&out, BODY_MAX);
	tell(g, &t[0]);
	at = groups_at(g, 0);
	free(at->file);
	at->file = xstrdup("/var/log/$(reboot)\x1b.log");
	env.host = "www\x1b[31m\n1";
	env.alarm = alarm;
	env.nalarm = 1;
	env.since = 0;
	mail(&out, g, &env);
	golden("hostile.txt", &out);
	buf_free(&out);
	groups_free(g);
}

/* ---- subjects --------------------------------------------------------- */

/* As offset of a record: the group was seen before. */
#define KNOWN 1
#define BACK 2

static struct groups *
told(const struct told *t, size_t n)
{
	struct groups *g = groups_new();
	size_t i;

	for (i = 0; i < n && t[i].times > 0; i++) {
		tell(g, &t[i]);
		if (t[i].offset == KNOWN)
			seen(g, 1, NOW - 60, 3);
		if (t[i].offset == BACK)
			seen(g, 1, NOW - 30 * 86400, 3);
	}
	return g;
}

static void
subject_of(struct buf *out, struct groups *g, const struct report_env *env)
{
	struct digests ds;

	digests_make(&ds, g, admin, 1, NOW);
	report_subject(out, &ds.digest[0], env);
	digests_free(&ds);
}

static void
subjects(void **state)
{
	static const struct {
		const char *want;
		struct told t[4];
	} t[] = {
		{ "[www1] 1 new error in /bboard (1 record): a b: c",
		    { { &bboard, LEVEL_ERROR, NOW, "/bboard/x", "a   b: c", "",
			0, 1 } } },
		{ "[www1] 1 new warning in /bboard (3 records): a",
		    { { &bboard, LEVEL_WARN, NOW, "/bboard/x", "a", "", 0,
			3 } } },
		{ "[www1] 2 new notices in /bboard (2 records): b",
		    { { &bboard, LEVEL_INFO, NOW, "/bboard/x", "a", "", 0, 1 },
			{ &bboard, LEVEL_NOTICE, NOW, "/bboard/x", "b", "", 0,
			    1 } } },
		/* What is new comes first, though what is known is graver. */
		{ "[www1] 1 new warning in /bboard (11 records): b",
		    { { &bboard, LEVEL_CRIT, NOW, "/bboard/x", "a", "", KNOWN,
			  10 },
			{ &bboard, LEVEL_WARN, NOW, "/bboard/x", "b", "", 0,
			    1 } } },
		{ "[www1] 1 returned error in /bboard (3 records): b",
		    { { &bboard, LEVEL_CRIT, NOW, "/bboard/x", "a", "", KNOWN,
			  1 },
			{ &bboard, LEVEL_ERROR, NOW, "/bboard/x", "b", "", BACK,
			    2 } } },
		{ "[www1] 1 known error in /bboard (1,204 records): a",
		    { { &bboard, LEVEL_ERROR, NOW, "/bboard/x", "a", "", KNOWN,
			1204 } } },
		/* Places: the route's, or the first directory under "/". */
		{ "[www1] 3 new errors in /, /shop (3 records): c",
		    { { &root, LEVEL_ERROR, NOW, "/shop/img/x", "a", "", 0, 1 },
			{ &root, LEVEL_ERROR, NOW, "/shop/y", "b", "", 0, 1 },
			{ &root, LEVEL_ERROR, NOW, "/a", "c", "", 0, 1 } } },
		{ "[www1] 4 new errors in /a, /b and 2 more (4 records): a",
		    { { &root, LEVEL_ERROR, NOW, "/a/", "a", "", 0, 1 },
			{ &root, LEVEL_ERROR, NOW, "/b/", "b", "", 0, 1 },
			{ &root, LEVEL_ERROR, NOW, "/c/", "c", "", 0, 1 },
			{ &root, LEVEL_ERROR, NOW, "/d/", "d", "", 0, 1 } } },
		{ "[www1] 1 new error in /x (1 record): a",
		    { { NULL, LEVEL_NONE, NOW, "/x/y/z", "a", "", 0, 1 } } },
		{ "[www1] 1 new error (1 record): a",
		    { { NULL, LEVEL_NONE, NOW, NULL, "a", "", 0, 1 } } },
		{ "[www1] 1 new error (1 record): ",
		    { { NULL, LEVEL_NONE, NOW, NULL, "", "", 0, 1 } } },
	};
	struct groups *g;
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 1000);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&out);
		g = told(t[i].t, 4);
		subject_of(&out, g, &plain);
		assert_string_equal(buf_str(&out), t[i].want);
		groups_free(g);
	}
	buf_free(&out);
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
subjects_are_short(void **state)
{
	static char name[2001], host[301];
	const char *alarm[] = { name };
	struct told t = { &root, LEVEL_ERROR, NOW, name, name, "", 0, 1 };
	struct report_env env = plain;
	struct groups *g;
	struct buf out;

	(void)state;
	memset(name, 'x', sizeof name - 1);
	memset(host, 'h', sizeof host - 1);
	name[0] = '/';
	name[1000] = '/';
	env.host = host;
	buf_init(&out, 1000);
	g = told(&t, 1);
	subject_of(&out, g, &env);
	assert_true(characters(buf_str(&out)) <= REPORT_SUBJECT);
	assert_non_null(strstr(buf_str(&out), "1 new error in /xxx"));
	buf_reset(&out);
	env.alarm = alarm;
	env.nalarm = 1;
	subject_of(&out, g, &env);
	assert_true(characters(buf_str(&out)) <= REPORT_SUBJECT);
	groups_free(g);
	buf_free(&out);
}

/* ---- caps ------------------------------------------------------------- */

static size_t
occurrences(const struct buf *b, const char *what)
{
	const char *p = buf_str(b);
	size_t n = 0;

	for (; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

/* n groups; the i-th of them, by rank, has n - i records. */
static struct groups *
many(int n)
{
	struct groups *g = groups_new();
	char message[20];
	struct told t = { &bboard, LEVEL_ERROR, NOW, "/bboard/x", message,
		message, 0, 0 };
	int i;

	for (i = 0; i < n; i++) {
		snprintf(message, sizeof message, "kind%c%c", 'a' + i / 26,
		    'a' + i % 26);
		t.times = n - i;
		tell(g, &t);
	}
	return g;
}

static void
caps_keep_counts(void **state)
{
	static const struct {
		int groups;
		size_t full, lines;
		const char *more; /* NULL: nothing is left out */
	} t[] = {
		{ 25, 25, 0, NULL },
		{ 26, 25, 1, NULL },
		{ 100, 25, 75, NULL },
		{ 101, 25, 75, "And 1 more group (76 records).\n" },
		{ 150, 25, 75, "And 50 more groups (5,025 records).\n" },
	};
	struct groups *g;
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, BODY_MAX);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&out);
		g = many(t[i].groups);
		mail(&out, g, &plain);
		assert_int_equal(occurrences(&out, "x error /bboard/x\n"),
		    t[i].full);
		assert_int_equal(occurrences(&out, "x error /bboard/x: kind"),
		    t[i].lines);
		assert_int_equal(occurrences(&out, "more group"),
		    t[i].more != NULL);
		if (t[i].more != NULL)
			assert_non_null(strstr(buf_str(&out), t[i].more));
		groups_free(g);
	}
	assert_non_null(strstr(buf_str(&out), "150 new: 11,325 records in "));
	/* The lines stand together, the last one apart from what follows. */
	assert_non_null(strstr(buf_str(&out), ": kindcx\n\nAnd 50 more"));
	assert_non_null(strstr(buf_str(&out), ": kindcy\n75 x error"));
	assert_int_equal(occurrences(&out, "\n\n\n"), 0);
	buf_free(&out);
}

static void
overflow_is_told(void **state)
{
	struct groups *g = groups_new();
	char message[20];
	struct told t = { &bboard, LEVEL_ERROR, NOW, "/bboard/x", message, "",
		0, 1 };
	struct buf out;
	int i;

	(void)state;
	for (i = 0; i < GROUP_MAX + 1500; i++) {
		snprintf(message, sizeof message, "%c%c%c", 'a' + i / 676,
		    'a' + i / 26 % 26, 'a' + i % 26);
		tell(g, &t);
	}
	buf_init(&out, BODY_MAX);
	mail(&out, g, &plain);
	assert_non_null(strstr(buf_str(&out), "4,096 new: 5,596 records in "));
	assert_non_null(
	    strstr(buf_str(&out), "And 3,996 more groups (3,996 records).\n"));
	assert_non_null(strstr(buf_str(&out),
	    "And 1,500 records of other kinds: more than 4096 came at once."));
	buf_free(&out);
	groups_free(g);
}

/* The largest records there can be fit into the body. */
static void
the_largest_body(void **state)
{
	static char text[64 * 1024 + 1], message[60001];
	struct told t = { &bboard, LEVEL_ERROR, NOW, "/bboard/x", message, text,
		0, 1 };
	struct groups *g = groups_new();
	struct buf out;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < sizeof text - 1; i++)
		text[i] = i % 3 == 0 ? '\n' : '\xff';
	memset(message, '\xfe', sizeof message - 1);
	for (k = 0; k < 200; k++) {
		message[0] = (char)('a' + k % 26);
		message[1] = (char)('a' + k / 26);
		tell(g, &t);
	}
	buf_init(&out, BODY_MAX);
	mail(&out, g, &plain);
	assert_int_equal(occurrences(&out, "lines, 65,536 bytes in all)"), 25);
	buf_free(&out);
	groups_free(g);
}

/* ---- no byte gets through --------------------------------------------- */

static void
bytes_are_clean(void **state)
{
	char raw[300];
	struct told t = { NULL, LEVEL_ERROR, NOW, raw, raw, raw, 0, 1 };
	struct groups *g = groups_new();
	struct report_env env = plain;
	struct buf out, again;
	size_t i;

	(void)state;
	for (i = 0; i < 255; i++)
		raw[i] = (char)(i + 1);
	raw[i] = '\0';
	env.host = raw;
	env.conf = raw;
	env.alarm = (const char *const[]){ raw };
	env.nalarm = 1;
	tell(g, &t);
	free(groups_at(g, 0)->file);
	groups_at(g, 0)->file = xstrdup(raw);
	buf_init(&out, BODY_MAX);
	mail(&out, g, &env);
	/* What is clean stays as it is. */
	buf_init(&again, BODY_MAX);
	assert_true(text_clean(&again, buf_str(&out), out.len, TEXT_BLOCK));
	assert_string_equal(buf_str(&again), buf_str(&out));
	assert_int_equal(strcspn(buf_str(&out), "\n"),
	    strstr(buf_str(&out), "\n\n") - buf_str(&out));
	buf_free(&again);
	buf_free(&out);
	groups_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owner_mail),
		cmocka_unit_test(alarm_mail),
		cmocka_unit_test(hostile_mail),
		cmocka_unit_test(subjects),
		cmocka_unit_test(subjects_are_short),
		cmocka_unit_test(caps_keep_counts),
		cmocka_unit_test(overflow_is_told),
		cmocka_unit_test(the_largest_body),
		cmocka_unit_test(bytes_are_clean),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
