/* SPDX-License-Identifier: ISC */
/*
 * What each ignore rule has hidden so far: rules are known by their ids, so
 * that counts survive when a rule moves to another line or file, or is given
 * another end.
 */
#ifndef WATCHDOG_STORE_STORE_RULES_H
#define WATCHDOG_STORE_STORE_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/hash.h"

struct db;
struct ignore;

struct store_rule {
	struct hash id;
	int64_t hits, bytes;
	int64_t since;    /* when it was first loaded */
	int64_t last_hit; /* 0: never */
};

/* Adds what the set's rules have hidden in this process; and forgets those
 * that were not loaded for RULE_KEEP.  In the caller's transaction. */
#define RULE_KEEP (400 * 86400) /* s */
void store_rules_add(struct db *, const struct ignore *, int64_t now);

/* All of them, to be freed with free(3); sorted, for store_rules_find. */
struct store_rule *store_rules_load(struct db *, size_t *n);
/* NULL: it was never loaded by a run. */
const struct store_rule *store_rules_find(const struct store_rule *, size_t n,
    struct hash id);

#endif
