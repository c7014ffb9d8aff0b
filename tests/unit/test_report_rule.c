/* SPDX-License-Identifier: ISC */
/*
 * The rule that a mail proposes: it hides its group, in every log of
 * tests/data/logs, and nothing else.
 */
#include "watchdog/tell/report_rule.h"

#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/regex.h"
#include "tests/unit/scan_fd.h"
#include "watchdog/match/group.h"
#include "watchdog/format/format.h"
#include "watchdog/read/record.h"
#include "watchdog/scan.h"

#define RULE_MAX (64 * 1024)
#define PLACE_MAX 4096

/* ---- made by hand ----------------------------------------------------- */

static struct regex *
compile(const char *rule)
{
	char error[160];
	/* Where a line ends as for ignore rules. */
	char *pattern = xasprintf("(*LF)%s", rule);
	struct regex *r = regex_compile(pattern, error);

	if (r == NULL)
		fail_msg("%s: %s", rule, error);
	free(pattern);
	return r;
}

/* In the first line, or all. */
static bool
matches(struct regex *r, const char *p, size_t n, bool whole)
{
	const char *lf = whole ? NULL : memchr(p, '\n', n);

	return regex_search(r, p, lf != NULL ? (size_t)(lf - p) : n, NULL,
		   NULL) == REGEX_MATCH;
}

/* A rule for a message in a line of its own; it is to be freed. */
static char *
rule_for(const char *message, const char *path, const char *sample)
{
	struct group g = { .message = (char *)message,
		.nmessage = strlen(message),
		.path = (char *)path,
		.sample = (char *)sample,
		.nsample = strlen(sample) };
	struct buf b;
	bool whole;

	buf_init(&b, RULE_MAX);
	if (!report_rule(&b, &g, &whole)) {
		assert_int_equal(b.len, 0);
		buf_free(&b);
		return NULL;
	}
	return buf_take(&b);
}

#define HEAD \
	"[Sat Nov 21 07:04:11.118341 2026] [php:error] [pid 29941:tid 29941] " \
	"[client 192.0.2.7:49152] "
#define NGINX "2026/11/21 07:05:00 [error] 22952#22952: *29 "
#define ACCESS "192.0.2.7 - - [21/Nov/2026:07:00:00 +0000] "
#define REQUEST ", client: 203.0.113.9, server: www, request: \"GET "

static void
rules_by_hand(void **state)
{
	static const struct {
		const char *message, *path, *line;
		const char *rule; /* NULL: none */
	} t[] = {
		{ "PHP Warning:  Undefined variable $page in /a/b.php on "
		  "line 3",
		    "/b.php",
		    HEAD "PHP Warning:  Undefined variable $page in /a/b.php "
			 "on line 3",
		    "^(\\S+\\s+){11}PHP Warning:  Undefined variable \\$page "
		    "in /a/b\\.php on line 3(, referer: |$)" },
		/* A trace behind it, a number in it, one that stays. */
		{ "PHP Fatal error:  body of 17 in /a/b.php:6\\nStack trace:\\n"
		  "#0 {main}",
		    "/b.php",
		    HEAD "PHP Fatal error:  body of 17 in /a/b.php:6\\nStack "
			 "trace:\\n#0 {main}",
		    "^(\\S+\\s+){11}PHP Fatal error:  body of -?\\d[\\d.,]* in "
		    "/a/b\\.php:6\\\\nStack" },
		{ "AH00128: File does not exist: /a/0badcafe/x?s=1 b", "/x",
		    "AH00128: File does not exist: /a/0badcafe/x?s=1 b",
		    "^AH00128: File does not exist: "
		    "/a/\\w+/x\\?[^ \\t\"'()]+ b(, referer: |$)" },
		{ "id 550e8400-e29b-41d4-a716-446655440000 of kx9w2m4q8z7r1t5y3"
		  "u6v",
		    NULL,
		    "x id 550e8400-e29b-41d4-a716-446655440000 of "
		    "kx9w2m4q8z7r1t5y3u6v",
		    "^\\S+\\s+id [\\w-]+ of \\w+(, referer: |$)" },
		/* What names no path is of one, and the request has it. */
		{ "FastCGI sent in stderr: \"Primary script unknown\" while "
		  "reading response header from upstream",
		    "/form.php",
		    NGINX "FastCGI sent in stderr: \"Primary script unknown\" "
			  "while reading response header from upstream" REQUEST
			  "/form.php?a=1 HTTP/1.1\"",
		    "^(\\S+\\s+){9}\\S*?Primary script unknown\" while"
		    ".* request: \"\\S+ /form\\.php[ ?\"]" },
		{ "connect() failed while connecting to upstream", "/x",
		    NGINX
		    "connect() failed while connecting to upstream" REQUEST
		    "/x HTTP/1.1\"",
		    "^(\\S+\\s+){5}connect\\(\\) failed while connecting to "
		    "upstream, client" },
		/* As JSON writes it: as much as stands there. */
		{ "cannot open \"x\"", NULL,
		    "{\"time\":\"1\",\"msg\":\"cannot open \\\"x\\\"\"}",
		    "^\\{.*\"msg\": *\"cannot open \\\\\"x\\\\\"\"" },
		/* Put together from fields: as much, or by its path. */
		{ "GET /shop/cart.php: 500", "/shop/cart.php",
		    ACCESS "\"GET /shop/cart.php?id=7 HTTP/1.1\" 500 12",
		    "^(\\S+\\s+){5}\\S*?GET /shop/cart\\.php[ ?]" },
		{ "500 for /shop/cart.php", "/shop/cart.php",
		    ACCESS "\"GET /shop/cart.php HTTP/1.1\" 500 12",
		    "^(\\S+\\s+){6}/shop/cart\\.php([\\s?\"]|$)" },
		{ "nothing of it", NULL, "in this line", NULL },
		{ "", NULL, "", NULL },
		{ "", "/", "in / this line", NULL },
	};
	char *rule;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		rule = rule_for(t[i].message, t[i].path, t[i].line);
		if (t[i].rule == NULL) {
			assert_null(rule);
			continue;
		}
		assert_non_null(rule);
		assert_string_equal(rule, t[i].rule);
		free(rule);
	}
}

/* What a visitor sends stands further behind, and matches nothing. */
static void
no_word_of_a_visitor_hides(void **state)
{
	static const char message[] = "PHP Warning:  boom in /a.php on line 3";
	static const char line[] = HEAD
	    "PHP Warning:  boom in /a.php on line 3";
	static const char *const other[] = {
		HEAD "script '/x PHP Warning:  boom in /a.php on line 3' not "
		     "found",
		HEAD "real trouble, referer: PHP Warning:  boom in /a.php on "
		     "line 3",
		HEAD "PHP Warning:  boom in /a.php on line 4",
		HEAD "PHP Warning:  boom in /a.php on line 33",
		HEAD "PHP Warning:  boom in /a.php on line 3 and more",
	};
	char *rule = rule_for(message, "/a.php", line);
	struct regex *r = compile(rule);
	size_t i;

	(void)state;
	assert_true(matches(r, line, strlen(line), false));
	for (i = 0; i < sizeof other / sizeof *other; i++)
		assert_false(matches(r, other[i], strlen(other[i]), false));
	regex_free(r);
	free(rule);
}

/* Whatever bytes there are: one line of ASCII, which matches them. */
static void
bytes_make_good_rules(void **state)
{
	char bytes[256], sample[300];
	struct group g = { .message = bytes, .sample = sample };
	struct regex *r;
	struct buf rule;
	unsigned seed = 1;
	int round, i;
	bool whole;

	(void)state;
	buf_init(&rule, RULE_MAX);
	for (round = 0; round < 2000; round++) {
		for (i = 0; i < 255; i++) {
			seed = seed * 1103515245 + 12345;
			bytes[i] = (char)(seed >> 16);
			if (round % 3 == 1)
				bytes[i] =
				    "\\^$.|?*+()[]{}# 1a/"[seed >> 16 & 15];
			if (bytes[i] == '\n')
				bytes[i] = '\0';
		}
		g.nmessage = seed >> 8 & 127;
		memcpy(sample, "a b: ", 5);
		memcpy(sample + 5, bytes, g.nmessage);
		g.nsample = g.nmessage + 5;
		buf_reset(&rule);
		if (!report_rule(&rule, &g, &whole))
			continue;
		for (i = 0; i < (int)rule.len; i++)
			assert_true(rule.p[i] >= ' ' && rule.p[i] <= '~');
		r = compile(buf_str(&rule));
		if (!matches(r, sample, g.nsample, whole))
			fail_msg("round %d: %s", round, buf_str(&rule));
		regex_free(r);
	}
	buf_free(&rule);
}

/* ---- the logs --------------------------------------------------------- */

struct entry {
	char *p; /* the record */
	size_t n;
	struct hash fingerprint;
};

struct log {
	struct scan scan;
	struct groups *groups;
	struct entry *entry;
	size_t n;
	struct buf place, room;
};

static bool
on_record(void *arg, const struct record *rec)
{
	struct log *l = arg;
	struct entry *e;
	struct fields f;

	format_parse(l->scan.format, rec->p, rec->len, &f, &l->room);
	if (f.fine)
		return false;
	buf_reset(&l->place);
	buf_add(&l->place, f.request.p, f.request.n);
	buf_cut(&l->place, strcspn(buf_str(&l->place), "?"));
	groups_add(l->groups, NULL, &f, rec,
	    l->place.len > 0 ? buf_str(&l->place) : NULL, "/log");
	l->entry = xreallocarray(l->entry, l->n + 1, sizeof *l->entry);
	e = &l->entry[l->n++];
	e->n = rec->len;
	e->p = xmalloc(e->n + 1);
	memcpy(e->p, rec->p, e->n);
	e->p[e->n] = '\0';
	e->fingerprint = group_fingerprint(&f);
	return true;
}

/* How many records of the group the rule hides; none of another. */
static int64_t
hidden(const struct log *l, const struct group *g, const char *rule, bool whole)
{
	struct regex *r = compile(rule);
	int64_t n = 0;
	size_t i;

	if (*rule != '^' || strlen(rule) > 280)
		fail_msg("%s: not anchored, or long", rule);
	if (!matches(r, g->sample, g->nsample, whole))
		fail_msg("%s\nis not matched by its own\n%s", g->sample, rule);
	for (i = 0; i < l->n; i++) {
		if (!matches(r, l->entry[i].p, l->entry[i].n, whole))
			continue;
		if (hash_equal(l->entry[i].fingerprint, g->fingerprint))
			n++;
		else
			fail_msg("%s\nhides another group's\n%s", rule,
			    l->entry[i].p);
	}
	regex_free(r);
	return n;
}

/* Most rules hide most of their group: what varies within one may be more
 * than a rule can have in a line. */
static void
judge(struct log *l, const char *path)
{
	size_t without = 0, good = 0, i;
	struct group *g;
	struct buf rule;
	bool whole;

	buf_init(&rule, RULE_MAX);
	for (i = 0; i < groups_count(l->groups); i++) {
		g = groups_at(l->groups, i);
		buf_reset(&rule);
		if (report_rule(&rule, g, &whole))
			good += hidden(l, g, buf_str(&rule), whole) * 100 >=
			    g->count * 85;
		else
			without++;
	}
	buf_free(&rule);
	print_message("%s: %zu groups, %zu without a rule, %zu with one that "
		      "hides most of it\n",
	    path, i, without, good);
	assert_true(without * 20 <= i);
	assert_true(good * 100 >= i * 85);
}

static void
rules_hide_their_groups(void **state)
{
	struct scan_part part;
	struct log l;
	glob_t logs;
	size_t i;
	int fd;

	(void)state;
	assert_int_equal(glob("tests/data/logs/*.log", 0, NULL, &logs), 0);
	for (i = 0; i < logs.gl_pathc; i++) {
		memset(&l, 0, sizeof l);
		l.groups = groups_new();
		buf_init(&l.place, PLACE_MAX);
		buf_init(&l.room, RECORD_MAX);
		l.scan.sink = on_record;
		l.scan.arg = &l;
		fd = open(logs.gl_pathv[i], O_RDONLY);
		assert_int_not_equal(fd, -1);
		part = (struct scan_part){ .end = -1, .finished = true };
		assert_int_not_equal(scan_fd(&l.scan, fd, &part), SCAN_ERROR);
		close(fd);
		judge(&l, logs.gl_pathv[i]);
		while (l.n > 0)
			free(l.entry[--l.n].p);
		free(l.entry);
		groups_free(l.groups);
		buf_free(&l.place);
		buf_free(&l.room);
	}
	assert_true(i >= 5);
	globfree(&logs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_by_hand),
		cmocka_unit_test(no_word_of_a_visitor_hides),
		cmocka_unit_test(bytes_make_good_rules),
		cmocka_unit_test(rules_hide_their_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
