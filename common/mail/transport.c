/* SPDX-License-Identifier: ISC */
/* Runs a transport in a child of its own, with a deadline. */
#define _GNU_SOURCE /* pipe2 */
#include "common/mail/transport.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "common/mail/mail_conf.h"

/* A child that has answered for all may say goodbye for so long. */
#define GOODBYE_MS 2000
#define INDEX_BEGUN -1
#define TEXT_CHARS 200
#define POLL_MAX 60000

/* One write(2) of the child; smaller than PIPE_BUF, so never torn. */
struct report {
	int32_t index;
	struct transport_result result;
};

/* What the parent has heard. */
struct hearing {
	struct transport_result *result;
	bool *known;
	size_t n, nknown;
	bool begun;
	struct report part; /* a report not yet complete */
	size_t npart;
};

static void __attribute__((format(printf, 4, 0)))
answer(struct transport_result *r, enum transport_status status, int code,
    const char *fmt, va_list ap)
{
	char raw[1024];
	struct buf text;
	size_t i;

	memset(r, 0, sizeof *r);
	r->status = status;
	r->code = code;
	vsnprintf(raw, sizeof raw, fmt, ap);
	/* Replies of several lines stay readable. */
	for (i = strlen(raw); i > 0 &&
	     (raw[i - 1] == '\n' || raw[i - 1] == '\r' || raw[i - 1] == ' ');
	     i--)
		raw[i - 1] = '\0';
	for (i = 0; raw[i] != '\0'; i++)
		if (raw[i] == '\n' || raw[i] == '\r')
			raw[i] = ' ';
	buf_init(&text, sizeof r->text - 1);
	text_shorten(&text, raw, strlen(raw), TEXT_CHARS);
	memcpy(r->text, buf_str(&text), text.len + 1);
	buf_free(&text);
}

void
transport_answer(struct transport_result *r, enum transport_status status,
    int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	answer(r, status, code, fmt, ap);
	va_end(ap);
}

void
transport_all(struct transport_result *r, size_t n,
    enum transport_status status, int code, const char *fmt, ...)
{
	va_list ap;
	size_t i;

	for (i = 0; i < n; i++) {
		va_start(ap, fmt);
		answer(&r[i], status, code, fmt, ap);
		va_end(ap);
	}
}

const struct transport *
transport_of(const struct mail_conf *conf, const struct mail_relay *relay)
{
	switch (conf->transport) {
	case MAIL_SMTP:
		/* libESMTP 1.1.0 takes the first ':' of an IPv6 address for
		 * the port and then connects to this host. */
		if (relay->tls || strchr(relay->host, ':') != NULL)
			return &transport_smtps;
		return &transport_smtp;
	case MAIL_SENDMAIL:
		return &transport_sendmail;
	case MAIL_MAILDIR:
		return &transport_maildir;
	case MAIL_STDOUT:
		break;
	}
	return &transport_stdout;
}

static void
send_report(const struct transport_mail *mail, int32_t index,
    const struct transport_result *result)
{
	struct report r;

	if (mail->report == -1)
		return;
	memset(&r, 0, sizeof r);
	r.index = index;
	if (result != NULL)
		r.result = *result;
	/* A parent that is gone needs no verdict: PDEATHSIG is on its way. */
	if (!file_write(mail->report, &r, sizeof r))
		_exit(1);
}

void
transport_begun(const struct transport_mail *mail)
{
	send_report(mail, INDEX_BEGUN, NULL);
}

void
transport_settled(const struct transport_mail *mail, size_t i,
    const struct transport_result *result)
{
	send_report(mail, (int32_t)i, result);
}

/* Dies with its parent, in a group of its own with what it starts. */
static void
become_child(pid_t parent)
{
	static const int plain[] = { SIGHUP, SIGINT, SIGTERM, SIGALRM,
		SIGCHLD };
	sigset_t none;
	size_t i;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (i = 0; i < sizeof plain / sizeof *plain; i++)
		signal(plain[i], SIG_DFL);
	/* libESMTP writes into connections that the relay has closed. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
run_child(const struct transport *t, const struct mail_conf *conf,
    const struct mail_relay *relay, const struct transport_mail *mail,
    struct transport_result *result)
{
	size_t i;

	t->send(conf, relay, mail, result);
	for (i = 0; i < mail->nto; i++)
		transport_settled(mail, i, &result[i]);
}

/* Nothing the child says is believed unchecked: it talks to strangers. */
static void
hear_report(struct hearing *h)
{
	struct report *r = &h->part;
	unsigned char unsure;

	h->npart = 0;
	memcpy(&unsure, &r->result.unsure, 1);
	if (r->index == INDEX_BEGUN)
		h->begun = true;
	if (r->index < 0 || (size_t)r->index >= h->n ||
	    (unsigned)r->result.status > TRANSPORT_PERMFAIL || unsure > 1)
		return;
	r->result.text[sizeof r->result.text - 1] = '\0';
	h->result[r->index] = r->result;
	if (!h->known[r->index]) {
		h->known[r->index] = true;
		h->nknown++;
	}
}

/* False at the end of what the child has to say. */
static bool
hear_more(struct hearing *h, int fd)
{
	ssize_t n;

	n = read(fd, (char *)&h->part + h->npart, sizeof h->part - h->npart);
	if (n == -1)
		return errno == EINTR;
	if (n == 0)
		return false;
	h->npart += (size_t)n;
	if (h->npart == sizeof h->part)
		hear_report(h);
	return true;
}

/* Listens until the child is done (true) or the time is up. */
static bool
hear_child(struct hearing *h, int fd, int64_t ms)
{
	struct deadline end = deadline_in(ms);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	bool goodbye = false;
	int64_t left;
	int n;

	for (;;) {
		if (h->nknown == h->n && !goodbye) {
			goodbye = true;
			end = deadline_in(GOODBYE_MS);
		}
		left = deadline_left(end);
		if (left == 0)
			return false;
		n = poll(&p, 1, (int)(left < POLL_MAX ? left : POLL_MAX));
		if (n == -1 && errno != EINTR)
			return false;
		if (n > 0 && !hear_more(h, fd))
			return true;
	}
}

/* Those who got no verdict: why, in one text. */
static void
fill_unknown(struct hearing *h, bool done, int status, int64_t ms)
{
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (h->known[i])
			continue;
		if (!done)
			transport_answer(&h->result[i], TRANSPORT_TEMPFAIL, 0,
			    "timed out after %lld s",
			    (long long)(ms + 999) / 1000);
		else if (WIFSIGNALED(status))
			transport_answer(&h->result[i], TRANSPORT_TEMPFAIL, 0,
			    "the sender died: %s", strsignal(WTERMSIG(status)));
		else
			transport_answer(&h->result[i], TRANSPORT_TEMPFAIL, 0,
			    "the sender gave up with status %d",
			    WEXITSTATUS(status));
		h->result[i].unsure = h->begun;
	}
}

static void
wait_child(pid_t pid, bool done, int *status)
{
	if (!done) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
	}
	*status = 0;
	while (waitpid(pid, status, 0) == -1 && errno == EINTR)
		;
}

void
transport_run(const struct transport *t, const struct mail_conf *conf,
    const struct mail_relay *relay, const struct transport_mail *mail,
    int64_t ms, struct transport_result *result)
{
	struct hearing h = { .result = result, .n = mail->nto };
	struct transport_mail copy = *mail;
	pid_t pid, self = getpid();
	int fd[2], status;
	bool done;

	if (pipe2(fd, O_CLOEXEC) == -1) {
		transport_all(result, mail->nto, TRANSPORT_TEMPFAIL, 0,
		    "no pipe to a sender: %s", strerror(errno));
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		become_child(self);
		copy.report = fd[1];
		run_child(t, conf, relay, &copy, result);
		/* Not exit: stdio and the database are the parent's. */
		_exit(0);
	}
	close(fd[1]);
	if (pid == -1) {
		transport_all(result, mail->nto, TRANSPORT_TEMPFAIL, 0,
		    "no process for a sender: %s", strerror(errno));
		close(fd[0]);
		return;
	}
	setpgid(pid, pid); /* whoever of us is first */
	h.known = xcalloc(mail->nto, sizeof *h.known);
	done = hear_child(&h, fd[0], ms);
	wait_child(pid, done, &status);
	fill_unknown(&h, done, status, ms);
	free(h.known);
	close(fd[0]);
}
