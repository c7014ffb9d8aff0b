/* SPDX-License-Identifier: ISC */
/* The ignore rule that a mail proposes for a group. */
#include "watchdog/tell/report_rule.h"

#include <string.h>

#include "common/base/buf.h"
#include "watchdog/match/group.h"
#include "watchdog/match/span.h"
#include "watchdog/tell/report_entry.h"

#define WHOLE 240 /* bytes of a message that a rule has all of, */
#define PART 110  /* else so many of its beginning and of its end */
#define SURE 12   /* bytes that must be found, of a message not shorter */
#define WORDS 40  /* before the message; more, and no head is like it */
#define TAIL 8    /* bytes that are looked at behind the message */
#define HEX_MIN 8 /* as the groups have it (group_normalise.c): "deadbee1" */
#define TOKEN_MIN 20
#define EXTENSION_MAX 8 /* ".php:", ".phtml:" */

static bool
is_letter(char c)
{
	c |= 0x20;
	return c >= 'a' && c <= 'z';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || is_letter(c);
}

/* What \s matches. */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- what varies within a group --------------------------------------- */

/* Is the number at i that of a line in a script?  Then other lines are other
 * faults: "on line 12", "/x.php:12". */
static bool
is_line_number(struct span s, size_t i)
{
	static const char words[] = " on line ";
	const size_t n = sizeof words - 1;
	size_t dot;

	if (i >= n && memcmp(s.p + i - n, words, n) == 0)
		return true;
	if (i < 2 || (s.p[i - 1] != ':' && s.p[i - 1] != '('))
		return false;
	for (dot = i - 1; dot > 0 && is_alnum(s.p[dot - 1]); dot--)
		if (i - dot > EXTENSION_MAX)
			return false;
	return dot > 0 && dot < i - 1 && s.p[dot - 1] == '.' &&
	    is_letter(s.p[dot]);
}

/* The length of a UUID, a hash, a session's name that begins here, or 0. */
static size_t
token_at(struct span s)
{
	size_t n, digits = 0, letters = 0, hex = 0, dashes = 0;

	for (n = 0; n < s.n && (is_alnum(s.p[n]) || s.p[n] == '-'); n++) {
		digits += is_digit(s.p[n]);
		letters += is_letter(s.p[n]);
		hex += hex_digit(s.p[n]) >= 0;
		dashes += s.p[n] == '-';
	}
	if (digits == 0 || letters == 0)
		return 0;
	if (n == 36 && dashes == 4 && hex == 32)
		return n;
	if (dashes > 0)
		return 0;
	if ((hex == n && n >= HEX_MIN) || (n >= TOKEN_MIN && digits >= 4))
		return n;
	return 0;
}

/* The length of a query string that begins here, or 0. */
static size_t
query_at(struct span s, size_t i)
{
	size_t n = i + 1;

	if (s.p[i] != '?' || i == 0 || !is_alnum(s.p[i - 1]))
		return 0;
	while (n < s.n && s.p[n] > ' ' && strchr("\"'()", s.p[n]) == NULL)
		n++;
	return n - i > 1 ? n - i : 0;
}

/* ---- from bytes to a pattern ------------------------------------------ */

static void
add_byte(struct buf *b, char c)
{
	if (strchr("\\^$.|?*+()[]{}#", c) != NULL)
		buf_addc(b, '\\');
	buf_addc(b, c);
}

/* A stretch of what is no printable ASCII; its length. */
static size_t
add_other(struct buf *b, struct span s, size_t i)
{
	size_t n = 0;

	while (i + n < s.n && (s.p[i + n] < ' ' || s.p[i + n] > '~'))
		n++;
	buf_adds(b, "[^ -~]+");
	return n;
}

/* Apache's own codes say what happened: "AH00128:". */
static bool
is_code(struct span s, size_t i, size_t n)
{
	return n == 5 && i >= 2 && s.p[i - 2] == 'A' && s.p[i - 1] == 'H' &&
	    (i == 2 || !is_alnum(s.p[i - 3]));
}

static size_t
add_number(struct buf *b, struct span s, size_t i)
{
	size_t n = 0;

	while (i + n < s.n && is_digit(s.p[i + n]))
		n++;
	if (is_line_number(s, i) || is_code(s, i, n))
		buf_add(b, s.p + i, n);
	else
		buf_adds(b, "\\d+");
	return n;
}

/* What begins at i, as a pattern; its length. */
static size_t
add_one(struct buf *b, struct span s, size_t i)
{
	size_t n;

	if (s.p[i] < ' ' || s.p[i] > '~')
		return add_other(b, s, i);
	if ((i == 0 || !is_alnum(s.p[i - 1])) &&
	    (n = token_at(span_skip(s, i))) > 0) {
		buf_adds(b, "[\\w-]+");
		return n;
	}
	if (is_digit(s.p[i]))
		return add_number(b, s, i);
	if ((n = query_at(s, i)) > 0) {
		buf_adds(b, "\\?[^\\s\"'()]+");
		return n;
	}
	add_byte(b, s.p[i]);
	return 1;
}

/* Bytes from..to of the line.  All of it is looked at: what a number is may
 * stand before it. */
static void
add_pattern(struct buf *b, struct span line, size_t from, size_t to)
{
	struct span s = span_head(line, to);
	size_t i;

	for (i = from; i < to;)
		i += add_one(b, s, i);
}

/* ---- where it stands in the line -------------------------------------- */

struct found {
	size_t at, n;
};

/* How many of the words' bytes stand at i. */
static size_t
agree(struct span line, size_t i, struct span words)
{
	size_t n = 0;

	while (n < words.n && i + n < line.n && line.p[i + n] == words.p[n])
		n++;
	return n;
}

/* Where the words stand; else the place that has most of their beginning: a
 * format may have written some bytes in another way, as JSON does. */
static bool
find(struct span line, struct span words, struct found *f)
{
	const char *p = entry_find(line, words);
	size_t i, n;

	*f = (struct found){ 0, words.n };
	if (p != NULL) {
		f->at = (size_t)(p - line.p);
		return true;
	}
	f->n = 0;
	words = span_head(words, WHOLE);
	for (i = 0; i < line.n; i++) {
		n = agree(line, i, words);
		if (n > f->n)
			*f = (struct found){ i, n };
	}
	return f->n >= SURE;
}

/* A head of as many words: "^(\S+\s+){11}".  Nothing that a visitor sends
 * stands before it. */
static void
add_head(struct buf *b, struct span line, size_t to)
{
	bool whole = to == 0 || is_space(line.p[to - 1]);
	size_t words = 0, i;

	for (i = 0; i < to; i++)
		words += !is_space(line.p[i]) &&
		    (i == 0 || is_space(line.p[i - 1]));
	words -= !whole;
	if (words > WORDS)
		return;
	buf_adds(b, is_space(*line.p) ? "^\\s*" : "^");
	if (words == 1)
		buf_adds(b, "\\S+\\s+");
	else if (words > 1)
		buf_addf(b, "(\\S+\\s+){%zu}", words);
	if (!whole)
		buf_adds(b, "\\S*?");
}

/* Where the message ends: what servers write behind it, up to a digit. */
static void
add_tail(struct buf *b, struct span line, size_t from)
{
	struct span tail = span_head(span_skip(line, from), TAIL);
	size_t n = 0, i;

	if (tail.n == 0 || span_begins(tail, ", refer")) {
		buf_adds(b, "(, referer: |$)");
		return;
	}
	/* An access log's request goes on with a query or not. */
	if (*tail.p == '?' || span_begins(tail, " HTTP/")) {
		buf_adds(b, "[ ?]");
		return;
	}
	while (n < tail.n && !is_digit(tail.p[n]) && tail.p[n] >= ' ' &&
	    tail.p[n] <= '~')
		n++;
	/* A blank at the end of a line is lost on the way into a file. */
	while (n > 0 && tail.p[n - 1] == ' ')
		n--;
	for (i = 0; i < n; i++)
		add_byte(b, tail.p[i]);
}

/* What nginx's request line behind the message asks for, without a query. */
static struct span
find_request(struct span line, size_t from)
{
	static const char name[] = " request: \"";
	struct span tail = span_skip(line, from);
	const char *p = span_find(tail, name);
	size_t n;

	if (p != NULL) {
		tail = span_skip(span_from(tail, p), strlen(name));
		p = memchr(tail.p, ' ', tail.n);
	}
	if (p == NULL)
		return (struct span){ NULL, 0 };
	tail = span_from(tail, p + 1);
	for (n = 0; n < tail.n && strchr(" ?\"", tail.p[n]) == NULL; n++)
		;
	return span_head(tail, n);
}

/* A group is of one request, if its message names no path and is not about an
 * upstream, which fails for all of them. */
static void
add_request(struct buf *b, struct span line, const struct found *f)
{
	struct span message = { line.p + f->at, f->n };
	struct span target = find_request(line, f->at + f->n);
	size_t at;

	if (target.n == 0 || span_find(message, " /") != NULL ||
	    span_find(message, "\"/") != NULL ||
	    span_find(message, "upstream") != NULL)
		return;
	at = (size_t)(target.p - line.p);
	buf_adds(b, ".* request: \"\\S+ ");
	add_pattern(b, line, at, at + (target.n < WHOLE ? target.n : WHOLE));
	if (target.n < WHOLE)
		buf_adds(b, "[ ?\"]");
}

/* Of a long message the beginning and the end, whole words. */
static void
add_parts(struct buf *b, struct span line, size_t from, size_t end)
{
	size_t to = from + PART, again = end - PART, i;

	for (i = 0; i < PART / 2 && !is_space(line.p[to - i - 1]); i++)
		;
	to -= i < PART / 2 ? i : 0;
	for (i = 0; i < PART / 2 && !is_space(line.p[again + i]); i++)
		;
	again += i < PART / 2 ? i : 0;
	add_pattern(b, line, from, to);
	buf_adds(b, ".*");
	add_pattern(b, line, again, end);
}

static void
add_message(struct buf *b, struct span line, const struct found *f)
{
	size_t end = f->at + f->n;

	add_head(b, line, f->at);
	if (f->n <= WHOLE)
		add_pattern(b, line, f->at, end);
	else
		add_parts(b, line, f->at, end);
	add_tail(b, line, end);
	add_request(b, line, f);
}

bool
report_rule(struct buf *b, const struct group *g)
{
	struct span line = entry_first_line(g), said = entry_said(g), path;
	struct found f;

	said = span_until(said,
	    said.n > 0 ? memchr(said.p, '\n', said.n) : NULL);
	if (line.n == 0)
		return false;
	if (said.n > 0 && find(line, said, &f)) {
		add_message(b, line, &f);
		return true;
	}
	/* An access log's message is put together from its fields. */
	path = (struct span){ g->path, g->path != NULL ? strlen(g->path) : 0 };
	if (path.n < 2 || !find(line, path, &f) || f.n < path.n)
		return false;
	add_head(b, line, f.at);
	add_pattern(b, line, f.at, f.at + f.n);
	buf_adds(b, "([\\s?\"]|$)");
	return true;
}
