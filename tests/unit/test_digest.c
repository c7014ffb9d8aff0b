/* SPDX-License-Identifier: ISC */
/* Who is told what, and in which order. */
#include "watchdog/tell/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "watchdog/match/group.h"
#include "watchdog/match/route.h"
#include "watchdog/read/record.h"

#define NOW 1795245420
#define DAY 86400

static char joe[] = "joe@example.com", jane[] = "jane@example.com";
static char ops[] = "ops@example.com", root[] = "/", news[] = "/news";
static char *admin[] = { ops };
static char *joe_twice[] = { joe, joe };
static char *both[] = { joe, jane };
static char *ops_alone[] = { ops };
static const struct route of_joe = { .prefix = news,
	.owners = joe_twice,
	.nowners = 2 };
static const struct route of_both = { .prefix = root,
	.owners = both,
	.nowners = 2 };
static const struct route of_ops = { .prefix = news,
	.owners = ops_alone,
	.nowners = 1 };

struct told {
	const struct route *route;
	const char *message;
	enum level level;
	int count;
	int64_t seen_first, seen_last;
	const char *path;
	int64_t offset;
};

static struct groups *
told(const struct told *t, const size_t *order, size_t n)
{
	struct groups *g = groups_new();
	struct group *at;
	size_t i;
	int k;

	for (i = 0; i < n; i++) {
		const struct told *x = &t[order != NULL ? order[i] : i];
		struct fields f = { .level = x->level,
			.has_time = true,
			.time = NOW - 60,
			.message = { x->message, strlen(x->message) } };
		struct record r = { .p = x->message,
			.len = strlen(x->message),
			.offset = x->offset };

		for (k = 0; k < x->count; k++)
			groups_add(g, x->route, &f, &r, x->path, "/log");
		at = groups_at(g, groups_count(g) - 1);
		at->seen_first = x->seen_first;
		at->seen_last = x->seen_last;
	}
	assert_int_equal(groups_count(g), n);
	return g;
}

static void
novelty(void **state)
{
	static const struct {
		int64_t first, seen_first, seen_last;
		enum novelty want;
	} t[] = {
		{ NOW, 0, 0, NOVEL_NEW },
		{ 0, 0, 0, NOVEL_NEW },
		{ NOW, 1, NOW - 60, NOVEL_KNOWN },
		{ NOW, 1, NOW - NOVELTY_RETURN + 1, NOVEL_KNOWN },
		{ NOW, 1, NOW - NOVELTY_RETURN, NOVEL_BACK },
		{ NOW - 8 * DAY, 1, NOW - 8 * DAY, NOVEL_KNOWN },
		/* without a time of its own: now */
		{ 0, 1, NOW - 60, NOVEL_KNOWN },
		{ 0, 1, NOW - NOVELTY_RETURN, NOVEL_BACK },
		/* a clock that went back */
		{ NOW, 1, NOW + DAY, NOVEL_KNOWN },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		const struct group g = { .first = t[i].first,
			.seen_first = t[i].seen_first,
			.seen_last = t[i].seen_last };

		if (digest_novelty(&g, NOW) != t[i].want)
			fail_msg("case %zu", i);
	}
}

/* In the order wanted. */
static const struct told ranked[] = {
	{ NULL, "a", LEVEL_CRIT, 1, 0, 0, "/z", 1 },
	{ NULL, "b", LEVEL_ERROR, 9, 0, 0, "/z", 2 },
	{ NULL, "d", LEVEL_ERROR, 2, 0, 0, "/a", 3 },
	{ NULL, "c", LEVEL_ERROR, 2, 0, 0, "/b", 4 },
	{ NULL, "e", LEVEL_ERROR, 2, 0, 0, "/b", 5 },
	{ NULL, "ea", LEVEL_ERROR, 2, 0, 0, "/b", 6 },
	{ NULL, "f", LEVEL_ERROR, 2, 0, 0, NULL, 7 },
	{ NULL, "g", LEVEL_NONE, 50, 0, 0, "/a", 8 },
	{ NULL, "h", LEVEL_EMERG, 9, 1, NOW - 30 * DAY, "/a", 9 },
	{ NULL, "i", LEVEL_EMERG, 99, 1, NOW - DAY, "/a", 10 },
	{ NULL, "j", LEVEL_DEBUG, 99, 1, NOW - DAY, "/a", 11 },
};
#define RANKED (sizeof ranked / sizeof *ranked)

static void
order_in_memory_does_not_matter(void **state)
{
	size_t order[RANKED], i, k, t;
	struct digests ds;
	struct groups *g;

	(void)state;
	for (i = 0; i < RANKED; i++) {
		for (k = 0; k < RANKED; k++)
			order[k] = k;
		srand((unsigned)i);
		for (k = RANKED; i > 0 && k-- > 1;) {
			size_t with = (size_t)rand() % (k + 1);

			t = order[k];
			order[k] = order[with];
			order[with] = t;
		}
		g = told(ranked, order, RANKED);
		digests_make(&ds, g, admin, 1, NOW);
		assert_int_equal(ds.n, 1);
		assert_int_equal(ds.digest[0].n, RANKED);
		for (k = 0; k < RANKED; k++)
			assert_int_equal(ds.digest[0].group[k]->offset,
			    ranked[k].offset);
		assert_int_equal(ds.digest[0].of[NOVEL_NEW], 8);
		assert_int_equal(ds.digest[0].of[NOVEL_BACK], 1);
		assert_int_equal(ds.digest[0].of[NOVEL_KNOWN], 2);
		digests_free(&ds);
		groups_free(g);
	}
}

static void
each_owner_gets_theirs(void **state)
{
	static const struct told t[] = {
		{ &of_joe, "a", LEVEL_ERROR, 3, 0, 0, "/news/x", 1 },
		{ &of_both, "a", LEVEL_ERROR, 5, 0, 0, "/x", 2 },
		{ NULL, "a", LEVEL_ERROR, 7, 0, 0, NULL, 3 },
		{ &of_ops, "a", LEVEL_ERROR, 11, 1, NOW - DAY, "/x", 4 },
	};
	struct groups *g = told(t, NULL, 4);
	struct digests ds;
	const struct digest *d;

	(void)state;
	digests_make(&ds, g, admin, 1, NOW);
	assert_int_equal(ds.n, 3);
	d = &ds.digest[0];
	assert_string_equal(d->owner, jane);
	assert_int_equal(d->n, 1);
	assert_int_equal(d->records, 5);
	assert_int_equal(d->group[0]->offset, 2);
	d = &ds.digest[1];
	assert_string_equal(d->owner, joe);
	assert_int_equal(d->n, 2);
	assert_int_equal(d->records, 8);
	assert_int_equal(d->of[NOVEL_NEW], 2);
	/* An admin who owns a section too: one digest. */
	d = &ds.digest[2];
	assert_string_equal(d->owner, ops);
	assert_int_equal(d->n, 2);
	assert_int_equal(d->records, 18);
	assert_int_equal(d->of[NOVEL_NEW], 1);
	assert_int_equal(d->of[NOVEL_KNOWN], 1);
	assert_int_equal(d->overflow, 0);
	digests_free(&ds);
	assert_int_equal(ds.n, 0);
	groups_free(g);
}

static void
nothing_to_tell(void **state)
{
	struct groups *g = groups_new();
	struct digests ds;

	(void)state;
	digests_make(&ds, g, admin, 1, NOW);
	assert_int_equal(ds.n, 0);
	digests_free(&ds);
	groups_free(g);
}

/* Every record is told to someone, also of a route that has no group. */
static void
overflow_reaches_its_owner(void **state)
{
	struct groups *g = groups_new();
	struct fields f = { .level = LEVEL_ERROR };
	struct record r = { .p = "" };
	struct digests ds;
	char message[8];
	int i;

	(void)state;
	for (i = 0; i < GROUP_MAX + 5; i++) {
		f.message.n = (size_t)snprintf(message, sizeof message,
		    "%c%c%c", 'a' + i / 676, 'a' + i / 26 % 26, 'a' + i % 26);
		f.message.p = message;
		groups_add(g, i < GROUP_MAX ? NULL : &of_joe, &f, &r, NULL,
		    "/log");
	}
	digests_make(&ds, g, admin, 1, NOW);
	assert_int_equal(ds.n, 2);
	assert_string_equal(ds.digest[0].owner, joe);
	assert_int_equal(ds.digest[0].n, 0);
	assert_int_equal(ds.digest[0].records, 5);
	assert_int_equal(ds.digest[0].overflow, 5);
	assert_int_equal(ds.digest[0].nnamed, 5);
	assert_string_equal(ds.digest[0].named[4], message);
	assert_int_equal(ds.digest[1].n, GROUP_MAX);
	assert_int_equal(ds.digest[1].records, GROUP_MAX);
	digests_free(&ds);
	groups_free(g);
}

/* What waits is in no digest; what is quiet is in a list of its own. */
static void
history_decides(void **state)
{
	static const struct told t[] = {
		{ &of_joe, "a", LEVEL_CRIT, 3, 1, NOW - DAY, "/news/x", 1 },
		{ &of_joe, "b", LEVEL_ERROR, 5, 1, NOW - DAY, "/news/x", 2 },
		{ &of_joe, "c", LEVEL_ERROR, 7, 1, NOW - DAY, "/news/x", 3 },
		{ &of_joe, "d", LEVEL_ERROR, 9, 1, NOW - DAY, "/news/x", 4 },
		{ &of_joe, "e", LEVEL_ERROR, 9, 1, NOW - 8 * DAY, "/x", 5 },
	};
	struct groups *g = told(t, NULL, 5);
	struct digests ds;
	const struct digest *d;

	(void)state;
	groups_at(g, 0)->waits = true;
	groups_at(g, 1)->growing = true;
	groups_at(g, 2)->back = true;
	groups_at(g, 2)->waited_since = NOW - 700;
	groups_at(g, 3)->count = 0;
	groups_at(g, 3)->quiet_since = NOW - DAY;
	groups_at(g, 4)->return_after = 9 * DAY;
	digests_make(&ds, g, admin, 1, NOW);
	assert_int_equal(ds.n, 1);
	d = &ds.digest[0];
	assert_int_equal(d->n, 3);
	assert_int_equal(d->records, 21);
	assert_int_equal(d->of[NOVEL_BACK], 1);
	assert_int_equal(d->group[0]->offset, 3);
	assert_int_equal(d->of[NOVEL_GROWING], 1);
	assert_int_equal(d->group[1]->offset, 2);
	assert_int_equal(d->of[NOVEL_KNOWN], 1);
	assert_int_equal(d->nquiet, 1);
	assert_int_equal(d->quiet[0]->offset, 4);
	assert_int_equal(d->since, NOW - 700);
	assert_false(d->rollup);
	digests_free(&ds);
	groups_free(g);
}

/* Of a hundred new ones the one that came once is among the lines. */
static void
the_rare_are_named(void **state)
{
	static struct told t[60];
	static char message[60][3];
	struct digests ds;
	struct groups *g;

	(void)state;
	for (int i = 0; i < 60; i++) {
		message[i][0] = (char)('a' + i / 26);
		message[i][1] = (char)('a' + i % 26);
		t[i] = (struct told){ NULL, message[i], LEVEL_ERROR, i + 1, 0,
			0, "/x", i };
	}
	g = told(t, NULL, 60);
	digests_make(&ds, g, admin, 1, NOW);
	assert_int_equal(ds.digest[0].group[0]->count, 60);
	assert_int_equal(ds.digest[0].group[DIGEST_GROUPS - 1]->count,
	    61 - DIGEST_GROUPS);
	assert_int_equal(ds.digest[0].group[DIGEST_GROUPS]->count, 1);
	assert_int_equal(ds.digest[0].group[59]->count, 60 - DIGEST_GROUPS);
	digests_free(&ds);
	groups_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(novelty),
		cmocka_unit_test(order_in_memory_does_not_matter),
		cmocka_unit_test(each_owner_gets_theirs),
		cmocka_unit_test(nothing_to_tell),
		cmocka_unit_test(overflow_reaches_its_owner),
		cmocka_unit_test(history_decides),
		cmocka_unit_test(the_rare_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
