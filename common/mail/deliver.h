/* SPDX-License-Identifier: ISC */
/*
 * Delivery policy: what is due, in which order, over which relay, until when.
 * For each message: intent committed, then a child talks, then the verdicts
 * are committed.  A relay that failed twice in a row before it took any mail
 * is left alone for the rest of the run.  A recipient refused for good (5xx)
 * and mail given up (expired) are told to admin in a notice; a recipient
 * refused again on the same day (UTC) is not told again.
 */
#ifndef COMMON_MAIL_DELIVER_H
#define COMMON_MAIL_DELIVER_H

#include <stdint.h>

struct db;
struct mail_conf;
struct transport_mail;
struct transport_result;

enum deliver_status {
	DELIVER_DONE,   /* no mail waits */
	DELIVER_WAITING /* some does, due or in back-off: exit 75 */
};

/* Says on stderr, once for each relay, that mail had to be deferred; nothing
 * when all went well, or when what waits has not been tried. */
enum deliver_status deliver_run(struct db *, const struct mail_conf *);

/*
 * Sends one message without the outbox, over the relays in order.  via[i]
 * gets who gave the verdict on recipient i: the relay's URL or the
 * transport's name, not owned.
 */
void deliver_now(const struct mail_conf *, const struct transport_mail *,
    struct transport_result *, const char **via);

#endif
