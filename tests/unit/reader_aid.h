/* SPDX-License-Identifier: ISC */
/*
 * A reader's lines as text, and what they should be.
 */
#ifndef TESTS_UNIT_READER_AID_H
#define TESTS_UNIT_READER_AID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

struct lines;

#define REST INT64_MAX /* up to wherever the file ends */

/* The caller frees the lines. */
struct got {
	struct buf lines;
	int64_t offset, pending;
	size_t blocks;
};

/* An open, unlinked file with these bytes. */
int aid_file(const char *p, size_t n);
/* "offset:length:cut:ended:first bytes:last byte", for each line: enough to
 * compare two ways to read the same; "offset hole length" for a hole. */
void aid_describe(struct buf *, const struct lines *);
/* Reads fd; end -1: as a pipe. */
void aid_read(struct got *, int fd, int64_t from, int64_t end, bool finished);
/* What should come of it, the slow way. */
void aid_expect(struct got *, const char *p, size_t n, int64_t from,
    bool finished);
void aid_same(const struct got *want, const struct got *got, const char *what,
    size_t where);
/* As a file, finished or not, and from a few offsets. */
void aid_check(const char *p, size_t n, const char *what);

#endif
