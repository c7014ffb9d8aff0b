/* SPDX-License-Identifier: ISC */
/* Persisted mail. */
#include "common/mail/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/db.h"

/*
 * A next try further ahead was written before the clock went back.
 * OUTBOX_BACKOFF_MAX with its spread.
 */
#define HORIZON (OUTBOX_BACKOFF_MAX + OUTBOX_BACKOFF_MAX / 5)
#define FLUSH_GRACE 86400

/*
 * settled is 0 as long as the envelope waits, so that the index answers "is
 * anything due" without looking at what was sent.  next_try 0 is due whatever
 * the clock says: a new mail, or one whose sender died.  tried is when the
 * last attempt failed.
 */
static const char *const steps[] = {
	"CREATE TABLE message ("
	" id INTEGER PRIMARY KEY,"
	" msgid TEXT NOT NULL UNIQUE,"
	" kind INTEGER NOT NULL,"
	" subject TEXT NOT NULL,"
	" data BLOB NOT NULL,"
	" created INTEGER NOT NULL,"
	" expires INTEGER NOT NULL);"
	"CREATE TABLE envelope ("
	" id INTEGER PRIMARY KEY,"
	" message INTEGER NOT NULL REFERENCES message(id) ON DELETE CASCADE,"
	" recipient TEXT NOT NULL,"
	" state TEXT NOT NULL,"
	" attempt INTEGER NOT NULL,"
	" next_try INTEGER NOT NULL,"
	" tried INTEGER NOT NULL,"
	" settled INTEGER NOT NULL,"
	" why TEXT NOT NULL,"
	" UNIQUE (message, recipient));"
	"CREATE INDEX envelope_waiting ON envelope (settled, message);",
};

const struct db_schema outbox_schema = {
	.component = "outbox",
	.steps = steps,
	.version = sizeof steps / sizeof *steps,
};

/* A row that waits is due (:now, :horizon). */
#define IS_DUE "(e.next_try <= :now OR e.next_try > :horizon)"

/*
 * The one integer of a query for one row, or 0.  Steps to the end: a row that
 * is still being read would keep the -wal from being restarted.
 */
static int64_t
ask_int(struct db_stmt *s, const char *column)
{
	int64_t v = 0;

	while (db_step(s))
		v = db_int(s, column);
	return v;
}

static void
put_envelope(struct db *db, int64_t message, const char *to)
{
	struct db_stmt *s = db_stmt(db,
	    "INSERT INTO envelope (message, recipient, state, attempt,"
	    " next_try, tried, settled, why)"
	    " VALUES (:message, :recipient, 'pending', 0, 0, 0, 0, '')");

	db_bind_int(s, ":message", message);
	db_bind_text(s, ":recipient", to);
	db_run(s);
}

static bool
named_before(const struct outbox_mail *m, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcmp(m->to[k], m->to[i]) == 0)
			return true;
	return false;
}

bool
outbox_put(struct db *db, const struct outbox_mail *m)
{
	struct db_stmt *s;
	int64_t id;
	size_t i;

	if (m->nto == 0)
		fatal(EX_SOFTWARE, "bug: a mail to nobody");
	s = db_stmt(db, "SELECT id FROM message WHERE msgid = :msgid");
	db_bind_text(s, ":msgid", m->msgid);
	if (ask_int(s, "id") != 0)
		return false;
	s = db_stmt(db,
	    "INSERT INTO message (msgid, kind, subject, data, created, expires)"
	    " VALUES (:msgid, :kind, :subject, :data, :created, :expires)");
	db_bind_text(s, ":msgid", m->msgid);
	db_bind_int(s, ":kind", m->kind);
	db_bind_text(s, ":subject", m->subject);
	db_bind_blob(s, ":data", m->data, m->len);
	db_bind_int(s, ":created", m->now);
	db_bind_int(s, ":expires", m->expires);
	db_run(s);
	id = db_last_id(db);
	for (i = 0; i < m->nto; i++)
		if (!named_before(m, i))
			put_envelope(db, id, m->to[i]);
	return true;
}

/* Makes room for one more in an array that doubles at powers of two. */
static struct outbox_envelope *
add_envelope(struct outbox_item *item)
{
	if ((item->n & (item->n - 1)) == 0)
		item->env = xreallocarray(item->env,
		    item->n != 0 ? item->n * 2 : 1, sizeof *item->env);
	return &item->env[item->n++];
}

static void
read_envelopes(struct outbox_item *item, struct db_stmt *s)
{
	struct outbox_envelope *e;

	while (db_step(s)) {
		e = add_envelope(item);
		e->id = db_int(s, "id");
		e->to = xstrdup(db_text(s, "recipient"));
		e->attempt = (int)db_int(s, "attempt");
		if (strcmp(db_text(s, "state"), "sending") == 0)
			item->retry = true;
	}
}

/* Everything but the envelopes. */
static void
copy_message(struct outbox_item *item, struct db_stmt *s)
{
	const void *data;

	item->kind = db_int(s, "kind") == OUTBOX_NOTICE ? OUTBOX_NOTICE :
							  OUTBOX_DIGEST;
	item->msgid = xstrdup(db_text(s, "msgid"));
	item->subject = xstrdup(db_text(s, "subject"));
	item->created = db_int(s, "created");
	data = db_blob(s, "data", &item->len);
	item->data = xmalloc(item->len + 1);
	memcpy(item->data, data, item->len);
	item->data[item->len] = '\0';
}

static void
read_message(struct db *db, int64_t id, struct outbox_item *item)
{
	struct db_stmt *s = db_stmt(db,
	    "SELECT msgid, kind, subject, data, created"
	    " FROM message WHERE id = :id");

	memset(item, 0, sizeof *item);
	item->id = id;
	db_bind_int(s, ":id", id);
	while (db_step(s))
		copy_message(item, s);
	/* The database was restored, and may have been ahead of its copy. */
	item->retry = db_copied_at(db) != 0 &&
	    item->created <= db_copied_at(db);
	if (item->data == NULL)
		fatal(EX_SOFTWARE, "bug: an envelope without its message");
}

static void
bind_due(struct db_stmt *s, int64_t now)
{
	db_bind_int(s, ":now", now);
	db_bind_int(s, ":horizon", now + HORIZON);
}

bool
outbox_next(struct db *db, int64_t now, int64_t after, struct outbox_item *item)
{
	struct db_stmt *s;
	int64_t id;

	s = db_stmt(db,
	    "SELECT e.message AS id FROM envelope e"
	    " WHERE e.settled = 0 AND e.message > :after AND " IS_DUE
	    " ORDER BY e.message LIMIT 1");
	db_bind_int(s, ":after", after);
	bind_due(s, now);
	id = ask_int(s, "id");
	if (id == 0)
		return false;
	read_message(db, id, item);
	s = db_stmt(db,
	    "SELECT e.id AS id, e.recipient AS recipient,"
	    " e.attempt AS attempt, e.state AS state FROM envelope e"
	    " WHERE e.settled = 0 AND e.message = :message AND " IS_DUE
	    " ORDER BY e.id");
	db_bind_int(s, ":message", id);
	bind_due(s, now);
	read_envelopes(item, s);
	return true;
}

void
outbox_item_free(struct outbox_item *item)
{
	size_t i;

	for (i = 0; i < item->n; i++)
		free(item->env[i].to);
	free(item->env);
	free(item->msgid);
	free(item->subject);
	free(item->data);
	memset(item, 0, sizeof *item);
}

void
outbox_intent(struct db *db, const struct outbox_item *item)
{
	struct db_stmt *s;
	size_t i;

	db_begin(db);
	for (i = 0; i < item->n; i++) {
		s = db_stmt(db,
		    "UPDATE envelope SET state = 'sending',"
		    " attempt = attempt + 1, next_try = 0 WHERE id = :id");
		db_bind_int(s, ":id", item->env[i].id);
		db_run(s);
	}
	db_commit(db);
}

/* 1, 2, 4 … 60 minutes, each ± 20 %, so that hosts do not retry in step. */
static int64_t
back_off(int attempt, int spread)
{
	int64_t s = attempt < 6 ? INT64_C(60) << attempt : OUTBOX_BACKOFF_MAX;

	if (s > OUTBOX_BACKOFF_MAX)
		s = OUTBOX_BACKOFF_MAX;
	return s * (8000 + INT64_C(4) * spread) / 10000;
}

/* 0 means "waits": a clock before 1970 must not say so. */
static int64_t
settled_at(int64_t now)
{
	return now > 0 ? now : 1;
}

static void
settle_row(struct db *db, int64_t id, const char *state, const char *why,
    int64_t now)
{
	struct db_stmt *s = db_stmt(db,
	    "UPDATE envelope SET state = :state, why = :why, next_try = 0,"
	    " settled = :settled WHERE id = :id");

	db_bind_text(s, ":state", state);
	db_bind_text(s, ":why", why);
	db_bind_int(s, ":settled", settled_at(now));
	db_bind_int(s, ":id", id);
	db_run(s);
}

static void
defer_row(struct db *db, const struct outbox_envelope *e, const char *why,
    int64_t now, int spread)
{
	struct db_stmt *s = db_stmt(db,
	    "UPDATE envelope SET state = 'pending', why = :why, tried = :now,"
	    " next_try = :next WHERE id = :id");

	db_bind_text(s, ":why", why);
	db_bind_int(s, ":now", now);
	db_bind_int(s, ":next", now + back_off(e->attempt, spread));
	db_bind_int(s, ":id", e->id);
	db_run(s);
}

/* The bytes are not needed once everybody has them; the id is, for `put`. */
static void
drop_sent_data(struct db *db, int64_t envelope)
{
	struct db_stmt *s = db_stmt(db,
	    "UPDATE message SET data = :empty WHERE id ="
	    " (SELECT message FROM envelope WHERE id = :id)"
	    " AND NOT EXISTS (SELECT 1 FROM envelope e"
	    " WHERE e.message = message.id AND e.state <> 'sent')");

	db_bind_blob(s, ":empty", "", 0);
	db_bind_int(s, ":id", envelope);
	db_run(s);
}

void
outbox_settle(struct db *db, const struct outbox_envelope *e,
    enum outbox_verdict verdict, const char *why, int64_t now, int spread)
{
	switch (verdict) {
	case OUTBOX_SENT:
		settle_row(db, e->id, "sent", why, now);
		drop_sent_data(db, e->id);
		break;
	case OUTBOX_FAIL:
		settle_row(db, e->id, "failed", why, now);
		break;
	case OUTBOX_DEFER:
		defer_row(db, e, why, now, spread);
		break;
	}
}

#define IS_EXPIRED \
	"e.settled = 0 AND e.state = 'pending' AND e.attempt > 0" \
	" AND m.expires <= :now AND e.tried >= m.expires"

/* The next message after this one with something to give up, or 0. */
static int64_t
next_expired(struct db *db, int64_t now, int64_t after)
{
	struct db_stmt *s = db_stmt(db,
	    "SELECT e.message AS id FROM envelope e"
	    " JOIN message m ON m.id = e.message"
	    " WHERE e.message > :after AND " IS_EXPIRED
	    " ORDER BY e.message LIMIT 1");

	db_bind_int(s, ":now", now);
	db_bind_int(s, ":after", after);
	return ask_int(s, "id");
}

static char *
why_of(struct db *db, int64_t envelope)
{
	struct db_stmt *s = db_stmt(db,
	    "SELECT why FROM envelope WHERE id = :id");

	char *why = NULL;

	db_bind_int(s, ":id", envelope);
	while (db_step(s))
		why = xstrdup(db_text(s, "why"));
	return why;
}

void
outbox_expire(struct db *db, int64_t now,
    void (*tell)(void *, const struct outbox_item *, const char *), void *arg)
{
	struct outbox_item item;
	struct db_stmt *s;
	int64_t id = 0;
	char *why;
	size_t i;

	while ((id = next_expired(db, now, id)) != 0) {
		read_message(db, id, &item);
		s = db_stmt(db,
		    "SELECT e.id AS id, e.recipient AS recipient,"
		    " e.attempt AS attempt, e.state AS state FROM envelope e"
		    " JOIN message m ON m.id = e.message"
		    " WHERE e.message = :message AND " IS_EXPIRED
		    " ORDER BY e.id");
		db_bind_int(s, ":message", id);
		db_bind_int(s, ":now", now);
		read_envelopes(&item, s);
		why = why_of(db, item.env[0].id);
		for (i = 0; i < item.n; i++)
			settle_row(db, item.env[i].id, "expired", why, now);
		tell(arg, &item, why);
		free(why);
		outbox_item_free(&item);
	}
}

void
outbox_count(struct db *db, int64_t now, struct outbox_counts *c)
{
	struct db_stmt *s = db_stmt(db,
	    "SELECT COUNT(*) AS waiting, COUNT(DISTINCT e.message) AS messages,"
	    " COALESCE(SUM(CASE WHEN " IS_DUE " THEN 1 ELSE 0 END), 0) AS due,"
	    " COALESCE(MIN(m.created), 0) AS oldest,"
	    " COALESCE(MIN(e.next_try), 0) AS next_try"
	    " FROM envelope e JOIN message m ON m.id = e.message"
	    " WHERE e.settled = 0");

	memset(c, 0, sizeof *c);
	bind_due(s, now);
	while (db_step(s)) {
		c->waiting = db_int(s, "waiting");
		c->messages = db_int(s, "messages");
		c->due = db_int(s, "due");
		c->oldest = db_int(s, "oldest");
		c->next_try = db_int(s, "next_try");
	}
	s = db_stmt(db,
	    "SELECT COUNT(*) AS failed FROM envelope"
	    " WHERE settled > 0 AND state IN ('failed', 'expired')");
	c->failed = ask_int(s, "failed");
}

void
outbox_list(struct db *db, void (*show)(void *, const struct outbox_row *),
    void *arg)
{
	struct db_stmt *s = db_stmt(db,
	    "SELECT m.id AS id, e.recipient AS recipient, e.state AS state,"
	    " m.subject AS subject, m.msgid AS msgid, e.why AS why,"
	    " m.created AS created, e.next_try AS next_try,"
	    " e.attempt AS attempt"
	    " FROM envelope e JOIN message m ON m.id = e.message"
	    " WHERE e.settled = 0 OR e.state IN ('failed', 'expired')"
	    " ORDER BY m.id, e.id");
	struct outbox_row r;

	while (db_step(s)) {
		r.id = db_int(s, "id");
		r.to = db_text(s, "recipient");
		r.state = db_text(s, "state");
		r.subject = db_text(s, "subject");
		r.msgid = db_text(s, "msgid");
		r.why = db_text(s, "why");
		r.created = db_int(s, "created");
		r.next_try = db_int(s, "next_try");
		r.attempt = (int)db_int(s, "attempt");
		show(arg, &r);
	}
}

int64_t
outbox_flush(struct db *db, int64_t now)
{
	struct db_stmt *s;

	s = db_stmt(db,
	    "UPDATE message SET expires = :grace WHERE expires < :grace"
	    " AND id IN (SELECT message FROM envelope"
	    " WHERE settled > 0 AND state IN ('failed', 'expired'))");
	db_bind_int(s, ":grace", now + FLUSH_GRACE);
	db_run(s);
	s = db_stmt(db,
	    "UPDATE envelope SET state = 'pending', settled = 0, next_try = 0"
	    " WHERE state IN ('pending', 'failed', 'expired')");
	return db_run(s);
}

int64_t
outbox_drop(struct db *db, int64_t id)
{
	struct db_stmt *s = db_stmt(db,
	    "DELETE FROM message WHERE (:id = 0 OR id = :id) AND id IN"
	    " (SELECT message FROM envelope"
	    " WHERE settled = 0 OR state IN ('failed', 'expired'))");

	db_bind_int(s, ":id", id);
	return db_run(s);
}

void
outbox_prune(struct db *db, int64_t now)
{
	struct db_stmt *s = db_stmt(db,
	    "DELETE FROM message WHERE id IN"
	    " (SELECT message FROM envelope GROUP BY message"
	    " HAVING MIN(settled) > 0 AND MAX(settled) < :limit)");

	db_bind_int(s, ":limit", now - OUTBOX_KEEP);
	db_run(s);
}
