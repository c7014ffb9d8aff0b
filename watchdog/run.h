/* SPDX-License-Identifier: ISC */
/*
 * One run: a bounded pass over all sources, one transaction, then the mail.
 */
#ifndef WATCHDOG_RUN_H
#define WATCHDOG_RUN_H

#include <stdbool.h>

struct watchdog_conf;

/* dry: commit and send nothing, show on stdout what would have been sent.
 * Returns the exit status. */
int run_once(const struct watchdog_conf *, bool dry);

#endif
