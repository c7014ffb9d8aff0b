/* SPDX-License-Identifier: ISC */
/*
 * Counted crash points: STEP("outbox:committed") marks a place where state on
 * disk has just changed.  In a build with STEPS=1 the N-th step that is
 * passed kills the process with SIGKILL when SITEWATCH_KILL_AT=N, and
 * SITEWATCH_STEPS=FILE gets the name of each step passed, a line each.  A
 * release build has none of it.
 */
#ifndef COMMON_BASE_STEP_H
#define COMMON_BASE_STEP_H

#ifdef WITH_STEPS
void step_here(const char *name);
#define STEP(name) step_here(name)
#else
#define STEP(name) ((void)0)
#endif

#endif
