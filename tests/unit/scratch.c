/* SPDX-License-Identifier: ISC */
/* A directory of a test's own. */
#include "tests/unit/scratch.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char template[] = "/tmp/sitewatch-test.XXXXXX";
static char dir[sizeof template];

int
scratch_enter(void **state)
{
	(void)state;
	umask(022);
	memcpy(dir, template, sizeof dir);
	return mkdtemp(dir) == NULL || chdir(dir) == -1 ? -1 : 0;
}

int
scratch_leave(void **state)
{
	(void)state;
	return chdir("/") == -1 || rmdir(dir) == -1 ? -1 : 0;
}

const char *
scratch_dir(void)
{
	return dir;
}
