/* SPDX-License-Identifier: ISC */
/*
 * How many errors each URL of the site had in each hour, for one run.  Pure.
 */
#ifndef WATCHDOG_MATCH_URLS_H
#define WATCHDOG_MATCH_URLS_H

#include <stddef.h>
#include <stdint.h>

#define URLS_MAX 4096 /* URL and hour; further ones count as "" */
#define URLS_PATH 512 /* bytes of a path that are kept */

struct url {
	int64_t hour; /* since 1970 */
	char *path;   /* "": those that are not named */
	int64_t records;
};

struct urls;

struct urls *urls_new(void);
void urls_free(struct urls *);
void urls_add(struct urls *, int64_t hour, const char *path);
size_t urls_count(const struct urls *);
const struct url *urls_at(const struct urls *, size_t);

#endif
