/* SPDX-License-Identifier: ISC */
/* Blocks of whole lines: borders, over-long lines, holes, pipes. */
#define _GNU_SOURCE /* SEEK_DATA */
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
#include "watchdog/read/cut.h"
#include "watchdog/read/input.h"

#define REST INT64_MAX /* up to wherever the file ends */

/* An open, unlinked file with these bytes. */
static int
file_with(const char *p, size_t n)
{
	char path[] = "/tmp/test_reader.XXXXXX";
	int fd = mkstemp(path);
	ssize_t k;

	assert_int_not_equal(fd, -1);
	unlink(path);
	for (; n > 0; n -= (size_t)k, p += k) {
		k = write(fd, p, n);
		assert_true(k > 0);
	}
	return fd;
}

/* "offset:length:cut:ended:first bytes:last byte, for each line: enough to
 * compare two ways to read the same; "offset hole length" for a hole. */
static void
describe(struct buf *b, const struct lines *l)
{
	const char *p;
	size_t n;

	assert_true(l->n <= READER_LINES);
	assert_true(l->cut == 0 || l->n == 1);
	assert_true(l->n > 0 ? l->hole == 0 : l->hole > 0);
	if (l->n == 0)
		buf_addf(b, "%lld hole %lld\n",
		    (long long)(l->offset - l->hole), (long long)l->hole);
	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &n);
		assert_true(n <= READER_LINE);
		assert_null(memchr(p, '\n', n));
		buf_addf(b,
		    "%lld:%zu:%lld:%d:", (long long)l->offset + (p - l->p), n,
		    (long long)l->cut, p + n < l->p + l->end[i]);
		buf_add(b, p, n < 8 ? n : 8);
		buf_addc(b, n > 0 ? p[n - 1] : '-');
		buf_addc(b, '\n');
	}
}

struct got {
	struct buf lines;
	int64_t offset, pending;
	size_t blocks;
};

static void
read_it(struct got *g, int fd, int64_t from, int64_t end, bool finished)
{
	struct input *in = end < 0 ? input_pipe(fd) : input_file(fd);
	struct reader *r = reader_new(in, from, end, finished);
	enum reader_status st;
	struct lines l;
	int64_t at = from;

	buf_init(&g->lines, 1 << 26);
	assert_int_equal(reader_offset(r), from);
	assert_int_equal(reader_pending(r), 0);
	for (g->blocks = 0; (st = reader_next(r, &l)) == READER_LINES_READ;
	     g->blocks++) {
		at += l.hole;
		assert_int_equal(l.offset, at);
		at += l.cut + (l.n > 0 ? l.end[l.n - 1] : 0);
		assert_int_equal(reader_offset(r), at);
		describe(&g->lines, &l);
	}
	assert_int_equal(st, READER_END);
	assert_int_equal(reader_next(r, &l), READER_END);
	g->offset = reader_offset(r);
	g->pending = reader_pending(r);
	reader_free(r);
	input_free(in);
}

/* What should come of it, the slow way. */
static void
expect(struct got *g, const char *p, size_t n, int64_t from, bool finished)
{
	size_t i = (size_t)from, end, len, keep;
	const char *lf;

	buf_init(&g->lines, 1 << 26);
	for (; i < n; i = end) {
		for (end = i; end < n && p[end] == '\0'; end++)
			;
		if (end == n && !finished)
			break;
		if (end > i) {
			buf_addf(&g->lines, "%zu hole %zu\n", i, end - i);
			continue;
		}
		lf = memchr(p + i, '\n', n - i);
		end = lf != NULL ? (size_t)(lf + 1 - p) : n;
		if (lf == NULL && !finished)
			break;
		len = end - i - (lf != NULL);
		keep = len < READER_LINE ? len : READER_LINE;
		buf_addf(&g->lines, "%zu:%zu:%zu:%d:", i, keep, len - keep,
		    lf != NULL);
		buf_add(&g->lines, p + i, keep < 8 ? keep : 8);
		buf_addc(&g->lines, keep > 0 ? p[i + keep - 1] : '-');
		buf_addc(&g->lines, '\n');
	}
	g->offset = (int64_t)i;
	g->pending = (int64_t)(n - i);
}

static void
same(const struct got *a, const struct got *b, const char *what, size_t where)
{
	const char *x = buf_str(&a->lines), *y = buf_str(&b->lines);
	size_t i = 0;

	while (i < a->lines.len && i < b->lines.len && x[i] == y[i])
		i++;
	if (i < a->lines.len || i < b->lines.len || a->offset != b->offset ||
	    a->pending != b->pending)
		fail_msg("%s %zu: differs at %zu: \"%.40s\", expected "
			 "\"%.40s\"; at %lld + %lld, expected %lld + %lld",
		    what, where, i, y + i, x + i, (long long)b->offset,
		    (long long)b->pending, (long long)a->offset,
		    (long long)a->pending);
}

/* As a file, finished or not, and from a few offsets. */
static void
check_file(const char *p, size_t n, const char *what)
{
	int fd = file_with(p, n);
	struct got want, got;

	for (int finished = 0; finished < 2; finished++) {
		for (size_t from = 0; from <= n; from += 1 + n / 3) {
			expect(&want, p, n, (int64_t)from, finished);
			read_it(&got, fd, (int64_t)from, REST, finished);
			same(&want, &got, what, from);
			buf_free(&got.lines);
			/* a limit inside the file is an end like any other */
			read_it(&got, fd, (int64_t)from, (int64_t)n, finished);
			same(&want, &got, what, from);
			buf_free(&got.lines);
			buf_free(&want.lines);
		}
	}
	close(fd);
}

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
		check_file(t[i].p, t[i].n, "small");
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
			check_file(p, n, "long");
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
	check_file(p, n, "line ends");
	for (int dense = 2; dense < 4000; dense *= 3) {
		for (size_t i = 0; i < n; i++)
			p[i] = rand_r(&seed) % dense == 0 ? '\n' : 'x';
		check_file(p, n, "dense");
	}
	fd = file_with(p, n);
	read_it(&got, fd, 0, REST, true);
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
		expect(&want, text, n, 0, finished);
		for (size_t a = 1; a < n; a++) {
			for (size_t b = a + 1; b < n; b++) {
				socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s);
				send(s[0], text, a, 0);
				send(s[0], text + a, b - a, 0);
				send(s[0], text + b, n - b, 0);
				close(s[0]);
				read_it(&got, s[1], 0, -1, finished);
				same(&want, &got, "pipe", a * 100 + b);
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
		expect(&want, p, n, 0, finished);
		for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
			assert_int_equal(pipe(fd), 0);
			pid = writer(fd[1], p, n, piece[i]);
			read_it(&got, fd[0], 0, -1, finished);
			same(&want, &got, "pieces of", piece[i]);
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
	expect(&want, "a\nb\n", 4, 0, false);
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
		read_it(&got, fd[0], 0, -1, false);
		same(&want, &got, "signals", (size_t)nonblock);
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
	int fd = file_with(text, sizeof text - 1);
	struct got got;

	(void)state;
	/* a line that the limit cuts waits, or is the last */
	read_it(&got, fd, 4, 10, false);
	assert_string_equal(buf_str(&got.lines), "4:3:0:1:twoo\n");
	assert_int_equal(got.offset, 8);
	assert_int_equal(got.pending, 2);
	buf_free(&got.lines);
	read_it(&got, fd, 4, 10, true);
	assert_string_equal(buf_str(&got.lines), "4:3:0:1:twoo\n8:2:0:0:thh\n");
	assert_int_equal(got.offset, 10);
	assert_int_equal(got.pending, 0);
	buf_free(&got.lines);
	/* nothing to read, nothing wrong */
	read_it(&got, fd, 10, 4, true);
	assert_int_equal(got.lines.len, 0);
	read_it(&got, fd, 100, 200, true);
	assert_int_equal(got.lines.len, 0);
	assert_int_equal(got.offset, 100);
	/* the position of a file is left alone */
	assert_int_equal(lseek(fd, 0, SEEK_CUR), sizeof text - 1);
	/* an empty stretch is no pipe */
	lseek(fd, 0, SEEK_SET);
	read_it(&got, fd, 0, 0, true);
	assert_int_equal(got.lines.len, 0);
	/* end -1 begins where the descriptor is */
	lseek(fd, 8, SEEK_SET);
	read_it(&got, fd, 0, -1, true);
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
	fd = file_with(p, n);
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

/* Holes whose borders are about those of blocks, between lines of all kinds. */
static void
holes(void **state)
{
	static const size_t len[] = { 1, 4095, 4097, READER_LINE + 2,
		READER_BLOCK - 1, READER_BLOCK, READER_BLOCK + 1,
		2 * READER_BLOCK + 7 };
	size_t i, n, k, room = 4 * READER_BLOCK;
	char *p = xmalloc(room);

	(void)state;
	for (i = 0; i < sizeof len / sizeof *len; i++) {
		for (int with = 0; with < 16; with++) {
			n = 0;
			if (with & 1) {
				memcpy(p, "before\n\n", 8);
				n = 8;
			}
			if (with & 2)
				/* a long line in front */
				for (k = 0; k <= READER_LINE + 1; k++)
					p[n++] = k <= READER_LINE ? 'l' : '\n';
			memset(p + n, '\0', len[i]);
			n += len[i];
			if (with & 4) {
				memcpy(p + n, "beh\0nd\n\0x", 9);
				n += 9;
			}
			if (with & 8)
				p[n++] = '\n';
			assert_true(n <= room);
			check_file(p, n, "hole");
		}
	}
	free(p);
}

/* What is not on the disk is not read: a terabyte takes no time. */
static void
sparse(void **state)
{
	const off_t big = (off_t)1 << 40;
	struct got got;
	int fd = file_with("a\n", 2);

	(void)state;
	if (ftruncate(fd, big) == -1 || lseek(fd, 2 << 20, SEEK_DATA) >= 0)
		skip(); /* this file system has no holes */
	lseek(fd, 1, SEEK_SET);
	/* it may still grow */
	read_it(&got, fd, 0, REST, false);
	assert_string_equal(buf_str(&got.lines), "0:1:0:1:aa\n");
	assert_int_equal(got.offset, 2);
	assert_int_equal(got.pending, big - 2);
	buf_free(&got.lines);
	read_it(&got, fd, 0, REST, true);
	assert_string_equal(buf_str(&got.lines),
	    "0:1:0:1:aa\n2 hole 1099511627774\n");
	assert_int_equal(got.pending, 0);
	buf_free(&got.lines);
	/* a limit in it */
	read_it(&got, fd, 2, big / 2, true);
	assert_string_equal(buf_str(&got.lines), "2 hole 549755813886\n");
	buf_free(&got.lines);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 1);
	assert_int_equal(pwrite(fd, "b\n", 2, big), 2);
	read_it(&got, fd, 0, REST, false);
	assert_string_equal(buf_str(&got.lines),
	    "0:1:0:1:aa\n2 hole 1099511627774\n1099511627776:1:0:1:bb\n");
	buf_free(&got.lines);
	/* in the midst of a line it is data, most of it left out */
	assert_int_equal(pwrite(fd, "aaaa", 4, 0), 4);
	read_it(&got, fd, 0, REST, false);
	assert_int_equal(got.blocks, 1);
	assert_memory_equal(buf_str(&got.lines), "0:65536:1099511562241:1:aaaa",
	    28);
	buf_free(&got.lines);
	close(fd);
}

/* Reads a as one file and b as the next, the unfinished line carried over. */
static void
read_two(struct got *g, int a, int b)
{
	struct input *in[2] = { input_file(a), input_file(b) };
	struct reader *r[2] = { reader_new(in[0], 0, REST, false),
		reader_new(in[1], 0, REST, true) };
	struct lines l;
	int64_t cut, to;
	size_t n;
	const char *p;

	buf_init(&g->lines, 1 << 26);
	while (reader_next(r[0], &l) == READER_LINES_READ)
		describe(&g->lines, &l);
	p = reader_rest(r[0], &n, &cut);
	assert_true(n <= READER_LINE);
	assert_int_equal(reader_pending(r[0]), (int64_t)n + cut);
	to = reader_offset(r[0]);
	reader_carry(r[1], p, n, cut);
	reader_free(r[0]);
	assert_int_equal(reader_offset(r[1]), -(int64_t)n - cut);
	assert_int_equal(reader_pending(r[1]), (int64_t)n + cut);
	/* where it would be if the files were one */
	to -= reader_offset(r[1]);
	while (reader_next(r[1], &l) == READER_LINES_READ) {
		l.offset += to;
		describe(&g->lines, &l);
	}
	g->offset = reader_offset(r[1]) + to;
	g->pending = reader_pending(r[1]);
	reader_free(r[1]);
	input_free(in[0]);
	input_free(in[1]);
}

static void
check_two(const char *p, size_t n, size_t at)
{
	int a = file_with(p, at), b = file_with(p + at, n - at);
	struct got want, got;

	expect(&want, p, n, 0, true);
	read_two(&got, a, b);
	same(&want, &got, "carried at", at);
	buf_free(&want.lines);
	buf_free(&got.lines);
	close(a);
	close(b);
}

/* Two files are read as one would be, wherever it is cut; but for a hole. */
static void
carried(void **state)
{
	static const char text[] = "one\n\ntw\0o\nthree\r\n\n\nfo\0ur";

	(void)state;
	for (size_t at = 0; at < sizeof text; at++)
		check_two(text, sizeof text - 1, at);
}

static void
carried_long(void **state)
{
	size_t n = 2 * READER_BLOCK;
	char *p = xmalloc(n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + i % 26);
	for (int lf = 0; lf < 2; lf++) {
		check_two(p, n, READER_LINE - 1);
		check_two(p, n, READER_LINE);
		check_two(p, n, READER_LINE + 1);
		check_two(p, n, READER_BLOCK - 1);
		check_two(p, n, READER_BLOCK + 1);
		check_two(p, n, n);
		p[READER_BLOCK + 9] = '\n';
		p[READER_BLOCK - 9] = '\n';
		p[READER_LINE] = '\n';
	}
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
		cmocka_unit_test(holes),
		cmocka_unit_test(sparse),
		cmocka_unit_test(carried),
		cmocka_unit_test(carried_long),
		cmocka_unit_test(cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
