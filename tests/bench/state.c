/* SPDX-License-Identifier: ISC */
/*
 * state DIR [N]: what a run does to the states of N targets (10,000) beside
 * probing: load them, step each, store states and samples, commit.  Prints the
 * wall time of each part in ms, for the third run of a new database.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "uptime/judge/state.h"
#include "uptime/store/store.h"
#include "uptime/tally.h"

#define START 1795245420
#define RUNS 3

/* Of each run; [3] is the sum. */
struct cost {
	int64_t load, step, commit;
};

static struct verdict
verdict_of(size_t i, int run)
{
	struct verdict v = { .evidence = EVIDENCE_PASS,
		.layer = LAYER_N,
		.us = 1000 + (int64_t)i };

	/* Some are down for good, some come and go. */
	if (i % 20 == 0 || (int)(i % 50) == run) {
		v.evidence = EVIDENCE_FAIL;
		v.grade = GRADE_DOWN;
		v.layer = LAYER_TCP;
		v.reason = REASON_CONNECT_TIMEOUT;
		v.us = -1;
	}
	return v;
}

/* As tally.c does when a verdict has come. */
static void
step(struct outcome *o, const struct target_rows *rows, const char *key,
    struct verdict *v, int64_t now)
{
	const struct target_row *row = targets_find(rows, key);

	if (row == NULL) {
		target_row_init(&o->row, key);
	} else {
		o->row = *row;
		o->row.key = xstrdup(key);
	}
	o->row.name = xstrdup(key);
	o->row.site = xstrdup("bench.example");
	o->row.detail = xstrdup(reason_text(v->reason));
	o->before = o->row.state;
	o->kind = v->evidence;
	o->grade = v->grade;
	o->layer = v->layer;
	o->reason = v->reason;
	o->us = v->us;
	o->debts = state_step(&o->before, v, now, &o->row.state);
	o->row.tried = now;
	o->row.last_us = v->us;
	o->row.grade = v->grade;
	if (o->debts != 0) {
		o->verdict = xmalloc(sizeof *v);
		*o->verdict = *v;
	}
}

static void
run(const char *path, size_t n, int nth, struct cost *c)
{
	struct tally t = { .now = START + nth * 60, .n = n };
	struct target_rows rows;
	struct verdict v;
	struct db *db;
	char key[64];
	int64_t at[4];

	at[0] = clock_mono_us();
	db = uptime_store_open(path, DB_WRITE);
	targets_load(db, &rows);
	db_close(db);
	at[1] = clock_mono_us();
	t.outcome = xcalloc(n, sizeof *t.outcome);
	t.item = NULL;
	for (size_t i = 0; i < n; i++) {
		snprintf(key, sizeof key, "http://t%05zu.bench.example/", i);
		v = verdict_of(i, nth);
		step(&t.outcome[i], &rows, key, &v, t.now);
	}
	targets_free(&rows);
	at[2] = clock_mono_us();
	db = uptime_store_open(path, DB_WRITE);
	db_begin(db);
	tally_write(&t, db);
	uptime_prune(db, t.now, 400 * 86400);
	db_commit(db);
	db_close(db);
	at[3] = clock_mono_us();
	tally_free(&t);
	*c = (struct cost){ at[1] - at[0], at[2] - at[1], at[3] - at[2] };
}

int
main(int argc, char **argv)
{
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
	struct cost c = { 0 };
	char *path;

	if (argc < 2)
		errx(64, "usage: state DIR [N]");
	path = xasprintf("%s/uptime.db", argv[1]);
	for (int i = 0; i < RUNS; i++)
		run(path, n, i, &c);
	printf("load %.1f step %.1f commit %.1f sum %.1f\n",
	    (double)c.load / 1000, (double)c.step / 1000,
	    (double)c.commit / 1000,
	    (double)(c.load + c.step + c.commit) / 1000);
	free(path);
	return 0;
}
