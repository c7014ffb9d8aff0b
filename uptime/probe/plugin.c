/* SPDX-License-Identifier: ISC */
/* The monitoring-plugins protocol: programs are run and read in the loop. */
#define _GNU_SOURCE /* pipe2, vfork, closefrom */
#include "uptime/probe/plugin.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "uptime/probe/loop.h"

#define OUTPUT_MAX 65536 /* bytes that are kept; the rest is read as well */
#define STDERR_MAX 4096
#define GRACE_MS 1000 /* from SIGTERM to SIGKILL */
#define POLL_MS 20    /* where the kernel has no pidfd */

enum { OUT, ERR };

struct run {
	struct plugins *plugins;
	struct run *next, *prev;
	pid_t pid;
	int pidfd;   /* -1: polled for */
	int pipe[2]; /* our ends; -1: at its end */
	struct buf text[2];
	int kills; /* its time is over: signals sent */
	struct loop_timer timer, poll;
	int64_t started; /* µs */
	int timeout_ms;
	struct probe *probe;
	void (*done)(void *, struct probe *);
	void *arg;
};

struct plugins {
	struct loop *loop;
	struct run *first;
};

struct plugins *
plugins_new(struct loop *loop)
{
	struct plugins *p = xcalloc(1, sizeof *p);

	p->loop = loop;
	return p;
}

static void
shut(struct run *r, int *fd)
{
	if (*fd == -1)
		return;
	loop_watch(r->plugins->loop, *fd, 0, NULL, NULL);
	close(*fd);
	*fd = -1;
}

static void
run_free(struct run *r)
{
	struct loop *loop = r->plugins->loop;

	loop_timer_stop(loop, &r->timer);
	loop_timer_stop(loop, &r->poll);
	shut(r, &r->pidfd);
	for (int i = OUT; i <= ERR; i++) {
		shut(r, &r->pipe[i]);
		buf_free(&r->text[i]);
	}
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		r->plugins->first = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	free(r);
}

void
plugins_free(struct plugins *p)
{
	if (p == NULL)
		return;
	while (p->first != NULL) {
		if (p->first->pid > 0) {
			kill(-p->first->pid, SIGKILL);
			/* one that hangs in the kernel is init's */
			waitpid(p->first->pid, NULL, WNOHANG);
		}
		run_free(p->first);
	}
	free(p);
}

/* ---- its end ------------------------------------------------------------- */

static void
finish(struct run *r)
{
	struct probe *p = r->probe;
	void (*done)(void *, struct probe *) = r->done;
	void *arg = r->arg;

	p->times.total = clock_mono_us() - r->started;
	run_free(r);
	done(arg, p);
}

static void
on_start_failed(void *arg)
{
	finish(arg);
}

/* Reads what there is; the pipe's end closes it. */
static void
drain(struct run *r, int i)
{
	char block[16384];
	struct buf *b = &r->text[i];
	size_t room;
	ssize_t n = 0;

	/* a bounded part of what somebody writes without end */
	for (int k = 0; k < 16 && r->pipe[i] != -1; k++) {
		n = read(r->pipe[i], block, sizeof block);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n <= 0) {
			shut(r, &r->pipe[i]);
			return;
		}
		room = b->max - b->len;
		if ((size_t)n > room)
			r->probe->body_full = true;
		buf_add(b, block, (size_t)n < room ? (size_t)n : room);
	}
}

/* Its words for the probe: standard output, or else standard error. */
static void
take_text(struct run *r)
{
	const char *blank = " \t\r\n";
	struct buf *b = &r->text[OUT], *body = &r->probe->body;
	size_t start;

	for (int i = OUT; i <= ERR; i++) {
		b = &r->text[i];
		while (b->len > 0 && strchr(blank, b->p[b->len - 1]) != NULL)
			buf_cut(b, b->len - 1);
		if (b->len > 0)
			break;
	}
	start = strspn(buf_str(b), blank);
	if (b->len - start > body->max) {
		buf_cut(b, start + body->max);
		r->probe->body_full = true;
	}
	buf_reset(body);
	buf_add(body, buf_str(b) + start, b->len - start);
}

/* The first line up to '|'. */
static int
text_length(const struct buf *b)
{
	size_t n = strcspn(buf_str(b), "|\r\n");

	while (n > 0 && b->p[n - 1] == ' ')
		n--;
	return n < PROBE_DETAIL ? (int)n : PROBE_DETAIL;
}

static void
judge_exit(struct run *r, int status)
{
	static const enum reason reason[] = { REASON_NONE,
		REASON_PLUGIN_WARNING, REASON_PLUGIN_CRITICAL,
		REASON_PLUGIN_UNKNOWN };
	struct probe *p = r->probe;
	int n = text_length(&p->body), code;
	const char *text = buf_str(&p->body);

	if (WIFSIGNALED(status)) {
		p->plugin = -1;
		probe_fail(p, REASON_PLUGIN_BROKEN, "killed by signal %d, %s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
		return;
	}
	code = WEXITSTATUS(status);
	p->plugin = code;
	if (code > 3)
		probe_fail(p, REASON_PLUGIN_BROKEN, "exit status %d%s%.*s",
		    code, n > 0 ? ": " : "", n, text);
	else if (code > 0)
		probe_fail(p, reason[code], "%.*s", n, text);
}

static void
on_exit_seen(struct run *r)
{
	int status;
	bool lost;

	/* before it is reaped, while the group's number is taken for sure */
	if (r->kills > 0)
		kill(-r->pid, SIGKILL);
	lost = waitpid(r->pid, &status, WNOHANG) != r->pid;
	r->pid = 0;
	/* Whoever else still holds the pipe is not waited for. */
	drain(r, OUT);
	drain(r, ERR);
	take_text(r);
	if (r->kills > 0) {
		r->probe->plugin = -1;
		probe_fail(r->probe, REASON_PLUGIN_TIMEOUT,
		    "no result in %.3g s", (double)r->timeout_ms / 1000);
	} else if (lost) {
		/* SIGCHLD was ignored when we were started */
		r->probe->plugin = -1;
		probe_fail(r->probe, REASON_PLUGIN_BROKEN,
		    "its exit status is lost");
	} else
		judge_exit(r, status);
	finish(r);
}

static bool
has_ended(const struct run *r)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)r->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) == -1 ||
	    info.si_pid != 0;
}

/* ---- in the loop --------------------------------------------------------- */

static void
on_output(void *arg, int fd, unsigned events)
{
	struct run *r = arg;

	(void)events;
	drain(r, fd == r->pipe[OUT] ? OUT : ERR);
}

static void
on_pidfd(void *arg, int fd, unsigned events)
{
	(void)fd;
	(void)events;
	if (has_ended(arg))
		on_exit_seen(arg);
}

static void
on_poll(void *arg)
{
	struct run *r = arg;

	if (has_ended(r))
		on_exit_seen(r);
	else
		loop_timer_set(r->plugins->loop, &r->poll, POLL_MS, on_poll, r);
}

/* The first time politely.  What even SIGKILL does not end hangs in the
 * kernel, and is left to it. */
static void
on_timeout(void *arg)
{
	struct run *r = arg;

	if (r->kills == 2) {
		on_exit_seen(r);
		return;
	}
	kill(-r->pid, r->kills++ == 0 ? SIGTERM : SIGKILL);
	loop_timer_set(r->plugins->loop, &r->timer, GRACE_MS, on_timeout, r);
}

/* ---- its beginning ------------------------------------------------------- */

/* Both pipes: ours not to be waited for, theirs as any program expects. */
static int
open_pipes(struct run *r, int theirs[2])
{
	int p[2];

	for (int i = OUT; i <= ERR; i++) {
		if (pipe2(p, O_CLOEXEC) == -1)
			return errno;
		fcntl(p[0], F_SETFL, O_NONBLOCK);
		r->pipe[i] = p[0];
		theirs[i] = p[1];
	}
	return 0;
}

/*
 * In the child, which is in our memory until it is another program.  What we
 * ignore or block is ours.  Descriptors of libraries may lack close-on-exec.
 * Whoever kills us ends the plugin too (unless it is set-user-ID); its own
 * children are its own business.
 */
static void
become(char *const *argv, const int theirs[2], pid_t parent)
{
	static const int reset[] = { SIGPIPE, SIGXFSZ, SIGHUP, SIGINT, SIGQUIT,
		SIGTERM, SIGCHLD, SIGALRM };
	sigset_t none;
	int null;

	setpgid(0, 0);
	for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
		signal(reset[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		return;
	if ((null = open("/dev/null", O_RDONLY)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(theirs[OUT], STDOUT_FILENO) == -1 ||
	    dup2(theirs[ERR], STDERR_FILENO) == -1)
		return;
	closefrom(STDERR_FILENO + 1);
	execvp(argv[0], argv);
}

/* vfork: for one plugin the tables of 10,000 targets would be copied, and
 * posix_spawn cannot say when the child shall die. */
static int
spawn(struct run *r, char *const *argv, const int theirs[2])
{
	volatile int e = 0;
	pid_t parent = getpid();

	r->pid = vfork();
	if (r->pid == 0) {
		become(argv, theirs, parent);
		e = errno;
		_exit(127);
	}
	if (r->pid == -1) {
		r->pid = 0;
		return errno;
	}
	if (e != 0) {
		waitpid(r->pid, NULL, 0);
		r->pid = 0;
	}
	return e;
}

static void
start_failed(struct run *r, const char *name, int e)
{
	enum reason reason = e == EAGAIN || e == ENOMEM || e == EMFILE ||
		e == ENFILE ?
	    REASON_RESOURCES :
	    REASON_PLUGIN_BROKEN;

	r->probe->plugin = -1;
	probe_fail(r->probe, reason, "%s: %s", name, strerror(e));
	loop_timer_set(r->plugins->loop, &r->timer, 0, on_start_failed, r);
}

void
plugin_start(struct plugins *plugins, char *const *argv, int timeout_ms,
    struct probe *p, void (*done)(void *, struct probe *), void *arg)
{
	struct run *r = xcalloc(1, sizeof *r);
	struct loop *loop = plugins->loop;
	int theirs[2] = { -1, -1 }, e;

	*r = (struct run){ .plugins = plugins,
		.next = plugins->first,
		.pidfd = -1,
		.pipe = { -1, -1 },
		.started = clock_mono_us(),
		.timeout_ms = timeout_ms,
		.probe = p,
		.done = done,
		.arg = arg };
	buf_init(&r->text[OUT], OUTPUT_MAX);
	buf_init(&r->text[ERR], STDERR_MAX);
	if (r->next != NULL)
		r->next->prev = r;
	plugins->first = r;
	if ((e = open_pipes(r, theirs)) == 0)
		e = spawn(r, argv, theirs);
	for (int i = OUT; i <= ERR; i++)
		if (theirs[i] != -1)
			close(theirs[i]);
	if (e != 0) {
		start_failed(r, argv[0], e);
		return;
	}
	for (int i = OUT; i <= ERR; i++)
		loop_watch(loop, r->pipe[i], LOOP_READ, on_output, r);
	r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
	if (r->pidfd != -1)
		loop_watch(loop, r->pidfd, LOOP_READ, on_pidfd, r);
	else
		loop_timer_set(loop, &r->poll, POLL_MS, on_poll, r);
	loop_timer_set(loop, &r->timer, timeout_ms, on_timeout, r);
}
