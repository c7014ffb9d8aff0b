/* SPDX-License-Identifier: ISC */
/*
 * The ways mail can take in a run: each relay in its order, or the one
 * transport that needs none; and what became of them so far.
 */
#ifndef COMMON_MAIL_DELIVER_WAYS_H
#define COMMON_MAIL_DELIVER_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "common/mail/transport.h"

struct mail_conf;

struct deliver_way {
	const struct transport *transport;
	const struct mail_relay *relay; /* NULL but for SMTP */
	const char *name;               /* for people */
	int failures;                   /* in a row, without taking mail */
	char now[TRANSPORT_TEXT];       /* why not the present mail, or "" */
	int64_t deferred;               /* mails that wait because of it */
	char why[TRANSPORT_TEXT];       /* the first of these */
};

struct deliver_ways {
	const struct mail_conf *conf;
	struct deadline end; /* of the whole run */
	size_t n;
	struct deliver_way *way;
};

void deliver_ways_open(struct deliver_ways *, const struct mail_conf *);
void deliver_ways_close(struct deliver_ways *);
/* Is there still a way to try, and time for it? */
bool deliver_ways_left(const struct deliver_ways *);

/*
 * Sends a message to all its recipients: one after the other the ways are
 * tried for those who got a temporary failure that cannot have been a
 * delivery.  by[i] is the way that gave verdict i, n if none was tried.
 */
void deliver_ways_send(struct deliver_ways *, const struct transport_mail *,
    struct transport_result *, size_t *by);

#endif
