/* SPDX-License-Identifier: ISC */
/*
 * The state machine of a target: one pure step (state, verdict, clock) ->
 * (state, debts).  A debt is a mail that is owed; who commits it with the new
 * state has not lost it.
 *
 * DOWN after two failing runs, three of the last five, or ten minutes of
 * failure; UP after two good ones.  No evidence moves nothing but the clock
 * of what was not observed.  A clock that goes back shortens no window: until
 * it has caught up the time is that of the last evidence.
 */
#ifndef UPTIME_JUDGE_STATE_H
#define UPTIME_JUDGE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "uptime/probe.h"

enum state_name {
	STATE_NEW,
	STATE_UP,
	STATE_SUSPECT,
	STATE_DOWN,
	STATE_RECOVERING,
	STATE_N
};
const char *state_word(enum state_name);
bool state_find(const char *word, enum state_name *);

#define STATE_ALWAYS 600 /* s of failure that always alarm */

/* All zero is a target of which nothing is known. */
struct state {
	enum state_name name;
	int64_t since;       /* of this state */
	int64_t last;        /* evidence of the target, 0: none yet */
	int64_t fail_since;  /* the first failure of the present row; 0: none */
	int64_t down_since;  /* the failure that the outage began with; 0: UP */
	int64_t blind_since; /* no evidence since; 0 */
	int bad, good;       /* runs in a row */
	unsigned recent;     /* the last five, bit 0 the newest, 1 = failed */
	bool told_down;      /* an UP is owed at its end */
	/*
	 * Overlay: works, but (OK, WARNING, DEGRADED).  Two good runs in a row
	 * make it real: it rises to the better of them, falls to the worse.
	 * An outage ends it without a word.
	 */
	enum grade overlay;
	enum grade overlay_next; /* of the last good run */
	int overlay_runs;        /* good ones in a row */
	int64_t overlay_since;   /* the run that the last one began with; 0 */
	enum grade told_overlay; /* the worst that was told; OK: nothing */
	/* Of the last failure; while UP or NEW, of what was amiss last. */
	enum layer layer;
	enum reason reason;
};

enum debt {
	DEBT_DOWN = 1,
	DEBT_UP = 2,
	DEBT_WORSE = 4, /* warning or degraded, told once */
	DEBT_WHOLE = 8  /* and over */
};

/* *next may be the same as *now_state.  Returns debts. */
unsigned state_step(const struct state *, const struct verdict *, int64_t now,
    struct state *next);

/* Must a failing probe be rechecked within the run?  Not when it is DOWN. */
bool state_wants_recheck(const struct state *);

#endif
