/* SPDX-License-Identifier: ISC */
/* site-uptime: the commands, and the help. */
#include "common/host/tool.h"
#include "uptime/cmd.h"

static const struct tool_command commands[] = {
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
"Asks from outside whether a stranger can use the site, and what broke.\n"
"\n"
"  run              probe what is due, judge, then mail (the default)\n"
"  check URL ...    probe now, layer by layer, without state; a host,\n"
"                   tcp://HOST:PORT or a configured site will do, \"-\" is a\n"
"                   list; exit status 0 ok, 1 warning, 2 critical, 3 unknown\n"
"                   --expect TEXT  --contains TEXT  --status LIST\n"
"                   --delegation  --resolver ADDR  --root ADDR  --recheck\n"
"                   --ca-file FILE  --allow-private  --timeout 10s\n"
"                   --json  --nagios  --tsv\n"
"  dns NAME         the walk from the root: every server, who said what; "
"--json\n"
"  status           all targets, worst first; --json --tsv --nagios "
"--prometheus\n"
"  incidents        outages, newest first; incident ID  its timeline; --json\n"
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
main(int argc, char **argv)
{
	static const struct tool tool = { "site-uptime", VERSION, help,
		commands, sizeof commands / sizeof *commands };

	return tool_main(&tool, argc, argv);
}
