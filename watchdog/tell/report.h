/* SPDX-License-Identifier: ISC */
/*
 * A digest as a mail: subject and body, plain text, short lines, readable on
 * a phone.  Pure.  Every byte from a log passes text_clean.
 */
#ifndef WATCHDOG_TELL_REPORT_H
#define WATCHDOG_TELL_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "watchdog/format/format.h"

struct buf;
struct digest;

#define REPORT_SUBJECT 150 /* characters of a subject, at most */

struct report_env {
	const char *host; /* which machine speaks */
	int64_t now;
	int64_t since;            /* end of the run before, 0 if none */
	const char *const *alarm; /* self-alarms, for admin only */
	size_t nalarm;
	const char *conf; /* configuration file, for the commands named */
};

/*
 * digest may be NULL: then there are alarms only.  A body with its caps
 * (digest.h) needs no more than 256 KiB and what the alarms take.
 */
void report_subject(struct buf *, const struct digest *,
    const struct report_env *);
void report_body(struct buf *, const struct digest *,
    const struct report_env *);
/* The gravest record's; LEVEL_NONE if no record has one. */
enum level report_level(const struct digest *);

#endif
