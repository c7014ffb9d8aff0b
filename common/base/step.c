/* SPDX-License-Identifier: ISC */
/* Counted crash points; empty in a release build. */
#include "common/base/step.h"

#ifdef WITH_STEPS

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Written with O_APPEND, so that a child's steps stand among its parent's. */
static void
write_name(const char *path, const char *name)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1)
		abort();
	if (write(fd, name, strlen(name)) == -1 || write(fd, "\n", 1) == -1)
		abort();
	close(fd);
}

void
step_here(const char *name)
{
	static unsigned long count;
	const char *at = getenv("SITEWATCH_KILL_AT");
	const char *list = getenv("SITEWATCH_STEPS");

	count++;
	if (list != NULL)
		write_name(list, name);
	if (at != NULL && strtoul(at, NULL, 10) == count)
		kill(getpid(), SIGKILL);
}

#endif
