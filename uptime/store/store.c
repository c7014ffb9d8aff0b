/* SPDX-License-Identifier: ISC */
/* The tables of site-uptime: targets, samples, facts, runs. */
#include "uptime/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "common/host/db.h"
#include "common/mail/outbox.h"

#define RUNS_KEEP (30 * 86400)
#define TIME_END 253402300800 /* s; the year 10000: no time is beyond it */
#define US_END 86400000000    /* µs; no reply takes a day */
#define ROW_END 1000000       /* runs in a row */
#define RECENT_ALL 0x1f

static const char *const steps[] = {
	"CREATE TABLE target ("
	" id INTEGER PRIMARY KEY,"
	" target_key TEXT NOT NULL UNIQUE,"
	" name TEXT NOT NULL,"
	" site TEXT NOT NULL,"
	" state TEXT NOT NULL,"
	" since BIGINT NOT NULL,"
	" last_at BIGINT NOT NULL,"
	" fail_since BIGINT NOT NULL,"
	" down_since BIGINT NOT NULL,"
	" blind_since BIGINT NOT NULL,"
	" bad BIGINT NOT NULL,"
	" good BIGINT NOT NULL,"
	" recent BIGINT NOT NULL,"
	" told_down BIGINT NOT NULL,"
	" overlay TEXT NOT NULL,"
	" overlay_next TEXT NOT NULL,"
	" overlay_runs BIGINT NOT NULL,"
	" overlay_since BIGINT NOT NULL,"
	" told_overlay TEXT NOT NULL,"
	" layer TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" tried BIGINT NOT NULL,"
	" last_us BIGINT NOT NULL,"
	" serial_since BIGINT NOT NULL,"
	" incident BIGINT NOT NULL," /* 0: none is open */
	" detail TEXT NOT NULL,"
	" grade TEXT NOT NULL);"
	"CREATE TABLE sample ("
	" hour BIGINT NOT NULL,"
	" target BIGINT NOT NULL,"
	" samples TEXT NOT NULL," /* store_sample.c */
	" PRIMARY KEY (hour, target));"
	"CREATE TABLE incident ("
	" id INTEGER PRIMARY KEY,"
	" target BIGINT NOT NULL,"
	" site TEXT NOT NULL," /* as they were called then */
	" name TEXT NOT NULL,"
	" began BIGINT NOT NULL,"
	" ended BIGINT NOT NULL," /* 0: it is open */
	" told BIGINT NOT NULL,"
	" layer TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" detail TEXT NOT NULL);"
	"CREATE TABLE event ("
	" id INTEGER PRIMARY KEY,"
	" incident BIGINT NOT NULL,"
	" at BIGINT NOT NULL,"
	" what TEXT NOT NULL,"
	" detail TEXT NOT NULL);"
	"CREATE INDEX event_incident ON event (incident, id);"
	"CREATE TABLE fact ("
	" name TEXT NOT NULL PRIMARY KEY,"
	" value BIGINT NOT NULL);"
	"CREATE TABLE run ("
	" id INTEGER PRIMARY KEY,"
	" started BIGINT NOT NULL,"
	" ended BIGINT NOT NULL,"
	" probed BIGINT NOT NULL,"
	" failed BIGINT NOT NULL,"
	" blind BIGINT NOT NULL,"
	" mails BIGINT NOT NULL);"
};

const struct db_schema uptime_schema = { "uptime", steps,
	sizeof steps / sizeof *steps };

struct db *
uptime_store_open(const char *path, enum db_mode mode)
{
	const struct db_schema schemas[] = { outbox_schema, uptime_schema };

	return db_open(path, mode, schemas, 2);
}

/* ---- targets ----------------------------------------------------------- */

/* What a row says is taken for what it may mean: a word that is none, or a
 * figure out of range, is as if nothing had been known. */

static int64_t
within(int64_t n, int64_t low, int64_t high, int64_t otherwise)
{
	return n >= low && n <= high ? n : otherwise;
}

static int64_t
get_time(struct db_stmt *q, const char *column)
{
	return within(db_int(q, column), 0, TIME_END, 0);
}

static const char *
get_text(struct db_stmt *q, const char *column)
{
	const char *text = db_text(q, column);

	return text != NULL ? text : "";
}

static enum grade
get_grade(struct db_stmt *q, const char *column, enum grade otherwise)
{
	const char *word = get_text(q, column);

	for (int g = 0; g < GRADE_N; g++)
		if (strcmp(grade_word((enum grade)g), word) == 0)
			return (enum grade)g;
	return otherwise;
}

/* An overlay is OK, WARNING or DEGRADED. */
static enum grade
get_overlay(struct db_stmt *q, const char *column)
{
	enum grade g = get_grade(q, column, GRADE_OK);

	return g == GRADE_WARNING || g == GRADE_DEGRADED ? g : GRADE_OK;
}

static void
get_state(struct db_stmt *q, struct state *s)
{
	const char *word = get_text(q, "state");
	bool known = state_find(word, &s->name);

	s->since = get_time(q, "since");
	s->last = get_time(q, "last_at");
	s->fail_since = get_time(q, "fail_since");
	s->down_since = get_time(q, "down_since");
	s->blind_since = get_time(q, "blind_since");
	s->bad = (int)within(db_int(q, "bad"), 0, ROW_END, 0);
	s->good = (int)within(db_int(q, "good"), 0, ROW_END, 0);
	s->recent = (unsigned)within(db_int(q, "recent"), 0, RECENT_ALL, 0);
	s->told_down = db_int(q, "told_down") != 0;
	s->overlay = get_overlay(q, "overlay");
	s->overlay_next = get_overlay(q, "overlay_next");
	s->overlay_runs = (int)within(db_int(q, "overlay_runs"), 0, ROW_END, 0);
	s->overlay_since = get_time(q, "overlay_since");
	s->told_overlay = get_overlay(q, "told_overlay");
	if (!layer_find(get_text(q, "layer"), &s->layer))
		s->layer = LAYER_N;
	s->reason = reason_find(get_text(q, "reason"));
	/* An UP is owed to whoever was told. */
	if (!known)
		s->name = s->told_down ? STATE_DOWN : STATE_NEW;
}

void
targets_load(struct db *db, struct target_rows *rows)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT id, target_key, name, site, state, since, last_at, "
	    "fail_since, down_since, blind_since, bad, good, recent, "
	    "told_down, overlay, overlay_next, overlay_runs, "
	    "overlay_since, told_overlay, "
	    "layer, reason, tried, last_us, serial_since, incident, detail, "
	    "grade FROM target ORDER BY target_key");
	struct target_row *r;

	memset(rows, 0, sizeof *rows);
	while (db_step(q)) {
		if ((rows->n & (rows->n - 1)) == 0)
			rows->row = xreallocarray(rows->row,
			    rows->n == 0 ? 1 : 2 * rows->n, sizeof *rows->row);
		r = &rows->row[rows->n++];
		memset(r, 0, sizeof *r);
		r->id = db_int(q, "id");
		r->key = xstrdup(get_text(q, "target_key"));
		r->name = xstrdup(get_text(q, "name"));
		r->site = xstrdup(get_text(q, "site"));
		get_state(q, &r->state);
		r->tried = get_time(q, "tried");
		r->last_us = within(db_int(q, "last_us"), 0, US_END, -1);
		r->serial_since = get_time(q, "serial_since");
		r->incident = within(db_int(q, "incident"), 0, INT64_MAX, 0);
		r->detail = xstrdup(get_text(q, "detail"));
		r->grade = get_grade(q, "grade", GRADE_UNKNOWN);
	}
}

void
target_row_init(struct target_row *r, const char *key)
{
	memset(r, 0, sizeof *r);
	r->key = xstrdup(key);
	r->last_us = -1;
	r->grade = GRADE_UNKNOWN;
}

void
target_row_free(struct target_row *r)
{
	free(r->key);
	free(r->name);
	free(r->site);
	free(r->detail);
	memset(r, 0, sizeof *r);
}

void
targets_free(struct target_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		target_row_free(&rows->row[i]);
	free(rows->row);
	memset(rows, 0, sizeof *rows);
}

static int
by_key(const void *key, const void *row)
{
	return strcmp(key, ((const struct target_row *)row)->key);
}

struct target_row *
targets_find(const struct target_rows *rows, const char *key)
{
	if (rows->n == 0)
		return NULL;
	return bsearch(key, rows->row, rows->n, sizeof *rows->row, by_key);
}

static void
put_text(struct db_stmt *q, const char *name, const char *text)
{
	db_bind_text(q, name, text != NULL ? text : "");
}

static void
put_state(struct db_stmt *q, const struct state *s)
{
	db_bind_text(q, ":state", state_word(s->name));
	db_bind_int(q, ":since", s->since);
	db_bind_int(q, ":last_at", s->last);
	db_bind_int(q, ":fail_since", s->fail_since);
	db_bind_int(q, ":down_since", s->down_since);
	db_bind_int(q, ":blind_since", s->blind_since);
	db_bind_int(q, ":bad", s->bad);
	db_bind_int(q, ":good", s->good);
	db_bind_int(q, ":recent", s->recent);
	db_bind_int(q, ":told_down", s->told_down);
	db_bind_text(q, ":overlay", grade_word(s->overlay));
	db_bind_text(q, ":overlay_next", grade_word(s->overlay_next));
	db_bind_int(q, ":overlay_runs", s->overlay_runs);
	db_bind_int(q, ":overlay_since", s->overlay_since);
	db_bind_text(q, ":told_overlay", grade_word(s->told_overlay));
	db_bind_text(q, ":layer", layer_word(s->layer));
	db_bind_text(q, ":reason", reason_word(s->reason));
}

void
target_put(struct db *db, struct target_row *r)
{
	struct db_stmt *q = r->id != 0 ?
	    db_stmt(db,
		"UPDATE target SET state = :state, since = :since, "
		"last_at = :last_at, fail_since = :fail_since, "
		"down_since = :down_since, blind_since = :blind_since, "
		"bad = :bad, good = :good, recent = :recent, "
		"told_down = :told_down, overlay = :overlay, "
		"overlay_next = :overlay_next, overlay_runs = :overlay_runs, "
		"overlay_since = :overlay_since, "
		"told_overlay = :told_overlay, layer = :layer, "
		"reason = :reason, tried = :tried, last_us = :last_us, "
		"serial_since = :serial_since, incident = :incident, "
		"grade = :grade, name = :name, site = :site, "
		"detail = :detail WHERE id = :id") :
	    db_stmt(db,
		"INSERT INTO target (target_key, name, site, state, since, "
		"last_at, fail_since, down_since, blind_since, bad, good, "
		"recent, told_down, overlay, overlay_next, overlay_runs, "
		"overlay_since, told_overlay, layer, reason, tried, last_us, "
		"serial_since, incident, detail, grade) VALUES (:key, :name, "
		":site, :state, :since, :last_at, :fail_since, :down_since, "
		":blind_since, :bad, :good, :recent, :told_down, :overlay, "
		":overlay_next, :overlay_runs, :overlay_since, :told_overlay, "
		":layer, :reason, :tried, :last_us, :serial_since, :incident, "
		":detail, :grade)");

	put_state(q, &r->state);
	db_bind_int(q, ":tried", r->tried);
	db_bind_int(q, ":last_us", r->last_us);
	db_bind_int(q, ":serial_since", r->serial_since);
	db_bind_int(q, ":incident", r->incident);
	db_bind_text(q, ":grade", grade_word(r->grade));
	put_text(q, ":name", r->name);
	put_text(q, ":site", r->site);
	put_text(q, ":detail", r->detail);
	if (r->id != 0)
		db_bind_int(q, ":id", r->id);
	else
		db_bind_text(q, ":key", r->key);
	db_run(q);
	if (r->id == 0)
		r->id = db_last_id(db);
}

/* ---- facts, runs ------------------------------------------------------- */

int64_t
fact_get(struct db *db, const char *name)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT COALESCE(MAX(value), 0) AS value FROM fact "
	    "WHERE name = :name");
	int64_t value = 0;

	db_bind_text(q, ":name", name);
	/* To the end, which resets it. */
	while (db_step(q))
		value = db_int(q, "value");
	return value;
}

void
fact_put(struct db *db, const char *name, int64_t value)
{
	struct db_stmt *q = db_stmt(db,
	    "UPDATE fact SET value = :value WHERE name = :name");

	db_bind_text(q, ":name", name);
	db_bind_int(q, ":value", value);
	if (db_run(q) > 0)
		return;
	q = db_stmt(db,
	    "INSERT INTO fact (name, value) VALUES (:name, :value)");
	db_bind_text(q, ":name", name);
	db_bind_int(q, ":value", value);
	db_run(q);
}

void
uptime_run_put(struct db *db, const struct uptime_run *r)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO run (started, ended, probed, failed, blind, mails) "
	    "VALUES (:started, :ended, :probed, :failed, :blind, :mails)");

	db_bind_int(q, ":started", r->started);
	db_bind_int(q, ":ended", r->ended);
	db_bind_int(q, ":probed", r->probed);
	db_bind_int(q, ":failed", r->failed);
	db_bind_int(q, ":blind", r->blind);
	db_bind_int(q, ":mails", r->mails);
	db_run(q);
}

bool
uptime_run_last(struct db *db, struct uptime_run *r)
{
	/* By number: the clock may have gone back since. */
	struct db_stmt *q = db_stmt(db,
	    "SELECT started, ended, probed, failed, blind, mails FROM run "
	    "ORDER BY id DESC LIMIT 1");
	bool found = false;

	memset(r, 0, sizeof *r);
	while (db_step(q)) {
		found = true;
		r->started = db_int(q, "started");
		r->ended = db_int(q, "ended");
		r->probed = db_int(q, "probed");
		r->failed = db_int(q, "failed");
		r->blind = db_int(q, "blind");
		r->mails = db_int(q, "mails");
	}
	return found;
}

static void
forget(struct db_stmt *q, int64_t before)
{
	db_bind_int(q, ":before", before);
	db_run(q);
}

void
uptime_prune(struct db *db, int64_t now, int64_t keep)
{
	struct db_stmt *q;

	forget(db_stmt(db, "DELETE FROM sample WHERE hour < :before"),
	    (now - keep) / 3600);
	forget(db_stmt(db, "DELETE FROM run WHERE started < :before"),
	    now - RUNS_KEEP);
	forget(db_stmt(db, "DELETE FROM target WHERE tried < :before"),
	    now - keep);
	/* Nobody will see the end of those whose target is gone. */
	q = db_stmt(db,
	    "UPDATE incident SET ended = :now WHERE ended = 0 AND "
	    "target NOT IN (SELECT id FROM target)");
	db_bind_int(q, ":now", now);
	db_run(q);
}
