/* SPDX-License-Identifier: ISC */
/*
 * The date at the beginning of a line, in whichever of the usual forms.  Pure,
 * but for the local zone.
 */
#ifndef WATCHDOG_READ_WHEN_TEXT_H
#define WATCHDOG_READ_WHEN_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/text.h"

/*
 * Takes one of
 *	2026-11-20 04:00:01	2026/11/20 04:00:01	2026-11-20T04:00:01
 *	20-Nov-2026 04:00:01	20/Nov/2026:04:00:01	20/Nov/2026 04:00:01
 *	Fri Nov 20 04:00:01 2026	Nov 20, 2026 4:00:01 AM
 * with its fraction (".123", ",123") and its zone ("Z", " UTC", "+01:00",
 * " +0100") if they follow; without a zone it is local.  *exists: there is
 * such a day, and *t is set.  False, and nothing taken, if there is no date.
 */
bool when_take(struct span *, bool *exists, int64_t *t);
/* The whole of a text that was cut out as a time: one of the above, or seconds
 * since 1970 with or without a fraction. */
bool when_read(struct span, int64_t *t);

#endif
