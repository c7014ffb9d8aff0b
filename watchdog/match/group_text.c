/* SPDX-License-Identifier: ISC */
/* Data in a text becomes marks: the walk. */
#include "watchdog/match/group_text.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"

#define PLAIN_MAX 12 /* letters; more may be a token */

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
	return percent ? is_byte(s, 1) : span_begins(s, "\\x") && is_byte(s, 2);
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

/* What a byte may begin. */
enum kind {
	WORD = 1, /* letters, digits */
	COLON = 2,
	QUOTE = 4,
	ASSIGN = 8, /* '=' and '(' */
	SLASH = 16,
	BLANK = 32,
	QUESTION = 64,
	ESCAPE = 128,
	SIGN = 256
};

static unsigned
kind_of(char c)
{
	switch (c) {
	case ':':
		return COLON;
	case '"':
	case '\'':
		return QUOTE;
	case '=':
	case '(':
		return ASSIGN;
	case '/':
		return SLASH;
	case ' ':
	case '\t':
		return BLANK;
	case '?':
		return QUESTION;
	case '%':
	case '\\':
		return ESCAPE;
	case '-':
		return SIGN;
	default:
		return is_alnum(c) ? WORD : 0;
	}
}

/* The table of group.h: the first that fits the place takes it. */
static const struct rule {
	unsigned kinds;
	bool (*fits)(const struct place *, struct mark *);
} rules[] = {
	{ WORD, group_time },
	{ WORD | COLON, group_address },
	{ QUOTE, group_quoted },
	{ ASSIGN, group_keyed },
	{ BLANK | SLASH, group_named },
	{ WORD, group_word },
	{ WORD, group_number },
	{ QUESTION, query },
	{ ESCAPE, escape },
	{ SIGN, sign },
	{ BLANK, folded },
};

/* The length of a word of letters alone, with nothing behind it that could
 * make it more than that; else 0.  Most of a text, and it has to pass
 * quickly. */
static size_t
plain_word(const struct place *at)
{
	struct span s = span_skip(at->text, at->at);
	size_t n = 0;
	char c;

	while (n < s.n && n < PLAIN_MAX && (s.p[n] | 0x20) >= 'a' &&
	    (s.p[n] | 0x20) <= 'z')
		n++;
	c = n < s.n ? s.p[n] : ' ';
	if (n == PLAIN_MAX || is_alnum(c) || (c == '-' && n == 8) ||
	    (c == ':' && n <= 4) || (n == 3 && *s.p < 'a'))
		return 0;
	if (at->mail && c != ' ' && c != '/' && c != ',')
		return 0;
	return n;
}

static size_t
letters(struct span s)
{
	size_t n = 0;

	while (n < s.n && is_alnum(s.p[n]) && !is_digit(s.p[n]))
		n++;
	return n;
}

static void
find_mark(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);
	unsigned kind = kind_of(*s.p);
	size_t i;

	*m = (struct mark){ .len = 1 };
	for (i = 0; kind != 0 && i < sizeof rules / sizeof *rules; i++)
		if ((rules[i].kinds & kind) != 0 && rules[i].fits(at, m))
			return;
	/* The letters in front of a word's first digit, or one byte. */
	m->mark = NULL;
	m->len = letters(s);
	if (m->len == 0)
		m->len = 1;
}

void
group_text_walk(struct span s, unsigned how, group_stretch *told, void *arg)
{
	struct place at = { .text = s,
		.library = (how & GROUP_LIBRARY) != 0,
		.placed = (how & GROUP_PLACED) != 0,
		.asked = (how & GROUP_ASKED) != 0,
		.shut = s.n,
		.mail = s.n > 0 && memchr(s.p, '@', s.n) != NULL };
	size_t done = 0, n;
	struct mark m;
	char c;

	for (; at.at < s.n; at.at += m.len) {
		c = s.p[at.at];
		if (is_alnum(c) && (n = plain_word(&at)) > 0) {
			m.len = n;
			continue;
		}
		find_mark(&at, &m);
		if (m.mark != NULL) {
			told(arg, (struct span){ s.p + done, at.at - done },
			    NULL);
			told(arg, (struct span){ s.p + at.at, m.len }, m.mark);
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
	if (done < s.n) /* s.p may be NULL */
		told(arg, span_skip(s, done), NULL);
}

void
group_text_add(void *buf, struct span s, const char *mark)
{
	if (mark != NULL)
		buf_adds(buf, mark);
	else
		buf_add(buf, s.p, s.n);
}

/* What stays is copied in stretches. */
void
group_text(struct buf *b, struct span s, unsigned how)
{
	group_text_walk(s, how, group_text_add, b);
}
