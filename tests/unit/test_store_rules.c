/* SPDX-License-Identifier: ISC */
/* What each ignore rule has hidden, kept over runs and forgotten in the end;
 * and alarms about rules that a run did not look at. */
#include "watchdog/store/store_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/scratch.h"
#include "watchdog/alarm.h"
#include "watchdog/match/ignore.h"
#include "watchdog/store/store.h"

#define DAY 86400
#define NOW 1795867200

static void
no_error(void *arg, const char *file, int line, const char *pattern,
    size_t column, const char *what)
{
	(void)arg;
	(void)pattern;
	(void)column;
	fail_msg("%s:%d: %s", file, line, what);
}

static struct ignore *
rules(const char *text)
{
	static const char *const path = "rules";
	FILE *f = fopen(path, "w");
	struct ignore *set;

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	set = ignore_load(&path, 1, NOW, no_error, NULL);
	assert_int_equal(unlink(path), 0);
	return set;
}

/* One run: loads the rules, sees the line so many times. */
static void
one_run(struct db *db, const char *text, const char *line, int times,
    int64_t now)
{
	struct ignore *set = rules(text);

	while (times-- > 0)
		ignore_line(set, line, strlen(line));
	db_begin(db);
	store_rules_add(db, set, now);
	db_commit(db);
	ignore_free(set);
}

/* "hits/bytes/since/last" of the first rule of the text, days from NOW. */
static const char *
known(struct db *db, const char *text)
{
	static char out[100];
	struct ignore *set = rules(text);
	size_t n;
	struct store_rule *all = store_rules_load(db, &n);
	const struct store_rule *r = store_rules_find(all, n,
	    ignore_rule(set, 0)->id);

	if (r == NULL)
		snprintf(out, sizeof out, "unknown");
	else
		snprintf(out, sizeof out, "%lld/%lld/%lld/%lld",
		    (long long)r->hits, (long long)r->bytes,
		    (long long)(r->since - NOW) / DAY,
		    (long long)(r->last_hit > 0 ? (r->last_hit - NOW) / DAY :
						  -1));
	free(all);
	ignore_free(set);
	return out;
}

static void
counts(void **state)
{
	struct db *db = store_open("db", DB_WRITE);

	(void)state;
	assert_string_equal(known(db, "a"), "unknown");
	one_run(db, "a\nb\n", "xa", 3, NOW);
	assert_string_equal(known(db, "a"), "3/6/0/0");
	assert_string_equal(known(db, "b"), "0/0/0/-1");
	one_run(db, "b\na\n", "a", 2, NOW + DAY);
	assert_string_equal(known(db, "a"), "5/8/0/1");
	one_run(db, "a\n", "b", 2, NOW + 5 * DAY);
	assert_string_equal(known(db, "a"), "5/8/0/1");
	/* a new end makes no new rule of it, a condition does */
	assert_string_equal(known(db, "# until 2027-03-01; by joe\na"),
	    "5/8/0/1");
	assert_string_equal(known(db, "# only level warn\na"), "unknown");
	db_close(db);
	unlink("db");
	unlink("db-wal");
}

/* What no run loads is forgotten, however often it hid something; what is
 * loaded stays, even if it never does. */
static void
forgets(void **state)
{
	struct db *db = store_open("db", DB_WRITE);

	(void)state;
	one_run(db, "old\nidle\n", "old", 9, NOW);
	for (int day = 1; day <= 401; day += 50)
		one_run(db, "idle\n", "x", 1, NOW + (int64_t)day * DAY);
	assert_string_equal(known(db, "old"), "unknown");
	assert_string_equal(known(db, "idle"), "0/0/0/-1");
	one_run(db, "other\n", "x", 1, NOW + 401 * DAY + RULE_KEEP);
	assert_string_equal(known(db, "idle"), "0/0/0/-1");
	one_run(db, "other\n", "x", 1, NOW + 401 * DAY + RULE_KEEP + 1);
	assert_string_equal(known(db, "idle"), "unknown");
	db_close(db);
	unlink("db");
	unlink("db-wal");
}

/* A run in which the alarm is on, was not looked at, or is neither. */
static size_t
lines_of(struct db *db, const char *on, const char *below)
{
	struct alarms *a = alarms_new();
	size_t n;

	if (on != NULL)
		alarm_on(a, on, "It is so.");
	if (below != NULL)
		alarm_keep_below(a, below);
	db_begin(db);
	alarms_settle(a, db, NOW);
	alarms_lines(a, &n);
	alarms_write(a, db, NOW);
	db_commit(db);
	alarms_free(a);
	return n;
}

static void
alarms_below(void **state)
{
	struct db *db = store_open("db", DB_WRITE);

	(void)state;
	assert_int_equal(lines_of(db, "rules /a\n^x", NULL), 1);
	assert_int_equal(lines_of(db, "rules /a\n^x", NULL), 0);
	assert_int_equal(lines_of(db, NULL, "rules /a"), 0);
	assert_int_equal(lines_of(db, "rules /a\n^x", NULL), 0);
	assert_int_equal(lines_of(db, NULL, "rules /ab"), 1);
	assert_int_equal(lines_of(db, NULL, "rules /a"), 0);
	db_close(db);
	unlink("db");
	unlink("db-wal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(forgets),
		cmocka_unit_test(alarms_below),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
