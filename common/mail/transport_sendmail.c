/* SPDX-License-Identifier: ISC */
/*
 * Hands mail to the local MTA: PROG -i -f FROM -- TO…, no shell, the message
 * with LF line ends on its standard input.
 *
 * Message and complaints are files in memory, not pipes: an MTA that writes
 * much before it reads cannot block us, and one that goes on delivering in
 * the background cannot keep us waiting for the end of its stderr.
 */
#define _GNU_SOURCE /* memfd_create */
#include "common/mail/transport.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "common/mail/mail_conf.h"

#define COMPLAINT_MAX 1024
/* Of our own child, when the program could not be started (as in sh). */
#define NOT_STARTED 127

/* LF line ends: a local MTA reads lines, and keeps a CR as part of one. */
static bool
write_message(int fd, const struct transport_mail *mail)
{
	struct buf text;
	size_t i;
	bool ok;

	buf_init(&text, mail->len);
	for (i = 0; i < mail->len; i++)
		if (mail->data[i] != '\r')
			buf_addc(&text, mail->data[i]);
	ok = file_write(fd, buf_str(&text), text.len) &&
	    lseek(fd, 0, SEEK_SET) == 0;
	buf_free(&text);
	return ok;
}

static char **
make_argv(const struct mail_conf *conf, const char *from, const char *const *to,
    size_t n)
{
	char **argv = xcalloc(n + 6, sizeof *argv);
	size_t i, k = 0;

	argv[k++] = xstrdup(conf->sendmail);
	argv[k++] = xstrdup("-i");
	argv[k++] = xstrdup("-f");
	argv[k++] = xstrdup(from);
	argv[k++] = xstrdup("--");
	for (i = 0; i < n; i++)
		argv[k++] = xstrdup(to[i]);
	return argv;
}

static void
free_argv(char **argv)
{
	size_t i;

	for (i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}

/* In the child of our child; says on stderr why it could not. */
static void
become_program(char **argv, int in, int err)
{
	const char *why;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* A setuid MTA forgets this again; then it must end by itself. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (null == -1 || dup2(in, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 || dup2(err, STDERR_FILENO) == -1)
		_exit(EX_OSERR);
	execv(argv[0], argv);
	why = strerror(errno);
	free_argv(argv);
	if (write(STDERR_FILENO, why, strlen(why)) == -1)
		_exit(EX_OSERR);
	_exit(NOT_STARTED);
}

/* The exit status, or 128 and the signal, as a shell would say it. */
static int
wait_program(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return EX_OSERR;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Only what can be nothing else: msmtp says EX_NOHOST when DNS is down. */
static enum transport_status
status_of(int code)
{
	switch (code) {
	case EX_OK:
		return TRANSPORT_OK;
	case EX_NOUSER:
	case EX_DATAERR:
		return TRANSPORT_PERMFAIL;
	default:
		return TRANSPORT_TEMPFAIL;
	}
}

/* The first line of what it complained of. */
static void
read_complaint(int fd, char out[COMPLAINT_MAX])
{
	ssize_t n = file_pread(fd, out, COMPLAINT_MAX - 1, 0);

	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
}

/* The same answer for n recipients. */
static void
answer(struct transport_result *r, size_t n, const char *prog, int code,
    int err)
{
	char why[COMPLAINT_MAX];

	read_complaint(err, why);
	if (code == NOT_STARTED)
		transport_all(r, n, TRANSPORT_TEMPFAIL, 0, "%s: %s", prog, why);
	else if (code == EX_OK)
		transport_all(r, n, TRANSPORT_OK, 0, "taken");
	else
		transport_all(r, n, status_of(code), code, "exit status %d%s%s",
		    code, *why != '\0' ? ": " : "", why);
}

static void
run_program(const struct mail_conf *conf, const struct transport_mail *mail,
    size_t first, size_t n, struct transport_result *result)
{
	int in = memfd_create("message", MFD_CLOEXEC);
	int err = memfd_create("complaints", MFD_CLOEXEC);
	char **argv = make_argv(conf, mail->from, mail->to + first, n);
	pid_t pid = -1;

	if (in != -1 && err != -1 && write_message(in, mail))
		pid = fork();
	if (pid == 0)
		become_program(argv, in, err);
	if (pid == -1)
		transport_all(result + first, n, TRANSPORT_TEMPFAIL, 0,
		    "cannot start %s: %s", conf->sendmail, strerror(errno));
	else
		answer(result + first, n, conf->sendmail, wait_program(pid),
		    err);
	free_argv(argv);
	if (in != -1)
		close(in);
	if (err != -1)
		close(err);
}

static void
sendmail_send(const struct mail_conf *conf, const struct mail_relay *relay,
    const struct transport_mail *mail, struct transport_result *result)
{
	size_t i;

	(void)relay;
	transport_begun(mail);
	run_program(conf, mail, 0, mail->nto, result);
	if (mail->nto == 1 || result[0].status != TRANSPORT_PERMFAIL)
		return;
	/* One bad address refuses them all: who is it? */
	for (i = 0; i < mail->nto; i++) {
		run_program(conf, mail, i, 1, result);
		transport_settled(mail, i, &result[i]);
	}
}

const struct transport transport_sendmail = { "sendmail", sendmail_send };
