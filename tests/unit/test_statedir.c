/* SPDX-License-Identifier: ISC */
/* Where the state may lie, and where it lies when nobody said. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/host/statedir.h"
#include "tests/unit/scratch.h"

/* Takes the place of libc's: the file system is of the type we say. */
static uint32_t fs_type;
static int fs_errno;

int
statfs(const char *path, struct statfs *fs)
{
	(void)path;
	memset(fs, 0, sizeof *fs);
	/* As the kernel gives it on a machine where the type is signed. */
	fs->f_type = (int32_t)fs_type;
	errno = fs_errno;
	return fs_errno == 0 ? 0 : -1;
}

static int
reset(void **state)
{
	(void)state;
	fs_type = 0xef53;
	fs_errno = 0;
	unsetenv("SITEWATCH_ANY_FS");
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("STATE_DIRECTORY");
	unsetenv("CONFIGURATION_DIRECTORY");
	setenv("HOME", scratch_dir(), 1);
	return 0;
}

/* The verdict has this in it; NULL: there is none. */
static void
expect(char *verdict, const char *part)
{
	if (part == NULL)
		assert_null(verdict);
	else if (verdict == NULL || strstr(verdict, part) == NULL)
		fail_msg("'%s' has no '%s'", verdict, part);
	free(verdict);
}

static void
makes(void **state)
{
	struct stat st;

	(void)state;
	expect(statedir_check("state/a.db"), "install -d -m 700 state");
	assert_int_equal(access("state", F_OK), -1);
	expect(statedir_prepare("state/a.db"), NULL);
	assert_int_equal(stat("state", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	expect(statedir_prepare("state//a.db"), NULL);
	expect(statedir_check("state/a.db"), NULL);
	expect(statedir_check("a.db"), NULL);
	assert_int_equal(rmdir("state"), 0);
	/* The last component only. */
	expect(statedir_prepare("state/deep/a.db"),
	    "state/deep: cannot be made: No such file");
	assert_int_equal(access("state", F_OK), -1);
}

static void
modes(void **state)
{
	static const struct {
		mode_t mode;
		bool good;
	} table[] = {
		{ 0700, true },
		{ 0755, true },
		{ 0750, true },
		{ 0770, false },
		{ 0702, false },
		{ 0720, false },
		{ 01777, false },
		{ 02755, true },
	};
	size_t i;

	(void)state;
	assert_int_equal(mkdir("state", 0700), 0);
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(chmod("state", table[i].mode), 0);
		expect(statedir_prepare("state/a.db"),
		    table[i].good ? NULL : "others can write there");
		expect(statedir_check("state/a.db"),
		    table[i].good ? NULL : "chmod go-w state");
	}
	if (geteuid() == 0) {
		assert_int_equal(chmod("state", 0700), 0);
		assert_int_equal(chown("state", 65534, 0), 0);
		expect(statedir_check("state/a.db"), "belongs to user 65534");
	}
	assert_int_equal(rmdir("state"), 0);
	expect(statedir_check("/tmp/a.db"), "others can write there");
}

static void
no_directory(void **state)
{
	int fd = open("state", O_WRONLY | O_CREAT, 0600);

	(void)state;
	close(fd);
	expect(statedir_prepare("state/a.db"), "is no directory");
	unlink("state");
	assert_int_equal(symlink("nowhere", "state"), 0);
	expect(statedir_prepare("state/a.db"), "No such file");
	unlink("state");
}

static void
file_systems(void **state)
{
	static const uint32_t remote[] = { 0x6969, 0xff534d42, 0xfe534d42,
		0x517b, 0x01021997, 0x65735546, 0x00c36400, 0x5346414f, 0x564c,
		0x73757245 };
	static const uint32_t local[] = { 0xef53, 0x58465342, 0x9123683e,
		0x01021994, 0x794c7630 };
	size_t i;

	(void)state;
	assert_int_equal(mkdir("state", 0700), 0);
	for (i = 0; i < sizeof remote / sizeof *remote; i++) {
		fs_type = remote[i];
		expect(statedir_check("state/a.db"), "SITEWATCH_ANY_FS=1");
		setenv("SITEWATCH_ANY_FS", "1", 1);
		expect(statedir_check("state/a.db"), NULL);
		setenv("SITEWATCH_ANY_FS", "0", 1);
		expect(statedir_check("state/a.db"), "local file system");
		unsetenv("SITEWATCH_ANY_FS");
	}
	for (i = 0; i < sizeof local / sizeof *local; i++) {
		fs_type = local[i];
		expect(statedir_check("state/a.db"), NULL);
	}
	fs_errno = EIO;
	expect(statedir_check("state/a.db"), "cannot be asked: Input/output");
	assert_int_equal(rmdir("state"), 0);
}

/* The parents are made in the place that we chose ourselves, only. */
static void
xdg(void **state)
{
	char path[200];
	struct stat st;

	(void)state;
	snprintf(path, sizeof path, "%s/.local/state/sitewatch/a.db",
	    scratch_dir());
	expect(statedir_prepare(path), NULL);
	assert_int_equal(stat(".local", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(rmdir(".local/state/sitewatch"), 0);
	assert_int_equal(rmdir(".local/state"), 0);
	assert_int_equal(rmdir(".local"), 0);
	snprintf(path, sizeof path, "%s/x/y", scratch_dir());
	setenv("XDG_STATE_HOME", path, 1);
	snprintf(path, sizeof path, "%s/x/y/sitewatch/a.db", scratch_dir());
	expect(statedir_prepare(path), NULL);
	assert_int_equal(rmdir("x/y/sitewatch"), 0);
	assert_int_equal(rmdir("x/y"), 0);
	assert_int_equal(rmdir("x"), 0);
	/* A relative one does not count. */
	setenv("XDG_STATE_HOME", "x/y", 1);
	expect(statedir_prepare("x/y/sitewatch/a.db"), "cannot be made");
	/* Somebody's file in the way. */
	close(open(".local", O_WRONLY | O_CREAT, 0600));
	snprintf(path, sizeof path, "%s/.local/state/sitewatch/a.db",
	    scratch_dir());
	expect(statedir_prepare(path), "cannot be made: Not a directory");
	unlink(".local");
}

static void
is_path(char *path, const char *expected)
{
	assert_string_equal(path, expected);
	free(path);
}

static void
systemd(void **state)
{
	(void)state;
	setenv("STATE_DIRECTORY", "/var/lib/a", 1);
	is_path(statedir_state_path("watchdog.db"), "/var/lib/a/watchdog.db");
	setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
	is_path(statedir_state_path("x.db"), "/var/lib/a/x.db");
	setenv("CONFIGURATION_DIRECTORY", "/etc/a", 1);
	is_path(statedir_conf_path("x.conf"), "/etc/a/x.conf");
}

static void
places(void **state)
{
	char path[200];

	(void)state;
	/* What is not absolute does not count. */
	setenv("STATE_DIRECTORY", "a", 1);
	setenv("CONFIGURATION_DIRECTORY", "", 1);
	if (geteuid() == 0) {
		is_path(statedir_state_path("x.db"), "/var/lib/sitewatch/x.db");
		is_path(statedir_conf_path("x.conf"), "/etc/sitewatch/x.conf");
		/* And as somebody else. */
		if (seteuid(65534) == -1)
			skip();
	}
	snprintf(path, sizeof path, "%s/.local/state/sitewatch/x.db",
	    scratch_dir());
	is_path(statedir_state_path("x.db"), path);
	snprintf(path, sizeof path, "%s/.config/sitewatch/x.conf",
	    scratch_dir());
	is_path(statedir_conf_path("x.conf"), path);
	setenv("XDG_CONFIG_HOME", "/c", 1);
	setenv("XDG_STATE_HOME", "/s", 1);
	is_path(statedir_conf_path("x.conf"), "/c/sitewatch/x.conf");
	is_path(statedir_state_path("x.db"), "/s/sitewatch/x.db");
	unsetenv("HOME");
	setenv("XDG_STATE_HOME", "relative", 1);
	free(statedir_state_path("x.db")); /* whatever passwd(5) says */
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(makes, reset),
		cmocka_unit_test_setup(modes, reset),
		cmocka_unit_test_setup(no_directory, reset),
		cmocka_unit_test_setup(file_systems, reset),
		cmocka_unit_test_setup(xdg, reset),
		cmocka_unit_test_setup(systemd, reset),
		cmocka_unit_test_setup(places, reset),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
