/* SPDX-License-Identifier: ISC */
/*
 * One run: configuration -> lock -> store -> what is due -> round -> states,
 * history and mail in one transaction -> delivery.
 */
#ifndef UPTIME_RUN_H
#define UPTIME_RUN_H

#include <stdbool.h>

struct uptime_conf;

/* Returns the exit status.  dry: nothing is stored or sent; what would have
 * been sent is shown on stdout. */
int uptime_run_once(const struct uptime_conf *, bool dry);

#endif
