/* SPDX-License-Identifier: ISC */
/*
 * What syslog and the journal put around the lines of a program:
 * Nov 28 18:00:01 host prog[123]: text                 RFC 3164, journalctl
 * 2026-11-28T18:00:01.123+01:00 host prog[123]: text   rsyslog, short-iso
 * <34>1 2026-11-28T18:00:01Z host prog 123 ID [data] text       RFC 5424
 * A "<34>" may stand before each.  RFC 3164 has no year: see when.h.
 */
#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"
#include "watchdog/format/envelope.h"
#include "watchdog/format/take.h"
#include "watchdog/format/when.h"

#define NAME_MAX_LEN 256 /* of a host or a program */

/* Takes "<34>"; the level is the lower three bits. */
static bool
take_pri(struct span *s, struct fields *f)
{
	static const enum level level[] = { LEVEL_EMERG, LEVEL_ALERT,
		LEVEL_CRIT, LEVEL_ERROR, LEVEL_WARN, LEVEL_NOTICE, LEVEL_INFO,
		LEVEL_DEBUG };
	int pri = 0;
	size_t i = 1;

	if (!span_begins(*s, "<"))
		return false;
	for (; i < s->n && i < 4 && is_digit(s->p[i]); i++)
		pri = pri * 10 + (s->p[i] - '0');
	if (i == 1 || i >= s->n || s->p[i] != '>' || pri > 191)
		return false;
	f->level = level[pri & 7];
	take_bytes(s, i + 1);
	return true;
}

/* Takes "Nov 28 18:00:01", with a fraction where there is one. */
static bool
take_bsd(struct span *s, struct fields *f)
{
	const char *p = s->p;
	struct when w = { 0 };

	if (s->n < 17 || p[3] != ' ' || p[6] != ' ' || !when_clock(p + 7, &w))
		return false;
	w.month = when_month(p);
	w.day = p[4] == ' ' ? when_number(p + 5, 1) : when_number(p + 4, 2);
	if (w.month == 0 || w.day < 1)
		return false;
	f->has_time = when_yearless(&w, &f->time);
	take_bytes(s, 15);
	if (s->p[0] == '.')
		for (take_bytes(s, 1); s->n > 0 && is_digit(s->p[0]);)
			take_bytes(s, 1);
	return true;
}

/* Takes a word and the blank behind it. */
static bool
take_word(struct span *s, struct span *word)
{
	const char *blank = span_find(span_head(*s, NAME_MAX_LEN), " ");

	if (blank == NULL || blank == s->p)
		return false;
	*word = span_until(*s, blank);
	*s = span_from(*s, blank + 1);
	return true;
}

/* Takes "prog[123]: ", "prog: "; *id is all before the colon. */
static bool
take_tag(struct span *s, struct span *program, struct span *id)
{
	size_t i = 0, k, name;

	while (i < s->n && i < NAME_MAX_LEN && s->p[i] > ' ' &&
	    s->p[i] != ':' && s->p[i] != '[')
		i++;
	if (i == 0 || i >= s->n)
		return false;
	name = i;
	if (s->p[i] == '[') {
		for (k = i + 1; k < s->n && is_digit(s->p[k]); k++)
			;
		if (k == i + 1 || k >= s->n || s->p[k] != ']')
			return false;
		i = k + 1;
	}
	if (i >= s->n || s->p[i] != ':')
		return false;
	*program = span_head(*s, name);
	*id = span_head(*s, i);
	take_bytes(s, i + 1);
	if (span_begins(*s, " "))
		take_bytes(s, 1);
	return true;
}

/* Takes RFC 5424's structured data: "-" or "[id name=\"…\"][…]". */
static bool
take_data(struct span *s)
{
	bool quoted = false;
	size_t i = 0;

	if (span_begins(*s, "-"))
		i = 1;
	else
		while (i < s->n && s->p[i] == '[') {
			for (; i < s->n && (quoted || s->p[i] != ']'); i++)
				if (s->p[i] == '\\' && quoted)
					i++;
				else if (s->p[i] == '"')
					quoted = !quoted;
			i++;
		}
	if (i == 0 || i > s->n)
		return false;
	take_bytes(s, i);
	if (span_begins(*s, " "))
		take_bytes(s, 1);
	if (span_begins(*s, "\xef\xbb\xbf"))
		take_bytes(s, 3);
	return true;
}

/* rsyslog writes control characters as #011, octal. */
static void
syslog_put(struct buf *out, struct span s)
{
	const char *p;
	int c;

	while ((p = span_find(s, "#0")) != NULL) {
		buf_add(out, s.p, (size_t)(p - s.p));
		s = span_from(s, p);
		c = s.n < 4 || s.p[2] < '0' || s.p[2] > '3' || s.p[3] < '0' ||
			s.p[3] > '7' ?
		    0 :
		    (s.p[2] - '0') * 8 + s.p[3] - '0';
		buf_addc(out, c != 0 ? (char)c : '#');
		take_bytes(&s, c != 0 ? 4 : 1);
	}
	buf_add(out, s.p, s.n);
}

/* Behind "<34>1 ". */
static bool
open_5424(struct span s, struct envelope *e)
{
	struct span host, pid, id, all;
	bool zone;

	if (span_begins(s, "- "))
		take_bytes(&s, 2);
	else if (!when_take_zone(&s, &e->head.has_time, &e->head.time, &zone) ||
	    !span_begins(s, " "))
		return false;
	else
		take_bytes(&s, 1);
	all = s;
	if (!take_word(&s, &host) || !take_word(&s, &e->head.program) ||
	    !take_word(&s, &pid))
		return false;
	e->key = format_key(all.p, (size_t)(s.p - all.p));
	if (!take_word(&s, &id) || !take_data(&s))
		return false;
	e->text = s;
	e->put = syslog_put;
	return true;
}

/* PostgreSQL numbers its messages, "[5-1] ", and the lines of each. */
static void
take_postgres(struct envelope *e)
{
	struct span *s = &e->text;
	size_t i = 1, k;

	if (!span_begins(*s, "["))
		return;
	while (i < s->n && is_digit(s->p[i]))
		i++;
	if (i == 1 || i >= s->n || s->p[i] != '-')
		return;
	for (k = i + 1; k < s->n && is_digit(s->p[k]); k++)
		;
	if (k == i + 1 || k + 1 >= s->n || memcmp(s->p + k, "] ", 2) != 0)
		return;
	if (k != i + 2 || s->p[i + 1] != '1')
		e->way = ENVELOPE_MORE;
	take_bytes(s, k + 2);
}

static bool
syslog_open(struct span s, struct envelope *e)
{
	struct span host = { s.p, 0 }, id;
	bool pri = take_pri(&s, &e->head), bsd, zone = false;

	if (pri && span_begins(s, "1 "))
		return open_5424(span_skip(s, 2), e);
	bsd = take_bsd(&s, &e->head);
	if (!bsd &&
	    (s.n < 24 || s.p[10] != 'T' || s.p[4] != '-' ||
		!when_take_zone(&s, &e->head.has_time, &e->head.time, &zone) ||
		!zone))
		return false;
	if (!span_begins(s, " "))
		return false;
	take_bytes(&s, 1);
	if (!take_word(&s, &host))
		return false;
	if (take_tag(&s, &e->head.program, &id)) {
		e->key = format_key(host.p, (size_t)(id.p + id.n - host.p));
		/* "2026-11-28T18:00:01Z ERROR name: text" is no syslog */
		if (!bsd && level_parse(host.p, host.n) != LEVEL_NONE)
			return false;
	} else if (bsd) /* "last message repeated 2 times" */
		e->key = format_key(host.p, host.n);
	else
		return false;
	e->text = s;
	e->put = syslog_put;
	if (span_begins(e->head.program.p != NULL ? e->head.program : host,
		"postgres"))
		take_postgres(e);
	return true;
}

static struct envelope_kind kind = { .open = syslog_open };

const struct format format_syslog = { .name = "syslog",
	.judges = true, /* what is in it may */
	.starts = envelope_starts,
	.parse = envelope_parse,
	.unwrap = envelope_unwrap,
	.data = &kind };
