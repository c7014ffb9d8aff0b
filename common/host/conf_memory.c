/* SPDX-License-Identifier: ISC */
/* Want of memory inside libConfuse. */
#include "common/host/conf_memory.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "common/base/xmem.h"

/* SIGABRT: its lexer has an assertion. */
static const int signals[] = { SIGSEGV, SIGABRT };
#define SIGNALS (sizeof signals / sizeof *signals)

/* A bug crashes as ever: the signal comes again. */
static void
on_crash(int sig)
{
	if (errno == ENOMEM)
		xmem_fail();
	signal(sig, SIG_DFL);
}

static void (*before[SIGNALS])(int);

void
conf_memory_watch(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		before[i] = signal(signals[i], on_crash);
	errno = 0;
}

void
conf_memory_check(void)
{
	/* Nobody resets it on the way, and nothing else sets it. */
	if (errno == ENOMEM)
		xmem_fail();
	for (size_t i = 0; i < SIGNALS; i++)
		signal(signals[i], before[i]);
}
