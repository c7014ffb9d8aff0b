/* SPDX-License-Identifier: ISC */
/* Blocks of whole lines: borders, over-long lines, pipes. */
#include "watchdog/read/reader.h"

#include <sys/socket.h>
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "tests/unit/reader_aid.h"
#include "watchdog/read/cut.h"
#include "watchdog/read/input.h"

static void
small(void **state)
{
	static const struct {
		const char *p;
		size_t n;
	} t[] = {
		{ "", 0 },
		{ "\n", 1 },
		{ "\n\n\n", 3 },
		{ "a", 1 },
		{ "a\n", 2 },
		{ "a\nb", 3 },
		{ "a\r\nb\rc\n", 8 },
		{ "\0\0\0a\0\n\0", 7 },
		{ "\xff\xfe\n\x0a", 4 },
		{ "\0", 1 },
		{ "\0\n", 2 },
		{ "a\n\0\0", 4 },
		{ "a\n\0\0b", 5 },
		{ "a\0\0\nb\n\0\0c\n\n\0\n", 13 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		aid_check(t[i].p, t[i].n, "small");
}

/* Lines whose length is about a limit, in front of and behind others. */
static void
long_lines(void **state)
{
	static const size_t len[] = { READER_LINE - 1, READER_LINE,
		READER_LINE + 1, READER_LINE + 2, 2 * READER_LINE,
		READER_BLOCK - 1, READER_BLOCK, READER_BLOCK + 1,
		READER_BLOCK + READER_LINE, 3 * READER_BLOCK + 17 };
	size_t i, n, room = 4 * READER_BLOCK + 64;
	char *p = xmalloc(room);

	(void)state;
	for (i = 0; i < sizeof len / sizeof *len; i++) {
		for (int with = 0; with < 8; with++) {
			n = 0;
			if (with & 1) {
				memcpy(p, "before\n\n", 8);
				n = 8;
			}
			for (size_t k = 0; k < len[i]; k++)
				p[n++] = (char)('a' + k % 26);
			if (with & 2)
				p[n++] = '\n';
			if (with & 4) {
				memcpy(p + n, "\nbehind\nx", 9);
				n += 9;
			}
			assert_true(n <= room);
			aid_check(p, n, "long");
		}
	}
	free(p);
}

static void
many_lines(void **state)
{
	size_t n = READER_BLOCK + 3 * READER_LINES;
	char *p = xmalloc(n);
	unsigned seed = 3;
	struct got got;
	int fd;

	(void)state;
	memset(p, '\n', n);
	aid_check(p, n, "line ends");
	for (int dense = 2; dense < 4000; dense *= 3) {
		for (size_t i = 0; i < n; i++)
			p[i] = rand_r(&seed) % dense == 0 ? '\n' : 'x';
		aid_check(p, n, "dense");
	}
	fd = aid_file(p, n);
	aid_read(&got, fd, 0, REST, true);
	/* no more blocks than it takes, and one for what has no end */
	assert_true(got.blocks <= n / READER_BLOCK + 2);
	buf_free(&got.lines);
	close(fd);
	free(p);
}

/* However a pipe hands it out, the lines are the same. */
static void
pipes(void **state)
{
	static const char text[] = "one\n\n\0three\nfour\r\n\nfi\nve";
	size_t n = sizeof text - 1;
	struct got want, got;
	int s[2];

	(void)state;
	for (int finished = 0; finished < 2; finished++) {
		aid_expect(&want, text, n, 0, finished);
		for (size_t a = 1; a < n; a++) {
			for (size_t b = a + 1; b < n; b++) {
				socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s);
				send(s[0], text, a, 0);
				send(s[0], text + a, b - a, 0);
				send(s[0], text + b, n - b, 0);
				close(s[0]);
				aid_read(&got, s[1], 0, -1, finished);
				aid_same(&want, &got, "pipe", a * 100 + b);
				buf_free(&got.lines);
				close(s[1]);
			}
		}
		buf_free(&want.lines);
	}
}

/* Writes all of it from another process, in pieces. */
static pid_t
writer(int fd, const char *p, size_t n, size_t piece)
{
	pid_t pid = fork();
	size_t k;

	assert_int_not_equal(pid, -1);
	if (pid != 0) {
		close(fd);
		return pid;
	}
	for (size_t i = 0; i < n; i += k) {
		k = n - i < piece ? n - i : piece;
		if (write(fd, p + i, k) != (ssize_t)k)
			_exit(1);
	}
	_exit(0);
}

static void
long_lines_in_pipes(void **state)
{
	static const size_t piece[] = { 1000, 4096, READER_LINE,
		READER_LINE + 1 };
	static const size_t mark[] = { 5, 5 + READER_LINE, 7 + 2 * READER_LINE,
		9 + READER_BLOCK + READER_LINE,
		3 * READER_BLOCK - READER_LINE - 1 };
	static char p[3 * READER_BLOCK];
	size_t n = sizeof p;
	struct got want, got;
	int fd[2], status;
	pid_t pid;

	(void)state;
	memset(p, 'y', n);
	for (size_t i = 0; i < sizeof mark / sizeof *mark; i++)
		p[mark[i]] = '\n';
	for (int finished = 0; finished < 2; finished++) {
		aid_expect(&want, p, n, 0, finished);
		for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
			assert_int_equal(pipe(fd), 0);
			pid = writer(fd[1], p, n, piece[i]);
			aid_read(&got, fd[0], 0, -1, finished);
			aid_same(&want, &got, "pieces of", piece[i]);
			buf_free(&got.lines);
			close(fd[0]);
			assert_int_equal(waitpid(pid, &status, 0), pid);
			assert_int_equal(status, 0);
		}
		buf_free(&want.lines);
	}
}

static void
on_signal(int sig)
{
	(void)sig;
}

/* A pipe that somebody made non-blocking, and signals meanwhile. */
static void
interrupted(void **state)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct timespec ms = { 0, 3000000 };
	struct got want, got;
	int fd[2], status;
	pid_t pid, parent = getpid();

	(void)state;
	sigaction(SIGUSR1, &sa, NULL);
	aid_expect(&want, "a\nb\n", 4, 0, false);
	for (int nonblock = 0; nonblock < 2; nonblock++) {
		assert_int_equal(pipe(fd), 0);
		if (nonblock)
			fcntl(fd[0], F_SETFL, O_NONBLOCK);
		pid = fork();
		if (pid == 0) {
			nanosleep(&ms, NULL);
			kill(parent, SIGUSR1);
			nanosleep(&ms, NULL);
			if (write(fd[1], "a\nb", 3) != 3)
				_exit(1);
			nanosleep(&ms, NULL);
			kill(parent, SIGUSR1);
			nanosleep(&ms, NULL);
			_exit(write(fd[1], "\n", 1) != 1);
		}
		close(fd[1]);
		aid_read(&got, fd[0], 0, -1, false);
		aid_same(&want, &got, "signals", (size_t)nonblock);
		buf_free(&got.lines);
		close(fd[0]);
		/* the signals may be for this call too */
		while (waitpid(pid, &status, 0) == -1)
			assert_int_equal(errno, EINTR);
		assert_int_equal(status, 0);
	}
	buf_free(&want.lines);
}

static void
limits(void **state)
{
	static const char text[] = "one\ntwo\nthree\n";
	int fd = aid_file(text, sizeof text - 1);
	struct got got;

	(void)state;
	/* a line that the limit cuts waits, or is the last */
	aid_read(&got, fd, 4, 10, false);
	assert_string_equal(buf_str(&got.lines), "4:3:0:1:twoo\n");
	assert_int_equal(got.offset, 8);
	assert_int_equal(got.pending, 2);
	buf_free(&got.lines);
	aid_read(&got, fd, 4, 10, true);
	assert_string_equal(buf_str(&got.lines), "4:3:0:1:twoo\n8:2:0:0:thh\n");
	assert_int_equal(got.offset, 10);
	assert_int_equal(got.pending, 0);
	buf_free(&got.lines);
	/* nothing to read, nothing wrong */
	aid_read(&got, fd, 10, 4, true);
	assert_int_equal(got.lines.len, 0);
	aid_read(&got, fd, 100, 200, true);
	assert_int_equal(got.lines.len, 0);
	assert_int_equal(got.offset, 100);
	/* the position of a file is left alone */
	assert_int_equal(lseek(fd, 0, SEEK_CUR), sizeof text - 1);
	/* an empty stretch is no pipe */
	lseek(fd, 0, SEEK_SET);
	aid_read(&got, fd, 0, 0, true);
	assert_int_equal(got.lines.len, 0);
	/* end -1 begins where the descriptor is */
	lseek(fd, 8, SEEK_SET);
	aid_read(&got, fd, 0, -1, true);
	assert_string_equal(buf_str(&got.lines), "0:5:0:1:threee\n");
	buf_free(&got.lines);
	close(fd);
}

static void
errors(void **state)
{
	struct input *in = input_file(-1);
	struct reader *r = reader_new(in, 0, 10, true);
	struct lines l;
	int fd;

	(void)state;
	errno = 0;
	assert_int_equal(reader_next(r, &l), READER_ERROR);
	assert_int_equal(errno, EBADF);
	assert_int_equal(reader_next(r, &l), READER_ERROR);
	assert_int_equal(reader_offset(r), 0);
	reader_free(r);
	input_free(in);
	fd = open("/tmp", O_RDONLY);
	in = input_pipe(fd);
	r = reader_new(in, 0, -1, true);
	assert_int_equal(reader_next(r, &l), READER_ERROR);
	assert_int_equal(errno, EISDIR);
	reader_free(r);
	input_free(in);
	close(fd);
	reader_free(NULL);
}

/* A file that is truncated under the reader just ends. */
static void
shrinks(void **state)
{
	size_t n = 2 * READER_BLOCK;
	char *p = xmalloc(n);
	struct input *in;
	struct reader *r;
	struct lines l;
	int fd;

	(void)state;
	memset(p, 'z', n);
	for (size_t i = 99; i < n; i += 100)
		p[i] = '\n';
	fd = aid_file(p, n);
	in = input_file(fd);
	r = reader_new(in, 0, (int64_t)n, true);
	assert_int_equal(reader_next(r, &l), READER_LINES_READ);
	assert_int_equal(ftruncate(fd, 10), 0);
	/* what was read in part is handed out */
	assert_int_equal(reader_next(r, &l), READER_LINES_READ);
	assert_int_equal(l.n, 1);
	assert_int_equal(reader_next(r, &l), READER_END);
	assert_int_equal(reader_offset(r), READER_BLOCK);
	reader_free(r);
	input_free(in);
	close(fd);
	free(p);
}

/* The vector code against the plain, for all lengths and densities. */
static void
cuts(void **state)
{
	static uint32_t a[2048 + CUT_SLACK], b[2048 + CUT_SLACK];
	unsigned seed = 5;
	size_t n, k, max;
	char *p;

	(void)state;
	for (n = 0; n < 700; n++) {
		p = xmalloc(n); /* exactly so long, for the sanitizers */
		for (int dense = 1; dense < 400; dense *= 2) {
			for (size_t i = 0; i < n; i++)
				p[i] = rand_r(&seed) % dense == 0 ?
				    '\n' :
				    (char)(rand_r(&seed) % 256);
			max = rand_r(&seed) % 3 == 0 ?
			    2048 :
			    (size_t)(rand_r(&seed) % 40);
			k = cut_lines(p, n, a, max);
			assert_true(k <= max);
			assert_int_equal(k, cut_lines_plain(p, n, b, max));
			assert_memory_equal(a, b, k * sizeof *a);
			if (k < max)
				assert_null(memchr(p + (k > 0 ? a[k - 1] : 0),
				    '\n', n - (k > 0 ? a[k - 1] : 0)));
		}
		free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(many_lines),
		cmocka_unit_test(pipes),
		cmocka_unit_test(long_lines_in_pipes),
		cmocka_unit_test(interrupted),
		cmocka_unit_test(limits),
		cmocka_unit_test(errors),
		cmocka_unit_test(shrinks),
		cmocka_unit_test(cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
