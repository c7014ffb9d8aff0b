/* SPDX-License-Identifier: ISC */
/*
 * Where lines end: the innermost loop of the reader.  Pure.
 */
#ifndef WATCHDOG_READ_CUT_H
#define WATCHDOG_READ_CUT_H

#include <stddef.h>
#include <stdint.h>

#define CUT_SLACK 128 /* elements behind `max` that may be scribbled on */

/*
 * Writes, for each LF of the n < 2^32 bytes, the offset of the byte behind it
 * into end[], in order; stops when there are max of them.  end has room for
 * max + CUT_SLACK elements.  Returns how many were found, at most max.
 */
size_t cut_lines(const char *, size_t n, uint32_t *end, size_t max);

/* The same without the processor's vector units, for machines that lack them
 * and for the tests. */
size_t cut_lines_plain(const char *, size_t n, uint32_t *end, size_t max);

#endif
