/* SPDX-License-Identifier: ISC */
/* What each ignore rule has hidden so far. */
#include "watchdog/store/store_rules.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "common/host/db.h"
#include "watchdog/match/ignore.h"

#define STAMP_EVERY 86400 /* s: a rule without hits is written so often */

static void
bind_id(struct db_stmt *q, struct hash id)
{
	char hex[HASH_TEXT];

	db_bind_text(q, ":id", hash_hex(id, hex));
}

static void
add_hits(struct db *db, const struct ignore_rule *r, int64_t now)
{
	struct db_stmt *q = db_stmt(db,
	    "UPDATE rule SET hits = hits + :hits, bytes = bytes + :bytes, "
	    "loaded = :now, last_hit = CASE WHEN :hits > 0 THEN :now "
	    "ELSE last_hit END WHERE id = :id");

	bind_id(q, r->id);
	db_bind_int(q, ":hits", r->hits);
	db_bind_int(q, ":bytes", r->bytes);
	db_bind_int(q, ":now", now);
	db_run(q);
}

static void
insert(struct db *db, const struct ignore_rule *r, int64_t now)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO rule (id, hits, bytes, since, loaded, last_hit) "
	    "VALUES (:id, 0, 0, :now, :now, 0)");

	bind_id(q, r->id);
	db_bind_int(q, ":now", now);
	db_run(q);
	add_hits(db, r, now);
}

/* When it was last loaded; -1: never. */
static int64_t
loaded(struct db *db, struct hash id)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT loaded FROM rule WHERE id = :id");

	bind_id(q, id);
	return db_step(q) ? db_int(q, "loaded") : -1;
}

static void
forget(struct db *db, int64_t now)
{
	struct db_stmt *q = db_stmt(db,
	    "DELETE FROM rule WHERE loaded < :before");

	db_bind_int(q, ":before", now - RULE_KEEP);
	db_run(q);
}

void
store_rules_add(struct db *db, const struct ignore *set, int64_t now)
{
	const struct ignore_rule *r;
	int64_t last;

	for (size_t i = 0; i < ignore_count(set); i++) {
		r = ignore_rule(set, i);
		last = loaded(db, r->id);
		if (last == -1)
			insert(db, r, now);
		else if (r->hits > 0 || now - last >= STAMP_EVERY)
			add_hits(db, r, now);
	}
	forget(db, now);
}

static int
compare(const void *a, const void *b)
{
	const struct store_rule *x = a, *y = b;

	if (x->id.hi != y->id.hi)
		return x->id.hi < y->id.hi ? -1 : 1;
	return x->id.lo < y->id.lo ? -1 : x->id.lo > y->id.lo;
}

struct store_rule *
store_rules_load(struct db *db, size_t *n)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT id, hits, bytes, since, last_hit FROM rule");
	struct store_rule *all = NULL, *r;
	size_t cap = 0;

	for (*n = 0; db_step(q);) {
		if (*n == cap) {
			cap = cap == 0 ? 64 : cap * 2;
			all = xreallocarray(all, cap, sizeof *all);
		}
		r = &all[*n];
		if (!hash_parse(db_text(q, "id"), &r->id))
			continue;
		r->hits = db_int(q, "hits");
		r->bytes = db_int(q, "bytes");
		r->since = db_int(q, "since");
		r->last_hit = db_int(q, "last_hit");
		(*n)++;
	}
	if (*n > 0)
		qsort(all, *n, sizeof *all, compare);
	return all;
}

const struct store_rule *
store_rules_find(const struct store_rule *all, size_t n, struct hash id)
{
	struct store_rule key = { .id = id };

	return n > 0 ? bsearch(&key, all, n, sizeof *all, compare) : NULL;
}
