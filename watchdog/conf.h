/* SPDX-License-Identifier: ISC */
/*
 * watchdog.conf: keys, defaults, and what must agree with what.
 */
#ifndef WATCHDOG_CONF_H
#define WATCHDOG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/text.h"
#include "common/mail/mail_conf.h"
#include "common/mail/mail_start.h"
#include "watchdog/match/route.h"
#include "watchdog/format/format.h"

struct docroot;

enum first_run {
	FIRST_START, /* read what is there */
	FIRST_END,   /* begin with what comes */
	FIRST_SINCE  /* only records of the last first_since s */
};

struct log_conf {
	char *path; /* absolute, perhaps a glob(7); or "journal:UNIT", "-" */
	char *directory;             /* of a journal; NULL: this host's */
	char *site;                  /* of records that name none, or NULL */
	const struct format *format; /* NULL: auto */
	struct format *own_format;   /* the same, if its text made it */
	enum level level; /* the least that is an error; NONE: the format's */
	char **docroot;
	size_t ndocroot;
	struct docroot *docroots; /* the same, for locate() */
	char **ignore;            /* files and directories of rules */
	size_t nignore;
	char **olddir; /* NULL-ended */
	size_t nolddir;
	enum first_run first_run;
	int64_t first_since;
	int64_t silent_after;        /* seconds; 0: never an alarm */
	struct routes own;           /* routes inside the block; n 0: none */
	const struct routes *routes; /* own, or those of the file */
};

struct watchdog_conf {
	char *path;            /* of the file itself, absolute */
	char *state;           /* of the database */
	char *host;            /* how this machine is called in mails */
	struct mail_conf mail; /* admin is never empty */
	struct log_conf *log;
	size_t nlog;
	struct routes routes;
	int64_t max_time;     /* seconds for reading; then mail */
	int64_t max_bytes;    /* to read in a run; 0: no limit */
	int64_t every;        /* how often cron runs it; 0: not told */
	int64_t return_after; /* of routes that say nothing, and admin's */
	int64_t quiet_after;
	int64_t full_within; /* alarm when a file system fills so soon */
};

/*
 * path NULL: the usual place; state NULL: the file's, or the usual place.
 * Prints every error and returns false: the exit status is 78.
 */
bool watchdog_conf_load(const char *path, const char *state,
    struct watchdog_conf *);
void watchdog_conf_free(struct watchdog_conf *);
/* What sitewatch-mail is to be told of it; points into it. */
struct mail_call watchdog_conf_call(const struct watchdog_conf *);

#endif
