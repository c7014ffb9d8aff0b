/* SPDX-License-Identifier: ISC */
/*
 * A name is asked for at one zone: its servers in random order, the next one
 * when one says nothing of use, or nothing for a while.  The first that knows
 * more decides where to go.
 */
#include <string.h>

#include "uptime/dns/delegation_in.h"

/* xorshift: to spread questions over servers, no secret. */
static size_t
random_below(struct delegation *d, size_t n)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return (size_t)(d->random >> 11) % n;
}

/* In random order, but the silent ones last. */
static void
line_up(struct job *j)
{
	struct cut *c = j->at;
	size_t i, k, first = 0;
	unsigned char swap;

	j->nracer = 0;
	for (int silent = 0; silent < 2; silent++) {
		first = j->nracer;
		for (i = 0; i < c->n; i++)
			if (c->silent[i] == (silent == 1) &&
			    reachable(j->d, &c->server[i].ip))
				j->racer[j->nracer++] = (unsigned char)i;
		for (i = j->nracer; i > first + 1; i--) {
			k = first + random_below(j->d, i - first);
			swap = j->racer[i - 1];
			j->racer[i - 1] = j->racer[k];
			j->racer[k] = swap;
		}
	}
}

static void
lose(struct job *j)
{
	j->race++;
	j->lost = true;
	loop_timer_stop(j->d->loop, &j->hedge);
	lead_release(j);
	if (j->at == j->d->root)
		job_finish(j, WALK_NO_ROOT);
	else if (!j->full)
		job_finish(j, WALK_ZONE_DEAD);
	else
		last_begin(j, false);
}

static void race_reply(struct ask *, const struct dns_reply *);

/* Asks so many more; who cannot pay for a single one has lost. */
static void
ask_more(struct job *j, size_t n)
{
	struct ask a = { .done = race_reply, .job = j, .cut = j->at };

	for (; n > 0 && j->asked < j->nracer; n--) {
		a.i = j->racer[j->asked];
		a.what = (int)j->race;
		if (!put_question(j->d, &a, &j->at->server[a.i].ip, j->host,
			RR_A, false, j->d->conf.server_ms)) {
			job_finish(j, WALK_TOO_DEEP);
			return;
		}
		j->asked++;
	}
}

static void on_hedge(void *);

static void
set_hedge(struct job *j)
{
	loop_timer_set(j->d->loop, &j->hedge,
	    HEDGE + (int64_t)j->d->outstanding, on_hedge, j);
}

/* Nobody has answered for a while: one more, one more, two, four, ... */
static void
on_hedge(void *arg)
{
	struct job *j = arg;

	j->step++;
	ask_more(j, j->step < 2 ? 1 : (size_t)1 << (j->step - 2));
	if (j->phase == PHASE_RACE) {
		/* What is dead is the end of the way: the survey of a last
		 * zone takes as long as waiting here, so it begins. */
		if (j->full && j->at != j->d->root &&
		    j->step * HEDGE >= SILENCE)
			survey_begin(j->at, j);
		if (j->asked < j->nracer || j->step * HEDGE < SILENCE)
			set_hedge(j);
	}
	drain(j->d);
}

void
race_begin(struct job *j)
{
	j->phase = PHASE_RACE;
	j->race++;
	j->asked = j->answered = j->step = 0;
	line_up(j);
	ask_more(j, 1);
	if (j->phase == PHASE_RACE)
		set_hedge(j);
}

/* What the server said, as far as no survey says it better. */
static void
note(struct cut *c, size_t i, const struct dns_reply *r)
{
	struct walk_server *s = &c->server[i];

	c->silent[i] = r->status != DNS_ANSWER;
	if (c->survey != SURVEY_NONE)
		return;
	memset(&s->udp, 0, sizeof s->udp);
	reply_worst(&s->udp, r, r->status == DNS_ANSWER && r->answer.aa);
	c->shown = NULL;
}

static void
race_reply(struct ask *a, const struct dns_reply *r)
{
	enum said said = SAID_LAME;
	struct cut *child = NULL;
	struct job *j = a->job;
	const char *below;

	note(a->cut, a->i, r);
	if (a->what != (int)j->race || j->phase != PHASE_RACE)
		return;
	j->answered++;
	if (r->status == DNS_ANSWER)
		said = said_of(&r->answer, j->host, a->cut->name, &below);
	if (said == SAID_REFERRAL) {
		child = cut_make(j, a->cut, below, &r->answer, NULL);
		if (child == NULL)
			said = SAID_LAME;
	}
	if (said == SAID_LAME) {
		if (j->answered == j->nracer)
			lose(j);
		else
			ask_more(j, 1);
		return;
	}
	j->race++;
	loop_timer_stop(j->d->loop, &j->hedge);
	j->winner = a->i;
	a->cut->server[a->i].referral |= said == SAID_REFERRAL;
	if (said == SAID_REFERRAL)
		job_down(j, child);
	else
		job_answered(j, &r->answer);
}
