/* SPDX-License-Identifier: ISC */
/* Data that can be told by its shape: UUIDs, addresses, identifiers, times,
 * numbers. */
#include <string.h>

#include "watchdog/match/frames.h"
#include "watchdog/match/group_text.h"
#include "common/base/span.h"

#define HEX_MIN 8   /* "deadbee1", and no English word */
#define ID_MIN 8    /* "0HM4E13D", and ... */
#define ID_DIGITS 3 /* ... so many digits */
#define TOKEN_MIN 12
#define EXTENSION_MAX 8   /* ".php:", ".phtml:" */
#define LOCAL_MAX 64      /* of a mail address, RFC 5321 */
#define BACK_MAX 48       /* bytes in which a word is looked for */
#define FILE_NAME_MAX 128 /* of the script in front of " line 12" */

static int
class_of(char c)
{
	if (is_digit(c))
		return 1;
	return c >= 'a' ? 2 : 3;
}

struct word
group_measure(struct span s)
{
	struct word w = { 0, 0, 0, 0 };
	char c, letter;

	for (; w.len < s.n && w.len < GROUP_WORD_MAX; w.len++) {
		c = s.p[w.len];
		letter = (char)(c | 0x20);
		if (is_digit(c)) {
			w.digits++;
			w.hex++;
		} else if (letter < 'a' || letter > 'z')
			break;
		else
			w.hex += letter <= 'f';
		w.turns += w.len > 0 && class_of(c) != class_of(s.p[w.len - 1]);
	}
	return w;
}

static struct span
before(const struct place *at)
{
	return span_head(at->text, at->at);
}

/* Is the word in the middle of a longer one? */
static bool
is_inside(const struct place *at)
{
	return at->at > 0 && is_alnum(at->text.p[at->at - 1]);
}

/* ---- times ------------------------------------------------------------ */

/*
 * Shapes: 9 one digit, 8 one or two, A a letter of a month or day, a blank
 * or any other byte itself; what stands behind '?' may be missing.
 */
static const char *const shape[] = { "9999-99-99", "9999/99/99", "99-AAA-9999",
	"99/AAA/9999", "99.99.9999", "99/99/9999", "8:99:99",
	"AAA AAA 8 99:99:99", "AAA AAA  8 99:99:99", "AAA, 8 AAA 9999",
	"AAA 8 99:99:99", "AAA  8 99:99:99" };

static bool
is_name(struct span s)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec"
				    "MonTueWedThuFriSatSun";
	size_t i;

	for (i = 0; i + 3 < sizeof names; i += 3)
		if (memcmp(names + i, s.p, 3) == 0)
			return true;
	return false;
}

static size_t
shape_at(struct span s, const char *p)
{
	size_t at = 0;

	for (; *p != '\0'; p++) {
		if (at >= s.n)
			return 0;
		if (*p == 'A') {
			if (s.n - at < 3 || !is_name(span_skip(s, at)))
				return 0;
			at += 3;
			p += 2;
		} else if (*p == '9' || *p == '8') {
			if (!is_digit(s.p[at++]))
				return 0;
			at += *p == '8' && at < s.n && is_digit(s.p[at]);
		} else if (s.p[at++] != *p)
			return 0;
	}
	return at;
}

/* "T04:00:01", ".123", "Z", " UTC", "+01:00"; ctime(3) ends with the year. */
static size_t
behind_time(struct span s, size_t at, bool year)
{
	static const char *const more[] = { "T99:99:99", " 99:99:99",
		":99:99:99", NULL, " UTC", "Z", " GMT", "+99:99", "-99:99",
		"+9999", " +9999", " -9999" };
	size_t i, n;

	for (i = 0; i < sizeof more / sizeof *more; i++) {
		if (more[i] == NULL) {
			if (at < s.n && (s.p[at] == '.' || s.p[at] == ',') &&
			    (n = span_digits(span_skip(s, at + 1))) > 0)
				at += 1 + n;
			continue;
		}
		n = shape_at(span_skip(s, at), more[i]);
		if (n > 0 && (at + n >= s.n || !is_digit(s.p[at + n])))
			at += n;
	}
	return at + (year ? shape_at(span_skip(s, at), " 9999") : 0);
}

bool
group_time(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);
	size_t i, n, digits;

	if (is_inside(at) || s.n < 7 ||
	    (!is_digit(*s.p) &&
		((s.p[3] != ' ' && s.p[3] != ',') || !is_name(s))))
		return false;
	digits = span_digits(s);
	if (digits == 3 || digits > 4)
		return false; /* no shape begins so */
	for (i = 0; i < sizeof shape / sizeof *shape; i++) {
		if ((*shape[i] == 'A') != (digits == 0))
			continue;
		n = shape_at(s, shape[i]);
		if (n == 0 || (n < s.n && is_digit(s.p[n])))
			continue;
		m->mark = "<time>";
		m->len = behind_time(s, n,
		    strncmp(shape[i], "AAA ", 4) == 0 && shape[i][4] == 'A');
		return true;
	}
	return false;
}

/* ---- addresses -------------------------------------------------------- */

static size_t
uuid_at(struct span s)
{
	static const unsigned char group[] = { 8, 4, 4, 4, 12 };
	size_t at = 0, i;
	struct word w;

	if (s.n < 36 || s.p[group[0]] != '-')
		return 0;
	for (i = 0; i < sizeof group; i++) {
		if (i > 0 && (at >= s.n || s.p[at++] != '-'))
			return 0;
		w = group_measure(span_skip(s, at));
		if (w.len != group[i] || w.hex != w.len)
			return 0;
		at += w.len;
	}
	return at;
}

static size_t
ipv4_at(struct span s)
{
	size_t at = 0, i, n;

	for (i = 0; i < 4; i++) {
		if (i > 0 && (at >= s.n || s.p[at++] != '.'))
			return 0;
		n = span_digits(span_skip(s, at));
		if (n == 0 || n > 3)
			return 0;
		at += n;
	}
	return at < s.n && is_alnum(s.p[at]) ? 0 : at;
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

	if (memchr(s.p, ':', span_head(s, 5).n) == NULL)
		return 0;
	for (;;) {
		w = group_measure(span_skip(s, at));
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

/* ":8080"; BIND's "#53 (example.com)". */
static size_t
port_at(struct span s)
{
	const char *p;
	size_t n;

	if (s.n < 2 || (*s.p != ':' && *s.p != '#'))
		return 0;
	n = span_digits(span_skip(s, 1));
	if (n == 0)
		return 0;
	n++;
	if (*s.p == '#' && span_begins(span_skip(s, n), " (") &&
	    (p = span_find(span_head(span_skip(s, n), 256), ")")) != NULL)
		n = (size_t)(p + 1 - s.p);
	return n;
}

/* An address in this network that we wanted to talk to says which service is
 * ill; clients' addresses are anybody's. */
static bool
is_ours(const struct place *at)
{
	static const char *const net[] = { "127.", "10.", "192.168.", "172.16.",
		"172.17.", "172.18.", "::1" };
	static const char *const word[] = { "connect to ", "connection to ",
		"connecting to ", "connect() to ", "dial tcp ", "ECONNREFUSED ",
		"ETIMEDOUT ", "ECONNRESET ", "EHOSTUNREACH ", "upstream ",
		"backend" };
	struct span s = before(at), to = span_skip(at->text, at->at);
	size_t i;
	bool ours = false;

	for (i = 0; i < sizeof net / sizeof *net; i++)
		ours |= span_begins(to, net[i]);
	if (!ours)
		return false;
	if (s.n > BACK_MAX)
		s = span_skip(s, s.n - BACK_MAX);
	for (i = 0; i < sizeof word / sizeof *word; i++)
		if (span_find(s, word[i]) != NULL)
			return true;
	return false;
}

static bool
is_local(char c)
{
	return is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' ||
	    c == '-' || (c & 0x80) != 0;
}

static size_t
mail_at(const struct place *at)
{
	struct span s = span_skip(at->text, at->at);
	size_t n, from;

	if (at->at > 0 && is_local(s.p[-1]))
		return 0;
	for (n = 0;
	     n < s.n && n < LOCAL_MAX && s.p[n] != '\0' && is_local(s.p[n]);
	     n++)
		;
	if (n == 0 || n >= s.n || s.p[n] != '@')
		return 0;
	from = ++n;
	while (n < s.n && (is_alnum(s.p[n]) || s.p[n] == '.' || s.p[n] == '-'))
		n++;
	while (n > from && (s.p[n - 1] == '.' || s.p[n - 1] == '-'))
		n--;
	return n > from ? n : 0;
}

static bool
found(struct mark *m, const char *mark, size_t len)
{
	m->mark = mark;
	m->len = len;
	return len > 0;
}

bool
group_address(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);
	bool colon = *s.p == ':';
	size_t n;

	if (is_inside(at) || (colon && at->at > 0 && s.p[-1] == ':'))
		return false;
	if (!colon &&
	    (found(m, "<uuid>", uuid_at(s)) || found(m, "<mail>", mail_at(at))))
		return true;
	n = ipv4_at(s);
	if (n == 0)
		n = ipv6_at(s);
	if (n == 0)
		return false;
	if (!colon || n > 1)
		n += port_at(span_skip(s, n));
	return found(m, is_ours(at) ? NULL : "<ip>", n);
}

/* ---- words with digits ------------------------------------------------ */

/* Units that stand at once behind a number, or behind a blank as well. */
static const struct unit {
	const char *word, *mark;
	bool apart;
} units[] = { { "ms", "<duration>", true }, { "ns", "<duration>", true },
	{ "us", "<duration>", true }, { "s", "<duration>", false },
	{ "h", "<duration>", false }, { "d", "<duration>", false },
	{ "sec", "<duration>", true }, { "secs", "<duration>", true },
	{ "second", "<duration>", true }, { "seconds", "<duration>", true },
	{ "min", "<duration>", true }, { "minute", "<duration>", true },
	{ "minutes", "<duration>", true }, { "hour", "<duration>", true },
	{ "hours", "<duration>", true }, { "day", "<duration>", true },
	{ "days", "<duration>", true }, { "milliseconds", "<duration>", true },
	{ "\xc2\xb5s", "<duration>", true }, { "B", "<size>", false },
	{ "K", "<size>", false }, { "M", "<size>", false },
	{ "G", "<size>", false }, { "kB", "<size>", true },
	{ "KB", "<size>", true }, { "MB", "<size>", true },
	{ "GB", "<size>", true }, { "KiB", "<size>", true },
	{ "MiB", "<size>", true }, { "GiB", "<size>", true },
	{ "byte", "<size>", true }, { "bytes", "<size>", true } };

static const struct unit *
unit_at(struct span s, size_t *len)
{
	bool apart = s.n > 0 && *s.p == ' ';
	size_t i, n;

	if (apart)
		s = span_skip(s, 1);
	if (s.n == 0 || *s.p == ' ')
		return NULL;
	for (i = 0; i < sizeof units / sizeof *units; i++) {
		if ((apart && !units[i].apart) ||
		    !span_begins(s, units[i].word))
			continue;
		n = strlen(units[i].word);
		if (n < s.n && (is_alnum(s.p[n]) || s.p[n] == '_'))
			continue;
		*len = n + apart;
		return &units[i];
	}
	return NULL;
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
	return w.len >= HEX_MIN && w.hex == w.len && w.digits > 0 &&
	    w.digits < w.len;
}

/* "order12345" is a name and its number, "0HM4E13D2C963" is not. */
static bool
is_id(struct span s, struct word w)
{
	size_t n = span_digits(s), len;

	if (n > 0 && unit_at(span_skip(s, n), &len) != NULL)
		return false;
	if (w.len >= ID_MIN && w.digits >= ID_DIGITS && w.turns > 1 &&
	    w.digits < w.len)
		return true;
	return w.len >= TOKEN_MIN && w.turns * 5 >= w.len * 2;
}

bool
group_word(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);
	struct word w = group_measure(s);
	size_t n = w.len;

	m->mark = NULL;
	m->len = w.len;
	if (is_code(s, w))
		return true;
	if (is_hex(s, w) || is_id(s, w)) {
		while (n < s.n && is_alnum(s.p[n]))
			n++;
		return found(m, is_hex(s, w) ? "<hex>" : "<id>", n);
	}
	return w.digits == 0;
}

/* Has the script, in front of " line 12" or ":12", a place of ours? */
static bool
is_script(const struct place *at, size_t end)
{
	struct span s = { at->text.p, end };
	struct frame f = { .line = 0 };
	size_t n = end;

	while (n > 0 && end - n < FILE_NAME_MAX && !is_delimiter(s.p[n - 1]))
		n--;
	f.file = span_skip(s, n);
	return !at->library || frame_own(&f);
}

/* Is it what the names of scripts end with? */
static bool
is_extension(struct span s)
{
	static const char *const code[] = { "php", "phtml", "inc", "module",
		"py", "rb", "erb", "js", "ts", "jsx", "tsx", "mjs", "cjs",
		"vue", "go", "rs", "java", "kt", "scala", "c", "cc", "cpp",
		"cs", "pl", "pm", "tcl", "adp", "ex", "exs", "lua", "sh" };
	size_t i;

	for (i = 0; i < sizeof code / sizeof *code; i++)
		if (strlen(code[i]) == s.n && memcmp(code[i], s.p, s.n) == 0)
			return true;
	return false;
}

/* Do the digits here say where in a script: "on line 12", "/x.php:12",
 * "x.rs:12", Perl's "/x.pl line 12"? */
static bool
is_line_number(const struct place *at)
{
	static const char on[] = " on line ", line[] = " line ";
	struct span s = before(at);
	const char *p = s.p + s.n, *word = s.p + at->word, *dot;

	if (span_ends(s, on))
		return is_script(at, s.n - strlen(on));
	if (span_ends(s, line)) {
		p -= strlen(line);
		for (word = p; word > s.p && p - word < FILE_NAME_MAX &&
		     !is_delimiter(word[-1]);
		     word--)
			;
		return word < p && *word == '/' &&
		    is_script(at, (size_t)(p - s.p));
	}
	if (p == word || p[-1] != ':')
		return false;
	for (dot = p - 1; dot > word && is_alnum(dot[-1]); dot--)
		if (p - dot > EXTENSION_MAX)
			return false;
	if (dot == word || dot == p - 1 || dot[-1] != '.' ||
	    (*word != '/' &&
		!is_extension((struct span){ dot, (size_t)(p - 1 - dot) })))
		return false;
	return is_script(at, s.n - 1);
}

/* "HTTP/1.1 503", "status 500": which answer is what happened. */
static bool
is_answer(const struct place *at)
{
	static const char *const word[] = { "HTTP/1.1 ", "HTTP/1.0 ", "HTTP/2 ",
		"status ", "status=", "status: ", "code ",
		"code: ", "code=", "errno ", "signal ", "SQLSTATE[" };
	struct span s = before(at);
	size_t i;

	for (i = 0; i < sizeof word / sizeof *word; i++)
		if (span_ends(s, word[i]))
			return true;
	return false;
}

/* "1,234", "0.25", "1.2.3" are one number. */
bool
group_number(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);
	const struct unit *unit;
	size_t n = span_digits(s), more, len = n;

	if (n == 0)
		return false;
	if (is_line_number(at) || is_answer(at))
		return found(m, NULL, n);
	while (n + 1 < s.n && (s.p[n] == '.' || s.p[n] == ',') &&
	    (more = span_digits(span_skip(s, n + 1))) > 0) {
		len = n;
		n += 1 + more;
	}
	if (!is_inside(at) && (unit = unit_at(span_skip(s, n), &more)) != NULL)
		return found(m, unit->mark, n + more);
	/* "12.3a4b" is two words. */
	return found(m, "#", n < s.n && is_alnum(s.p[n]) ? len : n);
}
