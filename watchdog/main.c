/* SPDX-License-Identifier: ISC */
/* site-watchdog: options, the choice of command, exit status. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/host/sandbox.h"
#include "watchdog/cmd.h"

static const struct command {
	const char *name;
	int (*run)(const struct options *, int, char **);
} commands[] = {
	{ "run", cmd_run },
	{ "filter", cmd_filter },
	{ "new", cmd_new },
	{ "explain", cmd_explain },
	{ "status", cmd_status },
	{ "check-config", cmd_check },
	{ "mail", cmd_mail },
};

/* clang-format off */
static const char help[] =
"usage: site-watchdog [-c FILE] [-nv] [--state DB] [COMMAND] ...\n"
"\n"
"Reads what is new in web-server error logs and mails each section's owner.\n"
"\n"
"  run              one pass over all sources, then mail (the default)\n"
"  filter [FILE...] records that survive the rules; needs no configuration;\n"
"                   exit status 0 some, 1 none, 2 trouble\n"
"                   -f, --format FORMAT  -r, --rules RULES  --docroot DIR\n"
"                   --section PREFIX  --json  -c, --count\n"
"  new [FILE...]    surviving records not handed out before; --as NAME keeps\n"
"                   a cursor of its own; -f -r --docroot --section --json\n"
"  explain [FILE]   what each record is, whose it is, which rule hides it\n"
"  status [--json]  sources, cursors, lag, last run, alarms, disks, outbox\n"
"  check-config     parse everything, open every source, send nothing\n"
"  mail [list [--json] | flush | drop ID|all | test [ADDRESS]]\n"
"\n"
"  -c, --config FILE  instead of /etc/sitewatch/watchdog.conf\n"
"  -n, --dry-run      commit and send nothing, show what would be sent\n"
"  -v, --verbose      say on stderr what is done\n"
"      --state DB     instead of the configuration's state\n"
"      --help, --version\n"
"\n"
"Manual: man site-watchdog, man site-watchdog.conf\n";
/* clang-format on */

int
cmd_usage(const char *name, const char *fmt, ...)
{
	struct buf b;
	va_list ap;
	char text[512];

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_init(&b, 1024);
	buf_addf(&b, "%s%s%s (site-watchdog --help shows the usage)",
	    name != NULL ? name : "", name != NULL ? ": " : "", text);
	log_error("%s", buf_str(&b));
	buf_free(&b);
	return EX_USAGE;
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
	static char name[] = "site-watchdog";

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
	struct options o = { NULL, NULL, false };
	int c, verbose = 0;

	sandbox_start();
	log_init("site-watchdog", LOG_TO_STDERR, 0);
	while ((c = getopt_long(argc, argv, "+c:nvh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.conf = optarg;
			break;
		case 'n':
			o.dry = true;
			break;
		case 'v':
			verbose++;
			break;
		case 's':
			o.state = optarg;
			break;
		case 'h':
			return say_help();
		case 'V':
			puts("site-watchdog " VERSION);
			return EX_OK;
		default:
			return EX_USAGE;
		}
	}
	log_init("site-watchdog", LOG_TO_STDERR, verbose);
	return dispatch(&o, argc - optind, argv + optind);
}
