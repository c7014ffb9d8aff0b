/* SPDX-License-Identifier: ISC */
/*
 * What the forms of a verdict have in common: times, reasons, grades in
 * colour, and the figures that stand for all addresses.  Pure.
 */
#ifndef UPTIME_TELL_SHOW_TEXT_H
#define UPTIME_TELL_SHOW_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "uptime/probe.h"

struct buf;
struct hop;
struct sight;
struct url;

#define SHOW_NUMBER 32 /* room for a number's text */

/* Microseconds for people, three digits that matter: "0.12 ms", "3.4 ms",
 * "123 ms", "1.23 s"; "-" below 0.  Returns its buffer. */
char *show_time(int64_t us, char out[SHOW_NUMBER]);
/* For programs: milliseconds with three decimals, "none" below 0. */
char *show_ms(int64_t us, const char *none, char out[SHOW_NUMBER]);
/* "2026-11-21". */
char *show_day(int64_t t, char out[SHOW_NUMBER]);

/* A string from outside, cleaned. */
void show_clean(struct buf *, const char *);
/* The word in the grade's colour, filled with blanks up to width. */
void show_grade(struct buf *, enum grade, const char *word, int width,
    bool colour);
/* "the certificate has expired (2026-11-01)". */
void show_reason(struct buf *, enum reason, const char *detail);
/* The same with its layer in front; or, when all is well, "3 of 3 addresses,
 * 123 ms". */
void show_verdict(struct buf *, const struct verdict *);
/* " of " between, and what they are. */
void show_count(struct buf *, int good, int all, const char *one,
    const char *many);

/* The hop that was judged; NULL: there is none. */
const struct hop *show_last(const struct sight *);
/* What was asked there; the first hop need not say it again.  NULL: no URL. */
const struct url *show_url(const struct sight *, const struct hop *);
/* The certificate that ends first on the way; NULL: none was seen. */
const struct probe_cert *show_cert(const struct sight *);
/* What is amiss with one reply, as the verdict saw it: REASON_NONE and "" if
 * nothing is. */
enum reason show_amiss(const struct verdict *, const struct sight *,
    const struct hop *, const struct probe *, char detail[PROBE_DETAIL]);

#endif
