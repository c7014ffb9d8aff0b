/* SPDX-License-Identifier: ISC */
/* Journals for tests. */
#include "tests/unit/journal_aid.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/host/file.h"
#include "tests/unit/scratch.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define EPOCH INT64_C(1700000000000000) /* µs; when the machine was booted */

void
aid_need(void)
{
	if (access(REMOTE, X_OK) == -1 ||
	    access("/usr/bin/journalctl", X_OK) == -1)
		skip();
}

void
aid_entry(struct buf *b, int64_t usec, const char *unit, int pid,
    const char *message)
{
	uint64_t n = strlen(message);

	buf_addf(b,
	    "__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
	    "_BOOT_ID=c7a5ed9c3a3b4ad0ae3d9bd4e7f6a111\n"
	    "_SYSTEMD_UNIT=%s.service\n_HOSTNAME=h\n"
	    "SYSLOG_IDENTIFIER=p\n_PID=%d\nPRIORITY=3\nMESSAGE\n",
	    (long long)usec, (long long)(usec - EPOCH), unit, pid);
	for (int i = 0; i < 64; i += 8)
		buf_addc(b, (char)(n >> i & 0xff));
	buf_add(b, message, n);
	buf_adds(b, "\n\n");
}

void
aid_make(const char *name, const struct buf *entries)
{
	char path[256], export[256];
	pid_t pid;
	int fd, status;

	snprintf(path, sizeof path, "%s/%s.journal", scratch_dir(), name);
	snprintf(export, sizeof export, "%s/export", scratch_dir());
	fd = open(export, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(file_write(fd, entries->p, entries->len));
	close(fd);
	if ((pid = fork()) == 0) {
		fd = open("/dev/null", O_WRONLY);
		dup2(fd, STDERR_FILENO);
		execl(REMOTE, REMOTE, "-o", path, export, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	unlink(export);
}

void
aid_forget(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s.journal", scratch_dir(), name);
	unlink(path);
}
