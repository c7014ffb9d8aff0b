/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog report: errors by day, section, URL and group, what is new,
 * growing and gone; as text, JSON or a page.  Reads the kept history, and
 * writes nothing but the page.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/conf.h"
#include "common/host/file.h"
#include "common/host/out.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/match/locate.h"
#include "watchdog/match/route.h"
#include "watchdog/peek.h"
#include "watchdog/format/when.h"
#include "watchdog/store/store_story.h"
#include "watchdog/store/store_url.h"
#include "watchdog/tell/overview.h"
#include "watchdog/tell/overview_page.h"

#define SINCE 86400 /* s; a nightly report */
#define URLS 100    /* listed by name */
#define KNOWN 25    /* known groups listed as text; all others always are */
#define SHOWN 100   /* characters of a message in a table, */
#define SECTION 44  /* of a section, */
#define URL 66      /* of a URL: 80 columns in all */
#define DAY 86400

struct report {
	struct watchdog_conf conf;
	bool json;
	const char *html;    /* directory, or NULL */
	const char *section; /* or NULL: all */
	int64_t now, since;  /* seconds */
	struct peek peek;
	struct overview all;
	struct out *out;
};

enum {
	M_KIND,
	M_HOST,
	M_FROM,
	M_TO,
	M_RECORDS,
	M_BEFORE,
	M_NEW,
	M_GROW,
	M_GONE
};
static const struct out_column summary_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "host", NULL, OUT_TEXT },
	{ "from", "FROM", OUT_TIME },
	{ "to", "TO", OUT_TIME },
	{ "records", "RECORDS", OUT_INT },
	{ "before", "BEFORE", OUT_INT },
	{ "new", "NEW", OUT_INT },
	{ "growing", "GROWING", OUT_INT },
	{ "gone", "GONE", OUT_INT },
};

enum { D_KIND, D_DAY, D_RECORDS };
static const struct out_column day_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "day", "DAY", OUT_TEXT },
	{ "records", "RECORDS", OUT_INT },
};

enum { S_KIND, S_SECTION, S_RECORDS, S_BEFORE, S_GROUPS, S_NEW };
static const struct out_column section_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "section", "SECTION", OUT_TEXT },
	{ "records", "RECORDS", OUT_INT },
	{ "before", "BEFORE", OUT_INT },
	{ "groups", "GROUPS", OUT_INT },
	{ "new", "NEW", OUT_INT },
};

enum { U_KIND, U_URL, U_RECORDS };
static const struct out_column url_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "url", "URL", OUT_TEXT },
	{ "records", "RECORDS", OUT_INT },
};

enum {
	G_KIND,
	G_NEWS,
	G_RECORDS,
	G_BEFORE,
	G_LEVEL,
	G_FIRST,
	G_LAST,
	G_ROUTE,
	G_SITE,
	G_PATH,
	G_FINGERPRINT,
	G_MESSAGE
};
static const struct out_column group_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "news", "GROUP", OUT_TEXT },
	{ "records", "RECORDS", OUT_INT },
	{ "before", "BEFORE", OUT_INT },
	{ "level", "LEVEL", OUT_TEXT },
	{ "first", NULL, OUT_TIME },
	{ "last", NULL, OUT_TIME },
	{ "route", NULL, OUT_TEXT },
	{ "site", NULL, OUT_TEXT },
	{ "path", NULL, OUT_TEXT },
	{ "fingerprint", NULL, OUT_TEXT },
	{ "message", "WHAT", OUT_TEXT },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- from the store --------------------------------------------------- */

static void
add_story(void *arg, const struct story *s)
{
	struct report *r = arg;

	if (r->section == NULL ||
	    (*s->path != '\0' && route_covers(r->section, s->path)))
		overview_add(&r->all, s);
}

static void
add_url(void *arg, const char *path, int64_t records)
{
	struct report *r = arg;

	if (r->section == NULL ||
	    (*path != '\0' && route_covers(r->section, path)))
		overview_add_url(&r->all, path, records);
}

/* Whole hours: the present one too. */
static void
gather(struct report *r)
{
	int64_t to = r->now / 3600 + 1;
	int64_t from = (r->since + 3599) / 3600;

	overview_init(&r->all, from, to);
	store_story_each(r->peek.db, (2 * from - to) * 3600, add_story, r);
	store_url_each(r->peek.db, from, to, URLS, add_url, r);
	overview_finish(&r->all);
}

/* ---- text and JSON ---------------------------------------------------- */

static void
begin(struct report *r, const struct out_column *columns, size_t n)
{
	r->out = out_open(stdout, r->json, columns, n);
}

/* Whole in JSON; in a table so that lines stay readable. */
static void
brief(struct report *r, size_t column, const char *p, size_t n, size_t width)
{
	struct buf text;

	if (r->json) {
		out_text(r->out, column, p, n);
		return;
	}
	buf_init(&text, 8192);
	text_shorten(&text, p, n, width);
	out_string(r->out, column, buf_str(&text));
	buf_free(&text);
}

static void
end(struct report *r)
{
	out_close(r->out);
	if (!r->json)
		putchar('\n');
}

static void
list_summary(struct report *r)
{
	const struct overview *o = &r->all;

	begin(r, summary_columns, COUNT(summary_columns));
	out_string(r->out, M_KIND, "summary");
	out_string(r->out, M_HOST, r->conf.host);
	out_int(r->out, M_FROM, o->from * 3600);
	out_int(r->out, M_TO, r->now);
	out_int(r->out, M_RECORDS, o->records);
	out_int(r->out, M_BEFORE, o->before);
	out_int(r->out, M_NEW, o->of[NEWS_NEW]);
	out_int(r->out, M_GROW, o->of[NEWS_GROWING]);
	out_int(r->out, M_GONE, o->of[NEWS_GONE]);
	out_row(r->out);
	end(r);
}

/* Local days: "Fri, 20 Nov 2026" in front of the hour. */
static void
list_days(struct report *r)
{
	const struct overview *o = &r->all;
	char day[CLOCK_TEXT] = "", next[CLOCK_TEXT];
	int64_t records = 0;

	begin(r, day_columns, COUNT(day_columns));
	for (int64_t h = o->from; h <= o->to; h++) {
		clock_rfc5322(h * 3600, next);
		next[16] = '\0';
		if (h == o->to || (*day != '\0' && strcmp(day, next) != 0)) {
			out_string(r->out, D_KIND, "day");
			out_string(r->out, D_DAY, day);
			out_int(r->out, D_RECORDS, records);
			out_row(r->out);
			records = 0;
		}
		if (h == o->to)
			break;
		memcpy(day, next, sizeof day);
		records += o->hour[h - o->from];
	}
	end(r);
}

static void
list_sections(struct report *r)
{
	const struct overview_section *s = r->all.section;

	begin(r, section_columns, COUNT(section_columns));
	for (size_t i = 0; i < r->all.nsection; i++, s++) {
		out_string(r->out, S_KIND, "section");
		if (s->name.n > 0)
			brief(r, S_SECTION, s->name.p, s->name.n, SECTION);
		out_int(r->out, S_RECORDS, s->records);
		out_int(r->out, S_BEFORE, s->before);
		out_int(r->out, S_GROUPS, s->groups);
		out_int(r->out, S_NEW, s->fresh);
		out_row(r->out);
	}
	end(r);
}

static void
list_urls(struct report *r)
{
	const struct overview_url *u = r->all.url;

	if (r->all.nurl == 0)
		return;
	begin(r, url_columns, COUNT(url_columns));
	for (size_t i = 0; i < r->all.nurl; i++, u++) {
		out_string(r->out, U_KIND, "url");
		if (*u->path != '\0')
			brief(r, U_URL, u->path, strlen(u->path), URL);
		out_int(r->out, U_RECORDS, u->records);
		out_row(r->out);
	}
	end(r);
}

static void
group_row(struct report *r, const struct overview_group *g)
{
	char hex[HASH_TEXT];

	out_string(r->out, G_KIND, "group");
	out_string(r->out, G_NEWS, news_name(g->news));
	out_int(r->out, G_RECORDS, g->records);
	out_int(r->out, G_BEFORE, g->before);
	if (g->level != LEVEL_NONE)
		out_string(r->out, G_LEVEL, level_name(g->level));
	out_int(r->out, G_FIRST, g->first);
	out_int(r->out, G_LAST, g->last);
	if (*g->route != '\0')
		out_string(r->out, G_ROUTE, g->route);
	if (*g->site != '\0')
		out_string(r->out, G_SITE, g->site);
	if (*g->path != '\0')
		out_string(r->out, G_PATH, g->path);
	out_string(r->out, G_FINGERPRINT, hash_hex(g->fingerprint, hex));
	brief(r, G_MESSAGE, g->message, g->nmessage, SHOWN);
	out_row(r->out);
}

/* What is new, growing or gone is always named; of the known the most
 * frequent, and how many more there are. */
static void
list_groups(struct report *r)
{
	size_t known = 0;

	if (r->all.ngroup == 0)
		return;
	begin(r, group_columns, COUNT(group_columns));
	for (size_t i = 0; i < r->all.ngroup; i++) {
		if (r->all.group[i].news == NEWS_KNOWN && known++ >= KNOWN &&
		    !r->json)
			continue;
		group_row(r, &r->all.group[i]);
	}
	out_close(r->out);
	if (!r->json && known > KNOWN)
		printf("and %zu more that are known; --json has all\n",
		    known - KNOWN);
}

static int
show(struct report *r)
{
	list_summary(r);
	list_days(r);
	list_sections(r);
	list_urls(r);
	list_groups(r);
	return tool_flush(EX_OK);
}

/* ---- the page --------------------------------------------------------- */

/* Whole or not at all: a reader never sees half a page. */
static int
write_page(struct report *r)
{
	const struct overview_env env = { .host = r->conf.host,
		.now = r->now,
		.section = r->section };
	char *path = xasprintf("%s/index.html", r->html);
	char *temp = xasprintf("%s/.index.html.%ld", r->html, (long)getpid());
	struct buf page;
	int fd, status = EX_OK;

	buf_init(&page, SIZE_MAX);
	overview_page(&page, &r->all, &env);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0644);
	if (fd == -1 || fchmod(fd, 0644) == -1 ||
	    !file_write(fd, page.p, page.len) || close(fd) == -1 ||
	    rename(temp, path) == -1) {
		log_error("%s: %m", path);
		unlink(temp);
		status = EX_IOERR;
	}
	buf_free(&page);
	free(path);
	free(temp);
	return status;
}

/* ---- */

static int
open_and_show(struct report *r)
{
	int status = peek_open(&r->peek, r->conf.state);

	if (status != EX_OK)
		return status;
	gather(r);
	peek_close(&r->peek);
	status = r->html != NULL ? write_page(r) : show(r);
	overview_free(&r->all);
	return status;
}

/* "7d", or the day "2026-11-20". */
static bool
parse_since(struct report *r, const char *s)
{
	struct when w = { 0 };
	int64_t ago;

	if (conf_parse_duration(s, &ago) && ago > 0)
		r->since = r->now - ago;
	else if (strlen(s) == 10 && s[4] == '-' && s[7] == '-') {
		w.year = when_number(s, 4);
		w.month = when_number(s + 5, 2);
		w.day = when_number(s + 8, 2);
		if (!when_local(&w, &r->since))
			return false;
	} else
		return false;
	return r->since <= r->now;
}

static int
take_option(struct report *r, int c, const char *arg)
{
	switch (c) {
	case 'T':
		if (parse_since(r, arg))
			break;
		return tool_usage("report",
		    "--since %s: expected a duration such as 7d, or a day "
		    "that was, such as 2026-11-20",
		    arg);
	case 'S':
		if (*arg != '/')
			return tool_usage("report",
			    "--section %s: expected a directory of the site, "
			    "such as /bboard",
			    arg);
		r->section = arg;
		break;
	case 'H':
		r->html = arg;
		break;
	case 'J':
		r->json = true;
		break;
	default:
		return EX_USAGE;
	}
	return 0;
}

int
cmd_report(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "since", required_argument, NULL, 'T' },
		{ "section", required_argument, NULL, 'S' },
		{ "html", required_argument, NULL, 'H' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct report r = { .now = clock_now() };
	int c, status = 0;

	r.since = r.now - SINCE;
	while (
	    status == 0 && (c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		status = take_option(&r, c, optarg);
	if (status != 0)
		return status;
	if (optind < argc)
		return tool_usage("report", "takes no \"%s\"", argv[optind]);
	if (r.html != NULL && r.json)
		return tool_usage("report", "--html or --json, not both");
	/* history has no more */
	if (r.now - r.since > (int64_t)STORY_DAYS * DAY) {
		log_warn("only the last %d days are kept", STORY_DAYS);
		r.since = r.now - (int64_t)STORY_DAYS * DAY;
	}
	status = EX_CONFIG;
	if (watchdog_conf_load(o->conf, o->state, &r.conf))
		status = open_and_show(&r);
	watchdog_conf_free(&r.conf);
	return status;
}
