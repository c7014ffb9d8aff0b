/* SPDX-License-Identifier: ISC */
/*
 * cost COMMAND ARG…: runs it and writes to descriptor 3 what it and all it
 * waited for came to, on one line: CPU and wall time in µs, the largest
 * resident size in KB, the exit status.  time(1) rounds to 10 ms.
 */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int64_t
us_of(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int
main(int argc, char **argv)
{
	struct rusage r;
	int64_t began;
	pid_t pid;
	int status;

	if (argc < 2)
		errx(64, "usage: cost COMMAND ARG…");
	began = now_us();
	if ((pid = fork()) == -1)
		err(71, "fork");
	if (pid == 0) {
		close(3);
		execvp(argv[1], argv + 1);
		err(71, "%s", argv[1]);
	}
	while (wait4(pid, &status, 0, &r) == -1)
		if (errno != EINTR)
			err(71, "wait4");
	dprintf(3, "%lld %lld %ld %d\n",
	    (long long)(us_of(r.ru_utime) + us_of(r.ru_stime)),
	    (long long)(now_us() - began), r.ru_maxrss,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return 0;
}
