/* SPDX-License-Identifier: ISC */
/* Data in a text becomes marks: the walk. */
#include "watchdog/match/group_text.h"

#include <string.h>

#include "common/base/buf.h"
#include "watchdog/match/span.h"

/* Two hexadecimal digits from s.p[i] on. */
static bool
is_byte(struct span s, size_t i)
{
	return s.n > i + 1 && hex_digit(s.p[i]) >= 0 &&
	    hex_digit(s.p[i + 1]) >= 0;
}

static bool
folded(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);

	for (m->len = 0; m->len < s.n && is_blank(s.p[m->len]);)
		m->len++;
	m->mark = " ";
	return true;
}

static bool
query(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);

	if (!at->path || s.n < 2 || is_delimiter(s.p[1]))
		return false;
	for (m->len = 0; m->len < s.n && !is_delimiter(s.p[m->len]);)
		m->len++;
	m->mark = "?<query>";
	return true;
}

static bool
escape(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);
	bool percent = *s.p == '%';

	m->mark = percent ? "%#" : "\\x#";
	m->len = percent ? 3 : 4;
	return percent ? is_byte(s, 1) :
			 span_begins(s, "\\x") && is_byte(s, 2);
}

/* A sign, not a hyphen. */
static bool
sign(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);

	m->mark = "";
	m->len = 1;
	return s.n > 1 && is_digit(s.p[1]) &&
	    (at->at == 0 || strchr(" =(,[", s.p[-1]) != NULL);
}

/*
 * The table of group.h: the first that fits the place takes it.  `with` is
 * what it begins with: letters and digits as "a", a blank as " ".
 */
static const struct rule {
	const char *with;
	bool (*fits)(const struct place *, struct mark *);
} rules[] = {
	{ "a", group_time },
	{ "a:", group_address },
	{ "\"'", group_quoted },
	{ "=(", group_keyed },
	{ " /", group_named },
	{ "a", group_word },
	{ "a", group_number },
	{ "?", query },
	{ "%\\", escape },
	{ "-", sign },
	{ " ", folded },
};

/* A word of letters alone, with nothing behind it that could make it more
 * than that: most of a text, and it has to pass quickly. */
static size_t
plain_word(const struct place *at)
{
	struct span s = span_skip(at->text, at->at);
	size_t n = 0;
	char c;

	while (n < s.n && n < 12 && (s.p[n] | 0x20) >= 'a' &&
	    (s.p[n] | 0x20) <= 'z')
		n++;
	c = n < s.n ? s.p[n] : ' ';
	if (n < 12 && c != '@' && c != '.' && c != '-' && c != '+' &&
	    c != '_' && c != '%' && c != ':' && !is_alnum(c) &&
	    (c & 0x80) == 0 && !(n == 3 && (c == ' ' || c == ',')))
		return n;
	return 0;
}

static bool
find_mark(const struct place *at, struct mark *m)
{
	char c = at->text.p[at->at], kind = c;
	size_t i;

	if (is_alnum(c))
		kind = 'a';
	else if (is_blank(c))
		kind = ' ';
	for (i = 0; i < sizeof rules / sizeof *rules; i++)
		if (kind != '\0' && strchr(rules[i].with, kind) != NULL &&
		    rules[i].fits(at, m))
			return true;
	/* The letters in front of a word's first digit. */
	m->mark = NULL;
	for (m->len = 0; at->at + m->len < at->text.n &&
	    is_alnum(at->text.p[at->at + m->len]) &&
	    !is_digit(at->text.p[at->at + m->len]);)
		m->len++;
	if (m->len == 0)
		m->len = 1;
	return false;
}

/* What stays is copied in stretches. */
void
group_text(struct buf *b, struct span s, bool library)
{
	struct place at = { .text = s, .library = library, .shut = s.n };
	size_t done = 0, n;
	struct mark m;
	char c;

	for (; at.at < s.n; at.at += m.len) {
		c = s.p[at.at];
		if (is_alnum(c) && (n = plain_word(&at)) > 0) {
			m.len = n;
			continue;
		}
		m.shut = 0;
		if (find_mark(&at, &m) && m.mark != NULL) {
			buf_add(b, s.p + done, at.at - done);
			buf_adds(b, m.mark);
			done = at.at + m.len;
		}
		if (m.shut > 0)
			at.shut = m.shut;
		if (c == '/')
			at.path = true;
		if (is_delimiter(c)) {
			at.word = at.at + m.len;
			at.path = false;
		}
	}
	buf_add(b, s.p + done, s.n - done);
}
