/* SPDX-License-Identifier: ISC */
/* site-watchdog run, and mail, which hands over to sitewatch-mail. */
#include <stdlib.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "common/base/xmem.h"
#include "common/mail/mail_start.h"
#include "watchdog/cmd.h"
#include "watchdog/conf.h"
#include "watchdog/run.h"

int
cmd_run(const struct options *o, int argc, char **argv)
{
	struct watchdog_conf conf;
	int status = EX_CONFIG;

	if (argc > 1)
		return cmd_usage("run",
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
	char **args = xcalloc((size_t)argc + 3, sizeof *args);
	static char dry[] = "-n", verbose[] = "-v";
	struct watchdog_conf conf;
	int status = EX_CONFIG, n = 1;

	args[0] = argv[0];
	if (o->dry)
		args[n++] = dry;
	if (log_verbose() > 0)
		args[n++] = verbose;
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	if (watchdog_conf_load(o->conf, o->state, &conf))
		status = mail_become(conf.path, conf.state, args, n);
	watchdog_conf_free(&conf);
	free(args);
	return status;
}
