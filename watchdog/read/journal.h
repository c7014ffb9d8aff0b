/* SPDX-License-Identifier: ISC */
/*
 * The systemd journal as a log source, by journalctl(1) as a child: its
 * entries as text, in the journal's own order, each with a place to go on
 * from.
 */
#ifndef WATCHDOG_READ_JOURNAL_H
#define WATCHDOG_READ_JOURNAL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct deadline;
struct journal;

/* "journal:nginx.service" -> "nginx.service"; NULL if it is no such source. */
const char *journal_unit(const char *source);
/* What is wrong with a unit's name, NULL if nothing is.  One without a suffix
 * is a .service; it may be a glob(7) of units. */
const char *journal_check_unit(const char *unit);

/*
 * A place in a journal is a text to be stored: "CURSOR", journald's own of the
 * last entry that was read; "CURSOR @SECONDS", and nothing came behind it up
 * to that time; "@SECONDS", what was written from that time on.
 */
struct journal_from {
	const char *unit;
	const char *directory; /* NULL: this host's journal */
	const char *place;     /* NULL: from the begin */
	/* Reading fails with ETIMEDOUT when it has passed; NULL: waits. */
	const struct deadline *deadline;
};

/* Starts the child.  Whether that went well shows when it is read.  The texts
 * stay the caller's, and must stay. */
struct journal *journal_open(const struct journal_from *);
/* Ends the child. */
void journal_free(struct journal *);

/*
 * As read(2) does, for input_made(): lines for format syslog, those of one
 * entry behind each other; whole entries, where n has room for one.  Errors:
 * ETIMEDOUT; ENOENT, there is no journalctl; EIO, it said that something is
 * wrong; EBADMSG, it ended in the midst of an entry.
 */
ssize_t journal_read(void *journal, void *, size_t n);
/* What is wrong, for the administrator; NULL: nothing is, so far. */
const char *journal_error(const struct journal *);

/*
 * The place to go on from when all text before the offset is accounted for:
 * behind the last entry whose text ends there or before.  NULL: the journal
 * has had nothing yet.  Valid until the next call.
 *
 * Of the last 8192 entries each is known.  Of those before, one in two is,
 * the older the fewer: who asks for such an offset gets a place some entries
 * before it, and reads these again.
 */
const char *journal_place(struct journal *, int64_t offset);
/*
 * The entry that the place names is there no more: what came behind it may be
 * missing.  Not so if the system's journal still goes back to before the last
 * look, as when a unit has said nothing for months.  Known when an entry was
 * read or the end reached.
 */
bool journal_gap(const struct journal *);
/* Up to when a place has read, seconds since 1970; 0: unknown. */
int64_t journal_time_of(const char *place);
/* So many entries were read; the time of the first and the last of them,
 * seconds since 1970. */
int64_t journal_entries(const struct journal *);
int64_t journal_first(const struct journal *);
int64_t journal_last(const struct journal *);

#endif
