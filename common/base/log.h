/* SPDX-License-Identifier: ISC */
/*
 * What the program says of itself: stderr, or syslog for a daemon's child.
 * Every line is "program: text", passed through text_clean, so that a log
 * line quoted in it cannot drive a terminal.  errno is preserved; %m works.
 */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include <stdarg.h>

enum log_to { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* prog is kept, not copied.  verbose: 0 errors and warnings, 1 what is done. */
void log_init(const char *prog, enum log_to, int verbose);
int log_verbose(void);

void log_error(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));

/* Says it and exits with the status (sysexits(3)). */
void fatal(int status, const char *, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
