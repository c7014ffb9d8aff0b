/* SPDX-License-Identifier: ISC */
/* The watchdog's tables. */
#include "watchdog/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "common/host/db.h"
#include "common/mail/outbox.h"
#include "watchdog/store/store_source.h"
#include "watchdog/store/store_story.h"

#define SAMPLE_EVERY 3600 /* s */
#define SAMPLE_KEEP (14 * 86400)
#define RUNS_KEEP (30 * 86400)

static const char *const steps[] = {
	"CREATE TABLE cursor ("
	" reader TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" place TEXT NOT NULL," /* 'live' or 'old' */
	" file TEXT NOT NULL,"
	" dev BIGINT NOT NULL,"
	" ino BIGINT NOT NULL,"
	" position BIGINT NOT NULL,"
	" size BIGINT NOT NULL,"
	" mtime BIGINT NOT NULL,"
	" head_len BIGINT NOT NULL,"
	" head TEXT NOT NULL,"
	" tail TEXT NOT NULL,"
	" last_line BIGINT NOT NULL,"
	" PRIMARY KEY (reader, path, place));"
	"CREATE TABLE seen ("
	" fingerprint TEXT NOT NULL,"
	" route TEXT NOT NULL,"
	" first_at BIGINT NOT NULL,"
	" last_at BIGINT NOT NULL,"
	" records BIGINT NOT NULL,"
	" PRIMARY KEY (fingerprint, route));"
	"CREATE INDEX seen_last ON seen (last_at);"
	"CREATE TABLE alarm ("
	" name TEXT NOT NULL PRIMARY KEY,"
	" says TEXT NOT NULL,"
	" since BIGINT NOT NULL);"
	"CREATE TABLE sample ("
	" dev BIGINT NOT NULL,"
	" at BIGINT NOT NULL,"
	" used BIGINT NOT NULL,"
	" size BIGINT NOT NULL,"
	" PRIMARY KEY (dev, at));"
	"CREATE TABLE run ("
	" started BIGINT NOT NULL,"
	" ended BIGINT NOT NULL,"
	" records BIGINT NOT NULL,"
	" ignored BIGINT NOT NULL,"
	" reported BIGINT NOT NULL,"
	" held BIGINT NOT NULL,"
	" bytes BIGINT NOT NULL,"
	" mails BIGINT NOT NULL,"
	" status TEXT NOT NULL);"
	"CREATE INDEX run_started ON run (started);",

	/* Long texts come last: what stands before them is read without. */
	"CREATE TABLE story ("
	" id INTEGER PRIMARY KEY,"
	" fingerprint TEXT NOT NULL,"
	" route TEXT NOT NULL,"
	" log TEXT NOT NULL," /* the route's block, or '' */
	" first_at BIGINT NOT NULL,"
	" last_at BIGINT NOT NULL,"
	" written_at BIGINT NOT NULL," /* by the clock of the runs */
	" records BIGINT NOT NULL,"
	" told_at BIGINT NOT NULL,"   /* 0: never */
	" told_last BIGINT NOT NULL," /* time of the last record told */
	" waits BIGINT NOT NULL,"     /* records that are not told yet */
	" waits_first BIGINT NOT NULL,"
	" waits_last BIGINT NOT NULL,"
	" waits_since BIGINT NOT NULL," /* by the clock of the runs */
	" back BIGINT NOT NULL,"
	" growing BIGINT NOT NULL,"
	" usual BIGINT NOT NULL,"
	" base BIGINT NOT NULL," /* records before it was new or back */
	" spike_at BIGINT NOT NULL,"
	" over_at BIGINT NOT NULL," /* an hour */
	" ongoing BIGINT NOT NULL,"
	" watched BIGINT NOT NULL," /* it waits or is ongoing */
	" level BIGINT NOT NULL,"
	" position BIGINT NOT NULL,"
	" nlines BIGINT NOT NULL,"
	" cut BIGINT NOT NULL,"
	" site TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" file TEXT NOT NULL,"
	" message BLOB NOT NULL,"
	" sample BLOB NOT NULL,"
	" UNIQUE (fingerprint, route, log));"
	"INSERT INTO story (fingerprint, route, log, first_at, last_at, "
	"written_at, records, told_at, told_last, waits, waits_first, "
	"waits_last, waits_since, back, growing, usual, base, spike_at, "
	"over_at, ongoing, watched, level, position, nlines, cut, site, path, "
	"file, message, sample) "
	"SELECT fingerprint, route, '', first_at, last_at, last_at, records, "
	"last_at, last_at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
	"'', '', '', '', '' FROM seen;"
	"DROP TABLE seen;"
	"CREATE INDEX story_last ON story (last_at);"
	"CREATE INDEX story_written ON story (written_at);"
	"CREATE INDEX story_watched ON story (watched);"
	/* Records by the hour: "hour:records,hour:records", hour from 0. */
	"CREATE TABLE story_day ("
	" story INTEGER NOT NULL REFERENCES story(id) ON DELETE CASCADE,"
	" day BIGINT NOT NULL," /* since 1970 */
	" hours TEXT NOT NULL,"
	" PRIMARY KEY (story, day));"
	"CREATE TABLE url ("
	" hour BIGINT NOT NULL,"
	" path TEXT NOT NULL,"
	" records BIGINT NOT NULL,"
	" PRIMARY KEY (hour, path));",
	/* id: of the pattern and of what it is for, as ignore.h has it */
	"CREATE TABLE rule ("
	" id TEXT NOT NULL PRIMARY KEY,"
	" hits BIGINT NOT NULL,"
	" bytes BIGINT NOT NULL,"
	" since BIGINT NOT NULL,"     /* first loaded */
	" loaded BIGINT NOT NULL,"    /* last, but for a day */
	" last_hit BIGINT NOT NULL);" /* 0: never */

	/* What was read is kept by generation, and each byte of it accounted
	 * for.  Of what was read before nobody knows when. */
	"CREATE TABLE source ("
	" id INTEGER PRIMARY KEY,"
	" reader TEXT NOT NULL,"
	" path TEXT NOT NULL,"
	" last_line BIGINT NOT NULL,"           /* 0: never */
	" dir_mtime BIGINT NOT NULL DEFAULT 0," /* of its directory, ns */
	" journal TEXT,"                        /* its cursor; NULL: a file */
	" UNIQUE (reader, path));"
	"CREATE TABLE generation ("
	" id INTEGER PRIMARY KEY,"
	" source INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,"
	" age_rank BIGINT NOT NULL," /* the source's oldest has the lowest */
	" state TEXT NOT NULL,"      /* 'live', 'old', 'done', 'gone', 'copy' */
	" packed BIGINT NOT NULL,"
	" earlier BIGINT NOT NULL," /* than the first look: not read */
	" dev BIGINT NOT NULL,"
	" ino BIGINT NOT NULL,"
	" handle BIGINT NOT NULL,"
	" position BIGINT NOT NULL,"
	" size BIGINT NOT NULL,"
	" mtime BIGINT NOT NULL,"
	" head_len BIGINT NOT NULL,"
	" head TEXT NOT NULL,"
	" tail TEXT NOT NULL,"
	" file TEXT NOT NULL,"
	" found_at BIGINT NOT NULL,"
	" gone_at BIGINT NOT NULL);" /* 0: it is there */
	"CREATE INDEX generation_source ON generation (source, state);"
	"CREATE INDEX generation_gone ON generation (state, gone_at);"
	"CREATE TABLE stretch ("
	" id INTEGER PRIMARY KEY,"
	" generation INTEGER NOT NULL"
	" REFERENCES generation(id) ON DELETE CASCADE,"
	" low BIGINT NOT NULL,"
	" high BIGINT NOT NULL,"    /* the byte after the last */
	" earlier BIGINT NOT NULL," /* than the first look: not read */
	" first_run BIGINT NOT NULL,"
	" last_run BIGINT NOT NULL);"
	"CREATE INDEX stretch_generation ON stretch (generation, high);"
	"CREATE TABLE gap ("
	" id INTEGER PRIMARY KEY,"
	" source INTEGER NOT NULL REFERENCES source(id) ON DELETE CASCADE,"
	" generation INTEGER REFERENCES generation(id) ON DELETE CASCADE,"
	" low BIGINT NOT NULL,"
	" high BIGINT NOT NULL," /* -1: not known */
	" reason TEXT NOT NULL,"
	" since BIGINT NOT NULL,"
	" until BIGINT NOT NULL);"
	"CREATE INDEX gap_source ON gap (source);"
	"CREATE INDEX gap_generation ON gap (generation);"
	"INSERT INTO source (reader, path, last_line) "
	"SELECT reader, path, MAX(last_line) FROM cursor "
	"GROUP BY reader, path ORDER BY reader, path;"
	"INSERT INTO generation (source, age_rank, state, packed, earlier, "
	"dev, ino, handle, position, size, mtime, head_len, head, tail, file, "
	"found_at, gone_at) "
	"SELECT s.id, CASE c.place WHEN 'live' THEN 2 ELSE 1 END, c.place, 0, "
	"0, c.dev, c.ino, 0, c.position, c.size, c.mtime, c.head_len, c.head, "
	"c.tail, c.file, COALESCE((SELECT MAX(started) FROM run), 0), 0 "
	"FROM cursor c JOIN source s "
	"ON s.reader = c.reader AND s.path = c.path;"
	"INSERT INTO stretch (generation, low, high, earlier, first_run, "
	"last_run) SELECT id, 0, position, 0, found_at, found_at "
	"FROM generation WHERE position > 0;"
	"DROP TABLE cursor;"
};

const struct db_schema store_schema = { "watchdog", steps,
	sizeof steps / sizeof *steps };

struct db *
store_open(const char *path, enum db_mode mode)
{
	const struct db_schema schemas[] = { outbox_schema, store_schema };

	return db_open(path, mode, schemas, 2);
}

void
store_alarms_list(struct db *db,
    void (*each)(void *, const char *, const char *, int64_t), void *arg)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT name, says, since FROM alarm "
	    "ORDER BY since, name");

	while (db_step(q))
		each(arg, db_text(q, "name"), db_text(q, "says"),
		    db_int(q, "since"));
}

void
store_alarm_put(struct db *db, const char *key, const char *text, int64_t now)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO alarm (name, says, "
	    "since) VALUES (:name, :says, :since)");

	db_bind_text(q, ":name", key);
	db_bind_text(q, ":says", text);
	db_bind_int(q, ":since", now);
	db_run(q);
}

void
store_alarm_drop(struct db *db, const char *key)
{
	struct db_stmt *q = db_stmt(db,
	    "DELETE FROM alarm WHERE "
	    "name = :name");

	db_bind_text(q, ":name", key);
	db_run(q);
}

void
store_sample_put(struct db *db, int64_t dev, const struct store_sample *s)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO sample (dev, at, used, "
	    "size) SELECT :dev, :at, :used, :size WHERE NOT EXISTS (SELECT 1 "
	    "FROM sample WHERE dev = :dev AND at > :recent AND at <= :at)");

	db_bind_int(q, ":dev", dev);
	db_bind_int(q, ":at", s->at);
	db_bind_int(q, ":used", s->used);
	db_bind_int(q, ":size", s->size);
	db_bind_int(q, ":recent", s->at - SAMPLE_EVERY);
	db_run(q);
}

size_t
store_samples(struct db *db, int64_t dev, struct store_sample *s, size_t max)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT at, used, size FROM sample "
	    "WHERE dev = :dev ORDER BY at");
	size_t n;

	db_bind_int(q, ":dev", dev);
	for (n = 0; n < max && db_step(q); n++) {
		s[n].at = db_int(q, "at");
		s[n].used = db_int(q, "used");
		s[n].size = db_int(q, "size");
	}
	return n;
}

void
store_run_put(struct db *db, const struct store_run *r)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO run (started, ended, "
	    "records, ignored, reported, held, bytes, mails, status) VALUES "
	    "(:started, :ended, :records, :ignored, :reported, :held, :bytes,"
	    " :mails, :status)");

	db_bind_int(q, ":started", r->started);
	db_bind_int(q, ":ended", r->ended);
	db_bind_int(q, ":records", r->records);
	db_bind_int(q, ":ignored", r->ignored);
	db_bind_int(q, ":reported", r->reported);
	db_bind_int(q, ":held", r->held);
	db_bind_int(q, ":bytes", r->bytes);
	db_bind_int(q, ":mails", r->mails);
	db_bind_text(q, ":status", r->status);
	db_run(q);
}

bool
store_run_last(struct db *db, struct store_run *r)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT started, ended, records, "
	    "ignored, reported, held, bytes, mails, status FROM run "
	    "ORDER BY started DESC LIMIT 1");
	const char *status;

	memset(r, 0, sizeof *r);
	if (!db_step(q))
		return false;
	r->started = db_int(q, "started");
	r->ended = db_int(q, "ended");
	r->records = db_int(q, "records");
	r->ignored = db_int(q, "ignored");
	r->reported = db_int(q, "reported");
	r->held = db_int(q, "held");
	r->bytes = db_int(q, "bytes");
	r->mails = db_int(q, "mails");
	status = db_text(q, "status");
	memcpy(r->status, status, strnlen(status, sizeof r->status - 1));
	return true;
}

static void
forget(struct db_stmt *q, int64_t before)
{
	db_bind_int(q, ":before", before);
	db_run(q);
}

void
store_prune(struct db *db, int64_t now)
{
	store_story_prune(db, now);
	store_source_prune(db, now);
	forget(db_stmt(db, "DELETE FROM sample WHERE at < :before"),
	    now - SAMPLE_KEEP);
	forget(db_stmt(db, "DELETE FROM run WHERE started < :before"),
	    now - RUNS_KEEP);
}
