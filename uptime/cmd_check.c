/* SPDX-License-Identifier: ISC */
/*
 * site-uptime check: probe now, by hand, without state.  One target is shown
 * layer by layer, several as a line each, in the order in which they were
 * given.
 */
#define _GNU_SOURCE /* getline */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "uptime/adhoc.h"
#include "uptime/cmd.h"
#include "uptime/round/round.h"
#include "uptime/tell/show.h"

enum form { FORM_TEXT, FORM_JSON, FORM_NAGIOS, FORM_TSV };

/* What a monitoring system takes for the worst, as its guidelines rank. */
static const int rank[] = { 0, 2, 3, 1 };

struct check {
	struct adhoc adhoc;
	enum form form;
	bool recheck;
	bool list; /* "-" was among the targets: a line each, however many */
	int verbose;
	int status;
	char why[sizeof(((struct adhoc *)0)->why) + 32];
	struct round_item *item;
	char **text; /* of each item, until those before it are printed */
	size_t printed;
};

static void
render(const struct check *c, struct buf *b, const struct target *t,
    const struct verdict *v, const struct sight *s)
{
	switch (c->form) {
	case FORM_JSON:
		show_json(b, t, v, s);
		return;
	case FORM_NAGIOS:
		show_nagios(b, t, v, s);
		return;
	case FORM_TSV:
		show_tsv(b, t, v);
		return;
	case FORM_TEXT:
		break;
	}
	if ((c->adhoc.n == 1 && !c->list) || c->verbose > 0)
		show_table(b, t, v, s, tool_colour());
	else
		show_line(b, t, v, tool_colour());
	if (b->len > 0 && b->p[b->len - 1] != '\n')
		buf_addc(b, '\n');
}

static void
on_verdict(void *arg, struct round_item *it, const struct verdict *v,
    const struct sight *s)
{
	struct check *c = arg;
	int status = show_nagios_status(v);
	struct buf b;

	if (rank[status] > rank[c->status])
		c->status = status;
	buf_init(&b, SIZE_MAX);
	render(c, &b, it->target, v, s);
	if (b.len > 0 && b.p[b.len - 1] != '\n')
		buf_addc(&b, '\n');
	c->text[it - c->item] = buf_take(&b);
	while (c->printed < c->adhoc.n && c->text[c->printed] != NULL) {
		fputs(c->text[c->printed], stdout);
		free(c->text[c->printed++]);
	}
}

static int
probe(struct check *c)
{
	size_t n = c->adhoc.n;
	struct round_stats stats;
	struct buf head;

	c->item = xcalloc(n, sizeof *c->item);
	c->text = xcalloc(n, sizeof *c->text);
	for (size_t i = 0; i < n; i++) {
		c->item[i].target = c->adhoc.target[i];
		c->item[i].recheck = c->recheck;
	}
	if (c->form == FORM_TSV) {
		buf_init(&head, SIZE_MAX);
		show_tsv_head(&head);
		fputs(buf_str(&head), stdout);
		buf_free(&head);
	}
	round_run(&c->adhoc.conf, c->item, n, on_verdict, c, &stats);
	if (stats.cut)
		log_warn("the deadline of %llds came first: some targets were "
			 "not probed",
		    (long long)c->adhoc.conf.deadline);
	free(c->item);
	free(c->text);
	return c->status;
}

/* A target a line; '#' begins a comment. */
static const char *
read_line(struct adhoc *a, char *line, size_t n)
{
	if (strlen(line) < n)
		return "holds a NUL byte; expected plain text";
	line[strcspn(line, "#\r\n")] = '\0';
	for (char *end = line + strlen(line);
	     end > line && (end[-1] == ' ' || end[-1] == '\t');)
		*--end = '\0';
	line += strspn(line, " \t");
	return *line != '\0' ? adhoc_add(a, line) : NULL;
}

static const char *
read_list(struct check *c)
{
	const char *what = NULL;
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t n;

	c->list = true;
	while (what == NULL && (n = getline(&line, &room, stdin)) != -1) {
		number++;
		what = read_line(&c->adhoc, line, (size_t)n);
	}
	free(line);
	if (what != NULL) {
		snprintf(c->why, sizeof c->why, "line %zu: %s", number, what);
		what = c->why;
	} else if (ferror(stdin))
		what = "standard input cannot be read";
	return what;
}

/* NULL, or what is wrong; "" when getopt has said it. */
static const char *
read_option(struct check *c, int opt, const char *value)
{
	struct adhoc *a = &c->adhoc;

	switch (opt) {
	case 'r':
		return adhoc_resolver(a, value);
	case 'R':
		return adhoc_root(a, value);
	case 's':
		return adhoc_status(a, value);
	case 't':
		return adhoc_timeout(a, value);
	case 'e':
		free(a->model.expect.equals);
		a->model.expect.equals = xstrdup(value);
		return NULL;
	case 'k':
		adhoc_contains(a, value);
		return NULL;
	case 'f':
		free(a->site.ca_file);
		a->site.ca_file = xstrdup(value);
		return NULL;
	case 'd':
		a->site.delegation = true;
		return NULL;
	case 'p':
		a->site.allow_private = true;
		return NULL;
	case 'a':
		c->recheck = true;
		return NULL;
	case 'J':
		c->form = FORM_JSON;
		return NULL;
	case 'N':
		c->form = FORM_NAGIOS;
		return NULL;
	case 'T':
		c->form = FORM_TSV;
		return NULL;
	}
	return "";
}

static const char *
read_arguments(struct check *c, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "resolver", required_argument, NULL, 'r' },
		{ "root", required_argument, NULL, 'R' },
		{ "status", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ "expect", required_argument, NULL, 'e' },
		{ "contains", required_argument, NULL, 'k' },
		{ "ca-file", required_argument, NULL, 'f' },
		{ "delegation", no_argument, NULL, 'd' },
		{ "allow-private", no_argument, NULL, 'p' },
		{ "recheck", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'J' },
		{ "nagios", no_argument, NULL, 'N' },
		{ "tsv", no_argument, NULL, 'T' },
		{ NULL, 0, NULL, 0 },
	};
	const char *what = NULL;
	int opt;

	while (what == NULL &&
	    (opt = getopt_long(argc, argv, "", longs, NULL)) != -1)
		what = read_option(c, opt, optarg);
	for (int i = optind; what == NULL && i < argc; i++)
		what = strcmp(argv[i], "-") == 0 ?
		    read_list(c) :
		    adhoc_add(&c->adhoc, argv[i]);
	if (what == NULL && c->adhoc.n == 0)
		what = "no target; expected a URL, a host, tcp://HOST:PORT, a "
		       "configured site, or - for a list on stdin";
	if (what == NULL && c->form == FORM_NAGIOS && c->adhoc.n > 1)
		what = "--nagios wants one target";
	return what;
}

int
cmd_check(const struct options *o, int argc, char **argv)
{
	struct check c = { .verbose = o->verbose };
	const char *what;
	int status = 3; /* unknown, to who reads exit statuses */

	if (!adhoc_init(&c.adhoc, o->conf))
		return status;
	what = read_arguments(&c, argc, argv);
	if (what == NULL)
		status = probe(&c);
	else if (*what != '\0')
		tool_usage("check", "%s", what);
	adhoc_free(&c.adhoc);
	return tool_flush(status);
}
