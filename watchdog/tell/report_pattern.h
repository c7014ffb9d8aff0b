/* SPDX-License-Identifier: ISC */
/*
 * What a group's messages have in common, as a PCRE2 pattern: what stays when
 * they are normalised (group.h) matches itself, each mark what it stands for.
 * Printable ASCII.  Pure.
 */
#ifndef WATCHDOG_TELL_REPORT_PATTERN_H
#define WATCHDOG_TELL_REPORT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/text.h"

struct buf;
struct pattern;

/* Of the text up to `to`; escaped: the line has it as JSON writes strings. */
struct pattern *pattern_new(const char *to, bool escaped);
void pattern_free(struct pattern *);
/* The group_stretch that fills it; arg is the pattern. */
void pattern_add(void *arg, struct span, const char *mark);
/* False if `to` was inside a mark: the pattern ends before it. */
bool pattern_is_whole(const struct pattern *);
/* Appends it; of one longer than max bytes the beginning and the end, with
 * ".*" between. */
void pattern_put(struct buf *, const struct pattern *, size_t max);

/* A byte that matches itself; \xNN if it is not printable ASCII. */
void pattern_byte(struct buf *, char);

static inline bool
is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

#endif
