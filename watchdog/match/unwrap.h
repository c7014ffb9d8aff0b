/* SPDX-License-Identifier: ISC */
/*
 * The message of a program behind the server, without what the server and
 * PHP-FPM put around it.  Pure.
 */
#ifndef WATCHDOG_MATCH_UNWRAP_H
#define WATCHDOG_MATCH_UNWRAP_H

#include "common/base/text.h"

/*
 * `AH01071: Got error 'PHP message: x'` and `FastCGI sent in stderr: "PHP
 * message: x" while reading upstream` both give x, and PHP's own log's time is
 * taken off; any other message is given back whole.
 */
struct span unwrap(struct span message);

/* Behind Apache's "core.c(123): " and "AH00128: ", where they are there. */
struct span unwrap_code(struct span message);

#endif
