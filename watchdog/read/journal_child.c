/* SPDX-License-Identifier: ISC */
/*
 * journalctl(1) as a child.  No library of systemd's: it would be mapped at
 * every start, also where there is no journal.
 */
#define _GNU_SOURCE /* memfd_create, pipe2, closefrom */
#include "watchdog/read/journal_child.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/xmem.h"

#define ARGS 12
#define NOT_STARTED 127

const char *
child_program(void)
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

char **
child_argv(size_t *k)
{
	char **argv = xcalloc(ARGS, sizeof *argv);

	argv[(*k)++] = xstrdup("journalctl");
	argv[(*k)++] = xstrdup("--quiet");
	argv[(*k)++] = xstrdup("--no-pager");
	argv[(*k)++] = xstrdup("--output=export");
	return argv;
}

void
child_argv_free(char **argv)
{
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}

bool
child_start(struct journal_child *c, const char *program, char **argv)
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

int
child_reap(struct journal_child *c)
{
	pid_t pid = c->pid;
	int status;

	c->pid = 0;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
child_stop(struct journal_child *c)
{
	if (c->out != -1)
		close(c->out);
	c->out = -1;
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		child_reap(c);
	}
	if (c->err != -1)
		close(c->err);
	c->err = -1;
}
