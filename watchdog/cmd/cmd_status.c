/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog status: sources with cursor and lag, the last run, what is
 * wrong, how many groups are kept and wait to be told, when the disks will be
 * full, the outbox.  --json: one object a line, told apart by "kind".
 */
#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/out.h"
#include "common/mail/outbox.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/disk.h"
#include "watchdog/lag.h"
#include "watchdog/peek.h"
#include "watchdog/sources.h"
#include "watchdog/store/store.h"
#include "watchdog/store/store_source.h"
#include "watchdog/store/store_story.h"

struct status {
	struct watchdog_conf conf;
	struct sources all;
	struct peek peek;
	bool json;
	bool alarms; /* there is one */
	int64_t now;
	struct out *out;
};

enum {
	S_KIND,
	S_LOG,
	S_OFFSET,
	S_LAG,
	S_LAST,
	S_AGE,
	S_WATCHED,
	S_UNREAD,
	S_STATE
};
static const struct out_column source_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "log", "LOG", OUT_TEXT },
	{ "offset", "READ TO", OUT_INT },
	{ "lag", "LAG", OUT_INT },
	{ "last_line", "LAST NEW", OUT_TIME },
	{ "last_line_age", NULL, OUT_INT },
	{ "watched", "FILES", OUT_INT },
	{ "unread", "UNREAD", OUT_INT },
	{ "state", "STATE", OUT_TEXT },
};

enum { A_KIND, A_SINCE, A_TEXT };
static const struct out_column alarm_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "since", "ALARM SINCE", OUT_TIME },
	{ "text", "WHAT", OUT_TEXT },
};

enum { D_KIND, D_PATH, D_USED, D_SIZE, D_LEFT, D_FULL };
static const struct out_column disk_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "path", "FILE SYSTEM OF", OUT_TEXT },
	{ "used", "USED", OUT_INT },
	{ "size", "SIZE", OUT_INT },
	{ "full_in_seconds", NULL, OUT_INT },
	{ "full_in", "FULL IN", OUT_TEXT },
};

enum {
	R_KIND,
	R_START,
	R_END,
	R_RUN,
	R_RECORDS,
	R_IGNORED,
	R_REPORTED,
	R_HELD,
	R_MAILS,
	R_STATUS
};
#define R_TIMES R_RECORDS /* a terminal has no room for all in one line */
static const struct out_column run_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "last_start", "LAST RUN", OUT_TIME },
	{ "last_end", "ENDED WELL", OUT_TIME },
	{ "last_news", "LAST NEWS", OUT_TIME },
	{ "records", "RECORDS", OUT_INT },
	{ "ignored", "IGNORED", OUT_INT },
	{ "reported", "REPORTED", OUT_INT },
	{ "held", "HELD", OUT_INT },
	{ "mails", "MAILS", OUT_INT },
	{ "status", "STATUS", OUT_TEXT },
};

enum { G_KIND, G_KEPT, G_WAITING, G_RECORDS };
static const struct out_column group_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "groups", "GROUPS KEPT", OUT_INT },
	{ "waiting", "WAIT TO BE TOLD", OUT_INT },
	{ "records", "THEIR RECORDS", OUT_INT },
};

enum { O_KIND, O_WAITING, O_DUE, O_FAILED, O_OLDEST };
static const struct out_column outbox_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "waiting", "MAIL WAITING", OUT_INT },
	{ "due", "DUE", OUT_INT },
	{ "failed", "FAILED", OUT_INT },
	{ "oldest", "OLDEST", OUT_TIME },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void
begin(struct status *s, const struct out_column *c, size_t n)
{
	s->out = out_open(stdout, s->json, c, n);
}

static void
end(struct status *s)
{
	out_close(s->out);
	if (!s->json)
		putchar('\n');
}

/* What the file that has the log's name is to what was read. */
static const char *
source_state(const char *path, const struct store_source *s,
    const struct generation *live, const struct lag *lag)
{
	const struct lag_file *own = lag->n > 0 ? &lag->file[0] : NULL;

	if (lag->error != 0)
		return strerror(lag->error);
	if (s->n == 0)
		return s->journal != NULL ? "ok" : "never read";
	if (own == NULL || strcmp(own->path, path) != 0)
		return "ok"; /* the log is no file */
	if (own->was != NULL)
		return own->size < own->was->cursor.offset ? "truncated" :
							     "replaced";
	return own->g == live ? "ok" : "rotated";
}

static void
source_row(struct status *s, const struct source_entry *e)
{
	const struct generation *live = NULL;
	struct store_source source;
	struct lag lag;

	store_source_get(s->peek.db, "", e->path, &source);
	lag_look(e->path, e->log->olddir, &source, s->peek.lock.last_start,
	    &lag);
	for (size_t i = 0; i < source.n; i++)
		if (source.g[i].state == GENERATION_LIVE)
			live = &source.g[i];
	out_string(s->out, S_KIND, "source");
	out_string(s->out, S_LOG, e->path);
	if (live != NULL)
		out_int(s->out, S_OFFSET, live->cursor.offset);
	if (lag.n > 0)
		out_int(s->out, S_LAG, lag.unread);
	if (source.last_line > 0) {
		out_int(s->out, S_LAST, source.last_line);
		out_int(s->out, S_AGE, s->now - source.last_line);
	}
	out_int(s->out, S_WATCHED, (int64_t)lag.nwatched);
	out_int(s->out, S_UNREAD, (int64_t)lag.nunread);
	out_string(s->out, S_STATE, source_state(e->path, &source, live, &lag));
	out_row(s->out);
	lag_free(&lag);
	store_source_free(&source);
}

static void
list_sources(struct status *s)
{
	const struct source_entry *e;
	struct stat st;

	begin(s, source_columns, COUNT(source_columns));
	for (size_t i = 0; i < s->all.n; i++) {
		e = &s->all.s[i];
		if (!e->globbed || stat(e->path, &st) == -1 ||
		    S_ISREG(st.st_mode))
			source_row(s, e);
	}
	end(s);
}

static void
disk_row(struct status *s, const char *path, int64_t *last)
{
	struct disk_outlook d;
	char span[CLOCK_TEXT];

	if (!disk_outlook(s->peek.db, path, s->now, &d) || d.dev == *last)
		return;
	*last = d.dev;
	out_string(s->out, D_KIND, "disk");
	out_string(s->out, D_PATH, path);
	out_int(s->out, D_USED, d.used);
	out_int(s->out, D_SIZE, d.size);
	if (d.left != DISK_NEVER)
		out_int(s->out, D_LEFT, d.left);
	out_string(s->out, D_FULL,
	    d.left == DISK_NEVER ? "does not grow" : clock_span(d.left, span));
	out_row(s->out);
}

static void
disks(struct status *s)
{
	int64_t last = -1;

	begin(s, disk_columns, COUNT(disk_columns));
	for (size_t i = 0; i < s->all.n; i++)
		if (s->all.s[i].leads)
			disk_row(s, s->all.s[i].path, &last);
	end(s);
}

static void
run_times(struct status *s, const struct store_run *r)
{
	out_string(s->out, R_KIND, "run");
	if (s->peek.lock.last_start > 0)
		out_int(s->out, R_START, s->peek.lock.last_start);
	if (s->peek.lock.last_end > 0)
		out_int(s->out, R_END, s->peek.lock.last_end);
	if (r != NULL)
		out_int(s->out, R_RUN, r->started);
}

/* Columns from `first` on. */
static void
run_counts(struct status *s, const struct store_run *r, size_t first)
{
	if (r == NULL)
		return;
	out_int(s->out, R_RECORDS - first, r->records);
	out_int(s->out, R_IGNORED - first, r->ignored);
	out_int(s->out, R_REPORTED - first, r->reported);
	out_int(s->out, R_HELD - first, r->held);
	out_int(s->out, R_MAILS - first, r->mails);
	out_string(s->out, R_STATUS - first, r->status);
}

static void
last_run(struct status *s)
{
	struct store_run row,
	    *r = store_run_last(s->peek.db, &row) ? &row : NULL;

	begin(s, run_columns, s->json ? COUNT(run_columns) : R_TIMES);
	run_times(s, r);
	if (s->json)
		run_counts(s, r, 0);
	out_row(s->out);
	end(s);
	if (s->json)
		return;
	begin(s, run_columns + R_TIMES, COUNT(run_columns) - R_TIMES);
	run_counts(s, r, R_TIMES);
	out_row(s->out);
	end(s);
}

static void
alarm_row(void *arg, const char *key, const char *text, int64_t since)
{
	struct status *s = arg;

	(void)key;
	if (!s->alarms)
		begin(s, alarm_columns, COUNT(alarm_columns));
	s->alarms = true;
	out_string(s->out, A_KIND, "alarm");
	out_int(s->out, A_SINCE, since);
	out_string(s->out, A_TEXT, text);
	out_row(s->out);
}

static void
kept_groups(struct status *s)
{
	struct story_counts c;

	store_story_count(s->peek.db, &c);
	begin(s, group_columns, COUNT(group_columns));
	out_string(s->out, G_KIND, "groups");
	out_int(s->out, G_KEPT, c.stories);
	out_int(s->out, G_WAITING, c.waiting);
	out_int(s->out, G_RECORDS, c.records);
	out_row(s->out);
	end(s);
}

static void
outbox(struct status *s)
{
	struct outbox_counts c;

	outbox_count(s->peek.db, s->now, &c);
	begin(s, outbox_columns, COUNT(outbox_columns));
	out_string(s->out, O_KIND, "outbox");
	out_int(s->out, O_WAITING, c.waiting);
	out_int(s->out, O_DUE, c.due);
	out_int(s->out, O_FAILED, c.failed);
	if (c.oldest > 0)
		out_int(s->out, O_OLDEST, c.oldest);
	out_row(s->out);
	out_close(s->out);
}

static int
show(struct status *s)
{
	struct store_table *known = store_table_load(s->peek.db, "");

	sources_find(&s->conf, known, &s->all);
	store_table_free(known);
	list_sources(s);
	last_run(s);
	store_alarms_list(s->peek.db, alarm_row, s);
	if (s->alarms)
		end(s);
	kept_groups(s);
	disks(s);
	outbox(s);
	sources_free(&s->all);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		log_error("standard output: %m");
		return EX_IOERR;
	}
	return EX_OK;
}

static int
open_and_show(struct status *s)
{
	int status = peek_open(&s->peek, s->conf.state);

	if (status != EX_OK)
		return status;
	status = show(s);
	peek_close(&s->peek);
	return status;
}

int
cmd_status(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'J' }, { NULL, 0, NULL, 0 }
	};
	struct status s = { .now = clock_now() };
	int c, status = EX_CONFIG;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c != 'J')
			return EX_USAGE;
		s.json = true;
	}
	if (optind < argc)
		return tool_usage("status", "takes no \"%s\"", argv[optind]);
	if (watchdog_conf_load(o->conf, o->state, &s.conf))
		status = open_and_show(&s);
	watchdog_conf_free(&s.conf);
	return status;
}
