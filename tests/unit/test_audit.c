/* SPDX-License-Identifier: ISC */
/* What an audit finds in a ledger, by table. */
#include "watchdog/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"

/* One generation read to byte `offset`, and its ledger: "r0-10@5" read by run
 * 5, "b" before the first look, "g10-20" a gap; its findings likewise: "hole
 * 10-20". */
static const struct {
	bool before;
	int64_t offset;
	const char *ledger, *want;
} rows[] = {
	{ false, 0, "", "" },
	{ false, 10, "r0-10", "" },
	{ false, 20, "r0-10 r10-20", "" },
	{ false, 20, "b0-10 r10-20", "" },
	{ false, 10, "", "hole 0-10;" },
	{ true, 10, "", "" },
	{ true, 20, "r10-20", "" },
	{ true, 30, "r10-20", "hole 20-30;" },
	{ true, 30, "r10-20 r25-30", "hole 20-25;" },
	{ false, 20, "r10-20", "hole 0-10;" },
	{ false, 30, "r0-10 r20-30", "hole 10-20;" },
	{ false, 30, "r0-10 g10-20 r20-30", "gap 10-20;" },
	{ false, 30, "r0-10 g10-15 r20-30", "gap 10-15;hole 15-20;" },
	{ false, 30, "r0-10 g12-20 r20-30", "gap 12-20;hole 10-20;" },
	{ false, 30, "r0-10 g10--1 r20-30", "gap 10--1;" },
	{ false, 40, "r0-10 g10--1 r20-30", "gap 10--1;hole 30-40;" },
	{ false, 10, "r0-10 g10--1", "gap 10--1;" },
	{ false, 20, "r0-10 g10-20", "gap 10-20;" },
	{ false, 15, "r0-10 g10-20", "gap 10-20;" },
	{ false, 30, "r0-10 g10-20", "gap 10-20;hole 20-30;" },
	/* what was missing turned up, and was read */
	{ false, 20, "r0-20 g10-20", "gap 10-20;" },
	{ false, 20, "r0-10 r0-20", "twice 0-10;" },
	{ false, 20, "r0-20 r5-10", "twice 5-10;" },
	{ false, 20, "r0-20 r5-10 r15-20", "twice 5-10;twice 15-20;" },
	{ false, 30, "r0-20 r15-30", "twice 15-20;" },
	{ false, 30, "b0-20 r15-30", "twice 15-20;" },
	{ false, 5, "r0-10", "behind 5-10;" },
	{ false, 0, "r0-10", "behind 0-10;" },
	{ true, 10, "r10-20", "behind 10-20;" },
};

static void
feed(struct audit *a, const char *ledger, const struct generation *g)
{
	struct store_entry e;
	long long from, to;
	char what;
	int n;

	for (; sscanf(ledger, " %c%lld-%lld%n", &what, &from, &to, &n) == 3;
	     ledger += n) {
		memset(&e, 0, sizeof e);
		e.what = what == 'r' ? ENTRY_READ :
		    what == 'b'      ? ENTRY_BEFORE :
				       ENTRY_GAP;
		e.g = g;
		e.from = from;
		e.to = to;
		e.first = e.last = 1;
		audit_entry(a, &e);
	}
}

static void
assert_found(const struct audit *a, const char *want, const char *ledger)
{
	static const char *const words[] = { "gap", "hole", "twice", "behind" };
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < a->n; i++)
		buf_addf(&b, "%s %lld-%lld;", words[a->f[i].what],
		    (long long)a->f[i].from, (long long)a->f[i].to);
	if (strcmp(buf_str(&b), want) != 0)
		fail_msg("%s: %s, expected %s", ledger, buf_str(&b), want);
	buf_free(&b);
}

static void
test_one(void **state)
{
	struct generation g = { 0 };
	struct store_source s = { .g = &g, .n = 1 };
	struct audit a;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		g.before = rows[i].before;
		g.cursor.offset = rows[i].offset;
		audit_begin(&a, &s);
		feed(&a, rows[i].ledger, &g);
		audit_end(&a);
		assert_found(&a, rows[i].want, rows[i].ledger);
		audit_free(&a);
	}
}

/* Each generation is settled, those without an entry too, and a gap of which
 * none is known is found. */
static void
test_many(void **state)
{
	struct generation g[5] = { 0 };
	struct store_source s = { .g = g, .n = 5 };
	struct audit a;

	(void)state;
	g[0].cursor.offset = 1;
	g[1].cursor.offset = 20;
	g[2].cursor.offset = 2;
	g[3].cursor.offset = 20;
	g[4].cursor.offset = 3;
	audit_begin(&a, &s);
	feed(&a, "b0-10 r10-20 g20--1", &g[1]);
	feed(&a, "r0-20", &g[3]);
	feed(&a, "g7--1", NULL);
	audit_end(&a);
	assert_found(&a, "hole 0-1;gap 20--1;hole 0-2;hole 0-3;gap 7--1;",
	    "many");
	assert_int_equal(a.all.read, 30);
	assert_int_equal(a.all.before, 10);
	assert_int_equal(a.sum[1].read, 10);
	assert_int_equal(a.sum[1].before, 10);
	assert_int_equal(a.sum[3].read, 20);
	audit_free(&a);
	/* nothing is known of it */
	audit_begin(&a, &(struct store_source){ 0 });
	audit_end(&a);
	assert_found(&a, "", "empty");
	audit_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
