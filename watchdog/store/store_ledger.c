/* SPDX-License-Identifier: ISC */
/* The ledger: which bytes of which generation were read when, and which may
 * be missing. */
#include "watchdog/store/store_source.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "common/host/db.h"

static const char *const reason_words[] = {
	[GAP_NONE] = "unknown",
	[GAP_GONE] = "gone",
	[GAP_TRUNCATED] = "truncated",
	[GAP_DAMAGED] = "damaged",
	[GAP_UNREADABLE] = "unreadable",
	[GAP_VACUUMED] = "vacuumed",
};

const char *
store_reason(enum gap_reason reason)
{
	return reason_words[reason];
}

static enum gap_reason
reason_parse(const char *word)
{
	size_t n = sizeof reason_words / sizeof *reason_words;

	for (size_t i = 0; i < n; i++)
		if (strcmp(word, reason_words[i]) == 0)
			return (enum gap_reason)i;
	return GAP_NONE;
}

/* The newest stretch that ends at `from`, one only: if there are two, they
 * overlap, and that has to stay visible. */
static bool
stretch_join(struct db *db, int64_t generation, int64_t from, int64_t to,
    bool before, int64_t run)
{
	struct db_stmt *q = db_stmt(db,
	    "UPDATE stretch SET high = :high, last_run = :run WHERE id = "
	    "(SELECT MAX(id) FROM stretch WHERE generation = :generation "
	    "AND high = :low AND earlier = :earlier)");

	db_bind_int(q, ":high", to);
	db_bind_int(q, ":run", run);
	db_bind_int(q, ":generation", generation);
	db_bind_int(q, ":low", from);
	db_bind_int(q, ":earlier", before);
	return db_run(q) > 0;
}

void
store_stretch_put(struct db *db, int64_t generation, int64_t from, int64_t to,
    bool before, int64_t run)
{
	struct db_stmt *q;

	if (to <= from || stretch_join(db, generation, from, to, before, run))
		return;
	q = db_stmt(db,
	    "INSERT INTO stretch (generation, low, high, earlier, first_run, "
	    "last_run) VALUES (:generation, :low, :high, :earlier, :run, "
	    ":run)");
	db_bind_int(q, ":generation", generation);
	db_bind_int(q, ":low", from);
	db_bind_int(q, ":high", to);
	db_bind_int(q, ":earlier", before);
	db_bind_int(q, ":run", run);
	db_run(q);
}

void
store_gap_put(struct db *db, int64_t source, const struct store_gap *gap)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO gap (source, generation, low, high, reason, since, "
	    "until) VALUES (:source, :generation, :low, :high, :reason, "
	    ":since, :until)");

	db_bind_int(q, ":source", source);
	if (gap->generation != 0)
		db_bind_int(q, ":generation", gap->generation);
	db_bind_int(q, ":low", gap->from);
	db_bind_int(q, ":high", gap->to);
	db_bind_text(q, ":reason", reason_words[gap->reason]);
	db_bind_int(q, ":since", gap->since);
	db_bind_int(q, ":until", gap->until);
	db_run(q);
}

int64_t
store_gap_count(struct db *db, const char *reader, const char *path,
    enum gap_reason reason, int64_t since, int64_t *last)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT COUNT(*) AS n, MAX(g.until) AS latest FROM gap g "
	    "JOIN source s ON s.id = g.source WHERE s.reader = :reader "
	    "AND s.path = :path AND g.reason = :reason AND g.until >= :since");

	db_bind_text(q, ":reader", reader);
	db_bind_text(q, ":path", path);
	db_bind_text(q, ":reason", reason_words[reason]);
	db_bind_int(q, ":since", since);
	db_step(q);
	*last = db_int(q, "latest");
	return db_int(q, "n");
}

/* The entries of one source, with the number of their generation in it; of a
 * gap without one it is the number of the generations. */
struct entries {
	struct row {
		struct store_entry e;
		size_t g;
	} * row;
	size_t n, cap;
};

static struct store_entry *
entries_add(struct entries *all, const struct store_source *s, int64_t id)
{
	struct row *r;
	size_t g = 0;

	if (all->n == all->cap) {
		all->cap = all->cap == 0 ? 64 : all->cap * 2;
		all->row = xreallocarray(all->row, all->cap, sizeof *all->row);
	}
	while (g < s->n && s->g[g].id != id)
		g++;
	r = &all->row[all->n++];
	memset(r, 0, sizeof *r);
	r->g = g;
	r->e.g = g < s->n ? &s->g[g] : NULL;
	return &r->e;
}

static void
add_stretches(struct db *db, const struct store_source *s, struct entries *all)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT t.generation, t.low, t.high, t.earlier, t.first_run, "
	    "t.last_run FROM stretch t JOIN generation g "
	    "ON g.id = t.generation WHERE g.source = :source");
	struct store_entry *e;

	db_bind_int(q, ":source", s->id);
	while (db_step(q)) {
		e = entries_add(all, s, db_int(q, "generation"));
		e->from = db_int(q, "low");
		e->to = db_int(q, "high");
		e->what = db_int(q, "earlier") != 0 ? ENTRY_BEFORE : ENTRY_READ;
		e->first = db_int(q, "first_run");
		e->last = db_int(q, "last_run");
	}
}

static void
add_gaps(struct db *db, const struct store_source *s, struct entries *all)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT generation, low, high, reason, since, until FROM gap "
	    "WHERE source = :source");
	struct store_entry *e;

	db_bind_int(q, ":source", s->id);
	while (db_step(q)) {
		e = entries_add(all, s, db_int(q, "generation"));
		e->what = ENTRY_GAP;
		e->from = db_int(q, "low");
		e->to = db_int(q, "high");
		e->reason = reason_parse(db_text(q, "reason"));
		e->first = db_int(q, "since");
		e->last = db_int(q, "until");
	}
}

static int
compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->g != y->g)
		return x->g < y->g ? -1 : 1;
	if (x->e.from != y->e.from)
		return x->e.from < y->e.from ? -1 : 1;
	if (x->e.what != y->e.what)
		return x->e.what < y->e.what ? -1 : 1;
	if (x->e.to != y->e.to)
		return x->e.to < y->e.to ? -1 : 1;
	return x->e.first < y->e.first ? -1 : x->e.first > y->e.first;
}

void
store_ledger_source(struct db *db, const char *path,
    const struct store_source *s, store_entry_each *each, void *arg)
{
	struct entries all = { 0 };

	add_stretches(db, s, &all);
	add_gaps(db, s, &all);
	if (all.n > 0)
		qsort(all.row, all.n, sizeof *all.row, compare);
	for (size_t i = 0; i < all.n; i++) {
		all.row[i].e.path = path;
		each(arg, &all.row[i].e);
	}
	free(all.row);
}

char **
store_source_paths(struct db *db, const char *reader, size_t *n)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT path FROM source WHERE reader = :reader ORDER BY path");
	char **path = NULL;

	db_bind_text(q, ":reader", reader);
	for (*n = 0; db_step(q); ++*n) {
		path = xreallocarray(path, *n + 1, sizeof *path);
		path[*n] = xstrdup(db_text(q, "path"));
	}
	return path;
}

void
store_ledger(struct db *db, const char *reader, store_entry_each *each,
    void *arg)
{
	struct store_source s;
	size_t n;
	char **path = store_source_paths(db, reader, &n);

	for (size_t i = 0; i < n; i++) {
		store_source_get(db, reader, path[i], &s);
		store_ledger_source(db, path[i], &s, each, arg);
		store_source_free(&s);
		free(path[i]);
	}
	free(path);
}

static void
forget(struct db_stmt *q, int64_t before)
{
	db_bind_int(q, ":before", before);
	db_run(q);
}

/* Stretches and gaps go with their generation.  What has become of it is
 * written by those who do not know the time. */
void
store_source_prune(struct db *db, int64_t now)
{
	struct db_stmt *q = db_stmt(db,
	    "UPDATE generation SET gone_at = :now "
	    "WHERE state = 'gone' AND gone_at = 0");

	db_bind_int(q, ":now", now);
	db_run(q);
	forget(db_stmt(db,
		   "DELETE FROM generation WHERE state = 'gone' "
		   "AND gone_at < :before"),
	    now - LEDGER_KEEP);
	forget(db_stmt(db, "DELETE FROM gap WHERE until < :before"),
	    now - LEDGER_KEEP);
}
