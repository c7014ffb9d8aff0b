/* SPDX-License-Identifier: ISC */
/*
 * An overview as a page of HTML with small graphs: one file, no script, no
 * request to anywhere.  Pure.  Every byte from a log is cleaned and escaped.
 */
#ifndef WATCHDOG_TELL_OVERVIEW_PAGE_H
#define WATCHDOG_TELL_OVERVIEW_PAGE_H

#include <stdint.h>

struct buf;
struct overview;

#define PAGE_GROUPS 500 /* shown; the others are counted */

struct overview_env {
	const char *host;
	int64_t now;
	const char *section; /* only this one, or NULL */
};

void overview_page(struct buf *, const struct overview *,
    const struct overview_env *);

#endif
