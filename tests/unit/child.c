/* SPDX-License-Identifier: ISC */
/* Runs a function in a child process. */
#define _GNU_SOURCE
#include "tests/unit/child.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What fatal leaves behind is no leak: for ASan ... */
extern void __lsan_disable(void) __attribute__((weak));

/* ... and for valgrind, which would answer with a status of its own. */
static void
end_at_once(int status, void *to)
{
	*(int *)to = status;
	kill(getpid(), SIGKILL);
}

static bool
under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload_") != NULL;
}

static void
run(void (*f)(void *), void *arg, int out, int *status)
{
	if (__lsan_disable)
		__lsan_disable();
	if (under_valgrind())
		on_exit(end_at_once, status);
	dup2(out, STDERR_FILENO);
	f(arg);
	exit(0);
}

int
child_run(void (*f)(void *), void *arg, char *text, size_t size)
{
	int *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pipes[2], status, said;
	size_t got = 0;
	ssize_t k;
	pid_t pid;

	fflush(NULL);
	if (told == MAP_FAILED || pipe2(pipes, O_CLOEXEC) == -1)
		abort();
	*told = -1;
	pid = fork();
	if (pid == -1)
		abort();
	if (pid == 0)
		run(f, arg, pipes[1], told);
	close(pipes[1]);
	while ((k = read(pipes[0], text + got, size - 1 - got)) > 0)
		got += (size_t)k;
	text[got] = '\0';
	close(pipes[0]);
	if (waitpid(pid, &status, 0) != pid)
		abort();
	said = *told;
	munmap(told, sizeof *told);
	if (said != -1)
		return said;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
