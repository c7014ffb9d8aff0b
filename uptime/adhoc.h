/* SPDX-License-Identifier: ISC */
/*
 * Targets given by hand, for `check` and `dns`: what is configured, if there
 * is a configuration, else what holds without one, changed by options.
 * Functions that return a text: NULL, or what is wrong with the argument
 * (valid until the next call).
 */
#ifndef UPTIME_ADHOC_H
#define UPTIME_ADHOC_H

#include <stdbool.h>
#include <stddef.h>

#include "uptime/conf/conf.h"
#include "uptime/site.h"

struct adhoc {
	struct uptime_conf conf;
	struct site site;    /* of the targets made here */
	struct target model; /* what the options say of them */
	const struct target **target;
	size_t n;
	struct target **made; /* those of `target` that are ours */
	size_t nmade;
	bool own_resolvers, own_roots;
	char why[200];
};

/* conf: the file, or NULL: the usual one if it can be read.  False: errors
 * were printed. */
bool adhoc_init(struct adhoc *, const char *conf);
void adhoc_free(struct adhoc *);

/* The first one replaces those that are configured or built in; without an
 * own choice the witnesses follow. */
const char *adhoc_resolver(struct adhoc *, const char *);
const char *adhoc_root(struct adhoc *, const char *);
const char *adhoc_status(struct adhoc *, const char *); /* "200,300-399" */
const char *adhoc_timeout(struct adhoc *, const char *);
void adhoc_contains(struct adhoc *, const char *);

/*
 * A configured site or target by its name; a URL; "tcp://host:port"; a host
 * name (https is asked).  Options must have been given before.
 */
const char *adhoc_add(struct adhoc *, const char *);
/* A name to be walked. */
const char *adhoc_dns(struct adhoc *, const char *);

#endif
