/* SPDX-License-Identifier: ISC */
/*
 * journalctl(1) as a child: its pipe is parsed as it comes, what it complains
 * of goes into a file in memory.  No library of systemd's: it would be mapped
 * at every start, also where there is no journal.
 */
#define _GNU_SOURCE /* memfd_create, pipe2, closefrom */
#include "watchdog/read/journal.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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
#include "watchdog/read/journal_entry.h"

#define PREFIX "journal:"
#define UNIT_MAX 255 /* systemd's */
#define BLOCK 65536
#define MARKS 16384
#define COMPLAINT_MAX 512
#define NOT_STARTED 127

/* Behind an entry: up to here its text is accounted for. */
struct mark {
	int64_t end;
	char *cursor;
};

struct child {
	pid_t pid; /* 0: none, or it has ended */
	int out, err;
};

struct journal {
	struct journal_from from;
	const char *cursor; /* the place, if it is one */
	struct child child;
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

static const char *
find_program(void)
{
	static const char *const path[] = { "/usr/bin/journalctl",
		"/bin/journalctl" };

	for (size_t i = 0; i < sizeof path / sizeof *path; i++)
		if (access(path[i], X_OK) == 0)
			return path[i];
	return NULL;
}

/* Whoever kills us ends it too. */
static void
become(const char *program, char **argv, const int out, const int err,
    pid_t parent)
{
	static const int reset[] = { SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM,
		SIGCHLD, SIGALRM };
	char *none[] = { NULL };
	const char *why;
	sigset_t empty;
	int null;

	for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
		signal(reset[i], SIG_DFL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (getppid() != parent || null == -1 ||
	    dup2(null, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(err, STDERR_FILENO) == -1)
		_exit(NOT_STARTED);
	closefrom(STDERR_FILENO + 1);
	execve(program, argv, none);
	why = strerror(errno);
	if (write(STDERR_FILENO, why, strlen(why)) == -1)
		_exit(NOT_STARTED);
	_exit(NOT_STARTED);
}

/* From the entry of the place on, that too: is it still there?  Only the
 * fields that are wanted: a core dump stays where it is. */
static char **
make_argv(const struct journal_from *from)
{
	char **argv = xcalloc(12, sizeof *argv);
	const char *const *name = entry_names();
	size_t k = 0;
	struct buf names;

	buf_init(&names, 512);
	for (; *name != NULL; name++)
		buf_addf(&names, "%s%s", names.len > 0 ? "," : "", *name);
	argv[k++] = xstrdup("journalctl");
	argv[k++] = xstrdup("--quiet");
	argv[k++] = xstrdup("--no-pager");
	argv[k++] = xstrdup("--output=export");
	argv[k++] = xasprintf("--output-fields=%s", buf_str(&names));
	if (from->unit != NULL)
		argv[k++] = xasprintf("--unit=%s", from->unit);
	if (from->directory != NULL)
		argv[k++] = xasprintf("--directory=%s", from->directory);
	if (from->place != NULL)
		argv[k++] = xasprintf("--%s=%s",
		    *from->place == '@' ? "since" : "cursor", from->place);
	buf_free(&names);
	return argv;
}

static void
free_argv(char **argv)
{
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}

/* False: errno. */
static bool
start(struct child *c, const char *program, char **argv)
{
	pid_t parent = getpid();
	int p[2];

	/* Whoever started us may have ignored it; then there is no status. */
	signal(SIGCHLD, SIG_DFL);
	if (pipe2(p, O_CLOEXEC) == -1)
		return false;
	c->out = p[0];
	c->err = memfd_create("complaints", MFD_CLOEXEC);
	c->pid = c->err != -1 ? fork() : -1;
	if (c->pid == 0)
		become(program, argv, p[1], c->err, parent);
	if (c->pid == -1)
		c->pid = 0;
	close(p[1]);
	return c->pid > 0;
}

/* The exit status, 128 and the signal, or -1. */
static int
reap(struct child *c)
{
	pid_t pid = c->pid;
	int status;

	c->pid = 0;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
stop(struct child *c)
{
	if (c->out != -1)
		close(c->out);
	c->out = -1;
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		reap(c);
	}
	if (c->err != -1)
		close(c->err);
	c->err = -1;
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
	int status = reap(&j->child);
	char why[COMPLAINT_MAX];
	struct buf clean;
	ssize_t n;

	j->ended = true;
	if (status == 0 && !entry_open(&j->entry)) {
		j->gap |= !j->began && j->cursor != NULL;
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
	const char *t = strstr(place, ";t=");

	if (*place == '@')
		return strtoll(place + 1, NULL, 10);
	return t != NULL ? (int64_t)(strtoull(t + 3, NULL, 16) / 1000000) : 0;
}

/* An entry that is gone is looked for once: from then on its time counts. */
const char *
journal_place(struct journal *j, int64_t offset)
{
	size_t n = marks_to(j, offset);

	if (n > 0)
		return j->mark[n - 1].cursor;
	if (!j->gap)
		return j->from.place;
	buf_reset(&j->place);
	buf_addf(&j->place, "@%lld", (long long)journal_time_of(j->cursor));
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
	j->gap = !same;
	return same;
}

static void
take_entry(struct journal *j)
{
	bool place = is_place(j);

	j->began = true;
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
	const char *program = find_program();
	char **argv;

	j->from = *from;
	j->child.out = j->child.err = -1;
	entry_init(&j->entry);
	buf_init(&j->text, ENTRY_TEXT);
	buf_init(&j->place, SIZE_MAX);
	j->block = xmalloc(BLOCK);
	if (from->place != NULL && *from->place != '@')
		j->cursor = from->place;
	if (program == NULL) {
		fail(j, ENOENT,
		    xstrdup("journalctl is not installed here (it comes with "
			    "systemd)"));
		return j;
	}
	argv = make_argv(from);
	if (!start(&j->child, program, argv))
		fail(j, errno,
		    xasprintf("cannot start %s: %s", program, strerror(errno)));
	free_argv(argv);
	return j;
}

void
journal_free(struct journal *j)
{
	stop(&j->child);
	for (size_t i = 0; i < j->nmark; i++)
		free(j->mark[i].cursor);
	free(j->mark);
	entry_free(&j->entry);
	buf_free(&j->text);
	buf_free(&j->place);
	free(j->block);
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
