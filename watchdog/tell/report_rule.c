/* SPDX-License-Identifier: ISC */
/* The ignore rule that a mail proposes for a group. */
#include "watchdog/tell/report_rule.h"

#include <string.h>

#include "common/base/buf.h"
#include "watchdog/match/group.h"
#include "common/base/span.h"
#include "watchdog/tell/report_entry.h"
#include "watchdog/tell/report_pattern.h"

#define MESSAGE 150 /* bytes of its pattern, */
#define REQUEST 60  /* and of a request's behind it */
#define SURE 12     /* bytes that must be found, of a message not shorter */
#define WORDS 99    /* before the message; more are not counted */
#define TAIL 8      /* bytes that are looked at behind the message */
#define KEY_MAX 40  /* bytes of a JSON member's name */

/* What \s matches. */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- where it stands in the line -------------------------------------- */

struct found {
	size_t at, n; /* in the line */
	size_t words; /* bytes of the message that it has there */
	bool escaped;
};

/* The bytes of a JSON escape that begins at a backslash. */
static size_t
escape_length(struct span s)
{
	return s.n > 1 && s.p[1] == 'u' ? 6 : 2;
}

/* Does the escape stand for the byte? */
static bool
is_escape_of(struct span s, char c)
{
	static const char name[] = "nrtbf", byte[] = "\n\r\t\b\f";
	const char *p;

	if (s.n < 2)
		return false;
	if (s.p[1] == 'u')
		return !is_plain(c) || c == '<' || c == '>' || c == '&' ||
		    c == '\'';
	p = memchr(name, s.p[1], sizeof name - 1);
	return c == (p != NULL ? byte[p - name] : s.p[1]);
}

/* How much of the words stands at i, as it is or as JSON writes it. */
static struct found
agree(struct span line, size_t i, struct span words)
{
	struct found f = { .at = i };
	size_t k, at = i;

	while (f.words < words.n && at < line.n) {
		if (line.p[at] == words.p[f.words] && line.p[at] != '\\') {
			at++;
			f.words++;
			continue;
		}
		if (line.p[at] != '\\')
			break;
		if (!is_escape_of(span_skip(line, at), words.p[f.words])) {
			if (words.p[f.words] != '\\')
				break;
			at++;
			f.words++;
			continue;
		}
		k = escape_length(span_skip(line, at));
		at += k;
		f.words++;
		f.escaped = true;
		/* One escape, or a pair of them, is a character. */
		while (k == 6 && f.words < words.n &&
		    (words.p[f.words] & 0xc0) == 0x80)
			f.words++;
		if (k == 6 && at + 1 < line.n && line.p[at] == '\\' &&
		    line.p[at + 1] == 'u' &&
		    (f.words == words.n || is_plain(words.p[f.words])))
			at += k;
	}
	f.n = (at < line.n ? at : line.n) - i;
	return f;
}

/* The name of the JSON member, with its quotes, whose string begins at `to`;
 * empty if none does. */
static struct span
member_of(struct span line, size_t to)
{
	struct span none = { line.p, 0 };
	size_t n = to, end;

	if (n < 2 || line.p[--n] != '"' || *line.p != '{')
		return none;
	while (n > 0 && line.p[n - 1] == ' ')
		n--;
	if (n < 3 || line.p[--n] != ':' || line.p[n - 1] != '"')
		return none;
	end = n--;
	while (n > 0 && end - n < KEY_MAX && line.p[n - 1] != '"')
		n--;
	if (n == 0 || line.p[n - 1] != '"')
		return none;
	return (struct span){ line.p + n - 1, end - n + 1 };
}

/* Where the words stand; else the place that has most of their beginning: a
 * format may have written some bytes in another way. */
static bool
find(struct span line, struct span words, struct found *f)
{
	const char *p = entry_find(line, words);
	struct found at;
	size_t i;

	*f = (struct found){ .n = words.n, .words = words.n };
	if (p != NULL) {
		f->at = (size_t)(p - line.p);
		return true;
	}
	f->words = 0;
	for (i = 0; i < line.n; i++) {
		if (line.p[i] != *words.p && line.p[i] != '\\')
			continue;
		at = agree(line, i, words);
		if (at.words > f->words)
			*f = at;
	}
	/* Or of JSON a string that is all of a member. */
	return f->words >= SURE ||
	    (f->words > 0 &&
		(f->words == words.n ||
		    (f->at + f->n < line.n && line.p[f->at + f->n] == '"' &&
			member_of(line, f->at).n > 0)));
}

/* Nothing that a visitor sends stands before it: a head of as many words,
 * "(\S+\s+){11}"; of JSON the member's name, whose quotes no value has. */
static void
add_head(struct buf *b, struct span line, size_t to)
{
	bool whole = to == 0 || is_space(line.p[to - 1]);
	struct span member = member_of(line, to);
	size_t words = 0, i;

	if (member.n > 0) {
		buf_adds(b, "\\{.*");
		for (i = 0; i < member.n; i++)
			pattern_byte(b,
			    is_plain(member.p[i]) ? member.p[i] : '.');
		buf_adds(b, ": *\"");
		return;
	}
	for (i = 0; i < to; i++)
		words += !is_space(line.p[i]) &&
		    (i == 0 || is_space(line.p[i - 1]));
	words -= !whole;
	if (words > WORDS) {
		buf_adds(b, ".*");
		return;
	}
	if (is_space(*line.p))
		buf_adds(b, "\\s*");
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
		pattern_byte(b, tail.p[i]);
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

/* "http://127.0.0.1:8080", "fastcgi://unix:/run/x.sock": whose failure it is,
 * as nginx writes it behind the message. */
static void
add_upstream(struct buf *b, struct span line, size_t from)
{
	static const char name[] = " upstream: \"";
	struct span tail = span_skip(line, from);
	const char *p = span_find(tail, name), *end;
	size_t n, i;

	if (p == NULL)
		return;
	tail = span_skip(span_from(tail, p), strlen(name));
	p = span_find(tail, "://");
	n = p != NULL ? (size_t)(p - tail.p) + 3 : 0;
	end = "/\"";
	if (span_begins(span_skip(tail, n), "unix:")) {
		n += strlen("unix:");
		end = ":\"";
	}
	while (n < tail.n && strchr(end, tail.p[n]) == NULL)
		n++;
	if (n == tail.n || n > REQUEST)
		return;
	buf_adds(b, ".* upstream: \"");
	for (i = 0; i < n; i++)
		pattern_byte(b, tail.p[i]);
	buf_adds(b, "[:/\"]");
}

/* A group is of one request, if its message names no path and is not about an
 * upstream, which fails for all of them. */
static void
add_request(struct buf *b, struct span line, const struct found *f)
{
	struct span message = { line.p + f->at, f->n };
	struct span target = find_request(line, f->at + f->n);
	struct pattern *p;

	if (span_find(message, "upstream") != NULL) {
		add_upstream(b, line, f->at + f->n);
		return;
	}
	if (target.n == 0 || span_find(message, " /") != NULL ||
	    span_find(message, "\"/") != NULL)
		return;
	buf_adds(b, ".* request: \"\\S+ ");
	p = pattern_new(target.p + target.n, false);
	group_walk(target, span_head(target, 0), pattern_add, p);
	pattern_put(b, p, REQUEST);
	pattern_free(p);
	if (target.p + target.n < line.p + line.n)
		buf_adds(b, "[ ?\"]");
}

/* Where the message of a JSON member ends; else as add_tail. */
static void
add_end(struct buf *b, struct span line, const struct found *f)
{
	size_t end = f->at + f->n;

	if (end < line.n && line.p[end] == '"' && member_of(line, f->at).n > 0)
		buf_addc(b, '"');
	else
		add_tail(b, line, end);
}

/* A line of the sample below its first one that ends with the words: its
 * number from 1 on, and what stands in front of them; 0 if there is none. */
static size_t
line_below(struct span sample, struct span words, struct span *line)
{
	size_t n = 1;
	const char *lf;

	if (words.n == 0)
		return 0;
	for (; (lf = memchr(sample.p, '\n', sample.n)) != NULL; n++) {
		sample = span_from(sample, lf + 1);
		*line = span_until(sample,
		    sample.n > 0 ? memchr(sample.p, '\n', sample.n) : NULL);
		if (line->n >= words.n &&
		    memcmp(line->p + line->n - words.n, words.p, words.n) ==
			0) {
			line->n -= words.n;
			return n;
		}
	}
	return 0;
}

/* That line, behind `n` others. */
static void
add_below(struct buf *b, size_t n, struct span head, struct span words)
{
	struct pattern *p = pattern_new(words.p + words.n, false);
	struct span line = { head.p, head.n + words.n };

	if (n == 1)
		buf_adds(b, ".*\\n");
	else if (n > 1)
		buf_addf(b, "(.*\\n){%zu}", n);
	add_head(b, line, head.n);
	group_walk(words, span_head(words, 0), pattern_add, p);
	pattern_put(b, p, MESSAGE);
	pattern_free(p);
	buf_adds(b, "(\\n|$)");
}

/* As much of the message as the line has, and what the group is about, if it
 * stands further below. */
static void
add_message(struct buf *b, struct span line, const struct group *g,
    struct span said, const struct found *f, bool *whole)
{
	struct span sample = { g->sample, g->nsample }, head;
	struct span rest = span_skip(sample,
	    line.n < sample.n ? line.n + 1 : sample.n);
	struct span path = { g->path, g->path != NULL ? strlen(g->path) : 0 };
	struct pattern *p = pattern_new(said.p + f->words, f->escaped);
	size_t below = 0;

	if (path.n > 1 && entry_find(line, path) == NULL)
		below = line_below(sample, path, &head);
	*whole = below > 0;
	add_head(b, line, f->at);
	group_walk(said, rest, pattern_add, p);
	pattern_put(b, p, MESSAGE);
	if (below > 0) {
		buf_adds(b, ".*\\n");
		add_below(b, below - 1, head, path);
	} else if (pattern_is_whole(p) &&
	    (g->cut == 0 || f->at + f->n < line.n))
		add_end(b, line, f);
	pattern_free(p);
	if (below == 0)
		add_request(b, line, f);
}

/* Is what stands behind the request `" 500 `? */
static bool
is_answered(struct span tail, struct span status)
{
	const char *quote = tail.n > 0 ? memchr(tail.p, '"', tail.n) : NULL;

	if (quote == NULL)
		return false;
	tail = span_from(tail, quote);
	return tail.n > 5 && tail.p[1] == ' ' && tail.p[5] == ' ' &&
	    memcmp(tail.p + 2, status.p, status.n) == 0;
}

/* An access log's "GET /path 500" is put together from its fields: what was
 * asked, and the answer, whatever the query. */
static bool
add_access(struct buf *b, struct span line, struct span said)
{
	struct span request, status, tail;
	struct pattern *p;
	const char *at;

	if (said.n < 5 || said.p[said.n - 4] != ' ')
		return false;
	request = span_head(said, said.n - 4);
	status = span_skip(said, said.n - 3);
	at = entry_find(line, request);
	if (at == NULL)
		return false;
	tail = span_from(line, at + request.n);
	if (!is_answered(tail, status))
		return false;
	p = pattern_new(request.p + request.n, false);
	add_head(b, line, (size_t)(at - line.p));
	group_walk(request, span_head(request, 0), pattern_add, p);
	pattern_put(b, p, MESSAGE);
	pattern_free(p);
	buf_addf(b, "%s\" %.3s ", *tail.p == '"' ? "" : "[ ?][^\"]*", status.p);
	return true;
}

/* The path that the record is about. */
static bool
add_path(struct buf *b, struct span line, const struct group *g)
{
	struct span path = { g->path, g->path != NULL ? strlen(g->path) : 0 };
	const char *at = path.n > 1 ? entry_find(line, path) : NULL;
	struct pattern *p;

	if (at == NULL)
		return false;
	p = pattern_new(path.p + path.n, false);
	add_head(b, line, (size_t)(at - line.p));
	group_walk(path, span_head(path, 0), pattern_add, p);
	pattern_put(b, p, MESSAGE);
	pattern_free(p);
	buf_adds(b, "([\\s?\"]|$)");
	return true;
}

bool
report_rule(struct buf *b, const struct group *g, bool *whole)
{
	struct span line = entry_first_line(g), said = entry_said(g), head;
	struct span sample = { g->sample, g->nsample };
	size_t mark = b->len, below;
	struct found f;

	said = span_until(said,
	    said.n > 0 ? memchr(said.p, '\n', said.n) : NULL);
	*whole = false;
	/* What the group, or below the line, has not whole may go on in many
	 * ways. */
	if (line.n == 0 || said.n >= GROUP_MESSAGE)
		return false;
	buf_addc(b, '^');
	if (said.n > 0 && add_access(b, line, said))
		return true;
	if (said.n > 0 && find(line, said, &f) &&
	    (f.words == said.n || f.words < MESSAGE ||
		f.at + f.n + 1 < line.n)) {
		add_message(b, line, g, said, &f, whole);
		return true;
	}
	below = line_below(sample, said, &head);
	if (below > 0) {
		*whole = true;
		add_below(b, below, head, said);
		return true;
	}
	if (add_path(b, line, g))
		return true;
	buf_cut(b, mark);
	return false;
}
