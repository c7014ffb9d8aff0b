/* SPDX-License-Identifier: ISC */
/*
 * The error logs of MySQL and MariaDB:
 * 2026-11-28T18:00:01.123456Z 8 [ERROR] [MY-010000] [Server] text
 * 2026-11-28  6:00:01 8 [ERROR] mysqld: text
 * 261128  6:00:01 [ERROR] text
 * 18:00:01 UTC - mysqld got signal 11 ;
 * A crash is a text of many lines.
 */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format.h"

#include "watchdog/format/format_head.h"
#include "watchdog/format/take.h"
#include "watchdog/format/when.h"

/* " 6:00:01" */
static bool
padded_clock(const char *p, struct when *w)
{
	char clock[9];

	memcpy(clock, p, 8);
	clock[8] = '\0';
	if (clock[0] == ' ')
		clock[0] = '0';
	return when_clock(clock, w);
}

/* Takes MariaDB's "2026-11-28  6:00:01" and the old "261128  6:00:01". */
static bool
take_padded(struct span *s, struct fields *f)
{
	const char *p = s->p;
	bool old = s->n > 6 && p[6] == ' ';
	size_t day = old ? 6 : 10;
	struct when w;

	if (s->n < day + 9 || p[day] != ' ' || !padded_clock(p + day + 1, &w))
		return false;
	if (old) {
		w.year = when_number(p, 2);
		w.year += w.year >= 0 ? 2000 : 0;
		w.month = when_number(p + 2, 2);
		w.day = when_number(p + 4, 2);
	} else {
		if (p[4] != '-' || p[7] != '-')
			return false;
		w.year = when_number(p, 4);
		w.month = when_number(p + 5, 2);
		w.day = when_number(p + 8, 2);
	}
	f->has_time = when_local(&w, &f->time);
	take_bytes(s, day + 9);
	return true;
}

static enum level
level_of(struct span in)
{
	if ((in.n == 4 && memcmp(in.p, "Note", 4) == 0) ||
	    (in.n == 6 && memcmp(in.p, "System", 6) == 0))
		return LEVEL_NOTICE;
	return level_parse(in.p, in.n);
}

static bool
is_crash(struct span s, struct fields *f)
{
	if (memmem(s.p, s.n, "UTC - mysqld got ", 17) == NULL &&
	    memmem(s.p, s.n, "[ERROR] mysqld got ", 19) == NULL)
		return false;
	f->level = LEVEL_CRIT;
	f->message = s;
	return true;
}

static bool
mysql_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span s = take_line(record, len), in;
	bool old = s.n > 6 && s.p[6] == ' ';

	(void)self;
	if (s.n < 20 || s.p[0] < '0' || s.p[0] > '9' || s.p[4] == '/')
		return false;
	if (!take_padded(&s, f) && !head_time(&s, f))
		return s.p[2] == ':' && is_crash(s, f);
	take_blanks(&s);
	if (is_crash(s, f))
		return true;
	if (!take_digits(&s) && !old)
		return false;
	take_blanks(&s);
	if (!take_bracket(&s, &in) || (f->level = level_of(in)) == LEVEL_NONE ||
	    !take_char(&s, ' '))
		return false;
	if (s.n > 3 && memcmp(s.p, "[MY-", 4) == 0 && take_bracket(&s, &in)) {
		take_blanks(&s);
		if (take_bracket(&s, &f->program))
			take_blanks(&s);
	}
	f->message = s;
	head_judge(f);
	return true;
}

const struct format format_mysql = { .name = "mysql",
	.judges = true,
	.starts = head_starts,
	.parse = mysql_parse };
