/* SPDX-License-Identifier: ISC */
/*
 * What ignore.c and ignore_load.c share: a set under construction.  Nobody
 * else includes it.
 */
#ifndef WATCHDOG_MATCH_IGNORE_SET_H
#define WATCHDOG_MATCH_IGNORE_SET_H

#include <stddef.h>

#include "watchdog/match/ignore.h"

/* An empty set. */
struct ignore *ignore_new(void);

/*
 * Compiles the rule and appends it, unless the set has the same already: that
 * is noted as a twin.  A broken one goes to the error callback and nowhere
 * else.  Pattern and file are copied; what meta owns is taken, and meta is
 * empty afterwards.
 */
void ignore_add(struct ignore *, const char *file, int line,
    const char *pattern, size_t n, struct ignore_meta *meta, int64_t now,
    ignore_error, void *);

#endif
