/* SPDX-License-Identifier: ISC */
/* What journalctl(1) writes, as it comes: entries, places, gaps. */
#include "watchdog/read/journal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/span.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/read/journal_child.h"
#include "watchdog/read/journal_entry.h"

#define PREFIX "journal:"
#define UNIT_MAX 255 /* systemd's */
#define BLOCK 65536
#define MARKS 16384
#define LOOK_AGAIN 3600 /* s; the journal's memory should be longer */
#define COMPLAINT_MAX 512

/* Behind an entry: up to here its text is accounted for. */
struct mark {
	int64_t end;
	char *cursor;
};

struct journal {
	struct journal_from from;
	char *cursor;   /* of the place; NULL: it has none */
	int64_t looked; /* its time, or -1 */
	int64_t now;
	bool users; /* an entry may be in a user's own journal */
	struct journal_child child;
	struct entry entry;
	char *block;
	size_t pos, len; /* in it */
	struct buf text; /* of an entry */
	size_t sent;
	int64_t made; /* bytes of text, of all entries */
	struct mark *mark;
	size_t nmark;
	int64_t entries, first, last;
	bool began, ended; /* the first entry was seen, the end */
	bool gap;
	char *error;
	int sys_errno;
	struct buf place;
};

const char *
journal_unit(const char *source)
{
	size_t n = strlen(PREFIX);

	return strncmp(source, PREFIX, n) == 0 ? source + n : NULL;
}

const char *
journal_check_unit(const char *unit)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				      ":-_.\\@*?[]";
	size_t n = strlen(unit);

	if (n == 0 || n > UNIT_MAX || strspn(unit, letters) != n)
		return "expected a unit's name, such as "
		       "\"journal:nginx.service\"";
	return NULL;
}

/* ---- the child ----------------------------------------------------------- */

/* From the entry of the place on, that too: is it still there?  Only the
 * fields that are wanted: a core dump stays where it is. */
static char **
make_argv(const struct journal *j)
{
	const struct journal_from *from = &j->from;
	const char *const *name = entry_names();
	size_t k = 0;
	char **argv = child_argv(&k);
	struct buf names;

	buf_init(&names, 512);
	for (; *name != NULL; name++)
		buf_addf(&names, "%s%s", names.len > 0 ? "," : "", *name);
	argv[k++] = xasprintf("--output-fields=%s", buf_str(&names));
	argv[k++] = xasprintf("--unit=%s", from->unit);
	if (from->directory != NULL)
		argv[k++] = xasprintf("--directory=%s", from->directory);
	if (j->cursor != NULL)
		argv[k++] = xasprintf("--cursor=%s", j->cursor);
	else if (from->place != NULL)
		argv[k++] = xasprintf("--since=%s", from->place);
	buf_free(&names);
	return argv;
}

/* ---- the oldest entry ---------------------------------------------------- */

/* When the first entry of the system's journal was written; 0: nobody knows. */
static int64_t
oldest(const char *program)
{
	struct journal_child c = { .out = -1, .err = -1 };
	char block[4096], **argv;
	struct entry e;
	size_t k = 0, pos, taken;
	int64_t t = 0;
	ssize_t n = 0;

	argv = child_argv(&k);
	argv[k++] = xstrdup("--output-fields=PRIORITY");
	argv[k++] = xstrdup("--system");
	entry_init(&e);
	if (child_start(&c, program, argv))
		while (t == 0 && (n = read(c.out, block, sizeof block)) > 0)
			for (pos = 0; t == 0 && pos < (size_t)n; pos += taken)
				if (entry_feed(&e, block + pos, (size_t)n - pos,
					&taken) != ENTRY_MORE)
					t = entry_time(&e);
	child_stop(&c);
	entry_free(&e);
	child_argv_free(argv);
	return t;
}

/* Does the system's journal go back to before the last look?  Then what was
 * written since is there. */
static bool
goes_back(const struct journal *j)
{
	const char *program = child_program();
	int64_t t;

	if (j->looked < 0 || j->from.directory != NULL || program == NULL)
		return false;
	t = oldest(program);
	return t > 0 && t < j->looked;
}

/* ---- trouble ------------------------------------------------------------- */

static void
fail(struct journal *j, int e, char *text)
{
	free(j->error);
	j->error = text;
	j->sys_errno = e;
	j->ended = true;
}

/* How it ended; what it said, in one line. */
static void
judge_end(struct journal *j)
{
	int status = child_reap(&j->child);
	char why[COMPLAINT_MAX];
	struct buf clean;
	ssize_t n;

	j->ended = true;
	if (status == 0 && !entry_open(&j->entry)) {
		j->gap |= !j->began && j->cursor != NULL && !goes_back(j);
		return;
	}
	n = file_pread(j->child.err, why, sizeof why - 1, 0);
	why[n > 0 ? n : 0] = '\0';
	buf_init(&clean, 2 * COMPLAINT_MAX);
	text_shorten(&clean, why, strcspn(why, "\n"), COMPLAINT_MAX / 2);
	if (status == 0)
		fail(j, EBADMSG,
		    xstrdup("journalctl ended in the midst of an entry"));
	else if (clean.len > 0)
		fail(j, EIO, xasprintf("journalctl: %s", buf_str(&clean)));
	else
		fail(j, EIO,
		    xasprintf("journalctl ended with status %d", status));
	buf_free(&clean);
}

/* ---- places -------------------------------------------------------------- */

/* "CURSOR @SECONDS", or one of them. */
static void
read_place(struct journal *j)
{
	const char *place = j->from.place;
	size_t n = strcspn(place, " @");

	if (n == 0)
		return;
	j->cursor = xstrndup(place, n);
	if (strchr(place, '@') != NULL)
		j->looked = journal_time_of(place);
}

/* Of the older half every other one goes. */
static void
thin(struct journal *j)
{
	size_t k = 0;

	for (size_t i = 0; i < j->nmark; i++)
		if (i < MARKS / 2 && i % 2 == 0)
			free(j->mark[i].cursor);
		else
			j->mark[k++] = j->mark[i];
	j->nmark = k;
}

static void
add_mark(struct journal *j)
{
	if (j->mark == NULL)
		j->mark = xcalloc(MARKS, sizeof *j->mark);
	if (j->nmark == MARKS)
		thin(j);
	j->mark[j->nmark++] = (struct mark){ j->made,
		xstrdup(buf_str(&j->entry.field[ENTRY_CURSOR])) };
}

/* How many marks are at or before the offset. */
static size_t
marks_to(const struct journal *j, int64_t offset)
{
	size_t low = 0, high = j->nmark, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (j->mark[mid].end <= offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* A cursor has "…;t=HEX µs;…". */
int64_t
journal_time_of(const char *place)
{
	const char *t = strstr(place, ";t="), *at = strchr(place, '@');

	if (at != NULL)
		return strtoll(at + 1, NULL, 10);
	return t != NULL ? (int64_t)(strtoull(t + 3, NULL, 16) / 1000000) : 0;
}

/* Can a later look at the system's journal alone prove that nothing is missing
 * since now?  Only of what can be in no other. */
static bool
can_prove(const struct journal *j, int64_t offset)
{
	return offset >= j->made && j->ended && j->error == NULL &&
	    j->from.directory == NULL && !j->users &&
	    (j->began || j->looked >= 0);
}

/* An entry that is gone is looked for once: from then on its time counts. */
const char *
journal_place(struct journal *j, int64_t offset)
{
	size_t n = marks_to(j, offset);
	const char *cursor = n > 0 ? j->mark[n - 1].cursor : j->cursor;

	buf_reset(&j->place);
	if (n == 0 && j->gap) {
		buf_addf(&j->place, "@%lld",
		    (long long)journal_time_of(j->from.place));
		return buf_str(&j->place);
	}
	/* a place that does not move is not written by each run */
	if (n == 0 && (cursor == NULL || j->now - j->looked < LOOK_AGAIN))
		return j->from.place;
	if (!can_prove(j, offset))
		return n > 0 ? cursor : j->from.place;
	buf_addf(&j->place, "%s @%lld", cursor, (long long)j->now);
	return buf_str(&j->place);
}

/* ---- entries ------------------------------------------------------------- */

/* The first one, where there is a place: is it that? */
static bool
is_place(struct journal *j)
{
	bool same;

	if (j->began || j->cursor == NULL)
		return false;
	same = entry_same(j->cursor, buf_str(&j->entry.field[ENTRY_CURSOR]));
	j->gap = !same && !goes_back(j);
	return same;
}

static void
take_entry(struct journal *j)
{
	bool place = is_place(j);

	j->began = true;
	j->users |= entry_users(&j->entry);
	if (place)
		return;
	buf_reset(&j->text);
	j->sent = 0;
	entry_text(&j->entry, &j->text);
	j->made += (int64_t)j->text.len;
	j->last = entry_time(&j->entry);
	if (j->entries++ == 0)
		j->first = j->last;
	if (j->entry.field[ENTRY_CURSOR].len > 0)
		add_mark(j);
}

/* Waits for the pipe, as long as there is time; false: none is left. */
static bool
wait_child(const struct journal *j)
{
	struct pollfd p = { .fd = j->child.out, .events = POLLIN };
	int64_t left;
	int n;

	if (j->from.deadline == NULL)
		return true;
	do {
		left = deadline_left(*j->from.deadline);
		n = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	} while (n == -1 && errno == EINTR);
	return n != 0;
}

/* More of the export; false: there is none, or no time. */
static bool
fill(struct journal *j)
{
	ssize_t n;

	if (!wait_child(j)) {
		fail(j, ETIMEDOUT, xstrdup("journalctl: no time was left"));
		return false;
	}
	do
		n = read(j->child.out, j->block, BLOCK);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		fail(j, errno, xasprintf("journalctl: %s", strerror(errno)));
	else if (n == 0)
		judge_end(j);
	j->pos = 0;
	j->len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* The next entry that has text; false: there is none. */
static bool
next_entry(struct journal *j)
{
	enum entry_status st;
	size_t taken;

	while (!j->ended) {
		if (j->pos == j->len && !fill(j))
			break;
		st = entry_feed(&j->entry, j->block + j->pos, j->len - j->pos,
		    &taken);
		j->pos += taken;
		if (st == ENTRY_BAD)
			fail(j, EBADMSG,
			    xstrdup("journalctl wrote what is no entry"));
		else if (st == ENTRY_WHOLE) {
			take_entry(j);
			if (j->sent < j->text.len)
				return true;
		}
	}
	return false;
}

ssize_t
journal_read(void *arg, void *to, size_t n)
{
	struct journal *j = arg;
	size_t done = 0, some;

	while (done < n) {
		if (j->sent == j->text.len && !next_entry(j))
			break;
		some = j->text.len - j->sent;
		if (some > n - done) {
			if (done > 0)
				break;
			some = n;
		}
		memcpy((char *)to + done, j->text.p + j->sent, some);
		j->sent += some;
		done += some;
	}
	if (done > 0 || j->error == NULL)
		return (ssize_t)done;
	errno = j->sys_errno;
	return -1;
}

/* ---- all of it ----------------------------------------------------------- */

struct journal *
journal_open(const struct journal_from *from)
{
	struct journal *j = xcalloc(1, sizeof *j);
	const char *program = child_program();
	char **argv;

	j->from = *from;
	j->child.out = j->child.err = -1;
	entry_init(&j->entry);
	buf_init(&j->text, ENTRY_TEXT);
	buf_init(&j->place, SIZE_MAX);
	j->block = xmalloc(BLOCK);
	j->looked = -1;
	j->now = clock_now();
	if (from->place != NULL)
		read_place(j);
	if (program == NULL) {
		fail(j, ENOENT,
		    xstrdup("journalctl is not installed here (it comes with "
			    "systemd)"));
		return j;
	}
	argv = make_argv(j);
	if (!child_start(&j->child, program, argv))
		fail(j, errno,
		    xasprintf("cannot start %s: %s", program, strerror(errno)));
	child_argv_free(argv);
	return j;
}

void
journal_free(struct journal *j)
{
	child_stop(&j->child);
	for (size_t i = 0; i < j->nmark; i++)
		free(j->mark[i].cursor);
	free(j->mark);
	entry_free(&j->entry);
	buf_free(&j->text);
	buf_free(&j->place);
	free(j->block);
	free(j->cursor);
	free(j->error);
	free(j);
}

const char *
journal_error(const struct journal *j)
{
	return j->error;
}

bool
journal_gap(const struct journal *j)
{
	return j->gap;
}

int64_t
journal_entries(const struct journal *j)
{
	return j->entries;
}

int64_t
journal_first(const struct journal *j)
{
	return j->first;
}

int64_t
journal_last(const struct journal *j)
{
	return j->last;
}
