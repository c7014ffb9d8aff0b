/* SPDX-License-Identifier: ISC */
/* uptime.conf as a text, loaded. */
#include "tests/unit/uptime_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/uptime_text.XXXXXX";

/* The path cut off. */
static void
strip(char *text)
{
	const size_t n = sizeof path - 1;

	for (char *p; (p = strstr(text, path)) != NULL;)
		memmove(p, p + n, strlen(p + n) + 1);
}

char *
uptime_text(const char *text, struct uptime_conf *u)
{
	FILE *was = stderr;
	char *said = NULL;
	size_t n;
	bool ok;
	int fd;

	memcpy(path + sizeof path - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	assert_true(fd != -1);
	if (text == NULL)
		unlink(path);
	else
		assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	stderr = open_memstream(&said, &n);
	ok = uptime_conf_load(path, "/nowhere/u.db", u);
	fclose(stderr);
	stderr = was;
	unlink(path);
	assert_string_equal(uptime_conf_call(u).conf, path);
	strip(said);
	assert_int_equal(ok, *said == '\0');
	for (size_t i = 0; i < u->nwarning; i++)
		strip(u->warning[i]);
	return said;
}

void
uptime_text_good(const char *text, struct uptime_conf *u)
{
	char *said = uptime_text(text, u);

	assert_string_equal(said, "");
	free(said);
}
