/* SPDX-License-Identifier: ISC */
/* What the program says of itself: cleaned, whole lines, errno kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "tests/unit/child.h"

static void
say_all(void *verbose)
{
	log_init("prog", LOG_TO_STDERR, *(int *)verbose);
	if (log_verbose() != *(int *)verbose)
		_exit(9);
	log_error("e%d", 1);
	log_warn("w");
	log_info("i");
}

static void
verbosity(void **state)
{
	static const char *const expected[] = {
		"prog: e1\nprog: w\n",
		"prog: e1\nprog: w\nprog: i\n",
	};
	char text[1000];
	int v;

	(void)state;
	for (v = 0; v < 2; v++) {
		assert_int_equal(child_run(say_all, &v, text, sizeof text), 0);
		assert_string_equal(text, expected[v]);
	}
}

static void
say_text(void *s)
{
	errno = ENOENT;
	log_error("<%s> %m", (char *)s);
	if (errno != ENOENT)
		_exit(9);
}

static void
cleaned(void **state)
{
	char text[1000];

	(void)state;
	assert_int_equal(child_run(say_text, "a\x1b[0m\nsitewatch: b\xff", text,
			     sizeof text),
	    0);
	assert_string_equal(text,
	    "sitewatch: <a\\x1b[0m\\x0asitewatch:"
	    " b\\xff> No such file or directory\n");
}

static void
say_long(void *s)
{
	log_init(s, LOG_TO_STDERR, 0);
	log_error("%05000d", 7);
}

static void
say_long_wide(void *s)
{
	char wide[5000];

	memset(wide, '\n', sizeof wide);
	wide[sizeof wide - 1] = '\0';
	log_init(s, LOG_TO_STDERR, 0);
	log_error("%s", wide);
}

/* One write of at most PIPE_BUF, cut between characters. */
static void
long_lines(void **state)
{
	char text[20000], name[200];
	size_t n;

	(void)state;
	assert_int_equal(child_run(say_long, "p", text, sizeof text), 0);
	n = strlen(text);
	assert_int_equal(n, 4096);
	assert_string_equal(text + n - 6, "00...\n");
	assert_int_equal(child_run(say_long_wide, "p", text, sizeof text), 0);
	n = strlen(text);
	assert_true(n <= 4096 && n > 4080);
	assert_string_equal(text + n - 8, "\\x0a...\n");
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	assert_int_equal(child_run(say_long, name, text, sizeof text), 0);
	assert_int_equal(strlen(text), 4096);
}

/* Two processes on one pipe: their lines do not mix. */
static void
say_much(void *unused)
{
	char line[3000];
	int i, status;
	pid_t pid = fork();

	(void)unused;
	memset(line, pid == 0 ? 'c' : 'p', sizeof line);
	line[sizeof line - 1] = '\0';
	for (i = 0; i < 200; i++)
		log_warn("%s", line);
	if (pid == 0)
		_exit(0);
	waitpid(pid, &status, 0);
}

static void
unmixed(void **state)
{
	static char text[2000000];
	char *line, *save;
	size_t lines = 0, n;

	(void)state;
	assert_int_equal(child_run(say_much, NULL, text, sizeof text), 0);
	for (line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		lines++;
		assert_memory_equal(line, "sitewatch: ", 11);
		n = strlen(line + 11);
		assert_int_equal(n, 2999);
		assert_int_equal(strspn(line + 11, line[11] == 'c' ? "c" : "p"),
		    n);
	}
	assert_int_equal(lines, 400);
}

static void
die(void *unused)
{
	(void)unused;
	errno = EACCES;
	fatal(74, "%s: %m", "file");
}

static void
dies(void **state)
{
	char text[1000];

	(void)state;
	assert_int_equal(child_run(die, NULL, text, sizeof text), 74);
	assert_string_equal(text, "sitewatch: file: Permission denied\n");
}

/* Nobody listens: no signal, no loop. */
static void
say_to_nobody(void *fd)
{
	close(STDERR_FILENO);
	if (fd != NULL && dup2(*(int *)fd, STDERR_FILENO) == -1)
		_exit(9);
	errno = EXDEV;
	log_error("x");
	_exit(errno == EXDEV ? 3 : 9);
}

static void
nobody(void **state)
{
	char text[100];
	FILE *full = fopen("/dev/full", "w");
	int fd;

	(void)state;
	assert_int_equal(child_run(say_to_nobody, NULL, text, sizeof text), 3);
	assert_non_null(full);
	fd = fileno(full);
	assert_int_equal(child_run(say_to_nobody, &fd, text, sizeof text), 3);
	fclose(full);
}

static void
say_to_syslog(void *unused)
{
	(void)unused;
	log_init("test_log", LOG_TO_SYSLOG, 0);
	errno = EXDEV;
	log_error("only a test %s", "\x1b");
	_exit(errno == EXDEV ? 3 : 9);
}

static void
to_syslog(void **state)
{
	char text[100];

	(void)state;
	assert_int_equal(child_run(say_to_syslog, NULL, text, sizeof text), 3);
	assert_string_equal(text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbosity),
		cmocka_unit_test(cleaned),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(unmixed),
		cmocka_unit_test(dies),
		cmocka_unit_test(nobody),
		cmocka_unit_test(to_syslog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
