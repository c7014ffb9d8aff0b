/* SPDX-License-Identifier: ISC */
/*
 * The files that a configuration's logs name, each once: a log that names a
 * file itself has it before any whose glob matches it, else the first in the
 * configuration has it.  Otherwise a file would be read, and told, twice.
 */
#ifndef WATCHDOG_SOURCES_H
#define WATCHDOG_SOURCES_H

#include <stdbool.h>
#include <stddef.h>

struct log_conf;
struct store_table;
struct watchdog_conf;

struct source_entry {
	const struct log_conf *log;
	char *path;   /* a glob that matches nothing stands for itself */
	bool globbed; /* nobody named it: it may be a directory */
	bool leads;   /* the first of its log */
	bool left;    /* the glob has no match for it any more */
	bool later;   /* other files of its log were read before */
};

struct sources {
	struct source_entry *s; /* in the logs' order, then by name */
	size_t n;
};

/* known: what run has stored, for those whose file was renamed or compressed
 * before it was read; NULL: without these. */
void sources_find(const struct watchdog_conf *, const struct store_table *known,
    struct sources *);
void sources_free(struct sources *);
/* The log that a file belongs to, also as a rotated generation, by its
 * absolute path; NULL if there is none. */
const struct log_conf *sources_log_of(const struct sources *, const char *path);

#endif
