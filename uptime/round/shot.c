/* SPDX-License-Identifier: ISC */
/* One attempt at one address, steps first. */
#include "uptime/round/shot.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "uptime/probe/fetch.h"
#include "uptime/round/gate.h"

struct shot {
	struct shot_ask ask;
	struct gate_pass pass;
	struct fetch_jar *jar;
	struct probe *probe;
	size_t step; /* the next one */
	void (*done)(void *, struct probe *);
	void *arg;
};

static void next_step(void *);

static void
finish(struct shot *s)
{
	fetch_jar_free(s->jar);
	gate_leave(&s->pass);
	s->done(s->arg, s->probe);
	free(s);
}

/* A step is done when its reply is no error; its body is nobody's business. */
static void
on_step(void *arg, struct probe *p)
{
	struct shot *s = arg;
	const struct request *r = &s->ask.target->step[s->step - 1];
	char why[PROBE_DETAIL];

	if (p->reason == REASON_NONE && p->status >= 400)
		probe_fail(p, REASON_STATUS, "step %zu, %s: %d", s->step,
		    r->url.text, p->status);
	else if (p->reason != REASON_NONE) {
		memcpy(why, p->detail, sizeof why);
		probe_fail(p, p->reason, "step %zu, %s: %s", s->step,
		    r->url.text, why);
	}
	if (p->reason != REASON_NONE) {
		finish(s);
		return;
	}
	probe_free(p);
	probe_init(p, s->ask.target->max_body);
	next_step(s);
}

static void
on_reply(void *arg, struct probe *p)
{
	(void)p;
	finish(arg);
}

static void
next_step(void *arg)
{
	struct shot *s = arg;
	const struct target *t = s->ask.target;
	struct fetch_ask f = { .request = &t->ask,
		.url = s->ask.url != NULL ? s->ask.url : &t->ask.url,
		.ip = s->ask.ip,
		.timeout_ms = (int)t->timeout,
		.ca_file = t->site->ca_file,
		.jar = s->jar };

	if (t->kind == TARGET_TCP) {
		fetch_banner(s->ask.fetch, t, &s->ask.ip, t->site->ca_file,
		    s->probe, on_reply, s);
		return;
	}
	if (s->ask.url == NULL && s->step < t->nstep) {
		f.request = &t->step[s->step++];
		f.url = &f.request->url;
		f.ip.port = f.url->port;
		fetch_start(s->ask.fetch, &f, s->probe, on_step, s);
		return;
	}
	fetch_start(s->ask.fetch, &f, s->probe, on_reply, s);
}

void
shot_start(const struct shot_ask *ask, struct probe *p,
    void (*done)(void *, struct probe *), void *arg)
{
	struct shot *s = xcalloc(1, sizeof *s);

	s->ask = *ask;
	s->probe = p;
	s->done = done;
	s->arg = arg;
	probe_init(p, ask->target->max_body);
	p->ip = ask->ip;
	if (ask->target->nstep > 0)
		s->jar = fetch_jar_new();
	gate_enter(ask->gates, &s->pass, ask->host, &ask->ip, next_step, s);
}
