/* SPDX-License-Identifier: ISC */
/* The event loop: epoll, and a heap of timers. */
#include "uptime/probe/loop.h"

#include <sys/epoll.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"

#define BATCH 64 /* events a turn; more wait for the next */

struct watch {
	unsigned events; /* 0: nobody watches */
	void (*ready)(void *, int, unsigned);
	void *arg;
};

struct loop {
	int fd;
	struct watch *watch; /* by descriptor */
	size_t nwatch;
	struct loop_timer **timer; /* a heap, from 1 */
	size_t ntimer, room;
};

struct loop *
loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof *l);

	if ((l->fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		fatal(EX_OSERR, "epoll_create1: %m");
	return l;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	free(l->watch);
	free(l->timer);
	free(l);
}

void
loop_watch(struct loop *l, int fd, unsigned events,
    void (*ready)(void *, int, unsigned), void *arg)
{
	struct epoll_event e = { .data.fd = fd };
	struct watch *w;
	size_t n = (size_t)fd + 1;

	if (n > l->nwatch) {
		n += n / 2;
		l->watch = xreallocarray(l->watch, n, sizeof *l->watch);
		memset(l->watch + l->nwatch, 0,
		    (n - l->nwatch) * sizeof *l->watch);
		l->nwatch = n;
	}
	w = &l->watch[fd];
	if (events & LOOP_READ)
		e.events |= EPOLLIN;
	if (events & LOOP_WRITE)
		e.events |= EPOLLOUT;
	if (events != w->events &&
	    epoll_ctl(l->fd,
		events == 0        ? EPOLL_CTL_DEL :
		    w->events == 0 ? EPOLL_CTL_ADD :
				     EPOLL_CTL_MOD,
		fd, &e) == -1 &&
	    events != 0)
		fatal(EX_OSERR, "epoll_ctl: %m");
	*w = (struct watch){ events, ready, arg };
}

/* ---- timers -------------------------------------------------------------- */

static void
place(struct loop *l, struct loop_timer *t, size_t slot)
{
	l->timer[slot] = t;
	t->slot = slot;
}

/* Finds the slot for t, which may be too early or too late for the hole. */
static void
sift(struct loop *l, struct loop_timer *t, size_t hole)
{
	size_t child;

	for (; hole > 1 && l->timer[hole / 2]->at > t->at; hole /= 2)
		place(l, l->timer[hole / 2], hole);
	for (; (child = 2 * hole) <= l->ntimer; hole = child) {
		if (child < l->ntimer &&
		    l->timer[child + 1]->at < l->timer[child]->at)
			child++;
		if (l->timer[child]->at >= t->at)
			break;
		place(l, l->timer[child], hole);
	}
	place(l, t, hole);
}

void
loop_timer_stop(struct loop *l, struct loop_timer *t)
{
	size_t hole = t->slot;
	struct loop_timer *last;

	if (hole == 0)
		return;
	last = l->timer[l->ntimer--];
	t->slot = 0;
	if (last != t)
		sift(l, last, hole);
}

void
loop_timer_set(struct loop *l, struct loop_timer *t, int64_t ms,
    void (*fire)(void *), void *arg)
{
	loop_timer_stop(l, t);
	t->at = clock_mono() + ms;
	t->fire = fire;
	t->arg = arg;
	if (++l->ntimer >= l->room) {
		l->room = l->room * 2 + 64;
		l->timer = xreallocarray(l->timer, l->room, sizeof *l->timer);
	}
	sift(l, t, l->ntimer);
}

static void
fire_timers(struct loop *l)
{
	int64_t now = clock_mono();
	struct loop_timer *t;

	while (l->ntimer > 0 && (t = l->timer[1])->at <= now) {
		loop_timer_stop(l, t);
		t->fire(t->arg);
	}
}

/* ---- turns --------------------------------------------------------------- */

static void
dispatch(struct loop *l, int ms)
{
	struct epoll_event e[BATCH];
	int n = epoll_wait(l->fd, e, BATCH, ms);

	if (n == -1 && errno != EINTR)
		fatal(EX_OSERR, "epoll_wait: %m");
	for (int i = 0; i < n; i++) {
		struct watch *w = &l->watch[e[i].data.fd];
		unsigned events = 0;

		/* a callback before this one may have closed it */
		if (w->events == 0)
			continue;
		if (e[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
			events |= LOOP_READ;
		if (e[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
			events |= LOOP_WRITE;
		w->ready(w->arg, e[i].data.fd, events & w->events);
	}
}

void
loop_turn(struct loop *l, int64_t ms)
{
	int64_t left;

	if (l->ntimer > 0) {
		left = l->timer[1]->at - clock_mono();
		ms = left < ms ? (left > 0 ? left : 0) : ms;
	}
	dispatch(l, ms > INT_MAX ? INT_MAX : (int)ms);
	fire_timers(l);
}

void
loop_until(struct loop *l, bool (*done)(void *), void *arg)
{
	while (!done(arg))
		loop_turn(l, 1000);
}
