/* SPDX-License-Identifier: ISC */
/*
 * sitewatch-mail: delivers what the tools have put into their outbox.  A
 * program of its own, so that the scanner, which reads hostile log lines,
 * links no network and no TLS.
 */
#define _GNU_SOURCE /* getopt_long */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "common/host/addr.h"
#include "common/host/lock.h"
#include "common/host/sandbox.h"
#include "common/host/statedir.h"
#include "common/mail/mail_cmd.h"
#include "common/mail/mail_conf.h"

#ifndef VERSION
#define VERSION "unknown"
#endif
#define LOCK_WAIT_MS 5000

enum command { DELIVER, LIST, FLUSH, DROP, TEST, COMMANDS };

static const char *const command_name[] = { "deliver", "list", "flush", "drop",
	"test" };

static const char usage[] =
    "usage: sitewatch-mail [-nv] [-c FILE] [-s STATE] [COMMAND]\n"
    "\n"
    "Sends the mail that site-watchdog and site-uptime have written into\n"
    "their outbox; both start it themselves.\n"
    "\n"
    "  deliver          (default) send what is due\n"
    "  list [--json]    what waits, and what failed and why\n"
    "  flush            make all of that due now, and send it\n"
    "  drop ID|all      forget it\n"
    "  test [ADDRESS]   send a test mail now, to ADDRESS or to all of admin\n"
    "\n"
    "  -c, --config FILE   the tool's configuration, for its mail { } section\n"
    "  -s, --state FILE    the state database that holds the outbox\n"
    "  -n, --dry-run       say what would be sent or done, and do not\n"
    "  -v, --verbose       say what is done\n"
    "      --admin ADDRESS told of mail that fails, if admin is not set\n"
    "      --lock-fd N     the lock is held already, as descriptor N\n"
    "      --help, --version\n"
    "\n"
    "Exit status: 0 no mail waits, 75 mail waits or another run is at work,\n"
    "69 test: refused, 64 usage, 71 system, 74 state, 78 configuration.\n"
    "\n"
    "  sitewatch-mail -c /etc/sitewatch/watchdog.conf test joe@example.com\n";

struct options {
	const char *conf; /* as given, or NULL */
	const char *state;
	int verbose;
	int lock_fd; /* -1: to be taken */
	bool dry_run, json;
	enum command command;
	const char *argument; /* of the command, or NULL */
	const char **admin;
	size_t nadmin;
};

static int
parse_fd(const char *s)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	if (errno != 0 || *s == '\0' || *end != '\0' || n < 3 || n > 1000000)
		fatal(EX_USAGE, "--lock-fd %s: expected an open descriptor", s);
	return (int)n;
}

static void
add_admin(struct options *o, const char *address)
{
	enum addr_reason why = addr_check(address);

	if (why != ADDR_OK)
		fatal(EX_USAGE, "--admin %s: %s", address,
		    addr_reason_text(why));
	o->admin = xreallocarray(o->admin, o->nadmin + 1, sizeof *o->admin);
	o->admin[o->nadmin++] = address;
}

/* The configuration's own word counts first. */
static void
default_admin(const struct options *o, struct mail_conf *conf)
{
	if (conf->nadmin > 0)
		return;
	free(conf->admin);
	conf->admin = xcalloc(o->nadmin + 1, sizeof *conf->admin);
	for (; conf->nadmin < o->nadmin; conf->nadmin++)
		conf->admin[conf->nadmin] = xstrdup(o->admin[conf->nadmin]);
}

static enum command
parse_command(const char *s)
{
	const char *near;
	int i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(s, command_name[i]) == 0)
			return (enum command)i;
	near = text_nearest(s, command_name, COMMANDS);
	if (near != NULL)
		fatal(EX_USAGE, "%s: no such command; did you mean %s?", s,
		    near);
	fatal(EX_USAGE, "%s: no such command; see --help", s);
}

/* What is left behind the options: the command and its argument. */
static void
parse_rest(struct options *o, int argc, char *const *argv)
{
	int max;

	o->command = argc > 0 ? parse_command(argv[0]) : DELIVER;
	max = o->command == DROP || o->command == TEST ? 2 : 1;
	if (argc > max)
		fatal(EX_USAGE, "%s: one argument too many", argv[max]);
	o->argument = argc > 1 ? argv[1] : NULL;
	if (o->command == DROP && o->argument == NULL)
		fatal(EX_USAGE, "drop: expected an id from `list`, or all");
	if (o->json && o->command != LIST)
		fatal(EX_USAGE, "--json goes with list only");
}

static void
print_and_exit(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF)
		fatal(EX_IOERR, "standard output: %m");
	exit(EX_OK);
}

static void
parse_options(struct options *o, int argc, char *const *argv)
{
	enum { OPT_LOCK_FD = 256, OPT_ADMIN, OPT_JSON, OPT_HELP, OPT_VERSION };
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "state", required_argument, NULL, 's' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "lock-fd", required_argument, NULL, OPT_LOCK_FD },
		{ "admin", required_argument, NULL, OPT_ADMIN },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	memset(o, 0, sizeof *o);
	o->lock_fd = -1;
	while ((c = getopt_long(argc, argv, "c:s:nv", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->conf = optarg;
			break;
		case 's':
			o->state = optarg;
			break;
		case 'n':
			o->dry_run = true;
			break;
		case 'v':
			o->verbose++;
			break;
		case OPT_LOCK_FD:
			o->lock_fd = parse_fd(optarg);
			break;
		case OPT_ADMIN:
			add_admin(o, optarg);
			break;
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_HELP:
			print_and_exit(usage);
			break;
		case OPT_VERSION:
			print_and_exit("sitewatch-mail " VERSION "\n");
			break;
		default:
			exit(EX_USAGE); /* getopt has said why */
		}
	}
	parse_rest(o, argc - optind, argv + optind);
}

/* The state belongs to the tool whose configuration this is. */
static char *
default_state(const char *conf)
{
	const char *slash = strrchr(conf, '/');
	const char *name = slash != NULL ? slash + 1 : conf;

	return statedir_state_path(
	    strcmp(name, "uptime.conf") == 0 ? "uptime.db" : "watchdog.db");
}

/* 0, or the exit status; says why. */
static int
get_lock(struct lock *lock, const char *state, int fd)
{
	enum lock_status status = fd != -1 ?
	    lock_inherit(lock, state, fd) :
	    lock_take(lock, state, LOCK_WAIT_MS);

	if (status == LOCK_TAKEN)
		return EX_OK;
	if (status == LOCK_BUSY) {
		log_error("%s: another run is at work; try again later", state);
		return EX_TEMPFAIL;
	}
	lock_complain(state);
	return EX_IOERR;
}

static int
run_command(const struct options *o, const struct mail_cmd *cmd)
{
	switch (o->command) {
	case LIST:
		return mail_cmd_list(cmd);
	case FLUSH:
		return mail_cmd_flush(cmd);
	case DROP:
		return mail_cmd_drop(cmd, o->argument);
	case TEST:
		return mail_cmd_test(cmd, o->argument);
	case DELIVER:
	case COMMANDS:
		break;
	}
	return mail_cmd_deliver(cmd);
}

/* `test` needs no state; without a state there is nothing to lock. */
static int
run_locked(const struct options *o, const struct mail_cmd *cmd)
{
	struct lock lock;
	char *wrong;
	int status;

	if (o->command == TEST || !mail_cmd_has_state(cmd))
		return run_command(o, cmd);
	wrong = statedir_check(cmd->state);
	if (wrong != NULL) {
		log_error("%s", wrong);
		free(wrong);
		return EX_IOERR;
	}
	status = get_lock(&lock, cmd->state, o->lock_fd);
	if (status != EX_OK)
		return status;
	status = run_command(o, cmd);
	lock_drop(&lock);
	return status;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct mail_conf conf;
	struct mail_cmd cmd;
	char *path, *state;
	int status;

	sandbox_start();
	/* Ignored by whoever started us, it would hide how a sender ended. */
	signal(SIGCHLD, SIG_DFL);
	log_init("sitewatch-mail", LOG_TO_STDERR, 0);
	parse_options(&o, argc, argv);
	log_init("sitewatch-mail", LOG_TO_STDERR, o.verbose);
	path = o.conf != NULL ? xstrdup(o.conf) :
				statedir_conf_path("watchdog.conf");
	status = EX_CONFIG;
	if (mail_conf_load(path, &conf, &state)) {
		default_admin(&o, &conf);
		if (o.state != NULL) {
			free(state);
			state = xstrdup(o.state);
		} else if (state == NULL)
			state = default_state(path);
		cmd = (struct mail_cmd){ .conf = &conf,
			.state = state,
			.dry_run = o.dry_run,
			.json = o.json };
		status = run_locked(&o, &cmd);
	}
	free(state);
	free(path);
	free(o.admin);
	mail_conf_free(&conf);
	return status;
}
