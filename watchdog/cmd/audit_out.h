/* SPDX-License-Identifier: ISC */
/*
 * What an audit found, shown on stdout.
 */
#ifndef WATCHDOG_CMD_AUDIT_OUT_H
#define WATCHDOG_CMD_AUDIT_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "watchdog/audit.h"
#include "watchdog/lag.h"
#include "watchdog/store/store_source.h"

struct audit_item {
	char *path;
	char *const *olddir; /* NULL-ended, or NULL */
	struct store_source source;
	struct audit audit;
	struct lag lag;
};

/* every: each generation too.  True if nothing was found. */
bool audit_show(const struct audit_item *, size_t n, bool every, bool json);

#endif
