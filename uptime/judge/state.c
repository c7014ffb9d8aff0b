/* SPDX-License-Identifier: ISC */
/* The state machine of a target. */
#include "uptime/judge/state.h"

#include <stddef.h>
#include <string.h>

#define BAD_RUNS 2      /* in a row make DOWN */
#define RECENT 5        /* runs that are remembered, */
#define RECENT_BAD 3    /* of which so many make DOWN */
#define GOOD_RUNS 2     /* in a row make UP */
#define ROW_MAX 1000000 /* counters stop there */

static const char *const words[STATE_N] = {
	[STATE_NEW] = "new",
	[STATE_UP] = "up",
	[STATE_SUSPECT] = "suspect",
	[STATE_DOWN] = "down",
	[STATE_RECOVERING] = "recovering",
};

const char *
state_word(enum state_name s)
{
	return words[s];
}

bool
state_find(const char *word, enum state_name *s)
{
	for (size_t i = 0; i < STATE_N; i++)
		if (strcmp(words[i], word) == 0) {
			*s = (enum state_name)i;
			return true;
		}
	return false;
}

static void
enter(struct state *s, enum state_name name, int64_t at)
{
	if (s->name == name)
		return;
	s->name = name;
	s->since = at;
}

static void
count(int *row)
{
	if (*row < ROW_MAX)
		(*row)++;
}

static bool
is_out(const struct state *s)
{
	return s->name == STATE_DOWN || s->name == STATE_RECOVERING;
}

/* The last five as the contract counts them. */
static int
recent_bad(const struct state *s)
{
	int n = 0;

	for (unsigned i = 0; i < RECENT; i++)
		n += s->recent >> i & 1;
	return n;
}

static void
fail(struct state *s, const struct verdict *v, int64_t at)
{
	s->good = 0;
	count(&s->bad);
	if (s->fail_since == 0)
		s->fail_since = at;
	s->layer = v->layer;
	s->reason = v->reason;
	s->overlay_runs = 0;
	/* Time is asked last: it holds whatever the counters have come to. */
	if (!is_out(s) && s->bad < BAD_RUNS && recent_bad(s) < RECENT_BAD &&
	    at - s->fail_since < STATE_ALWAYS) {
		enter(s, STATE_SUSPECT, at);
		return;
	}
	enter(s, STATE_DOWN, at);
	if (s->down_since == 0)
		s->down_since = s->fail_since;
	s->overlay = s->overlay_next = s->told_overlay = GRADE_OK;
}

/* Works, but how well? */
static void
overlay(struct state *s, enum grade g, int64_t at)
{
	enum grade before = s->overlay_runs > 0 ? s->overlay_next : GRADE_OK;

	if (g != GRADE_OK && s->overlay == GRADE_OK && before == GRADE_OK)
		s->overlay_since = at;
	s->overlay_next = g;
	count(&s->overlay_runs);
	if (s->overlay_runs == 1)
		return;
	if (g > s->overlay && before > s->overlay)
		s->overlay = g < before ? g : before;
	else if (g < s->overlay && before < s->overlay)
		s->overlay = g > before ? g : before;
}

static void
pass(struct state *s, const struct verdict *v, int64_t at)
{
	bool was_out = is_out(s);
	enum grade g = GRADE_OK;

	if (v->grade == GRADE_WARNING || v->grade == GRADE_DEGRADED)
		g = v->grade;
	/* An UP says what the outage was, so its words are kept until then. */
	if (g != GRADE_OK && !was_out) {
		s->layer = v->layer;
		s->reason = v->reason;
	}
	s->bad = 0;
	s->fail_since = 0;
	if (s->name == STATE_DOWN)
		s->good = 0; /* whatever a damaged row says */
	count(&s->good);
	if (was_out && s->good < GOOD_RUNS) {
		enter(s, STATE_RECOVERING, at);
		return;
	}
	enter(s, STATE_UP, at);
	s->down_since = 0;
	overlay(s, g, at);
}

/* What is owed follows from what is and what was told, so that a row that was
 * damaged mends itself. */
static unsigned
settle(struct state *s)
{
	unsigned debts = 0;

	if (s->name == STATE_DOWN && !s->told_down) {
		debts |= DEBT_DOWN;
		s->told_down = true;
	}
	if (s->name == STATE_UP && s->told_down) {
		debts |= DEBT_UP;
		s->told_down = false;
	}
	if (s->name != STATE_UP)
		return debts;
	if (s->overlay > s->told_overlay) {
		debts |= DEBT_WORSE;
		s->told_overlay = s->overlay;
	}
	if (s->overlay == GRADE_OK && s->told_overlay != GRADE_OK) {
		debts |= DEBT_WHOLE;
		s->told_overlay = GRADE_OK;
	}
	return debts;
}

unsigned
state_step(const struct state *now_state, const struct verdict *v, int64_t now,
    struct state *next)
{
	struct state s = *now_state;
	bool failed = v->evidence == EVIDENCE_FAIL;
	int64_t at = now > s.last ? now : s.last;

	if (at <= 0)
		at = 1; /* 0 means that there is none */
	if (v->evidence == EVIDENCE_NONE) {
		if (s.blind_since == 0)
			s.blind_since = at;
		*next = s;
		return 0;
	}
	s.blind_since = 0;
	s.last = at;
	s.recent = (s.recent << 1 | failed) & ((1U << RECENT) - 1);
	if (failed)
		fail(&s, v, at);
	else
		pass(&s, v, at);
	*next = s;
	return settle(next);
}

bool
state_wants_recheck(const struct state *s)
{
	return s->name != STATE_DOWN;
}
