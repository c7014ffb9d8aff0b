/* SPDX-License-Identifier: ISC */
/* Which records become one group, and what the group keeps of them. */
#include "watchdog/match/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/match/route.h"
#include "common/base/span.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"

static struct buf room = { .max = RECORD_MAX };

#define LOG_MAX (8 * 1024 * 1024)
#define LINES 4096 /* of the log */

static struct fields
fields_of(enum level level, const char *message)
{
	return (struct fields){ .level = level,
		.message = { message, strlen(message) } };
}

/* ---- what is shared --------------------------------------------------- */

/* The text without its level. */
static void
normalised(struct buf *out, const char *message, const char *request)
{
	struct fields f = fields_of(LEVEL_ERROR, message);
	char *exact = xmalloc(f.message.n);

	/* Ends where it ends: a sanitizer sees what reads on. */
	memcpy(exact, message, f.message.n);
	f.message.p = exact;
	if (request != NULL)
		f.request = (struct span){ request, strlen(request) };
	buf_reset(out);
	group_normalise(out, &f);
	assert_int_equal(strncmp(buf_str(out), "error ", 6), 0);
	memmove(out->p, out->p + 6, out->len - 5);
	out->len -= 6;
	free(exact);
}

static void
normalises(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" },
		{ "no digit here", "no digit here" },
		{ " a \t b  ", "a b" },
		/* numbers */
		{ "12 a3b -4.5 1,234", "# a#b # #" },
		{ "missing17.html", "missing#.html" },
		{ "header-2019.png p-1000", "header-#.png p-#" },
		{ "h2o 2", "h#o #" },
		{ "12345678901234567890", "#" },
		/* hexadecimal words */
		{ "0x7f 0xDEADBEEF 0x", "<hex> <hex> #x" },
		{ "deadbee1 deadbee deadbeef", "<hex> deadbee deadbeef" },
		{ "/cache/0cc175b9c0f1b6a831c399e269772661.png",
		    "/cache/<hex>.png" },
		{ "sess_0cc175b9c0f1", "sess_<hex>" },
		{ "1234567a x1234567", "<hex> x#" },
		{ "xdeadbeef", "xdeadbeef" },
		/* identifiers */
		{ "8fgk2jd93kslw0ckqpz1", "<id>" },
		{ "8fgk2jd93kslw0ckqpz", "<id>" },
		{ "AbstractFactoryBuilderImpl2",
		    "AbstractFactoryBuilderImpl#" },
		{ "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz" },
		/* UUIDs */
		{ "550e8400-e29b-41d4-a716-446655440000", "<uuid>" },
		{ "x 550E8400-E29B-41D4-A716-446655440000.", "x <uuid>." },
		{ "abcdefab-abcd-abcd-abcd-abcdefabcdef", "<uuid>" },
		{ "550e8400-e29b-41d4-a716", "<hex>-e#b-#d#-a#" },
		{ "550e8400-e29b-41d4-a716-44665544000g",
		    "<hex>-e#b-#d#-a#-#g" },
		/* addresses */
		{ "192.0.2.1", "<ip>" },
		{ "192.0.2.1:8080 refused", "<ip> refused" },
		{ "from 192.0.2.1: no", "from <ip>: no" },
		{ "1.2.3 1.2.3.4.", "# <ip>." },
		{ "1.2.3.4567", "#" },
		{ "1.2.3.4:", "<ip>:" },
		{ "1.2.3.4:x", "<ip>:x" },
		{ "1.2.3.", "#." },
		{ "v1.2.3.4x", "v#.#x" },
		{ "2001:db8::1", "<ip>" },
		{ "[2001:db8::1]:80", "[<ip>]:#" },
		{ "from 2001:db8::1: no", "from <ip>: no" },
		{ "::1", "<ip>" },
		{ "fe80::", "<ip>:" },
		{ "2001:db8:1:2:3:4:5:6", "<ip>" },
		{ "at 12:34:56", "at <time>" },
		{ "Foo::bar2()", "Foo::bar#()" },
		{ "a::b", "a::b" },
		{ "::1 x::1 ::x", "<ip> x::# ::x" },
		{ "1:2:3:4:5:6:7", "#:#:#:#:#:#:#" },
		{ "x12345::1", "x#::#" },
		/* escapes */
		{ "a%2Fb%2fc%zz", "a%#b%#c%zz" },
		{ "R\\xc3\\xa9s \\x \\xg0", "R\\x#\\x#s \\x \\xg#" },
		/* query strings */
		{ "(http://h/charge?order=17&x=y): no",
		    "(http://h/charge?<query>): no" },
		{ "GET /x?a b?c", "GET /x?<query> b?c" },
		{ "what? /x? ok", "what? /x? ok" },
		{ "/x?", "/x?" },
		{ "a%2", "a%#" },
		{ "a%aa %ag %0", "a%# %ag %#" },
		/* what stays */
		{ "AH00128: x AH001280 BH00128", "AH00128: x AH# BH#" },
		{ "x in /a/b.php on line 12", "x in /a/b.php on line 12" },
		{ "x in /a/b17.php:12", "x in /a/b#.php:12" },
		{ "x in /a/b.php:12 and /a/c.phtml:9:8",
		    "x in /a/b.php:12 and /a/c.phtml:9:#" },
		{ "/a/b:12 b.php:12 h.example:80",
		    "/a/b:# b.php:12 h.example:#" },
		{ "online 12", "online #" },
		{ "\"C-17\" 'x  y'", "\"C-#\" <value>" },
		{ "caf\xc3\xa9 \xff 1", "caf\xc3\xa9 \xff #" },
		/* users */
		{ "AH01618: user bob not found: /shop/",
		    "AH01618: user <name> not found: /shop/" },
		{ "AH01617: user x not found: /y: authentication failure for "
		  "\"/shop/\": Password Mismatch",
		    "AH01617: user <name> not found: /y: authentication "
		    "failure for \"/shop/\": Password Mismatch" },
		{ "user \"bob\" was not found in \"/etc/nginx/users\"",
		    "user <name> was not found in \"/etc/nginx/users\"" },
		{ "user \"b\": password mismatch",
		    "user <name>: password mismatch" },
		{ "user experience 7", "user experience #" },
		{ "core.c(1): AH01618: user bob not found: /s",
		    "core.c(#): AH01618: user <name> not found: /s" },
		{ "AH0161: user bob not found: /s",
		    "AH#: user <name> not found: /s" },
		{ "AH01618 user bob not found: /s",
		    "AH01618 user <name> not found: /s" },
		{ "x.c(1: user bob not found: /s",
		    "x.c(#: user <name> not found: /s" },
		/* traces */
		{ "PHP Fatal error:  Uncaught E: x in /a.php:3\\nStack trace:"
		  "\\n#0 /b.php(4): f('secret')\\n  thrown in /a.php on "
		  "line 3",
		    "PHP Fatal error: Uncaught E: x in /a.php:3" },
		{ "E in /a.php:3\\nStack trace:\\n#0 /b.php(4): f('cut",
		    "E in /a.php:3" },
		/* wrapping */
		{ "FastCGI sent in stderr: \"PHP message: x 1\" while reading "
		  "upstream",
		    "x #" },
		{ "FastCGI sent in stderr: \"; PHP message: x 1\" while "
		  "reading response header from upstream",
		    "x #" },
		{ "AH01071: Got error 'PHP message: x 1\\n'", "x #" },
		{ "AH01071: Got error 'x", "x" },
		{ "AH01071: Got error '", "" },
		{ "[20-Nov-2026 04:00:01 UTC] PHP Warning:  x",
		    "PHP Warning: x" },
		{ "[20-Nov-2026 04:00:01 UTC] x", "[<time>] x" },
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 10000);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		normalised(&out, t[i].in, NULL);
		if (strcmp(buf_str(&out), t[i].out) != 0)
			fail_msg("%s: %s, expected %s", t[i].in, buf_str(&out),
			    t[i].out);
	}
	buf_free(&out);
}

static void
request_where_no_path_is(void **state)
{
	static const struct {
		const char *message, *request, *out;
	} t[] = {
		{ "access forbidden by rule", "/a/b17?x=1",
		    "access forbidden by rule at /a/b#" },
		{ "open() \"/a\" failed", "/b", "open() \"/a\" failed" },
		{ "x in /a.php on line 3", "/b", "x in /a.php on line 3" },
		{ "connect() failed while connecting to upstream", "/b",
		    "connect() failed while connecting to upstream" },
		{ "FastCGI sent in stderr: \"Primary script unknown\" while "
		  "reading response header from upstream",
		    "/b.php", "Primary script unknown at /b.php" },
		{ "and/or", "/b", "and/or at /b" },
	};
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 10000);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		normalised(&out, t[i].message, t[i].request);
		assert_string_equal(buf_str(&out), t[i].out);
	}
	buf_free(&out);
}

/* The same whenever the two texts are the same story, other than any other:
 * fingerprints are stored. */
static void
fingerprints(void **state)
{
	struct fields a = fields_of(LEVEL_ERROR, "a 1"),
		      b = fields_of(LEVEL_ERROR, "a 2345"),
		      warn = fields_of(LEVEL_WARN, "a 1"),
		      other = fields_of(LEVEL_ERROR, "b 1"),
		      status = fields_of(LEVEL_ERROR, "a 1");
	struct hash h = group_fingerprint(&a);
	char hex[HASH_TEXT];

	(void)state;
	status.status = (struct span){ "(13)Permission denied", 21 };
	assert_true(hash_equal(h, group_fingerprint(&b)));
	assert_false(hash_equal(h, group_fingerprint(&warn)));
	assert_false(hash_equal(h, group_fingerprint(&other)));
	assert_false(hash_equal(h, group_fingerprint(&status)));
	assert_string_equal(hash_hex(h, hex),
	    hash_hex(hash_bytes("error a #", 9), hex));
}

/* Texts that make each step look back or measure again. */
static void
hostile_texts_cost_little(void **state)
{
	static const char *const piece[] = { "a1", "?x", "/a?", ".a:1", "1.",
		"1:", "::", "\\x", "%4", " in /", "user ", "\\n  thrown in ",
		"] ", "(1) : " };
	char *text = xmalloc(RECORD_MAX);
	struct fields f;
	int64_t start;
	struct buf out;
	size_t i, k, n;

	(void)state;
	buf_init(&out, 10 * RECORD_MAX);
	for (i = 0; i < sizeof piece / sizeof *piece; i++) {
		n = strlen(piece[i]);
		for (k = 0; k < RECORD_MAX; k++)
			text[k] = piece[i][k % n];
		f = fields_of(LEVEL_ERROR, "");
		f.message = (struct span){ text, RECORD_MAX };
		f.request = f.message;
		start = clock_mono();
		buf_reset(&out);
		group_normalise(&out, &f);
		assert_false(out.full);
		assert_true(clock_mono() - start < 5000);
	}
	free(text);
	buf_free(&out);
}

/* ---- groups ----------------------------------------------------------- */

static char here[] = "/a", there[] = "/b";
static const struct route route_a = { .prefix = here };
static const struct route route_b = { .prefix = there };

static void
add(struct groups *g, const struct route *r, const char *message, int64_t time,
    int64_t offset)
{
	struct fields f = fields_of(LEVEL_WARN, message);
	struct record rec = { .p = message,
		.len = strlen(message),
		.offset = offset,
		.lines = 1 };

	f.has_time = time != 0;
	f.time = time;
	groups_add(g, r, &f, &rec, "/a/x.php", "/log");
}

static void
first_record_is_kept(void **state)
{
	static const char text[] = "head a 1\nmore\0 of it";
	struct record r = { .p = text,
		.len = sizeof text - 1,
		.offset = 77,
		.cut = 5,
		.lines = 2 };
	struct fields f = { .level = LEVEL_ERROR,
		.has_time = true,
		.time = 1000,
		.message = { text + 5, 3 } };
	struct groups *g = groups_new();
	const struct group *at;
	char path[] = "/a/x.php", file[] = "/var/log/x";

	(void)state;
	groups_add(g, &route_a, &f, &r, path, file);
	path[1] = file[1] = 'z';
	f.time = 900;
	r.offset = 99;
	groups_add(g, &route_a, &f, &r, path, file);
	f.time = 2000;
	groups_add(g, &route_a, &f, &r, NULL, file);
	f.time = 1500;
	groups_add(g, &route_a, &f, &r, path, file);
	f.has_time = false;
	f.time = 1;
	groups_add(g, &route_a, &f, &r, path, file);
	assert_int_equal(groups_count(g), 1);
	at = groups_at(g, 0);
	assert_ptr_equal(at->route, &route_a);
	assert_int_equal(at->level, LEVEL_ERROR);
	assert_int_equal(at->count, 5);
	assert_int_equal(at->first, 900);
	assert_int_equal(at->last, 2000);
	assert_string_equal(at->path, "/a/x.php");
	assert_string_equal(at->file, "/var/log/x");
	assert_int_equal(at->offset, 77);
	assert_int_equal(at->nmessage, 3);
	assert_string_equal(at->message, "a 1");
	assert_int_equal(at->nsample, sizeof text - 1);
	assert_memory_equal(at->sample, text, sizeof text);
	assert_int_equal(at->lines, 2);
	assert_int_equal(at->cut, 5);
	assert_int_equal(at->seen_first, 0);
	groups_free(g);
	groups_free(NULL);
}

static void
one_group_a_story_and_route(void **state)
{
	struct groups *g = groups_new();

	(void)state;
	add(g, &route_a, "a 1", 10, 0);
	add(g, &route_a, "a 2", 0, 1);
	add(g, &route_b, "a 3", 0, 2);
	add(g, NULL, "a 4", 0, 3);
	add(g, NULL, "b 4", 0, 4);
	add(g, NULL, "a 5", 0, 5);
	assert_int_equal(groups_count(g), 4);
	assert_int_equal(groups_at(g, 0)->count, 2);
	assert_int_equal(groups_at(g, 0)->first, 10);
	assert_int_equal(groups_at(g, 1)->count, 1);
	assert_ptr_equal(groups_at(g, 1)->route, &route_b);
	assert_int_equal(groups_at(g, 1)->first, 0);
	assert_int_equal(groups_at(g, 1)->last, 0);
	assert_int_equal(groups_at(g, 2)->count, 2);
	assert_null(groups_at(g, 2)->route);
	assert_int_equal(groups_at(g, 3)->count, 1);
	groups_free(g);
}

static void
hours_are_counted(void **state)
{
	static const struct story_hour want[] = { { 1, 2 }, { 3, 1 },
		{ 5, 2 } };
	struct groups *g = groups_new();
	const struct group *at;
	int64_t sum = 0;
	size_t i;

	(void)state;
	add(g, NULL, "a", 5 * 3600, 0);
	add(g, NULL, "a", 1 * 3600, 0);
	add(g, NULL, "a", 0, 0);
	add(g, NULL, "a", 5 * 3600 + 3599, 0);
	add(g, NULL, "a", 3 * 3600, 0);
	add(g, NULL, "a", 1 * 3600 + 1, 0);
	at = groups_at(g, 0);
	assert_int_equal(at->nhour, 3);
	assert_memory_equal(at->hour, want, sizeof want);
	/* Years, backwards and forwards: bounded, none lost. */
	for (i = 0; i < 9000; i++)
		add(g, NULL, "a", (int64_t)(20000 - i) * 3600, 0);
	for (i = 0; i < 9000; i++)
		add(g, NULL, "a", (int64_t)(15000 + i) * 3600, 0);
	at = groups_at(g, 0);
	assert_int_equal(at->nhour, GROUP_HOURS_EACH);
	for (i = 0; i < at->nhour; i++) {
		sum += at->hour[i].records;
		if (i > 0)
			assert_true(at->hour[i - 1].hour < at->hour[i].hour);
	}
	assert_int_equal(sum, 5 + 18000);
	assert_int_equal(at->hour[at->nhour - 1].hour, 23999);
	groups_free(g);
}

static void
memory_is_bounded(void **state)
{
	char *text = xmalloc(RECORD_MAX), *path = xmalloc(RECORD_MAX);
	struct record r = { .p = text,
		.len = RECORD_MAX,
		.lines = 1,
		.cut = 10 };
	struct fields f = { .level = LEVEL_ERROR,
		.message = { text, RECORD_MAX } };
	struct groups *g = groups_new();
	const struct group *at;

	(void)state;
	memset(text, 'a', RECORD_MAX);
	memset(path, 'b', RECORD_MAX);
	path[RECORD_MAX - 1] = '\0';
	groups_add(g, NULL, &f, &r, path, "/log");
	/* Told apart by what is not kept, too. */
	text[RECORD_MAX - 1] = 'b';
	groups_add(g, NULL, &f, &r, path, "/log");
	assert_int_equal(groups_count(g), 2);
	at = groups_at(g, 0);
	assert_int_equal(at->nmessage, GROUP_MESSAGE);
	assert_int_equal(strlen(at->message), GROUP_MESSAGE);
	assert_int_equal(at->nsample, GROUP_SAMPLE);
	assert_int_equal(at->cut, RECORD_MAX - GROUP_SAMPLE + 10);
	assert_int_equal(strlen(at->path), GROUP_PATH);
	groups_free(g);
	free(text);
	free(path);
}

static void
overflow_is_counted(void **state)
{
	struct groups *g = groups_new();
	const struct route *r;
	char message[8];
	int64_t n;
	int i;

	(void)state;
	for (i = 0; i < GROUP_MAX + 10; i++) {
		snprintf(message, sizeof message, "%c%c%c", 'a' + i / 676,
		    'a' + i / 26 % 26, 'a' + i % 26);
		add(g, &route_a, message, 0, i);
	}
	assert_int_equal(groups_count(g), GROUP_MAX);
	assert_int_equal(groups_overflow(g, &route_a), 10);
	assert_int_equal(groups_overflow(g, &route_b), 0);
	/* Those that are there still count; new ones of others do not. */
	add(g, &route_a, "aaa", 0, 0);
	add(g, &route_b, "aaa", 0, 0);
	add(g, NULL, "aaa", 0, 0);
	add(g, NULL, "aab", 0, 0);
	assert_int_equal(groups_at(g, 0)->count, 2);
	assert_int_equal(groups_overflow(g, &route_a), 10);
	assert_int_equal(groups_overflow(g, &route_b), 1);
	assert_int_equal(groups_overflow(g, NULL), 2);
	assert_true(groups_overflow_at(g, 0, &r, &n));
	assert_ptr_equal(r, &route_a);
	assert_int_equal(n, 10);
	assert_true(groups_overflow_at(g, 2, &r, &n));
	assert_null(r);
	assert_int_equal(n, 2);
	assert_false(groups_overflow_at(g, 3, &r, &n));
	groups_free(g);
}

/* Lines: the log has hardly any other records. */
struct told {
	struct span line;
	struct hash group;
};

static size_t
tell(struct told *told, const struct buf *log, const struct format *format)
{
	const char *p = log->p, *end = log->p + log->len, *lf;
	struct fields f;
	size_t n = 0;

	for (; p < end; p = lf + 1, n++) {
		lf = memchr(p, '\n', (size_t)(end - p));
		told[n].line = (struct span){ p, (size_t)(lf - p) };
		format_parse(format, p, told[n].line.n, &f, &room);
		told[n].group = group_fingerprint(&f);
	}
	return n;
}

/* The records that have the text, and how many groups they are. */
static size_t
groups_with(const struct told *told, size_t n, const char *text,
    int64_t *records)
{
	static struct hash seen[LINES];
	size_t i, k, groups = 0;

	*records = 0;
	for (i = 0; i < n; i++) {
		if (span_find(told[i].line, text) == NULL)
			continue;
		++*records;
		for (k = 0; k < groups; k++)
			if (hash_equal(seen[k], told[i].group))
				break;
		if (k == groups)
			seen[groups++] = told[i].group;
	}
	return groups;
}

/*
 * Each fault of the table is told in one group (some where its text is part
 * of another's, or is a script's line alone, and clients forged others).
 * section, text, records, kind
 */
static void
check_faults(const struct told *told, size_t ntold, char *table)
{
	char *row, *text, *count, *kind, *end;
	int64_t want, got;
	size_t max, n = 0;

	for (row = table; *row != '\0'; row = end + 1) {
		end = strchr(row, '\n');
		*end = '\0';
		if (*row == '#')
			continue;
		text = strchr(row, '\t') + 1;
		count = strchr(text, '\t');
		*count++ = '\0';
		want = strtoll(count, &kind, 10);
		if (strcmp(kind, "\tfault") != 0)
			continue;
		max = *text == 'i' || *text == 't' ? 4 : 2;
		if (groups_with(told, ntold, text, &got) > max || got < want)
			fail_msg("%s: %lld records of %lld", text,
			    (long long)got, (long long)want);
		n++;
	}
	assert_true(n > 40);
}

static void
real_log(void **state)
{
	static struct told told[LINES];
	struct buf log, table;
	int64_t records;
	size_t n;

	(void)state;
	buf_init(&log, LOG_MAX);
	buf_init(&table, LOG_MAX);
	assert_true(file_slurp("tests/data/logs/apache24.log", &log));
	assert_true(file_slurp("tests/data/logs/apache24.faults.tsv", &table));
	n = tell(told, &log, format_find("apache"));
	check_faults(told, n, table.p);
	assert_in_range(groups_with(told, n, "[", &records), 100, 250);
	assert_int_equal(groups_with(told, n,
			     "AH00128: File does not exist: "
			     "/var/www/example.com/shop/img/p-",
			     &records),
	    1);
	assert_int_equal(records, 13);
	buf_free(&log);
	buf_free(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normalises),
		cmocka_unit_test(request_where_no_path_is),
		cmocka_unit_test(fingerprints),
		cmocka_unit_test(hostile_texts_cost_little),
		cmocka_unit_test(first_record_is_kept),
		cmocka_unit_test(one_group_a_story_and_route),
		cmocka_unit_test(hours_are_counted),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(overflow_is_counted),
		cmocka_unit_test(real_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
