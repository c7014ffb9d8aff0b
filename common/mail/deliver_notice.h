/* SPDX-License-Identifier: ISC */
/*
 * What admin is told about mail itself: a mail of its own kind, which never
 * begets another.  Without an admin, or when admin is the one who cannot be
 * reached, nobody is told but the log.
 */
#ifndef COMMON_MAIL_DELIVER_NOTICE_H
#define COMMON_MAIL_DELIVER_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct mail_conf;
struct outbox_item;
struct deliver_notice;

/* In the caller's transaction: a recipient was refused for good.  Once a day
 * (UTC) for each. */
void deliver_notice_refused(struct db *, const struct mail_conf *,
    const struct outbox_item *, const char *to, const char *why, int64_t now);

/* Collects what a run gives up, for one notice. */
struct deliver_notice *deliver_notice_open(const struct mail_conf *);
/* Fit for outbox_expire. */
void deliver_notice_expired(void *notice, const struct outbox_item *,
    const char *why);
/* Puts it, in the caller's transaction, if there is something to tell and
 * somebody to tell it to (true), and frees it. */
bool deliver_notice_close(struct deliver_notice *, struct db *, int64_t now);

#endif
