/* SPDX-License-Identifier: ISC */
/*
 * A record in a mail, without what its entry has told already.  Pure.
 */
#ifndef WATCHDOG_TELL_REPORT_SAMPLE_H
#define WATCHDOG_TELL_REPORT_SAMPLE_H

struct buf;
struct group;

/*
 * The first record around its message: client and referer, request, stack
 * trace, further lines; cleaned, in a few lines that begin with "  | ", the
 * rest of it counted.  Nothing if there is nothing else to tell.
 */
void report_sample(struct buf *, const struct group *);

#endif
