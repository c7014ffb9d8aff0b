/* SPDX-License-Identifier: ISC */
/* site-uptime run, and mail, which hands over to sitewatch-mail. */
#include <sysexits.h>

#include "common/mail/mail_start.h"
#include "uptime/cmd.h"
#include "uptime/conf/conf.h"
#include "uptime/run.h"

int
cmd_run(const struct options *o, int argc, char **argv)
{
	struct uptime_conf conf;
	int status = EX_CONFIG;

	if (argc > 1)
		return tool_usage("run",
		    "takes no \"%s\"; options stand before the command",
		    argv[1]);
	if (uptime_conf_load(o->conf, o->state, &conf))
		status = uptime_run_once(&conf, o->dry);
	uptime_conf_free(&conf);
	return status;
}

int
cmd_mail(const struct options *o, int argc, char **argv)
{
	struct uptime_conf conf;
	struct mail_call call;
	int status = EX_CONFIG;

	if (uptime_conf_load(o->conf, o->state, &conf)) {
		call = uptime_conf_call(&conf);
		call.dry = o->dry;
		status = mail_become(&call, argv + 1, argc - 1);
	}
	uptime_conf_free(&conf);
	return status;
}
