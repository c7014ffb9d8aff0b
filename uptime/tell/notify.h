/* SPDX-License-Identifier: ISC */
/*
 * Debts -> one mail an owner: worst first, one cause told once, evidence, and
 * the command that shows it again.  Pure.
 */
#ifndef UPTIME_TELL_NOTIFY_H
#define UPTIME_TELL_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/judge/state.h"
#include "uptime/site.h"

struct buf;

/* What happened to one target in this run and is to be told. */
struct notice {
	const struct target *target;
	unsigned debts;
	struct state state;     /* the new one */
	struct verdict verdict; /* what it was judged by */
	char *evidence;    /* the layer table of that attempt, owned; or NULL;
			    * of DOWN, DEGRADED and WARNING alone */
	int64_t began;     /* DOWN, UP: the first failure of the outage */
	int64_t last_good; /* the last good probe before it; 0: none known */
	int64_t incident;  /* its number; 0: none */
};

struct notify_env {
	const char *vantage;
	const char *conf; /* for the commands that the mail names */
	int64_t now;
};

/* Worst first, then by site and name; stable, whatever the order before. */
void notify_order(const struct notice **, size_t n);
/* Ordered notices of one owner.  A subject has 150 characters at most, a body
 * 60 lines: one cause after the other, the worst in full, what finds no room
 * counted. */
void notify_subject(struct buf *, const struct notice *const *, size_t n,
    const struct notify_env *);
void notify_body(struct buf *, const struct notice *const *, size_t n,
    const struct notify_env *);
/* To admin, when we are back on the air. */
void notify_blind(struct buf *subject, struct buf *body, int64_t from,
    int64_t to, size_t targets, const struct notify_env *);

#endif
