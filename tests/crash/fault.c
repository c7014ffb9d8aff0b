/* SPDX-License-Identifier: ISC */
/*
 * Runs a program and its children, and lets the N-th of their system calls,
 * counted over all of them, go wrong.  strace(1) can inject faults too, but it
 * counts for each process and each name anew: the first calls of a child are
 * out of its reach.
 *
 *	fault [-1p] [-l FILE] [-c CALL] [-m DIR] [-n N -a ACTION]
 *	    PROGRAM [ARGUMENT...]
 *
 * ACTION is an errno's name (the call is not made), "kill" (its process dies
 * before it), "cut" (all of them do), "tear" (half of what was to be written
 * is, and the process dies), "stop" (SIGTERM), "off" (the file system that DIR
 * is on loses what is not on its disk, and all of them die).  -c: only calls
 * of that name count.  -p: later ones of that name fail as well.  -l: FILE gets
 * each call's name.  -1: of the first process alone.  What precedes umask(2),
 * our programs' first own call, is the loader's and not counted.
 */
#define _GNU_SOURCE
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <linux/ptrace.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef __x86_64__
#error "only x86-64: registers have other names elsewhere"
#endif
#define REG(r) ((void *)offsetof(struct user_regs_struct, r))
#define PROCESSES 100
/* XFS's, and ext4's too; no header has it that both have. */
#define FS_SHUTDOWN _IOR('X', 125, uint32_t)
#define NO_LOG_FLUSH 2

enum action { NOTHING, FAIL, KILL, CUT, TEAR, STOP, OFF };

struct process {
	pid_t pid;   /* 0: free */
	bool awake;  /* its loader is through */
	bool parked; /* its parent's word has not come */
	int error;   /* of the call that it is in; 0: none */
	bool dies;   /* after this call */
};

static struct process process[PROCESSES];
static enum action action;
static int error;
static unsigned long n, which;
static unsigned long long name;            /* -p: of the call that failed */
static unsigned long long counted = -1ULL; /* -c; -1: all */
static bool alone, persistent, struck;
static int disk = -1; /* -m */
static FILE *list;

static const struct {
	unsigned nr;
	const char *name;
} names[] = { { SYS_accept, "accept" }, { SYS_access, "access" },
	{ SYS_brk, "brk" }, { SYS_chdir, "chdir" }, { SYS_chmod, "chmod" },
	{ SYS_clone, "clone" }, { SYS_clone3, "clone3" },
	{ SYS_close, "close" }, { SYS_connect, "connect" },
	{ SYS_dup2, "dup2" }, { SYS_epoll_create1, "epoll_create1" },
	{ SYS_epoll_ctl, "epoll_ctl" }, { SYS_epoll_wait, "epoll_wait" },
	{ SYS_execve, "execve" }, { SYS_faccessat2, "faccessat2" },
	{ SYS_fchmod, "fchmod" }, { SYS_fcntl, "fcntl" },
	{ SYS_fdatasync, "fdatasync" }, { SYS_fsync, "fsync" },
	{ SYS_ftruncate, "ftruncate" }, { SYS_getpeername, "getpeername" },
	{ SYS_getrandom, "getrandom" }, { SYS_getsockname, "getsockname" },
	{ SYS_getsockopt, "getsockopt" }, { SYS_link, "link" },
	{ SYS_linkat, "linkat" }, { SYS_mkdir, "mkdir" }, { SYS_mmap, "mmap" },
	{ SYS_newfstatat, "newfstatat" }, { SYS_openat, "openat" },
	{ SYS_pidfd_open, "pidfd_open" }, { SYS_pipe2, "pipe2" },
	{ SYS_poll, "poll" }, { SYS_pread64, "pread64" },
	{ SYS_pwrite64, "pwrite64" }, { SYS_read, "read" },
	{ SYS_recvfrom, "recvfrom" }, { SYS_recvmsg, "recvmsg" },
	{ SYS_rename, "rename" }, { SYS_sendmsg, "sendmsg" },
	{ SYS_sendto, "sendto" }, { SYS_setsockopt, "setsockopt" },
	{ SYS_socket, "socket" }, { SYS_socketpair, "socketpair" },
	{ SYS_unlink, "unlink" }, { SYS_utimensat, "utimensat" },
	{ SYS_wait4, "wait4" }, { SYS_write, "write" } };

static struct process *
find(pid_t pid)
{
	for (struct process *p = process; p < process + PROCESSES; p++)
		if (p->pid == pid)
			return p;
	if (pid == 0)
		errx(1, "too many processes");
	return NULL;
}

static struct process *
add(pid_t pid)
{
	struct process *p = find(0);

	*p = (struct process){ .pid = pid };
	return p;
}

static void
go_on(pid_t pid, int sig)
{
	ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)sig);
}

static void
write_name(unsigned long long nr)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].nr == nr) {
			fprintf(list, "%s\n", names[i].name);
			return;
		}
	fprintf(list, "%llu\n", nr);
}

static void
fail(struct process *p)
{
	p->error = error;
	ptrace(PTRACE_POKEUSER, p->pid, REG(orig_rax), (void *)-1L);
}

static void
kill_all(void)
{
	for (struct process *q = process; q < process + PROCESSES; q++)
		if (q->pid != 0)
			kill(q->pid, SIGKILL);
}

static void
strike(struct process *p, const struct ptrace_syscall_info *info)
{
	struck = true;
	name = info->entry.nr;
	switch (action) {
	case FAIL:
		fail(p);
		break;
	case OFF:
		if (ioctl(disk, FS_SHUTDOWN, &(uint32_t){ NO_LOG_FLUSH }) == -1)
			err(1, "shutdown");
		kill_all();
		break;
	case CUT:
		kill_all();
		break;
	case TEAR:
		if (name == SYS_write || name == SYS_pwrite64) {
			ptrace(PTRACE_POKEUSER, p->pid, REG(rdx),
			    (void *)(info->entry.args[2] / 2));
			p->dies = true;
		}
		break;
	case KILL:
		kill(p->pid, SIGKILL);
		break;
	case STOP:
		kill(p->pid, SIGTERM);
		break;
	case NOTHING:
		break;
	}
}

static void
on_call(struct process *p)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, (void *)sizeof info,
		&info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (p->error != 0)
			ptrace(PTRACE_POKEUSER, p->pid, REG(rax),
			    (void *)(long)-p->error);
		p->error = 0;
		if (p->dies)
			kill(p->pid, SIGKILL);
		return;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	p->awake |= info.entry.nr == SYS_umask;
	if (!p->awake)
		return;
	if (list != NULL)
		write_name(info.entry.nr);
	if (counted != -1ULL && counted != info.entry.nr)
		return;
	if (++n == which)
		strike(p, &info);
	else if (struck && persistent && info.entry.nr == name)
		fail(p);
}

static void
on_stop(pid_t pid, int status)
{
	struct process *p = find(pid), *child;
	int sig = WSTOPSIG(status), event = status >> 16;
	unsigned long message = 0;

	if (p == NULL) {
		add(pid)->parked = true;
		return;
	}
	if (sig == (SIGTRAP | 0x80)) {
		on_call(p);
		sig = 0;
	} else if (event == PTRACE_EVENT_EXEC) {
		p->awake = false;
		sig = 0;
	} else if (event != 0) {
		ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message);
		if ((child = find((pid_t)message)) == NULL)
			child = add((pid_t)message);
		child->awake = p->awake;
		if (child->parked)
			go_on(child->pid, 0);
		sig = 0;
	} else if (sig == SIGSTOP)
		sig = 0; /* a new child's first word */
	go_on(pid, sig);
}

static pid_t
start(char **argv)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
	    PTRACE_O_EXITKILL;
	int status;
	pid_t pid = fork();

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	waitpid(pid, &status, 0);
	if (!alone)
		options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		    PTRACE_O_TRACECLONE;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) == -1)
		err(1, "ptrace");
	add(pid);
	go_on(pid, 0);
	return pid;
}

static enum action
action_of(const char *word)
{
	static const char *const words[] = { [KILL] = "kill",
		[CUT] = "cut",
		[TEAR] = "tear",
		[STOP] = "stop",
		[OFF] = "off" };

	for (int i = KILL; i <= OFF; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum action)i;
	for (error = 1; error < 200; error++)
		if (strerrorname_np(error) != NULL &&
		    strcmp(strerrorname_np(error), word) == 0)
			return FAIL;
	errx(1, "no such fault: %s", word);
}

static unsigned
number_of(const char *word)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].name, word) == 0)
			return names[i].nr;
	errx(1, "no such call: %s", word);
}

/* The status is the first process's, as a shell says it. */
static int
follow(pid_t first)
{
	int status, answer = 1;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) != -1 || errno == EINTR) {
		if (WIFSTOPPED(status)) {
			on_stop(pid, status);
			continue;
		}
		if (find(pid) != NULL)
			find(pid)->pid = 0;
		if (pid == first)
			answer = WIFEXITED(status) ? WEXITSTATUS(status) :
						     128 + WTERMSIG(status);
	}
	return answer;
}

int
main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+1pl:c:m:n:a:")) != -1)
		switch (c) {
		case '1':
			alone = true;
			break;
		case 'p':
			persistent = true;
			break;
		case 'l':
			if ((list = fopen(optarg, "we")) == NULL)
				err(1, "%s", optarg);
			break;
		case 'c':
			counted = number_of(optarg);
			break;
		case 'm':
			if ((disk = open(optarg, O_RDONLY | O_CLOEXEC)) == -1)
				err(1, "%s", optarg);
			break;
		case 'n':
			which = strtoul(optarg, NULL, 10);
			break;
		case 'a':
			action = action_of(optarg);
			break;
		default:
			return 1;
		}
	if (optind == argc)
		errx(1, "which program?");
	c = follow(start(argv + optind));
	if (action != NOTHING && !struck)
		warnx("there was no such call");
	return c;
}
