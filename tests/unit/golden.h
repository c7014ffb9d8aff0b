/* SPDX-License-Identifier: ISC */
/*
 * Texts as they should look, in tests/data/golden.
 */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

struct buf;

/* Fails unless the text is the file's, byte for byte.  SITEWATCH_GOLDEN=write
 * writes the file anew: look at the difference then. */
void golden(const char *file, const struct buf *got);

#endif
