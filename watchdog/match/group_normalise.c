/* SPDX-License-Identifier: ISC */
/* Which text the records of a group share. */
#include "watchdog/match/group.h"

#include <string.h>

#include "common/base/buf.h"
#include "watchdog/match/span.h"
#include "watchdog/match/unwrap.h"

#define HEX_MIN 8   /* "deadbee1", and no English word */
#define ID_MIN 20   /* a session, a token: letters and ... */
#define ID_DIGITS 4 /* ... so many digits */
/* A word is measured so far: "a1a1a1…" is begun anew at each digit, and
 * must not cost the square of its length. */
#define WORD_MAX 64
#define EXTENSION_MAX 8 /* ".php:", ".phtml:" */

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Ends a file name or a URL in running text. */
static bool
is_delimiter(char c)
{
	return is_blank(c) || c == '"' || c == '\'' || c == '(' || c == ')';
}

/* A word: what of it is letters, digits, hexadecimal digits. */
struct word {
	size_t len, digits, hex;
};

static struct word
measure(struct span s)
{
	struct word w = { 0, 0, 0 };
	char c, letter;

	for (; w.len < s.n && w.len < WORD_MAX; w.len++) {
		c = s.p[w.len];
		letter = (char)(c | 0x20);
		if (is_digit(c)) {
			w.digits++;
			w.hex++;
		} else if (letter < 'a' || letter > 'z')
			break;
		else
			w.hex += letter <= 'f';
	}
	return w;
}

/* ---- what may begin here; each gives its length, or 0 ----------------- */

static size_t
uuid_at(struct span s)
{
	static const unsigned char group[] = { 8, 4, 4, 4, 12 };
	size_t at = 0, i;
	struct word w;

	for (i = 0; i < sizeof group; i++) {
		if (i > 0 && (at >= s.n || s.p[at++] != '-'))
			return 0;
		w = measure(span_skip(s, at));
		if (w.len != group[i] || w.hex != w.len)
			return 0;
		at += w.len;
	}
	return at;
}

static size_t
digits_at(struct span s)
{
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n;
}

/* With its port. */
static size_t
ipv4_at(struct span s)
{
	size_t at = 0, i, n;

	for (i = 0; i < 4; i++) {
		if (i > 0 && (at >= s.n || s.p[at++] != '.'))
			return 0;
		n = digits_at(span_skip(s, at));
		if (n == 0 || n > 3)
			return 0;
		at += n;
	}
	if (at < s.n && is_alnum(s.p[at]))
		return 0;
	if (at + 1 < s.n && s.p[at] == ':')
		n = digits_at(span_skip(s, at + 1));
	else
		n = 0;
	return n > 0 ? at + 1 + n : at;
}

/*
 * A time of day has colons too, and so has a class: eight groups, or fewer
 * and "::" among them, and a digit somewhere.
 */
static size_t
ipv6_at(struct span s)
{
	size_t at = 0, colons = 0, digits = 0, pairs = 0;
	struct word w;

	for (;;) {
		w = measure(span_skip(s, at));
		if (w.len > 4 || w.hex != w.len)
			return 0;
		digits += w.digits;
		at += w.len;
		if (at >= s.n || s.p[at] != ':' || colons == 7)
			break;
		/* The colon of a sentence: "from 2001:db8::1: refused". */
		if (at + 1 >= s.n ||
		    (s.p[at + 1] != ':' && !is_alnum(s.p[at + 1])))
			break;
		pairs += s.p[at + 1] == ':';
		colons++;
		at++;
	}
	if (digits == 0 || pairs > 1 || (colons != 7 && pairs == 0) ||
	    (*s.p == ':' && s.p[1] != ':'))
		return 0;
	return at;
}

/* Apache's own codes say what happened. */
static bool
is_code(struct span s, struct word w)
{
	return w.len == 7 && w.digits == 5 && span_begins(s, "AH");
}

static bool
is_hex(struct span s, struct word w)
{
	if (span_begins(s, "0x") && w.len > 2)
		return w.hex == w.len - 1;
	return w.len >= HEX_MIN && w.hex == w.len && w.digits < w.len;
}

static bool
is_id(struct word w)
{
	return w.len >= ID_MIN && w.digits >= ID_DIGITS && w.digits < w.len;
}

/* Where the walk through a text is. */
struct place {
	struct span text;
	size_t at;
	size_t word; /* behind the last delimiter */
	bool path;   /* there was a '/' since */
};

/* Do the digits here say where in a script: "on line 12", "/x.php:12"? */
static bool
is_line_number(const struct place *at)
{
	static const char words[] = " on line ";
	const size_t n = sizeof words - 1;
	const char *p = at->text.p + at->at, *word = at->text.p + at->word;
	const char *dot;

	if (at->at >= n && memcmp(p - n, words, n) == 0)
		return true;
	if (p == word || *word != '/' || p[-1] != ':')
		return false;
	for (dot = p - 1; dot > word && is_alnum(dot[-1]); dot--)
		if (p - dot > EXTENSION_MAX)
			return false;
	return dot > word && dot < p - 1 && dot[-1] == '.';
}

/* ---- from text to marks ----------------------------------------------- */

/* The mark for the next *len bytes; NULL: they stay. */
static const char *
mark_word(const struct place *at, size_t *len)
{
	struct span s = span_skip(at->text, at->at);
	struct word w = measure(s);
	bool inside = at->at > 0 && is_alnum(s.p[-1]);
	char next = w.len < s.n ? s.p[w.len] : '\0';

	/* Most words are of letters, and have to pass quickly. */
	if (!inside && next == '-' && (*len = uuid_at(s)) > 0)
		return "<uuid>";
	if (!inside && next == ':' && (*len = ipv6_at(s)) > 0)
		return "<ip>";
	*len = w.len;
	if (w.digits == 0 || is_code(s, w))
		return NULL;
	if (is_id(w) || is_hex(s, w)) {
		while (*len < s.n && is_alnum(s.p[*len]))
			(*len)++;
		return is_hex(s, w) ? "<hex>" : "<id>";
	}
	if (!inside && (*len = ipv4_at(s)) > 0)
		return "<ip>";
	*len = digits_at(s);
	if (*len > 0)
		return is_line_number(at) ? NULL : "#";
	while (!is_digit(s.p[*len])) /* there is one */
		(*len)++;
	return NULL;
}

/* Two hexadecimal digits from s.p[i] on. */
static bool
is_byte(struct span s, size_t i)
{
	return s.n > i + 1 && hex_digit(s.p[i]) >= 0 &&
	    hex_digit(s.p[i + 1]) >= 0;
}

static const char *
mark_other(const struct place *at, size_t *len)
{
	struct span s = span_skip(at->text, at->at);

	if (*s.p == ':' &&
	    (at->at == 0 || (!is_alnum(s.p[-1]) && s.p[-1] != ':')) &&
	    (*len = ipv6_at(s)) > 0)
		return "<ip>";
	*len = 1;
	if (is_blank(*s.p)) {
		while (*len < s.n && is_blank(s.p[*len]))
			(*len)++;
		return " ";
	}
	if (*s.p == '?' && at->path && s.n > 1 && !is_delimiter(s.p[1])) {
		while (*len < s.n && !is_delimiter(s.p[*len]))
			(*len)++;
		return "?<query>";
	}
	if (*s.p == '%' && is_byte(s, 1)) {
		*len = 3;
		return "%#";
	}
	if (span_begins(s, "\\x") && is_byte(s, 2)) {
		*len = 4;
		return "\\x#";
	}
	return NULL;
}

/* What stays is copied in stretches. */
static void
add_marked(struct buf *b, struct span s)
{
	struct place at = { .text = s };
	size_t done = 0, len;
	const char *mark;

	for (; at.at < s.n; at.at += len) {
		if (is_alnum(s.p[at.at]))
			mark = mark_word(&at, &len);
		else
			mark = mark_other(&at, &len);
		if (mark != NULL) {
			buf_add(b, s.p + done, at.at - done);
			buf_adds(b, mark);
			done = at.at + len;
		}
		if (s.p[at.at] == '/')
			at.path = true;
		if (is_delimiter(s.p[at.at])) {
			at.word = at.at + len;
			at.path = false;
		}
	}
	buf_add(b, s.p + done, s.n - done);
}

/* ---- what is left out before that ------------------------------------- */

/* Whoever guesses passwords tries many names: one story. */
static void
add_unnamed(struct buf *b, struct span s)
{
	static const struct {
		const char *before, *behind;
	} user[] = {
		{ "user ", " not found: /" },
		{ "user ", ": authentication failure for \"" },
		{ "user \"", "\" was not found in \"" },
		{ "user \"", "\": password mismatch" },
	};
	struct span words = unwrap_code(s);
	const char *p;
	size_t i;

	for (i = 0; i < sizeof user / sizeof *user; i++) {
		if (!span_begins(words, user[i].before))
			continue;
		p = span_find_last(words, user[i].behind);
		if (p == NULL)
			continue;
		add_marked(b, span_until(s, words.p));
		buf_adds(b, "user <user>");
		s = span_from(s, p);
		break;
	}
	add_marked(b, s);
}

/* From the first trace to what comes behind the last; Apache writes a line
 * end as "\n". */
static void
add_message(struct buf *b, struct span s)
{
	const char *from = span_find(s, "\\nStack trace:");
	const char *to = span_find_last(s, "\\n  thrown in ");

	if (from == NULL) {
		add_unnamed(b, s);
		return;
	}
	add_marked(b, span_until(s, from));
	if (to != NULL && to > from)
		add_marked(b, span_from(s, to + 2));
}

static bool
has_path(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == '/' && (i == 0 || is_delimiter(s.p[i - 1])))
			return true;
	return false;
}

void
group_normalise(struct buf *b, const struct fields *f)
{
	struct span message = unwrap(f->message), target = f->request;
	size_t i;

	buf_adds(b, level_name(f->level));
	buf_addc(b, ' ');
	if (f->status.n > 0) {
		add_marked(b, f->status);
		buf_addc(b, ' ');
	}
	while (message.n > 0 && is_blank(*message.p))
		message = span_skip(message, 1);
	while (message.n > 0 && is_blank(message.p[message.n - 1]))
		message.n--;
	add_message(b, message);
	if (target.n == 0 || has_path(message) ||
	    span_find(message, "upstream") != NULL)
		return;
	for (i = 0; i < target.n && target.p[i] != '?'; i++)
		;
	buf_adds(b, " at ");
	add_marked(b, span_head(target, i));
}
