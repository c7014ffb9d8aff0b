/* SPDX-License-Identifier: ISC */
/*
 * The commands of site-uptime.  Each returns the exit status.
 */
#ifndef UPTIME_CMD_H
#define UPTIME_CMD_H

#include "common/host/tool.h"

/* argv[0] is the program's name, for getopt(3)'s messages. */
int cmd_run(const struct options *, int argc, char **argv);
int cmd_check(const struct options *, int argc, char **argv);
int cmd_dns(const struct options *, int argc, char **argv);
int cmd_status(const struct options *, int argc, char **argv);
int cmd_incidents(const struct options *, int argc, char **argv);
int cmd_incident(const struct options *, int argc, char **argv);
int cmd_config(const struct options *, int argc, char **argv);
int cmd_mail(const struct options *, int argc, char **argv);

#endif
