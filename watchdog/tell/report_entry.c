/* SPDX-License-Identifier: ISC */
/* One group in a report. */
#include "watchdog/tell/report_entry.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "watchdog/match/group.h"
#include "watchdog/match/span.h"
#include "watchdog/match/unwrap.h"

#define MESSAGE_NEW 400   /* characters of a message that is new, */
#define MESSAGE_KNOWN 140 /* and of one that was told before */
#define SAMPLE_LINES 12
#define RULE_MAX 100 /* bytes of a message that become a rule */

/* A text of our own making, at its longest. */
#define SCRATCH (8 * GROUP_SAMPLE)

static const char line_end[] = "\\n"; /* as Apache writes it */

/* What the group's message says: unwrapped, without its stack trace. */
static struct span
said(const struct group *g)
{
	struct span s = unwrap((struct span){ g->message, g->nmessage });

	return span_until(s, span_find(s, "\\nStack trace:"));
}

/* Runs of blanks become one. */
static void
add_folded(struct buf *b, struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] != ' ' || i == 0 || s.p[i - 1] != ' ')
			buf_addc(b, s.p[i]);
}

void
entry_short(struct buf *b, struct span s, size_t max)
{
	struct buf folded;

	/* Blanks that go are the only reason to look at more than max. */
	s = span_head(s, GROUP_MESSAGE);
	buf_init(&folded, GROUP_MESSAGE);
	add_folded(&folded, s);
	text_shorten(b, buf_str(&folded), folded.len, max);
	buf_free(&folded);
}

void
entry_headline(struct buf *b, const struct group *g, size_t max)
{
	entry_short(b, said(g), max);
}

void
entry_count(struct buf *b, int64_t n, const char *noun)
{
	char number[32];

	buf_addf(b, "%s %s%s", text_count(number, n), noun, n == 1 ? "" : "s");
}

/* "22 x error /bboard/post.php". */
static void
add_head(struct buf *b, const struct group *g)
{
	char number[32];

	buf_addf(b, "%s x", text_count(number, g->count));
	if (g->level != LEVEL_NONE)
		buf_addf(b, " %s", level_name(g->level));
	if (g->path != NULL) {
		buf_addc(b, ' ');
		text_shorten(b, g->path, strlen(g->path), REPORT_WIDTH - 20);
	}
}

/* "21 Nov 07:17:24 UTC" in its parts. */
struct moment {
	char text[CLOCK_TEXT];
	size_t time, zone; /* where they begin */
};

static struct moment
moment_of(int64_t t)
{
	struct moment m;
	const char *blank;

	clock_local(t, m.text);
	blank = strchr(m.text, ' ');
	blank = blank != NULL ? strchr(blank + 1, ' ') : NULL;
	m.time = blank != NULL ? (size_t)(blank + 1 - m.text) : 0;
	m.zone = m.time + strcspn(m.text + m.time, " ");
	return m;
}

/* "21 Nov 07:17:24 to 07:17:33 UTC", as short as it is clear: the date may
 * change in between, and the zone, where clocks are set. */
static void
add_times(struct buf *b, const struct group *g)
{
	struct moment first = moment_of(g->first), last = moment_of(g->last);
	bool one_day = first.time == last.time &&
	    memcmp(first.text, last.text, first.time) == 0;

	if (strcmp(first.text, last.text) == 0) {
		buf_adds(b, first.text);
		return;
	}
	if (strcmp(first.text + first.zone, last.text + last.zone) == 0)
		first.text[first.zone] = '\0';
	buf_addf(b, "%s to %s", first.text,
	    last.text + (one_day ? last.time : 0));
}

/* When, and what is known of it: years may lie between, so with the year. */
static void
add_history(struct buf *b, const struct group *g, enum novelty novelty)
{
	char day[CLOCK_TEXT], number[32];

	if (g->first != 0)
		add_times(b, g);
	if (novelty == NOVEL_NEW)
		return;
	if (g->first != 0)
		buf_adds(b, "; ");
	if (novelty == NOVEL_BACK)
		buf_addf(b, "last seen %.10s, ",
		    clock_rfc3339(g->seen_last, day));
	buf_addf(b, "%s time%s before, since %.10s",
	    text_count(number, g->seen_count), g->seen_count == 1 ? "" : "s",
	    clock_rfc3339(g->seen_first, day));
}

/* A line end that Apache escaped is one again. */
static void
add_unescaped(struct buf *b, struct span s)
{
	const char *p;

	while ((p = span_find(s, line_end)) != NULL) {
		buf_add(b, s.p, (size_t)(p - s.p));
		buf_addc(b, '\n');
		s = span_from(s, p + strlen(line_end));
	}
	buf_add(b, s.p, s.n);
}

/* Where in the sample's first line the message stands, or NULL; an empty one
 * stands nowhere. */
static const char *
find_message(struct span line, struct span message)
{
	size_t i;

	for (i = 0; message.n > 0 && i + message.n <= line.n; i++)
		if (memcmp(line.p + i, message.p, message.n) == 0)
			return line.p + i;
	return NULL;
}

/*
 * What stands before the message, without what the entry tells: Apache's
 * "[time] [level] [pid]", nginx's "time [level] pid#tid: *7 ".
 */
static struct span
trim_head(struct span s)
{
	const char *p = span_find(s, "[client ");
	size_t i;

	if (p != NULL)
		return span_from(s, p);
	p = span_find_last(s, "] ");
	if (p == NULL)
		return s;
	for (i = (size_t)(p - s.p) + 2; i < s.n; i++)
		if (!is_digit(s.p[i]) && strchr("#:* ", s.p[i]) == NULL)
			break;
	if (i == s.n || span_begins(span_skip(s, i), "FastCGI sent "))
		s.n = 0;
	return s;
}

/* And behind it: of nginx from the client on. */
static struct span
trim_tail(struct span s)
{
	const char *p = span_begins(s, "\" while ") ?
	    span_find(s, ", client: ") :
	    NULL;

	return p != NULL ? span_from(s, p) : s;
}

/*
 * The record around its message, which the entry has already: client and
 * referer, request, stack trace, further lines.  Nothing if none of it helps.
 */
static void
add_around(struct buf *b, const struct group *g)
{
	struct span sample = { g->sample, g->nsample }, message = said(g);
	struct span line = span_until(sample,
	    sample.n > 0 ? memchr(sample.p, '\n', sample.n) : NULL);
	const char *p = find_message(line, message);
	struct span head, tail;
	bool trace;

	if (p == NULL) {
		buf_add(b, sample.p, sample.n);
		return;
	}
	head = trim_head(span_until(line, p));
	tail = trim_tail(span_from(line, p + message.n));
	trace = span_begins(tail, line_end);
	/* What begins a line needs no joint. */
	if (head.n == 0 && trace)
		tail = span_skip(tail, strlen(line_end));
	else if (head.n == 0 && span_begins(tail, ", "))
		tail = span_skip(tail, 2);
	else if (head.n + tail.n > 0) {
		buf_add(b, head.p, head.n);
		buf_adds(b, "\xe2\x80\xa6");
	}
	if (trace)
		add_unescaped(b, tail);
	else
		buf_add(b, tail.p, tail.n);
	if (line.n == sample.n)
		return;
	if (b->len > 0)
		buf_addc(b, '\n');
	buf_add(b, line.p + line.n + 1, sample.n - line.n - 1);
}

/* The length of its first n lines, with the last one's LF. */
static size_t
lines_length(const struct buf *b, size_t n)
{
	size_t at;

	for (at = 0; at < b->len; at++)
		if (b->p[at] == '\n' && --n == 0)
			return at + 1;
	return b->len;
}

static void
add_sample(struct buf *b, const struct group *g)
{
	struct buf around, wrapped;
	size_t n;

	buf_init(&around, SCRATCH);
	buf_init(&wrapped, SCRATCH);
	add_around(&around, g);
	if (around.len > 0) {
		text_wrap(&wrapped, buf_str(&around), around.len, REPORT_WIDTH,
		    "  | ");
		buf_addc(&wrapped, '\n');
		n = lines_length(&wrapped, SAMPLE_LINES);
		buf_add(b, buf_str(&wrapped), n);
		if (n < wrapped.len || g->cut > 0) {
			buf_adds(b, "  | \xe2\x80\xa6 (");
			entry_count(b, g->lines, "line");
			buf_adds(b, ", ");
			entry_count(b, (int64_t)g->nsample + g->cut, "byte");
			buf_adds(b, " in all)\n");
		}
	}
	buf_free(&around);
	buf_free(&wrapped);
}

/* Cleaned and wrapped, indented, with an LF. */
static void
add_text(struct buf *b, const char *p, size_t n, size_t max)
{
	struct buf shown;

	buf_init(&shown, SCRATCH);
	text_shorten(&shown, p, n, max);
	text_wrap(b, buf_str(&shown), shown.len, REPORT_WIDTH, "  ");
	buf_addc(b, '\n');
	buf_free(&shown);
}

void
entry_full(struct buf *b, const struct group *g, enum novelty novelty)
{
	struct span message = said(g);
	struct buf line;

	add_head(b, g);
	buf_addc(b, '\n');
	if (message.n > 0)
		add_text(b, message.p, message.n,
		    novelty == NOVEL_KNOWN ? MESSAGE_KNOWN : MESSAGE_NEW);
	buf_init(&line, SCRATCH);
	add_history(&line, g, novelty);
	if (line.len > 0)
		add_text(b, buf_str(&line), line.len, SCRATCH);
	buf_reset(&line);
	buf_addf(&line, "%s at byte %lld", g->file, (long long)g->offset);
	add_text(b, buf_str(&line), line.len, SCRATCH);
	buf_free(&line);
	if (novelty != NOVEL_KNOWN)
		add_sample(b, g);
}

void
entry_line(struct buf *b, const struct group *g)
{
	struct buf line;

	buf_init(&line, SCRATCH);
	add_head(&line, g);
	buf_adds(&line, ": ");
	entry_headline(&line, g, REPORT_WIDTH);
	text_shorten(b, buf_str(&line), line.len, REPORT_WIDTH);
	buf_addc(b, '\n');
	buf_free(&line);
}

/*
 * Each byte matches itself, but digits any number, and what cannot be typed
 * anything.  A client's words in it match nothing else than themselves.
 */
void
entry_rule(struct buf *b, const struct group *g)
{
	struct span s = span_head(said(g), RULE_MAX);
	size_t i, n;

	for (i = 0; i < s.n; i += n) {
		n = 1;
		while (is_digit(s.p[i]) && i + n < s.n && is_digit(s.p[i + n]))
			n++;
		if (is_digit(s.p[i]))
			buf_adds(b, "\\d+");
		else if (s.p[i] < ' ' || s.p[i] > '~')
			buf_addc(b, '.');
		else {
			if (strchr("\\^$.|?*+()[]{}#", s.p[i]) != NULL)
				buf_addc(b, '\\');
			buf_addc(b, s.p[i]);
		}
	}
}
