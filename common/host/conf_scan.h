/* SPDX-License-Identifier: ISC */
/*
 * The little of the configuration language that libConfuse 3.3 keeps to
 * itself: where a section begins, and how far an unknown statement reaches.
 * Pure.
 */
#ifndef COMMON_HOST_CONF_SCAN_H
#define COMMON_HOST_CONF_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Overwrites with blanks the first statement on the line (from 1) that sets
 * or opens `name`, up to its end, newlines kept.  False if there is none.
 */
bool conf_scan_blank(char *text, int line, const char *name);

/* Overwrites every top-level statement whose name is not among these. */
void conf_scan_keep(char *text, const char *const *names, size_t n);

/*
 * The line where the n-th (from 0) top-level section of that name begins; 0
 * if there are fewer.
 */
int conf_scan_section(const char *text, const char *name, size_t n);

/*
 * The line of an opening brace that nothing closes, the innermost if there
 * are several; 0 if there is none.  libConfuse 3.3 takes the end of the file
 * for the end of the section.
 */
int conf_scan_unclosed(const char *text);

#endif
