/* SPDX-License-Identifier: ISC */
/* What admin is told about mail itself. */
#include "common/mail/deliver_notice.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/db.h"
#include "common/mail/mail_conf.h"
#include "common/mail/message.h"
#include "common/mail/outbox.h"

#define DAY 86400
#define LISTED_MAX 500 /* mails named in one notice; the rest is counted */
#define SUBJECT_MAX 70 /* characters of a subject in a list */

static const char advice[] =
    "\nThe mail is kept for 30 days.  Look at it, and once the cause is "
    "mended\nsend it again or drop it, with\n\n"
    "    site-watchdog mail list     (or: site-uptime mail list)\n"
    "    site-watchdog mail flush\n"
    "    site-watchdog mail drop ID\n";

struct deliver_notice {
	const struct mail_conf *conf;
	struct buf list;
	struct buf ids; /* of the envelopes: what the notice is about */
	size_t n;       /* envelopes */
	bool worth;     /* something other than a notice was given up */
};

/* Puts a notice; key tells it from all others. */
static bool
put_notice(struct db *db, const struct mail_conf *conf, const char *const *to,
    size_t nto, const struct buf *key, const char *subject,
    const struct buf *body, int64_t now)
{
	char hex[HASH_TEXT];
	char *msgid = xasprintf("notice.%s@%s",
	    hash_hex(hash_bytes(buf_str(key), key->len), hex), conf->hostname);
	struct message_extra extra = { "X-Sitewatch-Notice", "mail" };
	struct message m = {
		.from = conf->from,
		.from_name = "sitewatch",
		.to = to,
		.nto = nto,
		.subject = subject,
		.msgid = msgid,
		.date = now,
		.extra = &extra,
		.nextra = 1,
		.body = buf_str(body),
		.nbody = body->len,
	};
	struct outbox_mail mail = {
		.kind = OUTBOX_NOTICE,
		.msgid = msgid,
		.subject = subject,
		.to = to,
		.nto = nto,
		.now = now,
		.expires = now + conf->expire,
	};
	struct buf data;
	bool put;

	buf_init(&data, SIZE_MAX);
	message_compose(&data, &m);
	mail.data = data.p;
	mail.len = data.len;
	put = outbox_put(db, &mail);
	buf_free(&data);
	free(msgid);
	return put;
}

/* All of admin but one; returns how many. */
static size_t
others(const struct mail_conf *conf, const char *to, const char **list)
{
	size_t n = 0, i;

	for (i = 0; i < conf->nadmin; i++)
		if (to == NULL || strcmp(conf->admin[i], to) != 0)
			list[n++] = conf->admin[i];
	return n;
}

static void
add_subject(struct buf *b, const char *subject)
{
	text_shorten(b, subject, strlen(subject), SUBJECT_MAX);
}

void
deliver_notice_refused(struct db *db, const struct mail_conf *conf,
    const struct outbox_item *item, const char *to, const char *why,
    int64_t now)
{
	const char **list = xcalloc(conf->nadmin + 1, sizeof *list);
	size_t n = others(conf, to, list);
	struct buf body, key;
	char *subject;
	char when[CLOCK_TEXT];

	if (item->kind == OUTBOX_NOTICE || n == 0) {
		free(list);
		return;
	}
	buf_init(&body, SIZE_MAX);
	buf_init(&key, SIZE_MAX);
	buf_addf(&key, "refused %s %lld", to, (long long)(now / DAY));
	buf_addf(&body,
	    "A mail was refused for good, and will not be tried "
	    "again.\n\n    to:      %s\n    subject: ",
	    to);
	add_subject(&body, item->subject);
	buf_addf(&body,
	    "\n    made:    %s\n    answer:  %s\n\nOther mail to "
	    "this address that is refused today is not told again.\n",
	    clock_local(item->created, when), why);
	buf_adds(&body, advice);
	subject = xasprintf("mail to %s was refused", to);
	put_notice(db, conf, list, n, &key, subject, &body, now);
	free(subject);
	buf_free(&key);
	buf_free(&body);
	free(list);
}

struct deliver_notice *
deliver_notice_open(const struct mail_conf *conf)
{
	struct deliver_notice *notice = xcalloc(1, sizeof *notice);

	notice->conf = conf;
	buf_init(&notice->list, SIZE_MAX);
	buf_init(&notice->ids, SIZE_MAX);
	buf_adds(&notice->ids, "expired");
	return notice;
}

void
deliver_notice_expired(void *arg, const struct outbox_item *item,
    const char *why)
{
	struct deliver_notice *notice = arg;
	char when[CLOCK_TEXT];
	size_t i;

	if (item->kind != OUTBOX_NOTICE)
		notice->worth = true;
	for (i = 0; i < item->n; i++) {
		log_error("mail %lld to %s was given up after %d tries: %s",
		    (long long)item->id, item->env[i].to, item->env[i].attempt,
		    why);
		buf_addf(&notice->ids, " %lld", (long long)item->env[i].id);
		if (notice->n++ >= LISTED_MAX)
			continue;
		buf_addf(&notice->list,
		    "    to:      %s\n    subject: ", item->env[i].to);
		add_subject(&notice->list, item->subject);
		buf_addf(&notice->list,
		    "\n    made:    %s\n    tries:   %d\n"
		    "    answer:  %s\n\n",
		    clock_local(item->created, when), item->env[i].attempt,
		    why);
	}
}

static bool
put_expired(struct deliver_notice *notice, struct db *db, int64_t now)
{
	const struct mail_conf *conf = notice->conf;
	const char **list = xcalloc(conf->nadmin + 1, sizeof *list);
	size_t n = others(conf, NULL, list);
	struct buf body;
	char span[CLOCK_TEXT];
	char *subject;

	buf_init(&body, SIZE_MAX);
	buf_addf(&body,
	    "This mail could not be delivered within %s and was "
	    "given up:\n\n%s",
	    clock_span(conf->expire, span), buf_str(&notice->list));
	if (notice->n > LISTED_MAX)
		buf_addf(&body, "    and %zu more\n", notice->n - LISTED_MAX);
	buf_adds(&body, advice);
	subject = xasprintf("%zu mail%s given up", notice->n,
	    notice->n == 1 ? " was" : "s were");
	/* Ids of envelopes are used again after they were pruned. */
	buf_addf(&notice->ids, " at %lld", (long long)now);
	put_notice(db, conf, list, n, &notice->ids, subject, &body, now);
	free(subject);
	buf_free(&body);
	free(list);
	return true;
}

bool
deliver_notice_close(struct deliver_notice *notice, struct db *db, int64_t now)
{
	bool put = false;

	if (notice->worth && notice->conf->nadmin > 0)
		put = put_expired(notice, db, now);
	buf_free(&notice->list);
	buf_free(&notice->ids);
	free(notice);
	return put;
}
