/* SPDX-License-Identifier: ISC */
/*
 * How the tools start sitewatch-mail: the test copies itself into a directory
 * with a script of that name, and runs itself there.
 */
#define _GNU_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/host/lock.h"
#include "common/mail/mail_start.h"

static char dir[] = "/tmp/test_mail_start.XXXXXX";

/* ---- in the copy ---- */

static struct mail_call
call_for(const char *state)
{
	static char address[] = "a@b.c";
	static char *const admin[] = { address };

	return (struct mail_call){ .conf = "/etc/x.conf",
		.state = state,
		.admin = admin,
		.nadmin = 1 };
}

static int
start(const char *state, const char *seconds)
{
	struct mail_call call = call_for(state);
	struct lock lock;

	if (lock_take(&lock, state, 0) != LOCK_TAKEN)
		return 99;
	return mail_start(&call, &lock, strtoll(seconds, NULL, 10));
}

static int
become(void)
{
	char list[] = "list", json[] = "--json";
	char *args[] = { list, json };
	struct mail_call call = call_for("/var/x.db");

	call.dry = true;
	return mail_become(&call, args, 2);
}

/* ---- in the test ---- */

static void
write_script(const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof path, "%s/sitewatch-mail", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\ncd %s\n%s\n", dir, text);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

/* Runs the copy with a command; its exit status. */
static int __attribute__((format(printf, 1, 2))) run_copy(const char *fmt, ...)
{
	char command[400], args[200];
	va_list ap;
	int status;

	va_start(ap, fmt);
	vsnprintf(args, sizeof args, fmt, ap);
	va_end(ap);
	snprintf(command, sizeof command, "cd %s && ./copy %s 2>stderr", dir,
	    args);
	status = system(command);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
assert_file(const char *name, const char *want)
{
	char path[64], text[1000];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s is not there", path);
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	fclose(f);
	if (*want == '\0' ? n != 0 : strstr(text, want) == NULL)
		fail_msg("%s: %s", name, text);
}

static void
test_status(void **state)
{
	(void)state;
	write_script("exit 0");
	assert_int_equal(run_copy("start %s/x.db 20", dir), 0);
	write_script("exit 75");
	assert_int_equal(run_copy("start %s/x.db 20", dir), 75);
	write_script("kill -9 $$");
	assert_int_equal(run_copy("start %s/x.db 20", dir), 75);
	/* Whoever starts us may ignore SIGCHLD: there is a status all the
	 * same. */
	assert_int_equal(run_copy("ignore %s/x.db 20", dir), 75);
}

static void
test_arguments(void **state)
{
	char want[200];

	(void)state;
	/* The last one is an open descriptor, and it is the lock. */
	write_script("echo \"$@\" >args; for n; do :; done\n"
		     "readlink /proc/$$/fd/$n >lock; exit 0");
	assert_int_equal(run_copy("start %s/x.db 20", dir), 0);
	snprintf(want, sizeof want,
	    "-c /etc/x.conf -s %s/x.db --admin a@b.c --lock-fd ", dir);
	assert_file("args", want);
	assert_file("lock", "/x.db.lock\n");
	assert_int_equal(run_copy("become"), 0);
	assert_file("args",
	    "-c /etc/x.conf -s /var/x.db --admin a@b.c -n list --json\n");
}

static void
test_killed(void **state)
{
	const struct timespec pause = { 0, 20000000 };
	int64_t begin = clock_mono();
	char command[100];
	int i, alive = 1;

	(void)state;
	/* With all that it has started. */
	write_script("sleep 61 & echo $! >pid; wait");
	assert_int_equal(run_copy("start %s/x.db 1", dir), 75);
	assert_true(clock_mono() - begin < 20000);
	assert_file("stderr", "was stopped after 1 s; mail waits");
	/* Dead; who fetches it is no business of ours. */
	snprintf(command, sizeof command,
	    "ps -o stat= -p $(cat %s/pid) | "
	    "grep -qv '^Z'",
	    dir);
	for (i = 0; i < 100 && alive; i++) {
		alive = system(command) == 0;
		nanosleep(&pause, NULL);
	}
	assert_false(alive);
}

static void
test_missing(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof path, "%s/sitewatch-mail", dir);
	unlink(path);
	assert_int_equal(run_copy("start %s/x.db 20", dir), 71);
	assert_file("stderr", "cannot start ");
	assert_int_equal(run_copy("become"), 71);
	assert_file("stderr", "cannot start ");
}

static int
set_up(void **state)
{
	char command[200];

	(void)state;
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(command, sizeof command, "cp /proc/%ld/exe %s/copy",
	    (long)getpid(), dir);
	return system(command);
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", dir);
	return system(command);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_missing),
	};

	/* The copy must never run the tests, that is, itself. */
	if (argc == 1 && strcmp(argv[0], "./copy") != 0)
		return cmocka_run_group_tests(tests, set_up, tear_down);
	if (argc == 4 && strcmp(argv[1], "ignore") == 0)
		signal(SIGCHLD, SIG_IGN);
	if (argc == 4)
		return start(argv[2], argv[3]);
	return become();
}
