/* SPDX-License-Identifier: ISC */
/*
 * The event loop of one run: descriptors and timers.  One thread; callbacks
 * are called from loop_turn only, never from the call that registers.
 */
#ifndef UPTIME_PROBE_LOOP_H
#define UPTIME_PROBE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

struct loop *loop_new(void);
/* Nothing may be watched or timed any more, or it is forgotten. */
void loop_free(struct loop *);

#define LOOP_READ 1u
#define LOOP_WRITE 2u

/*
 * Calls ready(arg, fd, events) whenever fd can be read or written (an error or
 * a hang-up counts as both).  A second call for an fd replaces the first;
 * events 0 forgets it, and must come before close(2).
 */
void loop_watch(struct loop *, int fd, unsigned events,
    void (*ready)(void *, int fd, unsigned events), void *arg);

/* Owned by the caller, zeroed before its first use. */
struct loop_timer {
	int64_t at;
	void (*fire)(void *);
	void *arg;
	size_t slot; /* in the heap, from 1; 0: not set */
};
/* Once, ms from now; setting it again moves it. */
void loop_timer_set(struct loop *, struct loop_timer *, int64_t ms,
    void (*fire)(void *), void *arg);
void loop_timer_stop(struct loop *, struct loop_timer *);

/* Waits for at most ms milliseconds for something to do, and does it. */
void loop_turn(struct loop *, int64_t ms);
/* Turns until done(arg). */
void loop_until(struct loop *, bool (*done)(void *), void *arg);

#endif
