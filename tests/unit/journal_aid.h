/* SPDX-License-Identifier: ISC */
/* Journals for tests, made of export text by systemd-journal-remote. */
#ifndef TESTS_UNIT_JOURNAL_AID_H
#define TESTS_UNIT_JOURNAL_AID_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* Skips the test where systemd's programs are not there. */
void aid_need(void);
/* Appends an entry of a.service, by a pid; lines are parted by LF. */
void aid_entry(struct buf *, int64_t usec, const char *unit, int pid,
    const char *message);
/* Writes NAME.journal of the entries into the scratch directory. */
void aid_make(const char *name, const struct buf *entries);
void aid_forget(const char *name);

#endif
