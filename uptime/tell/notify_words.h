/* SPDX-License-Identifier: ISC */
/*
 * What subject and body of a mail have in common: what kind of news a notice
 * is, its cause, its times.  Pure; everything from outside is cleaned.
 */
#ifndef UPTIME_TELL_NOTIFY_WORDS_H
#define UPTIME_TELL_NOTIFY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/clock.h"
#include "uptime/tell/notify.h"

/* The worst first. */
enum news {
	NEWS_DOWN,
	NEWS_DEGRADED,
	NEWS_WARNING,
	NEWS_UP,
	NEWS_WHOLE, /* no longer degraded, nothing to warn of */
	NEWS_N
};
enum news news_of(const struct notice *);
/* "DOWN", "DEGRADED", "WARNING", "UP", "OK". */
const char *news_title(enum news);
/* Is it over? */
bool news_is_good(enum news);

/* One news of one cause: told together. */
bool news_same(const struct notice *, const struct notice *);
bool news_same_site(const struct notice *, const struct notice *);
/* "TLS: the certificate has expired", then the detail if it is wanted. */
void news_cause(struct buf *, const struct notice *, bool detail);

/* When it began; 0 if that is not known, or would lie ahead (the clock went
 * back). */
int64_t news_began(const struct notice *, const struct notify_env *);
/* "14:02" if that was today, else "20 Nov 14:02".  Returns its buffer. */
char *news_time(int64_t, int64_t now, char out[CLOCK_TEXT]);
/* "3 targets", "1 target". */
void news_count(struct buf *, size_t n, const char *noun);
/* The last lines of a mail: who says it, and when. */
void news_footer(struct buf *, const struct notify_env *);

#endif
