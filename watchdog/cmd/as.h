/* SPDX-License-Identifier: ISC */
/*
 * The names that `new --as` keeps a cursor under, and where.
 */
#ifndef WATCHDOG_CMD_AS_H
#define WATCHDOG_CMD_AS_H

/* 0, or 64 after a line on stderr: it is no name. */
int as_check(const char *command, const char *name);
/* The state of that name, "": of no name; to be freed.  Each has one of its
 * own, so that slow pipelines do not wait for each other, nor runs for any of
 * them. */
char *as_state(const char *name);

#endif
