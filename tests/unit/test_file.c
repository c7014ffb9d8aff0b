/* SPDX-License-Identifier: ISC */
/* Opening, reading and writing files; what is refused. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/host/file.h"
#include "tests/unit/scratch.h"

static int
leave(void **state)
{
	unlink("a");
	return scratch_leave(state);
}

static void
put(const char *name, const void *p, size_t n, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_true(file_write(fd, p, n));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
opens(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	put("a", "abc", 3, 0600);
	fd = file_open("a", &st);
	assert_int_not_equal(fd, -1);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	assert_int_equal(symlink("a", "link"), 0);
	fd = file_open("link", &st);
	assert_int_not_equal(fd, -1);
	close(fd);
	unlink("link");
}

static void
refuses(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "sock" };
	struct stat st;
	int fd;

	(void)state;
	alarm(10); /* a FIFO without a writer would block */
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(file_open("fifo", &st), -1);
	assert_int_equal(errno, EINVAL);
	unlink("fifo");
	alarm(0);
	assert_int_equal(file_open("/dev/null", &st), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(file_open(".", &st), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(file_open("none", &st), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_open("", &st), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(file_open("loop", &st), -1);
	assert_int_equal(errno, ELOOP);
	unlink("loop");
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	assert_int_equal(file_open("sock", &st), -1);
	assert_int_equal(errno, EINVAL);
	close(fd);
	unlink("sock");
}

static void
reads(void **state)
{
	char b[8];
	struct stat st;
	int fd;

	(void)state;
	put("a", "abcdef", 6, 0600);
	fd = file_open("a", &st);
	assert_int_equal(file_pread(fd, b, 4, 0), 4);
	assert_memory_equal(b, "abcd", 4);
	assert_int_equal(file_pread(fd, b, 8, 3), 3);
	assert_memory_equal(b, "def", 3);
	assert_int_equal(file_pread(fd, b, 8, 6), 0);
	assert_int_equal(file_pread(fd, b, 8, 1000), 0);
	assert_int_equal(file_pread(fd, b, 0, 0), 0);
	close(fd);
	assert_int_equal(file_pread(fd, b, 1, 0), -1);
	assert_int_equal(errno, EBADF);
}

static void
writes(void **state)
{
	static char big[300000];
	int pipes[2], fd = open("/dev/full", O_WRONLY);
	ssize_t k;
	size_t got = 0;

	(void)state;
	assert_false(file_write(fd, "x", 1));
	assert_int_equal(errno, ENOSPC);
	assert_true(file_write(fd, "", 0));
	close(fd);
	/* A pipe takes it in pieces. */
	assert_int_equal(pipe(pipes), 0);
	if (fork() == 0) {
		memset(big, 'x', sizeof big);
		_exit(file_write(pipes[1], big, sizeof big) ? 0 : 1);
	}
	close(pipes[1]);
	while ((k = read(pipes[0], big, 10000)) > 0)
		got += (size_t)k;
	assert_int_equal(got, sizeof big);
	close(pipes[0]);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(pipes), 0);
	close(pipes[0]);
	assert_false(file_write(pipes[1], "x", 1));
	assert_int_equal(errno, EPIPE);
	close(pipes[1]);
}

static void
slurps(void **state)
{
	static char big[100000];
	struct buf b;

	(void)state;
	memset(big, 'q', sizeof big);
	put("a", big, sizeof big, 0644);
	buf_init(&b, sizeof big + 1);
	buf_adds(&b, "<");
	assert_true(file_slurp("a", &b));
	assert_int_equal(b.len, sizeof big + 1);
	assert_int_equal(b.p[0], '<');
	assert_memory_equal(b.p + 1, big, sizeof big);
	buf_free(&b);
	buf_init(&b, sizeof big);
	buf_adds(&b, "<");
	assert_false(file_slurp("a", &b));
	assert_int_equal(errno, EFBIG);
	assert_string_equal(buf_str(&b), "<");
	assert_false(file_slurp("none", &b));
	assert_int_equal(errno, ENOENT);
	put("a", "", 0, 0600);
	assert_true(file_slurp("a", &b));
	assert_string_equal(buf_str(&b), "<");
	put("a", "\0\xff", 2, 0600);
	assert_true(file_slurp("a", &b));
	assert_memory_equal(b.p, "<\0\xff", 4);
	buf_free(&b);
}

static void
secrets(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		mode_t mode;
		int error;
	} table[] = {
		{ "s3cret\n", 7, 0600, 0 },
		{ "s3cret", 6, 0400, 0 },
		{ "s3cret\n", 7, 0640, EACCES },
		{ "s3cret\n", 7, 0604, EACCES },
		{ "s3cret\n", 7, 0610, EACCES },
		{ "s3cret\n", 7, 0602, EACCES },
		{ "", 0, 0600, EINVAL },
		{ "\n", 1, 0600, EINVAL },
		{ "a\nb\n", 4, 0600, EINVAL },
		{ "a\n\n", 3, 0600, EINVAL },
		{ "a\0b\n", 4, 0600, EINVAL },
	};
	char big[1026];
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 2000);
	for (i = 0; i < sizeof table / sizeof *table; i++) {
		put("a", table[i].in, table[i].n, table[i].mode);
		buf_reset(&b);
		errno = 0;
		assert_int_equal(file_secret("a", &b), table[i].error == 0);
		if (table[i].error != 0)
			assert_int_equal(errno, table[i].error);
		assert_string_equal(buf_str(&b),
		    table[i].error == 0 ? "s3cret" : "");
		unlink("a");
	}
	memset(big, 'x', sizeof big);
	put("a", big, 1024, 0600);
	assert_true(file_secret("a", &b));
	assert_int_equal(b.len, 1024);
	put("a", big, 1025, 0600);
	assert_false(file_secret("a", &b));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(b.len, 1024);
	assert_false(file_secret("none", &b));
	assert_int_equal(errno, ENOENT);
	buf_free(&b);
	buf_init(&b, 3);
	put("a", "abcd", 4, 0600);
	assert_false(file_secret("a", &b));
	assert_int_equal(errno, EFBIG);
	if (geteuid() == 0) {
		assert_int_equal(chown("a", 65534, 65534), 0);
		assert_false(file_secret("a", &b));
		assert_int_equal(errno, EACCES);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),
		cmocka_unit_test(refuses),
		cmocka_unit_test(reads),
		cmocka_unit_test(writes),
		cmocka_unit_test(slurps),
		cmocka_unit_test(secrets),
	};

	return cmocka_run_group_tests(tests, scratch_enter, leave);
}
