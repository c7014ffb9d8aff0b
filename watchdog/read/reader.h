/* SPDX-License-Identifier: ISC */
/*
 * Blocks of whole lines from a descriptor.  Memory is one block, whatever
 * the input; a line longer than READER_LINE keeps its first READER_LINE bytes
 * and the number of those left out.  An unfinished last line is never
 * consumed, unless the caller says that nothing will follow.
 */
#ifndef WATCHDOG_READ_READER_H
#define WATCHDOG_READ_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_BLOCK (256 * 1024) /* fits a second-level cache */
#define READER_LINE (64 * 1024)
#define READER_LINES 8192 /* at most so many lines a block */

/* Lines of a block: line i is [end[i-1], end[i]) with its LF, line 0 begins
 * at 0.  The last line of a finished input may lack its LF. */
struct lines {
	const char *p;
	int64_t offset; /* of p[0] in the file */
	size_t n;
	uint32_t *end;
	int64_t cut; /* bytes left out of line 0; then n is 1 */
};

enum reader_status {
	READER_LINES_READ,
	READER_END,  /* what is left is no whole line */
	READER_ERROR /* errno */
};

struct reader;

/* Reads fd from offset `from` up to `end`; end -1: until it ends, with
 * read(2), for pipes.  finished: an unterminated last line counts as one. */
struct reader *reader_new(int fd, int64_t from, int64_t end, bool finished);
void reader_free(struct reader *);
/* Valid until the next call. */
enum reader_status reader_next(struct reader *, struct lines *);
/* Offset of the first byte not handed out in a line. */
int64_t reader_offset(const struct reader *);
/* Bytes of the unfinished line that wait behind it. */
int64_t reader_pending(const struct reader *);

/* The line without its LF. */
static inline const char *
lines_at(const struct lines *l, size_t i, size_t *len)
{
	uint32_t from = i == 0 ? 0 : l->end[i - 1];

	*len = l->end[i] - from;
	if (*len > 0 && l->p[l->end[i] - 1] == '\n')
		(*len)--;
	return l->p + from;
}

#endif
