/* SPDX-License-Identifier: ISC */
/* What a reader makes of holes. */
#define _GNU_SOURCE /* SEEK_DATA */
#include "watchdog/read/reader.h"

#include <sys/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "tests/unit/reader_aid.h"
#include "watchdog/read/input.h"

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
			aid_check(p, n, "hole");
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
	int fd = aid_file("a\n", 2);

	(void)state;
	if (ftruncate(fd, big) == -1 || lseek(fd, 2 << 20, SEEK_DATA) >= 0)
		skip(); /* this file system has no holes */
	lseek(fd, 1, SEEK_SET);
	/* it may still grow */
	aid_read(&got, fd, 0, REST, false);
	assert_string_equal(buf_str(&got.lines), "0:1:0:1:aa\n");
	assert_int_equal(got.offset, 2);
	assert_int_equal(got.pending, big - 2);
	buf_free(&got.lines);
	aid_read(&got, fd, 0, REST, true);
	assert_string_equal(buf_str(&got.lines),
	    "0:1:0:1:aa\n2 hole 1099511627774\n");
	assert_int_equal(got.pending, 0);
	buf_free(&got.lines);
	/* a limit in it */
	aid_read(&got, fd, 2, big / 2, true);
	assert_string_equal(buf_str(&got.lines), "2 hole 549755813886\n");
	buf_free(&got.lines);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 1);
	assert_int_equal(pwrite(fd, "b\n", 2, big), 2);
	aid_read(&got, fd, 0, REST, false);
	assert_string_equal(buf_str(&got.lines),
	    "0:1:0:1:aa\n2 hole 1099511627774\n1099511627776:1:0:1:bb\n");
	buf_free(&got.lines);
	/* in the midst of a line it is data, most of it left out */
	assert_int_equal(pwrite(fd, "aaaa", 4, 0), 4);
	aid_read(&got, fd, 0, REST, false);
	assert_int_equal(got.blocks, 1);
	assert_memory_equal(buf_str(&got.lines), "0:65536:1099511562241:1:aaaa",
	    28);
	buf_free(&got.lines);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes),
		cmocka_unit_test(sparse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
