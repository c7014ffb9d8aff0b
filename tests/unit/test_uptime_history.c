/* SPDX-License-Identifier: ISC */
/* What site-uptime keeps of the past: samples, incidents, their timelines. */
#include "uptime/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "scratch.h"

#define NOW 1795266190
#define HOUR 3600
#define DAY 86400
#define PATH "uptime.db"

static struct db *
opened(void)
{
	struct db *db = uptime_store_open(PATH, DB_WRITE);

	assert_non_null(db);
	return db;
}

static int
fresh(void **state)
{
	(void)state;
	unlink(PATH);
	unlink(PATH "-wal");
	return 0;
}

static struct target_row
some_row(const char *key)
{
	struct target_row r;

	target_row_init(&r, key);
	r.name = xstrdup("https://www.example.com/");
	r.site = xstrdup("www.example.com");
	return r;
}

/* ---- samples ----------------------------------------------------------- */

static void
put(struct db *db, int64_t target, int64_t at, enum grade g, enum reason r,
    int64_t us)
{
	struct verdict v = { .grade = g,
		.reason = r,
		.layer = reason_layer(r),
		.us = us };

	sample_put(db, target, at, &v);
}

/* "-60 ok 34567", times from NOW. */
static void
on_sample(void *arg, const struct sample *s)
{
	char *got = arg;

	snprintf(got + strlen(got), 1000 - strlen(got), "%d %s %d %s; ",
	    (int)(s->at - NOW), grade_word(s->grade), (int)s->us,
	    s->reason != REASON_NONE ? reason_word(s->reason) : "-");
}

static void
assert_samples(struct db *db, int64_t target, int64_t from, int64_t to,
    const char *want)
{
	char got[1000] = "";

	samples_list(db, target, NOW + from, NOW + to, on_sample, got);
	assert_string_equal(got, want);
}

static void
samples(void **state)
{
	struct db *db = opened();

	(void)state;
	db_begin(db);
	put(db, 1, NOW - HOUR, GRADE_OK, REASON_NONE, 34567);
	put(db, 2, NOW - HOUR, GRADE_OK, REASON_NONE, 1);
	put(db, 1, NOW - 60, GRADE_DOWN, REASON_CONNECT_TIMEOUT, -1);
	put(db, 1, NOW, GRADE_DEGRADED, REASON_NS_LAME, 0);
	put(db, 1, NOW + 60, GRADE_UNKNOWN, REASON_OFFLINE, -1);
	put(db, 1, NOW + HOUR, GRADE_WARNING, REASON_SLOW, 86399999999);
	db_commit(db);
	assert_samples(db, 1, -DAY, DAY,
	    "-3600 ok 34567 -; -60 down -1 connect-timeout; "
	    "0 degraded 0 ns-lame; 60 unknown -1 offline; "
	    "3600 warning 500654079 slow; ");
	assert_samples(db, 1, -60, 60,
	    "-60 down -1 connect-timeout; 0 degraded 0 ns-lame; ");
	assert_samples(db, 1, 0, 1, "0 degraded 0 ns-lame; ");
	assert_samples(db, 2, -DAY, DAY, "-3600 ok 1 -; ");
	assert_samples(db, 3, -DAY, DAY, "");
	assert_samples(db, 1, 5, 5, "");

	assert_int_equal(sample_last_good(db, 1, NOW + HOUR), NOW);
	assert_int_equal(sample_last_good(db, 1, NOW), NOW - HOUR);
	assert_int_equal(sample_last_good(db, 1, NOW - HOUR), 0);
	assert_int_equal(sample_last_good(db, 2, NOW + 46 * HOUR), NOW - HOUR);
	assert_int_equal(sample_last_good(db, 2, NOW + 48 * HOUR), 0);
	assert_int_equal(sample_last_good(db, 3, NOW), 0);
	/* a clock of 1970 */
	put(db, 4, 0, GRADE_OK, REASON_NONE, 1);
	put(db, 4, -5, GRADE_DOWN, REASON_SLOW, 2);
	assert_samples(db, 4, -NOW, -NOW + 10,
	    "-1795266190 ok 1 -; -1795266190 down 2 slow; ");
	assert_int_equal(sample_last_good(db, 4, 10), 0);
	db_close(db);
}

/* Every grade and every reason comes back. */
static void
all_words(void **state)
{
	struct db *db = opened();
	char got[1000], want[1000];

	(void)state;
	db_begin(db);
	for (int r = 0; r < REASON_N; r++)
		put(db, r + 1, NOW, (enum grade)(r % GRADE_N), (enum reason)r,
		    r);
	db_commit(db);
	for (int r = 0; r < REASON_N; r++) {
		struct sample s = { NOW, (enum grade)(r % GRADE_N),
			(enum reason)r, r };

		*got = *want = '\0';
		samples_list(db, r + 1, NOW, NOW + 1, on_sample, got);
		on_sample(want, &s);
		assert_string_equal(got, want);
	}
	db_close(db);
}

static void
damaged_samples(void **state)
{
	struct db *db = opened();
	struct db_stmt *q;

	(void)state;
	db_begin(db);
	q = db_stmt(db,
	    "INSERT INTO sample (hour, target, samples) VALUES (:hour, 1, "
	    "'  3599o1 \t 9o9 x -1o5 3600o5 7 7z 7o: "
	    "8o99999999999999999999 9ox "
	    "10d5:mice 11d5:slow:  :: 12o5:"
	    "slowslowslowslowslowslowslowslowslowslowslowslowslowslowslowslow"
	    "slowslowslow 13w')");
	db_bind_int(q, ":hour", NOW / HOUR);
	db_run(q);
	db_commit(db);
	assert_samples(db, 1, -HOUR, HOUR,
	    "3409 ok 1 -; -181 ok 9 -; -183 ok -1 -; -182 ok -1 -; "
	    "-180 down 5 -; "
	    "-179 down 5 -; -178 ok 5 -; -177 warning -1 -; ");
	db_close(db);
}

/* ---- incidents --------------------------------------------------------- */

static void
on_incident(void *arg, const struct incident_row *i)
{
	char *got = arg;

	snprintf(got + strlen(got), 1000 - strlen(got),
	    "%d:%d %d-%d %d %s|%s|%s|%s|%s; ", (int)i->id, (int)i->target,
	    (int)i->began, (int)i->ended, (int)i->told, i->site, i->name,
	    i->layer, i->reason, i->detail);
}

static void
on_event(void *arg, int64_t at, const char *what, const char *detail)
{
	char *got = arg;

	snprintf(got + strlen(got), 1000 - strlen(got), "%d %s %s; ", (int)at,
	    what, detail);
}

static void
incidents(void **state)
{
	static const struct verdict v = { .layer = LAYER_TLS,
		.reason = REASON_TLS_EXPIRED,
		.detail = "yesterday" };
	struct target_row row = some_row("m");
	struct db *db = opened();
	char got[1000] = "";
	int64_t first, second;

	(void)state;
	incidents_list(db, 10, on_incident, got);
	assert_string_equal(got, "");
	assert_false(incident_get(db, 1, on_incident, got));
	db_begin(db);
	target_put(db, &row);
	first = incident_open(db, row.id, 100, &v);
	second = incident_open(db, 77, 90, &v);
	incident_told(db, first, 160);
	incident_close(db, first, 200);
	incident_close(db, first, 300);
	event_put(db, first, 120, "b", "x");
	event_put(db, first, 110, "a", NULL); /* the clock went back */
	event_put(db, second, 115, "c", "y");
	db_commit(db);
	incidents_list(db, 10, on_incident, got);
	assert_string_equal(got,
	    "2:77 90-0 0 ||tls|tls-expired|yesterday; "
	    "1:1 100-200 160 www.example.com|https://www.example.com/|"
	    "tls|tls-expired|yesterday; ");
	*got = '\0';
	incidents_list(db, 1, on_incident, got);
	assert_memory_equal(got, "2:77", 4);
	*got = '\0';
	assert_true(incident_get(db, first, on_incident, got));
	assert_memory_equal(got, "1:1 ", 4);
	*got = '\0';
	events_list(db, first, on_event, got);
	assert_string_equal(got, "120 b x; 110 a ; ");
	*got = '\0';
	events_list(db, 99, on_event, got);
	assert_string_equal(got, "");
	db_close(db);
	target_row_free(&row);
}

static void
prune(void **state)
{
	static const struct verdict v = { .reason = REASON_SLOW };
	const struct uptime_run run = { .started = NOW };
	struct target_row old = some_row("old"), seen = some_row("seen");
	struct target_rows rows;
	struct uptime_run got;
	struct db *db = opened();
	char text[1000] = "";

	(void)state;
	old.tried = NOW;
	seen.tried = NOW + 50 * DAY;
	db_begin(db);
	target_put(db, &old);
	target_put(db, &seen);
	incident_open(db, old.id, NOW, &v);
	incident_open(db, seen.id, NOW, &v);
	put(db, seen.id, NOW, GRADE_OK, REASON_NONE, 1);
	put(db, seen.id, NOW + 40 * DAY, GRADE_OK, REASON_NONE, 1);
	uptime_run_put(db, &run);
	uptime_prune(db, NOW + 30 * DAY, 60 * DAY);
	assert_true(uptime_run_last(db, &got));
	uptime_prune(db, NOW + 50 * DAY, 60 * DAY);
	assert_false(uptime_run_last(db, &got));
	targets_load(db, &rows);
	assert_int_equal(rows.n, 2);
	targets_free(&rows);
	assert_samples(db, seen.id, -DAY, 90 * DAY,
	    "0 ok 1 -; 3456000 ok 1 -; ");

	uptime_prune(db, NOW + 61 * DAY, 60 * DAY);
	targets_load(db, &rows);
	assert_int_equal(rows.n, 1);
	assert_string_equal(rows.row[0].key, "seen");
	targets_free(&rows);
	assert_samples(db, seen.id, -DAY, 90 * DAY, "3456000 ok 1 -; ");
	/* nobody will see the end of the one whose target is gone */
	incidents_list(db, 1, on_incident, text);
	assert_non_null(strstr(text, "-0 0"));
	*text = '\0';
	incident_get(db, 1, on_incident, text);
	assert_non_null(strstr(text, "-1800536590 0"));
	db_commit(db);
	db_close(db);
	target_row_free(&old);
	target_row_free(&seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(samples, fresh),
		cmocka_unit_test_teardown(all_words, fresh),
		cmocka_unit_test_teardown(damaged_samples, fresh),
		cmocka_unit_test_teardown(incidents, fresh),
		cmocka_unit_test_teardown(prune, fresh),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
