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
 * Calls each for every section in the order of the text: its name, how deep
 * it lies (0: at the top), and the line where it begins.
 */
void conf_scan_sections(const char *text,
    void (*each)(void *, size_t depth, const char *name, size_t n, int line),
    void *arg);

/*
 * The line of an opening brace that nothing closes, the innermost if there
 * are several; 0 if there is none.  libConfuse 3.3 takes the end of the file
 * for the end of the section.
 */
int conf_scan_unclosed(const char *text);

#endif
