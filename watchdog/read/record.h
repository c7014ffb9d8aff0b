/* SPDX-License-Identifier: ISC */
/*
 * Lines become records: one logical error, possibly many lines.  Pure.
 * Of a record longer than RECORD_MAX the head is kept and the rest counted in
 * `cut`.  Ignored records are counted, never copied.
 *
 * Where writers interleave, several records are open at once, at most
 * RECORD_OPEN; each takes its own writer's lines.  They are handed out in the
 * order of their first lines, and only when no record that began before the
 * last of them ended is still open: so what is held can be read again from one
 * offset on, and nothing that was handed out comes again.
 */
#ifndef WATCHDOG_READ_RECORD_H
#define WATCHDOG_READ_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct format;
struct lines;

#define RECORD_MAX (64 * 1024)
#define RECORD_OPEN 64            /* more of them: the oldest is closed */
#define RECORD_NEAR 8             /* lines: few */
#define RECORD_LONG (1024 * 1024) /* bytes: no trace is so long */
#define RECORD_IDLE 256 /* lines of others after which one is closed */

struct record {
	const char *p; /* with LF between lines, none at the end */
	size_t len;
	int64_t offset; /* of its first byte in the file */
	int64_t bytes;  /* its lines take up in the file, LFs included */
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
/* False: it is to be counted as ignored after all. */
typedef bool (*record_sink)(void *, const struct record *);

/* The sink gets each surviving record, in order; valid during the call.  NULL:
 * only count.  An orphan of nothing but empty lines counts as ignored. */
struct recorder *record_new(record_sink, void *);
void record_free(struct recorder *);
/* From now on the sink gets none, or gets them again. */
void record_only_count(struct recorder *, bool);
/*
 * What is known of a block's lines, as struct format's starts() has it: which
 * of them start a record, and who wrote them.
 */
struct marks {
	uint8_t *starts;
	uint32_t *key; /* 0: whoever wrote the line before */
	bool keyed;    /* false: only the last line's key is set */
};

/* rule[i]: the ignore rule that hides the line, -1 for none; looked at where
 * record_wanted says so.  rule NULL: nothing is hidden. */
void record_lines(struct recorder *, const struct lines *, const struct marks *,
    const int32_t *rule);
/* Marks with 1 the lines that will begin a record: those that start one, and
 * those that would continue one which is not there (orphans). */
void record_wanted(const struct recorder *, const struct lines *,
    const struct marks *, uint8_t *wanted);
/* Input ended: hands out what is open.  hold: leaves it unread instead
 * (counted as held) and returns the offset where it starts, else -1. */
int64_t record_end(struct recorder *, bool hold);
/* Lines of all that is not handed out yet, 0 if there is nothing. */
int64_t record_open_lines(const struct recorder *);
/* Is that writer's record open, key 0: the last line's, did few lines of
 * others come since, and is it no longer than a trace may be? */
bool record_goes_on(const struct recorder *, uint32_t key);
const struct tally *record_tally(const struct recorder *);
void tally_add(struct tally *, const struct tally *);
bool tally_holds(const struct tally *);

#endif
