/* SPDX-License-Identifier: ISC */
/*
 * Was each byte of each generation read exactly once?  What is not so is a
 * finding.  Pure.
 */
#ifndef WATCHDOG_AUDIT_H
#define WATCHDOG_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/store/store_source.h"

enum audit_what {
	AUDIT_GAP,   /* may be missing; a run noted why */
	AUDIT_HOLE,  /* passed over, and nobody noted why */
	AUDIT_TWICE, /* in two stretches */
	AUDIT_BEHIND /* read, but the cursor stands before: will come again */
};

struct audit_finding {
	enum audit_what what;
	const struct generation *g; /* NULL: none is known */
	int64_t from, to;           /* to -1: nobody knows */
	enum gap_reason reason;     /* of a gap */
	int64_t first, last;        /* runs, of a gap looks; 0: none is known */
};

struct audit_sum {
	int64_t read, before; /* bytes */
	int64_t first, last;  /* runs that read; 0: none */
};

struct audit {
	const struct store_source *source;
	struct audit_finding *f;
	size_t n;
	struct audit_sum all, *sum; /* sum: one a generation, in their order */
	/* of the generation that entries are of */
	size_t at;
	int64_t end;   /* of what was read */
	int64_t cover; /* of that and of the gaps that are explained */
	int64_t first; /* run that read up to end */
	bool any;      /* there was a stretch */
	bool open;     /* up to a gap whose end nobody knows */
};

/* The source must stay until audit_free. */
void audit_begin(struct audit *, const struct store_source *);
/* A store_entry_each: the source's ledger, in its order. */
void audit_entry(void *audit, const struct store_entry *);
void audit_end(struct audit *);
void audit_free(struct audit *);

#endif
