/* SPDX-License-Identifier: ISC */
/*
 * A directory of a test's own, to work in: group setup and teardown.
 */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

/* Makes it, and goes there; umask 022. */
int scratch_enter(void **state);
/* Leaves it and removes it; fails if the tests left something in it. */
int scratch_leave(void **state);
/* Its path. */
const char *scratch_dir(void);

#endif
