/* SPDX-License-Identifier: ISC */
/*
 * site-watchdog try: which errors new ignore rules would hide, from files or
 * from the kept history, and what would be left.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/out.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/match/group.h"
#include "watchdog/match/ignore.h"
#include "watchdog/match/locate.h"
#include "watchdog/peek.h"
#include "watchdog/rules.h"
#include "watchdog/scan.h"
#include "watchdog/store/store_story.h"
#include "watchdog/cmd/view.h"

/* Exit status, as grep(1) has it. */
#define SOME 0
#define NONE 1
#define TROUBLE 2

#define SHOWN 100         /* characters of a message in the table */
#define FRESH (7 * 86400) /* s: an error that is not older is new */

enum {
	C_KIND,
	C_RECORDS,
	C_OF,
	C_LEVEL,
	C_MARKS,
	C_SECTION,
	C_RULE,
	C_MESSAGE,
	C_FINGERPRINT
};

static const struct out_column columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "records", "RECORDS", OUT_INT },
	{ "of", "OF", OUT_INT },
	{ "level", "LEVEL", OUT_TEXT },
	{ "marks", "MARKS", OUT_TEXT },
	{ "section", NULL, OUT_TEXT },
	{ "rule", "RULE", OUT_TEXT },
	{ "message", "MESSAGE", OUT_TEXT },
	{ "fingerprint", NULL, OUT_TEXT },
};

enum { S_KIND, S_GROUPS, S_ALL, S_RECORDS, S_ALL_RECORDS, S_GRAVE, S_NEW };

static const struct out_column sum_columns[] = {
	{ "kind", NULL, OUT_TEXT },
	{ "hidden_groups", "GROUPS", OUT_INT },
	{ "groups", "OF", OUT_INT },
	{ "hidden_records", "RECORDS", OUT_INT },
	{ "records", "OF", OUT_INT },
	{ "grave", "GRAVE", OUT_INT },
	{ "new", "NEW", OUT_INT },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A group of which the rules would hide something. */
struct victim {
	struct hash fingerprint;
	int64_t records, of;
	enum level level;
	bool fresh;
	char *section, *message;
	size_t nmessage;
	const struct ignore_rule *rule; /* the first that does */
};

struct trial {
	struct view view;     /* with the rules in force */
	struct ignore *rules; /* those to be tried */
	struct watchdog_conf conf;
	struct scan scan;
	const char *file;
	struct groups *all, *hidden; /* of the files */
	int32_t *rule;               /* by group of hidden */
	int64_t groups, records;     /* that the rules in force leave */
	int64_t gone;                /* records of all victims */
	int64_t now;
	struct victim *victim;
	size_t n;
};

static struct victim *
add_victim(struct trial *t, const char *path, const char *message, size_t n)
{
	struct span section = locate_section(path, strlen(path));
	struct victim *v;

	t->victim = xreallocarray(t->victim, t->n + 1, sizeof *t->victim);
	v = &t->victim[t->n++];
	memset(v, 0, sizeof *v);
	v->section = xstrndup(section.p, section.n);
	v->message = xstrndup(message, n);
	v->nmessage = n;
	return v;
}

/* ---- from files ------------------------------------------------------- */

static bool
on_record(void *arg, const struct record *rec)
{
	struct trial *t = arg;
	const char *place;
	struct fields *f = &t->view.fields;
	size_t before = groups_count(t->hidden);
	int32_t by;

	if (!view_wants(&t->view, t->scan.format, t->scan.ignore, rec))
		return false;
	place = view_place(&t->view, f);
	if (*place == '\0')
		place = NULL;
	t->records++;
	groups_add(t->all, NULL, f, rec, place, t->file);
	by = ignore_which(t->rules, rec->p, rec->len, f->level, place);
	if (by < 0)
		return true;
	t->gone++;
	groups_add(t->hidden, NULL, f, rec, place, t->file);
	if (groups_count(t->hidden) > before) {
		t->rule = xreallocarray(t->rule, before + 1, sizeof *t->rule);
		t->rule[before] = by;
	}
	return true;
}

static bool
scan_one(struct trial *t, const char *path)
{
	bool named = strcmp(path, "-") != 0, ok;
	int fd = STDIN_FILENO;
	struct stat st;

	t->file = named ? path : "(stdin)";
	if (named)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_error("%s: %m", path);
		return false;
	}
	memset(&t->scan, 0, sizeof t->scan);
	t->scan.format = t->view.format;
	t->scan.ignore = t->view.ignore;
	t->scan.sink = on_record;
	t->scan.arg = t;
	t->scan.progress = true;
	ok = view_scan(&t->scan, t->file, fd,
	    named && S_ISREG(st.st_mode) ? st.st_size : -1);
	if (!ok)
		log_error("%s: %m", t->file);
	if (named)
		close(fd);
	return ok;
}

static int64_t
count_of(struct groups *all, struct hash fingerprint)
{
	for (size_t i = 0; i < groups_count(all); i++)
		if (hash_equal(groups_at(all, i)->fingerprint, fingerprint))
			return groups_at(all, i)->count;
	return 0;
}

static bool
try_files(struct trial *t, char **path, int n)
{
	const struct group *g;
	struct victim *v;
	bool ok = true;

	t->all = groups_new();
	t->hidden = groups_new();
	for (int i = 0; i < n; i++)
		ok &= scan_one(t, path[i]);
	t->groups = (int64_t)groups_count(t->all);
	for (size_t i = 0; i < groups_count(t->hidden); i++) {
		g = groups_at(t->hidden, i);
		v = add_victim(t, g->path != NULL ? g->path : "", g->message,
		    g->nmessage);
		v->fingerprint = g->fingerprint;
		v->records = g->count;
		v->of = count_of(t->all, g->fingerprint);
		v->level = g->level;
		v->rule = ignore_rule(t->rules, (size_t)t->rule[i]);
	}
	free(t->rule);
	groups_free(t->all);
	groups_free(t->hidden);
	return ok;
}

/* ---- from the history ------------------------------------------------- */

static void
on_story(void *arg, const struct story *s)
{
	struct trial *t = arg;
	struct victim *v;
	int32_t by;

	t->groups++;
	t->records += s->records;
	by = ignore_which(t->rules, s->sample.p, s->sample.n, s->level,
	    *s->path != '\0' ? s->path : NULL);
	if (by < 0)
		return;
	t->gone += s->records;
	v = add_victim(t, s->path, s->message.p, s->message.n);
	v->fingerprint = s->fingerprint;
	v->records = v->of = s->records;
	v->level = s->level;
	v->fresh = t->now - s->first < FRESH;
	v->rule = ignore_rule(t->rules, (size_t)by);
}

static bool
try_history(struct trial *t, const struct options *o)
{
	struct peek peek;

	if (!watchdog_conf_load(o->conf, o->state, &t->conf) ||
	    peek_open(&peek, t->conf.state) != EX_OK)
		return false;
	store_story_each(peek.db, 0, on_story, t);
	peek_close(&peek);
	return true;
}

/* ---- what comes of it ------------------------------------------------- */

static bool
is_grave(const struct victim *v)
{
	return v->level >= LEVEL_ERROR;
}

/* Of as many records the gravest first. */
static int
by_records(const void *a, const void *b)
{
	const struct victim *x = a, *y = b;

	if (x->records != y->records)
		return x->records > y->records ? -1 : 1;
	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	return strcmp(x->message, y->message);
}

static void
put_victim(struct trial *t, struct out *out, const struct victim *v)
{
	char *rule = xasprintf("%s:%d", v->rule->file, v->rule->line);
	char hex[HASH_TEXT];
	struct buf b;

	buf_init(&b, SIZE_MAX);
	out_string(out, C_KIND, "group");
	out_int(out, C_RECORDS, v->records);
	out_int(out, C_OF, v->of);
	if (v->level != LEVEL_NONE)
		out_string(out, C_LEVEL, level_name(v->level));
	if (is_grave(v) || v->fresh)
		out_string(out, C_MARKS,
		    !is_grave(v) ? "new" :
			v->fresh ? "grave, new" :
				   "grave");
	if (*v->section != '\0')
		out_string(out, C_SECTION, v->section);
	out_string(out, C_RULE, rule);
	if (!t->view.json) {
		text_shorten(&b, v->message, v->nmessage, SHOWN);
		out_text(out, C_MESSAGE, b.p, b.len);
	} else
		out_text(out, C_MESSAGE, v->message, v->nmessage);
	hash_hex(v->fingerprint, hex);
	out_text(out, C_FINGERPRINT, hex, 16);
	out_row(out);
	buf_free(&b);
	free(rule);
}

static void
say_rest(const struct trial *t, int64_t grave, int64_t fresh)
{
	char n[4][32];

	if (t->n > 0)
		putchar('\n');
	printf("%s of %s groups, %s of %s records would be hidden; %.1f %% "
	       "remain.\n",
	    text_count(n[0], (long long)t->n),
	    text_count(n[1], (long long)t->groups),
	    text_count(n[2], (long long)t->gone),
	    text_count(n[3], (long long)t->records),
	    t->records > 0 ?
		100.0 * (double)(t->records - t->gone) / (double)t->records :
		100.0);
	if (grave > 0)
		printf("Grave (error or worse): %lld.  Look at them twice.\n",
		    (long long)grave);
	if (fresh > 0)
		printf("New in the last 7 days: %lld.\n", (long long)fresh);
}

static void
put_sum(const struct trial *t, int64_t grave, int64_t fresh)
{
	struct out *out = out_open(stdout, true, sum_columns,
	    COUNT(sum_columns));

	out_string(out, S_KIND, "sum");
	out_int(out, S_GROUPS, (int64_t)t->n);
	out_int(out, S_ALL, t->groups);
	out_int(out, S_RECORDS, t->gone);
	out_int(out, S_ALL_RECORDS, t->records);
	out_int(out, S_GRAVE, grave);
	out_int(out, S_NEW, fresh);
	out_row(out);
	out_close(out);
}

static void
show(struct trial *t)
{
	int64_t grave = 0, fresh = 0;
	struct out *out;

	if (t->n > 0) {
		qsort(t->victim, t->n, sizeof *t->victim, by_records);
		out = out_open(stdout, t->view.json, columns, COUNT(columns));
		for (size_t i = 0; i < t->n; i++) {
			put_victim(t, out, &t->victim[i]);
			grave += is_grave(&t->victim[i]);
			fresh += t->victim[i].fresh;
		}
		out_close(out);
	}
	if (t->view.json)
		put_sum(t, grave, fresh);
	else
		say_rest(t, grave, fresh);
}

static int
try_all(struct trial *t, const struct options *o, int argc, char **argv)
{
	const char *rules = argv[0], *first = argc > 1 ? argv[1] : NULL;
	const struct log_conf *log;
	size_t broken = 0;
	bool ok;

	if (first != NULL && strcmp(first, "-") == 0)
		first = NULL;
	t->rules = ignore_load(&rules, 1, t->now, rules_complain, &broken);
	if (broken > 0)
		return TROUBLE;
	if (argc == 1)
		ok = try_history(t, o);
	else
		ok = view_settle(&t->view, o, first, &t->conf, &log) == EX_OK &&
		    view_ready(&t->view) == EX_OK &&
		    try_files(t, argv + 1, argc - 1);
	if (ok || t->records > 0)
		show(t);
	if (tool_flush(EX_OK) != EX_OK || !ok)
		return TROUBLE;
	return t->n > 0 ? SOME : NONE;
}

static void
trial_free(struct trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->victim[i].section);
		free(t->victim[i].message);
	}
	free(t->victim);
	ignore_free(t->rules);
	view_free(&t->view);
	watchdog_conf_free(&t->conf);
}

int
cmd_try(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = { VIEW_LONGS,
		{ NULL, 0, NULL, 0 } };
	struct trial t = { .now = clock_now() };
	int c, status = SOME;

	view_init(&t.view, "try");
	t.view.fields_wanted = true;
	while (status == SOME &&
	    (c = getopt_long(argc, argv, VIEW_LETTERS, longs, NULL)) != -1)
		if (view_option(&t.view, c, optarg) != 0)
			status = TROUBLE;
	if (status == SOME && optind == argc) {
		tool_usage("try", "wants RULES, a file or a directory");
		status = TROUBLE;
	}
	if (status == SOME)
		status = try_all(&t, o, argc - optind, argv + optind);
	trial_free(&t);
	return status;
}
