/* SPDX-License-Identifier: ISC */
/*
 * PHP's own messages, "PHP Warning:  text in FILE on line N", wherever they
 * are written.  Pure.  A client may write line ends and what it likes into
 * the text; but the message has an end of its own, and until that came
 * nothing begins another.
 */
#ifndef WATCHDOG_FORMAT_PHP_H
#define WATCHDOG_FORMAT_PHP_H

#include <stdbool.h>

#include "watchdog/format/format.h"

/* The length of "PHP Warning:  ", 0 if the text does not begin with it; the
 * level is what PHP gives to syslog. */
size_t php_severity(struct span, enum level *);
/* Does the line begin a message, which does not end in it? */
bool php_unended(struct span line);
/* Does the line end one? */
bool php_ends(struct span line);
/* Does the line end one that it does not begin?  Then it goes on with the
 * one before, however much that looked as if it had ended. */
bool php_only_ends(struct span line);
/* xdebug's stack: "PHP Stack trace:", "PHP   1. {main}() …". */
bool php_begins_trace(struct span line);

#endif
