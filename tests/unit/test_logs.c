/* SPDX-License-Identifier: ISC */
/*
 * Real logs, read as a run reads them, against tables that were checked by
 * hand (tests/data/logs/README); and every way to cut a log into blocks.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/xmem.h"
#include "tests/unit/every.h"
#include "watchdog/format/format.h"
#include "watchdog/read/input.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"
#include "watchdog/format/when.h"

static struct buf room = { .max = RECORD_MAX };

#define MAX_RECORDS 4096
#define LOGS "tests/data/logs/"

struct one {
	char *p;
	size_t n;
	int64_t offset, lines, bytes;
	bool orphan;
};

struct pass {
	struct one rec[MAX_RECORDS];
	size_t n;
	const struct format *format;
	struct tally tally;
};

static bool
on_record(void *arg, const struct record *rec)
{
	struct pass *p = arg;
	struct one *o = &p->rec[p->n++];

	assert_true(p->n < MAX_RECORDS);
	assert_int_equal(rec->cut, 0);
	o->p = xmalloc(rec->len + 1);
	memcpy(o->p, rec->p, rec->len);
	o->p[rec->len] = '\0';
	o->n = rec->len;
	o->offset = rec->offset;
	o->lines = rec->lines;
	o->bytes = rec->bytes;
	o->orphan = rec->orphan;
	return true;
}

static void
pass_free(struct pass *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->rec[i].p);
	free(p);
}

/* All records of a descriptor; end as reader_new has it. */
static struct pass *
read_all(int fd, int64_t end, const struct format *format)
{
	static uint8_t starts[READER_LINES];
	static uint32_t key[READER_LINES];
	struct marks m = { .starts = starts, .key = key };
	struct pass *p = xcalloc(1, sizeof *p);
	struct input *in = end < 0 ? input_pipe(fd) : input_file(fd);
	struct reader *r = reader_new(in, 0, end, true);
	struct recorder *rec = record_new(on_record, p);
	struct format_state state = { 0 };
	struct lines l;

	p->format = format;
	while (reader_next(r, &l) == READER_LINES_READ) {
		if (l.n == 0)
			continue;
		if (p->format == NULL)
			p->format = format_detect(&l);
		memset(starts, 7, sizeof starts);
		m.keyed = p->format->starts(p->format, &state, &l, starts, key);
		record_lines(rec, &l, &m, NULL);
	}
	assert_int_equal(record_end(rec, false), -1);
	p->tally = *record_tally(rec);
	assert_true(tally_holds(&p->tally));
	record_free(rec);
	reader_free(r);
	input_free(in);
	return p;
}

static struct pass *
read_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct pass *p;

	if (fd == -1)
		fail_msg("%s: %s (run it from the top)", path, strerror(errno));
	p = read_all(fd, INT64_MAX, NULL);
	close(fd);
	return p;
}

static void
slurp(const char *path, struct buf *b)
{
	char chunk[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	buf_init(b, 1 << 24);
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		assert_true(buf_add(b, chunk, n));
	fclose(f);
}

/* \xNN back to bytes, in place; returns the length. */
static size_t
decode(char *s)
{
	char *to = s, *from = s, hex[3] = "";

	while (*from != '\0') {
		if (strncmp(from, "\\x", 2) == 0) {
			memcpy(hex, from + 2, 2);
			*to++ = (char)strtol(hex, NULL, 16);
			from += 4;
		} else
			*to++ = *from++;
	}
	return (size_t)(to - s);
}

/* A row of a table: columns are separated by a tab each. */
struct row {
	long line, lines;
	char *time, *level, *message;
	size_t n;
};

static void
row_parse(char *s, struct row *row)
{
	char *col[6];

	for (int i = 0; i < 6; i++) {
		col[i] = s;
		s += strcspn(s, "\t");
		if (*s != '\0')
			*s++ = '\0';
	}
	row->line = strtol(col[0], NULL, 10);
	row->lines = strtol(col[1], NULL, 10);
	row->time = col[2];
	row->level = col[3];
	row->message = col[5];
	row->n = decode(col[5]);
}

/* Offset of line n (from 1) of a text. */
static int64_t
offset_of(const struct buf *b, long n)
{
	const char *p = b->p;

	while (--n > 0) {
		p = memchr(p, '\n', b->len - (size_t)(p - b->p));
		assert_non_null(p);
		p++;
	}
	return p - b->p;
}

/*
 * The message as the tables have it: the status in front, further lines
 * behind; nginx's up to the client, wherever that stands.
 */
static bool
same_message(const struct pass *p, const struct one *o, const struct row *row)
{
	struct fields f;
	struct buf b;
	bool same;

	buf_init(&b, 1 << 20);
	format_parse(p->format, o->p, o->n, &f, &room);
	if (p->format == &format_nginx && f.rest.n > 0) {
		size_t n = (size_t)(o->p + o->n - f.message.p);

		return n >= row->n &&
		    memcmp(f.message.p, row->message, row->n) == 0 &&
		    (n == row->n ||
			strncmp(f.message.p + row->n, ", client: ", 10) == 0);
	}
	if (f.status.n > 0) {
		buf_add(&b, f.status.p, f.status.n);
		buf_adds(&b, ": ");
	}
	buf_add(&b, f.message.p, f.message.n);
	if (f.rest.n > 0) {
		buf_addc(&b, '\n');
		buf_add(&b, f.rest.p, f.rest.n);
	}
	same = b.len == row->n && memcmp(buf_str(&b), row->message, b.len) == 0;
	buf_free(&b);
	return same;
}

static bool
check_row(const struct pass *p, int64_t offset, const struct row *row,
    const char *log)
{
	const struct one *o = NULL;
	char when[CLOCK_TEXT];
	struct fields f;

	for (size_t i = 0; i < p->n; i++)
		if (p->rec[i].offset == offset)
			o = &p->rec[i];
	if (o == NULL) {
		print_error("%s:%ld: no record begins here\n", log, row->line);
		return false;
	}
	format_parse(p->format, o->p, o->n, &f, &room);
	if (o->lines == row->lines &&
	    strcmp(level_name(f.level), row->level) == 0 &&
	    strcmp(f.has_time ? clock_rfc3339(f.time, when) : "-", row->time) ==
		0 &&
	    same_message(p, o, row))
		return true;
	print_error("%s:%ld: %ld lines, %s, %s, \"%.*s\"\n", log, row->line,
	    (long)o->lines, f.has_time ? clock_rfc3339(f.time, when) : "-",
	    level_name(f.level), (int)f.message.n, f.message.p);
	return false;
}

static void
check_table(const char *log, const struct format *format, size_t records)
{
	char path[128], *line, *next;
	struct buf text, table;
	struct pass *p;
	struct row row;
	int rows = 0, bad = 0;

	snprintf(path, sizeof path, LOGS "%s.log", log);
	slurp(path, &text);
	p = read_file(path);
	assert_ptr_equal(p->format, format);
	assert_int_equal(p->n, records);
	assert_int_equal(p->tally.bytes, text.len);
	snprintf(path, sizeof path, LOGS "%s.expect.tsv", log);
	slurp(path, &table);
	for (line = table.p; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		*next++ = '\0';
		if (*line == '#')
			continue;
		row_parse(line, &row);
		rows++;
		bad += !check_row(p, offset_of(&text, row.line), &row, log);
	}
	assert_true(rows > 10);
	assert_int_equal(bad, 0);
	pass_free(p);
	buf_free(&text);
	buf_free(&table);
}

static void
apache24(void **state)
{
	(void)state;
	check_table("apache24", &format_apache, 2526);
}

static void
apache22(void **state)
{
	(void)state;
	check_table("apache22", &format_apache, 42);
}

static void
nginx(void **state)
{
	(void)state;
	check_table("nginx", &format_nginx, 1090);
}

static void
plain(void **state)
{
	(void)state;
	check_table("plain", &format_plain, 28);
}

/* Further logs, and all that is to be read of each whatever the blocks. */
static const struct {
	const char *log;
	const struct format *format;
	size_t records;
} more[] = {
	{ "lighttpd", &format_lighttpd, 23 },
	{ "naviserver", &format_naviserver, 13 },
	{ "php", &format_php, 13 },
	{ "php-fpm", &format_fpm, 180 },
	{ "access", &format_access, 39 },
	{ "container", &format_container, 13 },
	{ "syslog", &format_syslog, 17 },
	{ "json", &format_json, 20 },
	{ "java", &format_java, 19 },
	{ "python", &format_python, 19 },
	{ "uwsgi", &format_python, 11 },
	{ "ruby", &format_ruby, 12 },
	{ "laravel", &format_laravel, 11 },
	{ "postgresql", &format_postgresql, 14 },
	{ "mysql", &format_mysql, 12 },
};
#define MORE (sizeof more / sizeof *more)

static void
more_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < MORE; i++)
		check_table(more[i].log, more[i].format, more[i].records);
}

static void
assert_same(const struct pass *a, const struct pass *b, size_t cut)
{
	assert_memory_equal(&a->tally, &b->tally, sizeof a->tally);
	if (a->n != b->n)
		fail_msg("cut at %zu: %zu records, expected %zu", cut, b->n,
		    a->n);
	for (size_t i = 0; i < a->n; i++) {
		if (a->rec[i].n == b->rec[i].n &&
		    memcmp(a->rec[i].p, b->rec[i].p, a->rec[i].n) == 0 &&
		    a->rec[i].offset == b->rec[i].offset &&
		    a->rec[i].lines == b->rec[i].lines &&
		    a->rec[i].bytes == b->rec[i].bytes &&
		    a->rec[i].orphan == b->rec[i].orphan)
			continue;
		fail_msg("cut at %zu: record %zu is \"%s\", expected \"%s\"",
		    cut, i, b->rec[i].p, a->rec[i].p);
	}
}

/* Reads text from a socket that keeps the borders of its messages: each is
 * what one read(2) gets. */
static struct pass *
read_cut(const char *text, size_t n, size_t cut, const struct format *format)
{
	struct pass *p;
	int s[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s), 0);
	if (cut > 0)
		assert_int_equal(send(s[0], text, cut, 0), cut);
	if (cut < n)
		assert_int_equal(send(s[0], text + cut, n - cut, 0), n - cut);
	close(s[0]);
	p = read_all(s[1], -1, format);
	close(s[1]);
	return p;
}

/* Lines, and the formats (a, n, p) in which each starts a record. */
static const struct {
	const char *starts, *line;
} mixed[] = {
	{ "", "  left over from before" },
	{ "", "" },
	{ "ap", "[Sat Nov 21 06:47:00.123456 2026] [php:error] [pid 1] one" },
	{ "ap", "PHP Fatal error:  Uncaught x in /a.php:5" },
	{ "", "Stack trace:" },
	{ "", "#0 /b.php(8): c()" },
	{ "", "#1 {main}" },
	{ "", "" },
	{ "", "Next RuntimeException: y in /a.php:6" },
	{ "", "  thrown in /a.php on line 5" },
	{ "ap", "Next to nothing" },
	{ "anp", "2026/11/21 06:47:00 [error] 1#1: *1 open() \"/x" },
	{ "ap", "y\" failed, client: 192.0.2.1, server: s" },
	{ "ap", "ERROR:root:broken" },
	{ "", "Traceback (most recent call last):" },
	{ "", "  File \"a.py\", line 1, in f" },
	{ "", "    1 / 0" },
	{ "", "ZeroDivisionError: division by zero" },
	{ "", "" },
	{ "",
	    "During handling of the above exception, another exception "
	    "occurred:" },
	{ "", "" },
	{ "", "Traceback (most recent call last):" },
	{ "", "  File \"a.py\", line 3, in f" },
	{ "", "KeyError" },
	{ "ap", "done" },
	{ "ap", "Traceback (most recent call last):" },
	{ "", "  File \"b.py\", line 1" },
	{ "", "a.b.C: text" },
	{ "ap", "a.b.C: text" },
	{ "ap", "2026-11-20 03:12:09,123 ERROR no" },
	{ "", "java.lang.IllegalStateException: -3" },
	{ "", "\tat com.example.A.b(A.java:41)" },
	{ "", "Caused by: java.sql.SQLException: refused" },
	{ "", "\t... 3 more" },
	{ "ap", "java.io.IOException: on its own" },
	{ "ap", "java.io.IOException: on its own" },
	{ "ap", "2026-11-20 03:12:09,123 INFO fine" },
	{ "ap", "Traceback (most recent call last):" },
	{ "ap", "panic: oops" },
	{ "", "[signal SIGSEGV: x]" },
	{ "", "" },
	{ "", "goroutine 1 [running]:" },
	{ "", "main.f(0x1)" },
	{ "", "\t/m.go:5 +0x1d" },
	{ "", "created by main.main" },
	{ "", "exit status 2" },
	{ "ap", "started (again)" },
	{ "ap", "array(" },
	{ "", "(" },
	{ "", "  dump" },
	{ "", ")," },
	{ "", "}" },
	{ "", "\r" },
	{ "ap", "ERROR broken\r" },
	{ "", "Traceback (most recent call last):\r" },
	{ "", "  File\r" },
	{ "", "KeyError\r" },
	{ "ap", "KeyError\r" },
	{ "", "Stack trace:\r" },
	{ "", "goroutine 7 [running]:\r" },
	{ "", "main.main()\r" },
	{ "ap", "#comment" },
	{ "ap", "# 1" },
	{ "ap", "[Sat Nov  1 06:47:00 2026] [error] one" },
	{ "a", "Traceback (most recent call last):" },
	{ "ap", "an error" },
	{ "ap", "[Sat Nov 21 06:47:00 2026] [notice] fine" },
	{ "ap", "Traceback (most recent call last):" },
	{ "ap", "[Sat Nov 21 06:47:00 2026]" },
	{ "", "Caused by: something else" },
	{ "ap", "h\x01ole" }, /* \x01 stands for NUL */
	{ "ap", "last, without an end" },
};
#define MIXED (sizeof mixed / sizeof *mixed)

static void
mixed_text(struct buf *b)
{
	buf_init(b, 1 << 16);
	for (size_t i = 0; i < MIXED; i++) {
		buf_adds(b, mixed[i].line);
		if (i + 1 < MIXED)
			buf_addc(b, '\n');
	}
	for (size_t i = 0; i < b->len; i++)
		if (b->p[i] == 1)
			b->p[i] = '\0';
}

/* Does each record begin where it should? */
static void
check_mixed(const struct pass *p, const struct buf *text)
{
	char c = p->format->name[0];
	size_t r = 1;
	int64_t offset = 0;

	assert_int_equal(p->tally.bytes, text->len);
	assert_int_equal(p->rec[0].offset, 0);
	assert_true(p->rec[0].orphan);
	for (size_t i = 0; i < MIXED; i++) {
		if (strchr(mixed[i].starts, c) != NULL) {
			if (r >= p->n || p->rec[r].offset != offset)
				fail_msg("%s: expected a record at \"%s\"",
				    p->format->name, mixed[i].line);
			assert_false(p->rec[r].orphan);
			r++;
		} else if (r < p->n && p->rec[r].offset == offset)
			fail_msg("%s: expected no record at \"%s\"",
			    p->format->name, mixed[i].line);
		offset += (int64_t)strlen(mixed[i].line) + 1;
	}
	assert_int_equal(r, p->n);
}

static void
every_cut(void **state)
{
	static const struct format *const all[] = { &format_apache,
		&format_nginx, &format_plain };
	struct pass *whole, *p;
	struct buf text;

	(void)state;
	mixed_text(&text);
	for (size_t f = 0; f < 3; f++) {
		whole = read_cut(text.p, text.len, text.len, all[f]);
		check_mixed(whole, &text);
		for (size_t cut = 1; cut < text.len; cut += EVERY(7)) {
			p = read_cut(text.p, text.len, cut, all[f]);
			assert_same(whole, p, cut);
			pass_free(p);
		}
		pass_free(whole);
	}
	buf_free(&text);
}

#define CUT_BYTES 6000 /* of a log that are cut at every byte */

static void
more_cuts(void **state)
{
	struct pass *whole, *p;
	struct buf text;
	char path[128];
	size_t n;

	(void)state;
	for (size_t i = 0; i < MORE; i++) {
		snprintf(path, sizeof path, LOGS "%s.log", more[i].log);
		slurp(path, &text);
		n = text.len < CUT_BYTES ? text.len : CUT_BYTES;
		whole = read_cut(text.p, n, n, more[i].format);
		for (size_t cut = 1; cut < n; cut += EVERY(7)) {
			p = read_cut(text.p, n, cut, more[i].format);
			assert_same(whole, p, cut);
			pass_free(p);
		}
		pass_free(whole);
		buf_free(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(apache24),
		cmocka_unit_test(apache22),
		cmocka_unit_test(nginx),
		cmocka_unit_test(plain),
		cmocka_unit_test(more_tables),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(more_cuts),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	when_set_now(1795903200); /* 2026-11-28; syslog.log has no year */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
