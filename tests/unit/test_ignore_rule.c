/* SPDX-License-Identifier: ISC */
/* Rules with something said above them: until when they hide, and what. */
#include "watchdog/match/ignore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/scratch.h"

/* 2026-11-28 12:00:00 UTC */
#define NOW 1795867200

struct heard {
	int n, line;
	size_t column;
	char what[300];
};

static void
hear(void *arg, const char *file, int line, const char *pattern, size_t column,
    const char *what)
{
	struct heard *h = arg;

	(void)file;
	(void)pattern;
	h->n++;
	h->line = line;
	h->column = column;
	snprintf(h->what, sizeof h->what, "%s", what);
}

static struct ignore *
load(const char *text, size_t n, struct heard *h)
{
	const char *path = "rules";
	FILE *f = fopen(path, "w");
	struct ignore *set;

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	memset(h, 0, sizeof *h);
	set = ignore_load(&path, 1, NOW, hear, h);
	assert_int_equal(remove(path), 0);
	return set;
}

/* A set of the rules in the text, without errors. */
static struct ignore *
rules(const char *text, size_t n)
{
	struct heard h;
	struct ignore *set = load(text, n, &h);

	if (h.n != 0)
		fail_msg("line %d: %s", h.line, h.what);
	return set;
}

#define RULES(text) rules(text, sizeof text - 1)

static int32_t
find(struct ignore *set, const char *line)
{
	return ignore_line(set, line, strlen(line));
}

static void
metadata_is_for_the_next_rule(void **state)
{
	struct ignore *set = RULES("# by Ann; until 2027-03-01\n"
				   "# prose between\n"
				   "one\n"
				   "two\n"
				   "# by bob\n"
				   "\n"
				   "three\n"
				   "# until 2026-11-27\n"
				   "four\n"
				   "# until 2026-11-28; because it is noon\n"
				   "five\n"
				   "#whole\n"
				   "six\n");
	const struct ignore_rule *r;

	(void)state;
	assert_int_equal(ignore_count(set), 6);
	r = ignore_rule(set, 0);
	assert_string_equal(r->meta.by, "Ann");
	assert_string_equal(r->meta.day, "2027-03-01");
	assert_false(r->expired);
	assert_null(ignore_rule(set, 1)->meta.by);
	assert_null(ignore_rule(set, 2)->meta.by);
	assert_true(ignore_rule(set, 3)->expired);
	assert_string_equal(ignore_rule(set, 4)->meta.because, "it is noon");
	assert_true(ignore_has_conditions(set));
	assert_int_equal(find(set, "one"), 0);
	assert_int_equal(find(set, "two"), 1);
	assert_int_equal(find(set, "three"), 2);
	assert_int_equal(find(set, "four"), -1);
	assert_int_equal(find(set, "five"), 4);
	assert_int_equal(find(set, "six"), -1);
	assert_int_equal(ignore_record(set, "six", 3, LEVEL_NONE, NULL), 5);
	ignore_free(set);
	set = RULES("# until 2027-03-01; by joe\nx\n");
	assert_false(ignore_has_conditions(set));
	ignore_free(set);
}

static void
mistakes_in_metadata(void **state)
{
	static const struct {
		const char *text;
		int line;
		size_t column, rules;
		const char *what;
	} t[] = {
		{ "# by joe; until 2027-02-30\na\nb\n", 1, 10, 1, "no day" },
		{ "b\n# by joe\n# only level<=x\na\n", 3, 2, 1, "level" },
		{ "# until 2027-03-01\n\na\n", 1, 0, 1, "rule below" },
		{ "a\n# only level warn\n# prose\n", 2, 0, 1, "rule below" },
		{ "# until 2027-02-30\n# until 2027-03-01\n", 1, 2, 0, "day" },
	};
	struct ignore *set;
	struct heard h;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		set = load(t[i].text, strlen(t[i].text), &h);
		if (h.n != 1 || h.line != t[i].line ||
		    h.column != t[i].column ||
		    strstr(h.what, t[i].what) == NULL ||
		    ignore_count(set) != t[i].rules)
			fail_msg("%s: %d, line %d, column %zu: %s, %zu rules",
			    t[i].text, h.n, h.line, h.column, h.what,
			    ignore_count(set));
		ignore_free(set);
	}
}

static void
conditions(void **state)
{
	static const struct {
		const char *rule, *record;
		enum level level;
		const char *path;
		bool hidden;
	} t[] = {
		{ "#only level<=warn\nx", "x", LEVEL_WARN, NULL, true },
		{ "#only level<=warn\nx", "x", LEVEL_ERROR, NULL, false },
		{ "#only level<=warn\nx", "y", LEVEL_WARN, NULL, false },
		{ "#only level<=warn\nx", "x", LEVEL_NONE, NULL, false },
		{ "#only level>=error\nx", "x", LEVEL_ERROR, NULL, true },
		{ "#only section /a\nx", "x", LEVEL_WARN, "/a/b", true },
		{ "#only section /a/\nx", "x", LEVEL_WARN, "/a/b", true },
		{ "#only section /a\nx", "x", LEVEL_WARN, "/ab", false },
		{ "#only section /\nx", "x", LEVEL_WARN, NULL, false },
		{ "#only section /a; only level warn\nx", "x", LEVEL_INFO,
		    "/a/b", false },
		{ "#only level warn\nx", "a\nx", LEVEL_WARN, NULL, false },
		{ "#whole\nx", "a\nx", LEVEL_WARN, NULL, true },
		{ "#whole\na.x", "a\nx", LEVEL_WARN, NULL, false },
		{ "#whole\na\\nx", "a\nx", LEVEL_WARN, NULL, true },
		{ "#whole\n^x", "a\nx", LEVEL_WARN, NULL, false },
		{ "#whole\n(?m)^x", "a\nx", LEVEL_WARN, NULL, true },
		{ "#whole\na$", "a\nx", LEVEL_WARN, NULL, false },
		{ "#whole\nx$", "a\nx", LEVEL_WARN, NULL, true },
		{ "#whole\n^$", "", LEVEL_WARN, NULL, true },
	};
	struct ignore *set;
	int32_t got;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		set = rules(t[i].rule, strlen(t[i].rule));
		assert_true(ignore_has_conditions(set));
		assert_int_equal(find(set, t[i].record), -1);
		got = ignore_record(set, t[i].record, strlen(t[i].record),
		    t[i].level, t[i].path);
		if ((got == 0) != t[i].hidden)
			fail_msg("%s: %s", t[i].rule, t[i].record);
		assert_int_equal(ignore_rule(set, 0)->hits, t[i].hidden);
		assert_int_equal(ignore_which(set, t[i].record,
				     strlen(t[i].record), t[i].level,
				     t[i].path),
		    got);
		ignore_free(set);
	}
	set = RULES("#only level warn\nx\nxy\n");
	assert_int_equal(ignore_which(set, "xy\nz", 4, LEVEL_WARN, NULL), 1);
	assert_int_equal(ignore_which(set, "x\nxy", 4, LEVEL_WARN, NULL), 0);
	assert_int_equal(ignore_which(set, "x\nxy", 4, LEVEL_INFO, NULL), -1);
	assert_int_equal(ignore_rule(set, 0)->bytes, 1);
	ignore_free(set);
}

static void
twins(void **state)
{
	struct ignore *set = RULES("a\nb\na\n#only level warn\na\n"
				   "#until 2027-03-01\na\n"
				   "#only level warn; by joe\na\n");
	const struct ignore_twin *twin;
	size_t n;

	(void)state;
	assert_int_equal(ignore_count(set), 4);
	twin = ignore_twins(set, &n);
	assert_int_equal(n, 2);
	assert_int_equal(twin[0].line, 3);
	assert_int_equal(twin[0].of, 0);
	assert_int_equal(twin[1].line, 9);
	assert_int_equal(twin[1].of, 2);
	/* until when it hides does not make another rule of it */
	assert_true(
	    hash_equal(ignore_rule(set, 0)->id, ignore_rule(set, 3)->id));
	assert_false(
	    hash_equal(ignore_rule(set, 0)->id, ignore_rule(set, 2)->id));
	ignore_free(set);
	/* one that has ended leaves the word to the next */
	set = RULES("#until 2026-01-01\na\na\n");
	assert_int_equal(find(set, "a"), 1);
	ignore_free(set);
}

static void
traits(void **state)
{
	static const struct {
		const char *rule;
		bool anchored, slow;
	} t[] = {
		{ "^abc", true, false },
		{ "^\\[[^]]+\\] x", true, false },
		{ "^(a|b)c", true, false },
		{ "(^a|^b)", true, false },
		{ "^a|b", false, true },
		{ "abc", false, false },
		{ "(abc|def)x", false, false },
		{ "abc|def", false, true },
		{ "\\d+", false, true },
		{ "(*NO_JIT)^abc", true, true },
		{ "\\Aabc", true, false },
		{ "(?m)^abc", false, false },
		{ "^.*abc", false, false },
		{ "^(.+ )?abc", false, false },
		{ "(?s).*abc", false, false },
		{ "^.{5}abc", true, false },
		{ "^\\d+$", true, false },
	};
	struct ignore_traits got;
	struct ignore *set;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		set = rules(t[i].rule, strlen(t[i].rule));
		got = ignore_traits(set, 0);
		if (got.anchored != t[i].anchored || got.slow != t[i].slow)
			fail_msg("%s: anchored %d, slow %d", t[i].rule,
			    got.anchored, got.slow);
		ignore_free(set);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_is_for_the_next_rule),
		cmocka_unit_test(mistakes_in_metadata),
		cmocka_unit_test(conditions),
		cmocka_unit_test(twins),
		cmocka_unit_test(traits),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
