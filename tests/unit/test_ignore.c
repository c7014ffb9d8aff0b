/* SPDX-License-Identifier: ISC */
/* Ignore rules: how they are read, what they match, what stops them. */
#include "watchdog/match/ignore.h"

#include <sys/stat.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "watchdog/read/reader.h"

/* 2026-11-28 12:00:00 UTC */
#define NOW 1795867200

/* ---- a directory of the test's own ------------------------------------ */

static char dir[] = "/tmp/test_ignore.XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	return mkdtemp(dir) == NULL;
}

static int
remove_dir(void **state)
{
	static const char *const name[] = { "rules", "10-b", "9-a", "B", "a",
		"x.rules", "y~", ".z", "bad name", "link", "gone", NULL };
	char *path;
	int i;

	(void)state;
	for (i = 0; name[i] != NULL; i++) {
		path = xasprintf("%s/%s", dir, name[i]);
		unlink(path);
		free(path);
	}
	path = xasprintf("%s/sub", dir);
	rmdir(path);
	free(path);
	return rmdir(dir);
}

/* The path, to be freed. */
static char *
put(const char *name, const char *text, size_t n)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	return path;
}

/* ---- errors as they come ---------------------------------------------- */

struct heard {
	int n, line;
	size_t column;
	char file[200], pattern[200], what[300];
};

static void
hear(void *arg, const char *file, int line, const char *pattern, size_t column,
    const char *what)
{
	struct heard *h = arg;

	h->n++;
	h->line = line;
	h->column = column;
	snprintf(h->file, sizeof h->file, "%s", file);
	snprintf(h->pattern, sizeof h->pattern, "%s",
	    pattern != NULL ? pattern : "(none)");
	snprintf(h->what, sizeof h->what, "%s", what);
}

static struct ignore *
load(const char *path, struct heard *h)
{
	memset(h, 0, sizeof *h);
	return ignore_load(&path, 1, NOW, hear, h);
}

/* A set of the rules in the text, without errors. */
static struct ignore *
rules(const char *text, size_t n)
{
	char *path = put("rules", text, n);
	struct ignore *set;
	struct heard h;

	set = load(path, &h);
	if (h.n != 0)
		fail_msg("%s:%d: %s", h.file, h.line, h.what);
	free(path);
	return set;
}

#define RULES(text) rules(text, sizeof text - 1)

static int32_t
find(struct ignore *set, const char *line)
{
	return ignore_line(set, line, strlen(line));
}

/* ---- reading ---------------------------------------------------------- */

static void
reads_lines(void **state)
{
	static const char text[] = "\xef\xbb\xbf^one\n"
				   "# comment\n"
				   "\n"
				   "  \t# another\n"
				   " \t \n"
				   "two \r\n"
				   "^one\n"
				   " three\n"
				   "#four\n"
				   "a#five";
	static const struct {
		const char *pattern;
		int line;
	} want[] = { { "^one", 1 }, { "two ", 6 }, { " three", 8 },
		{ "a#five", 10 } };
	struct ignore *set = RULES(text);
	const struct ignore_rule *r;
	size_t i;

	(void)state;
	assert_int_equal(ignore_count(set), 4);
	for (i = 0; i < 4; i++) {
		r = ignore_rule(set, i);
		assert_string_equal(r->pattern, want[i].pattern);
		assert_int_equal(r->line, want[i].line);
		assert_int_equal(strncmp(r->file, dir, strlen(dir)), 0);
		assert_int_equal(r->hits, 0);
		assert_false(r->off);
	}
	assert_int_equal(find(set, "two"), -1);
	assert_int_equal(find(set, "two three"), 1);
	assert_int_equal(find(set, "x three"), 2);
	assert_int_equal(find(set, "three"), -1);
	assert_int_equal(find(set, "a#five"), 3);
	ignore_free(set);
}

static void
empty_set(void **state)
{
	struct ignore *set = RULES("# nothing\n");
	const char *none = NULL;
	struct heard h = { 0 };

	(void)state;
	assert_int_equal(ignore_count(set), 0);
	assert_int_equal(find(set, "a"), -1);
	assert_int_equal(find(set, ""), -1);
	ignore_free(set);
	set = ignore_load(&none, 0, NOW, hear, &h);
	assert_int_equal(ignore_count(set), 0);
	assert_int_equal(h.n, 0);
	ignore_free(set);
	ignore_free(NULL);
}

static void
many_rules(void **state)
{
	const struct ignore_rule *r;
	char *text = NULL, *more, line[32];
	struct ignore *set;
	int i;

	(void)state;
	text = xstrdup("");
	for (i = 0; i < 1000; i++) {
		more = xasprintf("%s^rule%d$\n^rule%d$\n", text, i, i / 2);
		free(text);
		text = more;
	}
	set = rules(text, strlen(text));
	free(text);
	assert_int_equal(ignore_count(set), 1000);
	for (i = 0; i < 1000; i++) {
		snprintf(line, sizeof line, "rule%d", i);
		assert_int_equal(find(set, line), i);
		r = ignore_rule(set, (size_t)i);
		assert_int_equal(r->line, 2 * i + 1);
		assert_int_equal(r->hits, 1);
	}
	ignore_free(set);
}

static void
reads_directories(void **state)
{
	static const char *const name[] = { "10-b", "9-a", "B", "a", "x.rules",
		"y~", ".z", "bad name" };
	static const char *const want[] = { "10-b", "9-a", "B", "a", "link" };
	char *path, *target;
	struct ignore *set;
	struct heard h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof name / sizeof *name; i++) {
		path = put(name[i], name[i], strlen(name[i]));
		free(path);
	}
	path = xasprintf("%s/sub", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	target = put("rules", "link", 4);
	path = xasprintf("%s/link", dir);
	assert_int_equal(symlink("x.rules", path), 0);
	unlink(target);
	free(target);
	free(path);
	target = put("x.rules", "link", 4);
	free(target);
	set = load(dir, &h);
	assert_int_equal(h.n, 0);
	assert_int_equal(ignore_count(set), 5);
	for (i = 0; i < 5; i++)
		assert_string_equal(ignore_rule(set, i)->pattern, want[i]);
	ignore_free(set);
	/* A file that is named may be called anything. */
	path = xasprintf("%s/.z", dir);
	set = load(path, &h);
	assert_int_equal(ignore_count(set), 1);
	ignore_free(set);
	free(path);
}

static void
says_what_cannot_be_read(void **state)
{
	char *gone = xasprintf("%s/gone", dir), *good;
	const char *paths[3];
	struct ignore *set;
	struct heard h;

	(void)state;
	set = load(gone, &h);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.line, 0);
	assert_string_equal(h.file, gone);
	assert_string_equal(h.pattern, "(none)");
	assert_string_equal(h.what, strerror(ENOENT));
	ignore_free(set);

	/* In a directory, a link to nothing. */
	assert_int_equal(symlink("nowhere", gone), 0);
	set = load(dir, &h);
	assert_int_equal(h.n, 1);
	assert_string_equal(h.file, gone);
	ignore_free(set);

	/* The others are read. */
	good = put("rules", "a\n", 2);
	paths[0] = gone;
	paths[1] = good;
	paths[2] = "/dev/null";
	memset(&h, 0, sizeof h);
	set = ignore_load(paths, 3, NOW, hear, &h);
	assert_int_equal(h.n, 2);
	assert_string_equal(h.file, "/dev/null");
	assert_int_equal(ignore_count(set), 1);
	ignore_free(set);
	free(good);
	free(gone);
}

static void
broken_rules(void **state)
{
	static const struct {
		const char *rule;
		size_t n, column;
		const char *what; /* part of it */
	} t[] = {
		{ "ab(c", 4, 4, "parenthes" },
		{ "abc)", 4, 3, "parenthes" },
		{ "a[b", 3, 3, "character class" },
		{ "*a", 2, 0, "quantifier" },
		{ "(*UTF)a", 7, 6, "UTF" },
		{ "(*UCP)a", 7, 6, "UCP" },
		{ "a\\Cb", 4, 3, "\\C" },
		{ "a\\", 2, 2, "\\" },
		{ "ab\0c", 4, 2, "NUL" },
		{ "(((a{65000}){65000}){65000})", 28, 28, "large" },
	};
	char text[100], *path;
	struct ignore *set;
	struct heard h;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		memcpy(text, "good1\n", 6);
		memcpy(text + 6, t[i].rule, t[i].n);
		memcpy(text + 6 + t[i].n, "\ngood2\n", 7);
		path = put("rules", text, t[i].n + 13);
		set = load(path, &h);
		if (h.n != 1 || h.line != 2 || h.column != t[i].column ||
		    strstr(h.what, t[i].what) == NULL ||
		    strcmp(h.pattern, t[i].rule) != 0)
			fail_msg("%s: %d errors, line %d column %zu: %s",
			    t[i].rule, h.n, h.line, h.column, h.what);
		assert_int_equal(ignore_count(set), 2);
		assert_int_equal(find(set, "good2"), 1);
		ignore_free(set);
		free(path);
	}
}

/* ---- matching --------------------------------------------------------- */

static void
matches(void **state)
{
	static const struct {
		const char *rule;
		struct {
			const char *p;
			size_t n;
		} line;
		bool yes;
	} t[] = {
		{ "b", { "abc", 3 }, true },
		{ "^b", { "abc", 3 }, false },
		{ "c$", { "abc", 3 }, true },
		{ "b$", { "abc", 3 }, false },
		{ "^$", { "", 0 }, true },
		{ "^$", { "a", 1 }, false },
		{ "x*", { "", 0 }, true },
		{ "(a)(b)(c)", { "abc", 3 }, true },
		/* any bytes */
		{ "a.c", { "a\0c", 3 }, true },
		{ "c", { "a\0c", 3 }, true },
		{ "a.c",
		    { "a\xff"
		      "c",
			3 },
		    true },
		{ "a.c", { "a\rc", 3 }, true },
		{ "^a..c$",
		    { "a\xc3\xa9"
		      "c",
			4 },
		    true },
		{ "\xc3\xa9", { "a\xc3\xa9\xff", 4 }, true },
		{ "\\x{e9}", { "\xe9", 1 }, true },
		{ "(?i)\xc3\x89", { "\xc3\xa9", 2 }, false },
		{ "a$", { "a\r", 2 }, false },
		/* as logcheck's database writes them */
		{ "^[[:alpha:]]{3} [ :[:digit:]]{11} [._[:alnum:]-]+ x$",
		    { "Nov 21 07:17:24 www-1 x", 23 }, true },
		{ "^[[:alpha:]]{3} [ :[:digit:]]{11} [._[:alnum:]-]+ x$",
		    { "Nov 21 07:17:24 www-1 xy", 24 }, false },
		{ "^\\w{3} [ :0-9]{11} x$", { "Nov 21 07:17:24 x", 17 }, true },
	};
	struct ignore *set;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		set = rules(t[i].rule, strlen(t[i].rule));
		if ((ignore_line(set, t[i].line.p, t[i].line.n) == 0) !=
		    t[i].yes)
			fail_msg("%s: %s", t[i].rule, t[i].line.p);
		ignore_free(set);
	}
	set = RULES("^$");
	assert_int_equal(ignore_line(set, NULL, 0), 0);
	ignore_free(set);
}

static void
first_rule_wins_and_counts(void **state)
{
	struct ignore *set = RULES("x\nabc\nab\n");

	(void)state;
	assert_int_equal(find(set, "abcd"), 1);
	assert_int_equal(find(set, "abd"), 2);
	assert_int_equal(find(set, "abc"), 1);
	assert_int_equal(find(set, "q"), -1);
	assert_int_equal(ignore_rule(set, 0)->hits, 0);
	assert_int_equal(ignore_rule(set, 1)->hits, 2);
	assert_int_equal(ignore_rule(set, 1)->bytes, 7);
	assert_int_equal(ignore_rule(set, 2)->hits, 1);
	assert_int_equal(ignore_rule(set, 2)->bytes, 3);
	ignore_free(set);
}

static void
blocks_of_lines(void **state)
{
	static const char text[] = "one\n\ntwo\none two\nlast one";
	uint32_t end[] = { 4, 5, 9, 17, 25 };
	const struct lines l = { .p = text, .n = 5, .end = end };
	const uint8_t wanted[] = { 1, 1, 0, 1, 1 };
	const int32_t want[] = { 0, 1, -1, 0, -1 },
		      none[] = { -1, -1, -1, -1, -1 };
	int32_t rule[5];
	struct ignore *set = RULES("^one\n^$\ntwo\n");

	(void)state;
	ignore_lines(set, &l, wanted, rule);
	assert_memory_equal(rule, want, sizeof want);
	assert_int_equal(ignore_rule(set, 2)->hits, 0);
	ignore_free(set);
	set = RULES("");
	ignore_lines(set, &l, wanted, rule);
	assert_memory_equal(rule, none, sizeof none);
	ignore_free(set);
}

/* ---- limits ----------------------------------------------------------- */

static void
only_the_head_of_a_long_line(void **state)
{
	struct ignore *set = RULES("END\n^aa\n");
	char *line = xmalloc(70000);

	(void)state;
	memset(line, 'a', 70000);
	memcpy(line + 65533, "END", 3);
	assert_int_equal(ignore_line(set, line, 70000), 0);
	assert_int_equal(ignore_rule(set, 0)->bytes, 70000);
	memset(line, 'a', 70000);
	memcpy(line + 65534, "END", 3);
	assert_int_equal(ignore_line(set, line, 70000), 1);
	free(line);
	ignore_free(set);
}

/* An end that is not seen may be another: it is told. */
static void
no_end_matches_the_cut(void **state)
{
	static const char *const text[] = { "^a+$\n", "^(a+)+$\n",
		"^(?:a|b)+$\n", "^a+\\z\n", "^a+\\Z\n", "a$\n", "(?m)^a+$\n" };
	struct ignore *set;
	char *line = xmalloc(100001);
	size_t i, n;

	(void)state;
	memset(line, 'a', 100000);
	line[100000] = '!';
	for (i = 0; i < sizeof text / sizeof *text; i++) {
		set = rules(text[i], strlen(text[i]));
		assert_int_equal(ignore_line(set, line, 1000), 0);
		/* A line of 64 KiB may be what is left of a longer one. */
		for (n = 65536; n <= 100001; n += 34465)
			if (ignore_line(set, line, n) != -1)
				fail_msg("%s hides %zu bytes", text[i], n);
		ignore_free(set);
	}
	free(line);
}

/* Also: no rule costs more than a few milliseconds on a line. */
static void
catastrophes_are_strikes(void **state)
{
	struct ignore *set = RULES("^(a+)+$\nb\n");
	const struct ignore_rule *r = ignore_rule(set, 0);
	char *line = xmalloc(100000);
	int64_t start = clock_mono();
	int i;

	(void)state;
	memset(line, 'a', 100000);
	line[60000] = 'b';
	for (i = 1; i <= IGNORE_STRIKES; i++) {
		assert_false(r->off);
		assert_int_equal(ignore_line(set, line, 100000), 1);
		assert_int_equal(r->strikes, i);
	}
	assert_true(r->off);
	assert_int_equal(ignore_line(set, line, 100000), 1);
	assert_int_equal(find(set, "aaa"), -1);
	assert_int_equal(r->strikes, IGNORE_STRIKES);
	assert_int_equal(r->hits, 0);
	assert_false(ignore_rule(set, 1)->off);
	/* Generous: valgrind and the sanitizers are slow. */
	assert_true(clock_mono() - start < 20000);
	free(line);
	ignore_free(set);
}

static void
deep_nesting_works(void **state)
{
	struct ignore *set = RULES("^(?:a|b)*$\n");
	char *line = xmalloc(40000);

	(void)state;
	memset(line, 'a', 40000);
	assert_int_equal(ignore_line(set, line, 40000), 0);
	free(line);
	ignore_free(set);
}

static void
no_long_line_for_the_interpreter(void **state)
{
	struct ignore *set = RULES("(*NO_JIT)\\w+\\d\n");
	const struct ignore_rule *r = ignore_rule(set, 0);
	char *line = xmalloc(5000);
	int i;

	(void)state;
	memset(line, ' ', 5000);
	line[10] = 'a';
	line[11] = '1';
	assert_int_equal(ignore_line(set, line, 4096), 0);
	assert_int_equal(r->strikes, 0);
	assert_int_equal(ignore_line(set, line, 4097), -1);
	assert_int_equal(r->strikes, 1);
	for (i = 1; i < IGNORE_STRIKES; i++)
		ignore_line(set, line, 5000);
	assert_true(r->off);
	assert_int_equal(find(set, "a1"), -1);
	free(line);
	ignore_free(set);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_lines),
		T(empty_set),
		T(many_rules),
		T(reads_directories),
		T(says_what_cannot_be_read),
		T(broken_rules),
		T(matches),
		T(first_rule_wins_and_counts),
		T(blocks_of_lines),
		T(only_the_head_of_a_long_line),
		T(no_end_matches_the_cut),
		T(catastrophes_are_strikes),
		T(deep_nesting_works),
		T(no_long_line_for_the_interpreter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
