/* SPDX-License-Identifier: ISC */
/* The kept history of groups. */
#include "watchdog/store/store_story.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/db.h"
#include "watchdog/match/group.h"
#include "watchdog/match/route.h"

#define DAY 24                    /* hours */
#define HOURS_TEXT 1000           /* bytes of a day's hours, at most */
#define HOUR_MAX 1000000000000000 /* records */

/* ---- hours ------------------------------------------------------------ */

static void
add_hour(struct story_hour **h, size_t *n, int64_t hour, int64_t records)
{
	/* Doubled at each power of two. */
	if ((*n & (*n - 1)) == 0)
		*h = xreallocarray(*h, *n == 0 ? 1 : *n * 2, sizeof **h);
	(*h)[(*n)++] = (struct story_hour){ hour, records };
}

/* "3:12,17:1" of a day; what is damaged is left out. */
static void
read_day(const char *s, int64_t day, struct story_hour **h, size_t *n)
{
	int64_t hour, records, last = -1;
	char *end;

	while (*s != '\0') {
		hour = strtoll(s, &end, 10);
		if (end == s || *end != ':' || hour <= last || hour >= DAY)
			return;
		s = end + 1;
		records = strtoll(s, &end, 10);
		if (end == s || records <= 0 || records > HOUR_MAX)
			return;
		add_hour(h, n, day * DAY + hour, records);
		last = hour;
		s = *end == ',' ? end + 1 : end;
	}
}

struct story_hour *
store_story_hours(struct db *db, int64_t id, int64_t day, size_t *n)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT day, hours FROM story_day "
	    "WHERE story = :story AND day >= :day ORDER BY day");
	struct story_hour *h = NULL;

	*n = 0;
	db_bind_int(q, ":story", id);
	db_bind_int(q, ":day", day);
	while (db_step(q))
		read_day(db_text(q, "hours"), db_int(q, "day"), &h, n);
	return h;
}

/* The day as it is kept and what comes to it; false: nothing is kept. */
static bool
load_day(struct db *db, int64_t id, int64_t day, int64_t hours[DAY])
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT hours FROM story_day "
	    "WHERE story = :story AND day = :day");
	struct story_hour *h = NULL;
	size_t n = 0, i;

	db_bind_int(q, ":story", id);
	db_bind_int(q, ":day", day);
	if (!db_step(q))
		return false;
	read_day(db_text(q, "hours"), day, &h, &n);
	for (i = 0; i < n; i++)
		hours[h[i].hour - day * DAY] += h[i].records;
	free(h);
	return true;
}

static void
write_day(struct db *db, int64_t id, int64_t day, const int64_t hours[DAY],
    bool known)
{
	struct db_stmt *q = known ?
	    db_stmt(db,
		"UPDATE story_day SET hours = :hours "
		"WHERE story = :story AND day = :day") :
	    db_stmt(db,
		"INSERT INTO story_day (story, day, hours) "
		"VALUES (:story, :day, :hours)");
	struct buf text;
	int i;

	buf_init(&text, HOURS_TEXT);
	for (i = 0; i < DAY; i++)
		if (hours[i] > 0)
			buf_addf(&text, "%s%d:%lld", text.len > 0 ? "," : "", i,
			    (long long)hours[i]);
	db_bind_int(q, ":story", id);
	db_bind_int(q, ":day", day);
	db_bind_text(q, ":hours", buf_str(&text));
	db_run(q);
	buf_free(&text);
}

/* A story that gets a new day loses those that are too old. */
static void
drop_days(struct db *db, int64_t id, int64_t before)
{
	struct db_stmt *q = db_stmt(db,
	    "DELETE FROM story_day WHERE story = :story AND day < :before");

	db_bind_int(q, ":story", id);
	db_bind_int(q, ":before", before);
	db_run(q);
}

static void
write_hours(struct db *db, int64_t id, bool fresh, const struct story_hour *h,
    size_t n, int64_t oldest)
{
	size_t i = 0;

	while (i < n) {
		int64_t hours[DAY] = { 0 }, day = h[i].hour / DAY;
		bool known = !fresh && load_day(db, id, day, hours);

		for (; i < n && h[i].hour / DAY == day; i++)
			hours[h[i].hour - day * DAY] += h[i].records;
		if (day < oldest)
			continue;
		write_day(db, id, day, hours, known);
		if (!known && !fresh)
			drop_days(db, id, oldest);
	}
}

/* ---- stories ---------------------------------------------------------- */

#define PAST \
	"id, first_at, last_at, records, level, told_at, told_last, waits, " \
	"waits_first, waits_last, waits_since, back, growing, usual, base, " \
	"spike_at, over_at, ongoing"

static void
read_past(struct db_stmt *q, struct past *p)
{
	*p = (struct past){ .id = db_int(q, "id"),
		.first = db_int(q, "first_at"),
		.last = db_int(q, "last_at"),
		.records = db_int(q, "records"),
		.level = (enum level)db_int(q, "level"),
		.told_at = db_int(q, "told_at"),
		.told_last = db_int(q, "told_last"),
		.waits = db_int(q, "waits"),
		.waits_first = db_int(q, "waits_first"),
		.waits_last = db_int(q, "waits_last"),
		.waits_since = db_int(q, "waits_since"),
		.back = db_int(q, "back") != 0,
		.growing = db_int(q, "growing") != 0,
		.usual = db_int(q, "usual"),
		.base = db_int(q, "base"),
		.spike_at = db_int(q, "spike_at"),
		.over_at = db_int(q, "over_at"),
		.ongoing = db_int(q, "ongoing") != 0 };
}

static void
bind_key(struct db_stmt *q, const struct group *g)
{
	const struct route *r = g->route;
	char hex[HASH_TEXT];

	db_bind_text(q, ":fingerprint", hash_hex(g->fingerprint, hex));
	db_bind_text(q, ":route", r != NULL ? r->name : "");
	db_bind_text(q, ":log", r != NULL && r->log != NULL ? r->log : "");
}

void
store_story_past(struct db *db, const struct group *g, struct past *p)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT " PAST
	    " FROM story WHERE fingerprint = :fingerprint AND route = :route "
	    "AND log = :log");

	*p = (struct past){ .id = 0 };
	bind_key(q, g);
	if (db_step(q))
		read_past(q, p);
}

void
store_story_watched(struct db *db,
    void (*each)(void *, const struct past_key *, const struct past *),
    void *arg)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT fingerprint, route, log, " PAST
	    " FROM story WHERE watched = 1 ORDER BY id");
	struct past_key key;
	struct past p;

	while (db_step(q)) {
		read_past(q, &p);
		key.route = db_text(q, "route");
		key.log = db_text(q, "log");
		if (hash_parse(db_text(q, "fingerprint"), &key.fingerprint))
			each(arg, &key, &p);
	}
}

static struct span
blob(struct db_stmt *q, const char *column)
{
	struct span s;

	s.p = db_blob(q, column, &s.n);
	return s;
}

static char *
copy(struct span s)
{
	char *to = xmalloc(s.n + 1);

	if (s.n > 0)
		memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	return to;
}

static char *
copy_text(const char *s)
{
	return *s != '\0' ? xstrdup(s) : NULL;
}

void
store_story_text(struct db *db, int64_t id, struct group *g)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT fingerprint, level, position, nlines, cut, site, path, "
	    "file, message, sample FROM story WHERE id = :id");
	struct span message, sample;

	db_bind_int(q, ":id", id);
	if (!db_step(q))
		return;
	(void)hash_parse(db_text(q, "fingerprint"), &g->fingerprint);
	g->level = (enum level)db_int(q, "level");
	g->offset = db_int(q, "position");
	g->lines = db_int(q, "nlines");
	g->cut = db_int(q, "cut");
	g->site = copy_text(db_text(q, "site"));
	g->path = copy_text(db_text(q, "path"));
	g->file = xstrdup(db_text(q, "file"));
	message = blob(q, "message");
	g->message = copy(message);
	g->nmessage = message.n;
	sample = blob(q, "sample");
	g->sample = copy(sample);
	g->nsample = sample.n;
}

static void
bind_past(struct db_stmt *q, const struct past *p, int64_t now)
{
	db_bind_int(q, ":first", p->first);
	db_bind_int(q, ":last", p->last);
	db_bind_int(q, ":now", now);
	db_bind_int(q, ":records", p->records);
	db_bind_int(q, ":level", p->level);
	db_bind_int(q, ":told_at", p->told_at);
	db_bind_int(q, ":told_last", p->told_last);
	db_bind_int(q, ":waits", p->waits);
	db_bind_int(q, ":waits_first", p->waits_first);
	db_bind_int(q, ":waits_last", p->waits_last);
	db_bind_int(q, ":waits_since", p->waits_since);
	db_bind_int(q, ":back", p->back);
	db_bind_int(q, ":growing", p->growing);
	db_bind_int(q, ":usual", p->usual);
	db_bind_int(q, ":base", p->base);
	db_bind_int(q, ":spike_at", p->spike_at);
	db_bind_int(q, ":over_at", p->over_at);
	db_bind_int(q, ":ongoing", p->ongoing);
	db_bind_int(q, ":watched", p->ongoing || p->waits > 0);
}

static void
bind_sample(struct db_stmt *q, const struct group *g)
{
	db_bind_int(q, ":position", g->offset);
	db_bind_int(q, ":nlines", g->lines);
	db_bind_int(q, ":cut", g->cut);
	db_bind_text(q, ":site", g->site != NULL ? g->site : "");
	db_bind_text(q, ":path", g->path != NULL ? g->path : "");
	db_bind_text(q, ":file", g->file);
	db_bind_blob(q, ":message", g->message, g->nmessage);
	db_bind_blob(q, ":sample", g->sample, g->nsample);
}

static int64_t
insert(struct db *db, const struct past *p, const struct group *g, int64_t now)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO story (fingerprint, route, log, first_at, last_at, "
	    "written_at, records, level, told_at, told_last, waits, "
	    "waits_first, waits_last, waits_since, back, growing, usual, "
	    "base, spike_at, over_at, ongoing, watched, position, nlines, "
	    "cut, site, path, file, message, sample) VALUES (:fingerprint, "
	    ":route, :log, :first, :last, :now, :records, :level, :told_at, "
	    ":told_last, :waits, :waits_first, :waits_last, :waits_since, "
	    ":back, :growing, :usual, :base, :spike_at, :over_at, :ongoing, "
	    ":watched, :position, :nlines, :cut, :site, :path, :file, "
	    ":message, :sample)");

	bind_key(q, g);
	bind_past(q, p, now);
	bind_sample(q, g);
	db_run(q);
	return db_last_id(db);
}

#define UPDATE \
	"UPDATE story SET first_at = :first, last_at = :last, written_at = " \
	":now, records = :records, level = :level, told_at = :told_at, " \
	"told_last = :told_last, waits = :waits, waits_first = " \
	":waits_first, waits_last = :waits_last, waits_since = " \
	":waits_since, back = :back, growing = :growing, usual = :usual, " \
	"base = :base, spike_at = :spike_at, over_at = :over_at, ongoing = " \
	":ongoing, watched = :watched"

void
store_story_put(struct db *db, const struct past *p, const struct group *g,
    bool text, const struct story_hour *hours, size_t n, int64_t now)
{
	int64_t id = p->id;
	struct db_stmt *q;

	if (id == 0) {
		id = insert(db, p, g, now);
	} else {
		q = text ?
		    db_stmt(db,
			UPDATE
			", position = :position, nlines = :nlines, "
			"cut = :cut, site = :site, path = :path, file = :file, "
			"message = :message, sample = :sample WHERE id = :id") :
		    db_stmt(db, UPDATE " WHERE id = :id");
		bind_past(q, p, now);
		if (text)
			bind_sample(q, g);
		db_bind_int(q, ":id", id);
		db_run(q);
	}
	write_hours(db, id, p->id == 0, hours, n,
	    now / 3600 / DAY - STORY_DAYS);
}

void
store_story_count(struct db *db, struct story_counts *c)
{
	struct db_stmt *q = db_stmt(db, "SELECT COUNT(*) AS n FROM story");

	*c = (struct story_counts){ 0, 0, 0 };
	if (db_step(q))
		c->stories = db_int(q, "n");
	q = db_stmt(db,
	    "SELECT COUNT(*) AS n, COALESCE(SUM(waits), 0) AS records "
	    "FROM story WHERE watched = 1 AND waits > 0");
	if (!db_step(q))
		return;
	c->waiting = db_int(q, "n");
	c->records = db_int(q, "records");
}

static void
forget(struct db_stmt *q, int64_t before)
{
	db_bind_int(q, ":before", before);
	db_run(q);
}

static int64_t
excess(struct db *db)
{
	struct db_stmt *q = db_stmt(db, "SELECT COUNT(*) AS n FROM story");
	int64_t n = db_step(q) ? db_int(q, "n") : 0;

	return n - STORY_MAX;
}

static int64_t
forget_some(struct db_stmt *q, int64_t n, int64_t now)
{
	db_bind_int(q, ":n", n);
	db_bind_int(q, ":now", now);
	return db_run(q);
}

void
store_story_prune(struct db *db, int64_t now)
{
	int64_t n, lost;

	forget(db_stmt(db, "DELETE FROM story WHERE written_at < :before"),
	    now - STORY_KEEP);
	if ((n = excess(db)) <= 0)
		return;
	n -= forget_some(
	    db_stmt(db,
		"DELETE FROM story WHERE id IN (SELECT id FROM story "
		"WHERE written_at < :now AND waits = 0 "
		"ORDER BY written_at, id LIMIT :n)"),
	    n, now);
	if (n <= 0)
		return;
	lost = forget_some(
	    db_stmt(db,
		"DELETE FROM story WHERE id IN (SELECT id FROM story "
		"WHERE written_at < :now ORDER BY written_at, id LIMIT :n)"),
	    n, now);
	if (lost > 0)
		log_warn("groups that waited to be told were forgotten, since "
			 "more than %d are kept: %lld",
		    STORY_MAX, (long long)lost);
}

/* ---- for report and try ----------------------------------------------- */

static void
read_story(struct db_stmt *q, struct story *s)
{
	s->route = db_text(q, "route");
	s->log = db_text(q, "log");
	s->site = db_text(q, "site");
	s->level = (enum level)db_int(q, "level");
	s->first = db_int(q, "first_at");
	s->last = db_int(q, "last_at");
	s->records = db_int(q, "records");
	s->path = db_text(q, "path");
	s->file = db_text(q, "file");
	s->offset = db_int(q, "position");
	s->lines = db_int(q, "nlines");
	s->cut = db_int(q, "cut");
	s->message = blob(q, "message");
	s->sample = blob(q, "sample");
}

void
store_story_each(struct db *db, int64_t since,
    void (*each)(void *, const struct story *), void *arg)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT id, fingerprint, route, log, site, level, first_at, "
	    "last_at, records, path, file, position, nlines, cut, message, "
	    "sample FROM story WHERE last_at >= :since "
	    "ORDER BY last_at DESC, id DESC");
	struct story s;
	struct story_hour *hour;

	db_bind_int(q, ":since", since);
	while (db_step(q)) {
		if (!hash_parse(db_text(q, "fingerprint"), &s.fingerprint))
			continue;
		read_story(q, &s);
		/* Some may be older than STORY_DAYS: nothing came since. */
		hour = store_story_hours(db, db_int(q, "id"),
		    since / 3600 / DAY - STORY_DAYS, &s.nhour);
		s.hour = hour;
		each(arg, &s);
		free(hour);
	}
}
