/* SPDX-License-Identifier: ISC */
/* The journal of a unit, or standard input, as one part of a scan. */
#define _DEFAULT_SOURCE /* S_IFMT */

#include "watchdog/follow_stream.h"

#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"
#include "watchdog/read/journal.h"

#define FRESH 2 /* s: a writer may be in the midst of a record */
#define PLACE 32

/* What an input is made of. */
struct reading {
	struct stream *s;
	struct journal *journal;
	struct scan_part part;
	int error; /* of SCAN_ERROR */
};

bool
stream_is(const char *source)
{
	return strcmp(source, STREAM_STDIN) == 0 ||
	    journal_unit(source) != NULL;
}

const char *
stream_refused(const char *path)
{
	static const struct {
		mode_t type;
		const char *text;
	} kind[] = {
		{ S_IFIFO,
		    "is a FIFO, and cannot be read from cron without losing "
		    "lines: let the server log to a file or to the journal" },
		{ S_IFSOCK,
		    "is a socket, and cannot be read from cron without losing "
		    "lines: let the server log to a file or to the journal" },
		{ S_IFCHR,
		    "is a device, and has no lines to come back to: let the "
		    "server log to a file or to the journal" },
		{ S_IFBLK, "is a disk, and no log" },
		{ S_IFDIR,
		    "is a directory: name the logs in it, such as "
		    "\"DIRECTORY/*.log\"" },
	};
	struct stat st;

	if (stat(path, &st) == 0)
		for (size_t i = 0; i < sizeof kind / sizeof *kind; i++)
			if ((st.st_mode & S_IFMT) == kind[i].type)
				return kind[i].text;
	return "is not a regular file";
}

static void
scan(struct reading *r, ssize_t (*read_some)(void *, void *, size_t))
{
	struct stream *s = r->s;
	const struct tally *t = &s->scan->tally;

	r->part.name = s->path;
	r->part.in = input_made(read_some, r);
	r->part.end = -1;
	s->end = scan_parts(s->scan, &r->part, 1);
	r->error = errno;
	/* no time was left, and not only between two blocks */
	if (s->end == SCAN_ERROR && r->error == ETIMEDOUT)
		s->end = SCAN_DEADLINE;
	input_free(r->part.in);
	s->moved = s->kept->id == 0 || r->part.next > 0;
	if (s->moved) /* from its first sight on a log can be silent */
		s->kept->last_line = s->now;
	log_info("%s: %lld records, %lld ignored, %lld reported, %lld held",
	    s->path, (long long)t->records, (long long)t->ignored,
	    (long long)t->reported, (long long)t->held);
}

/* ---- the journal --------------------------------------------------------- */

/* A traceback that a program writes line by line may not be complete while
 * its last line is young: that is known when it comes. */
static ssize_t
read_journal(void *arg, void *p, size_t n)
{
	struct reading *r = arg;
	ssize_t k = journal_read(r->journal, p, n);

	r->part.fresh = journal_last(r->journal) > r->s->now - FRESH;
	return k;
}

static void
note_gap(struct stream *s, const struct journal *j)
{
	if (!journal_gap(j))
		return;
	s->lost.to = -1;
	s->lost.reason = GAP_VACUUMED;
	s->lost.since = journal_time_of(s->kept->journal);
	s->lost.until = journal_entries(j) > 0 ? journal_first(j) : s->now;
}

static void
read_unit(struct stream *s)
{
	char first[PLACE];
	const char *saved = s->kept->journal, *next;
	struct reading r = { .s = s };

	snprintf(first, sizeof first, "@%lld", (long long)s->since);
	s->scan->format = &format_syslog;
	r.journal = journal_open(
	    &(struct journal_from){ .unit = journal_unit(s->path),
		.directory = s->directory,
		.place = saved != NULL ? saved : first,
		.deadline = s->scan->deadline });
	scan(&r, read_journal);
	note_gap(s, r.journal);
	if (s->end == SCAN_ERROR)
		s->error = xasprintf("%s: %s", s->path,
		    journal_error(r.journal));
	next = journal_place(r.journal, r.part.next);
	if (saved == NULL || strcmp(next, saved) != 0) {
		s->moved = true;
		s->kept->journal = xstrdup(next);
	}
	journal_free(r.journal);
	if (s->kept->journal != saved)
		free((char *)saved);
}

/* ---- standard input ------------------------------------------------------ */

static ssize_t
read_stdin(void *arg, void *p, size_t n)
{
	const struct deadline *d = ((struct reading *)arg)->s->scan->deadline;
	struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t left = -1;
	int ready;
	ssize_t k;

	do {
		if (d != NULL)
			left = deadline_left(*d);
		ready = poll(&wait, 1,
		    left > INT32_MAX ? INT32_MAX : (int)left);
		if (ready == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		k = ready == -1 ? -1 : read(STDIN_FILENO, p, n);
	} while (k == -1 && errno == EINTR);
	return k;
}

static void
read_standard(struct stream *s)
{
	struct reading r = { .s = s, .part = { .finished = true } };

	s->scan->format = s->format;
	scan(&r, read_stdin);
	if (s->end == SCAN_ERROR)
		s->error = xasprintf("standard input: %s", strerror(r.error));
	else if (s->end == SCAN_DEADLINE)
		s->error = xasprintf("standard input: what came after byte "
				     "%lld was not read in time, and is lost",
		    (long long)r.part.next);
}

/* ---- both ---------------------------------------------------------------- */

void
stream_read(struct stream *s)
{
	if (journal_unit(s->path) != NULL)
		read_unit(s);
	else
		read_standard(s);
}
