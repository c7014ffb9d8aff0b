/* SPDX-License-Identifier: ISC */
/*
 * uptime.conf: keys, defaults, cross-checks.
 */
#ifndef UPTIME_CONF_CONF_H
#define UPTIME_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host/ip.h"
#include "common/mail/mail_conf.h"
#include "common/mail/mail_start.h"
#include "uptime/dns/witness.h"
#include "uptime/site.h"

struct uptime_conf {
	char *path;    /* absolute, as far as it could be made so */
	char *state;   /* the database */
	char *vantage; /* where this host stands, for people; host name */
	char *agent;   /* User-Agent */
	struct ip *resolver;
	size_t nresolver;
	struct ip *root;
	size_t nroot;
	struct witness *witness; /* default: the resolvers and two roots */
	size_t nwitness;
	bool allow_private;
	int64_t deadline;   /* s, soft: no new probe is begun after it */
	int64_t every;      /* s between runs, if promised; 0 */
	size_t in_flight;   /* probes at once */
	size_t per_host;    /* at one host name */
	size_t per_address; /* at one address; loopback is exempt */
	int64_t recheck[4]; /* ms before each recheck: 2 s and 10 s */
	size_t nrecheck;
	int64_t keep;    /* s that samples are kept */
	char *heartbeat; /* a file that each good run touches, or NULL */
	struct mail_conf mail;
	struct site *site; /* an exec is a site with one target */
	size_t nsite;
	char **warning; /* "file:line: warning: …", cleaned; for check-config:
			 * a run under cron would mail them each time */
	size_t nwarning;
};

/*
 * NULL: the usual places.  False: errors were printed, exit status 78; warnings
 * (an expected word that its own negation contains) do not make it false.
 * Free it in both cases.  Sites without owners get admin.
 */
bool uptime_conf_load(const char *path, const char *state,
    struct uptime_conf *);
/* What holds without a file: built-in resolvers, roots, limits. */
void uptime_conf_default(struct uptime_conf *);
void uptime_conf_free(struct uptime_conf *);
/* How sitewatch-mail is to be called; no copies. */
struct mail_call uptime_conf_call(const struct uptime_conf *);

#endif
