/* SPDX-License-Identifier: ISC */
/* Data that is told by the words around it: what is quoted, what is assigned,
 * who could not log in, what a temporary file is called. */
#include <string.h>
#include <strings.h>

#include "watchdog/match/group_text.h"
#include "watchdog/match/span.h"

#define QUOTE_MAX 200 /* bytes; a quote that goes on is none */
#define CLAUSE_MAX 80 /* bytes in which what is wrong is said */
#define WORD_BACK 24  /* bytes of the word in front */
#define PHRASE_MAX 64 /* bytes of a name */
#define HOST_MAX 253  /* bytes of a host's name, RFC 1035 */

/* The word in front of these is of the code, the schema or the set-up: other
 * names are other faults. */
static const char *const named[] = { "argument", "array", "attribute", "cell",
	"class", "column", "command", "constant", "constraint", "database",
	"db", "device", "directive", "element", "enum", "event", "extension",
	"field", "file", "filter", "function", "handler", "in", "index",
	"interface", "job", "key", "keyword", "library", "method", "model",
	"module", "name", "named", "namespace", "node", "object", "of",
	"operator", "option", "package", "param", "parameter", "partial",
	"plugin", "pool", "property", "queue", "read", "reading", "relation",
	"role", "route", "schema", "script", "section", "sequence", "service",
	"setting", "symbol", "table", "tag", "task", "template", "theme",
	"token", "trait", "trigger", "type", "undefined", "unit", "upstream",
	"variable", "view", "worker", "zone" };

/* And of these a value. */
static const char *const valued[] = { "account", "address", "amount", "author",
	"city", "client", "coupon", "customer", "date", "domain", "duration",
	"email", "entry", "from", "helo", "host", "hostname", "id", "input",
	"invoice", "ip", "item", "keyword", "literal", "login", "logname",
	"mail", "member", "number", "order", "password", "phone", "product",
	"query", "recipient", "remote_addr", "request_id", "requestid", "rhost",
	"ruser", "search", "sender", "session", "session_id", "sid", "slug",
	"string", "subject", "text", "time", "title", "to", "trace_id", "uid",
	"user", "user_id", "username", "users", "value", "visitor", "voucher" };

/* Who says one of these in front of a quote quotes what was wrong. */
static const char *const wrong[] = { "nvalid", "alformed", "could not convert",
	"cannot convert", "cannot parse", "ould not parse", "nparsable",
	"out of range", "not a valid", "ncorrect", "expected integer but got",
	"not match", "input string", "llegal", "bad " };

static bool
is_word(struct span s, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s.n > 0 && *list[i] == (*s.p | 0x20) &&
		    strlen(list[i]) == s.n &&
		    strncasecmp(list[i], s.p, s.n) == 0)
			return true;
	return false;
}

#define IS_WORD(s, list) is_word(s, list, sizeof list / sizeof *list)

/* The word that ends at end, without ": ", "=" and blanks behind it. */
static struct span
word_before(struct span text, size_t end)
{
	struct span s;
	size_t n = end;

	while (n > 0 && end - n < 3 && strchr(" :=", text.p[n - 1]) != NULL &&
	    text.p[n - 1] != '\0')
		n--;
	s.n = 0;
	while (n > 0 && s.n < WORD_BACK &&
	    (is_alnum(text.p[n - 1]) || text.p[n - 1] == '_')) {
		n--;
		s.n++;
	}
	s.p = text.p + n;
	return s;
}

/* What stands in front, as far as it belongs to the same clause. */
static bool
says_wrong(struct span text, size_t end)
{
	struct span s = span_head(text, end);
	size_t i;

	if (s.n > CLAUSE_MAX)
		s = span_skip(s, s.n - CLAUSE_MAX);
	for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (span_find(s, wrong[i]) != NULL)
			return true;
	return false;
}

/* Could it be a name of the code: letters, and what joins them? */
static bool
is_name_like(struct span s)
{
	size_t i, letters = 0;

	for (i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) &&
		    (s.p[i] == '\0' ||
			strchr("_$.\\:/-()[]<>#{}", s.p[i]) == NULL))
			return false;
		letters += is_alnum(s.p[i]) && !is_digit(s.p[i]);
	}
	return letters > 0;
}

/* Paths and URLs are looked into. */
static bool
is_path(struct span s)
{
	return s.n > 0 &&
	    (*s.p == '/' || span_begins(s, "./") || span_begins(s, "http://") ||
		span_begins(s, "https://"));
}

static bool
is_value(const struct place *at, struct span inner, size_t behind)
{
	struct span word = word_before(at->text, at->at);
	struct span next = span_skip(at->text, behind);

	if (inner.n > 0 && IS_WORD(word, named))
		return false;
	if (IS_WORD(word, valued) || !is_name_like(inner) ||
	    span_ends(inner, "/IN") ||
	    (at->at > 0 && at->text.p[at->at - 1] == '@'))
		return true;
	return says_wrong(at->text, at->at) ||
	    span_begins(next, " is not a valid") ||
	    span_begins(next, " is invalid");
}

/* Behind the quote that ends the one at `at`, or 0.  An apostrophe ends
 * nothing: "user 'o'brien'". */
static size_t
closing(const struct place *at, char quote)
{
	struct span s = span_head(span_skip(at->text, at->at + 1), QUOTE_MAX);
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == quote &&
		    (at->at + i + 2 >= at->text.n || !is_alnum(s.p[i + 1])))
			return at->at + i + 2;
	return 0;
}

bool
group_quoted(const struct place *at, struct mark *m)
{
	char quote = at->text.p[at->at];
	size_t behind;
	struct span inner;

	if (quote != '"' && quote != '\'')
		return false;
	if (at->at == at->shut ||
	    (at->at > 0 && is_alnum(at->text.p[at->at - 1])))
		return false;
	behind = closing(at, quote);
	if (behind == 0)
		return false;
	inner = span_head(span_skip(at->text, at->at + 1), behind - at->at - 2);
	if (is_path(inner) || !is_value(at, inner, behind)) {
		m->shut = behind - 1;
		return false;
	}
	m->mark = "<value>";
	m->len = behind - at->at;
	return true;
}

/* How long the value behind "key=" is. */
static size_t
assigned(struct span s)
{
	char end = s.n > 0 && *s.p == '<' ? '>' : '\0';
	size_t n = 0;

	if (s.n > 0 && (*s.p == '"' || *s.p == '\''))
		end = *s.p;
	while (end != '\0' && ++n < s.n && n < QUOTE_MAX)
		if (s.p[n] == end)
			return n + 1;
	for (n = 0; n < s.n && !is_delimiter(s.p[n]) && s.p[n] != ',' &&
	     s.p[n] != ';' && s.p[n] != '&';
	     n++)
		;
	return n;
}

/* user=bob, session=<…>; "string (x", "values (x, y": what stands behind these
 * in parentheses, and a single character there. */
bool
group_keyed(const struct place *at, struct mark *m)
{
	static const char *const listed[] = { "string", "values" };
	struct span s = span_skip(at->text, at->at);
	struct span word = word_before(at->text, at->at);
	const char *p;

	if (*s.p == '=') {
		if (!IS_WORD(word, valued) || word.p + word.n != s.p)
			return false;
		m->mark = "=<value>";
		m->len = 1 + assigned(span_skip(s, 1));
		return true;
	}
	m->mark = "(<value>";
	m->len = 2;
	if (s.n > 2 && s.p[2] == ')' && s.p[1] != ')' && !is_digit(s.p[1]))
		return true;
	if (word.p + word.n == s.p || !IS_WORD(word, listed))
		return false;
	p = span_find(span_head(s, QUOTE_MAX), ")");
	m->len = p != NULL ? (size_t)(p - s.p) : 0;
	return m->len > 1;
}

/* A name between words; NULL: whatever comes. */
static const struct phrase {
	const char *before, *behind;
} phrases[] = {
	{ "nvalid user", " " },
	{ " for user", NULL },
	{ " of user", NULL },
	{ "unknown user", NULL },
	{ "no such user", NULL },
	{ "user", " from " },
	{ "user", " not found" },
	{ "User", " from " },
	{ "password for", " from " },
	{ "publickey for", " from " },
	{ "exceeded for", " from " },
	{ "attempt failed for", NULL },
	{ "ogin failed for", NULL },
	{ "ogin failed:", NULL },
	{ " token", " in JSON" },
};

/* The length of a name: up to a blank, or the colon behind it. */
static size_t
name_length(struct span s)
{
	size_t n = 0;

	if (s.n > 0 && (*s.p == '"' || *s.p == '\''))
		return 0;
	while (n < s.n && n < PHRASE_MAX && !is_blank(s.p[n]) &&
	    (n == 0 || s.p[n] != ':'))
		n++;
	return n < PHRASE_MAX ? n : 0;
}

/* At the blank behind "user" and the like: the blank and the name. */
static bool
phrase_at(const struct place *at, struct mark *m)
{
	struct span before = span_head(at->text, at->at), s;
	size_t i, n;

	for (i = 0; i < sizeof phrases / sizeof *phrases; i++) {
		if (!span_ends(before, phrases[i].before))
			continue;
		s = span_skip(at->text, at->at + 1);
		n = name_length(s);
		if (n == 0 ||
		    (phrases[i].behind != NULL &&
			!span_begins(span_skip(s, n), phrases[i].behind)))
			continue;
		m->mark = " <name>";
		m->len = 1 + n;
		return true;
	}
	return false;
}

static size_t
host_length(struct span s)
{
	size_t n = 0;

	while (n < s.n && n < HOST_MAX &&
	    (is_alnum(s.p[n]) || s.p[n] == '.' || s.p[n] == '-'))
		n++;
	return n;
}

/* At the blank behind "host": a name with a dot. */
static bool
host_at(const struct place *at, struct mark *m)
{
	static const char *const words[] = { "host", "hostname", "domain" };
	struct span before = span_head(at->text, at->at), s;
	size_t i, n;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (span_ends(before, words[i]))
			break;
	if (i == sizeof words / sizeof *words)
		return false;
	s = span_skip(at->text, at->at + 1);
	n = host_length(s);
	if (n == 0 || is_digit(*s.p) || memchr(s.p, '.', n) == NULL)
		return false;
	m->mark = " <host>";
	m->len = 1 + n;
	return true;
}

/* "/tmp/phpA1b2C3", "/uploads/me.png": the directory says it all. */
static bool
name_at(const struct place *at, struct mark *m)
{
	static const char *const where[] = { "/tmp", "/temp", "/uploads",
		"/upload", "/sessions" };
	struct span dir = span_head(at->text, at->at);
	struct span s = span_skip(at->text, at->at + 1);
	size_t i, n;

	for (i = 0; i < sizeof where / sizeof *where; i++)
		if (span_ends(dir, where[i]))
			break;
	if (i == sizeof where / sizeof *where)
		return false;
	for (n = 0; n < s.n && !is_delimiter(s.p[n]) && s.p[n] != '/' &&
	     s.p[n] != ':' && s.p[n] != ',' && s.p[n] != ';';
	     n++)
		;
	m->mark = "/<name>";
	m->len = 1 + n;
	return n > 0;
}

/* "/0f/" and "/a/" in front of a hash are its beginning. */
static bool
hash_at(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at + 1);
	struct word w = group_measure(s);
	size_t n = w.len;

	if (n == 0 || n > 2 || w.hex != n || n >= s.n || s.p[n] != '/')
		return false;
	w = group_measure(span_skip(s, n + 1));
	if (w.len > 0 && w.len <= 2 && w.hex == w.len && w.len + n + 1 < s.n &&
	    s.p[n + 1 + w.len] == '/') {
		n += 1 + w.len;
		w = group_measure(span_skip(s, n + 1));
	}
	m->mark = "/<hex>";
	m->len = 1 + n;
	return w.len >= 16 && w.hex == w.len;
}

/* At a blank or a slash: does a name follow? */
bool
group_named(const struct place *at, struct mark *m)
{
	if (at->text.p[at->at] == '/')
		return name_at(at, m) || hash_at(at, m);
	return phrase_at(at, m) || host_at(at, m);
}
