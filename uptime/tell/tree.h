/* SPDX-License-Identifier: ISC */
/*
 * A walk as a tree that a person can read, or as JSON.  Pure.
 */
#ifndef UPTIME_TELL_TREE_H
#define UPTIME_TELL_TREE_H

#include <stdbool.h>

struct buf;
struct walk;
struct zone_verdict;

void tree_show(struct buf *, const struct walk *, const struct zone_verdict *,
    bool colour);
/* One object, one line. */
void tree_json(struct buf *, const struct walk *, const struct zone_verdict *);

#endif
