/* SPDX-License-Identifier: ISC */
/* site-watchdog filter: for pipelines; no configuration, no state. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/read/journal.h"
#include "watchdog/scan.h"
#include "watchdog/cmd/view.h"

/* Exit status, as grep(1) has it. */
#define SOME 0
#define NONE 1
#define TROUBLE 2

struct filter {
	struct view view;
	struct scan scan;
	bool count;
	int64_t found; /* in this file */
	const char *file;
};

static bool
on_record(void *arg, const struct record *rec)
{
	struct filter *f = arg;

	if (!view_wants(&f->view, f->scan.format, f->scan.ignore, rec))
		return false;
	f->found++;
	if (!f->count)
		view_print(&f->view, f->scan.format, rec, f->file);
	f->scan.stop = f->view.failed;
	return true;
}

/* Scans one descriptor, -1: a journal; false: trouble, told. */
static bool
filter_fd(struct filter *f, int fd, int64_t end)
{
	bool ok;

	memset(&f->scan, 0, sizeof f->scan);
	f->scan.format = f->view.format;
	f->scan.ignore = f->view.ignore;
	f->scan.sink = on_record;
	f->scan.counts = f->count && !view_picks(&f->view) &&
	    f->view.level == LEVEL_NONE;
	f->scan.arg = f;
	if (f->count || isatty(STDOUT_FILENO) == 0)
		f->scan.progress = true;
	f->found = 0;
	ok = fd == -1 ? view_scan_journal(&f->scan, f->file, NULL) :
			view_scan(&f->scan, f->file, fd, end);
	if (!ok && fd != -1)
		log_error("%s: %m", f->file);
	if (f->scan.counts)
		f->found = f->scan.tally.reported;
	return ok;
}

static bool
filter_file(struct filter *f, const char *path)
{
	struct stat st;
	bool ok;
	int fd;

	f->file = path;
	if (strcmp(path, "-") == 0) {
		f->file = "(stdin)";
		return filter_fd(f, STDIN_FILENO, -1);
	}
	if (journal_unit(path) != NULL)
		return filter_fd(f, -1, -1);
	/* not file_open: a FIFO or a device is a fine input here */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1) {
		log_error("%s: %m", path);
		f->found = 0;
		ok = false;
	} else
		ok = filter_fd(f, fd, S_ISREG(st.st_mode) ? st.st_size : -1);
	if (fd != -1)
		close(fd);
	return ok;
}

static int
filter_all(struct filter *f, int argc, char **argv)
{
	static char *only_stdin[] = { "-", NULL };
	bool some = false, trouble = false;

	if (argc == 0) {
		argv = only_stdin;
		argc = 1;
	}
	for (int i = 0; i < argc && !f->view.failed; i++) {
		trouble |= !filter_file(f, argv[i]);
		some |= f->found > 0;
		if (f->count && argc > 1)
			printf("%s:", f->file);
		if (f->count)
			printf("%lld\n", (long long)f->found);
	}
	errno = 0;
	if (fflush(stdout) == EOF || f->view.failed) {
		log_error("standard output: %m");
		trouble = true;
	}
	return trouble ? TROUBLE : some ? SOME : NONE;
}

int
cmd_filter(const struct options *o, int argc, char **argv)
{
	static const struct option longs[] = { VIEW_LONGS,
		{ "count", no_argument, NULL, 'c' }, { NULL, 0, NULL, 0 } };
	struct filter f = { .count = false };
	int c, status = SOME;

	(void)o;
	view_init(&f.view, "filter");
	while (status == SOME &&
	    (c = getopt_long(argc, argv, VIEW_LETTERS "c", longs, NULL)) != -1)
		if (c == 'c')
			f.count = true;
		else if (view_option(&f.view, c, optarg) != 0)
			status = TROUBLE;
	if (status == SOME && view_ready(&f.view) != 0)
		status = TROUBLE;
	if (status == SOME)
		status = filter_all(&f, argc - optind, argv + optind);
	view_free(&f.view);
	return status;
}
