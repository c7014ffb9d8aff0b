/* SPDX-License-Identifier: ISC */
/*
 * Allocation that ends the program on failure: one line on stderr, exit 71.
 * Every result is non-NULL and freed with free(3).
 */
#ifndef COMMON_BASE_XMEM_H
#define COMMON_BASE_XMEM_H

#include <stddef.h>

void *xmalloc(size_t);
void *xcalloc(size_t, size_t);
/* Array of n elements of the given size; n * size may not overflow. */
void *xreallocarray(void *, size_t, size_t);
char *xstrdup(const char *);
/* The first n bytes of s (fewer if s is shorter), NUL-terminated. */
char *xstrndup(const char *, size_t);
char *xasprintf(const char *, ...) __attribute__((format(printf, 1, 2)));
/* The same end, for a library that has met it. */
void xmem_fail(void) __attribute__((noreturn));

#endif
