/* SPDX-License-Identifier: ISC */
/* What each program drops first thing. */
#define _GNU_SOURCE /* environ */
#include "common/host/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/xmem.h"

#define SAFE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITH_SANITIZER
#endif

/* A name that ends in '*' stands for all that begin so. */
static const char *const kept[] = {
	"HOME",
	"LANG",
	"LC_*",
	"LOGNAME",
	"TZ",
	"TERM",
	"NO_COLOR",
	"XDG_*",
	"SITEWATCH_*",
	"STATE_DIRECTORY",
	"CONFIGURATION_DIRECTORY",
#if defined(WITH_STEPS) || defined(WITH_SANITIZER)
	/* What the tests load into us must reach our children. */
	"LD_PRELOAD",
	"FAKETIME*",
	"ASAN_OPTIONS",
	"UBSAN_OPTIONS",
	"LSAN_OPTIONS",
#endif
};

/*
 * A file that is opened later must not become the standard error that some
 * library then writes to.
 */
static void
open_standard(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) != fd)
			_exit(EX_OSERR);
}

static bool
is_kept(const char *entry)
{
	size_t n = strcspn(entry, "="), i, k;

	for (i = 0; i < sizeof kept / sizeof *kept; i++) {
		k = strlen(kept[i]);
		if (kept[i][k - 1] == '*' ?
			strncmp(entry, kept[i], k - 1) == 0 :
			k == n && strncmp(entry, kept[i], n) == 0)
			return entry[n] == '=';
	}
	return false;
}

static void
clean_environment(void)
{
	char **from, **to;

	/* In place: unsetenv moves entries under the loop's feet. */
	for (from = to = environ; from != NULL && *from != NULL; from++)
		if (is_kept(*from))
			*to++ = *from;
	if (to != NULL)
		*to = NULL;
	if (setenv("PATH", SAFE_PATH, 1) == -1)
		xmem_fail();
}

void
sandbox_start(void)
{
	const struct rlimit none = { 0, 0 };

	open_standard();
	umask(077);
	/* A core would hold log excerpts and the relay's password. */
	setrlimit(RLIMIT_CORE, &none);
#ifndef WITH_SANITIZER
	/* LeakSanitizer has to trace us. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	signal(SIGPIPE, SIG_IGN);
	/* RLIMIT_FSIZE: a full disk, and no reason to die */
	signal(SIGXFSZ, SIG_IGN);
	clean_environment();
}
