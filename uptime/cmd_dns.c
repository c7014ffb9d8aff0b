/* SPDX-License-Identifier: ISC */
/* site-uptime dns NAME: the walk from the root, as a tree or as JSON. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "uptime/adhoc.h"
#include "uptime/cmd.h"
#include "uptime/round/round.h"
#include "uptime/tell/show.h"
#include "uptime/tell/tree.h"

struct shown {
	bool json;
	int status;
};

static void
on_verdict(void *arg, struct round_item *it, const struct verdict *v,
    const struct sight *s)
{
	struct shown *d = arg;
	struct buf b;

	(void)it;
	buf_init(&b, SIZE_MAX);
	if (s->walk == NULL)
		show_table(&b, s->target, v, s, tool_colour());
	else if (d->json)
		tree_json(&b, s->walk, s->zone);
	else
		tree_show(&b, s->walk, s->zone, tool_colour());
	fwrite(b.p, 1, b.len, stdout);
	d->status = show_nagios_status(v);
	buf_free(&b);
}

int
cmd_dns(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "root", required_argument, NULL, 'R' },
		{ "json", no_argument, NULL, 'J' },
		{ NULL, 0, NULL, 0 },
	};
	struct adhoc a;
	struct shown d = { false, 3 };
	struct round_item item = { 0 };
	struct round_stats stats;
	const char *what = NULL;
	int c;

	if (!adhoc_init(&a, o->conf))
		return 3;
	while (what == NULL &&
	    (c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'R')
			what = adhoc_root(&a, optarg);
		else if (c == 'J')
			d.json = true;
		else
			what = "";
	}
	if (what == NULL && argc - optind != 1)
		what = "wants one NAME";
	if (what == NULL)
		what = adhoc_dns(&a, argv[optind]);
	if (what != NULL) {
		if (*what != '\0')
			tool_usage("dns", "%s", what);
		adhoc_free(&a);
		return 3;
	}
	a.conf.nresolver = 0; /* none is asked */
	a.conf.nwitness = 0;
	a.site.allow_private = true; /* it shows, whatever there is */
	item.target = a.target[0];
	round_run(&a.conf, &item, 1, on_verdict, &d, &stats);
	adhoc_free(&a);
	return tool_flush(d.status);
}
