/* SPDX-License-Identifier: ISC */
/*
 * What the logs of applications share: each record has a head with a level,
 * and what follows it without one belongs to it if it told of trouble.  Pure.
 */
#ifndef WATCHDOG_FORMAT_FORMAT_HEAD_H
#define WATCHDOG_FORMAT_FORMAT_HEAD_H

#include "common/base/text.h"
#include "watchdog/format/format.h"

/*
 * As struct format's starts(), for a format whose parse() knows a head by its
 * line alone.  A line without one continues a head of warn or worse, whatever
 * it says.  Behind others it does so only if it looks like the next line of a
 * trace: an exception that nobody caught must not vanish in a record that is
 * fine.  A head without level and message has both in its next line
 * (java.util.logging).
 */
bool head_starts(const struct format *, struct format_state *,
    const struct lines *, uint8_t *starts, uint32_t *key);

/* Takes a date, in brackets or not, into the fields. */
bool head_time(struct span *, struct fields *);
/* Takes "ERROR", also "[ERROR]", a level in capitals with no letter or digit
 * behind it; LEVEL_NONE, and nothing taken, if none comes next. */
enum level head_level(struct span *);
/* Takes "ERROR: " at the beginning of a second line. */
enum level head_next_level(struct span *);
/* The target in `GET /x HTTP/1.1`, empty if it is no request line. */
struct span head_target(struct span);
/* What is known to be below warn is fine. */
void head_judge(struct fields *);

#endif
