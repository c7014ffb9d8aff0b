/* SPDX-License-Identifier: ISC */
/* What a run found out: chosen, probed, stepped, written. */
#include "uptime/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "uptime/conf/conf.h"
#include "uptime/schedule.h"
#include "uptime/tell/show.h"
#include "uptime/tell/show_text.h"

/* ---- what is due --------------------------------------------------------- */

struct choice {
	const struct target **target;
	const struct target_row **row; /* NULL: never tried */
	struct schedule_item *item;
	size_t n, room;
};

static void
choose(struct choice *c, const struct target *t, const struct target_row *row,
    int64_t now)
{
	struct schedule_item it = { .key = t->key,
		.every = t->every,
		.last = row != NULL ? row->tried : 0,
		.failed = row != NULL && row->grade == GRADE_DOWN,
		.last_us = row != NULL ? row->last_us : -1,
		.index = c->n };

	if (!schedule_due(&it, now))
		return;
	if (c->n == c->room) {
		c->room = c->room * 2 + 64;
		c->target = xreallocarray(c->target, c->room,
		    sizeof *c->target);
		c->row = xreallocarray(c->row, c->room, sizeof *c->row);
		c->item = xreallocarray(c->item, c->room, sizeof *c->item);
	}
	c->target[c->n] = t;
	c->row[c->n] = row;
	c->item[c->n++] = it;
}

static void
begin(struct outcome *o, const struct target *t, const struct target_row *row)
{
	o->target = t;
	if (row == NULL) {
		target_row_init(&o->row, t->key);
	} else {
		o->row = *row;
		o->row.key = xstrdup(row->key);
	}
	/* the configuration's words are the present ones */
	o->row.name = xstrdup(t->name);
	o->row.site = xstrdup(t->site->name);
	o->row.detail = NULL;
	o->before = o->row.state;
}

/* ---- verdicts ------------------------------------------------------------ */

static bool
is_offline(const struct verdict *v)
{
	return v->evidence == EVIDENCE_NONE &&
	    (v->reason == REASON_OFFLINE ||
		v->reason == REASON_RESOLVERS_SILENT ||
		v->reason == REASON_REFUSED ||
		v->reason == REASON_ROOTS_SILENT);
}

static void
say(const struct outcome *o, const struct verdict *v)
{
	struct buf b;

	if (log_verbose() == 0)
		return;
	buf_init(&b, 1000);
	show_line(&b, o->target, v, false);
	buf_cut(&b, b.len - 1); /* its LF */
	log_info("%s", buf_str(&b));
	buf_free(&b);
}

/* The state keeps the reason of what is known; without evidence the detail
 * has to say it all. */
static char *
detail_of(const struct verdict *v)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (v->evidence == EVIDENCE_NONE)
		show_reason(&b, v->reason, v->detail);
	else
		buf_adds(&b, v->detail);
	return buf_take(&b);
}

static void
on_verdict(void *arg, struct round_item *it, const struct verdict *v,
    const struct sight *s)
{
	struct tally *t = arg;
	struct outcome *o = &t->outcome[it - t->item];
	struct buf table;

	o->kind = v->evidence;
	o->grade = v->grade;
	o->layer = v->layer;
	o->reason = v->reason;
	o->us = v->us;
	o->debts = state_step(&o->before, v, s->began, &o->row.state);
	o->row.tried = t->now;
	if (v->us >= 0 || v->evidence == EVIDENCE_FAIL)
		o->row.last_us = v->us;
	o->row.grade = v->grade;
	o->row.detail = detail_of(v);
	if (s->walk != NULL)
		o->row.serial_since = s->zone->serial_since;
	t->failed += v->evidence == EVIDENCE_FAIL;
	t->blind += v->evidence == EVIDENCE_NONE;
	t->offline += is_offline(v);
	t->asked += o->target->kind != TARGET_EXEC;
	say(o, v);
	if (o->debts == 0 && o->row.state.name == o->before.name)
		return;
	o->verdict = xmalloc(sizeof *o->verdict);
	*o->verdict = *v;
	buf_init(&table, SIZE_MAX);
	show_evidence(&table, o->target, v, s);
	o->evidence = buf_take(&table);
}

void
tally_take(struct tally *t, const struct uptime_conf *c,
    const struct target_rows *rows, int64_t now)
{
	struct choice due = { 0 };

	memset(t, 0, sizeof *t);
	t->conf = c;
	t->now = now;
	for (size_t i = 0; i < c->nsite; i++)
		for (size_t k = 0; k < c->site[i].ntarget; k++) {
			const struct target *tg = &c->site[i].target[k];

			choose(&due, tg, targets_find(rows, tg->key), now);
		}
	schedule_order(due.item, due.n, (uint64_t)clock_mono_us());
	t->n = due.n;
	t->outcome = xcalloc(due.n + 1, sizeof *t->outcome);
	t->item = xcalloc(due.n + 1, sizeof *t->item);
	for (size_t i = 0; i < due.n; i++) {
		size_t from = due.item[i].index;
		struct outcome *o = &t->outcome[i];

		begin(o, due.target[from], due.row[from]);
		t->item[i].target = o->target;
		t->item[i].recheck = state_wants_recheck(&o->before);
		t->item[i].serial_since = o->row.serial_since;
	}
	free(due.target);
	free(due.row);
	free(due.item);
	round_run(c, t->item, t->n, on_verdict, t, &t->stats);
}

void
tally_free(struct tally *t)
{
	for (size_t i = 0; i < t->n; i++) {
		target_row_free(&t->outcome[i].row);
		free(t->outcome[i].verdict);
		free(t->outcome[i].evidence);
	}
	free(t->outcome);
	free(t->item);
}

bool
tally_is_blind(const struct tally *t)
{
	return t->offline * 2 > t->asked;
}

/* ---- the transaction ----------------------------------------------------- */

/* What an outcome says in the words of the history. */
static struct verdict
as_verdict(const struct outcome *o)
{
	return (struct verdict){ .evidence = o->kind,
		.grade = o->grade,
		.layer = o->layer,
		.reason = o->reason,
		.us = o->us };
}

static void
event(struct outcome *o, struct db *db, int64_t at, const char *what)
{
	event_put(db, o->row.incident, at, what,
	    o->grade == GRADE_OK ? "" : o->row.detail);
}

static void
write_incident(struct tally *t, struct outcome *o, struct db *db)
{
	const struct state *s = &o->row.state;

	if (o->debts & DEBT_DOWN) {
		o->row.incident = incident_open(db, o->row.id, s->down_since,
		    o->verdict);
		event_put(db, o->row.incident, s->down_since, "failed",
		    "the first failing probe");
		event(o, db, t->now, "down");
		incident_told(db, o->row.incident, t->now);
		return;
	}
	if (o->row.incident == 0 || o->kind == EVIDENCE_NONE)
		return;
	if (s->name != o->before.name)
		event(o, db, t->now, state_word(s->name));
	else if (o->kind == EVIDENCE_FAIL && s->reason != o->before.reason)
		event(o, db, t->now, "changed");
	if (s->name == STATE_UP)
		incident_close(db, o->row.incident, t->now);
}

void
tally_write(struct tally *t, struct db *db)
{
	for (size_t i = 0; i < t->n; i++) {
		struct outcome *o = &t->outcome[i];
		struct verdict v = as_verdict(o);

		/* a sample, an incident belong to a target that has an id */
		if (o->row.id == 0)
			target_put(db, &o->row);
		sample_put(db, o->row.id, t->now, &v);
		o->told = o->row.incident;
		write_incident(t, o, db);
		if (o->row.incident != 0)
			o->told = o->row.incident;
		if (o->row.state.name == STATE_UP)
			o->row.incident = 0;
		target_put(db, &o->row);
	}
}

/* True once, from the limit on; evidence ends it. */
static bool
is_news(const struct tally *t, const struct outcome *o, struct db *db)
{
	int64_t since = o->before.blind_since;
	char fact[48];
	bool told;

	if (since == 0)
		return false;
	snprintf(fact, sizeof fact, "unjudged-%lld", (long long)o->row.id);
	told = fact_get(db, fact) != 0;
	if (o->kind != EVIDENCE_NONE) {
		if (told)
			fact_put(db, fact, 0);
		return false;
	}
	if (told || tally_is_blind(t) || t->now - since < STATE_ALWAYS)
		return false;
	fact_put(db, fact, t->now);
	return true;
}

size_t
tally_unjudged(const struct tally *t, struct db *db, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct outcome *o = &t->outcome[i];

		if (!is_news(t, o, db) || n++ >= TALLY_UNJUDGED)
			continue;
		buf_adds(out, "  ");
		text_clean(out, o->row.name, strlen(o->row.name), TEXT_LINE);
		buf_addf(out, "\n      %s\n", o->row.detail);
	}
	if (n > TALLY_UNJUDGED)
		buf_addf(out, "  and %zu more (site-uptime status)\n",
		    n - TALLY_UNJUDGED);
	return n;
}
