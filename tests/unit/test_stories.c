/* SPDX-License-Identifier: ISC */
/*
 * Random histories of runs: whatever the cadences, every record that was
 * reported is told once or waits.
 */
#include "watchdog/stories.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/hash.h"
#include "tests/unit/scratch.h"
#include "watchdog/conf.h"
#include "watchdog/match/group.h"
#include "watchdog/read/record.h"
#include "watchdog/store/store.h"
#include "watchdog/store/store_story.h"
#include "watchdog/tell/digest.h"

#define NOW 1795245420
#define DAY 86400
#define HISTORIES 210
#define RUNS 20
#define KINDS 7
#define ROUTES 3
#define STATE "t.db"

static char words[KINDS][8] = { "boom", "bang", "crack", "thud", "ping", "pang",
	"pong" };
static char names[ROUTES][8] = { "/a", "/b", "/c" };
static char owners[ROUTES][16] = { "a@example.com", "b@example.com",
	"c@example.com" };
static char admins[] = "ops@example.com", admin_log[] = "/x.log";
static char *owner[ROUTES] = { owners[0], owners[1], owners[2] };
static char *admin[] = { admins };

/* What a machine has, and what became of it. */
struct world {
	uint64_t seed;
	int64_t now, before;
	struct route route[ROUTES];
	struct log_conf log; /* has the last route for itself */
	struct watchdog_conf conf;
	struct hash fingerprint[KINDS];
	/* Records logged and not yet read to a commit's end: by kind and
	 * route, ROUTES: none. */
	int64_t unread[KINDS][ROUTES + 1];
	int64_t reported[KINDS], told[KINDS], waits[KINDS];
	int64_t mailed;
};

static uint64_t
dice(struct world *w, uint64_t sides)
{
	w->seed = w->seed * 6364136223846793005U + 1442695040888963407U;
	return (w->seed >> 33) % sides;
}

/* Routes come, go, and get other cadences. */
static void
configure(struct world *w)
{
	static const struct cadence cadence[] = {
		{ .kind = CADENCE_EVERY_RUN },
		{ .kind = CADENCE_POWERS },
		{ .kind = CADENCE_THRESHOLD, .records = 10, .hours = 1 },
		{ .kind = CADENCE_THRESHOLD, .records = 40, .hours = 48 },
		{ .kind = CADENCE_DAILY, .minute = 420 },
		{ .kind = CADENCE_DAILY, .minute = 0 },
	};
	struct route *r;

	for (size_t i = 0; i < ROUTES; i++) {
		r = &w->route[i];
		if (r->name != NULL && dice(w, 8) != 0)
			continue;
		*r = (struct route){ .prefix = names[i],
			.name = names[i],
			.owners = &owner[i],
			.nowners = 1,
			.log = i == ROUTES - 1 ? admin_log : NULL,
			.tell = cadence[dice(w, 6)],
			.return_after = DAY * (int64_t)(1 + dice(w, 7)),
			.quiet_after = DAY * (int64_t)dice(w, 3) };
	}
	w->conf.routes = (struct routes){ w->route, ROUTES - 1 };
	w->log = (struct log_conf){ .path = admin_log,
		.own = { &w->route[ROUTES - 1], 1 } };
	w->conf.log = &w->log;
	w->conf.nlog = dice(w, 10) != 0;
	/* the second is missing at times, or the log */
	if (dice(w, 10) == 0)
		w->conf.routes.n = 1;
	w->conf.return_after = 7 * DAY;
	w->conf.quiet_after = DAY;
}

/* NULL is admin's: what has no route, or none any more. */
static const struct route *
route_at(const struct world *w, size_t i)
{
	if (i < w->conf.routes.n)
		return &w->route[i];
	return i == ROUTES - 1 && w->conf.nlog > 0 ? &w->route[i] : NULL;
}

static void
add(struct world *w, struct groups *groups, size_t kind,
    const struct route *route)
{
	struct fields f = { .has_time = dice(w, 9) != 0,
		/* late ones, and a clock that is ahead */
		.time = w->now + 600 - (int64_t)dice(w, 20000),
		.level = LEVEL_ERROR,
		.message = { words[kind], strlen(words[kind]) } };
	struct record rec = { .p = words[kind],
		.len = strlen(words[kind]),
		.lines = 1 };

	groups_add(groups, route, &f, &rec, NULL, admin_log);
	w->fingerprint[kind] = group_fingerprint(&f);
}

static struct groups *
gather(struct world *w)
{
	struct groups *groups = groups_new();

	for (size_t k = 0; k < KINDS; k++)
		for (size_t r = 0; r <= ROUTES; r++)
			for (int64_t i = 0; i < w->unread[k][r]; i++)
				add(w, groups, k, route_at(w, r));
	return groups;
}

static size_t
kind_of(const struct world *w, struct hash fingerprint)
{
	for (size_t k = 0; k < KINDS; k++)
		if (hash_equal(w->fingerprint[k], fingerprint))
			return k;
	fail_msg("a group of nobody's");
	return 0;
}

static void
on_waiting(void *arg, const struct past_key *key, const struct past *p)
{
	struct world *w = arg;

	assert_true(p->waits >= 0 && p->waits <= p->records);
	w->waits[kind_of(w, key->fingerprint)] += p->waits;
}

/* Is it all there? */
static void
balance(struct world *w, struct db *db, uint64_t seed, int run)
{
	struct story_counts c;
	int64_t waits = 0;

	memset(w->waits, 0, sizeof w->waits);
	store_story_watched(db, on_waiting, w);
	for (size_t k = 0; k < KINDS; k++) {
		if (w->told[k] + w->waits[k] != w->reported[k])
			fail_msg("seed %llu, run %d, %s: told %lld + waiting "
				 "%lld, reported %lld",
			    (unsigned long long)seed, run, words[k],
			    (long long)w->told[k], (long long)w->waits[k],
			    (long long)w->reported[k]);
		waits += w->waits[k];
	}
	store_story_count(db, &c);
	assert_int_equal(c.records, waits);
}

/* What was committed is told, by mails that say as much. */
static void
book(struct world *w, struct groups *groups)
{
	struct digests d;
	const struct group *g;
	int64_t told = 0, mailed = 0;

	for (size_t k = 0; k < KINDS; k++)
		for (size_t r = 0; r <= ROUTES; r++) {
			w->reported[k] += w->unread[k][r];
			w->unread[k][r] = 0;
		}
	for (size_t i = 0; i < groups_count(groups); i++) {
		g = groups_at(groups, i);
		if (g->waits)
			continue;
		w->told[kind_of(w, g->fingerprint)] += g->count;
		told += g->count;
	}
	digests_make(&d, groups, admin, 1, w->now);
	for (size_t i = 0; i < d.n; i++)
		mailed += d.digest[i].records;
	digests_free(&d);
	assert_int_equal(mailed, told);
	w->before = w->now;
}

enum end { COMMITTED, DRY, KILLED, KILLED_LATE };

static struct db *
run_once(struct world *w, struct db *db, enum end end)
{
	struct groups *groups = gather(w);
	struct stories *s = stories_judge(db, groups, &w->conf, w->before,
	    w->now);

	if (end != KILLED) {
		db_begin(db);
		stories_write(s);
		store_prune(db, w->now);
	}
	if (end == COMMITTED) {
		db_commit(db);
		book(w, groups);
	} else if (end == DRY)
		db_rollback(db);
	else {
		/* the kernel closes it: nothing is rolled back by us */
		db_close(db);
		db = store_open(STATE, DB_WRITE);
	}
	stories_free(s);
	groups_free(groups);
	return db;
}

static void
live(struct world *w, uint64_t seed)
{
	struct db *db = store_open(STATE, DB_WRITE);
	size_t k;

	for (int run = 0; run < RUNS; run++) {
		/* minutes as a rule, days at times; clocks are set back */
		w->now += dice(w, 9) == 0 ? (int64_t)dice(w, 9) * DAY :
					    (int64_t)dice(w, 9000);
		if (dice(w, 40) == 0)
			w->now -= DAY;
		configure(w);
		for (size_t i = dice(w, 5); i > 0; i--) {
			k = dice(w, KINDS);
			w->unread[k][dice(w, ROUTES + 1)] += (int64_t)dice(w,
			    dice(w, 5) == 0 ? 120 : 12);
		}
		db = run_once(w, db,
		    dice(w, 4) != 0 ? COMMITTED : (enum end)(1 + dice(w, 3)));
		balance(w, db, seed, run);
	}
	/* every run tells: nothing is left */
	for (size_t i = 0; i < ROUTES; i++)
		w->route[i].tell.kind = CADENCE_EVERY_RUN;
	db = run_once(w, db, COMMITTED);
	balance(w, db, seed, RUNS);
	for (k = 0; k < KINDS; k++)
		assert_int_equal(w->told[k], w->reported[k]);
	db_close(db);
}

static void
remove_state(void)
{
	static const char *const file[] = { STATE, STATE "-wal",
		STATE "-journal" };

	for (size_t i = 0; i < sizeof file / sizeof *file; i++)
		unlink(file[i]);
}

static void
told_or_waiting(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
		struct world w = { .seed = seed * 7919, .now = NOW };

		remove_state();
		live(&w, seed);
	}
	remove_state();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_or_waiting),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
