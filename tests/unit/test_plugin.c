/* SPDX-License-Identifier: ISC */
/* Programs that speak the monitoring-plugins protocol, and such as do not. */
#define _GNU_SOURCE /* usleep */
#include "uptime/probe/plugin.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "uptime/probe/loop.h"

#define MANY 20

static void
count(void *arg, struct probe *p)
{
	(void)p;
	++*(int *)arg;
}

/* Runs it to its end; the probe is to be freed. */
static void
run(char *const *argv, int timeout_ms, struct probe *p)
{
	struct loop *loop = loop_new();
	struct plugins *plugins = plugins_new(loop);
	struct deadline end = deadline_in(20000);
	int done = 0;

	probe_init(p, 1 << 20);
	plugin_start(plugins, argv, timeout_ms, p, count, &done);
	assert_int_equal(done, 0); /* from loop_turn only */
	while (done == 0 && !deadline_passed(end))
		loop_turn(loop, 100);
	loop_turn(loop, 0);
	assert_int_equal(done, 1);
	assert_true(p->times.total >= 0);
	plugins_free(plugins);
	loop_free(loop);
	/* no zombie is left */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
run_script(const char *script, int timeout_ms, struct probe *p)
{
	static char sh[] = "/bin/sh", c[] = "-c";
	char text[512];
	char *argv[] = { sh, c, text, NULL };

	assert_true(strlen(script) < sizeof text);
	memcpy(text, script, strlen(script) + 1);
	run(argv, timeout_ms, p);
}

static void
says(void **state)
{
	static const struct {
		const char *script;
		enum reason reason;
		int plugin;
		const char *body, *detail;
	} t[] = {
		{ "echo 'OK - fine | a=1'", REASON_NONE, 0, "OK - fine | a=1",
		    "" },
		{ "true", REASON_NONE, 0, "", "" },
		{ "echo 'WARNING - 81 % full | d=81%'; exit 1",
		    REASON_PLUGIN_WARNING, 1, "WARNING - 81 % full | d=81%",
		    "WARNING - 81 % full" },
		{ "echo 'CRITICAL: dead'; echo more; exit 2",
		    REASON_PLUGIN_CRITICAL, 2, "CRITICAL: dead\nmore",
		    "CRITICAL: dead" },
		{ "echo 'UNKNOWN?'; exit 3", REASON_PLUGIN_UNKNOWN, 3,
		    "UNKNOWN?", "UNKNOWN?" },
		{ "exit 2", REASON_PLUGIN_CRITICAL, 2, "", "" },
		{ "echo oops >&2; exit 2", REASON_PLUGIN_CRITICAL, 2, "oops",
		    "oops" },
		{ "echo noise >&2; echo DOWN; exit 2", REASON_PLUGIN_CRITICAL,
		    2, "DOWN", "DOWN" },
		{ "echo; echo '  '; echo late; exit 2", REASON_PLUGIN_CRITICAL,
		    2, "late", "late" },
		{ "printf '\\033[31mred'; exit 2", REASON_PLUGIN_CRITICAL, 2,
		    "\033[31mred", "\\x1b[31mred" },
		{ "echo what; exit 127", REASON_PLUGIN_BROKEN, 127, "what",
		    "exit status 127: what" },
		{ "exit 4", REASON_PLUGIN_BROKEN, 4, "", "exit status 4" },
		{ "kill -SEGV $$", REASON_PLUGIN_BROKEN, -1, "",
		    "killed by signal 11, Segmentation fault" },
		/* we ignore it, a plugin does not */
		{ "kill -PIPE $$; echo alive", REASON_PLUGIN_BROKEN, -1, "",
		    "killed by signal 13, Broken pipe" },
		{ "cat; echo end of input", REASON_NONE, 0, "end of input",
		    "" },
		{ "exec >&- 2>&-; sleep 0.1; exit 1", REASON_PLUGIN_WARNING, 1,
		    "", "" },
	};
	struct probe p;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		run_script(t[i].script, 10000, &p);
		if (p.reason != t[i].reason || p.plugin != t[i].plugin ||
		    strcmp(buf_str(&p.body), t[i].body) != 0 ||
		    strcmp(p.detail, t[i].detail) != 0)
			fail_msg("%s: %s, %d, \"%s\", \"%s\"", t[i].script,
			    reason_word(p.reason), p.plugin, buf_str(&p.body),
			    p.detail);
		assert_false(p.body_full);
		probe_free(&p);
	}
}

static void
cannot_be_run(void **state)
{
	static char missing[] = "/nonexistent/check_x", dir[] = "/usr",
		    data[] = "/etc/passwd";
	static const struct {
		char *file;
		const char *detail;
	} t[] = {
		{ missing, "/nonexistent/check_x: No such file or directory" },
		{ dir, "/usr: Permission denied" },
		{ data, "/etc/passwd: Permission denied" },
	};
	struct probe p;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *argv[] = { t[i].file, NULL };

		run(argv, 10000, &p);
		assert_int_equal(p.reason, REASON_PLUGIN_BROKEN);
		assert_int_equal(p.plugin, -1);
		assert_string_equal(p.detail, t[i].detail);
		probe_free(&p);
	}
}

/* No shell has a look at the arguments. */
static void
arguments_as_they_are(void **state)
{
	static char printf_[] = "printf", fmt[] = "[%s]", a[] = "a b",
		    b[] = "$(id)", c[] = "", d[] = "';|'";
	char *argv[] = { printf_, fmt, a, b, c, d, NULL };
	struct probe p;

	(void)state;
	run(argv, 10000, &p);
	assert_string_equal(buf_str(&p.body), "[a b][$(id)][][';|']");
	probe_free(&p);
}

static void
our_descriptors_stay_here(void **state)
{
	int fd = open("/dev/null", O_RDONLY); /* as a library may */
	char script[64];
	struct probe p;

	(void)state;
	assert_true(fd > 2);
	snprintf(script, sizeof script, "test -e /proc/$$/fd/%d && echo %d", fd,
	    fd);
	run_script(script, 10000, &p);
	assert_string_equal(buf_str(&p.body), "");
	probe_free(&p);
	close(fd);
}

static void
output_is_bounded(void **state)
{
	struct probe p;

	(void)state;
	run_script("yes x | head -c 3000000; exit 1", 10000, &p);
	assert_int_equal(p.reason, REASON_PLUGIN_WARNING);
	assert_int_equal(p.body.len, 65535); /* without the last LF */
	assert_true(p.body_full);
	probe_free(&p);
}

static bool
alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

/* Polls: a process of another parent's is gone when init has reaped it. */
static void
assert_dies(pid_t pid)
{
	struct deadline end = deadline_in(5000);
	char path[64], state = 'X';
	FILE *f;

	while (alive(pid) && !deadline_passed(end)) {
		snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
		if ((f = fopen(path, "r")) != NULL) {
			if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
				state = 'X';
			fclose(f);
		}
		/* a zombie that nobody reaps (a container's init) is dead */
		if (state == 'Z')
			return;
		usleep(10000);
	}
	assert_false(alive(pid));
}

static void
timeout_ends_the_group(void **state)
{
	static const char *const script[] = {
		"sleep 60 & echo $!; wait",
		"trap '' TERM; sleep 60 & echo $!; while :; do wait; done",
		"(trap '' TERM; sleep 60) & echo $!; wait",
	};
	int64_t started;
	struct probe p;
	pid_t child;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		started = clock_mono();
		run_script(script[i], 300, &p);
		assert_true(clock_mono() - started < 5000);
		assert_int_equal(p.reason, REASON_PLUGIN_TIMEOUT);
		assert_string_equal(p.detail, "no result in 0.3 s");
		child = (pid_t)strtol(buf_str(&p.body), NULL, 10);
		assert_true(child > 1);
		assert_dies(child);
		probe_free(&p);
	}
}

static void
grandchildren_are_not_waited_for(void **state)
{
	int64_t started = clock_mono();
	struct probe p;
	pid_t child;

	(void)state;
	run_script("sleep 60 & echo $!", 30000, &p);
	assert_true(clock_mono() - started < 5000);
	assert_int_equal(p.reason, REASON_NONE);
	child = (pid_t)strtol(buf_str(&p.body), NULL, 10);
	assert_true(child > 1 && alive(child));
	kill(child, SIGKILL);
	probe_free(&p);
}

static void
many_at_once(void **state)
{
	static char sh[] = "/bin/sh", c[] = "-c",
		    script[] = "sleep 0.2; echo OK";
	char *argv[] = { sh, c, script, NULL };
	struct loop *loop = loop_new();
	struct plugins *plugins = plugins_new(loop);
	struct deadline end = deadline_in(20000);
	struct probe p[MANY];
	int done = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		probe_init(&p[i], 1000);
		plugin_start(plugins, argv, 10000, &p[i], count, &done);
	}
	while (done < MANY && !deadline_passed(end))
		loop_turn(loop, 100);
	assert_int_equal(done, MANY);
	for (size_t i = 0; i < MANY; i++) {
		assert_string_equal(buf_str(&p[i].body), "OK");
		probe_free(&p[i]);
	}
	plugins_free(plugins);
	loop_free(loop);
}

static void
free_kills_what_runs(void **state)
{
	static char sh[] = "/bin/sh", c[] = "-c",
		    script[] = "echo $$; exec sleep 60", no[] = "/nonexistent";
	char *argv[] = { sh, c, script, NULL }, *broken[] = { no, NULL };
	struct loop *loop = loop_new();
	struct plugins *plugins = plugins_new(loop);
	struct probe p[2];
	int done = 0;

	(void)state;
	probe_init(&p[0], 100);
	probe_init(&p[1], 100);
	plugin_start(plugins, argv, 60000, &p[0], count, &done);
	plugin_start(plugins, broken, 60000, &p[1], count, &done);
	plugins_free(plugins);
	plugins_free(NULL);
	assert_int_equal(done, 0);
	probe_free(&p[0]);
	probe_free(&p[1]);
	loop_free(loop);
	/* it may take a moment to die */
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

/* Plugins that others wrote. */
static void
real_plugins(void **state)
{
	static char dummy[] = "/usr/lib/nagios/plugins/check_dummy",
		    two[] = "2", text[] = "the disk";
	char *argv[] = { dummy, two, text, NULL };
	struct probe p;

	(void)state;
	if (access(dummy, X_OK) == -1) {
		print_message("no %s here\n", dummy);
		skip();
	}
	run(argv, 10000, &p);
	assert_int_equal(p.reason, REASON_PLUGIN_CRITICAL);
	assert_string_equal(p.detail, "CRITICAL: the disk");
	probe_free(&p);
}

static void
values(void **state)
{
	static const struct {
		const char *text, *found; /* label=value unit, … */
	} t[] = {
		{ "OK", "" },
		{ "", "" },
		{ "|", "" },
		{ "OK | time=0.123s;2;10;0", "time=0.123s " },
		{ "OK|a=1 b=2%;;;0;100 c=-3.5MB", "a=1 b=2% c=-3.5MB " },
		{ "OK | 'free space'=12GB", "free space=12GB " },
		{ "OK | 'it''s'=1", "it's=1 " },
		{ "OK | '='=1", "==1 " },
		{ "OK | a=U b=1", "b=1 " },
		{ "OK | a=0x1f b=nan c=inf d=1", "d=1 " },
		{ "OK | a=1,5 b=1e3", "b=1000 " },
		{ "OK | a= b=1", "b=1 " },
		{ "OK | nonsense b=1", "b=1 " },
		{ "OK | =3 b=1", "b=1 " },
		{ "OK | 'open=1", "" },
		{ "OK | a=1;@10:20;~:5", "a=1 " },
		{ "OK\na=1", "" },
		{ "OK | a=1\nlong | b=2\nc=3", "a=1 b=2 c=3 " },
		{ "OK\nlong text\nmore | b=2", "b=2 " },
		{ "OK | a=1abcdefghij b=2", "b=2 " },
	};
	struct plugin_value v[8];
	char got[1024];
	size_t n, len;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		n = plugin_values(t[i].text, strlen(t[i].text), v, 8);
		*got = '\0';
		for (size_t k = 0; k < n; k++) {
			len = strlen(got);
			snprintf(got + len, sizeof got - len, "%s=%.15g%s ",
			    v[k].label, v[k].value, v[k].unit);
		}
		if (strcmp(got, t[i].found) != 0)
			fail_msg("%s: %s", t[i].text, got);
	}
	/* counted, but not written */
	assert_int_equal(plugin_values("OK | a=1 b=2 c=3", 16, v, 2), 3);
	assert_int_equal(plugin_values("OK | a=1", 8, NULL, 0), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says),
		cmocka_unit_test(cannot_be_run),
		cmocka_unit_test(arguments_as_they_are),
		cmocka_unit_test(our_descriptors_stay_here),
		cmocka_unit_test(output_is_bounded),
		cmocka_unit_test(timeout_ends_the_group),
		cmocka_unit_test(grandchildren_are_not_waited_for),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(free_kills_what_runs),
		cmocka_unit_test(real_plugins),
		cmocka_unit_test(values),
	};

	signal(SIGPIPE, SIG_IGN); /* as in the program */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
