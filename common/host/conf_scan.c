/* SPDX-License-Identifier: ISC */
/* Tokens of the configuration language, for better error messages. */
#include "common/host/conf_scan.h"

#include <string.h>

#define DEPTH_MAX 32 /* sections in sections; ours have 4 */

enum kind { T_END, T_WORD, T_PUNCT };

struct token {
	enum kind kind;
	size_t from, to; /* in the text; quotes belong to a word */
	int line;        /* of its first byte */
};

struct scan {
	const char *s;
	size_t at;
	int line;
};

/* libConfuse's comments: #, //, and C's. */
static bool
skip_comment(struct scan *sc)
{
	const char *p = sc->s + sc->at, *end;

	if (*p == '#' || (p[0] == '/' && p[1] == '/')) {
		sc->at += strcspn(p, "\n");
		return true;
	}
	if (p[0] != '/' || p[1] != '*')
		return false;
	end = strstr(p + 2, "*/");
	end = end != NULL ? end + 2 : p + strlen(p);
	for (; p < end; p++, sc->at++)
		sc->line += *p == '\n';
	return true;
}

static void
skip_blank(struct scan *sc)
{
	for (;;) {
		if (sc->s[sc->at] != '\0' &&
		    strchr(" \t\r\n", sc->s[sc->at]) != NULL)
			sc->line += sc->s[sc->at++] == '\n';
		else if (!skip_comment(sc))
			return;
	}
}

static void
skip_quoted(struct scan *sc)
{
	char quote = sc->s[sc->at++];

	while (sc->s[sc->at] != '\0' && sc->s[sc->at] != quote) {
		if (sc->s[sc->at] == '\\' && sc->s[sc->at + 1] != '\0')
			sc->line += sc->s[sc->at++] == '\n';
		sc->line += sc->s[sc->at++] == '\n';
	}
	if (sc->s[sc->at] == quote)
		sc->at++;
}

static struct token
scan_next(struct scan *sc)
{
	struct token t;
	size_t n;

	skip_blank(sc);
	t.from = sc->at;
	t.line = sc->line;
	t.kind = T_WORD;
	if (sc->s[sc->at] == '\0') {
		t.kind = T_END;
	} else if (strchr("\"'", sc->s[sc->at]) != NULL) {
		skip_quoted(sc);
	} else if ((n = strcspn(sc->s + sc->at, " \t\r\n\"'{}()=+,#")) > 0) {
		sc->at += n;
	} else {
		t.kind = T_PUNCT;
		sc->at++;
	}
	t.to = sc->at;
	return t;
}

static bool
is_punct(const struct scan *sc, const struct token *t, char c)
{
	return t->kind == T_PUNCT && sc->s[t->from] == c;
}

static bool
is_word(const struct scan *sc, const struct token *t, const char *w)
{
	return t->kind == T_WORD && t->to - t->from == strlen(w) &&
	    memcmp(sc->s + t->from, w, t->to - t->from) == 0;
}

/* From behind an opening brace to behind its closing one. */
static void
skip_braces(struct scan *sc)
{
	struct token t;
	int depth = 1;

	while (depth > 0) {
		t = scan_next(sc);
		if (t.kind == T_END)
			return;
		depth += is_punct(sc, &t, '{');
		depth -= is_punct(sc, &t, '}');
	}
}

/* From behind a statement's first word to behind its end. */
static void
skip_statement(struct scan *sc)
{
	struct scan before;
	struct token t;

	t = scan_next(sc);
	if (is_punct(sc, &t, '+'))
		t = scan_next(sc);
	if (is_punct(sc, &t, '=')) {
		t = scan_next(sc);
	} else if (t.kind == T_WORD) { /* a title, or a missing '=' */
		before = *sc;
		t = scan_next(sc);
		if (!is_punct(sc, &t, '{')) {
			*sc = before;
			return;
		}
	}
	if (is_punct(sc, &t, '{'))
		skip_braces(sc);
}

static void
blank(char *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (text[i] != '\n')
			text[i] = ' ';
}

bool
conf_scan_blank(char *text, int line, const char *name)
{
	struct scan sc = { text, 0, 1 };
	struct token t, last = { T_END, 0, 0, 0 };

	for (;;) {
		t = scan_next(&sc);
		if (t.kind == T_END || t.line > line)
			return false;
		/* behind '=' or ',' the word is a value */
		if (t.line == line && is_word(&sc, &t, name) &&
		    !is_punct(&sc, &last, '=') && !is_punct(&sc, &last, ','))
			break;
		last = t;
	}
	skip_statement(&sc);
	blank(text, t.from, sc.at);
	return true;
}

void
conf_scan_keep(char *text, const char *const *names, size_t n)
{
	struct scan sc = { text, 0, 1 };
	struct token t;
	size_t i;

	while ((t = scan_next(&sc)).kind != T_END) {
		for (i = 0; i < n; i++)
			if (is_word(&sc, &t, names[i]))
				break;
		skip_statement(&sc);
		if (i == n)
			blank(text, t.from, sc.at);
	}
}

/* Is what follows a section's beginning?  Then goes behind its brace. */
static bool
enter_section(struct scan *sc)
{
	struct scan ahead = *sc;
	struct token t = scan_next(&ahead);

	if (t.kind == T_WORD) /* the title */
		t = scan_next(&ahead);
	if (!is_punct(&ahead, &t, '{'))
		return false;
	*sc = ahead;
	return true;
}

void
conf_scan_sections(const char *text,
    void (*each)(void *, size_t depth, const char *name, size_t n, int line),
    void *arg)
{
	struct scan sc = { text, 0, 1 };
	struct token t;
	size_t depth = 0;

	while ((t = scan_next(&sc)).kind != T_END) {
		if (is_punct(&sc, &t, '}'))
			depth -= depth > 0;
		else if (t.kind == T_WORD && enter_section(&sc))
			each(arg, depth++, text + t.from, t.to - t.from,
			    t.line);
		else if (t.kind == T_WORD)
			skip_statement(&sc);
	}
}

int
conf_scan_unclosed(const char *text)
{
	struct scan sc = { text, 0, 1 };
	int line[DEPTH_MAX], depth = 0;
	struct token t;

	while ((t = scan_next(&sc)).kind != T_END) {
		if (is_punct(&sc, &t, '{')) {
			if (depth < DEPTH_MAX)
				line[depth] = t.line;
			depth++;
		} else if (is_punct(&sc, &t, '}') && depth > 0)
			depth--;
	}
	if (depth == 0)
		return 0;
	return line[(depth < DEPTH_MAX ? depth : DEPTH_MAX) - 1];
}
