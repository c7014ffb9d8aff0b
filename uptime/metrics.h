/* SPDX-License-Identifier: ISC */
/*
 * The present state of all targets, for other programs: Prometheus' text
 * format, tab-separated values, one line for a monitoring system.  Pure.
 */
#ifndef UPTIME_METRICS_H
#define UPTIME_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "common/mail/outbox.h"
#include "uptime/site.h"
#include "uptime/store/store.h"

struct buf;

struct overview_target {
	const struct target *target;
	const struct target_row *row; /* NULL: never probed */
};

struct overview {
	struct overview_target *target;
	size_t n;
	struct uptime_run run; /* the last; all 0: none */
	struct outbox_counts outbox;
	int64_t blind_since; /* 0: we are on the air */
	int64_t now;
};

/* Worst first; among equals by site and name. */
void overview_order(struct overview *);
/* "down", "up", "suspect" …, or what an UP one suffers from: "degraded",
 * "warning". */
const char *overview_word(const struct overview_target *);

void metrics_prometheus(struct buf *, const struct overview *);
void metrics_tsv(struct buf *, const struct overview *);
/* Returns 0, 1, 2 or 3. */
int metrics_nagios(struct buf *, const struct overview *);

#endif
