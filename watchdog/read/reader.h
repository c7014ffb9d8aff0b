/* SPDX-License-Identifier: ISC */
/*
 * Blocks of whole lines from an input.  Memory is one block, whatever the
 * input; a line longer than READER_LINE keeps its first READER_LINE bytes and
 * the number of those left out.  An unfinished last line is never consumed,
 * unless the caller says that nothing will follow.
 */
#ifndef WATCHDOG_READ_READER_H
#define WATCHDOG_READ_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_BLOCK (256 * 1024) /* fits a second-level cache */
#define READER_LINE (64 * 1024)
#define READER_LINES 8192 /* at most so many lines a block */

struct input;

/*
 * Lines of a block: line i is [end[i-1], end[i]) with its LF, line 0 begins
 * at 0.  The last line of a finished input may lack its LF.
 *
 * NUL bytes where a line would begin are a hole (somebody truncated the file
 * under a writer that does not append, or the machine went down): they are
 * part of no line.  A hole comes in a block of its own, with n == 0.  One that
 * reaches the end of the input may still grow: it is left, as an unfinished
 * line is, unless the input is finished.
 */
struct lines {
	const char *p;
	int64_t offset; /* of p[0] in the input, behind the hole */
	size_t n;
	uint32_t *end;
	int64_t cut;  /* bytes left out of line 0; then n is 1 */
	int64_t hole; /* bytes left out in front of p[0]; then n is 0 */
};

enum reader_status {
	READER_LINES_READ,
	READER_END,  /* what is left is no whole line */
	READER_ERROR /* errno; what waits is as at the end */
};

struct reader;

/* Reads from offset `from` up to `end`; end -1: until the input ends, which
 * stays the caller's.  finished: an unterminated last line counts as one. */
struct reader *reader_new(struct input *, int64_t from, int64_t end,
    bool finished);
void reader_free(struct reader *);
/* Valid until the next call. */
enum reader_status reader_next(struct reader *, struct lines *);
/* Offset of the first byte not handed out in a line or as a hole. */
int64_t reader_offset(const struct reader *);
/* Bytes that wait behind it: an unfinished line, or a hole at the end. */
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
