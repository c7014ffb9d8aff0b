/* SPDX-License-Identifier: ISC */
/* The kept history of groups. */
#include "watchdog/store/store_story.h"

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
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"
#include "watchdog/store/store.h"

#define NOW 1795245420
#define HOUR (NOW / 3600)
#define DAY 86400
#define PATH "t.db"

static char news[] = "/news", file[] = "/log", text[] = "a\0b", site[] = "w";
static const struct route global = { .prefix = news, .name = news };
static const struct route own = { .prefix = news,
	.name = news,
	.log = "/x.log" };

static struct group
group_of(const struct route *r, uint64_t n)
{
	return (struct group){ .fingerprint = { n, 7 },
		.route = r,
		.file = file,
		.site = site,
		.message = text,
		.nmessage = 3,
		.sample = text,
		.nsample = 3,
		.offset = 99,
		.lines = 2,
		.cut = 1 };
}

static const struct past whole = { .first = NOW - 9 * DAY,
	.last = NOW,
	.records = 12,
	.level = LEVEL_CRIT,
	.told_at = NOW - 5,
	.told_last = NOW - 6,
	.waits = 3,
	.waits_first = NOW - 4,
	.waits_last = NOW - 3,
	.waits_since = NOW - 2,
	.back = true,
	.growing = true,
	.usual = 4,
	.base = 5,
	.spike_at = NOW - 1,
	.over_at = HOUR,
	.ongoing = true };

static void
comes_back_whole(void **state)
{
	struct db *db = store_open(PATH, DB_WRITE);
	struct group g = group_of(&global, 1), other = group_of(&own, 1), got;
	struct past p;

	(void)state;
	store_story_past(db, &g, &p);
	assert_int_equal(p.id, 0);
	db_begin(db);
	store_story_put(db, &whole, &g, true, NULL, 0, NOW);
	db_commit(db);
	store_story_past(db, &g, &p);
	assert_true(p.id > 0);
	memset(&got, 0, sizeof got);
	store_story_text(db, p.id, &got);
	p.id = 0;
	assert_memory_equal(&p, &whole, sizeof p);
	assert_true(hash_equal(got.fingerprint, g.fingerprint));
	assert_int_equal(got.level, LEVEL_CRIT);
	assert_int_equal(got.nmessage, 3);
	assert_memory_equal(got.message, text, 4);
	assert_memory_equal(got.sample, text, 4);
	assert_string_equal(got.file, "/log");
	assert_string_equal(got.site, "w");
	assert_null(got.path);
	assert_int_equal(got.offset, 99);
	assert_int_equal(got.lines, 2);
	assert_int_equal(got.cut, 1);
	free(got.message);
	free(got.sample);
	free(got.file);
	free(got.site);
	/* the same section of a log with routes of its own is another's */
	store_story_past(db, &other, &p);
	assert_int_equal(p.id, 0);
	db_close(db);
}

static void
hours_add_up(void **state)
{
	static const struct story_hour first[] = { { HOUR - 40 * 24, 9 },
		{ HOUR - 30, 1 }, { HOUR - 29, 2 }, { HOUR, 3 } };
	static const struct story_hour then[] = { { HOUR - 30, 5 },
		{ HOUR - 1, 7 }, { HOUR, 1 } };
	static const struct story_hour want[] = { { HOUR - 30, 6 },
		{ HOUR - 29, 2 }, { HOUR - 1, 7 }, { HOUR, 4 } };
	struct db *db = store_open(PATH, DB_WRITE);
	struct group g = group_of(NULL, 1);
	struct past p = whole;
	struct story_hour *h;
	size_t n;

	(void)state;
	db_begin(db);
	store_story_put(db, &p, &g, true, first, 4, NOW);
	store_story_past(db, &g, &p);
	store_story_put(db, &p, &g, false, then, 3, NOW);
	db_commit(db);
	h = store_story_hours(db, p.id, 0, &n);
	assert_int_equal(n, 4);
	assert_memory_equal(h, want, sizeof want);
	free(h);
	h = store_story_hours(db, p.id, HOUR / 24, &n);
	assert_true(n < 4);
	free(h);
	/* a month later a new day drops the old ones */
	db_begin(db);
	store_story_put(db, &p, &g, false,
	    &(struct story_hour){ HOUR + 36 * 24, 1 }, 1, NOW + 36 * DAY);
	db_commit(db);
	h = store_story_hours(db, p.id, 0, &n);
	assert_int_equal(h[n - 1].hour, HOUR + 36 * 24);
	assert_true(h[0].hour / 24 >= HOUR / 24 + 1);
	free(h);
	db_close(db);
}

static void
put_many(struct db *db, uint64_t from, uint64_t n, int64_t waits, int64_t now)
{
	struct past p = { .first = now, .last = now, .records = 1 };
	struct group g;

	p.waits = waits;
	db_begin(db);
	for (uint64_t i = from; i < from + n; i++) {
		g = group_of(NULL, i);
		store_story_put(db, &p, &g, true,
		    &(struct story_hour){ now / 3600, 1 }, 1, now);
	}
	db_commit(db);
}

static bool
is_kept(struct db *db, uint64_t n)
{
	struct group g = group_of(NULL, n);
	struct past p;

	store_story_past(db, &g, &p);
	return p.id != 0;
}

static void
prune(struct db *db, int64_t now)
{
	db_begin(db);
	store_prune(db, now);
	db_commit(db);
}

static void
is_bounded(void **state)
{
	struct db *db = store_open(PATH, DB_WRITE);
	struct story_counts c;

	(void)state;
	put_many(db, 1, 1, 1, NOW - 3); /* waits */
	put_many(db, 2, 1, 0, NOW - 2);
	put_many(db, 3, 1, 0, NOW - 1);
	put_many(db, 10, STORY_MAX - 2, 0, NOW);
	prune(db, NOW);
	store_story_count(db, &c);
	assert_int_equal(c.stories, STORY_MAX);
	assert_int_equal(c.waiting, 1);
	assert_int_equal(c.records, 1);
	assert_true(is_kept(db, 1));
	assert_false(is_kept(db, 2));
	assert_true(is_kept(db, 3));
	/* what this run wrote stays, however much it is */
	put_many(db, 50000, 5, 0, NOW);
	prune(db, NOW);
	store_story_count(db, &c);
	assert_int_equal(c.stories, STORY_MAX + 3);
	/* silent for more than a year */
	prune(db, NOW + STORY_KEEP + 1);
	store_story_count(db, &c);
	assert_int_equal(c.stories, 0);
	db_close(db);
}

static void
next_one(void *arg, const struct story *s)
{
	char *out = arg;

	snprintf(out + strlen(out), 100 - strlen(out), "%llu %s %lld %zu;",
	    (unsigned long long)s->fingerprint.hi, s->route,
	    (long long)s->records, s->nhour);
}

static void
stories_in_order(void **state)
{
	struct db *db = store_open(PATH, DB_WRITE);
	struct group g = group_of(&own, 3);
	char out[100] = "";

	(void)state;
	put_many(db, 1, 1, 0, NOW - DAY);
	put_many(db, 2, 1, 0, NOW - 2 * DAY);
	db_begin(db);
	store_story_put(db, &whole, &g, true, NULL, 0, NOW);
	db_commit(db);
	store_story_each(db, NOW - DAY, next_one, out);
	assert_string_equal(out, "3 /news 12 0;1  1 1;");
	db_close(db);
}

/* A database from before there were stories. */
static void
seen_becomes_stories(void **state)
{
	struct db_schema old = store_schema;
	struct group g = group_of(&global, 1);
	struct db *db;
	struct past p;

	(void)state;
	old.version = 1;
	db = db_open(PATH, DB_WRITE, &old, 1);
	db_begin(db);
	db_run(db_stmt(db,
	    "INSERT INTO seen (fingerprint, route, first_at, last_at, records) "
	    "VALUES ('00000000000000010000000000000007', '/news', 5, 9, 4)"));
	db_commit(db);
	db_close(db);
	db = store_open(PATH, DB_WRITE);
	store_story_past(db, &g, &p);
	assert_true(p.id > 0);
	assert_int_equal(p.first, 5);
	assert_int_equal(p.last, 9);
	assert_int_equal(p.records, 4);
	assert_int_equal(p.told_at, 9);
	assert_int_equal(p.told_last, 9);
	assert_int_equal(p.waits, 0);
	store_story_text(db, p.id, &g);
	assert_int_equal(g.nmessage, 0);
	free(g.message);
	free(g.sample);
	free(g.file);
	db_close(db);
}

static int
fresh(void **state)
{
	(void)state;
	unlink(PATH);
	unlink(PATH "-wal");
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(comes_back_whole, fresh),
		cmocka_unit_test_teardown(hours_add_up, fresh),
		cmocka_unit_test_teardown(is_bounded, fresh),
		cmocka_unit_test_teardown(stories_in_order, fresh),
		cmocka_unit_test_teardown(seen_becomes_stories, fresh),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
