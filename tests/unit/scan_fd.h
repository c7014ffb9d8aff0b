/* SPDX-License-Identifier: ISC */
/* One pass over a stretch of one file. */
#ifndef TESTS_UNIT_SCAN_FD_H
#define TESTS_UNIT_SCAN_FD_H

#include <stdint.h>

#include "watchdog/scan.h"

/* part: what is not of the descriptor: from, end, finished ...; also what comes
 * of it. */
enum scan_end scan_fd(struct scan *, int fd, struct scan_part *part);

#endif
