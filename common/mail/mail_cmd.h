/* SPDX-License-Identifier: ISC */
/*
 * The commands of sitewatch-mail.  Each returns the exit status.  All but
 * `test` want the lock to be held.
 */
#ifndef COMMON_MAIL_MAIL_CMD_H
#define COMMON_MAIL_MAIL_CMD_H

#include <stdbool.h>

struct mail_conf;

struct mail_cmd {
	const struct mail_conf *conf;
	const char *state;
	bool dry_run;
	bool json;
};

/* Is there a state database?  Without one there is no mail, and nothing to
 * lock. */
bool mail_cmd_has_state(const struct mail_cmd *);
/* What is due; with dry_run only says so.  0, or 75: mail waits. */
int mail_cmd_deliver(const struct mail_cmd *);
/* What waits, failed or expired. */
int mail_cmd_list(const struct mail_cmd *);
/* Makes everything due, failed mail too, then delivers. */
int mail_cmd_flush(const struct mail_cmd *);
/* which: an id from the list, or "all".  64 if there is no such mail. */
int mail_cmd_drop(const struct mail_cmd *, const char *which);
/* Sends a test mail to address, NULL for all of admin, now and not through
 * the outbox.  0 all took it, 75 some may later, 69 some refused. */
int mail_cmd_test(const struct mail_cmd *, const char *address);

#endif
