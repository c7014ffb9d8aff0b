/* SPDX-License-Identifier: ISC */
/* site-uptime incidents, and incident ID: where a post-mortem starts from. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/host/out.h"
#include "uptime/cmd.h"
#include "uptime/conf/conf.h"
#include "uptime/store/store.h"
#include "uptime/tell/show_text.h"

#define LIST_MAX 1000 /* newest; a line says when there are more */

struct listing {
	struct out *out;
	struct incident_row found;
	bool json;
	int64_t now;
	size_t n;
};

enum {
	I_ID,
	I_STATE,
	I_BEGAN,
	I_ENDED,
	I_LASTED,
	I_SITE,
	I_NAME,
	I_LAYER,
	I_REASON,
	I_DETAIL
};
static const struct out_column incident_columns[] = {
	{ "id", "ID", OUT_INT },
	{ "state", "STATE", OUT_TEXT },
	{ "began", "BEGAN", OUT_TIME },
	{ "ended", NULL, OUT_TIME },
	{ "seconds", NULL, OUT_INT },
	{ "site", NULL, OUT_TEXT },
	{ "target", "TARGET", OUT_TEXT },
	{ "layer", "LAYER", OUT_TEXT },
	{ "reason", NULL, OUT_TEXT },
	{ "detail", "WHAT", OUT_TEXT },
};

/* Layer and detail: words for programs, a clause for people. */
static void
on_reason(struct listing *l, const struct incident_row *i)
{
	struct buf text;
	enum layer layer;

	buf_init(&text, SIZE_MAX);
	if (l->json || !layer_find(i->layer, &layer)) {
		out_string(l->out, I_LAYER, i->layer);
		buf_adds(&text, i->detail);
	} else {
		out_string(l->out, I_LAYER, layer_title(layer));
		show_reason(&text, reason_find(i->reason), i->detail);
	}
	out_string(l->out, I_DETAIL, buf_str(&text));
	buf_free(&text);
}

static void
on_incident(void *arg, const struct incident_row *i)
{
	struct listing *l = arg;
	int64_t lasted = (i->ended > 0 ? i->ended : l->now) - i->began;
	char span[CLOCK_TEXT], state[CLOCK_TEXT + 16];

	if (l->n++ == LIST_MAX)
		return;
	if (lasted < 0) /* the clock went back */
		lasted = 0;
	snprintf(state, sizeof state, "%s %s", i->ended > 0 ? "over," : "open,",
	    clock_span(lasted, span));
	out_int(l->out, I_ID, i->id);
	out_string(l->out, I_STATE,
	    l->json ? (i->ended > 0 ? "over" : "open") : state);
	out_int(l->out, I_BEGAN, i->began);
	if (i->ended > 0)
		out_int(l->out, I_ENDED, i->ended);
	out_int(l->out, I_LASTED, lasted);
	out_string(l->out, I_SITE, i->site);
	out_string(l->out, I_NAME, i->name);
	out_string(l->out, I_REASON, i->reason);
	on_reason(l, i);
	out_row(l->out);
}

enum { E_AT, E_WHAT, E_DETAIL };
static const struct out_column event_columns[] = {
	{ "at", "AT", OUT_TIME },
	{ "event", "EVENT", OUT_TEXT },
	{ "detail", "WHAT", OUT_TEXT },
};

static void
on_event(void *arg, int64_t at, const char *what, const char *detail)
{
	struct listing *l = arg;

	out_int(l->out, E_AT, at);
	out_string(l->out, E_WHAT, what);
	out_string(l->out, E_DETAIL, detail);
	out_row(l->out);
}

static void
begin(struct listing *l, const struct out_column *c, size_t n)
{
	l->out = out_open(stdout, l->json, c, n);
}

static int
list(struct listing *l, struct db *db)
{
	begin(l, incident_columns,
	    sizeof incident_columns / sizeof *incident_columns);
	incidents_list(db, LIST_MAX + 1, on_incident, l);
	out_close(l->out);
	if (l->n > LIST_MAX)
		log_warn("the newest %d are shown; there are more", LIST_MAX);
	return EX_OK;
}

static void
pass_over(void *arg, const struct incident_row *i)
{
	(void)arg;
	(void)i;
}

static int
show(struct listing *l, struct db *db, const char *text)
{
	char *end;
	long long id = strtoll(text, &end, 10);

	if (*text == '\0' || *end != '\0' ||
	    !incident_get(db, id, pass_over, NULL)) {
		log_error("no incident \"%s\" (site-uptime incidents lists "
			  "them)",
		    text);
		return EX_DATAERR;
	}
	begin(l, incident_columns,
	    sizeof incident_columns / sizeof *incident_columns);
	incident_get(db, id, on_incident, l);
	out_close(l->out);
	if (!l->json)
		putchar('\n');
	begin(l, event_columns, sizeof event_columns / sizeof *event_columns);
	events_list(db, id, on_event, l);
	out_close(l->out);
	return EX_OK;
}

static int
open_and_list(const struct options *o, const char *id, bool json)
{
	struct listing l = { .json = json, .now = clock_now() };
	struct uptime_conf conf;
	struct db *db;
	int status = EX_CONFIG;

	if (uptime_conf_load(o->conf, o->state, &conf)) {
		db = uptime_store_open(conf.state, DB_READ);
		if (db == NULL) {
			log_error("%s: there was no run yet", conf.state);
			status = EX_IOERR;
		} else
			status = id != NULL ? show(&l, db, id) : list(&l, db);
		db_close(db);
	}
	uptime_conf_free(&conf);
	return tool_flush(status);
}

static bool
read_options(int argc, char **argv, bool *json)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*json = false;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c != 'J')
			return false;
		*json = true;
	}
	return true;
}

int
cmd_incidents(const struct options *o, int argc, char **argv)
{
	bool json;

	if (!read_options(argc, argv, &json))
		return EX_USAGE;
	if (optind < argc)
		return tool_usage("incidents",
		    "takes no \"%s\"; incident %s shows one", argv[optind],
		    argv[optind]);
	return open_and_list(o, NULL, json);
}

int
cmd_incident(const struct options *o, int argc, char **argv)
{
	bool json;

	if (!read_options(argc, argv, &json))
		return EX_USAGE;
	if (argc - optind != 1)
		return tool_usage("incident",
		    "wants one ID (site-uptime incidents lists them)");
	return open_and_list(o, argv[optind], json);
}
