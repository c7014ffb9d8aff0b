/* SPDX-License-Identifier: ISC */
/* Rounds of questions to witnesses. */
#include "uptime/dns/witness.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"
#include "uptime/dns/dns.h"
#include "uptime/probe/loop.h"

/* One witness of one round.  A question cannot be taken back, so it outlives
 * the witnesses, who are then NULL. */
struct call {
	struct witnesses *of;
	int fd; /* -1: not a connection */
	struct loop_timer timer;
};

struct asker {
	void (*done)(void *, int, int);
	void *arg;
};

struct askers {
	struct asker *asker;
	size_t n, room;
};

struct witnesses {
	struct loop *loop;
	struct dns *dns;
	struct witness *witness;
	struct call **call; /* of the round; NULL: has ended */
	size_t n, left;
	int timeout_ms, answered;
	bool running;
	struct askers now, next;
	struct loop_timer start;
};

const char *
witness_parse(const char *s, struct witness *w)
{
	w->tcp = strncmp(s, "tcp:", 4) == 0;
	if (w->tcp || strncmp(s, "dns:", 4) == 0)
		s += 4;
	if (!ip_parse(s, w->tcp ? 0 : 53, &w->ip))
		return "an address, or dns:ADDRESS:PORT, or tcp:ADDRESS:PORT";
	if (w->ip.port == 0)
		return "tcp:ADDRESS:PORT";
	return NULL;
}

/* ---- rounds -------------------------------------------------------------- */

static void start_round(void *);

static void
end_round(struct witnesses *w)
{
	struct askers told = w->now;

	w->now = (struct askers){ .n = 0 };
	w->running = false;
	for (size_t i = 0; i < told.n; i++)
		told.asker[i].done(told.asker[i].arg, w->answered, (int)w->n);
	free(told.asker);
	if (w->next.n > 0)
		loop_timer_set(w->loop, &w->start, 0, start_round, w);
}

static void
call_end(struct call *c, bool answered)
{
	struct witnesses *w = c->of;

	if (w != NULL) {
		if (c->fd != -1) {
			loop_watch(w->loop, c->fd, 0, NULL, NULL);
			close(c->fd);
		}
		loop_timer_stop(w->loop, &c->timer);
		for (size_t i = 0; i < w->n; i++)
			if (w->call[i] == c)
				w->call[i] = NULL;
		w->answered += answered;
	}
	free(c);
	if (w != NULL && --w->left == 0)
		end_round(w);
}

static void
on_reply(void *arg, const struct dns_reply *r)
{
	call_end(arg, r->status == DNS_ANSWER);
}

static void
on_connected(void *arg, int fd, unsigned events)
{
	int e = 0;
	socklen_t n = sizeof e;

	(void)events;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) == -1)
		e = errno;
	call_end(arg, e == 0);
}

static void
on_late(void *arg)
{
	call_end(arg, false);
}

/* What cannot even begin ends at the next turn. */
static void
call_tcp(struct call *c, const struct ip *ip)
{
	struct witnesses *w = c->of;
	struct sockaddr_storage ss;
	socklen_t n = ip_sockaddr(ip, &ss);
	int late = w->timeout_ms;

	c->fd = socket(ip->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (c->fd != -1 &&
	    (connect(c->fd, (struct sockaddr *)&ss, n) == 0 ||
		errno == EINPROGRESS))
		loop_watch(w->loop, c->fd, LOOP_WRITE, on_connected, c);
	else
		late = 0;
	loop_timer_set(w->loop, &c->timer, late, on_late, c);
}

static void
start_round(void *arg)
{
	struct witnesses *w = arg;
	struct dns_question q = { .name = "",
		.type = RR_NS,
		.recurse = true,
		.urgent = true,
		.timeout_ms = w->timeout_ms };
	struct call *c;

	free(w->now.asker);
	w->now = w->next;
	w->next = (struct askers){ .n = 0 };
	w->running = true;
	w->answered = 0;
	if ((w->left = w->n) == 0)
		end_round(w);
	for (size_t i = 0; i < w->n; i++) {
		c = w->call[i] = xcalloc(1, sizeof *c);
		c->of = w;
		c->fd = -1;
		if (w->witness[i].tcp)
			call_tcp(c, &w->witness[i].ip);
		else
			dns_ask(w->dns, &w->witness[i].ip, &q, on_reply, c);
	}
}

void
witnesses_ask(struct witnesses *w, void (*done)(void *, int, int), void *arg)
{
	struct askers *a = &w->next;

	if (a->n == a->room) {
		a->room = a->room * 2 + 16;
		a->asker = xreallocarray(a->asker, a->room, sizeof *a->asker);
	}
	a->asker[a->n++] = (struct asker){ done, arg };
	if (!w->running && w->start.slot == 0)
		loop_timer_set(w->loop, &w->start, 0, start_round, w);
}

/* ---- all of them --------------------------------------------------------- */

struct witnesses *
witnesses_new(struct loop *loop, struct dns *dns, const struct witness *list,
    size_t n, int timeout_ms)
{
	struct witnesses *w = xcalloc(1, sizeof *w);

	w->loop = loop;
	w->dns = dns;
	w->n = n;
	w->timeout_ms = timeout_ms;
	w->witness = xcalloc(n + 1, sizeof *w->witness);
	w->call = xcalloc(n + 1, sizeof *w->call);
	if (n > 0)
		memcpy(w->witness, list, n * sizeof *list);
	return w;
}

void
witnesses_free(struct witnesses *w)
{
	struct call *c;

	if (w == NULL)
		return;
	loop_timer_stop(w->loop, &w->start);
	w->left = w->n + 1; /* no round ends any more */
	for (size_t i = 0; i < w->n; i++) {
		if ((c = w->call[i]) == NULL)
			continue;
		if (w->witness[i].tcp)
			call_end(c, false);
		else
			c->of = NULL;
	}
	free(w->now.asker);
	free(w->next.asker);
	free(w->witness);
	free(w->call);
	free(w);
}
