/* SPDX-License-Identifier: ISC */
/*
 * The state machine: every history of ten runs against an oracle that knows
 * nothing but the contract, the invariants on each of them, and clocks that
 * jump.
 */
#include "uptime/judge/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "state_oracle.h"

#define NOW 1795266190
#define MINUTE 60
#define DAY 86400

static struct verdict
verdict_of(char run)
{
	struct verdict v = { .evidence = EVIDENCE_PASS, .layer = LAYER_N };

	switch (run) {
	case 'n':
		v.evidence = EVIDENCE_NONE;
		v.grade = GRADE_UNKNOWN;
		v.reason = REASON_OFFLINE;
		break;
	case 'f':
		v.evidence = EVIDENCE_FAIL;
		v.grade = GRADE_DOWN;
		v.reason = REASON_CONNECT_TIMEOUT;
		break;
	case 'w':
		v.grade = GRADE_WARNING;
		v.reason = REASON_TLS_EXPIRING;
		break;
	case 'd':
		v.grade = GRADE_DEGRADED;
		v.reason = REASON_CONNECT_REFUSED;
		break;
	default:
		break;
	}
	if (v.reason != REASON_NONE)
		v.layer = reason_layer(v.reason);
	return v;
}

static unsigned
step(struct state *s, char run, int64_t now)
{
	struct verdict v = verdict_of(run);

	return state_step(s, &v, now, s);
}

/* ---- every history ----------------------------------------------------- */

/* A history as far as it has come. */
struct story {
	char run[ORACLE_MAX];
	size_t n;
	struct state state;
	unsigned long steps;
	int downs, ups, worse, whole; /* debts so far */
};

static void
complain(const struct story *t, const char *what)
{
	fail_msg("%s after %.*s: state %s", what, (int)t->n, t->run,
	    state_word(t->state.name));
}

#define CHECK(t, c) \
	do { \
		if (!(c)) \
			complain(t, #c); \
	} while (0)

/* What holds whatever happened; debts are the last step's. */
static void
check_invariants(const struct story *t, unsigned debts)
{
	const struct state *s = &t->state;
	const char *end = t->run + t->n;
	bool out = s->name == STATE_DOWN || s->name == STATE_RECOVERING;

	/* 1, 2: DOWN and UP take turns, and nothing is owed to who is up */
	CHECK(t, t->ups == t->downs || t->ups + 1 == t->downs);
	CHECK(t, (t->ups < t->downs) == s->told_down);
	CHECK(t, out == s->told_down);
	/* 3 */
	if (t->n >= 2 && memcmp(end - 2, "ff", 2) == 0)
		CHECK(t, s->name == STATE_DOWN && s->told_down);
	/* the same of what is less than an outage */
	CHECK(t, t->whole <= t->worse);
	CHECK(t, !(debts & DEBT_WHOLE) || s->overlay == GRADE_OK);
	CHECK(t, (debts & (DEBT_WORSE | DEBT_WHOLE)) == 0 || !out);
	CHECK(t, s->told_overlay >= s->overlay);
	/* times agree with the state */
	CHECK(t, (s->fail_since != 0) == (s->bad > 0));
	CHECK(t, s->bad == 0 || s->good == 0);
	CHECK(t, (s->down_since != 0) == out);
	CHECK(t, s->since <= s->last && s->fail_since <= s->last);
	CHECK(t, (s->blind_since != 0) == (t->n > 0 && end[-1] == 'n'));
}

/* 4: no evidence moves nothing but its own clock. */
static void
check_none(const struct story *t, const struct state *before)
{
	struct state after = t->state;

	after.blind_since = before->blind_since;
	CHECK(t, memcmp(&after, before, sizeof after) == 0);
}

/* All that can follow, up to depth runs. */
static void
follow(const struct story *so_far, const char *alphabet, size_t depth,
    unsigned long *steps)
{
	struct story t;
	unsigned debts;

	for (const char *run = alphabet; *run != '\0'; run++) {
		t = *so_far;
		t.run[t.n++] = *run;
		debts = step(&t.state, *run, NOW + (int64_t)t.n * MINUTE);
		t.downs += (debts & DEBT_DOWN) != 0;
		t.ups += (debts & DEBT_UP) != 0;
		t.worse += (debts & DEBT_WORSE) != 0;
		t.whole += (debts & DEBT_WHOLE) != 0;
		CHECK(&t, t.state.name == oracle_name(t.run, t.n));
		CHECK(&t, debts == oracle_debts(t.run, t.n));
		CHECK(&t, t.state.overlay == oracle_overlay(t.run, t.n));
		check_invariants(&t, debts);
		if (*run == 'n')
			check_none(&t, &so_far->state);
		++*steps;
		if (t.n < depth)
			follow(&t, alphabet, depth, steps);
	}
}

static void
every_history(void **state)
{
	struct story t;
	unsigned long steps = 0;

	(void)state;
	memset(&t, 0, sizeof t);
	follow(&t, "nfo", 10, &steps);
	assert_int_equal(steps, (59049 * 3 - 3) / 2); /* 3 + … + 3^10 */
}

/* The same with what is less than an outage. */
static void
every_overlay(void **state)
{
	struct story t;
	unsigned long steps = 0;

	(void)state;
	memset(&t, 0, sizeof t);
	follow(&t, "owdfn", 7, &steps);
	memset(&t, 0, sizeof t);
	follow(&t, "owd", 9, &steps);
	assert_int_equal(steps, (78125 * 5 - 5) / 4 + (19683 * 3 - 3) / 2);
}

/* ---- what the contract says in so many words --------------------------- */

static void
stories(void **state)
{
	static const struct {
		const char *runs;
		const char *debts; /* of each run: '.', D, U, W, '+' whole */
		enum state_name name;
	} t[] = {
		{ "o", ".", STATE_UP },
		{ "f", ".", STATE_SUSPECT },
		{ "n", ".", STATE_NEW },
		{ "ff", ".D", STATE_DOWN },
		{ "fo", "..", STATE_UP },
		{ "off", "..D", STATE_DOWN },
		{ "offo", "..D.", STATE_RECOVERING },
		{ "offoo", "..D.U", STATE_UP },
		{ "offof", "..D..", STATE_DOWN },
		{ "offofoo", "..D...U", STATE_UP },
		{ "fofof", "....D", STATE_DOWN },
		{ "foofof", "......", STATE_SUSPECT },
		{ "fooofof", ".......", STATE_SUSPECT },
		{ "ofnnnf", ".....D", STATE_DOWN },
		{ "offnnnonno", "..D......U", STATE_UP },
		{ "oww", "..W", STATE_UP },
		{ "owoww", "....W", STATE_UP },
		{ "owwdd", "..W.W", STATE_UP },
		{ "oddww", "..W..", STATE_UP },
		{ "oddwwdd", "..W....", STATE_UP },
		{ "oddoo", "..W.+", STATE_UP },
		{ "owd", "..W", STATE_UP },
		{ "oddff", "..W.D", STATE_DOWN },
		{ "oddffoo", "..W.D.U", STATE_UP },
		{ "oddffdd", "..W.D.U", STATE_UP },
		{ "oddffddd", "..W.D.UW", STATE_UP },
		{ "oddofoo", "..W...+", STATE_UP },
	};
	static const struct {
		unsigned debts;
		char c;
	} letter[] = { { 0, '.' }, { DEBT_DOWN, 'D' }, { DEBT_UP, 'U' },
		{ DEBT_WORSE, 'W' }, { DEBT_WHOLE, '+' } };
	struct state s;
	unsigned debts;
	char got[ORACLE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		memset(&s, 0, sizeof s);
		memset(got, 0, sizeof got);
		for (size_t k = 0; t[i].runs[k] != '\0'; k++) {
			debts = step(&s, t[i].runs[k], NOW + (int64_t)k);
			got[k] = '?';
			for (size_t l = 0; l < 5; l++)
				if (letter[l].debts == debts)
					got[k] = letter[l].c;
		}
		if (strcmp(got, t[i].debts) != 0 || s.name != t[i].name)
			fail_msg("%s: %s %s, not %s %s", t[i].runs, got,
			    state_word(s.name), t[i].debts,
			    state_word(t[i].name));
	}
}

static void
times(void **state)
{
	struct state s = { .name = STATE_NEW };

	(void)state;
	step(&s, 'o', 1000);
	assert_int_equal(s.since, 1000);
	step(&s, 'o', 1060);
	assert_int_equal(s.since, 1000);
	assert_int_equal(s.last, 1060);
	step(&s, 'f', 1120);
	assert_int_equal(s.since, 1120);
	assert_int_equal(s.fail_since, 1120);
	assert_int_equal(s.down_since, 0);
	step(&s, 'n', 1180);
	step(&s, 'n', 1240);
	assert_int_equal(s.blind_since, 1180);
	assert_int_equal(s.last, 1120);
	step(&s, 'f', 1300);
	assert_int_equal(s.blind_since, 0);
	assert_int_equal(s.since, 1300);
	assert_int_equal(s.down_since, 1120);
	assert_int_equal(s.bad, 2);
	step(&s, 'o', 1360);
	assert_int_equal(s.since, 1360);
	assert_int_equal(s.fail_since, 0);
	assert_int_equal(s.good, 1);
	/* one more failure does not make it another outage */
	step(&s, 'f', 1420);
	assert_int_equal(s.fail_since, 1420);
	assert_int_equal(s.down_since, 1120);
	step(&s, 'o', 1480);
	step(&s, 'o', 1540);
	assert_int_equal(s.down_since, 0);
	assert_int_equal(s.recent, 0x14); /* f o f o o */
	/* the overlay's own */
	step(&s, 'd', 1600);
	step(&s, 'd', 1660);
	assert_int_equal(s.overlay_since, 1600);
	step(&s, 'w', 1720);
	step(&s, 'w', 1780);
	assert_int_equal(s.overlay, GRADE_WARNING);
	assert_int_equal(s.overlay_since, 1600);
	step(&s, 'o', 1840);
	step(&s, 'o', 1900);
	assert_int_equal(s.overlay_since, 1600); /* for the mail */
	step(&s, 'w', 1960);
	assert_int_equal(s.overlay_since, 1960);
	step(&s, 'f', 2020);
	step(&s, 'w', 2080);
	assert_int_equal(s.overlay_since, 2080);
}

/* What it was is kept for the mail that says that it is over. */
static void
words_last(void **state)
{
	struct state s = { .name = STATE_NEW };

	(void)state;
	step(&s, 'f', 1);
	step(&s, 'f', 2);
	assert_int_equal(s.reason, REASON_CONNECT_TIMEOUT);
	assert_int_equal(s.layer, LAYER_TCP);
	step(&s, 'd', 3);
	step(&s, 'd', 4);
	assert_int_equal(s.name, STATE_UP);
	assert_int_equal(s.reason, REASON_CONNECT_TIMEOUT);
	step(&s, 'd', 5);
	assert_int_equal(s.reason, REASON_CONNECT_REFUSED);
	step(&s, 'o', 6);
	step(&s, 'o', 7);
	assert_int_equal(s.reason, REASON_CONNECT_REFUSED);
}

/* 9: other words for the same evidence change no state and no debt. */
static void
wording_is_no_identity(void **state)
{
	static const char runs[] = "offwdfoofofoddnnffdfoodfoffooo";
	struct state a = { .name = STATE_NEW }, b = a;
	struct verdict v;
	unsigned debts;

	(void)state;
	for (size_t i = 0; runs[i] != '\0'; i++) {
		debts = step(&a, runs[i], (int64_t)i + 1);
		v = verdict_of(runs[i]);
		v.reason = (enum reason)((size_t)REASON_CONNECT_REFUSED + i);
		v.layer = reason_layer(v.reason);
		snprintf(v.detail, sizeof v.detail, "take %zu", i);
		assert_int_equal(state_step(&b, &v, (int64_t)i + 1, &b), debts);
		assert_int_equal(a.name, b.name);
		assert_int_equal(a.since, b.since);
	}
}

/* ---- clocks ------------------------------------------------------------ */

/* Ten minutes of failure alarm, whatever the counters say. */
static void
always(void **state)
{
	const struct state lame = { .name = STATE_SUSPECT,
		.since = NOW,
		.last = NOW,
		.fail_since = NOW };
	struct state s;

	(void)state;
	s = lame;
	assert_int_equal(step(&s, 'f', NOW + STATE_ALWAYS - 1), 0);
	assert_int_equal(s.name, STATE_SUSPECT);
	s = lame;
	assert_int_equal(step(&s, 'f', NOW + STATE_ALWAYS), DEBT_DOWN);
	/* no evidence neither ends the row nor alarms itself */
	s = lame;
	assert_int_equal(step(&s, 'n', NOW + STATE_ALWAYS), 0);
	assert_int_equal(s.name, STATE_SUSPECT);
	assert_int_equal(step(&s, 'f', NOW + STATE_ALWAYS), DEBT_DOWN);
	/* good evidence does */
	s = lame;
	step(&s, 'o', NOW + 1);
	s.recent = 0;
	assert_int_equal(step(&s, 'f', NOW + STATE_ALWAYS), 0);
	/* a clock that went back neither shortens nor fires */
	s = lame;
	assert_int_equal(step(&s, 'f', NOW - DAY), 0);
	assert_int_equal(s.last, NOW);
	assert_int_equal(s.fail_since, NOW);
}

/* 10: states and debts are the same under any clock, and no time of a state
 * ever goes back. */
static void
clocks_jump(void **state)
{
	static const int64_t jump[] = { 1, -1, 3600, -3600, DAY, -DAY };
	static const int64_t place[] = { 0, 1, -5, 1795266190 - 2 * 3600,
		2145916800 /* 2038 */, 4291747200 /* 2106 */, INT32_MAX,
		UINT32_MAX };
	static const size_t kinds = 6 + 8;
	unsigned rnd = 1;
	struct state a, b;
	int64_t clock, last;
	unsigned debts;
	char run;

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		size_t kind = i % kinds, when = i / kinds % 10;

		memset(&a, 0, sizeof a);
		memset(&b, 0, sizeof b);
		clock = NOW;
		for (size_t k = 0; k < 12; k++) {
			rnd = rnd * 1664525 + 1013904223;
			run = "nffood"[(rnd >> 16) % 6];
			clock += MINUTE;
			if (k == when && kind < 6)
				clock += jump[kind];
			else if (k == when)
				clock = place[kind - 6];
			else if (k == when + 3 && rnd & 1)
				clock = NOW; /* and it is put right */
			last = b.last;
			debts = step(&a, run, NOW + (int64_t)k * MINUTE);
			assert_int_equal(step(&b, run, clock), debts);
			assert_int_equal(a.name, b.name);
			assert_int_equal(a.overlay, b.overlay);
			assert_true(b.last >= last);
			assert_true(b.since <= b.last);
			assert_int_equal(a.fail_since != 0, b.fail_since != 0);
			assert_int_equal(a.blind_since != 0,
			    b.blind_since != 0);
		}
	}
}

/* ---- the rest ---------------------------------------------------------- */

/* A row that was damaged owes what it should: one DOWN, one UP. */
static void
damaged_rows_mend(void **state)
{
	struct state s = { .name = STATE_DOWN };

	(void)state;
	assert_int_equal(step(&s, 'f', 10), DEBT_DOWN);
	assert_int_equal(step(&s, 'f', 20), 0);
	s.good = 77;
	assert_int_equal(step(&s, 'o', 30), 0);
	assert_int_equal(s.name, STATE_RECOVERING);
	assert_int_equal(step(&s, 'o', 40), DEBT_UP);
	s.told_down = true;
	assert_int_equal(step(&s, 'o', 50), DEBT_UP);
	s.good = s.bad = s.overlay_runs = 1000000;
	step(&s, 'o', 60);
	assert_int_equal(s.good, 1000000);
	assert_int_equal(s.overlay_runs, 1000000);
	step(&s, 'f', 70);
	assert_int_equal(s.bad, 1);
	/* no word of an overlay while it is down */
	s = (struct state){ .name = STATE_RECOVERING,
		.told_down = true,
		.told_overlay = GRADE_WARNING };
	assert_int_equal(step(&s, 'o', 80), 0);
}

static void
words(void **state)
{
	enum state_name s;

	(void)state;
	for (int i = 0; i < STATE_N; i++) {
		assert_true(state_find(state_word((enum state_name)i), &s));
		assert_int_equal(s, i);
	}
	assert_false(state_find("", &s));
	assert_false(state_find("Up", &s));
}

static void
recheck(void **state)
{
	(void)state;
	for (int i = 0; i < STATE_N; i++)
		assert_int_equal(state_wants_recheck(&(struct state){
				     .name = (enum state_name)i }),
		    i != STATE_DOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_history),
		cmocka_unit_test(every_overlay),
		cmocka_unit_test(stories),
		cmocka_unit_test(times),
		cmocka_unit_test(words_last),
		cmocka_unit_test(wording_is_no_identity),
		cmocka_unit_test(always),
		cmocka_unit_test(clocks_jump),
		cmocka_unit_test(damaged_rows_mend),
		cmocka_unit_test(words),
		cmocka_unit_test(recheck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
