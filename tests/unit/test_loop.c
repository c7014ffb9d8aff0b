/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* pipe2 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "uptime/probe/loop.h"

#define MANY 500

struct seen {
	struct loop *loop;
	int fd;
	unsigned events;
	int calls;
};

static void
on_ready(void *arg, int fd, unsigned events)
{
	struct seen *s = arg;

	s->fd = fd;
	s->events |= events;
	s->calls++;
}

static void
on_time(void *arg)
{
	(*(int *)arg)++;
}

static void
descriptors_are_watched(void **state)
{
	struct loop *l = loop_new();
	struct seen r = { .loop = l }, w = { .loop = l };
	int p[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	loop_watch(l, p[0], LOOP_READ, on_ready, &r);
	loop_watch(l, p[1], LOOP_WRITE, on_ready, &w);
	loop_turn(l, 0);
	assert_int_equal(r.calls, 0);
	assert_int_equal(w.calls, 1);
	assert_int_equal(w.events, LOOP_WRITE);
	loop_watch(l, p[1], 0, NULL, NULL);
	assert_int_equal(write(p[1], "x", 1), 1);
	loop_turn(l, 1000);
	assert_int_equal(r.calls, 1);
	assert_int_equal(r.fd, p[0]);
	assert_int_equal(w.calls, 1);
	/* a hang-up is something to read */
	assert_int_equal(read(p[0], &(char){ 0 }, 1), 1);
	close(p[1]);
	loop_turn(l, 1000);
	assert_int_equal(r.calls, 2);
	loop_watch(l, p[0], 0, NULL, NULL);
	close(p[0]);
	loop_free(l);
}

/* The first of two events takes the second's descriptor away. */
static void
on_ready_forget(void *arg, int fd, unsigned events)
{
	struct seen *s = arg;

	(void)events;
	s->calls++;
	loop_watch(s->loop, s->fd == fd ? fd : s->fd, 0, NULL, NULL);
	loop_watch(s->loop, fd, 0, NULL, NULL);
}

static void
who_is_forgotten_in_a_callback_is_not_called(void **state)
{
	struct loop *l = loop_new();
	struct seen a = { .loop = l }, b = { .loop = l };
	int p[2], q[2];

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(pipe2(q, O_CLOEXEC), 0);
	a.fd = q[0];
	b.fd = p[0];
	loop_watch(l, p[0], LOOP_READ, on_ready_forget, &a);
	loop_watch(l, q[0], LOOP_READ, on_ready_forget, &b);
	assert_int_equal(write(p[1], "x", 1) + write(q[1], "x", 1), 2);
	loop_turn(l, 1000);
	assert_int_equal(a.calls + b.calls, 1);
	for (int i = 0; i < 2; i++) {
		close(p[i]);
		close(q[i]);
	}
	loop_free(l);
}

static void
timers_fire_once_and_in_time(void **state)
{
	struct loop *l = loop_new();
	struct loop_timer a = { 0 }, b = { 0 }, c = { 0 };
	int na = 0, nb = 0, nc = 0;
	int64_t begun = clock_mono();

	(void)state;
	loop_timer_set(l, &a, 30, on_time, &na);
	loop_timer_set(l, &b, 60000, on_time, &nb);
	loop_timer_set(l, &c, 60000, on_time, &nc);
	loop_timer_set(l, &c, 10, on_time, &nc); /* moved */
	while (na == 0)
		loop_turn(l, 1000);
	assert_true(clock_mono() - begun >= 30);
	assert_int_equal(nc, 1);
	assert_int_equal(nb, 0);
	loop_timer_stop(l, &b);
	loop_timer_stop(l, &b);
	assert_int_equal(b.slot, 0);
	loop_turn(l, 0);
	assert_int_equal(na, 1);
	loop_free(l);
}

struct order {
	struct loop_timer timer;
	int64_t *last; /* when the one before was due */
	int *fired;
};

static void
in_order(void *arg)
{
	struct order *o = arg;

	assert_true(o->timer.at >= *o->last);
	*o->last = o->timer.at;
	(*o->fired)++;
}

static void
many_timers_fire_in_order(void **state)
{
	struct loop *l = loop_new();
	struct order *o = calloc(MANY, sizeof *o);
	int64_t last = 0;
	int fired = 0, stopped = 0;
	unsigned seed = 7;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		seed = seed * 1103515245 + 12345;
		o[i].last = &last;
		o[i].fired = &fired;
		loop_timer_set(l, &o[i].timer, (seed >> 16) % 50, in_order,
		    &o[i]);
	}
	for (size_t i = 0; i < MANY; i += 7, stopped++)
		loop_timer_stop(l, &o[i].timer);
	while (fired + stopped < MANY)
		loop_turn(l, 1000);
	loop_free(l);
	free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_watched),
		cmocka_unit_test(who_is_forgotten_in_a_callback_is_not_called),
		cmocka_unit_test(timers_fire_once_and_in_time),
		cmocka_unit_test(many_timers_fire_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
