/* SPDX-License-Identifier: ISC */
/* Delivery policy. */
#include "common/mail/deliver.h"

#include <sys/random.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/step.h"
#include "common/base/xmem.h"
#include "common/host/db.h"
#include "common/mail/deliver_notice.h"
#include "common/mail/deliver_ways.h"
#include "common/mail/mail_conf.h"
#include "common/mail/outbox.h"

struct run {
	struct db *db;
	const struct mail_conf *conf;
	struct deliver_ways ways;
};

/* 0-999, for the spread of the back-off. */
static int
roll_dice(void)
{
	unsigned n = 500;

	if (getrandom(&n, sizeof n, GRND_NONBLOCK) == -1)
		return 500;
	return (int)(n % 1000);
}

/*
 * The frozen bytes as they go out: a message that was tried before says so in
 * front, under the same Message-ID.
 */
static void
add_wire(struct buf *wire, const struct outbox_item *item)
{
	int attempt = 0;
	size_t i;

	for (i = 0; i < item->n; i++)
		if (item->env[i].attempt > attempt)
			attempt = item->env[i].attempt;
	if (attempt > 0)
		buf_addf(wire, "X-Sitewatch-Retry: %d%s\r\n", attempt,
		    item->retry ? " (may be a duplicate)" : "");
	buf_add(wire, item->data, item->len);
}

static enum outbox_verdict
verdict_of(const struct transport_result *r)
{
	switch (r->status) {
	case TRANSPORT_OK:
		return OUTBOX_SENT;
	case TRANSPORT_PERMFAIL:
		return OUTBOX_FAIL;
	case TRANSPORT_TEMPFAIL:
		break;
	}
	return OUTBOX_DEFER;
}

/* The way a verdict came, and what was said there. */
static char *
verdict_text(const struct run *run, const struct transport_result *r, size_t by)
{
	if (by == run->ways.n)
		return xstrdup(r->text);
	return xasprintf("%s: %s", run->ways.way[by].name, r->text);
}

static void
settle_one(struct run *run, const struct outbox_item *item, size_t i,
    const struct transport_result *r, size_t by)
{
	const struct outbox_envelope *e = &item->env[i];
	char *why = verdict_text(run, r, by);
	int64_t now = clock_now();

	outbox_settle(run->db, e, verdict_of(r), why, now, roll_dice());
	if (r->status == TRANSPORT_PERMFAIL) {
		log_error("mail %lld to %s was refused: %s",
		    (long long)item->id, e->to, why);
		deliver_notice_refused(run->db, run->conf, item, e->to, why,
		    now);
	} else
		log_info("mail %lld to %s %s: %s", (long long)item->id, e->to,
		    r->status == TRANSPORT_OK ? "sent" : "waits", why);
	free(why);
}

/* Each relay that did not take a mail that now waits counts it once. */
static void
count_deferred(struct run *run, const struct transport_result *r, size_t n)
{
	struct deliver_way *way;
	size_t i;

	for (i = 0; i < n && r[i].status != TRANSPORT_TEMPFAIL; i++)
		;
	if (i == n)
		return;
	for (i = 0; i < run->ways.n; i++) {
		way = &run->ways.way[i];
		if (way->now[0] == '\0')
			continue;
		if (way->deferred++ == 0)
			memcpy(way->why, way->now, sizeof way->why);
	}
}

/* The verdicts, and what admin is to be told of them, in one transaction. */
static void
settle_all(struct run *run, const struct outbox_item *item,
    const struct transport_result *result, const size_t *by)
{
	size_t i;

	db_begin(run->db);
	for (i = 0; i < item->n; i++)
		settle_one(run, item, i, &result[i], by[i]);
	db_commit(run->db);
	STEP("mail:settled");
	count_deferred(run, result, item->n);
}

static void
deliver_item(struct run *run, const struct outbox_item *item)
{
	struct transport_result *result = xcalloc(item->n, sizeof *result);
	size_t *by = xcalloc(item->n, sizeof *by), i;
	const char **to = xcalloc(item->n, sizeof *to);
	struct transport_mail mail = {
		.from = run->conf->from,
		.to = to,
		.nto = item->n,
		.msgid = item->msgid,
		.created = item->created,
		.report = -1,
	};
	struct buf wire;

	buf_init(&wire, SIZE_MAX);
	add_wire(&wire, item);
	for (i = 0; i < item->n; i++)
		to[i] = item->env[i].to;
	mail.data = buf_str(&wire);
	mail.len = wire.len;
	/* No intent on disk, no mail: else a full disk would send for ever. */
	outbox_intent(run->db, item);
	STEP("mail:intent");
	deliver_ways_send(&run->ways, &mail, result, by);
	STEP("mail:answered");
	settle_all(run, item, result, by);
	buf_free(&wire);
	free(to);
	free(by);
	free(result);
}

/* Everything that is due behind this message; returns the last one. */
static int64_t
deliver_due(struct run *run, int64_t after)
{
	struct outbox_item item;

	while (deliver_ways_left(&run->ways) &&
	    outbox_next(run->db, clock_now(), after, &item)) {
		after = item.id;
		deliver_item(run, &item);
		outbox_item_free(&item);
	}
	return after;
}

/* What the last try was in vain for; true if a notice is to be sent of it. */
static bool
give_up(struct run *run)
{
	struct deliver_notice *notice = deliver_notice_open(run->conf);
	bool put;

	db_begin(run->db);
	outbox_expire(run->db, clock_now(), deliver_notice_expired, notice);
	put = deliver_notice_close(notice, run->db, clock_now());
	db_commit(run->db);
	STEP("mail:expired");
	return put;
}

/* One line for each relay, so that cron mails what to look at. */
static void
say_deferred(const struct run *run, const struct outbox_counts *c)
{
	const char *wait = c->messages == 1 ? "mail waits" : "mails wait";
	char span[CLOCK_TEXT], *when = xstrdup("with the next run");
	const struct deliver_way *way;
	int64_t now = clock_now();
	size_t i;
	bool said = false;

	if (c->next_try > now) {
		free(when);
		when = xasprintf("in %s", clock_span(c->next_try - now, span));
	}
	for (i = 0; i < run->ways.n; i++) {
		way = &run->ways.way[i];
		if (way->deferred == 0)
			continue;
		said = true;
		log_error("%lld %s: %s: %s; next try %s",
		    (long long)c->messages, wait, way->name, way->why, when);
	}
	if (!said && c->due > 0)
		log_error("%lld %s: no time was left", (long long)c->messages,
		    wait);
	free(when);
}

enum deliver_status
deliver_run(struct db *db, const struct mail_conf *conf)
{
	struct run run = { .db = db, .conf = conf };
	struct outbox_counts c;
	int64_t last;

	deliver_ways_open(&run.ways, conf);
	last = deliver_due(&run, 0);
	if (give_up(&run))
		deliver_due(&run, last);
	outbox_count(db, clock_now(), &c);
	say_deferred(&run, &c);
	deliver_ways_close(&run.ways);
	return c.waiting > 0 ? DELIVER_WAITING : DELIVER_DONE;
}

void
deliver_now(const struct mail_conf *conf, const struct transport_mail *mail,
    struct transport_result *result, const char **via)
{
	struct deliver_ways ways;
	size_t *by = xcalloc(mail->nto, sizeof *by), i;

	deliver_ways_open(&ways, conf);
	deliver_ways_send(&ways, mail, result, by);
	for (i = 0; i < mail->nto; i++)
		via[i] = ways.way[by[i] < ways.n ? by[i] : 0].name;
	deliver_ways_close(&ways);
	free(by);
}
