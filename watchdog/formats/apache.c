/* SPDX-License-Identifier: ISC */
/*
 * Apache's error log.
 * 2.4: [Sat Nov 21 06:47:00.123456 2026] [php:error] [pid 1:tid 2]
 *      (13)Permission denied: [client 192.0.2.1:5678] text, referer: http://…
 * 2.2: [Wed Oct 11 14:32:52 2000] [error] [client 192.0.2.1] text
 */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format.h"

#include <string.h>

#include "common/base/span.h"
#include "watchdog/read/reader.h"
#include "watchdog/read/record.h"
#include "watchdog/format/shape.h"
#include "watchdog/format/take.h"
#include "watchdog/format/trace.h"
#include "watchdog/format/when.h"

#define HEAD "[aaa aaa ?9 99:99:99????" /* shape.h; a day may be " 1" */
#define HEAD_MIN 26                     /* [Wed Oct 11 14:32:52 2000] */
#define MODULE 34 /* with microseconds: its module's place */

static size_t
digits(struct span s, size_t i)
{
	size_t from = i;

	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i - from;
}

/* The field in brackets that comes next: its length with them, or 0. */
static size_t
bracket(struct span s, struct span *in)
{
	const char *close;

	if (s.n == 0 || s.p[0] != '[')
		return 0;
	close = memchr(s.p, ']', s.n);
	if (close == NULL)
		return 0;
	in->p = s.p + 1;
	in->n = (size_t)(close - in->p);
	return in->n + 2;
}

/* ---- whose line it is ------------------------------------------------- */

/* What has no head was not written by Apache. */
#define STRANGER 1

/* "[pid 1:tid 2] [client 192.0.2.1:5678]": takes the head off, and these in
 * front of the text are who wrote it. */
static struct span
take_head(struct span *s)
{
	struct span who, in;
	size_t n;

	for (int i = 0; i < 2; i++) { /* date, level */
		take_bytes(s, bracket(*s, &in));
		while (s->n > 0 && s->p[0] == ' ')
			take_bytes(s, 1);
	}
	who = *s;
	while ((n = bracket(*s, &in)) > 0 &&
	    (span_begins(in, "pid ") || span_begins(in, "tid ") ||
		span_begins(in, "client ") || span_begins(in, "remote "))) {
		take_bytes(s, n);
		if (s->n > 0 && s->p[0] == ' ')
			take_bytes(s, 1);
	}
	who.n = (size_t)(s->p - who.p);
	return who;
}

/* Of "AH01215: stderr from /x.cgi: text, referer: …" the text; up to 2.4.58 it
 * was "AH01215: text: /x.cgi". */
static bool
take_cgi(struct span *s)
{
	static const char mark[] = "AH01215: ", from[] = "stderr from ";
	static const char referer[] = ", referer: ";
	const char *p;

	if (!span_begins(*s, mark))
		return false;
	take_bytes(s, sizeof mark - 1);
	p = memmem(s->p, s->n, referer, sizeof referer - 1);
	if (p != NULL)
		s->n = (size_t)(p - s->p);
	if (span_begins(*s, from)) {
		p = memmem(s->p, s->n, ": ", 2);
		if (p != NULL)
			take_bytes(s, (size_t)(p - s->p) + 2);
		return true;
	}
	for (size_t i = s->n; i-- > 0;)
		if (s->n - i > 2 && memcmp(s->p + i, ": /", 3) == 0) {
			s->n = i;
			break;
		}
	return true;
}

/* May such a first line go on with others?  Most programs say only one. */
static bool
may_go_on(const struct format_writer *w, struct span s)
{
	return w->trace != TRACE_NONE || span_begins(s, "PHP ") ||
	    (s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == '.')); /* "line 3." */
}

/* Does a line with a head start a record?  php: there are stacks of it. */
static bool
head_starts(struct format_state *state, const char *p, size_t len, bool php,
    uint32_t *key)
{
	struct span s = { p, len }, who = take_head(&s);
	struct format_writer *w;
	struct trace t;
	bool cgi = take_cgi(&s), goes_on;

	*key = format_key(who.p, who.n);
	if (*key == STRANGER)
		*key = ~*key;
	state->mixed -= state->mixed > 0;
	state->going -= state->going > 0;
	if (!cgi && !span_begins(s, "PHP "))
		return true;
	w = format_writer(state, *key);
	t = (struct trace){ .state = cgi ? w->trace : TRACE_NONE };
	goes_on = trace_continues(&t, s.p, s.n);
	w->trace = trace_settle(&t);
	if (goes_on || (cgi ? may_go_on(w, s) : php))
		state->mixed = state->going = RECORD_IDLE;
	return !goes_on;
}

/* Some lines were written by others, or continue what Apache wrote.  A trace
 * is known behind Apache's lines too, but none begins there that needs the
 * line before it. */
static void
mixed_starts(struct format_state *state, const struct lines *l, bool php,
    uint8_t *starts, uint32_t *key)
{
	struct trace t = { .state = state->trace };
	const char *p;
	size_t len;

	for (size_t i = 0; i < l->n; i++) {
		p = lines_at(l, i, &len);
		if (starts[i]) {
			starts[i] = head_starts(state, p, len, php, &key[i]);
			if (t.state <= TRACE_TROUBLE)
				t.state = TRACE_NONE;
		} else {
			starts[i] = !trace_continues(&t, p, len);
			key[i] = STRANGER;
			state->mixed = RECORD_IDLE;
			if (!starts[i] || t.state > TRACE_TROUBLE)
				state->going = RECORD_IDLE;
		}
	}
	state->trace = trace_settle(&t);
}

/* Marks the lines with a head.  Has every line one, and wrote none of them
 * for a CGI? */
static bool
all_heads(const struct lines *l, uint8_t *starts)
{
	static const char cgi[] = "[cgi"; /* "[cgid:error]" too */
	const struct shape head = shape_of(HEAD);
	const char *p = l->p;
	size_t heads = 0, n;

	for (size_t i = 0; i < l->n; i++) {
		n = (size_t)(l->p + l->end[i] - p);
		starts[i] = n > HEAD_MIN && shape_fits(&head, p);
		heads += starts[i] &&
		    (n < MODULE + 4 || memcmp(p + MODULE, cgi, 4) != 0);
		p = l->p + l->end[i];
	}
	return heads == l->n;
}

/* Are there stacks of xdebug?  Each has a line "PHP   1. {main}() /x.php:0";
 * of a stack at the end of the block that may be the next one's. */
static bool
has_stacks(const struct lines *l)
{
	static const char first[] = "PHP   1. {main}(", head[] = "PHP Stack ";
	const size_t at = 9, size = l->end[l->n - 1];
	const char *p = l->p, *end = l->p + size;
	size_t tail = size < 4096 ? size : 4096;

	while ((p = memchr(p, '{', (size_t)(end - p))) != NULL) {
		if ((size_t)(p - l->p) >= at &&
		    (size_t)(end - p) >= sizeof first - 1 - at &&
		    memcmp(p - at, first, sizeof first - 1) == 0)
			return true;
		p++;
	}
	return memmem(end - tail, tail, head, sizeof head - 1) != NULL;
}

static bool
apache_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	bool heads = all_heads(l, starts), php = has_stacks(l);
	struct span last, who;

	(void)self;
	if (!heads || php || state->mixed > 0) {
		mixed_starts(state, l, php, starts, key);
		state->open = state->going > 0 || key[l->n - 1] == STRANGER;
		state->whole = !state->open;
		return true;
	}
	last.p = lines_at(l, l->n - 1, &last.n);
	who = take_head(&last);
	key[l->n - 1] = format_key(who.p, who.n);
	state->open = false;
	state->whole = true;
	if (state->trace <= TRACE_TROUBLE)
		state->trace = TRACE_NONE;
	return false;
}

/* ---- fields ----------------------------------------------------------- */

/* Takes the date with its brackets. */
static bool
take_date(struct span *s, struct fields *f)
{
	const char *p = s->p;
	struct when w;
	size_t i = 20;

	if (s->n < HEAD_MIN || p[0] != '[' || p[4] != ' ' || p[8] != ' ' ||
	    p[11] != ' ' || !when_clock(p + 12, &w))
		return false;
	w.month = when_month(p + 5);
	w.day = p[9] == ' ' ? when_number(p + 10, 1) : when_number(p + 9, 2);
	if (p[i] == '.')
		i += 1 + digits(*s, i + 1);
	if (i + 6 > s->n || p[i] != ' ' || p[i + 5] != ']')
		return false;
	w.year = when_number(p + i + 1, 4);
	f->has_time = when_local(&w, &f->time);
	take_bytes(s, i + 6);
	return true;
}

/* "php:error", ":error", "error" */
static enum level
level_of(struct span in)
{
	const char *colon = memrchr(in.p, ':', in.n);

	if (colon != NULL)
		take_bytes(&in, (size_t)(colon + 1 - in.p));
	return level_parse(in.p, in.n);
}

/* "mod_deflate.c(615): ", which levels from debug on have in front. */
static size_t
source_file(struct span s)
{
	const char *open = memchr(s.p, '(', s.n);
	size_t i, k;

	if (open == NULL || open == s.p)
		return 0;
	i = (size_t)(open - s.p);
	if (memchr(s.p, ' ', i) != NULL || memchr(s.p, '.', i) == NULL)
		return 0;
	k = digits(s, i + 1);
	take_bytes(&s, i + 1 + k);
	return k > 0 && span_begins(s, "): ") ? i + 1 + k + 3 : 0;
}

/* "(13)Permission denied: ", "(EAI 2)Name or service not known: ": the
 * length of the text without ": ", or 0. */
static size_t
status_of(struct span s)
{
	const char *end;
	size_t i = 1;

	if (s.n < 4 || s.p[0] != '(')
		return 0;
	if (span_begins(s, "(EAI ") || span_begins(s, "(OS "))
		i = s.p[1] == 'E' ? 5 : 4;
	else if (span_begins(s, "(os 0x"))
		i = 6;
	else if (s.p[1] == '-')
		i = 2;
	while (i < s.n &&
	    ((s.p[i] >= '0' && s.p[i] <= '9') ||
		(s.p[3] == ' ' && s.p[i] >= 'a' && s.p[i] <= 'f')))
		i++;
	if (i >= s.n || s.p[i] != ')' || s.p[i - 1] == '(')
		return 0;
	/* no system's error text has a colon */
	end = memmem(s.p + i, s.n - i, ": ", 2);
	return end != NULL ? (size_t)(end - s.p) : 0;
}

/*
 * The fields between the date and the message.  Each may be missing, none
 * comes twice: the message itself may begin with a bracket.
 */
static void
take_fields(struct span *s, struct fields *f)
{
	bool level = false, pid = false, client = false, file = false;
	struct span in;
	size_t n;

	for (;; take_bytes(s, n)) {
		while (s->n > 0 && s->p[0] == ' ')
			take_bytes(s, 1);
		n = bracket(*s, &in);
		if (n > 0 && !level && (f->level = level_of(in)) > 0) {
			level = true;
		} else if (n > 0 && !pid &&
		    (span_begins(in, "pid ") || span_begins(in, "tid "))) {
			level = pid = true;
		} else if (n > 0 && !client &&
		    (span_begins(in, "client ") ||
			span_begins(in, "remote "))) {
			level = pid = client = true;
		} else if (n == 0 && !file && f->level == LEVEL_DEBUG &&
		    (n = source_file(*s)) > 0) {
			level = pid = file = true;
		} else if (n == 0 && f->status.n == 0 &&
		    (n = status_of(*s)) > 0) {
			f->status.p = s->p;
			f->status.n = n;
			n += 2;
			level = pid = file = true;
		} else
			return;
	}
}

/* "… on line 31", how PHP ends what it says. */
static bool
ends_on_line(const char *p, size_t n)
{
	size_t i = n;

	while (i > 0 && p[i - 1] >= '0' && p[i - 1] <= '9')
		i--;
	return i < n && i >= 9 && memcmp(p + i - 9, " on line ", 9) == 0;
}

/*
 * Where the message ends.  What follows the first ", referer: " is a header
 * of the client, which may write that very text, and what looks like another
 * place in the site, into it.  But it may have written it into the message
 * as well, to hide the place that stands behind: PHP's messages have an end
 * of their own.
 */
static size_t
message_end(struct span s)
{
	static const char mark[] = ", referer: ";
	const char *at = s.p, *first = NULL;
	bool php = span_begins(s, "PHP ") && memmem(s.p, s.n, ":  ", 3) != NULL;

	while ((at = memmem(at, s.n - (size_t)(at - s.p), mark,
		    sizeof mark - 1)) != NULL) {
		if (!php || ends_on_line(s.p, (size_t)(at - s.p)))
			return (size_t)(at - s.p);
		if (first == NULL)
			first = at;
		at++;
	}
	if (first == NULL || ends_on_line(s.p, s.n))
		return s.n;
	return (size_t)(first - s.p);
}

static bool
apache_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span s = take_line(record, len);

	(void)self;
	if (!take_date(&s, f))
		return false;
	take_fields(&s, f);
	f->message.p = s.p;
	f->message.n = message_end(s);
	return true;
}

const struct format format_apache = { .name = "apache",
	.starts = apache_starts,
	.parse = apache_parse };

/* "[core:error] [pid 1] [client …] text": module and level begin it. */
static bool
undated_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct span s = take_line(record, len);
	struct span in;

	(void)self;
	if (bracket(s, &in) == 0 || memchr(in.p, ':', in.n) == NULL ||
	    level_of(in) == LEVEL_NONE)
		return false;
	take_fields(&s, f);
	f->message.p = s.p;
	f->message.n = message_end(s);
	return true;
}

const struct format format_apache_undated = { .name = "apache",
	.starts = apache_starts,
	.parse = undated_parse };
