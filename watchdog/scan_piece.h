/* SPDX-License-Identifier: ISC */
/*
 * The unfinished last line of a part of a log, and whether the next part goes
 * on with it.  Pure.
 */
#ifndef WATCHDOG_SCAN_PIECE_H
#define WATCHDOG_SCAN_PIECE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

struct format;
struct format_state;
struct lines;

struct piece {
	struct buf text;
	int64_t at;  /* where it begins */
	int64_t cut; /* bytes left out behind the text, before its LF */
};

void piece_init(struct piece *);
void piece_free(struct piece *);
void piece_reset(struct piece *);
/* Is there one? */
bool piece_waits(const struct piece *);
/* Has it got its LF? */
bool piece_whole(const struct piece *);
int64_t piece_offset(const struct piece *);
int64_t piece_bytes(const struct piece *);
/* Adds the block's first line, or begins with it. */
void piece_add(struct piece *, const struct lines *);
/* As a block of one line; *end is its room.  Valid until the piece changes. */
void piece_lines(const struct piece *, struct lines *, uint32_t *end);
/* The format of the line that the block's first one would make of it. */
const struct format *piece_format(const struct piece *, const struct lines *);
/*
 * Is the block's first line the rest of it?  The state is that of the lines
 * before the piece.  It is not if it is a record's first line
 * by the format; torn: if it has a head of its own.
 */
bool piece_goes_on(const struct piece *, const struct format *,
    const struct format_state *, const struct lines *, bool torn);

#endif
