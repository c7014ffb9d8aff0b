/* SPDX-License-Identifier: ISC */
/*
 * Entries of the systemd journal, from its export format (systemd.io,
 * JOURNAL_EXPORT_FORMATS) to lines of text for format syslog.  Pure.
 */
#ifndef WATCHDOG_READ_JOURNAL_ENTRY_H
#define WATCHDOG_READ_JOURNAL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

#define ENTRY_MESSAGE (48 * 1024)      /* bytes; journald's own longest line */
#define ENTRY_TEXT (5 * ENTRY_MESSAGE) /* the most that an entry makes */

/* What is kept of an entry; a field that comes twice is its first. */
enum entry_field {
	ENTRY_CURSOR,
	ENTRY_TIME,     /* µs since 1970 */
	ENTRY_PRIORITY, /* "0" to "7" */
	ENTRY_HOST,
	ENTRY_NAME, /* as the program calls itself */
	ENTRY_COMM, /* as the kernel calls it */
	ENTRY_PID,
	ENTRY_UID,
	ENTRY_MESSAGE_TEXT,
	ENTRY_FIELDS
};

/* Its fields' names, NULL-ended, as journalctl --output-fields wants them. */
const char *const *entry_names(void);

enum entry_status {
	ENTRY_MORE,  /* all bytes were taken, and it goes on */
	ENTRY_WHOLE, /* the entry is there, until the next call */
	ENTRY_BAD    /* this is no journal export; there is no way on */
};

struct entry {
	struct buf field[ENTRY_FIELDS];
	uint64_t cut; /* bytes of the message that were left out */
	/* its own */
	uint8_t state;
	bool whole; /* the last call answered ENTRY_WHOLE */
	bool any;   /* a field was there */
	char name[32];
	size_t nname;
	struct buf *into; /* NULL: the field is skipped */
	bool known[ENTRY_FIELDS];
	uint64_t left; /* bytes to come of a binary field */
	uint8_t nleft; /* bytes of that number that are there */
};

void entry_init(struct entry *);
void entry_free(struct entry *);
/* Takes some or all of the n bytes, and says how many.  Whatever a field's
 * size, what is not kept is skipped as it comes. */
enum entry_status entry_feed(struct entry *, const char *, size_t n,
    size_t *taken);
/* Is there the begin of an entry that has no end? */
bool entry_open(const struct entry *);

/* Was it written by a user with a journal of their own, apart from the
 * system's? */
bool entry_users(const struct entry *);
/* Seconds since 1970; 0 if it does not say. */
int64_t entry_time(const struct entry *);
/*
 * Appends "<PRI>1 TIME HOST NAME PID - - MESSAGE" (RFC 5424), and the further
 * lines of the message as they are, but for a blank before one that could
 * pass for another entry.  Nothing if there is no message.  The buffer has
 * room for ENTRY_TEXT.
 */
void entry_text(const struct entry *, struct buf *);

/* Do two cursors name the same entry, whatever file of the journal has it? */
bool entry_same(const char *cursor, const char *other);

#endif
