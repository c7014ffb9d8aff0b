/* SPDX-License-Identifier: ISC */
/*
 * journalctl(1) as a child, for journal.c: by its absolute path, without a
 * shell and an environment, on /dev/null.  It ends when we do.
 */
#ifndef WATCHDOG_READ_JOURNAL_CHILD_H
#define WATCHDOG_READ_JOURNAL_CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct journal_child {
	pid_t pid; /* 0: none, or it has ended */
	int out;   /* what it writes: a pipe */
	int err;   /* what it complains of: a file in memory */
};

/* Where it is, NULL: nowhere. */
const char *child_program(void);
/* The arguments that every call has; *k of them, and there is room for eight
 * more, which are freed with them. */
char **child_argv(size_t *k);
void child_argv_free(char **argv);
/* False: errno; child_stop is due all the same. */
bool child_start(struct journal_child *, const char *program, char **argv);
/* Waits for its end: the exit status, 128 and the signal, or -1. */
int child_reap(struct journal_child *);
/* Ends it, if it has not, and closes all. */
void child_stop(struct journal_child *);

#endif
