/* SPDX-License-Identifier: ISC */
/*
 * Formats that the configuration makes: Apache's with its ErrorLogFormat, and
 * the user's own patterns.  A pattern that runs wild on a line (regex.h) loses
 * nothing: the line starts a record, and is its message.
 */
#ifndef WATCHDOG_FORMAT_FORMAT_CUSTOM_H
#define WATCHDOG_FORMAT_FORMAT_CUSTOM_H

#include <stdbool.h>

struct buf;
struct format;

/* What is wrong with it, cleaned. */
struct custom_error {
	char what[160];
	enum { CUSTOM_FORMAT, CUSTOM_RECORD, CUSTOM_FIELDS } of;
};

/* Does it begin as Apache's does, "apache:"? */
bool format_custom_is(const char *);

/*
 * "apache:[%{u}t] [%-m:%l] [pid %P] %M": the text of an ErrorLogFormat as it
 * is in httpd.conf, without the quotes around it.  NULL if it has no %M, no %t
 * and no %l either, or what httpd 2.4 has not.
 */
struct format *format_custom_apache(const char *, struct custom_error *);

/*
 * PCRE2 patterns, one of which may be NULL.  A line in which record is found
 * (without one: fields) starts a record.  fields is searched in the whole of
 * it; its groups time, level, message, request, site and program, one of which
 * there must be, become the record's; what it does not say is taken from the
 * first line as format_plain does.
 */
struct format *format_custom_patterns(const char *record, const char *fields,
    struct custom_error *);

void format_custom_free(struct format *); /* NULL is fine */

/*
 * The pattern for an ErrorLogFormat, appended; its groups are those of fields,
 * and `status`.  False, and what is wrong in error.
 */
bool format_errorlog(struct buf *, const char *format, char error[160]);

#endif
