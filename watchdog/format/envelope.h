/* SPDX-License-Identifier: ISC */
/*
 * What stands around the lines of other programs: syslog's prefix, PHP-FPM's
 * "child 1 said into stderr", a container's.  Pure.  A format of this kind
 * says how one line is opened; writers are kept apart here, and their lines
 * become records as those of any text do.
 */
#ifndef WATCHDOG_FORMAT_ENVELOPE_H
#define WATCHDOG_FORMAT_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watchdog/format/format.h"

enum envelope_way {
	ENVELOPE_LINE, /* a line of the writer's text */
	ENVELOPE_HEAD, /* one that starts a record, unless it is xdebug's */
	ENVELOPE_PART, /* the writer's next line goes on in the midst of it */
	ENVELOPE_MORE  /* goes on with the record, whatever it says */
};

/* One line, opened. */
struct envelope {
	struct span text;   /* the writer's */
	struct fields head; /* has_time, time, level, program */
	uint32_t key;       /* of the writer; never 0 */
	enum envelope_way way;
	/* Appends the text without what the envelope escaped; NULL: there is
	 * nothing to undo.  Never longer than it was. */
	void (*put)(struct buf *, struct span text);
};

struct envelope_kind {
	/* line has no LF, *e is zeroed; false: it has no envelope. */
	bool (*open)(struct span line, struct envelope *e);
	/* Likewise for lines without an envelope, which are text of a writer
	 * of their own; NULL: they continue the line before. */
	void (*bare)(struct span line, struct envelope *e);
};

/* For struct format, whose data is the kind. */
bool envelope_starts(const struct format *, struct format_state *,
    const struct lines *, uint8_t *starts, uint32_t *key);
bool envelope_parse(const struct format *, const char *, size_t,
    struct fields *);
void envelope_unwrap(const struct format *, const char *, size_t, struct buf *);

#endif
