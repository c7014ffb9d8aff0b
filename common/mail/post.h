/* SPDX-License-Identifier: ISC */
/*
 * What a run has to say to one person, frozen into the outbox.
 */
#ifndef COMMON_MAIL_POST_H
#define COMMON_MAIL_POST_H

#include <stddef.h>
#include <stdint.h>

#include "common/mail/message.h"

struct buf;
struct db;
struct mail_conf;

struct post {
	const char *program; /* "site-watchdog": From's name, and in the ids */
	const char *state;   /* the database: two of them never share an id */
	const char *to;
	const char *story; /* what threads it; NULL: one owner's day */
	const char *subject;
	const struct buf *body;
	const struct message_extra *extra;
	size_t nextra;
	int64_t now;
};

/* In the caller's transaction. */
void post_put(struct db *, const struct mail_conf *, const struct post *);

#endif
