/* SPDX-License-Identifier: ISC */
/*
 * What the tools' command lines have in common: options, then a command with
 * options of its own.
 */
#ifndef COMMON_HOST_TOOL_H
#define COMMON_HOST_TOOL_H

#include <stdbool.h>
#include <stddef.h>

/* What stands before the command. */
struct options {
	const char *conf;  /* -c, or NULL */
	const char *state; /* --state, or NULL */
	bool dry;          /* -n */
	int verbose;       /* -v, so many times */
};

struct tool_command {
	const char *name;
	/* Returns the exit status.  argv[0] is the program's name, for
	 * getopt(3)'s messages. */
	int (*run)(const struct options *, int argc, char **argv);
};

struct tool {
	const char *name;
	const char *version;
	const char *help;                   /* one screen */
	const struct tool_command *command; /* the first is the default */
	size_t n;
};

/* All of main(): returns the exit status. */
int tool_main(const struct tool *, int argc, char **argv);

/* "PROGRAM: command: what" on stderr, and where to look; returns 64. */
int tool_usage(const char *command, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Flushes stdout: status, or 74 after a line when it could not be written. */
int tool_flush(int status);
/* Colours may be used on stdout. */
bool tool_colour(void);

#endif
