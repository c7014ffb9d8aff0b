/* SPDX-License-Identifier: ISC */
/*
 * Questions: who waits, who is under way, and what an answer is worth.
 *
 * dns_ask only queues; questions are sent and channels made and destroyed from
 * one timer, never inside a callback of c-ares.
 */
#include "uptime/dns/dns.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "uptime/dns/dns_in.h"

/* ms.  ares_timeout looks at every question: c-ares is called at a steady
 * pace instead. */
#define TICK 25
#define PORT 53

struct queue {
	struct ask *first, **end;
};

struct dns {
	struct loop *loop;
	struct channels channels;
	size_t in_flight, max;
	uint64_t asked;
	struct queue urgent, waiting; /* for a place in flight */
	struct queue parked;          /* for a channel */
	struct queue again;           /* have a place */
	struct loop_timer pump, tick;
	bool closing;
};

static void pump(void *);
static void tick(void *);

/* ---- queues -------------------------------------------------------------- */

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void
queue_put(struct queue *q, struct ask *a)
{
	a->queued = NULL;
	a->in_queue = true;
	*q->end = a;
	q->end = &a->queued;
}

static void
queue_push(struct queue *q, struct ask *a)
{
	if ((a->queued = q->first) == NULL)
		q->end = &a->queued;
	a->in_queue = true;
	q->first = a;
}

static struct ask *
queue_take(struct queue *q)
{
	struct ask *a = q->first;

	if (a == NULL)
		return NULL;
	if ((q->first = a->queued) == NULL)
		q->end = &q->first;
	a->in_queue = false;
	return a;
}

static void
wake(struct dns *d)
{
	if (d->pump.slot == 0 && !d->closing)
		loop_timer_set(d->loop, &d->pump, 0, pump, d);
}

/* ---- the life of a question ---------------------------------------------- */

/* Freed as soon as nobody knows it any more. */
void
ask_release(struct ask *a)
{
	if (a->over && !a->in_queue && a->holder == NULL)
		free(a);
}

/* The one way out. */
static void
finish(struct ask *a, struct dns_reply *reply)
{
	struct dns *d = a->dns;

	channel_leave(a);
	loop_timer_stop(d->loop, &a->deadline);
	a->over = true;
	if (a->begun)
		d->in_flight--;
	reply->us = a->sent != 0 ? clock_mono_us() - a->sent : 0;
	a->done(a->arg, reply);
	if (reply->status == DNS_ANSWER)
		answer_free(&reply->answer);
	ask_release(a);
	if (d->waiting.first != NULL || d->urgent.first != NULL ||
	    d->parked.first != NULL)
		wake(d);
}

static void
finish_without(struct ask *a, enum dns_status status)
{
	struct dns_reply reply = { .status = status };

	/* silence, but for what came from somewhere */
	if (a->garbage && (status == DNS_TIMEOUT || status == DNS_CLOSED))
		reply.status = DNS_GARBAGE;
	finish(a, &reply);
}

static void
on_deadline(void *arg)
{
	struct ask *a = arg;

	finish_without(a,
	    a->channel != NULL && a->channel->unsent ? DNS_UNREACHABLE :
						       DNS_TIMEOUT);
}

static void
ask_again(struct ask *a)
{
	queue_put(&a->dns->again, a);
	wake(a->dns);
}

void
ask_failed(struct ask *a, enum dns_status status, bool again)
{
	if (again)
		ask_again(a);
	else
		finish_without(a, status);
}

/* Servers that lower the question's case exist; by TCP, where nobody can
 * forge, it need not be kept. */
void
ask_answered(struct ask *a, const unsigned char *packet, size_t len)
{
	struct dns_reply reply = { .status = DNS_ANSWER };
	bool good = answer_parse(packet, len, a->name, a->type, !a->tcp,
	    &reply.answer);
	int rcode = reply.answer.rcode;

	if (!good && a->tcp) {
		finish_without(a, DNS_GARBAGE);
		return;
	}
	if (!a->tcp && (!good || reply.answer.tc)) {
		a->garbage |= !good;
		a->tcp = true;
	} else if (a->edns && (rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP))
		a->edns = false;
	else {
		finish(a, &reply);
		return;
	}
	if (good)
		answer_free(&reply.answer);
	ask_again(a);
}

/* ---- sending ------------------------------------------------------------- */

static void
begin(struct ask *a)
{
	struct dns *d = a->dns;

	a->begun = true;
	d->in_flight++;
	a->sent = clock_mono_us();
	loop_timer_set(d->loop, &a->deadline, a->timeout_ms, on_deadline, a);
	if (d->tick.slot == 0)
		loop_timer_set(d->loop, &d->tick, TICK, tick, d);
}

/* False: there is no channel now. */
static bool
launch(struct ask *a, bool first_in_line)
{
	struct dns *d = a->dns;
	struct channel *c;

	if (a->over) { /* while it waited */
		ask_release(a);
		return true;
	}
	if (!packet_make(a)) {
		finish_without(a, DNS_CANCELLED);
		return true;
	}
	c = channel_get(&d->channels, &a->server, a->tcp, a->timeout_ms,
	    first_in_line || d->parked.first == NULL);
	if (c == NULL)
		return false;
	if (!a->begun)
		begin(a);
	d->asked++;
	channel_send(c, a);
	return true;
}

static void
launch_or_park(struct ask *a)
{
	if (!launch(a, false))
		queue_put(&a->dns->parked, a);
}

/* Sends what can be sent; first who waits longest. */
static void
pump(void *arg)
{
	struct dns *d = arg;
	struct ask *a;

	while ((a = queue_take(&d->parked)) != NULL)
		if ((!a->begun && d->in_flight >= d->max) || !launch(a, true)) {
			queue_push(&d->parked, a);
			break;
		}
	while ((a = queue_take(&d->again)) != NULL)
		launch_or_park(a);
	while (d->in_flight < d->max &&
	    ((a = queue_take(&d->urgent)) != NULL ||
		(a = queue_take(&d->waiting)) != NULL))
		launch_or_park(a);
}

static void
tick(void *arg)
{
	struct dns *d = arg;

	if (channels_tick(&d->channels) || d->in_flight > 0)
		loop_timer_set(d->loop, &d->tick, TICK, tick, d);
}

void
dns_ask(struct dns *d, const struct ip *server, const struct dns_question *q,
    void (*done)(void *, const struct dns_reply *), void *arg)
{
	size_t n = strlen(q->name) + 1;
	struct ask *a = xmalloc(sizeof *a + n);

	memset(a, 0, offsetof(struct ask, packet));
	memcpy(a->name, q->name, n);
	a->dns = d;
	a->server = *server;
	if (a->server.port == 0)
		a->server.port = PORT;
	a->type = q->type;
	a->timeout_ms = q->timeout_ms;
	a->recurse = q->recurse;
	a->dnssec = q->dnssec;
	a->tcp = q->tcp;
	a->edns = true;
	a->done = done;
	a->arg = arg;
	queue_put(q->urgent ? &d->urgent : &d->waiting, a);
	if (d->in_flight < d->max)
		wake(d);
}

/* ---- all of it ----------------------------------------------------------- */

struct dns *
dns_new(struct loop *loop, size_t in_flight)
{
	struct dns *d = xcalloc(1, sizeof *d);

	channels_init(&d->channels, loop);
	d->loop = loop;
	d->max = in_flight;
	queue_init(&d->urgent);
	queue_init(&d->waiting);
	queue_init(&d->parked);
	queue_init(&d->again);
	return d;
}

static void
cancel_queue(struct queue *q)
{
	struct ask *a;

	while ((a = queue_take(q)) != NULL)
		if (a->over)
			ask_release(a);
		else
			finish_without(a, DNS_CANCELLED);
}

void
dns_free(struct dns *d)
{
	struct channel *c;

	if (d == NULL)
		return;
	d->closing = true;
	loop_timer_stop(d->loop, &d->pump);
	loop_timer_stop(d->loop, &d->tick);
	cancel_queue(&d->urgent);
	cancel_queue(&d->waiting);
	cancel_queue(&d->parked);
	cancel_queue(&d->again);
	for (c = d->channels.newest; c != NULL; c = c->older)
		while (c->asks != NULL)
			finish_without(c->asks, DNS_CANCELLED);
	channels_free(&d->channels);
	free(d);
}

struct loop *
dns_loop(const struct dns *d)
{
	return d->loop;
}

uint64_t
dns_asked(const struct dns *d)
{
	return d->asked;
}

size_t
dns_channels(const struct dns *d)
{
	return d->channels.made;
}
