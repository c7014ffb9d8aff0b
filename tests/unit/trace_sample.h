/* SPDX-License-Identifier: ISC */
/*
 * The traces of tests/data/traces, in what writes them, and records as lists.
 */
#ifndef TESTS_UNIT_TRACE_SAMPLE_H
#define TESTS_UNIT_TRACE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct format;
struct record;

#define MAX_RECORDS 512
#define LANGUAGES 9
#define APACHE "[Sat Nov 28 19:00:01.000000 2026] " /* begins a head */

/* What there is, or what was found: records without their last LF. */
struct list {
	struct {
		char *p;
		int64_t offset;
	} rec[MAX_RECORDS];
	size_t n;
};

/* One writer: its records as they stand in the log, and where it is. */
struct writer {
	struct list rec;
	size_t at;
	const char *line; /* the next one of rec[at] */
};

extern const char *const trace_language[LANGUAGES];
/* A language's records. */
extern struct list trace_sample[LANGUAGES];
/* "[pid] text": a format of these tests. */
extern const struct format format_pid;

/* Group setup and teardown. */
int trace_load(void **state);
int trace_unload(void **state);
/* Or is it one of the records between them? */
bool is_trace(const char *);

void list_add(struct list *, const char *, size_t, int64_t offset);
void list_free(struct list *);
/* Fails if they differ, with the first record that does. */
void list_same(const struct list *want, const struct list *got,
    const char *what);
/* A record_sink. */
bool list_take(void *list, const struct record *);

/* Appends it to the log, and to what should be found. */
void add_record(struct buf *, struct list *want, const char *);
/* nginx: the whole in quotes; the log's other records are its own. */
void add_nginx(struct buf *, struct list *want, const char *);
/* Apache: each line with a head, as mod_cgi writes it. */
void add_apache(struct buf *, struct list *want, const char *, int pid);

/* One that writes the traces of a language in a format whose lines say who
 * wrote them: apache, naviserver, php-fpm, postgresql, syslog or pid. */
void writer_init(struct writer *, size_t lang, int pid, const struct format *);
/* Lines of the writers in random order, those that begin with a tab behind
 * what they follow; want: the records, in the order of their first lines. */
void interleave(struct writer *, size_t n, unsigned *seed, struct buf *,
    struct list *want);

#endif
