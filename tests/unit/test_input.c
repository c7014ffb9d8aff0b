/* SPDX-License-Identifier: ISC */
/* Where bytes come from: what the real tools compressed, whole, cut, damaged;
 * pipes. */
#include "watchdog/read/input.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "tests/unit/every.h"
#include "watchdog/read/reader.h"

static const char *const tools[] = { "gzip -9c", "gzip -1nc", "bzip2 -c",
	"xz -c", "xz --format=lzma -c", "xz -c --check=none --block-size=1000",
	"zstd -qc", "zstd -qc --no-check" };
#define TOOLS (sizeof tools / sizeof *tools)

/* These have no check sum: damage may go unseen. */
static bool
is_unchecked(const char *tool)
{
	return strstr(tool, "lzma") != NULL || strstr(tool, "none") != NULL ||
	    strstr(tool, "no-check") != NULL;
}

static int
file_with(const char *p, size_t n)
{
	char path[] = "/tmp/test_input.XXXXXX";
	int fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	unlink(path);
	assert_int_equal(write(fd, p, n), n);
	return fd;
}

/* Adds what the tool makes of the bytes. */
static void
pack(struct buf *b, const char *tool, const char *p, size_t n)
{
	char in[] = "/tmp/test_input.XXXXXX", block[4096];
	int fd = mkstemp(in);
	char *command = xasprintf("%s <%s", tool, in);
	FILE *f;
	size_t k;

	assert_int_equal(write(fd, p, n), n);
	close(fd);
	f = popen(command, "r");
	while ((k = fread(block, 1, sizeof block, f)) > 0)
		buf_add(b, block, k);
	assert_int_equal(pclose(f), 0);
	unlink(in);
	free(command);
}

/* Text like a log's. */
static void
make_text(struct buf *b, size_t n)
{
	unsigned seed = 11;

	buf_init(b, 1 << 26);
	while (b->len < n)
		buf_addf(b,
		    "2026/11/%02d 06:%02d:%02d [error] %d#0: *%d open() "
		    "\"/srv/www/%x/index.html\" failed\n",
		    1 + rand_r(&seed) % 28, rand_r(&seed) % 60,
		    rand_r(&seed) % 60, rand_r(&seed) % 90000, rand_r(&seed),
		    rand_r(&seed));
	b->len = n;
}

/* All that can be read of a compressed file; returns errno, 0 at the end. */
static int
unpacked(const char *p, size_t n, size_t piece, struct buf *got)
{
	char *block = xmalloc(piece); /* so long, for the sanitizers */
	int fd = file_with(p, n), error;
	struct input *in = input_packed(fd);
	ssize_t k;

	buf_init(got, 1 << 26);
	while ((k = input_read(in, block, piece, (int64_t)got->len)) > 0) {
		assert_true((size_t)k <= piece);
		buf_add(got, block, (size_t)k);
	}
	error = k == 0 ? 0 : errno;
	/* and it stays so */
	errno = 0;
	assert_int_equal(input_read(in, block, piece, (int64_t)got->len), k);
	assert_int_equal(errno, error);
	input_free(in);
	close(fd);
	free(block);
	return error;
}

/* What comes of these bytes is the text's begin; how much, and what then. */
static size_t
expect(const char *what, size_t where, const struct buf *packed,
    const struct buf *text, int error)
{
	struct buf got;
	size_t n;
	int e = unpacked(packed->p, packed->len, 4096, &got);

	n = got.len;
	if (e != error)
		fail_msg("%s %zu: %s, expected %s", what, where, strerror(e),
		    strerror(error));
	if (n > text->len || (n > 0 && memcmp(got.p, text->p, n) != 0) ||
	    (error == 0 && n != text->len))
		fail_msg("%s %zu: %zu other bytes came out", what, where, n);
	buf_free(&got);
	return n;
}

/* First, before one is loaded: no library can be opened here. */
static void
no_library(void **state)
{
	struct rlimit none = { 3, 3 };
	struct buf packed;
	struct input *in;
	char block[16];
	int fd, status;
	pid_t pid;

	(void)state;
	buf_init(&packed, 4096);
	pack(&packed, "bzip2 -c", "hello\n", 6);
	fd = file_with(packed.p, packed.len);
	in = input_packed(fd);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_NOFILE, &none);
		_exit(input_read(in, block, sizeof block, 0) == -1 &&
			    errno == ELIBACC ?
			0 :
			1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(input_read(in, block, sizeof block, 0), 6);
	assert_memory_equal(block, "hello\n", 6);
	input_free(in);
	close(fd);
	buf_free(&packed);
}

static void
whole(void **state)
{
	static const size_t len[] = { 0, 1, 100, 4096, 300000 };
	static const size_t piece[] = { 1, 7, 1000, READER_BLOCK };
	struct buf text, packed, got;

	(void)state;
	make_text(&text, 300000);
	for (size_t t = 0; t < TOOLS; t++) {
		for (size_t i = 0; i < sizeof len / sizeof *len; i++) {
			text.len = len[i];
			buf_init(&packed, 1 << 26);
			pack(&packed, tools[t], text.p, len[i]);
			for (size_t k = 0; k < 4; k++) {
				if (len[i] > 4096 && piece[k] < 1000)
					continue;
				assert_int_equal(unpacked(packed.p, packed.len,
						     piece[k], &got),
				    0);
				assert_int_equal(got.len, len[i]);
				if (len[i] > 0)
					assert_memory_equal(got.p, text.p,
					    len[i]);
				buf_free(&got);
			}
			buf_free(&packed);
		}
	}
	buf_free(&text);
}

/* A file that ends too early gives what it has. */
static void
cut(void **state)
{
	struct buf text, packed;
	size_t n, got;

	(void)state;
	for (size_t t = 0; t < TOOLS; t++) {
		make_text(&text, 500);
		buf_init(&packed, 1 << 26);
		pack(&packed, tools[t], text.p, text.len);
		n = packed.len;
		for (packed.len = 1; packed.len < n; packed.len += EVERY(5))
			expect(tools[t], packed.len, &packed, &text, ENODATA);
		packed.len = n;
		expect(tools[t], n, &packed, &text, 0);
		packed.len = 0;
		text.len = 0;
		expect(tools[t], 0, &packed, &text, 0);
		buf_free(&packed);
		buf_free(&text);

		/* as far as whole blocks go; a block of bzip2's is 900 kB */
		make_text(&text, 1000000);
		buf_init(&packed, 1 << 26);
		pack(&packed, tools[t], text.p, text.len);
		packed.len -= 30;
		got = expect(tools[t], packed.len, &packed, &text, ENODATA);
		if (got < 800000)
			fail_msg("%s: only %zu bytes", tools[t], got);
		buf_free(&packed);
		buf_free(&text);
	}
}

/* What is damaged is never taken for what was written. */
static void
damaged(void **state)
{
	static const int flip[] = { 0x01, 0xf0 };
	struct buf text, packed, got;
	size_t seen;
	int e;

	(void)state;
	make_text(&text, 500);
	for (size_t t = 0; t < TOOLS; t++) {
		buf_init(&packed, 1 << 26);
		pack(&packed, tools[t], text.p, text.len);
		seen = 0;
		for (size_t i = 0; i < packed.len * 2; i += EVERY(5)) {
			packed.p[i / 2] ^= (char)flip[i % 2];
			e = unpacked(packed.p, packed.len, 512, &got);
			packed.p[i / 2] ^= (char)flip[i % 2];
			seen += e != 0;
			if (e != 0 && e != EBADMSG && e != ENODATA &&
			    e != ENOMEM)
				fail_msg("%s %zu: %s", tools[t], i,
				    strerror(e));
			if (e == 0 && !is_unchecked(tools[t]) &&
			    (got.len != text.len ||
				memcmp(got.p, text.p, text.len) != 0))
				fail_msg("%s %zu: unseen", tools[t], i);
			buf_free(&got);
		}
		assert_true(seen > 0);
		buf_free(&packed);
	}
	buf_free(&text);
}

/* What stands behind the end. */
static void
behind(void **state)
{
	struct buf text, packed;
	char zero[5000] = { 0 };
	size_t n;

	(void)state;
	for (size_t t = 0; t < TOOLS; t++) {
		make_text(&text, 2000);
		buf_init(&packed, 1 << 26);
		pack(&packed, tools[t], text.p, text.len);
		n = packed.len;
		buf_add(&packed, zero, 1);
		expect("one zero", t, &packed, &text, 0);
		buf_add(&packed, zero, sizeof zero);
		expect("zeros", t, &packed, &text, 0);
		buf_adds(&packed, "garbage");
		assert_int_equal(expect("zeros, more", t, &packed, &text,
				     EBADMSG),
		    2000);
		packed.len = n;
		buf_adds(&packed, "garbage");
		assert_int_equal(expect("more", t, &packed, &text, EBADMSG),
		    2000);

		/* another member, of another kind */
		packed.len = n;
		buf_adds(&text, "more\n");
		pack(&packed, tools[(t + 2) % TOOLS], "more\n", 5);
		expect("two", t, &packed, &text, 0);
		pack(&packed, tools[t], "", 0);
		expect("two and nothing", t, &packed, &text, 0);
		packed.len = n + 1;
		assert_int_equal(expect("and a half", t, &packed, &text,
				     ENODATA),
		    2000);
		buf_free(&packed);
		buf_free(&text);
	}
}

/* What no tool made. */
static void
others(void **state)
{
	static const struct {
		const char *p;
		size_t n;
		int error;
		size_t comes;
	} t[] = {
		{ "", 0, 0, 0 },
		{ "plain text\nas it is\n", 20, 0, 20 },
		{ "\xc3\xa4\t\x1b[1m\r\n", 9, 0, 9 },
		{ "B", 1, ENODATA, 0 },
		{ "Bz\n", 3, 0, 3 },
		{ "\x1f", 1, ENODATA, 0 },
		{ "\x1f\x8b\x09\0\0\0\0\0\0\0\0\0", 12, EBADMSG, 0 },
		{ "\x04\x22\x4d\x18\x64\x40", 6, EBADMSG, 0 },
		{ "PK\x03\x04", 4, EBADMSG, 0 },
		{ "\0\0\0\0", 4, EBADMSG, 0 },
		/* windows of 2 GiB */
		{ "\x28\xb5\x2f\xfd\x00\xa8\x01\0\0", 9, ENOMEM, 0 },
		{ "\x5d\0\0\0\x80\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0",
		    18, ENOMEM, 0 },
	};
	struct buf got;
	struct input *in;
	int e;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		e = unpacked(t[i].p, t[i].n, 5, &got);
		if (e != t[i].error)
			fail_msg("%zu: %s, expected %s", i, strerror(e),
			    strerror(t[i].error));
		assert_int_equal(got.len, t[i].comes);
		if (got.len > 0)
			assert_memory_equal(got.p, t[i].p, got.len);
		buf_free(&got);
	}
	in = input_packed(-1);
	errno = 0;
	assert_int_equal(input_read(in, &e, 1, 0), -1);
	assert_int_equal(errno, EBADF);
	input_free(in);
}

/* Any offset, in any order. */
static void
offsets(void **state)
{
	struct buf text, packed;
	struct input *in, *plain;
	char block[9000];
	unsigned seed = 2;
	int64_t at = 0;
	size_t n;
	ssize_t k;
	int fd, fd2;

	(void)state;
	make_text(&text, 1500000);
	buf_init(&packed, 1 << 26);
	pack(&packed, "gzip -1c", text.p, text.len);
	fd = file_with(packed.p, packed.len);
	fd2 = file_with(text.p, text.len);
	in = input_packed(fd);
	plain = input_file(fd2);
	for (int i = 0; i < 1000; i++) {
		switch (rand_r(&seed) % 16) {
		case 0:
			at = rand_r(&seed) % 1600000;
			break;
		case 1:
			at = rand_r(&seed) % 1100;
			break;
		case 2:
		case 3:
			at -= rand_r(&seed) % (300 * 1024);
			at = at < 0 ? 0 : at;
			break;
		}
		n = 1 + (size_t)rand_r(&seed) % sizeof block;
		k = input_read(i % 2 ? in : plain, block, n, at);
		if (at >= 1500000) {
			assert_int_equal(k, 0);
			continue;
		}
		assert_true(k > 0 && (size_t)k <= n);
		assert_memory_equal(block, text.p + at, k);
		at += k;
	}
	input_free(in);
	input_free(plain);
	close(fd);
	close(fd2);
	buf_free(&text);
	buf_free(&packed);
}

struct made {
	const char *p;
	int interrupts;
};

static ssize_t
make(void *arg, void *to, size_t n)
{
	struct made *m = arg;

	if (m->interrupts-- > 0) {
		errno = EINTR;
		return -1;
	}
	n = strlen(m->p) < n ? strlen(m->p) : n;
	memcpy(to, m->p, n);
	m->p += n;
	return (ssize_t)n;
}

/* What comes once. */
static void
in_order(void **state)
{
	struct made m = { "from nowhere", 2 };
	char block[16];
	struct input *in;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], "through it", 10), 10);
	close(fd[1]);
	for (int i = 0; i < 2; i++) {
		in = i == 0 ? input_pipe(fd[0]) : input_made(make, &m);
		assert_int_equal(input_data(in, 7), 7);
		assert_int_equal(input_read(in, block, 4, 0), 4);
		assert_memory_equal(block, i == 0 ? "thro" : "from", 4);
		assert_int_equal(input_read(in, block, 4, 0), -1);
		assert_int_equal(errno, ESPIPE);
		assert_int_equal(input_read(in, block, 4, 5), -1);
		assert_int_equal(input_read(in, block, 16, 4), i == 0 ? 6 : 8);
		assert_int_equal(input_read(in, block, 4, i == 0 ? 10 : 12), 0);
		input_free(in);
	}
	close(fd[0]);
	input_free(NULL);
}

/* Lines from a packed file, to its last byte, and from the midst. */
static void
lines(void **state)
{
	static const char text[] = "one\ntwo\n\0\0\0three\nrest";
	struct buf packed;
	struct reader *r;
	struct input *in;
	struct lines l;
	int fd;

	(void)state;
	buf_init(&packed, 1 << 20);
	pack(&packed, "xz -c", text, sizeof text - 1);
	/* its index is missing */
	fd = file_with(packed.p, packed.len - 20);
	in = input_packed(fd);
	r = reader_new(in, 4, -1, true);
	assert_int_equal(reader_next(r, &l), READER_LINES_READ);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.offset, 4);
	assert_int_equal(reader_next(r, &l), READER_LINES_READ);
	assert_int_equal(l.n, 0);
	assert_int_equal(l.hole, 3);
	assert_int_equal(reader_next(r, &l), READER_LINES_READ);
	assert_int_equal(l.offset, 11);
	for (int i = 0; i < 2; i++) {
		errno = 0;
		assert_int_equal(reader_next(r, &l), READER_ERROR);
		assert_int_equal(errno, ENODATA);
		assert_int_equal(reader_offset(r), 17);
		assert_int_equal(reader_pending(r), 4);
	}
	reader_free(r);
	input_free(in);
	close(fd);
	buf_free(&packed);
}

/* Much from little: one hole of 256 MiB. */
static void
bomb(void **state)
{
	char path[] = "/tmp/test_input.XXXXXX";
	int fd = mkstemp(path);
	char *command = xasprintf("head -c 256M /dev/zero | zstd -q >%s", path);
	struct input *in = input_packed(fd);
	struct reader *r = reader_new(in, 0, -1, true);
	struct rusage use;
	struct lines l;

	(void)state;
	assert_int_equal(system(command), 0);
	free(command);
	assert_int_equal(reader_next(r, &l), READER_LINES_READ);
	assert_int_equal(l.hole, 256 << 20);
	assert_int_equal(reader_next(r, &l), READER_END);
	assert_int_equal(getrusage(RUSAGE_SELF, &use), 0);
#ifndef __SANITIZE_ADDRESS__
	assert_true(use.ru_maxrss < 64 * 1024);
#endif
	reader_free(r);
	input_free(in);
	close(fd);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_library),
		cmocka_unit_test(whole),
		cmocka_unit_test(cut),
		cmocka_unit_test(damaged),
		cmocka_unit_test(behind),
		cmocka_unit_test(others),
		cmocka_unit_test(offsets),
		cmocka_unit_test(in_order),
		cmocka_unit_test(lines),
		cmocka_unit_test(bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
