/* SPDX-License-Identifier: ISC */
/* What a program drops first thing. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/host/sandbox.h"
#include "tests/unit/child.h"

static void
must(int ok)
{
	if (!ok)
		abort();
}

static int
is(const char *name, const char *value)
{
	const char *v = getenv(name);

	return v != NULL && strcmp(v, value) == 0;
}

static void
environment(void *unused)
{
	static char *dirty[] = { "HOME=/h", "PATH=/evil", "LD_LIBRARY_PATH=/e",
		"http_proxy=http://e", "SSL_CERT_FILE=/e", "LC_ALL=C", "LC_=x",
		"LANGUAGE=e", "LANG=C", "SITEWATCH_ANY_FS=1",
		"XDG_STATE_HOME=/x", "HOMEX=e", "HOM=e", "TZ=UTC0", "=e",
		"TERM", "IFS=e", "STATE_DIRECTORY=/s", "NO_COLOR=", "TZDIR=e",
		"PATH=/evil2", NULL };
	size_t n = 0;

	(void)unused;
	environ = dirty;
	sandbox_start();
	must(is("HOME", "/h") && is("LC_ALL", "C") && is("LANG", "C"));
	must(is("SITEWATCH_ANY_FS", "1") && is("XDG_STATE_HOME", "/x"));
	must(is("TZ", "UTC0") && is("STATE_DIRECTORY", "/s"));
	must(is("NO_COLOR", "") && is("LC_", "x"));
	must(is("PATH",
	    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
	    "/sbin:/bin"));
	while (environ[n] != NULL)
		n++;
	must(n == 10);
	must(setenv("HOME", "/other", 1) == 0 && is("HOME", "/other"));
}

static void
no_environment(void *unused)
{
	(void)unused;
	environ = NULL;
	sandbox_start();
	must(environ[0] != NULL && environ[1] == NULL);
}

static void
limits(void *unused)
{
	char path[100];
	struct rlimit r;

	(void)unused;
	umask(0);
	sandbox_start();
	must(umask(0) == 077);
	must(getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_cur == 0 &&
	    r.rlim_max == 0);
	must(signal(SIGPIPE, SIG_IGN) == SIG_IGN);
	must(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	/* What finds the third program must go on working. */
	must(readlink("/proc/self/exe", path, sizeof path) > 0);
}

static void
as_nobody(void *unused)
{
	must(geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0));
	limits(unused);
}

static void
closed(void *unused)
{
	struct stat st;
	int fd;

	(void)unused;
	for (fd = 0; fd < 3; fd++)
		close(fd);
	sandbox_start();
	for (fd = 0; fd < 3; fd++)
		must(fstat(fd, &st) == 0 && S_ISCHR(st.st_mode));
	must(open("/dev/null", O_RDONLY) > 2);
}

static void
one_closed(void *unused)
{
	int out = fcntl(2, F_DUPFD_CLOEXEC, 10);

	close(1);
	sandbox_start();
	must(fcntl(1, F_GETFD) != -1);
	must(write(2, "still\n", 6) == 6);
	(void)unused;
	close(out);
}

static void
all(void **state)
{
	void (*const run[])(void *) = { environment, no_environment, limits,
		as_nobody, closed };
	char text[1000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof run / sizeof *run; i++) {
		assert_int_equal(child_run(run[i], NULL, text, sizeof text), 0);
		assert_string_equal(text, "");
	}
	assert_int_equal(child_run(one_closed, NULL, text, sizeof text), 0);
	assert_string_equal(text, "still\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
