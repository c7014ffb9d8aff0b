/* SPDX-License-Identifier: ISC */
/* For what ends the program: runs it in a child process. */
#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

#include <stddef.h>

/*
 * Runs f(arg) in a child that exits with 0 if f returns.  Its exit status, or
 * minus the signal that ended it; what it said on stderr is in text.
 */
int child_run(void (*f)(void *), void *arg, char *text, size_t size);

#endif
