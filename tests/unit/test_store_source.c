/* SPDX-License-Identifier: ISC */
/* Sources, their generations and the ledger: kept, migrated, damaged,
 * forgotten. */
#include "watchdog/store/store_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/db.h"
#include "common/mail/outbox.h"
#include "tests/unit/scratch.h"
#include "watchdog/store/store.h"

#define NOW 1795867200

static const char *const path = "t.db";

static int
fresh(void **state)
{
	(void)state;
	unlink(path);
	unlink("t.db-wal");
	return 0;
}

static struct cursor
some_cursor(int64_t offset)
{
	struct cursor c = {
		.dev = 7,
		.ino = UINT64_MAX,
		.handle = UINT64_MAX - 1,
		.offset = offset,
		.size = offset + 5,
		.mtime = 123456789012345678,
		.head_len = offset < 10 ? offset : 10,
		.head = { 1, UINT64_MAX },
		.tail = { 3, 4 },
	};

	return c;
}

/* Where: 0 is the oldest. */
static struct generation *
insert(struct store_source *s, size_t where, enum generation_state state,
    const char *file, int64_t offset)
{
	struct generation *g;

	s->g = xreallocarray(s->g, s->n + 1, sizeof *s->g);
	g = &s->g[where];
	memmove(g + 1, g, (s->n++ - where) * sizeof *g);
	memset(g, 0, sizeof *g);
	g->state = state;
	g->path = xstrdup(file);
	g->cursor = some_cursor(offset);
	g->found = NOW;
	return g;
}

static void
put(struct db *db, const char *reader, const char *name, struct store_source *s)
{
	db_begin(db);
	store_source_put(db, reader, name, s);
	db_commit(db);
}

static void
assert_same(const struct store_source *a, const struct store_source *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->last_line, b->last_line);
	assert_int_equal(a->journal == NULL, b->journal == NULL);
	if (a->journal != NULL)
		assert_string_equal(a->journal, b->journal);
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->g[i].id, b->g[i].id);
		assert_int_equal(a->g[i].state, b->g[i].state);
		assert_int_equal(a->g[i].packed, b->g[i].packed);
		assert_int_equal(a->g[i].before, b->g[i].before);
		assert_int_equal(a->g[i].found, b->g[i].found);
		assert_string_equal(a->g[i].path, b->g[i].path);
		assert_memory_equal(&a->g[i].cursor, &b->g[i].cursor,
		    sizeof a->g[i].cursor);
	}
}

/* As it is stored, it comes back: one alone, and of the table. */
static void
assert_stored(struct db *db, const char *reader, const char *name,
    const struct store_source *want)
{
	struct store_table *t = store_table_load(db, reader);
	struct store_source got;

	store_source_get(db, reader, name, &got);
	assert_same(&got, want);
	store_source_free(&got);
	store_table_take(t, name, &got);
	assert_int_equal(got.partial, got.id != 0);
	for (size_t i = 0; i < got.n; i++)
		assert_true(got.g[i].state < GENERATION_DONE);
	store_source_rest(db, &got);
	assert_same(&got, want);
	assert_false(got.partial);
	store_source_free(&got);
	store_table_take(t, name, &got); /* it was taken */
	assert_int_equal(got.id, 0);
	store_table_free(t);
}

static void
test_sources(void **state)
{
	struct db *db = store_open(path, DB_WRITE);
	struct store_source a = { 0 }, b = { .last_line = 5 }, none = { 0 };

	(void)state;
	assert_stored(db, "", "/a", &none);
	insert(&a, 0, GENERATION_GONE, "/a.3", 4)->before = true;
	insert(&a, 1, GENERATION_DONE, "/a.2.gz", 1000)->packed = true;
	insert(&a, 2, GENERATION_OLD, "/a.1", 0);
	insert(&a, 3, GENERATION_LIVE, "/a", 77);
	insert(&a, 4, GENERATION_COPY, "/a.copy", 0);
	put(db, "", "/a", &a);
	for (size_t i = 0; i < a.n; i++)
		assert_int_not_equal(a.g[i].id, 0);
	b.journal = xstrdup("s=abc;i=1");
	put(db, "", "/b", &b);
	put(db, "nightly", "/0", &none);
	assert_stored(db, "", "/a", &a);
	assert_stored(db, "", "/b", &b);
	assert_stored(db, "nightly", "/0", &none);
	db_close(db);

	db = store_open(path, DB_READ);
	assert_stored(db, "", "/a", &a);
	memset(&none, 0, sizeof none);
	assert_stored(db, "nightly", "/a", &none);
	assert_stored(db, "", "/0", &none);
	db_close(db);
	store_source_free(&a);
	store_source_free(&b);
}

/* Generations that turn up between others, at either end, and changes. */
static void
test_order(void **state)
{
	struct db *db = store_open(path, DB_WRITE);
	struct store_source s = { 0 };
	struct generation *g;

	(void)state;
	insert(&s, 0, GENERATION_LIVE, "/a", 10);
	for (size_t i = 0; i < 12; i++) {
		insert(&s, i * 5 % (s.n + 1), GENERATION_DONE, "/a.n",
		    (int64_t)i);
		put(db, "", "/a", &s);
		assert_stored(db, "", "/a", &s);
	}
	g = &s.g[5];
	g->state = GENERATION_OLD;
	free(g->path);
	g->path = xstrdup("/a.moved");
	g->cursor = some_cursor(4711);
	free(s.journal);
	s.journal = xstrdup("x");
	s.last_line = 9;
	put(db, "", "/a", &s);
	assert_stored(db, "", "/a", &s);
	db_close(db);
	store_source_free(&s);
}

/* Each member that changes is written, also when it is the only one. */
static void
test_each_member(void **state)
{
	struct db *db = store_open(path, DB_WRITE);
	struct store_source s = { 0 };
	struct generation *g = insert(&s, 0, GENERATION_LIVE, "/a", 100);
	struct cursor *c = &g->cursor;

	(void)state;
	put(db, "", "/a", &s);
#define CHANGED(change) \
	do { \
		change; \
		put(db, "", "/a", &s); \
		assert_stored(db, "", "/a", &s); \
	} while (0)
	CHANGED(g->state = GENERATION_OLD);
	CHANGED(g->packed = true);
	CHANGED(g->before = true);
	CHANGED(g->found++);
	CHANGED(g->path[1] = 'b');
	CHANGED(c->dev++);
	CHANGED(c->ino--);
	CHANGED(c->handle--);
	CHANGED(c->offset++);
	CHANGED(c->size++);
	CHANGED(c->mtime++);
	CHANGED(c->head_len--);
	CHANGED(c->head.lo--);
	CHANGED(c->tail.hi++);
#undef CHANGED
	db_close(db);
	store_source_free(&s);
}

static void
note(void *arg, const struct store_entry *e)
{
	static const char *const what[] = { "read", "before", "gap" };
	char line[200];

	snprintf(line, sizeof line, "%s %s %s %lld-%lld %lld-%lld%s%s\n",
	    e->path, e->g != NULL ? e->g->path : "-", what[e->what],
	    (long long)e->from, (long long)e->to, (long long)e->first,
	    (long long)e->last, e->what == ENTRY_GAP ? " " : "",
	    e->what == ENTRY_GAP ? store_reason(e->reason) : "");
	buf_adds(arg, line);
}

static void
assert_ledger(struct db *db, const char *reader, const char *want)
{
	struct buf b;

	buf_init(&b, 10000);
	store_ledger(db, reader, note, &b);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static void
test_ledger(void **state)
{
	struct db *db = store_open(path, DB_WRITE);
	struct store_source s = { 0 };
	int64_t a1, a;

	(void)state;
	insert(&s, 0, GENERATION_OLD, "/a.1", 100);
	insert(&s, 1, GENERATION_LIVE, "/a", 100);
	db_begin(db);
	store_source_put(db, "", "/a", &s);
	a1 = s.g[0].id;
	a = s.g[1].id;
	store_stretch_put(db, a, 10, 20, false, 1);
	store_stretch_put(db, a, 0, 10, true, 1);   /* is no reading */
	store_stretch_put(db, a, 20, 30, false, 2); /* joins */
	store_stretch_put(db, a, 30, 30, false, 3); /* is nothing */
	store_stretch_put(db, a, 40, 50, false, 4); /* a hole before */
	store_stretch_put(db, a, 45, 50, false, 5); /* an overlap */
	store_stretch_put(db, a, 50, 60, false, 6); /* joins one only */
	store_stretch_put(db, a1, 20, 30, false, 7);
	store_stretch_put(db, a1, 10, 20, true, 7);
	store_gap_put(db, s.id,
	    &(struct store_gap){ a, 30, 40, GAP_DAMAGED, 3, 4 });
	store_gap_put(db, s.id,
	    &(struct store_gap){ 0, 9, -1, GAP_TRUNCATED, 1, 2 });
	store_gap_put(db, s.id,
	    &(struct store_gap){ a1, 30, -1, GAP_GONE, 7, 8 });
	db_commit(db);
	assert_ledger(db, "",
	    "/a /a.1 before 10-20 7-7\n"
	    "/a /a.1 read 20-30 7-7\n"
	    "/a /a.1 gap 30--1 7-8 gone\n"
	    "/a /a before 0-10 1-1\n"
	    "/a /a read 10-30 1-2\n"
	    "/a /a gap 30-40 3-4 damaged\n"
	    "/a /a read 40-50 4-4\n"
	    "/a /a read 45-60 5-6\n"
	    "/a - gap 9--1 1-2 truncated\n");
	assert_ledger(db, "nightly", "");
	db_close(db);
	store_source_free(&s);
}

static void
prune(struct db *db, int64_t now)
{
	db_begin(db);
	store_source_prune(db, now);
	db_commit(db);
}

/* What is gone is forgotten 35 days after; what is there never. */
static void
test_prune(void **state)
{
	struct db *db = store_open(path, DB_WRITE);
	struct store_source s = { 0 };

	(void)state;
	insert(&s, 0, GENERATION_GONE, "/a.2", 10);
	insert(&s, 1, GENERATION_DONE, "/a.1", 10);
	insert(&s, 2, GENERATION_LIVE, "/a", 10);
	db_begin(db);
	store_source_put(db, "", "/a", &s);
	for (size_t i = 0; i < s.n; i++)
		store_stretch_put(db, s.g[i].id, 0, 10, false, NOW);
	store_gap_put(db, s.id,
	    &(struct store_gap){ s.g[0].id, 10, -1, GAP_GONE, 5, NOW });
	store_gap_put(db, s.id,
	    &(struct store_gap){ 0, 10, -1, GAP_GONE, 5, NOW + 2 });
	db_commit(db);
	prune(db, NOW);
	prune(db, NOW + LEDGER_KEEP);
	assert_stored(db, "", "/a", &s);
	s.g[1].state = GENERATION_GONE;
	put(db, "", "/a", &s);
	prune(db, NOW + LEDGER_KEEP + 1);
	assert_ledger(db, "",
	    "/a /a.1 read 0-10 1795867200-1795867200\n"
	    "/a /a read 0-10 1795867200-1795867200\n"
	    "/a - gap 10--1 5-1795867202 gone\n");
	/* it was elsewhere */
	s.g[1].state = GENERATION_DONE;
	free(s.g[0].path);
	memmove(s.g, s.g + 1, --s.n * sizeof *s.g);
	s.g[0].state = GENERATION_DONE;
	put(db, "", "/a", &s);
	prune(db, NOW + 9 * (int64_t)LEDGER_KEEP);
	assert_stored(db, "", "/a", &s);
	assert_ledger(db, "",
	    "/a /a.1 read 0-10 1795867200-1795867200\n"
	    "/a /a read 0-10 1795867200-1795867200\n");
	/* the days count from when it went last */
	s.g[0].state = GENERATION_GONE;
	put(db, "", "/a", &s);
	prune(db, NOW + 9 * (int64_t)LEDGER_KEEP);
	assert_stored(db, "", "/a", &s);
	db_close(db);
	store_source_free(&s);
}

/* What cannot be true: rather read again than not at all. */
static void
test_damaged(void **state)
{
	static const struct {
		const char *sql;
		int64_t offset, head_len;
		enum generation_state state;
	} rows[] = {
		{ "UPDATE generation SET position = -1", 0, -1,
		    GENERATION_LIVE },
		{ "UPDATE generation SET head = 'xyz'", 100, -1,
		    GENERATION_LIVE },
		{ "UPDATE generation SET tail = ''", 100, -1, GENERATION_LIVE },
		{ "UPDATE generation SET head_len = 101", 100, -1,
		    GENERATION_LIVE },
		{ "UPDATE generation SET position = 9999, head_len = 1025",
		    9999, -1, GENERATION_LIVE },
		{ "UPDATE generation SET state = 'lost'", 100, 10,
		    GENERATION_OLD },
		{ "UPDATE generation SET state = x'ff00'", 100, 10,
		    GENERATION_OLD },
		{ "UPDATE generation SET position = 'many'", 0, -1,
		    GENERATION_LIVE },
	};
	struct store_source s = { 0 }, got;
	struct db *db;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		db = store_open(path, DB_WRITE);
		insert(&s, 0, GENERATION_LIVE, "/a", 100);
		put(db, "", "/a", &s);
		db_begin(db);
		db_run(db_stmt(db, rows[i].sql));
		db_commit(db);
		store_source_get(db, "", "/a", &got);
		assert_int_equal(got.n, 1);
		assert_int_equal(got.g->cursor.offset, rows[i].offset);
		assert_int_equal(got.g->cursor.head_len, rows[i].head_len);
		assert_int_equal(got.g->state, rows[i].state);
		store_source_free(&got);
		db_close(db);
		store_source_free(&s);
		fresh(NULL);
	}
}

/* The tables as they were before there was a ledger. */
static void
old_state(void)
{
	const struct db_schema schemas[] = { outbox_schema,
		{ store_schema.component, store_schema.steps,
		    store_schema.version - 1 } };
	struct db *db = db_open(path, DB_WRITE, schemas, 2);

	db_begin(db);
	db_run(db_stmt(db,
	    "INSERT INTO cursor (reader, path, place, file, dev, ino, "
	    "position, size, mtime, head_len, head, tail, last_line) VALUES "
	    "('', '/a', 'live', '/a', 7, -1, 77, 82, 123456789012345678, 10, "
	    "'0000000000000001ffffffffffffffff', "
	    "'00000000000000030000000000000004', 42), "
	    "('', '/a', 'old', '/a.1', 7, -1, 1000, 1005, "
	    "123456789012345678, 10, "
	    "'0000000000000001ffffffffffffffff', "
	    "'00000000000000030000000000000004', 42), "
	    "('n', '/b', 'live', '/b', 7, -1, -5, 9, 9, 10, 'x', 'y', 0), "
	    "('n', '/a', 'live', '/a', 7, -1, 0, 0, 9, 0, 'x', 'y', 0)"));
	db_run(db_stmt(db,
	    "INSERT INTO run (started, ended, records, ignored, reported, "
	    "held, bytes, mails, status) VALUES (500, 600, 0, 0, 0, 0, 0, 0, "
	    "'done')"));
	db_commit(db);
	db_close(db);
}

static void
test_migrated(void **state)
{
	struct store_source s = { .last_line = 42 }, got;
	struct db *db;

	(void)state;
	old_state();
	insert(&s, 0, GENERATION_OLD, "/a.1", 1000);
	insert(&s, 1, GENERATION_LIVE, "/a", 77);
	for (int pass = 0; pass < 2; pass++) {
		db = store_open(path, pass == 0 ? DB_READ : DB_WRITE);
		store_source_get(db, "", "/a", &got);
		s.id = got.id;
		assert_int_equal(got.n, 2);
		for (size_t i = 0; i < 2; i++) {
			s.g[i].id = got.g[i].id;
			s.g[i].found = 500;
			s.g[i].cursor.handle = 0;
		}
		assert_same(&got, &s);
		store_source_free(&got);
		assert_ledger(db, "",
		    "/a /a.1 read 0-1000 500-500\n"
		    "/a /a read 0-77 500-500\n");
		assert_ledger(db, "n", "");
		store_source_get(db, "n", "/b", &got);
		assert_int_equal(got.n, 1);
		assert_int_equal(got.g->cursor.offset, 0);
		assert_int_equal(got.g->cursor.head_len, -1);
		store_source_free(&got);
		db_close(db);
	}
	store_source_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_sources, fresh),
		cmocka_unit_test_teardown(test_order, fresh),
		cmocka_unit_test_teardown(test_each_member, fresh),
		cmocka_unit_test_teardown(test_ledger, fresh),
		cmocka_unit_test_teardown(test_prune, fresh),
		cmocka_unit_test_teardown(test_damaged, fresh),
		cmocka_unit_test_teardown(test_migrated, fresh),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
