/* SPDX-License-Identifier: ISC */
/* The tables of site-uptime: what is put is what is loaded, damage does no
 * harm, and a state that is stored between runs goes on as if it were not. */
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

static void
assert_same_state(const struct state *a, const struct state *b)
{
	assert_int_equal(a->name, b->name);
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->last, b->last);
	assert_int_equal(a->fail_since, b->fail_since);
	assert_int_equal(a->down_since, b->down_since);
	assert_int_equal(a->blind_since, b->blind_since);
	assert_int_equal(a->bad, b->bad);
	assert_int_equal(a->good, b->good);
	assert_int_equal(a->recent, b->recent);
	assert_int_equal(a->told_down, b->told_down);
	assert_int_equal(a->overlay, b->overlay);
	assert_int_equal(a->overlay_next, b->overlay_next);
	assert_int_equal(a->overlay_runs, b->overlay_runs);
	assert_int_equal(a->overlay_since, b->overlay_since);
	assert_int_equal(a->told_overlay, b->told_overlay);
	assert_int_equal(a->layer, b->layer);
	assert_int_equal(a->reason, b->reason);
}

/* ---- targets ----------------------------------------------------------- */

/* Every field has a value of its own. */
static struct target_row
some_row(const char *key)
{
	struct target_row r;

	target_row_init(&r, key);
	r.name = xstrdup("https://www.example.com/");
	r.site = xstrdup("www.example.com");
	r.detail = xstrdup("it's \"down\"\n; DROP TABLE target");
	r.state = (struct state){ .name = STATE_RECOVERING,
		.since = NOW + 1,
		.last = NOW + 2,
		.fail_since = NOW + 3,
		.down_since = NOW + 4,
		.blind_since = NOW + 5,
		.bad = 6,
		.good = 7,
		.recent = 0x15,
		.told_down = true,
		.overlay = GRADE_WARNING,
		.overlay_next = GRADE_DEGRADED,
		.overlay_runs = 8,
		.overlay_since = NOW + 9,
		.told_overlay = GRADE_DEGRADED,
		.layer = LAYER_TLS,
		.reason = REASON_TLS_HOST };
	r.tried = NOW + 10;
	r.last_us = 11;
	r.serial_since = NOW + 12;
	r.incident = 13;
	r.grade = GRADE_DOWN;
	return r;
}

static void
assert_same_row(const struct target_row *a, const struct target_row *b)
{
	assert_int_equal(a->id, b->id);
	assert_string_equal(a->key, b->key);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->site, b->site);
	assert_string_equal(a->detail, b->detail);
	assert_same_state(&a->state, &b->state);
	assert_int_equal(a->tried, b->tried);
	assert_int_equal(a->last_us, b->last_us);
	assert_int_equal(a->serial_since, b->serial_since);
	assert_int_equal(a->incident, b->incident);
	assert_int_equal(a->grade, b->grade);
}

static void
targets(void **state)
{
	struct target_row row = some_row("m"), other;
	struct target_rows rows;
	struct db *db = opened();

	(void)state;
	targets_load(db, &rows);
	assert_int_equal(rows.n, 0);
	assert_null(targets_find(&rows, "m"));
	targets_free(&rows);

	db_begin(db);
	target_put(db, &row);
	assert_int_not_equal(row.id, 0);
	target_row_init(&other, "a");
	target_put(db, &other);
	assert_int_not_equal(other.id, row.id);
	target_row_free(&other);
	target_row_init(&other, "z");
	target_put(db, &other);
	db_commit(db);
	db_close(db);

	db = uptime_store_open(PATH, DB_READ);
	targets_load(db, &rows);
	db_close(db);
	assert_int_equal(rows.n, 3);
	assert_string_equal(rows.row[0].key, "a");
	assert_string_equal(rows.row[2].key, "z");
	assert_ptr_equal(targets_find(&rows, "m"), &rows.row[1]);
	assert_null(targets_find(&rows, "b"));
	assert_same_row(&rows.row[1], &row);
	/* what was never said */
	assert_int_equal(rows.row[2].id, other.id);
	assert_string_equal(rows.row[2].name, "");
	assert_string_equal(rows.row[2].detail, "");
	assert_int_equal(rows.row[2].last_us, -1);
	assert_int_equal(rows.row[2].grade, GRADE_UNKNOWN);
	assert_same_state(&rows.row[2].state,
	    &(struct state){ .name = STATE_NEW });
	targets_free(&rows);
	target_row_free(&other);
	target_row_free(&row);
}

static void
updates(void **state)
{
	struct target_row row = some_row("m"), changed = some_row("m");
	struct target_rows rows;
	struct db *db = opened();

	(void)state;
	db_begin(db);
	target_put(db, &row);
	db_commit(db);
	changed.id = row.id;
	memset(&changed.state, 0, sizeof changed.state);
	changed.state.layer = LAYER_N;
	free(changed.name);
	changed.name = xstrdup("new name");
	free(changed.detail);
	changed.detail = NULL;
	changed.tried = changed.serial_since = changed.incident = 0;
	changed.last_us = -1;
	changed.grade = GRADE_OK;
	db_begin(db);
	target_put(db, &changed);
	db_commit(db);
	/* what is not committed did not happen */
	db_begin(db);
	target_put(db, &row);
	db_close(db);

	db = opened();
	targets_load(db, &rows);
	db_close(db);
	changed.detail = xstrdup("");
	assert_int_equal(rows.n, 1);
	assert_same_row(&rows.row[0], &changed);
	targets_free(&rows);
	target_row_free(&row);
	target_row_free(&changed);
}

/* 5: whoever stores the state between any two runs sees no difference. */
#define HISTORIES 300
#define RUNS 25

static struct verdict
verdict_of(unsigned die)
{
	static const struct verdict all[] = {
		{ .evidence = EVIDENCE_PASS, .layer = LAYER_N },
		{ .evidence = EVIDENCE_FAIL,
		    .grade = GRADE_DOWN,
		    .layer = LAYER_TCP,
		    .reason = REASON_CONNECT_RESET },
		{ .evidence = EVIDENCE_NONE,
		    .grade = GRADE_UNKNOWN,
		    .layer = LAYER_SELF,
		    .reason = REASON_OFFLINE },
		{ .evidence = EVIDENCE_PASS,
		    .grade = GRADE_WARNING,
		    .layer = LAYER_TLS,
		    .reason = REASON_TLS_EXPIRING },
		{ .evidence = EVIDENCE_PASS,
		    .grade = GRADE_DEGRADED,
		    .layer = LAYER_NAMESERVER,
		    .reason = REASON_NS_LAME },
	};

	return all[die % 5];
}

static void
states_survive(void **state)
{
	struct state alone[HISTORIES] = { { .name = STATE_NEW } };
	struct target_rows rows;
	struct target_row r;
	struct db *db = opened();
	char key[16];
	unsigned rnd = 5;

	(void)state;
	db_begin(db);
	for (size_t i = 0; i < HISTORIES; i++) {
		snprintf(key, sizeof key, "%03zu", i);
		target_row_init(&r, key);
		target_put(db, &r);
		target_row_free(&r);
	}
	db_commit(db);
	for (int64_t run = 0; run < RUNS; run++) {
		targets_load(db, &rows);
		assert_int_equal(rows.n, HISTORIES);
		db_begin(db);
		for (size_t i = 0; i < HISTORIES; i++) {
			struct target_row *row = &rows.row[i];
			struct verdict v;
			unsigned debts;

			rnd = rnd * 1664525 + 1013904223;
			v = verdict_of(rnd >> 16);
			debts = state_step(&alone[i], &v, NOW + 60 * run,
			    &alone[i]);
			assert_int_equal(state_step(&row->state, &v,
					     NOW + 60 * run, &row->state),
			    debts);
			assert_same_state(&row->state, &alone[i]);
			target_put(db, row);
		}
		db_commit(db);
		targets_free(&rows);
	}
	db_close(db);
}

/* ---- damage ------------------------------------------------------------ */

static void
nonsense(void **state)
{
	struct target_row row = some_row("m"), *r;
	struct target_rows rows;
	struct db *db = opened();

	(void)state;
	db_begin(db);
	target_put(db, &row);
	db_run(db_stmt(db,
	    "UPDATE target SET state = 'asleep', since = -1, "
	    "last_at = 9223372036854775807, fail_since = 'x', "
	    "down_since = -9223372036854775807, blind_since = 253402300801, "
	    "bad = -3, good = 9999999999, recent = 255, told_down = 7, "
	    "overlay = 'down', overlay_next = '', overlay_runs = -1, "
	    "overlay_since = -1, told_overlay = 'ok?', layer = 'cheese', "
	    "reason = 'mice', tried = -1, last_us = 99999999999999, "
	    "serial_since = -1, incident = -4, grade = 'A+'"));
	db_commit(db);
	targets_load(db, &rows);
	r = &rows.row[0];
	/* an UP is still owed */
	assert_same_state(&r->state,
	    &(struct state){ .name = STATE_DOWN,
		.told_down = true,
		.layer = LAYER_N });
	assert_int_equal(r->tried, 0);
	assert_int_equal(r->last_us, -1);
	assert_int_equal(r->serial_since, 0);
	assert_int_equal(r->incident, 0);
	assert_int_equal(r->grade, GRADE_UNKNOWN);
	targets_free(&rows);
	db_begin(db);
	db_run(db_stmt(db, "UPDATE target SET told_down = 0, detail = x'ff'"));
	db_commit(db);
	targets_load(db, &rows);
	assert_int_equal(rows.row[0].state.name, STATE_NEW);
	assert_string_equal(rows.row[0].detail, "\xff");
	targets_free(&rows);
	db_close(db);
	target_row_free(&row);
}

/* ---- the rest ---------------------------------------------------------- */

static void
facts(void **state)
{
	struct db *db = opened();

	(void)state;
	assert_int_equal(fact_get(db, "blind-since"), 0);
	db_begin(db);
	fact_put(db, "blind-since", NOW);
	fact_put(db, "blind-since", NOW + 1);
	fact_put(db, "blind-targets", -3);
	db_commit(db);
	db_close(db);
	db = opened();
	assert_int_equal(fact_get(db, "blind-since"), NOW + 1);
	assert_int_equal(fact_get(db, "blind-targets"), -3);
	db_close(db);
}

static void
runs(void **state)
{
	const struct uptime_run a = { NOW, NOW + 9, 3, 2, 1, 4 },
				b = { NOW - DAY, NOW - DAY + 1, 5, 0, 0, 0 };
	struct uptime_run got;
	struct db *db = opened();

	(void)state;
	assert_false(uptime_run_last(db, &got));
	db_begin(db);
	uptime_run_put(db, &a);
	db_commit(db);
	assert_true(uptime_run_last(db, &got));
	assert_memory_equal(&got, &a, sizeof got);
	/* the last one, though the clock went back */
	db_begin(db);
	uptime_run_put(db, &b);
	db_commit(db);
	assert_true(uptime_run_last(db, &got));
	assert_memory_equal(&got, &b, sizeof got);
	db_close(db);
}

/* In one file with the outbox. */
static void
components(void **state)
{
	struct db *db;

	(void)state;
	assert_null(uptime_store_open(PATH, DB_READ));
	db = opened();
	assert_false(db_step(db_stmt(db, "SELECT msgid FROM message")));
	db_close(db);
	db = uptime_store_open(PATH, DB_SCRATCH);
	db_begin(db);
	fact_put(db, "dry", 1);
	db_commit(db);
	assert_int_equal(fact_get(db, "dry"), 1);
	db_close(db);
	db = opened();
	assert_int_equal(fact_get(db, "dry"), 0);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(targets, fresh),
		cmocka_unit_test_teardown(updates, fresh),
		cmocka_unit_test_teardown(states_survive, fresh),
		cmocka_unit_test_teardown(nonsense, fresh),
		cmocka_unit_test_teardown(facts, fresh),
		cmocka_unit_test_teardown(runs, fresh),
		cmocka_unit_test_teardown(components, fresh),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
