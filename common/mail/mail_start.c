/* SPDX-License-Identifier: ISC */
/* How the tools start sitewatch-mail. */
#include "common/mail/mail_start.h"

#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/host/lock.h"

#ifndef LIBEXECDIR
#define LIBEXECDIR "/usr/local/libexec/sitewatch"
#endif
#define PROGRAM "sitewatch-mail"

/* Beside the running program, as in a build tree, else where it is installed;
 * to be freed. */
static char *
find_program(void)
{
	char self[PATH_MAX], *path, *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		if (slash != NULL)
			*slash = '\0';
		path = xasprintf("%s/" PROGRAM, self);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return xstrdup(LIBEXECDIR "/" PROGRAM);
}

/* Waits for the child, or until the time is up (false). */
static bool
wait_child(pid_t pid, int64_t seconds, int *status)
{
	struct deadline end = deadline_in(seconds * 1000);
	struct timespec ts = { 0, 0 };
	sigset_t chld;
	int64_t left;
	pid_t done;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	for (;;) {
		done = waitpid(pid, status, WNOHANG);
		/* its SIGCHLD may have been taken already */
		if (done == -1 && errno == EINTR)
			continue;
		if (done != 0)
			return done == pid;
		left = deadline_left(end);
		if (left == 0)
			return false;
		ts.tv_sec = left / 1000;
		ts.tv_nsec = left % 1000 * 1000000;
		sigtimedwait(&chld, NULL, &ts);
	}
}

/* The arguments, ours and the more that follow; NULL-ended. */
static char **
make_args(const struct mail_call *call, char *const *more, int n)
{
	static const char *const fixed[] = { PROGRAM, "-c", NULL, "-s", NULL };
	char **args = xcalloc(2 * call->nadmin + (size_t)n + 8, sizeof *args);
	size_t k;

	for (k = 0; k < 5; k++)
		args[k] = xstrdup(k == 2 ? call->conf :
			k == 4           ? call->state :
					   fixed[k]);
	for (size_t i = 0; i < call->nadmin; i++) {
		args[k++] = xstrdup("--admin");
		args[k++] = xstrdup(call->admin[i]);
	}
	if (call->dry)
		args[k++] = xstrdup("-n");
	if (log_verbose() > 0)
		args[k++] = xstrdup("-v");
	for (int i = 0; i < n; i++)
		args[k++] = xstrdup(more[i]);
	return args;
}

static void
free_args(char **args)
{
	for (size_t i = 0; args[i] != NULL; i++)
		free(args[i]);
	free(args);
}

static void
run_program(const char *path, char *const *args, const sigset_t *mask)
{
	/* Its own children too shall end with it. */
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execv(path, args);
	log_error("cannot start %s: %m", path);
	_exit(EX_OSERR);
}

/* Forks with SIGCHLD held back for wait_child. */
static pid_t
start_program(const char *path, char *const *args, sigset_t *mask)
{
	sigset_t chld;
	pid_t pid;

	/* Whoever started us may have ignored it; then there is no status. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, mask);
	pid = fork();
	if (pid == 0)
		run_program(path, args, mask);
	if (pid == -1)
		log_error("no process for %s: %m", path);
	else
		setpgid(pid, pid); /* whoever of us is first */
	return pid;
}

int
mail_start(const struct mail_call *call, struct lock *lock, int64_t seconds)
{
	char option[] = "--lock-fd", fd[16], *more[] = { option, fd };
	char *path = find_program(), **args;
	int status = 0, answer = EX_OSERR;
	sigset_t mask;
	pid_t pid;

	snprintf(fd, sizeof fd, "%d", lock->fd);
	args = make_args(call, more, 2);
	lock_share(lock);
	pid = start_program(path, args, &mask);
	if (pid != -1 && wait_child(pid, seconds, &status))
		answer = WIFEXITED(status) ? WEXITSTATUS(status) : EX_TEMPFAIL;
	else if (pid != -1) {
		log_error("%s was stopped after %lld s; mail waits", path,
		    (long long)seconds);
		kill(-pid, SIGKILL);
		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			;
		answer = EX_TEMPFAIL;
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	free_args(args);
	free(path);
	return answer;
}

int
mail_become(const struct mail_call *call, char *const *argv, int argc)
{
	char *path = find_program();
	char **args = make_args(call, argv, argc);

	execv(path, args);
	log_error("cannot start %s: %m", path);
	free_args(args);
	free(path);
	return EX_OSERR;
}
