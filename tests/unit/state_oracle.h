/* SPDX-License-Identifier: ISC */
/*
 * The state machine said again, slowly: everything is worked out anew from the
 * whole history.  Written from uptime/judge/state.h, not from state.c.
 */
#ifndef TESTS_UNIT_STATE_ORACLE_H
#define TESTS_UNIT_STATE_ORACLE_H

#include <stddef.h>

#include "uptime/judge/state.h"

#define ORACLE_MAX 64

/* One run of a history: 'n' no evidence, 'f' failed, 'o' OK, 'w' WARNING,
 * 'd' DEGRADED. */
enum state_name oracle_name(const char *history, size_t n);
/* What the last run of it owes. */
unsigned oracle_debts(const char *history, size_t n);
/* The overlay that stands after it. */
enum grade oracle_overlay(const char *history, size_t n);

#endif
