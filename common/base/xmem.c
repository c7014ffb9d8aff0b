/* SPDX-License-Identifier: ISC */
/* Allocation that ends the program on failure. */
#define _GNU_SOURCE /* vasprintf, program_invocation_short_name */
#include "common/base/xmem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * Neither stdio nor exit handlers: both may want memory.  Nothing is lost,
 * because nothing is published before it is committed.
 */
void
xmem_fail(void)
{
	static const char text[] = ": out of memory\n";
	const char *prog = program_invocation_short_name;

	if (write(STDERR_FILENO, prog, strlen(prog)) == -1 ||
	    write(STDERR_FILENO, text, sizeof text - 1) == -1)
		_exit(EX_OSERR); /* nobody listens */
	_exit(EX_OSERR);
}

void *
xmalloc(size_t n)
{
	void *p = malloc(n != 0 ? n : 1);

	if (p == NULL)
		xmem_fail();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p;

	/* calloc(0, x) may answer NULL without having failed. */
	p = n != 0 && size != 0 ? calloc(n, size) : calloc(1, 1);
	if (p == NULL)
		xmem_fail();
	return p;
}

void *
xreallocarray(void *old, size_t n, size_t size)
{
	void *p;

	/* realloc(p, 0) frees p in glibc, and the caller would free again. */
	if (n == 0 || size == 0)
		n = size = 1;
	if (size > SIZE_MAX / n)
		xmem_fail();
	p = realloc(old, n * size);
	if (p == NULL)
		xmem_fail();
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, SIZE_MAX);
}

char *
xstrndup(const char *s, size_t max)
{
	size_t n = strnlen(s, max);
	char *p = xmalloc(n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	if (n == -1)
		xmem_fail();
	return p;
}
