/* SPDX-License-Identifier: ISC */
/*
 * uptime.conf as a text, loaded.
 */
#ifndef TESTS_UNIT_UPTIME_TEXT_H
#define TESTS_UNIT_UPTIME_TEXT_H

#include "uptime/conf/conf.h"

/* What every file needs, on its first line; a site, a URL, not closed. */
#define HEAD "mail { from = a@b.c transport = stdout } admin = {o@b.c}\n"
#define SITE HEAD "site \"www.example.com\" {\n"
#define URL SITE "url \"https://www.example.com/\" {\n"

/* NULL: from a file that is not there.  What it said on standard error, the
 * path cut off there and in the warnings; to be freed. */
char *uptime_text(const char *, struct uptime_conf *);
/* The same, and fails the test if it said anything. */
void uptime_text_good(const char *, struct uptime_conf *);

#endif
