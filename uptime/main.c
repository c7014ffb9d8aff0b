/* SPDX-License-Identifier: ISC */
/* site-uptime: options, the choice of command, exit status. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/host/sandbox.h"
#include "uptime/cmd.h"

static const struct command {
	const char *name;
	int (*run)(const struct options *, int, char **);
} commands[] = {
	{ "run", cmd_run },
	{ "check", cmd_check },
	{ "dns", cmd_dns },
	{ "status", cmd_status },
	{ "incidents", cmd_incidents },
	{ "incident", cmd_incident },
	{ "check-config", cmd_config },
	{ "mail", cmd_mail },
};

/* clang-format off */
static const char help[] =
"usage: site-uptime [-c FILE] [-nv] [--state DB] [COMMAND] ...\n"
"\n"
"Asks from outside whether a stranger can use the site, and what broke.\n"
"\n"
"  run              probe what is due, judge, then mail (the default)\n"
"  check URL ...    probe now, layer by layer, without state; a host,\n"
"                   tcp://HOST:PORT or a configured site will do, \"-\" is a\n"
"                   list on stdin; exit status 0 ok, 1 warning, 2 critical,\n"
"                   3 unknown\n"
"                   --expect TEXT  --contains TEXT  --status LIST\n"
"                   --delegation  --resolver ADDR  --root ADDR  --recheck\n"
"                   --ca-file FILE  --allow-private  --timeout 10s\n"
"                   --json  --nagios  --tsv\n"
"  dns NAME         the walk from the root: every server, who said what;\n"
"                   --root ADDR  --json\n"
"  status           all targets, worst first;\n"
"                   --json  --tsv  --nagios  --prometheus\n"
"  incidents        outages, newest first; --json\n"
"  incident ID      its timeline; --json\n"
"  check-config     parse everything, probe and send nothing\n"
"  mail [list [--json] | flush | drop ID|all | test [ADDRESS]]\n"
"\n"
"  -c, --config FILE  instead of /etc/sitewatch/uptime.conf\n"
"  -n, --dry-run      store and send nothing, show what would be sent\n"
"  -v, --verbose      say on stderr what is done\n"
"      --state DB     instead of the configuration's state\n"
"      --help, --version\n"
"\n"
"Manual: man site-uptime, man site-uptime.conf\n";
/* clang-format on */

int
cmd_usage(const char *name, const char *fmt, ...)
{
	va_list ap;
	char text[512];

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_error("%s%s%s (site-uptime --help shows the usage)",
	    name != NULL ? name : "", name != NULL ? ": " : "", text);
	return EX_USAGE;
}

int
cmd_flush(int status)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		log_error("standard output: %m");
		return EX_IOERR;
	}
	return status;
}

bool
cmd_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0');
}

static int
say_help(void)
{
	fputs(help, stdout);
	return EX_OK;
}

static int
dispatch(const struct options *o, int argc, char **argv)
{
	static char *fallback[] = { "run", NULL };
	static char name[] = "site-uptime";

	if (argc == 0) {
		argv = fallback;
		argc = 1;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].name, argv[0]) == 0) {
			if (argc == 2 && strcmp(argv[1], "--help") == 0)
				return say_help();
			argv[0] = name; /* getopt's messages begin with it */
			optind = 0;     /* glibc: start afresh */
			return commands[i].run(o, argc, argv);
		}
	return cmd_usage(NULL, "no command \"%s\"", argv[0]);
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "state", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	int c;

	sandbox_start();
	log_init("site-uptime", LOG_TO_STDERR, 0);
	while ((c = getopt_long(argc, argv, "+c:nvh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.conf = optarg;
			break;
		case 'n':
			o.dry = true;
			break;
		case 'v':
			o.verbose++;
			break;
		case 's':
			o.state = optarg;
			break;
		case 'h':
			return say_help();
		case 'V':
			puts("site-uptime " VERSION);
			return EX_OK;
		default:
			return EX_USAGE;
		}
	}
	log_init("site-uptime", LOG_TO_STDERR, o.verbose);
	return dispatch(&o, argc - optind, argv + optind);
}
