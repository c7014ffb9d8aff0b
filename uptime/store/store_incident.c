/* SPDX-License-Identifier: ISC */
/* The tables of site-uptime: incidents and their timelines. */
#include "uptime/store/store.h"

#include <string.h>

#include "common/host/db.h"

int64_t
incident_open(struct db *db, int64_t target, int64_t began,
    const struct verdict *v)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO incident (target, site, name, began, ended, told, "
	    "layer, reason, detail) VALUES (:target, "
	    "COALESCE((SELECT site FROM target WHERE id = :target), ''), "
	    "COALESCE((SELECT name FROM target WHERE id = :target), ''), "
	    ":began, 0, 0, :layer, :reason, :detail)");

	db_bind_int(q, ":target", target);
	db_bind_int(q, ":began", began);
	db_bind_text(q, ":layer", layer_word(v->layer));
	db_bind_text(q, ":reason", reason_word(v->reason));
	db_bind_text(q, ":detail", v->detail);
	db_run(q);
	return db_last_id(db);
}

static void
mark(struct db_stmt *q, int64_t id, int64_t now)
{
	db_bind_int(q, ":id", id);
	db_bind_int(q, ":now", now);
	db_run(q);
}

void
incident_told(struct db *db, int64_t id, int64_t now)
{
	mark(db_stmt(db, "UPDATE incident SET told = :now WHERE id = :id"), id,
	    now);
}

void
incident_close(struct db *db, int64_t id, int64_t now)
{
	/* The first end counts. */
	mark(db_stmt(db,
		 "UPDATE incident SET ended = :now "
		 "WHERE id = :id AND ended = 0"),
	    id, now);
}

static const char *
text(struct db_stmt *q, const char *column)
{
	const char *p = db_text(q, column);

	return p != NULL ? p : "";
}

static size_t
give(struct db_stmt *q, void (*each)(void *, const struct incident_row *),
    void *arg)
{
	struct incident_row r;
	size_t n = 0;

	for (; db_step(q); n++) {
		r.id = db_int(q, "id");
		r.target = db_int(q, "target");
		r.began = db_int(q, "began");
		r.ended = db_int(q, "ended");
		r.told = db_int(q, "told");
		r.site = text(q, "site");
		r.name = text(q, "name");
		r.layer = text(q, "layer");
		r.reason = text(q, "reason");
		r.detail = text(q, "detail");
		each(arg, &r);
	}
	return n;
}

void
incidents_list(struct db *db, size_t max,
    void (*each)(void *, const struct incident_row *), void *arg)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT id, target, began, ended, told, site, name, layer, "
	    "reason, detail FROM incident ORDER BY id DESC LIMIT :max");

	db_bind_int(q, ":max", max < INT64_MAX ? (int64_t)max : INT64_MAX);
	give(q, each, arg);
}

bool
incident_get(struct db *db, int64_t id,
    void (*each)(void *, const struct incident_row *), void *arg)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT id, target, began, ended, told, site, name, layer, "
	    "reason, detail FROM incident WHERE id = :id");

	db_bind_int(q, ":id", id);
	return give(q, each, arg) > 0;
}

void
event_put(struct db *db, int64_t incident, int64_t at, const char *what,
    const char *detail)
{
	struct db_stmt *q = db_stmt(db,
	    "INSERT INTO event (incident, at, what, detail) "
	    "VALUES (:incident, :at, :what, :detail)");

	db_bind_int(q, ":incident", incident);
	db_bind_int(q, ":at", at);
	db_bind_text(q, ":what", what);
	db_bind_text(q, ":detail", detail != NULL ? detail : "");
	db_run(q);
}

void
events_list(struct db *db, int64_t incident,
    void (*each)(void *, int64_t, const char *, const char *), void *arg)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT at, what, detail FROM event "
	    "WHERE incident = :incident ORDER BY id");

	db_bind_int(q, ":incident", incident);
	while (db_step(q))
		each(arg, db_int(q, "at"), text(q, "what"), text(q, "detail"));
}
