/* SPDX-License-Identifier: ISC */
/* Errors by URL and hour. */
#include "watchdog/store/store_url.h"

#include "common/host/db.h"
#include "watchdog/match/urls.h"
#include "watchdog/story.h"

static int64_t
add_to(struct db *db, int64_t hour, const char *path, int64_t records)
{
	struct db_stmt *q = db_stmt(db,
	    "UPDATE url SET records = records + :records "
	    "WHERE hour = :hour AND path = :path");

	db_bind_int(q, ":records", records);
	db_bind_int(q, ":hour", hour);
	db_bind_text(q, ":path", path);
	return db_run(q);
}

static int64_t
paths_in(struct db *db, int64_t hour)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT COUNT(*) AS paths FROM url WHERE hour = :hour");
	int64_t n = 0;

	db_bind_int(q, ":hour", hour);
	while (db_step(q))
		n = db_int(q, "paths");
	return n;
}

static void
put(struct db *db, const struct url *u)
{
	const char *path = u->path;
	struct db_stmt *q;

	if (add_to(db, u->hour, path, u->records) > 0)
		return;
	if (*path != '\0' && paths_in(db, u->hour) >= URL_HOUR) {
		path = "";
		if (add_to(db, u->hour, path, u->records) > 0)
			return;
	}
	q = db_stmt(db,
	    "INSERT INTO url (hour, path, records) "
	    "VALUES (:hour, :path, :records)");
	db_bind_int(q, ":hour", u->hour);
	db_bind_text(q, ":path", path);
	db_bind_int(q, ":records", u->records);
	db_run(q);
}

void
store_url_put(struct db *db, const struct urls *urls, int64_t now)
{
	int64_t oldest = now / 3600 - STORY_DAYS * 24;
	struct db_stmt *q;

	for (size_t i = 0; i < urls_count(urls); i++)
		if (urls_at(urls, i)->hour >= oldest)
			put(db, urls_at(urls, i));
	q = db_stmt(db, "DELETE FROM url WHERE hour < :oldest");
	db_bind_int(q, ":oldest", oldest);
	db_run(q);
}

void
store_url_each(struct db *db, int64_t from, int64_t to, int64_t max,
    void (*each)(void *, const char *, int64_t), void *arg)
{
	struct db_stmt *q = db_stmt(db,
	    "SELECT path, SUM(records) AS records FROM url "
	    "WHERE hour >= :from AND hour < :to "
	    "GROUP BY path ORDER BY records DESC, path LIMIT :max");

	db_bind_int(q, ":from", from);
	db_bind_int(q, ":to", to);
	db_bind_int(q, ":max", max);
	while (db_step(q))
		each(arg, db_text(q, "path"), db_int(q, "records"));
}
