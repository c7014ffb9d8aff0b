/* SPDX-License-Identifier: ISC */
/* site-watchdog: the commands, and the help. */
#include "common/host/tool.h"
#include "watchdog/cmd/cmd.h"

static const struct tool_command commands[] = {
	{ "run", cmd_run },
	{ "filter", cmd_filter },
	{ "new", cmd_new },
	{ "explain", cmd_explain },
	{ "report", cmd_report },
	{ "rules", cmd_rules },
	{ "try", cmd_try },
	{ "status", cmd_status },
	{ "audit", cmd_audit },
	{ "check-config", cmd_check },
	{ "mail", cmd_mail },
};

/* clang-format off */
static const char help[] =
"usage: site-watchdog [-c FILE] [-nv] [--state DB] [COMMAND] ...\n"
"Reads what is new in web-server error logs and mails each section's owner.\n"
"\n"
"  run              one pass over all sources, then mail (the default)\n"
"  filter [FILE...] records that the rules leave; exit status 0 some, 1 none\n"
"                   -f, --format FORMAT  -r, --rules RULES  --docroot DIR\n"
"                   --section PREFIX  --level LEVEL  --json  -c, --count\n"
"  new [FILE...]    surviving records not handed out before; --as NAME keeps\n"
"                   a cursor of its own; filter's options, but for -c\n"
"  explain [FILE]   what each record is, whose it is, which rule hides it\n"
"  rules [--json]   what each ignore rule hides, and which ones look wrong\n"
"  try RULES [FILE...]  which errors new rules would hide, there or so far\n"
"  report           errors by day, section, URL, group; --since 7d --html DIR\n"
"  status [--json]  sources, cursors, lag, last run, alarms, disks, outbox\n"
"  audit [LOG...]   was each byte read exactly once?  --all --json --as NAME\n"
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
main(int argc, char **argv)
{
	static const struct tool tool = { "site-watchdog", VERSION, help,
		commands, sizeof commands / sizeof *commands };

	return tool_main(&tool, argc, argv);
}
