/* SPDX-License-Identifier: ISC */
/* Names of pipelines. */
#include "watchdog/cmd/as.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/host/statedir.h"
#include "common/host/tool.h"

#define NAME_LEN 64

int
as_check(const char *command, const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"
				      "MNOPQRSTUVWXYZ0123456789_-";

	if (*name != '\0' && strlen(name) <= NAME_LEN &&
	    strspn(name, letters) == strlen(name))
		return EX_OK;
	return tool_usage(command,
	    "--as %s: expected up to %d letters, digits, '-' or '_'", name,
	    NAME_LEN);
}

char *
as_state(const char *name)
{
	char file[NAME_LEN + 16];

	snprintf(file, sizeof file, "new%s%s.db", *name != '\0' ? "-" : "",
	    name);
	return statedir_state_path(file);
}
