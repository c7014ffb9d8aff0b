/* SPDX-License-Identifier: ISC */
/* Log sources and their generations, as they are kept. */
#include "watchdog/store/store_source.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "common/host/db.h"
#include "watchdog/read/source.h"

static const char *const state_words[] = {
	[GENERATION_LIVE] = "live",
	[GENERATION_OLD] = "old",
	[GENERATION_DONE] = "done",
	[GENERATION_GONE] = "gone",
	[GENERATION_COPY] = "copy",
};

/* A word that nobody wrote: a run had better look at the file. */
static enum generation_state
state_parse(const char *word)
{
	for (size_t i = 0; i < sizeof state_words / sizeof *state_words; i++)
		if (strcmp(word, state_words[i]) == 0)
			return (enum generation_state)i;
	return GENERATION_OLD;
}

static void
cursor_read(struct db_stmt *q, struct cursor *c)
{
	bool whole;

	c->dev = (uint64_t)db_int(q, "dev");
	c->ino = (uint64_t)db_int(q, "ino");
	c->handle = (uint64_t)db_int(q, "handle");
	c->offset = db_int(q, "position");
	c->size = db_int(q, "size");
	c->mtime = db_int(q, "mtime");
	c->head_len = db_int(q, "head_len");
	whole = hash_parse(db_text(q, "head"), &c->head);
	whole &= hash_parse(db_text(q, "tail"), &c->tail);
	if (!whole || c->offset < 0 || c->head_len > c->offset ||
	    c->head_len > CURSOR_HEAD)
		c->head_len = -1; /* damaged: the inode must do */
	if (c->offset < 0)
		c->offset = 0;
}

/* The row that a SELECT of generations stands on, in the order of its
 * columns: so each is found at once. */
static void
generation_read(struct db_stmt *q, struct generation *g)
{
	memset(g, 0, sizeof *g);
	g->id = db_int(q, "generation");
	g->state = state_parse(db_text(q, "state"));
	g->packed = db_int(q, "packed") != 0;
	g->before = db_int(q, "earlier") != 0;
	cursor_read(q, &g->cursor);
	g->path = xstrdup(db_text(q, "file"));
	g->found = db_int(q, "found_at");
}

#define G_COLUMNS \
	"g.id AS generation, g.state, g.packed, g.earlier, g.dev, g.ino, " \
	"g.handle, g.position, g.size, g.mtime, g.head_len, g.head, g.tail, " \
	"g.file, g.found_at "

static void
generation_add(struct db_stmt *q, struct store_source *s)
{
	s->g = xreallocarray(s->g, s->n + 1, sizeof *s->g);
	generation_read(q, &s->g[s->n++]);
}

/* The row that a SELECT of sources and generations stands on. */
static void
source_add(struct db_stmt *q, struct store_source *s)
{
	const char *journal;

	if (s->id == 0) {
		s->id = db_int(q, "source");
		s->last_line = db_int(q, "last_line");
		s->dir_mtime = db_int(q, "dir_mtime");
		journal = db_text(q, "journal");
		s->journal = journal != NULL ? xstrdup(journal) : NULL;
	}
	if (db_text(q, "generation") == NULL)
		return; /* it has none */
	generation_add(q, s);
}

void
store_source_get(struct db *db, const char *reader, const char *path,
    struct store_source *s)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT s.id AS source, s.last_line, s.dir_mtime, "
	    "s.journal, " G_COLUMNS
	    "FROM source s LEFT JOIN generation g ON g.source = s.id "
	    "WHERE s.reader = :reader AND s.path = :path "
	    "ORDER BY g.age_rank, g.id");

	memset(s, 0, sizeof *s);
	db_bind_text(q, ":reader", reader);
	db_bind_text(q, ":path", path);
	while (db_step(q))
		source_add(q, s);
}

void
store_source_rest(struct db *db, struct store_source *s)
{
	struct db_stmt *q;

	if (!s->partial)
		return;
	q = db_stmt(db,
	    "SELECT " G_COLUMNS "FROM generation g WHERE g.source = :source "
	    "ORDER BY g.age_rank, g.id");
	generations_free(s->g, s->n);
	s->g = NULL;
	s->n = 0;
	db_bind_int(q, ":source", s->id);
	while (db_step(q))
		generation_add(q, s);
	s->partial = false;
}

void
store_source_free(struct store_source *s)
{
	generations_free(s->g, s->n);
	free(s->journal);
	memset(s, 0, sizeof *s);
}

/* Sorted by path, as the database gives them. */
struct store_table {
	struct entry {
		char *path;
		struct store_source source;
	} * entry;
	size_t n, cap;
};

static struct entry *
table_entry(struct store_table *t, const char *path)
{
	struct entry *e;

	if (t->n > 0 && strcmp(t->entry[t->n - 1].path, path) == 0)
		return &t->entry[t->n - 1];
	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 32 : t->cap * 2;
		t->entry = xreallocarray(t->entry, t->cap, sizeof *t->entry);
	}
	e = &t->entry[t->n++];
	memset(e, 0, sizeof *e);
	e->path = xstrdup(path);
	return e;
}

struct store_table *
store_table_load(struct db *db, const char *reader)
{
	struct store_table *t = xcalloc(1, sizeof *t);
	struct db_stmt *q = db_stmt(db,
	    "SELECT s.path, s.id AS source, s.last_line, s.dir_mtime, "
	    "s.journal, " G_COLUMNS
	    "FROM source s LEFT JOIN generation g ON g.source = s.id "
	    "AND g.state NOT IN ('done', 'gone', 'copy') "
	    "WHERE s.reader = :reader ORDER BY s.path, g.age_rank, g.id");

	db_bind_text(q, ":reader", reader);
	while (db_step(q))
		source_add(q, &table_entry(t, db_text(q, "path"))->source);
	return t;
}

const char *
store_table_path(const struct store_table *t, size_t i)
{
	return i < t->n ? t->entry[i].path : NULL;
}

static int
by_path(const void *path, const void *entry)
{
	return strcmp(path, ((const struct entry *)entry)->path);
}

static struct entry *
table_find(const struct store_table *t, const char *path)
{
	return t->n == 0 ?
	    NULL :
	    bsearch(path, t->entry, t->n, sizeof *t->entry, by_path);
}

const struct store_source *
store_table_find(const struct store_table *t, const char *path)
{
	const struct entry *e = table_find(t, path);

	return e != NULL ? &e->source : NULL;
}

void
store_table_take(struct store_table *t, const char *path,
    struct store_source *s)
{
	struct entry *e = table_find(t, path);

	memset(s, 0, sizeof *s);
	if (e == NULL)
		return;
	*s = e->source;
	s->partial = true;
	memset(&e->source, 0, sizeof e->source);
}

void
store_table_free(struct store_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->entry[i].path);
		store_source_free(&t->entry[i].source);
	}
	free(t->entry);
	free(t);
}

static void
source_insert(struct db *db, const char *reader, const char *path,
    struct store_source *s)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO source (reader, path, last_line, dir_mtime, "
	    "journal) VALUES (:reader, :path, :last_line, :dir_mtime, "
	    ":journal)");

	db_bind_text(q, ":reader", reader);
	db_bind_text(q, ":path", path);
	db_bind_int(q, ":last_line", s->last_line);
	db_bind_int(q, ":dir_mtime", s->dir_mtime);
	db_bind_text(q, ":journal", s->journal);
	db_run(q);
	s->id = db_last_id(db);
}

static void
source_update(struct db *db, const struct store_source *s)
{
	struct db_stmt *q = db_stmt(db,
	    "UPDATE source SET last_line = :last_line, "
	    "dir_mtime = :dir_mtime, journal = :journal WHERE id = :id");

	db_bind_int(q, ":last_line", s->last_line);
	db_bind_int(q, ":dir_mtime", s->dir_mtime);
	db_bind_text(q, ":journal", s->journal);
	db_bind_int(q, ":id", s->id);
	db_run(q);
}

static void
generation_bind(struct db_stmt *q, const struct generation *g, int64_t rank)
{
	const struct cursor *c = &g->cursor;
	char hex[HASH_TEXT];

	db_bind_int(q, ":age_rank", rank);
	db_bind_text(q, ":state", state_words[g->state]);
	db_bind_int(q, ":packed", g->packed);
	db_bind_int(q, ":earlier", g->before);
	db_bind_int(q, ":dev", (int64_t)c->dev);
	db_bind_int(q, ":ino", (int64_t)c->ino);
	db_bind_int(q, ":handle", (int64_t)c->handle);
	db_bind_int(q, ":position", c->offset);
	db_bind_int(q, ":size", c->size);
	db_bind_int(q, ":mtime", c->mtime);
	db_bind_int(q, ":head_len", c->head_len);
	db_bind_text(q, ":head", hash_hex(c->head, hex));
	db_bind_text(q, ":tail", hash_hex(c->tail, hex));
	db_bind_text(q, ":file", g->path);
	db_bind_int(q, ":found_at", g->found);
}

static void
generation_insert(struct db *db, int64_t source, struct generation *g,
    int64_t rank)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO generation (source, age_rank, state, packed, earlier, "
	    "dev, ino, handle, position, size, mtime, head_len, head, tail, "
	    "file, found_at, gone_at) VALUES (:source, :age_rank, :state, "
	    ":packed, :earlier, :dev, :ino, :handle, :position, :size, :mtime, "
	    ":head_len, :head, :tail, :file, :found_at, 0)");

	db_bind_int(q, ":source", source);
	generation_bind(q, g, rank);
	db_run(q);
	g->id = db_last_id(db);
}

/* gone_at: store_source_prune, that has the time, sees that it is gone. */
static void
generation_update(struct db *db, const struct generation *g, int64_t rank)
{
	struct db_stmt *q = db_stmt(db,
	    "UPDATE generation SET age_rank = :age_rank, state = :state, "
	    "packed = :packed, earlier = :earlier, dev = :dev, ino = :ino, "
	    "handle = :handle, position = :position, size = :size, "
	    "mtime = :mtime, head_len = :head_len, head = :head, "
	    "tail = :tail, file = :file, found_at = :found_at, "
	    "gone_at = CASE :state WHEN 'gone' THEN gone_at ELSE 0 END "
	    "WHERE id = :id");

	db_bind_int(q, ":id", g->id);
	generation_bind(q, g, rank);
	db_run(q);
}

/* What is stored of a source's generations. */
struct stored {
	struct generation g;
	int64_t rank;
};

static struct stored *
stored_load(struct db *db, int64_t source, size_t *n)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT g.age_rank, " G_COLUMNS
	    "FROM generation g WHERE g.source = :source ORDER BY g.id");
	struct stored *all = NULL;

	db_bind_int(q, ":source", source);
	for (*n = 0; db_step(q); ++*n) {
		all = xreallocarray(all, *n + 1, sizeof *all);
		all[*n].rank = db_int(q, "age_rank");
		generation_read(q, &all[*n].g);
	}
	return all;
}

static int
by_id(const void *a, const void *b)
{
	int64_t x = ((const struct stored *)a)->g.id;
	int64_t y = ((const struct stored *)b)->g.id;

	return x < y ? -1 : x > y;
}

static bool
same_cursor(const struct cursor *a, const struct cursor *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->handle == b->handle &&
	    a->offset == b->offset && a->size == b->size &&
	    a->mtime == b->mtime && a->head_len == b->head_len &&
	    hash_equal(a->head, b->head) && hash_equal(a->tail, b->tail);
}

static bool
same_generation(const struct generation *a, const struct generation *b)
{
	return a->state == b->state && a->packed == b->packed &&
	    a->before == b->before && a->found == b->found &&
	    strcmp(a->path, b->path) == 0 &&
	    same_cursor(&a->cursor, &b->cursor);
}

/* A source may have dozens of generations, and most never change again: only
 * what differs is written.  The order is that of the ranks, which stay as they
 * are until a generation turns up between two others. */
static void
generations_put(struct db *db, struct store_source *s)
{
	size_t nold;
	struct stored *old = stored_load(db, s->id, &nold), *was;
	int64_t rank = 0;

	for (size_t i = 0; i < s->n; i++) {
		was = nold == 0 ? NULL :
				  bsearch(&(struct stored){ .g = s->g[i] }, old,
				      nold, sizeof *old, by_id);
		rank = was != NULL && was->rank > rank ? was->rank : rank + 1;
		if (was == NULL)
			generation_insert(db, s->id, &s->g[i], rank);
		else if (was->rank != rank ||
		    !same_generation(&was->g, &s->g[i]))
			generation_update(db, &s->g[i], rank);
	}
	for (size_t i = 0; i < nold; i++)
		free(old[i].g.path);
	free(old);
}

/* Its number, wherever the caller's knowledge is from; 0: not stored. */
static int64_t
source_id(struct db *db, const char *reader, const char *path)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT id FROM source WHERE reader = :reader AND path = :path");

	db_bind_text(q, ":reader", reader);
	db_bind_text(q, ":path", path);
	return db_step(q) ? db_int(q, "id") : 0;
}

void
store_source_put(struct db *db, const char *reader, const char *path,
    struct store_source *s)
{
	if (s->id == 0)
		s->id = source_id(db, reader, path);
	if (s->id == 0)
		source_insert(db, reader, path, s);
	else
		source_update(db, s);
	generations_put(db, s);
}
