/* SPDX-License-Identifier: ISC */
/*
 * How the tools start sitewatch-mail: the scanner itself links no network
 * library.  The program is looked for beside the running one, then in
 * LIBEXECDIR.
 */
#ifndef COMMON_MAIL_MAIL_START_H
#define COMMON_MAIL_MAIL_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lock;

/* What sitewatch-mail is told besides its command. */
struct mail_call {
	const char *conf;   /* -c */
	const char *state;  /* -s */
	char *const *admin; /* --admin each: whom the tool found to tell, for
			     * a configuration that names nobody */
	size_t nadmin;
	bool dry; /* -n */
};

/*
 * Runs sitewatch-mail with the lock inherited, waits for it, and kills it
 * `seconds` from now.  The caller has closed the database.  Returns its exit
 * status; 75 if it was killed, 71 if it could not start.
 */
int mail_start(const struct mail_call *, struct lock *, int64_t seconds);

/* Becomes sitewatch-mail (`site-watchdog mail list …`), with the argc
 * arguments of argv behind ours.  Returns only to say that it failed (71). */
int mail_become(const struct mail_call *, char *const *argv, int argc);

#endif
