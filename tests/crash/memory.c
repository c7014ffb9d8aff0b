/* SPDX-License-Identifier: ISC */
/*
 * LD_PRELOAD: the N-th allocation of the process fails, or all from the N-th
 * on.  Counted from umask(2) on, our programs' first own call: what precedes
 * it is the loader's.
 *
 *	SITEWATCH_MEMORY=N[+]      the N-th; "+": and all that follow
 *	SITEWATCH_MEMORY_COUNT=FD  at the end: how many there were
 */
#define _GNU_SOURCE
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own, which these stand before. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static unsigned long n, which;
static bool awake, persistent;
static int report = -1;

static void __attribute__((constructor)) begin(void)
{
	const char *s = getenv("SITEWATCH_MEMORY");
	const char *fd = getenv("SITEWATCH_MEMORY_COUNT");
	char *end;

	if (s != NULL) {
		which = strtoul(s, &end, 10);
		persistent = *end == '+';
	}
	if (fd != NULL)
		report = atoi(fd);
}

static void __attribute__((destructor)) end(void)
{
	if (report != -1)
		dprintf(report, "%lu\n", n);
}

mode_t
umask(mode_t mask)
{
	awake = true;
	return (mode_t)syscall(SYS_umask, mask);
}

static bool
fails(void)
{
	if (!awake)
		return false;
	n++;
	if (which == 0 || (persistent ? n < which : n != which))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

void *
reallocarray(void *p, size_t count, size_t size)
{
	if (__builtin_mul_overflow(count, size, &size)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, size);
}

void *
memalign(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}

void *
aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

int
posix_memalign(void **p, size_t align, size_t size)
{
	int saved = errno;
	void *q = memalign(align, size);

	errno = saved;
	if (q == NULL)
		return ENOMEM;
	*p = q;
	return 0;
}
