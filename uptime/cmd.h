/* SPDX-License-Identifier: ISC */
/*
 * The commands of site-uptime.  Each returns the exit status.
 */
#ifndef UPTIME_CMD_H
#define UPTIME_CMD_H

#include <stdbool.h>

/* What stands before the command. */
struct options {
	const char *conf;  /* -c, or NULL */
	const char *state; /* --state, or NULL */
	bool dry;          /* -n */
	int verbose;       /* -v */
};

/* argv[0] is the program's name, for getopt(3)'s messages. */
int cmd_run(const struct options *, int argc, char **argv);
int cmd_check(const struct options *, int argc, char **argv);
int cmd_dns(const struct options *, int argc, char **argv);
int cmd_status(const struct options *, int argc, char **argv);
int cmd_incidents(const struct options *, int argc, char **argv);
int cmd_incident(const struct options *, int argc, char **argv);
int cmd_config(const struct options *, int argc, char **argv);
int cmd_mail(const struct options *, int argc, char **argv);

/* "site-uptime NAME: what" on stderr, and where to look; returns 64. */
int cmd_usage(const char *name, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Flushes stdout; status, or 74 after a line when it could not be written. */
int cmd_flush(int status);
/* Colours may be used on stdout. */
bool cmd_colour(void);

#endif
