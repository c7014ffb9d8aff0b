/* SPDX-License-Identifier: ISC */
/* Data that is told by the words around it: what is quoted, what is assigned,
 * who could not log in, what a temporary file is called. */
#include <string.h>

#include "watchdog/match/group_text.h"
#include "common/base/span.h"

#define QUOTE_MAX 200 /* bytes; a quote that goes on is none */
#define CLAUSE_MAX 80 /* bytes in which what is wrong is said */
#define WORD_BACK 24  /* bytes of the word in front */
#define PHRASE_MAX 64 /* bytes of a name */
#define HOST_MAX 253  /* bytes of a host's name, RFC 1035 */

/* What the word in front of a quote makes of it. */
enum meaning {
	ANY,
	VALUE,
	/* Of the code or the set-up: another name is another fault, unless the
	 * line of the code is told, which was given that name. */
	NAME,
	/* The same; and one line of code may name several of its own. */
	SCHEMA
};

/* In the order of strcmp(). */
static const struct meant {
	const char *word;
	enum meaning meaning;
} meanings[] = {
	{ "account", VALUE },
	{ "address", VALUE },
	{ "amount", VALUE },
	{ "argument", NAME },
	{ "array", NAME },
	{ "attribute", SCHEMA },
	{ "author", VALUE },
	{ "cell", NAME },
	{ "city", VALUE },
	{ "class", SCHEMA },
	{ "client", VALUE },
	{ "column", SCHEMA },
	{ "command", SCHEMA },
	{ "constant", SCHEMA },
	{ "constraint", SCHEMA },
	{ "coupon", VALUE },
	{ "customer", VALUE },
	{ "database", SCHEMA },
	{ "date", VALUE },
	{ "db", SCHEMA },
	{ "device", NAME },
	{ "directive", SCHEMA },
	{ "domain", VALUE },
	{ "duration", VALUE },
	{ "element", NAME },
	{ "email", VALUE },
	{ "entry", VALUE },
	{ "enum", SCHEMA },
	{ "event", NAME },
	{ "extension", SCHEMA },
	{ "field", SCHEMA },
	{ "file", NAME },
	{ "filter", NAME },
	{ "from", VALUE },
	{ "function", SCHEMA },
	{ "handler", SCHEMA },
	{ "helo", VALUE },
	{ "host", VALUE },
	{ "hostname", VALUE },
	{ "id", VALUE },
	{ "in", NAME },
	{ "index", NAME },
	{ "input", VALUE },
	{ "interface", SCHEMA },
	{ "invoice", VALUE },
	{ "ip", VALUE },
	{ "item", VALUE },
	{ "job", NAME },
	{ "key", NAME },
	{ "keyword", VALUE },
	{ "library", SCHEMA },
	{ "literal", VALUE },
	{ "login", VALUE },
	{ "logname", VALUE },
	{ "mail", VALUE },
	{ "member", VALUE },
	{ "method", SCHEMA },
	{ "model", NAME },
	{ "module", SCHEMA },
	{ "name", NAME },
	{ "named", NAME },
	{ "namespace", SCHEMA },
	{ "node", NAME },
	{ "number", VALUE },
	{ "object", NAME },
	{ "of", NAME },
	{ "operator", SCHEMA },
	{ "option", NAME },
	{ "order", VALUE },
	{ "package", SCHEMA },
	{ "param", NAME },
	{ "parameter", NAME },
	{ "partial", NAME },
	{ "password", VALUE },
	{ "phone", VALUE },
	{ "plugin", NAME },
	{ "pool", NAME },
	{ "product", VALUE },
	{ "property", SCHEMA },
	{ "query", VALUE },
	{ "queue", SCHEMA },
	{ "read", NAME },
	{ "reading", NAME },
	{ "recipient", VALUE },
	{ "relation", SCHEMA },
	{ "remote_addr", VALUE },
	{ "request_id", VALUE },
	{ "requestid", VALUE },
	{ "rhost", VALUE },
	{ "role", SCHEMA },
	{ "route", NAME },
	{ "ruser", VALUE },
	{ "schema", SCHEMA },
	{ "script", NAME },
	{ "search", VALUE },
	{ "section", NAME },
	{ "sender", VALUE },
	{ "sequence", NAME },
	{ "service", SCHEMA },
	{ "session", VALUE },
	{ "session_id", VALUE },
	{ "setting", NAME },
	{ "sid", VALUE },
	{ "slug", VALUE },
	{ "string", VALUE },
	{ "subject", VALUE },
	{ "symbol", SCHEMA },
	{ "table", SCHEMA },
	{ "tag", NAME },
	{ "task", NAME },
	{ "template", NAME },
	{ "text", VALUE },
	{ "theme", NAME },
	{ "time", VALUE },
	{ "title", VALUE },
	{ "to", VALUE },
	{ "token", NAME },
	{ "trace_id", VALUE },
	{ "trait", SCHEMA },
	{ "trigger", SCHEMA },
	{ "type", SCHEMA },
	{ "uid", VALUE },
	{ "undefined", NAME },
	{ "unit", NAME },
	{ "upstream", NAME },
	{ "user", VALUE },
	{ "user_id", VALUE },
	{ "username", VALUE },
	{ "users", VALUE },
	{ "value", VALUE },
	{ "variable", SCHEMA },
	{ "view", SCHEMA },
	{ "visitor", VALUE },
	{ "voucher", VALUE },
	{ "worker", NAME },
	{ "zone", NAME },
};

/* Who says one of these in front of a quote quotes what was wrong. */
static const char *const wrong[] = { "nvalid", "alformed", "could not convert",
	"cannot convert", "cannot parse", "ould not parse", "nparsable",
	"out of range", "not a valid", "ncorrect", "expected integer but got",
	"not match", "input string", "llegal", "bad " };

static enum meaning
meaning_of(struct span s)
{
	size_t from = 0, to = sizeof meanings / sizeof *meanings, at;
	char word[WORD_BACK + 1];
	int order;

	for (at = 0; at < s.n && at < WORD_BACK; at++)
		word[at] = s.p[at] >= 'A' && s.p[at] <= 'Z' ?
		    (char)(s.p[at] | 0x20) :
		    s.p[at];
	word[at] = '\0';
	while (from < to) {
		at = (from + to) / 2;
		order = strcmp(word, meanings[at].word);
		if (order == 0)
			return meanings[at].meaning;
		if (order < 0)
			to = at;
		else
			from = at + 1;
	}
	return ANY;
}

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
	enum meaning meaning = meaning_of(word);

	/* A database's "for key 'email'" is of the schema, not an array's. */
	if (meaning == NAME && at->placed &&
	    !span_ends(span_until(at->text, word.p), " for "))
		return true;
	if (meaning >= NAME && inner.n > 0)
		return false;
	if (at->placed || meaning == VALUE || !is_name_like(inner) ||
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

static bool
is_list(struct span word)
{
	return word.n == 6 &&
	    (span_begins(word, "string") || span_begins(word, "values"));
}

/* user=bob, session=<…>; "string (x", "values (x, y": what stands behind these
 * in parentheses, and a single character there. */
bool
group_keyed(const struct place *at, struct mark *m)
{
	struct span s = span_skip(at->text, at->at);
	struct span word = word_before(at->text, at->at);
	const char *p;

	if (*s.p == '=') {
		if (meaning_of(word) != VALUE || word.p + word.n != s.p)
			return false;
		m->mark = "=<value>";
		m->len = 1 + assigned(span_skip(s, 1));
		return true;
	}
	m->mark = "(<value>";
	m->len = 2;
	if (s.n > 2 && s.p[2] == ')' && s.p[1] != ')' && !is_digit(s.p[1]))
		return true;
	if (word.p + word.n == s.p || !is_list(word))
		return false;
	p = span_find(span_head(s, QUOTE_MAX), ")");
	m->len = p != NULL ? (size_t)(p - s.p) : 0;
	return m->len > 1;
}

/* Its length is asked at every blank. */
#define SPAN(text) \
	{ \
		text, sizeof text - 1 \
	}

/* A name between words; NULL: whatever comes. */
static const struct phrase {
	struct span before;
	const char *behind;
} phrases[] = {
	{ SPAN("nvalid user"), " " },
	{ SPAN(" for user"), NULL },
	{ SPAN(" of user"), NULL },
	{ SPAN("unknown user"), NULL },
	{ SPAN("no such user"), NULL },
	{ SPAN("user"), " from " },
	{ SPAN("user"), " not found" },
	{ SPAN("User"), " from " },
	{ SPAN("password for"), " from " },
	{ SPAN("publickey for"), " from " },
	{ SPAN("exceeded for"), " from " },
	{ SPAN("attempt failed for"), NULL },
	{ SPAN("ogin failed for"), NULL },
	{ SPAN("ogin failed:"), NULL },
	{ SPAN(" token"), " in JSON" },
	{ SPAN(" called"), " in /" },
	{ SPAN(" named"), " in /" },
	{ SPAN(" for"), " in /" },
	{ SPAN(" user"), " in /" },
};

/* The length of a name: up to a blank, or the colon behind it. */
static size_t
name_length(struct span s)
{
	size_t n = 0;

	if (s.n > 1 && (*s.p == '"' || *s.p == '\'') && !is_blank(s.p[1]))
		return 0;
	while (n < s.n && n < PHRASE_MAX && !is_blank(s.p[n]) &&
	    (n == 0 || s.p[n] != ':'))
		n++;
	return n < PHRASE_MAX ? n : 0;
}

static bool
ends_with(struct span s, struct span with)
{
	return s.n >= with.n && s.p[s.n - 1] == with.p[with.n - 1] &&
	    memcmp(s.p + s.n - with.n, with.p, with.n) == 0;
}

/* At the blank behind "user" and the like: the blank and the name. */
static bool
phrase_at(const struct place *at, struct mark *m)
{
	struct span before = span_head(at->text, at->at), s;
	size_t i, n;

	for (i = 0; i < sizeof phrases / sizeof *phrases; i++) {
		if (!ends_with(before, phrases[i].before))
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
	static const struct span words[] = { SPAN("host"), SPAN("hostname"),
		SPAN("domain") };
	struct span before = span_head(at->text, at->at), s;
	size_t i, n;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (ends_with(before, words[i]))
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
	static const struct span where[] = { SPAN("/tmp"), SPAN("/temp"),
		SPAN("/uploads"), SPAN("/upload"), SPAN("/sessions") };
	struct span dir = span_head(at->text, at->at);
	struct span s = span_skip(at->text, at->at + 1);
	size_t i, n;

	for (i = 0; i < sizeof where / sizeof *where; i++)
		if (ends_with(dir, where[i]))
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

/* "Internal Server Error: /a/b": whoever asks, what was raised is the same. */
static bool
page_at(const struct place *at, struct mark *m)
{
	size_t n = at->at;

	if (!at->asked || n != at->word)
		return false;
	while (n < at->text.n && !is_delimiter(at->text.p[n]))
		n++;
	m->mark = "<page>";
	m->len = n - at->at;
	return true;
}

/* At a blank or a slash: does a name follow? */
bool
group_named(const struct place *at, struct mark *m)
{
	if (at->text.p[at->at] == '/')
		return page_at(at, m) || name_at(at, m) || hash_at(at, m);
	/* Most words end in none of the letters that all these end in. */
	return at->at > 0 && strchr("drnt:e", at->text.p[at->at - 1]) != NULL &&
	    (phrase_at(at, m) || host_at(at, m));
}
