/* SPDX-License-Identifier: ISC */
/*
 * site-uptime status: all targets, worst first, from what the last runs left;
 * the last run and the outbox.  Reads without the lock: a run has the database
 * open for moments only.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/out.h"
#include "common/mail/outbox.h"
#include "uptime/cmd.h"
#include "uptime/conf/conf.h"
#include "uptime/metrics.h"
#include "uptime/store/store.h"
#include "uptime/tell/show_text.h"

enum form { FORM_TEXT, FORM_JSON, FORM_TSV, FORM_NAGIOS, FORM_PROMETHEUS };

struct status {
	struct uptime_conf conf;
	struct target_rows rows;
	struct overview all;
	enum form form;
};

enum {
	C_STATE,
	C_SINCE,
	C_TARGET,
	C_SITE,
	C_GRADE,
	C_LAYER,
	C_REASON,
	C_DETAIL,
	C_MS,
	C_TRIED,
	C_INCIDENT
};
static const struct out_column columns[] = {
	{ "state", "STATE", OUT_TEXT },
	{ "since", "SINCE", OUT_TIME },
	{ "target", "TARGET", OUT_TEXT },
	{ "site", NULL, OUT_TEXT },
	{ "grade", NULL, OUT_TEXT },
	{ "layer", "LAYER", OUT_TEXT },
	{ "reason", NULL, OUT_TEXT },
	{ "detail", "WHAT", OUT_TEXT },
	{ "ms", "MS", OUT_INT },
	{ "tried", NULL, OUT_TIME },
	{ "incident", NULL, OUT_INT },
};

/* Reason and detail in one clause for people, apart for programs. */
static void
show_trouble(struct out *out, const struct target_row *r, bool json)
{
	struct buf text;

	if (r->grade == GRADE_UNKNOWN) {
		out_string(out, C_DETAIL, r->detail);
		return;
	}
	if (r->state.layer < LAYER_N)
		out_string(out, C_LAYER,
		    json ? layer_word(r->state.layer) :
			   layer_title(r->state.layer));
	out_string(out, C_REASON, reason_word(r->state.reason));
	buf_init(&text, SIZE_MAX);
	if (json)
		buf_adds(&text, r->detail);
	else
		show_reason(&text, r->state.reason, r->detail);
	out_string(out, C_DETAIL, buf_str(&text));
	buf_free(&text);
}

static void
show_row(struct out *out, const struct overview_target *t, bool json)
{
	const struct target_row *r = t->row;

	out_string(out, C_TARGET, t->target->name);
	out_string(out, C_SITE, t->target->site->name);
	if (r == NULL) {
		out_string(out, C_STATE, state_word(STATE_NEW));
		out_string(out, C_DETAIL, "not probed yet");
		out_row(out);
		return;
	}
	out_string(out, C_STATE, overview_word(t));
	if (r->state.since > 0)
		out_int(out, C_SINCE, r->state.since);
	out_string(out, C_GRADE, grade_word(r->grade));
	if (r->grade != GRADE_OK)
		show_trouble(out, r, json);
	if (r->last_us >= 0)
		out_int(out, C_MS, (r->last_us + 500) / 1000);
	if (r->tried > 0)
		out_int(out, C_TRIED, r->tried);
	if (r->incident > 0)
		out_int(out, C_INCIDENT, r->incident);
	out_row(out);
}

/* What is behind the table: is the tool itself alive? */
static void
show_self(const struct overview *o)
{
	char a[CLOCK_TEXT], b[CLOCK_TEXT];

	if (o->run.started > 0)
		printf("\nlast run %s, %s ago: %lld probed, %lld failed, "
		       "%lld without evidence, %lld mail%s\n",
		    clock_local(o->run.started, a),
		    clock_span(o->now - o->run.started, b),
		    (long long)o->run.probed, (long long)o->run.failed,
		    (long long)o->run.blind, (long long)o->run.mails,
		    o->run.mails == 1 ? "" : "s");
	else
		printf("\nno run yet\n");
	if (o->blind_since > 0)
		printf(
		    "this host has been cut off since %s: no verdict moves\n",
		    clock_local(o->blind_since, a));
	if (o->outbox.waiting > 0)
		printf("mails: %lld waiting, %lld failed (site-uptime mail "
		       "list)\n",
		    (long long)o->outbox.waiting, (long long)o->outbox.failed);
}

static int
show_table(const struct overview *o, bool json)
{
	struct out *out = out_open(stdout, json, columns,
	    sizeof columns / sizeof *columns);

	for (size_t i = 0; i < o->n; i++)
		show_row(out, &o->target[i], json);
	if (!out_close(out)) {
		log_error("standard output: %m");
		return EX_IOERR;
	}
	if (!json)
		show_self(o);
	return EX_OK;
}

static int
show(struct status *s)
{
	struct buf b;
	int status = EX_OK;

	if (s->form == FORM_TEXT || s->form == FORM_JSON)
		return show_table(&s->all, s->form == FORM_JSON);
	buf_init(&b, SIZE_MAX);
	if (s->form == FORM_PROMETHEUS)
		metrics_prometheus(&b, &s->all);
	else if (s->form == FORM_TSV)
		metrics_tsv(&b, &s->all);
	else
		status = metrics_nagios(&b, &s->all);
	fwrite(b.p, 1, b.len, stdout);
	buf_free(&b);
	return status;
}

/* Everything that is configured, worst first. */
static int
gather(struct status *s)
{
	const struct uptime_conf *c = &s->conf;
	struct db *db = uptime_store_open(c->state, DB_READ);
	struct overview *o = &s->all;
	size_t n = 0;

	o->now = clock_now();
	if (db != NULL) {
		targets_load(db, &s->rows);
		uptime_run_last(db, &o->run);
		outbox_count(db, o->now, &o->outbox);
		o->blind_since = fact_get(db, "blind-since");
		db_close(db);
	}
	for (size_t i = 0; i < c->nsite; i++)
		n += c->site[i].ntarget;
	o->target = xcalloc(n + 1, sizeof *o->target);
	for (size_t i = 0; i < c->nsite; i++)
		for (size_t k = 0; k < c->site[i].ntarget; k++) {
			struct overview_target *t = &o->target[o->n++];

			t->target = &c->site[i].target[k];
			t->row = targets_find(&s->rows, t->target->key);
		}
	overview_order(o);
	n = (size_t)show(s);
	free(o->target);
	targets_free(&s->rows);
	return (int)n;
}

int
cmd_status(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, FORM_JSON },
		{ "tsv", no_argument, NULL, FORM_TSV },
		{ "nagios", no_argument, NULL, FORM_NAGIOS },
		{ "prometheus", no_argument, NULL, FORM_PROMETHEUS },
		{ NULL, 0, NULL, 0 },
	};
	struct status s = { .form = FORM_TEXT };
	int c, status = EX_CONFIG;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == '?')
			return EX_USAGE;
		s.form = (enum form)c;
	}
	if (optind < argc)
		return tool_usage("status", "takes no \"%s\"", argv[optind]);
	if (uptime_conf_load(o->conf, o->state, &s.conf))
		status = gather(&s);
	else if (s.form == FORM_NAGIOS)
		status = 3;
	uptime_conf_free(&s.conf);
	return tool_flush(status);
}
