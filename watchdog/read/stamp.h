/* SPDX-License-Identifier: ISC */
/* The time at the beginning of a text, in the forms that logs share.  Pure. */
#ifndef WATCHDOG_READ_STAMP_H
#define WATCHDOG_READ_STAMP_H

#include <stdbool.h>

#include "common/base/text.h"

struct fields;

/*
 * Takes "2026-11-20 04:00:01" (also with '/' and 'T'), "20-Nov-2026 04:00:01"
 * or "20/Nov/2026:04:00:01", with a fraction and with a zone where one follows
 * ("Z", " UTC", "+01:00", " +0100"; *zone says so), else local time.  False:
 * no such time is there, and nothing is taken.
 */
bool stamp_take(struct span *, struct fields *, bool *zone);

#endif
