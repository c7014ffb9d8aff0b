/* SPDX-License-Identifier: ISC */
/*
 * Small values of the configuration and of options, as people write them.
 * Pure.
 */
#ifndef UPTIME_CONF_VALUE_H
#define UPTIME_CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uptime/site.h"

/* "500ms", and whatever conf_parse_duration takes; milliseconds. */
bool value_ms(const char *, int64_t *);
/* "20%" -> 0.2; up to 100%. */
bool value_fraction(const char *, double *);
/* "200", "200-299". */
bool value_status(const char *, struct status_range *);
/* "0..100 PATTERN", "..100 PATTERN", "1.. PATTERN": NULL, the bounds and
 * where the pattern begins; or what was expected. */
const char *value_number(const char *, double *low, double *high,
    const char **pattern);
/* "Name: something" -> the length of the name and what follows the blanks;
 * 0 if it begins with no header's name.  rest is NULL without a colon. */
size_t value_header(const char *, const char **rest);
/* "host:port", "192.0.2.1:25", "[2001:db8::1]:25": NULL and *host to be
 * freed, or NULL for an address; the port always in *ip. */
const char *value_host_port(const char *, char **host, struct ip *);
/* Cut at blanks; NULL-ended. */
char **value_words(const char *, size_t *n);

#endif
