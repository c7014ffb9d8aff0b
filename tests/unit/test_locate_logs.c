/* SPDX-License-Identifier: ISC */
/* From the records of real logs to their places, against tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/host/file.h"
#include "watchdog/match/locate.h"
#include "watchdog/format/format.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"

static struct buf room = { .max = RECORD_MAX };

#define LOG_MAX (8 * 1024 * 1024)
#define DIR "/var/www/example.com"

static const struct docroot docroot[] = { { .dir = { DIR, sizeof DIR - 1 } } };

/* In place; the table shows what is not printable as \xNN. */
static void
unescape(char *s)
{
	char hex[3] = "", *to = s;

	for (; *s != '\0'; s++, to++) {
		*to = *s;
		if (strncmp(s, "\\x", 2) != 0)
			continue;
		memcpy(hex, s + 2, 2);
		*to = (char)strtol(hex, NULL, 16);
		s += 3;
	}
	*to = '\0';
}

/* n lines from the given one on (from 1), without the last LF. */
static struct span
lines_of(const struct buf *log, long line, long n)
{
	size_t from = 0, to;
	long i;

	/* Not strchr: servers write NUL bytes. */
	for (i = 1; i < line; from++)
		i += log->p[from] == '\n';
	for (to = from; n > 0; to++)
		n -= log->p[to] == '\n';
	return (struct span){ log->p + from, to - 1 - from };
}

/* Would the reader make one record of it?  nginx writes a client's line ends
 * as they are, and a line that was forged well enough begins a record. */
static bool
is_one(const struct format *format, struct span record)
{
	uint32_t end[64];
	uint8_t starts[64];
	uint32_t key[64];
	struct format_state state = { 0 };
	struct lines l = { .p = record.p, .end = end };
	size_t i;

	for (i = 0; i < record.n; i++)
		if (record.p[i] == '\n')
			end[l.n++] = (uint32_t)i + 1;
	end[l.n++] = (uint32_t)record.n;
	format->starts(format, &state, &l, starts, key);
	for (i = 1; i < l.n; i++)
		if (starts[i])
			return false;
	return true;
}

/* line, lines, time, level, path, message; false if it was passed over. */
static bool
check_row(char *row, const struct format *format, const struct buf *log)
{
	char *next, *path;
	long line = strtol(row, &next, 10), n = strtol(next, &next, 10);
	struct span record = lines_of(log, line, n);
	struct fields f;
	struct buf b;
	int i;

	if (!is_one(format, record))
		return false;
	for (path = row, i = 0; i < 4; i++)
		path = strchr(path, '\t') + 1;
	*strchr(path, '\t') = '\0';
	unescape(path);
	buf_init(&b, 8192);
	format_parse(format, record.p, record.n, &f, &room);
	if (!locate(&b, &f, docroot, 1))
		buf_addc(&b, '-');
	if (strcmp(buf_str(&b), path) != 0)
		fail_msg("line %ld: %s, expected %s", line, buf_str(&b), path);
	buf_free(&b);
	return true;
}

static void
check_log(const char *name, const char *format, int want)
{
	char *log_path = xasprintf("tests/data/logs/%s.log", name);
	char *table = xasprintf("tests/data/logs/%s.expect.tsv", name);
	struct buf log, rows;
	char *row, *end;
	int n = 0, forged = 0;

	buf_init(&log, LOG_MAX);
	buf_init(&rows, LOG_MAX);
	assert_true(file_slurp(log_path, &log));
	assert_true(file_slurp(table, &rows));
	free(log_path);
	free(table);
	for (row = rows.p; *row != '\0'; row = end + 1) {
		end = strchr(row, '\n');
		*end = '\0';
		if (*row == '#')
			continue;
		if (check_row(row, format_find(format), &log))
			n++;
		else
			forged++;
	}
	assert_true(n >= want);
	assert_true(forged <= 3);
	buf_free(&log);
	buf_free(&rows);
}

static void
whole_logs(void **state)
{
	(void)state;
	check_log("apache22", "apache", 20);
	check_log("apache24", "apache", 70);
	check_log("nginx", "nginx", 70);
	check_log("plain", "plain", 5);
	check_log("php-fpm", "php-fpm", 50);
	check_log("php", "php", 5);
	check_log("lighttpd", "lighttpd", 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
