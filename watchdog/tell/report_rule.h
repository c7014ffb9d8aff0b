/* SPDX-License-Identifier: ISC */
/*
 * The ignore rule that a mail proposes for a group.  Pure.
 */
#ifndef WATCHDOG_TELL_REPORT_RULE_H
#define WATCHDOG_TELL_REPORT_RULE_H

#include <stdbool.h>

struct buf;
struct group;

/*
 * Appends a rule that hides the group's first record, and those of its like:
 * PCRE2, printable ASCII, one line without LF.  It begins at the line's
 * start, with the number of words before the message, so that no visitor's
 * words further behind match it; it ends where the message does.  In between
 * each byte matches itself, but for what varies within a group
 * (report_pattern.h).  *whole: it is about all lines of the record, and needs
 * a comment "# whole" above it.  False, and nothing appended, where the record
 * has not all of what the group is about.
 */
bool report_rule(struct buf *, const struct group *, bool *whole);

#endif
