/* SPDX-License-Identifier: ISC */
/*
 * Dates in HTTP's headers.  Pure.
 */
#ifndef UPTIME_JUDGE_CHECK_DATE_H
#define UPTIME_JUDGE_CHECK_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, the form that is still sent) in
 * seconds since 1970; false if it is no such thing. */
bool check_date(const char *, size_t, int64_t *);

#endif
