/* SPDX-License-Identifier: ISC */
/*
 * Lines become records: one logical error, possibly many lines.  Pure.
 * Memory is one record: of a record longer than RECORD_MAX the head is kept
 * and the rest counted in `cut`.  Ignored records are counted, never copied.
 */
#ifndef WATCHDOG_READ_RECORD_H
#define WATCHDOG_READ_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct format;
struct lines;

#define RECORD_MAX (64 * 1024)

struct record {
	const char *p; /* with LF between lines, none at the end */
	size_t len;
	int64_t offset; /* of its first byte in the file */
	int64_t bytes;  /* it takes up in the file, LFs included */
	int64_t cut;    /* bytes of its text not in p */
	int64_t lines;  /* without the empty ones at its end */
	/* Begins with a continuation line: what it belongs to was read
	 * before, or never was. */
	bool orphan;
};

/* Bytes and records: read = ignored + reported + held, always. */
struct tally {
	int64_t records, bytes;
	int64_t ignored, ignored_bytes;
	int64_t reported, reported_bytes;
	int64_t held, held_bytes; /* read, left for the next run */
};

struct recorder;
typedef void (*record_sink)(void *, const struct record *);

/* The sink gets each surviving record, in order; valid during the call.  NULL:
 * only count.  An orphan of nothing but empty lines counts as ignored. */
struct recorder *record_new(record_sink, void *);
void record_free(struct recorder *);
/*
 * starts[i]: the line starts a record; rule[i]: the ignore rule that hides
 * it, -1 for none (looked at for starts only, and for an orphan's first
 * line).  rule NULL: nothing is hidden.
 */
void record_lines(struct recorder *, const struct lines *,
    const uint8_t *starts, const int32_t *rule);
/* Input ended: hands out the open record.  hold: leaves it unread instead
 * (counted as held) and returns the offset where it starts, else -1. */
int64_t record_end(struct recorder *, bool hold);
/* Lines of the open record, 0 if none. */
int64_t record_open_lines(const struct recorder *);
const struct tally *record_tally(const struct recorder *);
void tally_add(struct tally *, const struct tally *);
bool tally_holds(const struct tally *);

#endif
