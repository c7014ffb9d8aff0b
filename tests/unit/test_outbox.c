/* SPDX-License-Identifier: ISC */
/* Persisted mail: the life of an envelope, and clocks that jump. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/host/db.h"
#include "common/mail/outbox.h"

#define NOW 1795243620
#define DAY 86400
#define HALF 500 /* dice that spread nothing */

static const char *const two[] = { "joe@example.com", "jane@example.com" };

/* In memory: the file is not there. */
static int
open_empty(void **state)
{
	*state = db_open("/nonexistent/outbox.db", DB_SCRATCH, &outbox_schema,
	    1);
	return *state == NULL;
}

static int
close_db(void **state)
{
	db_close(*state);
	return 0;
}

static bool
put(struct db *db, const char *msgid, size_t nto, int64_t now)
{
	struct outbox_mail m = {
		.kind = OUTBOX_DIGEST,
		.msgid = msgid,
		.subject = "subject",
		.to = two,
		.nto = nto,
		.data = "a\r\n",
		.len = 3,
		.now = now,
		.expires = now + 5 * DAY,
	};
	bool done;

	db_begin(db);
	done = outbox_put(db, &m);
	db_commit(db);
	return done;
}

static void
settle(struct db *db, const struct outbox_envelope *e,
    enum outbox_verdict verdict, const char *why, int64_t now)
{
	db_begin(db);
	outbox_settle(db, e, verdict, why, now, HALF);
	db_commit(db);
}

/* Sends what is next, with the same verdict for all; false: nothing due. */
static bool
send_next(struct db *db, int64_t now, enum outbox_verdict verdict)
{
	struct outbox_item item;
	size_t i;

	if (!outbox_next(db, now, 0, &item))
		return false;
	outbox_intent(db, &item);
	for (i = 0; i < item.n; i++)
		settle(db, &item.env[i], verdict, "said so", now);
	outbox_item_free(&item);
	return true;
}

static struct outbox_counts
count(struct db *db, int64_t now)
{
	struct outbox_counts c;

	outbox_count(db, now, &c);
	return c;
}

/* The listing as one line an envelope. */
static void
list_row(void *arg, const struct outbox_row *r)
{
	char *out = arg;
	size_t n = strlen(out);

	snprintf(out + n, 2000 - n, "%d %s %s %d %s|", (int)r->id, r->to,
	    r->state, r->attempt, r->why);
}

static void
assert_list(struct db *db, const char *want)
{
	char out[2000] = "";

	outbox_list(db, list_row, out);
	assert_string_equal(out, want);
}

static void
test_put(void **state)
{
	static const char *const twice[] = { "a@x", "b@x", "a@x" };
	struct outbox_mail m = {
		.kind = OUTBOX_NOTICE,
		.msgid = "1@x",
		.subject = "\xff\n",
		.to = twice,
		.nto = 3,
		.data = "a\0b",
		.len = 3,
		.now = NOW,
		.expires = NOW + 1,
	};
	struct outbox_item item;

	assert_true(outbox_put(*state, &m));
	assert_false(outbox_put(*state, &m));
	assert_true(outbox_next(*state, NOW, 0, &item));
	assert_int_equal(item.kind, OUTBOX_NOTICE);
	assert_string_equal(item.msgid, "1@x");
	assert_string_equal(item.subject, "\xff\n");
	assert_int_equal(item.len, 3);
	assert_memory_equal(item.data, "a\0b", 3);
	assert_int_equal(item.created, NOW);
	assert_false(item.retry);
	assert_int_equal(item.n, 2);
	assert_string_equal(item.env[0].to, "a@x");
	assert_string_equal(item.env[1].to, "b@x");
	assert_int_equal(item.env[0].attempt, 0);
	outbox_item_free(&item);
	assert_int_equal(count(*state, NOW).messages, 1);
	assert_int_equal(count(*state, NOW).waiting, 2);
	assert_int_equal(count(*state, NOW).due, 2);
	assert_int_equal(count(*state, NOW).oldest, NOW);
}

static void
test_rolled_back(void **state)
{
	struct outbox_mail m = {
		.msgid = "1@x",
		.subject = "",
		.to = two,
		.nto = 1,
		.data = "",
		.len = 0,
		.now = NOW,
		.expires = NOW,
	};

	db_begin(*state);
	assert_true(outbox_put(*state, &m));
	db_rollback(*state);
	assert_int_equal(count(*state, NOW).waiting, 0);
	assert_false(send_next(*state, NOW, OUTBOX_SENT));
}

static void
test_order(void **state)
{
	struct outbox_item item;
	int64_t after = 0;
	int i;

	put(*state, "1@x", 1, NOW);
	put(*state, "2@x", 1, NOW);
	put(*state, "3@x", 1, NOW - 100);
	for (i = 1; outbox_next(*state, NOW, after, &item); i++) {
		assert_int_equal(item.msgid[0], '0' + i);
		after = item.id;
		outbox_item_free(&item);
	}
	assert_int_equal(i, 4);
}

static void
test_sent(void **state)
{
	struct outbox_item item;

	put(*state, "1@x", 2, NOW);
	assert_true(outbox_next(*state, NOW, 0, &item));
	outbox_intent(*state, &item);
	settle(*state, &item.env[0], OUTBOX_SENT, "250", NOW);
	assert_int_equal(count(*state, NOW).waiting, 1);
	settle(*state, &item.env[1], OUTBOX_FAIL, "550", NOW);
	outbox_item_free(&item);
	assert_false(send_next(*state, NOW + DAY, OUTBOX_SENT));
	assert_int_equal(count(*state, NOW).waiting, 0);
	assert_int_equal(count(*state, NOW).failed, 1);
	assert_int_equal(count(*state, NOW).oldest, 0);
	assert_list(*state, "1 jane@example.com failed 1 550|");
	/* Still known, so a repeated run does not mail again. */
	assert_false(put(*state, "1@x", 2, NOW));
}

/* What only one of two got is sent to the other alone. */
static void
test_partly(void **state)
{
	struct outbox_item item;

	put(*state, "1@x", 2, NOW);
	assert_true(outbox_next(*state, NOW, 0, &item));
	outbox_intent(*state, &item);
	settle(*state, &item.env[0], OUTBOX_SENT, "250", NOW);
	settle(*state, &item.env[1], OUTBOX_DEFER, "451", NOW);
	outbox_item_free(&item);
	assert_false(outbox_next(*state, NOW, 0, &item));
	assert_true(outbox_next(*state, NOW + 60, 0, &item));
	assert_int_equal(item.n, 1);
	assert_string_equal(item.env[0].to, "jane@example.com");
	assert_int_equal(item.env[0].attempt, 1);
	assert_memory_equal(item.data, "a\r\n", 3);
	assert_false(item.retry);
	outbox_item_free(&item);
}

/* Killed between intent and verdict. */
static void
test_died(void **state)
{
	struct outbox_item item;

	put(*state, "1@x", 1, NOW);
	assert_true(outbox_next(*state, NOW, 0, &item));
	outbox_intent(*state, &item);
	outbox_item_free(&item);
	assert_list(*state, "1 joe@example.com sending 1 |");
	/* At once, even if the clock went back a year. */
	assert_true(outbox_next(*state, NOW - 365 * DAY, 0, &item));
	assert_true(item.retry);
	assert_int_equal(item.env[0].attempt, 1);
	outbox_item_free(&item);
}

static void
test_back_off(void **state)
{
	static const int64_t minutes[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
	struct outbox_envelope e = { .to = NULL };
	struct outbox_item item;
	size_t i;

	put(*state, "1@x", 1, NOW);
	assert_true(outbox_next(*state, NOW, 0, &item));
	for (i = 0; i < sizeof minutes / sizeof *minutes; i++) {
		int64_t s = minutes[i] * 60, next;

		e.id = item.env[0].id;
		e.attempt = (int)i;
		settle(*state, &e, OUTBOX_DEFER, "451", NOW);
		assert_int_equal(count(*state, NOW).next_try, NOW + s);
		assert_int_equal(count(*state, NOW + s - 1).due, 0);
		assert_int_equal(count(*state, NOW + s).due, 1);
		outbox_settle(*state, &e, OUTBOX_DEFER, "451", NOW, 0);
		next = count(*state, NOW).next_try - NOW;
		assert_int_equal(next, s * 4 / 5);
		outbox_settle(*state, &e, OUTBOX_DEFER, "451", NOW, 999);
		next = count(*state, NOW).next_try - NOW;
		assert_true(next >= s * 119 / 100 && next <= s * 6 / 5);
	}
	/* A counter from a damaged store must not overflow the shift. */
	e.attempt = 100000;
	outbox_settle(*state, &e, OUTBOX_DEFER, "451", NOW, HALF);
	assert_int_equal(count(*state, NOW).next_try, NOW + 3600);
	outbox_item_free(&item);
}

/* The clock goes back: what lies too far ahead is due. */
static void
test_clock_back(void **state)
{
	put(*state, "1@x", 1, NOW);
	assert_true(send_next(*state, NOW, OUTBOX_DEFER));
	assert_int_equal(count(*state, NOW - 3600).due, 0);
	assert_int_equal(count(*state, NOW - 4300).due, 1);
	assert_int_equal(count(*state, 0).due, 1);
	/* New mail is due whatever the clock says. */
	put(*state, "2@x", 1, NOW);
	assert_int_equal(count(*state, NOW - 100).due, 1);
}

static void
count_expired(void *arg, const struct outbox_item *item, const char *why)
{
	int *n = arg;

	assert_string_equal(why, "said so");
	assert_string_equal(item->subject, "subject");
	*n += (int)item->n;
}

static int
expire(struct db *db, int64_t now)
{
	int n = 0;

	db_begin(db);
	outbox_expire(db, now, count_expired, &n);
	db_commit(db);
	return n;
}

static void
test_expire(void **state)
{
	put(*state, "1@x", 2, NOW);
	/* Never tried, whatever the clock says. */
	assert_int_equal(expire(*state, NOW + 100 * DAY), 0);
	assert_true(send_next(*state, NOW, OUTBOX_DEFER));
	assert_int_equal(expire(*state, NOW + 5 * DAY - 1), 0);
	/* Nor without a try after that time: the host was off. */
	assert_int_equal(expire(*state, NOW + 100 * DAY), 0);
	assert_true(send_next(*state, NOW + 100 * DAY, OUTBOX_DEFER));
	assert_int_equal(expire(*state, NOW + 100 * DAY), 2);
	assert_int_equal(expire(*state, NOW + 100 * DAY), 0);
	assert_list(*state,
	    "1 joe@example.com expired 2 said so|"
	    "1 jane@example.com expired 2 said so|");
	assert_false(send_next(*state, NOW + 200 * DAY, OUTBOX_SENT));
}

static void
test_flush(void **state)
{
	struct outbox_item item;

	put(*state, "1@x", 1, NOW);
	assert_true(send_next(*state, NOW + 6 * DAY, OUTBOX_DEFER));
	assert_int_equal(expire(*state, NOW + 6 * DAY), 1);
	put(*state, "2@x", 1, NOW);
	assert_true(send_next(*state, NOW, OUTBOX_FAIL));
	put(*state, "3@x", 1, NOW);
	assert_true(send_next(*state, NOW, OUTBOX_DEFER));
	put(*state, "4@x", 1, NOW);
	assert_true(send_next(*state, NOW, OUTBOX_SENT));
	assert_int_equal(count(*state, NOW).due, 0);

	assert_int_equal(outbox_flush(*state, NOW + 6 * DAY), 3);
	assert_int_equal(count(*state, NOW + 6 * DAY).due, 3);
	assert_int_equal(count(*state, NOW).failed, 0);
	assert_true(outbox_next(*state, NOW + 6 * DAY, 0, &item));
	assert_int_equal(item.len, 3);
	outbox_item_free(&item);
	/* Not given up again at once. */
	assert_true(send_next(*state, NOW + 6 * DAY, OUTBOX_DEFER));
	assert_int_equal(expire(*state, NOW + 6 * DAY), 0);
}

static void
test_drop(void **state)
{
	put(*state, "1@x", 2, NOW);
	put(*state, "2@x", 1, NOW);
	put(*state, "3@x", 1, NOW);
	assert_int_equal(outbox_drop(*state, 99), 0);
	assert_int_equal(outbox_drop(*state, 1), 1);
	assert_true(send_next(*state, NOW, OUTBOX_SENT));
	assert_int_equal(outbox_drop(*state, 2), 0);
	assert_true(send_next(*state, NOW, OUTBOX_FAIL));
	assert_int_equal(outbox_drop(*state, 0), 1);
	assert_list(*state, "");
	assert_int_equal(count(*state, NOW).waiting, 0);
	assert_false(put(*state, "2@x", 1, NOW));
	assert_true(put(*state, "1@x", 1, NOW));
}

static void
test_prune(void **state)
{
	int64_t later = NOW + OUTBOX_KEEP + 1;

	put(*state, "1@x", 1, NOW);
	assert_true(send_next(*state, NOW, OUTBOX_SENT));
	put(*state, "2@x", 1, NOW);
	assert_true(send_next(*state, NOW, OUTBOX_FAIL));
	put(*state, "3@x", 1, NOW);
	outbox_prune(*state, NOW + OUTBOX_KEEP);
	assert_false(put(*state, "1@x", 1, NOW));
	outbox_prune(*state, later);
	assert_int_equal(count(*state, later).failed, 0);
	assert_true(put(*state, "1@x", 1, NOW));
	/* What waits is never pruned. */
	assert_false(put(*state, "3@x", 1, NOW));
}

/* A clock before 1970 must not make what is settled look as if it waited. */
static void
test_clock_zero(void **state)
{
	put(*state, "1@x", 1, 0);
	assert_true(send_next(*state, 0, OUTBOX_SENT));
	assert_false(send_next(*state, 0, OUTBOX_SENT));
	assert_int_equal(count(*state, 0).waiting, 0);
}

/* On disk, across connections; the bytes of what was sent are gone. */
static void
test_on_disk(void **state)
{
	char dir[] = "/tmp/test_outbox.XXXXXX", path[64], command[80];
	struct outbox_item item;
	struct db *db;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/x.db", dir);
	db = db_open(path, DB_WRITE, &outbox_schema, 1);
	put(db, "1@x", 2, NOW);
	db_close(db);
	db = db_open(path, DB_WRITE, &outbox_schema, 1);
	assert_true(outbox_next(db, NOW, 0, &item));
	assert_int_equal(item.n, 2);
	outbox_intent(db, &item);
	outbox_item_free(&item);
	db_close(db);
	db = db_open(path, DB_READ, &outbox_schema, 1);
	assert_true(outbox_next(db, NOW, 0, &item));
	assert_true(item.retry);
	outbox_item_free(&item);
	db_close(db);
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

/* 10,000 that wait are not read for each that is sent. */
static void
test_many(void **state)
{
	struct outbox_item item;
	int64_t after = 0, start;
	char id[32];
	int i, n = 0;

	db_begin(*state);
	for (i = 0; i < OUTBOX_MAX; i++) {
		struct outbox_mail m = {
			.msgid = id,
			.subject = "s",
			.to = two,
			.nto = 1,
			.data = "a",
			.len = 1,
			.now = NOW,
			.expires = NOW,
		};

		snprintf(id, sizeof id, "%d@x", i);
		assert_true(outbox_put(*state, &m));
	}
	db_commit(*state);
	start = clock_mono();
	while (outbox_next(*state, NOW, after, &item)) {
		after = item.id;
		n++;
		outbox_item_free(&item);
	}
	assert_int_equal(n, OUTBOX_MAX);
	assert_int_equal(count(*state, NOW).messages, OUTBOX_MAX);
	/* Quadratic would be minutes; valgrind is slow. */
	assert_true(clock_mono() - start < 20000);
}

#define IN_MEMORY(f) cmocka_unit_test_setup_teardown(f, open_empty, close_db)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MEMORY(test_put),
		IN_MEMORY(test_rolled_back),
		IN_MEMORY(test_order),
		IN_MEMORY(test_sent),
		IN_MEMORY(test_partly),
		IN_MEMORY(test_died),
		IN_MEMORY(test_back_off),
		IN_MEMORY(test_clock_back),
		IN_MEMORY(test_expire),
		IN_MEMORY(test_flush),
		IN_MEMORY(test_drop),
		IN_MEMORY(test_prune),
		IN_MEMORY(test_clock_zero),
		IN_MEMORY(test_many),
		cmocka_unit_test(test_on_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
