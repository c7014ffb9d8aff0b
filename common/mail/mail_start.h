/* SPDX-License-Identifier: ISC */
/*
 * How the tools start sitewatch-mail: the scanner itself links no network
 * library.  The program is looked for beside the running one, then in
 * LIBEXECDIR.
 */
#ifndef COMMON_MAIL_MAIL_START_H
#define COMMON_MAIL_MAIL_START_H

#include <stdint.h>

struct lock;

/*
 * Runs `sitewatch-mail -c conf -s state` with the lock inherited, waits for
 * it, and kills it `seconds` from now.  The caller has closed the database.
 * Returns its exit status; 75 if it was killed, 71 if it could not start.
 */
int mail_start(const char *conf, const char *state, struct lock *,
    int64_t seconds);

/* Becomes sitewatch-mail (`site-watchdog mail list …`): argv[0] is replaced,
 * -c conf -s state are put in front of the arguments.  Returns only to say
 * that it failed (71). */
int mail_become(const char *conf, const char *state, char *const *argv,
    int argc);

#endif
