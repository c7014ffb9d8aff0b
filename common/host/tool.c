/* SPDX-License-Identifier: ISC */
/* What the tools' command lines have in common. */
#include "common/host/tool.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/host/sandbox.h"

static const char *tool_name; /* for where to look */

int
tool_usage(const char *command, const char *fmt, ...)
{
	va_list ap;
	char text[512];

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_error("%s%s%s (%s --help shows the usage)",
	    command != NULL ? command : "", command != NULL ? ": " : "", text,
	    tool_name);
	return EX_USAGE;
}

int
tool_flush(int status)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		log_error("standard output: %m");
		return EX_IOERR;
	}
	return status;
}

bool
tool_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || *no == '\0');
}

static int
say_help(const struct tool *t)
{
	fputs(t->help, stdout);
	return tool_flush(EX_OK);
}

static int
dispatch(const struct tool *t, const struct options *o, int argc, char **argv)
{
	static char none[] = "", *fallback[] = { none, NULL };
	char name[64];

	snprintf(name, sizeof name, "%s", t->name);
	if (argc == 0) {
		fallback[0] = name;
		return t->command[0].run(o, 1, fallback);
	}
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->command[i].name, argv[0]) == 0) {
			if (argc == 2 && strcmp(argv[1], "--help") == 0)
				return say_help(t);
			argv[0] = name;
			optind = 0; /* glibc: start afresh */
			return t->command[i].run(o, argc, argv);
		}
	return tool_usage(NULL, "no command \"%s\"", argv[0]);
}

int
tool_main(const struct tool *t, int argc, char **argv)
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
	tool_name = t->name;
	log_init(t->name, LOG_TO_STDERR, 0);
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
			return say_help(t);
		case 'V':
			printf("%s %s\n", t->name, t->version);
			return tool_flush(EX_OK);
		default:
			return EX_USAGE;
		}
	}
	log_init(t->name, LOG_TO_STDERR, o.verbose);
	return dispatch(t, &o, argc - optind, argv + optind);
}
