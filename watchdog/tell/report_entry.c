/* SPDX-License-Identifier: ISC */
/* One group in a report. */
#include "watchdog/tell/report_entry.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/text.h"
#include "watchdog/match/frames.h"
#include "watchdog/match/group.h"
#include "common/base/span.h"
#include "watchdog/match/unwrap.h"
#include "watchdog/read/journal.h"
#include "watchdog/tell/report.h"
#include "watchdog/tell/report_rule.h"
#include "watchdog/tell/report_sample.h"

#define MESSAGE_NEW 400   /* characters of a message that is new, */
#define MESSAGE_KNOWN 140 /* and of one that was told before */
#define FINGERPRINT 8     /* digits of it: enough for one log */
#define HOURS 8           /* the last ones, of what grows */
#define PLAIN_MAX 200     /* bytes of a file name in a command */
#define USUAL_CONF "/etc/sitewatch/watchdog.conf"

/* A text of our own making, at its longest. */
#define SCRATCH (8 * GROUP_SAMPLE)

struct span
entry_said(const struct group *g)
{
	struct span s = unwrap((struct span){ g->message, g->nmessage });

	return span_until(s, span_find(s, "\\nStack trace:"));
}

struct span
entry_first_line(const struct group *g)
{
	struct span s = { g->sample, g->nsample };

	return span_until(s, s.n > 0 ? memchr(s.p, '\n', s.n) : NULL);
}

const char *
entry_find(struct span line, struct span words)
{
	size_t i;

	for (i = 0; words.n > 0 && i + words.n <= line.n; i++)
		if (memcmp(line.p + i, words.p, words.n) == 0)
			return line.p + i;
	return NULL;
}

/* The site's own code that the record's stack trace names: the innermost. */
static bool
find_frame(const struct group *g, struct frame *own)
{
	struct span sample = { g->sample, g->nsample };
	struct span line = entry_first_line(g);
	struct span rest = span_skip(sample,
	    line.n < sample.n ? line.n + 1 : sample.n);
	enum frames_part part;
	struct frames fs;
	bool found = false;

	frames_begin(&fs, unwrap((struct span){ g->message, g->nmessage }),
	    rest);
	while ((part = frames_next(&fs)) != FRAMES_END) {
		/* "] " is in the head of a line, in no file's name. */
		if (part != FRAMES_FRAME || !frame_own(&fs.frame) ||
		    span_find(fs.frame.file, "] ") != NULL ||
		    (found && !fs.frame.outer_first))
			continue;
		*own = fs.frame;
		found = true;
	}
	return found;
}

bool
entry_place(const struct group *g, struct frame *at)
{
	struct span said = entry_said(g);

	if (said.n > 0 && frames_place(said, at) && at->file.n > 0)
		return true;
	return find_frame(g, at) && at->file.n > 0;
}

/* Runs of blanks become one; enough of it for max characters. */
static void
add_folded(struct buf *b, struct span s, size_t max)
{
	size_t i;

	for (i = 0; i < s.n && b->len <= max * TEXT_SHOWN; i++)
		if (s.p[i] != ' ' || i == 0 || s.p[i - 1] != ' ')
			buf_addc(b, s.p[i]);
}

void
entry_short(struct buf *b, struct span s, size_t max)
{
	struct buf folded;

	buf_init(&folded, GROUP_MESSAGE);
	add_folded(&folded, span_head(s, GROUP_MESSAGE), max);
	text_shorten(b, buf_str(&folded), folded.len, max);
	buf_free(&folded);
}

/* Behind "2026-11-20 03:45:02,118 ", where a format knows no times. */
static struct span
without_time(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '\0' &&
	    strchr("0123456789-/:.,TZ+ ", s.p[n]) != NULL)
		n++;
	return n > 16 && n < s.n && is_digit(*s.p) && s.p[n - 1] == ' ' ?
	    span_skip(s, n) :
	    s;
}

/* Behind "PHP Fatal error:  Uncaught ": the entry has the level already. */
static struct span
without_level(struct span s)
{
	const char *p;

	s = without_time(s);
	p = span_find(span_head(s, 40), ":  ");
	if (!span_begins(s, "PHP ") || p == NULL)
		return s;
	s = span_from(s, p + strlen(":  "));
	return span_begins(s, "Uncaught ") ? span_skip(s, strlen("Uncaught ")) :
					     s;
}

/* What stands before the site's path in a file's name: the docroot, or
 * nothing. */
static struct span
docroot_of(const struct group *g, struct span s)
{
	struct span path = { g->path, g->path != NULL ? strlen(g->path) : 0 };
	const char *p = entry_find(s, path), *from = p;

	if (p == NULL)
		return (struct span){ NULL, 0 };
	while (from > s.p && from[-1] > ' ' && strchr("'\"(", from[-1]) == NULL)
		from--;
	if (from == p || *from != '/')
		return (struct span){ NULL, 0 };
	return (struct span){ from, (size_t)(p - from) };
}

/* Short lines have the path from the docroot on. */
static void
add_without(struct buf *b, struct span s, struct span docroot)
{
	const char *p;

	while ((p = entry_find(s, docroot)) != NULL) {
		buf_add(b, s.p, (size_t)(p - s.p));
		s = span_from(s, p + docroot.n);
	}
	buf_add(b, s.p, s.n);
}

/* In few words what these bytes of the group's message say. */
static void
add_headline(struct buf *b, const struct group *g, struct span s, size_t max)
{
	struct buf text;

	buf_init(&text, GROUP_MESSAGE);
	add_without(&text, s, docroot_of(g, entry_said(g)));
	entry_short(b, (struct span){ buf_str(&text), text.len }, max);
	buf_free(&text);
}

void
entry_count(struct buf *b, int64_t n, const char *noun)
{
	char number[32];

	buf_addf(b, "%s %s%s", text_count(number, n), noun, n == 1 ? "" : "s");
}

static bool
ends_with(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.p + s.n - n, with, n) == 0;
}

/* Is the place in the code that of the path, but for the line? */
static bool
is_at_path(const struct group *g, struct frame *at)
{
	return entry_place(g, at) && at->line > 0 && g->path != NULL &&
	    ends_with(at->file, g->path);
}

static bool
span_same(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Where the message itself names that place, " in F on line N"; NULL if it
 * does not, or says more behind it. */
static const char *
find_place(struct span s, const struct frame *at)
{
	const char *p = span_find_last(s, " in ");
	char line[16];

	if (p == NULL ||
	    !span_same(span_head(span_skip(span_from(s, p), 4), at->file.n),
		at->file))
		return NULL;
	snprintf(line, sizeof line, "%u", (unsigned)at->line);
	return ends_with(s, line) ? p : NULL;
}

/* The same without where, if that is the path's script. */
static struct span
without_place(const struct group *g, struct span s)
{
	struct frame at;

	return is_at_path(g, &at) ? span_until(s, find_place(s, &at)) : s;
}

void
entry_headline(struct buf *b, const struct group *g, size_t max)
{
	struct span s = without_level(entry_said(g)), name;
	struct frame at;
	struct buf text;
	const char *slash;

	if (!is_at_path(g, &at)) {
		add_headline(b, g, s, max);
		return;
	}
	buf_init(&text, SCRATCH);
	s = without_place(g, s);
	buf_add(&text, s.p, s.n);
	slash = span_find_last(at.file, "/");
	name = slash != NULL ? span_from(at.file, slash + 1) : at.file;
	buf_adds(&text, " in ");
	buf_add(&text, name.p, name.n);
	buf_addf(&text, ":%u", (unsigned)at.line);
	add_headline(b, g, (struct span){ text.p, text.len }, max);
	buf_free(&text);
}

/* "www.example.com/bboard/post.php:6", as much as is known. */
static void
add_where(struct buf *b, const struct group *g)
{
	struct frame at;

	if (g->site != NULL)
		buf_adds(b, g->site);
	if (g->path == NULL)
		return;
	buf_adds(b, g->path);
	if (is_at_path(g, &at))
		buf_addf(b, ":%u", (unsigned)at.line);
}

/* "error /bboard/post.php:6", in at most max characters. */
static void
add_what(struct buf *b, const struct group *g, size_t max)
{
	struct buf line;

	buf_init(&line, SCRATCH);
	if (g->level != LEVEL_NONE)
		buf_addf(&line, "%s", level_name(g->level));
	if (line.len > 0 && (g->site != NULL || g->path != NULL))
		buf_addc(&line, ' ');
	add_where(&line, g);
	text_shorten(b, buf_str(&line), line.len, max);
	buf_free(&line);
}

/* "22 x ", and what follows, if anything does. */
static void
add_counted(struct buf *b, const struct group *g, const struct buf *what)
{
	char number[32];

	buf_addf(b, "%s x%s", text_count(number, g->count),
	    what->len > 0 ? " " : "");
	buf_add(b, what->p, what->len);
}

/* "22 x error /bboard/post.php:6". */
static void
add_head(struct buf *b, const struct group *g)
{
	struct buf what;

	buf_init(&what, SCRATCH);
	add_what(&what, g, REPORT_WIDTH - 20);
	add_counted(b, g, &what);
	buf_free(&what);
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

/* "12 x", "1.5 x". */
static void
add_ratio(struct buf *b, int64_t count, int64_t usual)
{
	char number[32];

	if (usual == 0 || count / usual >= 10)
		buf_addf(b, "%s x",
		    text_count(number, count / (usual > 0 ? usual : 1)));
	else
		buf_addf(b, "%lld.%lld x", (long long)(count / usual),
		    (long long)(count * 10 / usual % 10));
}

/* How it grew, and its last hours, those without records too. */
static void
add_growth(struct buf *b, const struct group *g)
{
	int64_t hour = g->nhour > 0 ? g->hour[g->nhour - 1].hour : 0;
	char number[32];
	size_t i = 0;
	int n;

	add_ratio(b, g->count, g->usual);
	buf_addf(b, " the usual, which is %s in such hours",
	    text_count(number, g->usual));
	if (g->nhour < 2)
		return;
	buf_adds(b, "; by hour");
	for (n = HOURS - 1; n >= 0; n--) {
		while (i < g->nhour && g->hour[i].hour < hour - n)
			i++;
		buf_addf(b, " %lld%s",
		    i < g->nhour && g->hour[i].hour == hour - n ?
			(long long)g->hour[i].records :
			0LL,
		    n > 0 ? "," : "");
	}
}

/* What is known of it: years may lie between, so with the year. */
static void
add_history(struct buf *b, const struct group *g, enum novelty novelty)
{
	char day[CLOCK_TEXT], number[32];

	if (novelty == NOVEL_BACK)
		buf_addf(b, "last seen %.10s, ",
		    clock_rfc3339(g->seen_last, day));
	buf_addf(b, "%s time%s before, since %.10s",
	    text_count(number, g->seen_count), g->seen_count == 1 ? "" : "s",
	    clock_rfc3339(g->seen_first, day));
}

/* When. */
static void
add_when(struct buf *b, const struct group *g, enum novelty novelty)
{
	if (g->first != 0)
		add_times(b, g);
	if (novelty == NOVEL_NEW)
		return;
	if (g->first != 0)
		buf_adds(b, "; ");
	if (novelty == NOVEL_GROWING)
		add_growth(b, g);
	else
		add_history(b, g, novelty);
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

bool
entry_is_plain(const char *name)
{
	static const char good[] =
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+,:@-";

	return (*name == '/' || journal_unit(name) != NULL) &&
	    strlen(name) <= PLAIN_MAX && name[strspn(name, good)] == '\0';
}

/* A name that a shell would read otherwise makes no command: whoever can name
 * a log would have the reader run it. */
void
entry_program(struct buf *b, const struct report_env *env)
{
	buf_adds(b, "site-watchdog");
	if (strcmp(env->conf, USUAL_CONF) != 0)
		buf_addf(b, " -c %s",
		    entry_is_plain(env->conf) ? env->conf : "watchdog.conf");
}

/* How to see all of it, and how to see no more of it. */
static void
add_advice(struct buf *b, const struct group *g, const struct report_env *env)
{
	char hex[HASH_TEXT];
	struct buf rule;
	bool whole;

	buf_adds(b, "  $ ");
	entry_program(b, env);
	buf_addf(b, " explain --group %.*s %s\n", FINGERPRINT,
	    hash_hex(g->fingerprint, hex),
	    entry_is_plain(g->file) ? g->file : "FILE");
	buf_init(&rule, SCRATCH);
	if (report_rule(&rule, g, &whole) && !rule.full)
		buf_addf(b, "  hide: %s%s\n", whole ? "# whole\n        " : "",
		    buf_str(&rule));
	buf_free(&rule);
}

/* "code /app/cart.js:12 in total", unless the head or the message says it. */
static void
add_code(struct buf *b, const struct group *g)
{
	struct span said = entry_said(g);
	struct frame at;
	struct buf line;

	if (!entry_place(g, &at) || entry_find(said, at.file) != NULL ||
	    is_at_path(g, &at))
		return;
	buf_init(&line, SCRATCH);
	buf_adds(&line, "code ");
	buf_add(&line, at.file.p, at.file.n);
	if (at.line > 0)
		buf_addf(&line, ":%u", (unsigned)at.line);
	if (at.function.n > 0) {
		buf_adds(&line, " in ");
		buf_add(&line, at.function.p, at.function.n);
	}
	add_text(b, buf_str(&line), line.len, MESSAGE_NEW);
	buf_free(&line);
}

bool
entry_in_file(const struct group *g)
{
	return journal_unit(g->file) == NULL && strcmp(g->file, "-") != 0;
}

void
entry_full(struct buf *b, const struct group *g, enum novelty novelty,
    const struct report_env *env, bool advice)
{
	struct span message = entry_said(g);
	struct buf line;

	add_head(b, g);
	buf_addc(b, '\n');
	if (message.n > 0)
		add_text(b, message.p, message.n,
		    novelty == NOVEL_KNOWN ? MESSAGE_KNOWN : MESSAGE_NEW);
	add_code(b, g);
	buf_init(&line, SCRATCH);
	add_when(&line, g, novelty);
	if (line.len > 0)
		add_text(b, buf_str(&line), line.len, SCRATCH);
	buf_reset(&line);
	buf_adds(&line, g->file);
	if (entry_in_file(g))
		buf_addf(&line, " at byte %lld", (long long)g->offset);
	add_text(b, buf_str(&line), line.len, SCRATCH);
	buf_free(&line);
	if (novelty != NOVEL_KNOWN)
		report_sample(b, g);
	if (advice)
		add_advice(b, g, env);
}

/* "error /bboard/post.php:6: what happened", which need not say again where. */
static void
add_short(struct buf *b, const struct group *g)
{
	struct span s = without_level(entry_said(g));

	add_what(b, g, REPORT_WIDTH - 30);
	if (s.n == 0)
		return;
	if (b->len > 0)
		buf_adds(b, ": ");
	add_headline(b, g, without_place(g, s), REPORT_WIDTH);
}

void
entry_line(struct buf *b, const struct group *g, bool fingerprint)
{
	size_t max = REPORT_WIDTH - (fingerprint ? FINGERPRINT + 3 : 0);
	struct buf what, line;
	char hex[HASH_TEXT];

	buf_init(&what, SCRATCH);
	buf_init(&line, SCRATCH);
	add_short(&what, g);
	add_counted(&line, g, &what);
	text_shorten(b, buf_str(&line), line.len, max);
	if (fingerprint)
		buf_addf(b, " (%.*s)", FINGERPRINT,
		    hash_hex(g->fingerprint, hex));
	buf_addc(b, '\n');
	buf_free(&line);
	buf_free(&what);
}

void
entry_quiet(struct buf *b, const struct group *g)
{
	char when[CLOCK_TEXT], day[CLOCK_TEXT], number[32];
	struct buf line;

	buf_init(&line, SCRATCH);
	add_short(&line, g);
	text_shorten(b, buf_str(&line), line.len, REPORT_WIDTH);
	buf_addf(b, "\n  the last %s; %s in all, since %.10s\n",
	    clock_local(g->quiet_since != 0 ? g->quiet_since : g->seen_last,
		when),
	    text_count(number, g->seen_count),
	    clock_rfc3339(g->seen_first, day));
	buf_free(&line);
}
