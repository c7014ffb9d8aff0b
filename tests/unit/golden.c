/* SPDX-License-Identifier: ISC */
/* Texts as they should look. */
#include "tests/unit/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/file.h"

void
golden(const char *file, const struct buf *got)
{
	char *path = xasprintf("tests/data/golden/%s", file);
	const char *mode = getenv("SITEWATCH_GOLDEN");
	struct buf want;
	FILE *out;

	if (mode != NULL && strcmp(mode, "write") == 0) {
		out = fopen(path, "w");
		assert_non_null(out);
		fwrite(got->p, 1, got->len, out);
		assert_int_equal(fclose(out), 0);
	}
	buf_init(&want, SIZE_MAX);
	assert_true(file_slurp(path, &want));
	assert_string_equal(buf_str(got), buf_str(&want));
	assert_int_equal(got->len, want.len);
	buf_free(&want);
	free(path);
}
