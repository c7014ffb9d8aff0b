/* SPDX-License-Identifier: ISC */
/*
 * What one run found out, between the round and the transaction: the new state
 * of each target that was tried, and what is to be told of it.
 */
#ifndef UPTIME_TALLY_H
#define UPTIME_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/round/round.h"
#include "uptime/store/store.h"
#include "uptime/tell/notify.h"

struct uptime_conf;

/* One target that was tried. */
struct outcome {
	const struct target *target;
	struct target_row row; /* as it will be stored */
	struct state before;
	int64_t tried;           /* before this run; 0: never */
	struct verdict *verdict; /* only when it has to be told, or shown */
	char *evidence;          /* the layer table, for the same */
	unsigned debts;
	int64_t told; /* the incident that a mail about it belongs to; 0 */
	/* of the verdict, for the history */
	enum evidence kind;
	enum grade grade;
	enum layer layer;
	enum reason reason;
	int64_t us;
};

struct tally {
	const struct uptime_conf *conf;
	int64_t now; /* the run's beginning */
	struct outcome *outcome;
	struct round_item *item; /* the same, as the round sees them */
	size_t n;
	size_t failed, blind; /* of these: FAIL; no evidence */
	size_t asked;         /* over the network */
	size_t offline;       /* of these: blind, as if we were cut off */
	struct round_stats stats;
};

/* Chooses what is due among the configured targets, in a good order, and
 * probes it.  rows may be sorted anew; strings are copied. */
void tally_take(struct tally *, const struct uptime_conf *,
    const struct target_rows *, int64_t now);
void tally_free(struct tally *);

/* Most targets look as if this host were cut off: it is. */
bool tally_is_blind(const struct tally *);

/* In the caller's transaction: states, samples, incidents.  Sets each
 * outcome's row.incident. */
void tally_write(struct tally *, struct db *);

/*
 * In the caller's transaction, after tally_write: one mail an owner.  Returns
 * how many.  dry: they are shown on stdout instead.
 */
size_t tally_tell(struct tally *, struct db *, bool dry);
/*
 * In the caller's transaction, after tally_write: appends a line for each
 * target that has had no evidence for STATE_ALWAYS seconds though this host is
 * on the air (a plugin that cannot be run, a file that cannot be read) and was
 * not told of yet; the first TALLY_UNJUDGED by name.  Returns how many.
 */
size_t tally_unjudged(const struct tally *, struct db *, struct buf *);
#define TALLY_UNJUDGED 50

/* The same for admin alone: a subject and a text. */
size_t tally_tell_admin(struct tally *, struct db *, bool dry,
    const char *subject, const struct buf *body);

#endif
