/* SPDX-License-Identifier: ISC */
/*
 * The commands of site-watchdog.  Each returns the exit status.
 */
#ifndef WATCHDOG_CMD_CMD_H
#define WATCHDOG_CMD_CMD_H

#include "common/host/tool.h"

/* argv[0] is the program's name, for getopt(3)'s messages. */
int cmd_run(const struct options *, int argc, char **argv);
int cmd_filter(const struct options *, int argc, char **argv);
int cmd_new(const struct options *, int argc, char **argv);
int cmd_explain(const struct options *, int argc, char **argv);
int cmd_check(const struct options *, int argc, char **argv);
int cmd_report(const struct options *, int argc, char **argv);
int cmd_audit(const struct options *, int argc, char **argv);
int cmd_status(const struct options *, int argc, char **argv);
int cmd_rules(const struct options *, int argc, char **argv);
int cmd_try(const struct options *, int argc, char **argv);
int cmd_mail(const struct options *, int argc, char **argv);

#endif
