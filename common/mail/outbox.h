/* SPDX-License-Identifier: ISC */
/*
 * Persisted mail.  A message is frozen bytes with one envelope a recipient;
 * outbox_put runs in the caller's transaction, so that mail and cursors are
 * committed together.  Life of an envelope:
 *
 *	pending -> sending -> sent | failed (5xx) | pending (4xx, back-off)
 *	pending -> expired
 *
 * `sending` is committed before the first byte goes out.  A row found in that
 * state was left by a run that died between then and its verdict: it is sent
 * again with the same Message-ID and a retry mark; and so is one that a
 * restored database still has to send.  Times are seconds since
 * 1970, handed in; a next try that lies further ahead than the longest
 * back-off (the clock went back) counts as due.
 */
#ifndef COMMON_MAIL_OUTBOX_H
#define COMMON_MAIL_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_schema;

extern const struct db_schema outbox_schema;

/* More undelivered messages than this and reading stops (never dropped). */
#define OUTBOX_MAX 10000
/* 1, 2, 4 … 60 minutes, each ± 20 %. */
#define OUTBOX_BACKOFF_MAX 3600
/* Settled mail is kept for so long, in seconds. */
#define OUTBOX_KEEP (30 * 86400)

enum outbox_kind {
	OUTBOX_DIGEST, /* what an owner is told */
	OUTBOX_NOTICE  /* about mail itself, to admin; never begets one */
};

struct outbox_mail {
	enum outbox_kind kind;
	const char *msgid;     /* unique; a second put of it changes nothing */
	const char *subject;   /* for listings, any bytes */
	const char *const *to; /* one named twice gets it once */
	size_t nto;
	const void *data; /* the whole message, CRLF */
	size_t len;
	int64_t now;
	int64_t expires;
};

/* In the caller's transaction.  Returns false if msgid was there already. */
bool outbox_put(struct db *, const struct outbox_mail *);

/* A message and those of its envelopes that are due, all freed together. */
struct outbox_item {
	int64_t id;
	enum outbox_kind kind;
	char *msgid;
	char *subject;
	char *data;
	size_t len;
	int64_t created;
	bool retry; /* an earlier attempt may have gone out */
	size_t n;
	struct outbox_envelope {
		int64_t id;
		char *to;
		int attempt; /* those begun before this one */
	} * env;
};

/* The next message with id > after that has due envelopes; false: none. */
bool outbox_next(struct db *, int64_t now, int64_t after, struct outbox_item *);
void outbox_item_free(struct outbox_item *);

/* The intent, a transaction of its own: `sending`, attempt + 1. */
void outbox_intent(struct db *, const struct outbox_item *);

enum outbox_verdict { OUTBOX_SENT, OUTBOX_DEFER, OUTBOX_FAIL };
/*
 * The verdict on one envelope, in the caller's transaction.  spread: 0-999,
 * the caller's dice for the ± 20 %.  Of a message that was sent to all only
 * the Message-ID and the envelopes are kept.
 */
void outbox_settle(struct db *, const struct outbox_envelope *,
    enum outbox_verdict, const char *why, int64_t now, int spread);

/*
 * Marks what has waited past its `expires`, in the caller's transaction, and
 * calls back for each message with the envelopes concerned; why is the last
 * answer for the first of them.  Only what was tried in vain since then is
 * given up: after a week without power, or when the clock jumped, every mail
 * still gets its try.
 */
void outbox_expire(struct db *, int64_t now,
    void (*)(void *, const struct outbox_item *, const char *why), void *);

struct outbox_counts {
	int64_t waiting;  /* envelopes pending or sending */
	int64_t due;      /* of these, due now */
	int64_t failed;   /* failed or expired, kept for `mail list` */
	int64_t oldest;   /* when the oldest waiting one was made, or 0 */
	int64_t next_try; /* when the first waiting one is due, or 0 */
	int64_t messages; /* undelivered messages, against OUTBOX_MAX */
};
void outbox_count(struct db *, int64_t now, struct outbox_counts *);

/* One envelope of a listing; text is valid during the call. */
struct outbox_row {
	int64_t id; /* of the message */
	const char *to, *state, *subject, *msgid, *why;
	int64_t created, next_try; /* next_try 0: now, or never */
	int attempt;
};
/* What waits, failed or expired, oldest message first. */
void outbox_list(struct db *, void (*)(void *, const struct outbox_row *),
    void *);
/*
 * Makes everything that waits due now, in the caller's transaction; failed
 * and expired ones too, with at least a day to be delivered in.  Returns how
 * many envelopes.
 */
int64_t outbox_flush(struct db *, int64_t now);
/* Forgets a message, 0 for all that wait or failed, in the caller's
 * transaction; returns how many messages. */
int64_t outbox_drop(struct db *, int64_t id);
/* Deletes what was settled (sent, failed, expired) over OUTBOX_KEEP ago, in
 * the caller's transaction. */
void outbox_prune(struct db *, int64_t now);

#endif
