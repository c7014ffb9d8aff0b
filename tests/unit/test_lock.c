/* SPDX-License-Identifier: ISC */
/* One run at a time, and the heartbeat in the times of a file. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/host/lock.h"
#include "tests/unit/scratch.h"

static int
clean(void **state)
{
	(void)state;
	unlink("db.lock");
	return 0;
}

static enum lock_status
take_and_drop(int wait_ms)
{
	struct lock l;
	enum lock_status s = lock_take(&l, "db", wait_ms);

	lock_drop(&l);
	return s;
}

static void
takes(void **state)
{
	struct stat st;
	struct lock l, other;

	(void)state;
	assert_int_equal(lock_take(&l, "db", 0), LOCK_TAKEN);
	assert_int_not_equal(l.fd, -1);
	assert_int_equal(l.last_start, 0);
	assert_int_equal(l.last_end, 0);
	assert_int_equal(fcntl(l.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(stat("db.lock", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 0);
	/* Even in the same process. */
	assert_int_equal(lock_take(&other, "db", 0), LOCK_BUSY);
	assert_int_equal(other.fd, -1);
	lock_drop(&other);
	/* Closing another descriptor lost a POSIX lock. */
	close(open("db.lock", O_RDWR));
	assert_int_equal(take_and_drop(0), LOCK_BUSY);
	lock_drop(&l);
	lock_drop(&l);
	assert_int_equal(l.fd, -1);
	assert_int_equal(access("db.lock", F_OK), 0);
	assert_int_equal(take_and_drop(0), LOCK_TAKEN);
}

static void
stamps(void **state)
{
	struct lock l, other;

	(void)state;
	assert_int_equal(lock_take(&l, "db", 0), LOCK_TAKEN);
	lock_stamp_start(&l, 1000);
	assert_int_equal(lock_take(&other, "db", 0), LOCK_BUSY);
	assert_int_equal(other.last_start, 1000);
	assert_int_equal(other.last_end, 0);
	lock_stamp_end(&l, 5000000000);
	lock_drop(&l);
	assert_int_equal(lock_take(&l, "db", 0), LOCK_TAKEN);
	assert_int_equal(l.last_start, 1000);
	assert_int_equal(l.last_end, 5000000000);
	lock_stamp_start(&l, 6000000000);
	/* The run before is what counts until the end. */
	assert_int_equal(l.last_start, 1000);
	lock_drop(&l);
	assert_int_equal(lock_take(&l, "db", 0), LOCK_TAKEN);
	assert_int_equal(l.last_start, 6000000000);
	assert_int_equal(l.last_end, 5000000000);
	lock_drop(&l);
}

/* A child that holds it for so long. */
static pid_t
hold(useconds_t us)
{
	struct lock l;
	int pipes[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		if (lock_take(&l, "db", 0) != LOCK_TAKEN)
			_exit(1);
		if (write(pipes[1], "x", 1) == 1)
			usleep(us);
		_exit(0);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	close(pipes[0]);
	return pid;
}

static void
waits(void **state)
{
	int64_t before;
	pid_t pid;

	(void)state;
	pid = hold(200000);
	before = clock_mono();
	assert_int_equal(take_and_drop(60), LOCK_BUSY);
	assert_true(clock_mono() - before >= 60);
	assert_int_equal(take_and_drop(10000), LOCK_TAKEN);
	assert_true(clock_mono() - before < 5000);
	waitpid(pid, NULL, 0);
}

static void
killed(void **state)
{
	pid_t pid;

	(void)state;
	pid = hold(60000000);
	assert_int_equal(take_and_drop(0), LOCK_BUSY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(take_and_drop(0), LOCK_TAKEN);
}

/* Handed down: the holder ends, the heir keeps others out. */
static void
inherits(void **state)
{
	struct lock l, heir;
	int fd;

	(void)state;
	assert_int_equal(lock_take(&l, "db", 0), LOCK_TAKEN);
	lock_stamp_start(&l, 42);
	lock_share(&l);
	assert_int_equal(fcntl(l.fd, F_GETFD), 0);
	fd = dup(l.fd); /* what exec leaves us */
	assert_int_equal(lock_inherit(&heir, "db", fd), LOCK_TAKEN);
	assert_int_equal(heir.fd, fd);
	assert_int_equal(heir.last_start, 42);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(l.fd);
	assert_int_equal(take_and_drop(0), LOCK_BUSY);
	lock_drop(&heir);
	assert_int_equal(take_and_drop(0), LOCK_TAKEN);
}

static void
inherits_wrong(void **state)
{
	struct lock l, heir;
	int fd;

	(void)state;
	assert_int_equal(lock_take(&l, "db", 0), LOCK_TAKEN);
	assert_int_equal(lock_inherit(&heir, "db", -1), LOCK_ERROR);
	assert_int_equal(errno, EBADF);
	assert_int_equal(lock_inherit(&heir, "db", 999), LOCK_ERROR);
	fd = open("/dev/null", O_RDWR);
	assert_int_equal(lock_inherit(&heir, "db", fd), LOCK_ERROR);
	assert_int_equal(errno, EBADF);
	assert_int_equal(heir.fd, -1);
	close(fd); /* was left alone */
	assert_int_equal(lock_inherit(&heir, "other", l.fd), LOCK_ERROR);
	/* The right file, but opened anew: the lock is another's. */
	fd = open("db.lock", O_RDWR);
	assert_int_equal(lock_inherit(&heir, "db", fd), LOCK_BUSY);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	lock_drop(&l);
	fd = open("db.lock", O_RDONLY);
	assert_int_equal(lock_inherit(&heir, "db", fd), LOCK_ERROR);
}

static void
errors(void **state)
{
	struct lock l;

	(void)state;
	assert_int_equal(lock_take(&l, "none/db", 0), LOCK_ERROR);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(l.fd, -1);
	assert_int_equal(symlink("target", "db.lock"), 0);
	assert_int_equal(lock_take(&l, "db", 0), LOCK_ERROR);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(access("target", F_OK), -1);
	unlink("db.lock");
	assert_int_equal(mkdir("db.lock", 0700), 0);
	assert_int_equal(lock_take(&l, "db", 0), LOCK_ERROR);
	assert_int_equal(errno, EISDIR);
	rmdir("db.lock");
	assert_int_equal(take_and_drop(0), LOCK_TAKEN);
	assert_int_equal(link("db.lock", "twin"), 0);
	assert_int_equal(lock_take(&l, "db", 0), LOCK_ERROR);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(l.fd, -1);
	unlink("twin");
}

/* Many at once: never two, and never nobody. */
static void
race(void **state)
{
	struct lock l;
	int i, k, status, fd;

	(void)state;
	for (i = 0; i < 8; i++)
		if (fork() == 0) {
			for (k = 0; k < 20; k++) {
				if (lock_take(&l, "db", 30000) != LOCK_TAKEN)
					_exit(1);
				fd = open("mine", O_CREAT | O_EXCL, 0600);
				if (fd == -1)
					_exit(2);
				unlink("mine");
				close(fd);
				lock_drop(&l);
			}
			_exit(0);
		}
	for (i = 0; i < 8; i++) {
		wait(&status);
		assert_int_equal(status, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(takes, clean),
		cmocka_unit_test_teardown(stamps, clean),
		cmocka_unit_test_teardown(waits, clean),
		cmocka_unit_test_teardown(killed, clean),
		cmocka_unit_test_teardown(inherits, clean),
		cmocka_unit_test_teardown(inherits_wrong, clean),
		cmocka_unit_test_teardown(errors, clean),
		cmocka_unit_test_teardown(race, clean),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
