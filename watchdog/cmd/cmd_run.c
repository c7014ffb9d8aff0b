/* SPDX-License-Identifier: ISC */
/* site-watchdog run, and mail, which hands over to sitewatch-mail. */
#include <stdlib.h>
#include <sysexits.h>

#include "common/mail/mail_start.h"
#include "watchdog/cmd/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/run.h"

int
cmd_run(const struct options *o, int argc, char **argv)
{
	struct watchdog_conf conf;
	int status = EX_CONFIG;

	if (argc > 1)
		return tool_usage("run",
		    "takes no \"%s\"; options stand "
		    "before the command",
		    argv[1]);
	if (watchdog_conf_load(o->conf, o->state, &conf))
		status = run_once(&conf, o->dry);
	watchdog_conf_free(&conf);
	return status;
}

int
cmd_mail(const struct options *o, int argc, char **argv)
{
	struct watchdog_conf conf;
	struct mail_call call;
	int status = EX_CONFIG;

	if (watchdog_conf_load(o->conf, o->state, &conf)) {
		call = watchdog_conf_call(&conf);
		call.dry = o->dry;
		status = mail_become(&call, argv + 1, argc - 1);
	}
	watchdog_conf_free(&conf);
	return status;
}
