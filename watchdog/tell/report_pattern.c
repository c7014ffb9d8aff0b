/* SPDX-License-Identifier: ISC */
/* What a group's messages have in common, as a pattern. */
#include "watchdog/tell/report_pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/match/group.h"
#include "common/base/span.h"

#define WORD 25 /* bytes of a word that is not parted */
#define ATOMS (GROUP_MESSAGE + 1)

struct pattern {
	struct buf b;
	size_t end[ATOMS + 1]; /* of each atom, in b: it may be parted there */
	size_t n;
	bool escaped;
	const char *to;
	bool cut;  /* a mark goes on behind `to` */
	bool sign; /* there was one, and its number follows */
};

void
pattern_byte(struct buf *b, char c)
{
	if (!is_plain(c)) {
		buf_addf(b, "\\x%02x", (unsigned)(unsigned char)c);
		return;
	}
	if (strchr("\\^$.|?*+()[]{}#", c) != NULL)
		buf_addc(b, '\\');
	buf_addc(b, c);
}

static void
end_atom(struct pattern *p)
{
	if (p->n < ATOMS)
		p->end[p->n++] = p->b.len;
}

/* The bytes themselves; a stretch of what is no printable ASCII is any. */
static void
add_bytes(struct pattern *p, struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (!is_plain(s.p[i])) {
			while (i + 1 < s.n && !is_plain(s.p[i + 1]))
				i++;
			buf_adds(&p->b,
			    p->escaped ? "([^ -~]|\\\\\\w+)+" : "[^ -~]+");
		} else if (p->escaped && s.p[i] == '/')
			buf_adds(&p->b, "\\\\?/");
		else {
			if (p->escaped && (s.p[i] == '"' || s.p[i] == '\\'))
				buf_adds(&p->b, "\\\\");
			pattern_byte(&p->b, s.p[i]);
		}
		end_atom(p);
	}
}

/*
 * What the marks of group.h stand for.  Of a sign, whose mark is empty, the
 * number behind it takes care; quoted values are made of their quotes.
 */
static const struct {
	const char *mark, *pattern;
} marks[] = {
	{ "#", "\\d[\\d.,]*" },
	{ "<time>", "[\\w:.,/+ -]+?" },
	{ "<ip>", "[\\da-fA-F:.#]+( \\(\\S*\\))?" },
	{ "<mail>", "[^\\s@]+@[\\w.-]+" },
	{ "<uuid>", "[\\w-]+" },
	{ "<hex>", "\\w+" },
	{ "<id>", "\\w+" },
	{ "<duration>", "[\\d.,]+ ?\\S+?" },
	{ "<size>", "[\\d.,]+ ?\\w+" },
	{ "?<query>", "\\?[^ \\t\"'()]+" },
	{ "=<value>", "=[^ \\t\"'(),;&]*" },
	{ "(<value>", "\\([^)]*" },
	{ " <name>", " [^ \\t]+?" },
	{ " <host>", " [\\w.-]+" },
	{ "/<name>", "/[^ \\t\"'()/:,;]+" },
	{ "/<hex>", "/[\\w/]+" },
	{ "user <name>", "user.{1,200}?" },
	{ "%#", "%\\w\\w" },
	{ "\\x#", "\\\\+x\\w\\w" },
};

/* Is the number at a place where a sign may be?  Others of the group may have
 * one or not. */
static bool
may_have_sign(const char *mark, char before)
{
	return (*mark == '#' || strcmp(mark, "<duration>") == 0 ||
		   strcmp(mark, "<size>") == 0) &&
	    memchr(" =(,[", before, 5) != NULL;
}

/* "x" and 'x': anything between such quotes but a path, which stays. */
static void
add_quoted(struct pattern *p, struct span s, const char *before)
{
	const char *slash = p->escaped && *s.p == '"' ? "\\\\" : "";
	struct span inner = span_head(span_skip(s, 1), s.n - 2);
	char q = *s.p;

	buf_addf(&p->b, "%s%s%c", before, slash, q);
	if (inner.n == 0)
		buf_addf(&p->b, "[^%c\\\\]*", q);
	else if (memchr(inner.p, q, inner.n) != NULL ||
	    memchr(inner.p, '\\', inner.n) != NULL)
		buf_adds(&p->b, ".{1,200}?");
	else
		buf_addf(&p->b, "[^%c/\\\\][^%c\\\\]*", q, q);
	buf_addf(&p->b, "%s%c", slash, q);
}

static void
add_mark(struct pattern *p, struct span s, const char *mark, bool first)
{
	size_t i, quote = *mark == '=';

	/* A request in quotes says what it is about. */
	if (strcmp(mark, " ") == 0 ||
	    (strcmp(mark, "<value>") == 0 && span_find(s, " /") != NULL)) {
		add_bytes(p, s);
		return;
	}
	if (p->sign || (!first && may_have_sign(mark, s.p[-1])))
		buf_adds(&p->b, "-?");
	p->sign = false;
	if (strstr(mark, "<value>") != NULL && *mark != '(' &&
	    s.n > quote + 1 && (s.p[quote] == '"' || s.p[quote] == '\'')) {
		add_quoted(p, span_skip(s, quote), quote ? "=" : "");
		return;
	}
	for (i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strcmp(marks[i].mark, mark) == 0) {
			buf_adds(&p->b, marks[i].pattern);
			return;
		}
	buf_adds(&p->b, ".{1,200}?");
}

void
pattern_add(void *arg, struct span s, const char *mark)
{
	struct pattern *p = arg;

	if (p->cut || s.p >= p->to)
		return;
	if (mark == NULL) {
		add_bytes(p, s.p + s.n > p->to ? span_until(s, p->to) : s);
		return;
	}
	p->cut = s.p + s.n > p->to;
	if (p->cut)
		return;
	if (*mark == '\0') {
		p->sign = true;
		return;
	}
	add_mark(p, s, mark, p->n == 0 && p->b.len == 0);
	end_atom(p);
}

struct pattern *
pattern_new(const char *to, bool escaped)
{
	struct pattern *p = xcalloc(1, sizeof *p);

	buf_init(&p->b, SIZE_MAX);
	p->to = to;
	p->escaped = escaped;
	return p;
}

void
pattern_free(struct pattern *p)
{
	buf_free(&p->b);
	free(p);
}

/* The end of an atom near `at`, better that of a word. */
static size_t
part_at(const struct pattern *p, size_t at)
{
	size_t i = 0, k;

	while (i < p->n && p->end[i] < at)
		i++;
	for (k = i; k > 0 && p->end[k] + WORD > at; k--)
		if (p->b.p[p->end[k] - 1] == ' ')
			return p->end[k];
	return p->end[i];
}

/* All of the pattern, or of a long one the beginning and the end. */
void
pattern_put(struct buf *b, const struct pattern *p, size_t max)
{
	size_t to, again;

	if (p->b.len <= max) {
		buf_add(b, p->b.p, p->b.len);
		return;
	}
	to = part_at(p, max / 2);
	again = part_at(p, p->b.len - max / 2);
	buf_add(b, p->b.p, to);
	if (again > to)
		buf_adds(b, ".*");
	else
		again = to;
	buf_add(b, p->b.p + again, p->b.len - again);
}

bool
pattern_is_whole(const struct pattern *p)
{
	return !p->cut;
}
