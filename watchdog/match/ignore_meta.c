/* SPDX-License-Identifier: ISC */
/* What the comment lines above an ignore rule say about it. */
#include "watchdog/match/ignore_meta.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/match/locate.h"
#include "watchdog/format/when.h"

#define SECTION_MAX 4096

void
ignore_meta_init(struct ignore_meta *m)
{
	memset(m, 0, sizeof *m);
}

void
ignore_meta_free(struct ignore_meta *m)
{
	free(m->by);
	free(m->because);
	free(m->section);
	ignore_meta_init(m);
}

bool
ignore_meta_limits(const struct ignore_meta *m)
{
	return m->until != 0 || m->most != LEVEL_NONE || m->section != NULL ||
	    m->whole;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span
trim(const char *p, size_t n)
{
	while (n > 0 && is_blank(*p)) {
		p++;
		n--;
	}
	while (n > 0 && is_blank(p[n - 1]))
		n--;
	return (struct span){ p, n };
}

/* Takes the first word off; empty at the end. */
static struct span
word(struct span *s)
{
	struct span w = { s->p, 0 };

	while (w.n < s->n && !is_blank(w.p[w.n]))
		w.n++;
	*s = trim(s->p + w.n, s->n - w.n);
	return w;
}

static bool
is_word(struct span w, const char *name)
{
	return w.n == strlen(name) && strncasecmp(w.p, name, w.n) == 0;
}

static void
set(char **to, struct span s)
{
	free(*to);
	*to = xstrndup(s.p, s.n);
}

/* "March", "Mar". */
static bool
is_month(struct span w)
{
	return w.n >= 3 && w.n <= 9 && when_month(w.p) != 0;
}

/* What nobody writes who does not mean a day: digits with '-', '/' or '.'
 * between them, four digits, or a month's name with a number beside it. */
static bool
like_a_date(struct span s)
{
	struct span w = word(&s), next = word(&s);
	bool number = w.n > 0 && w.p[0] >= '0' && w.p[0] <= '9';
	size_t n = 0, parts = 0;

	while (n < w.n && strchr("0123456789-/.", w.p[n]) != NULL)
		parts += memchr("-/.", w.p[n++], 3) != NULL;
	if (number && n > 0 && (n == w.n || n >= 8) && (parts > 0 || n == 4))
		return true;
	return (number && is_month(next)) ||
	    (is_month(w) && next.n > 0 && next.p[0] >= '0' && next.p[0] <= '9');
}

static const char *
set_until(struct ignore_meta *m, struct span s)
{
	struct when w = { .hour = 23, .min = 59, .sec = 59 };
	int64_t end;

	if (s.n == IGNORE_DAY - 1 && s.p[4] == '-' && s.p[7] == '-') {
		w.year = when_number(s.p, 4);
		w.month = when_number(s.p + 5, 2);
		w.day = when_number(s.p + 8, 2);
		if (when_local(&w, &end)) {
			m->until = end + 1;
			memcpy(m->day, s.p, s.n);
			return NULL;
		}
	}
	return like_a_date(s) ?
	    "no day; expected until YYYY-MM-DD and nothing behind it" :
	    NULL;
}

/* "joe", "joe@example.com", "Joe Random <joe@example.com>"; not "default
 * Apache writes this". */
static void
set_by(struct ignore_meta *m, struct span s)
{
	struct span left = s, w = word(&left);
	bool one = left.n == 0;

	for (; w.n > 0; w = word(&left))
		if (!one && (*w.p < 'A' || *w.p > 'Z') && *w.p != '<' &&
		    (*w.p & 0x80) == 0)
			return;
	if (s.n > 0)
		set(&m->by, s);
}

/* Both conditions hold. */
static void
narrow(struct ignore_meta *m, enum level least, enum level most)
{
	if (m->most == LEVEL_NONE) {
		m->least = LEVEL_DEBUG;
		m->most = LEVEL_EMERG;
	}
	if (least > m->least)
		m->least = least;
	if (most < m->most)
		m->most = most;
}

/* s: what stands behind "only level"; a word must be a level if it stands
 * alone or behind an operator. */
static const char *
set_level(struct ignore_meta *m, struct span s)
{
	static const char wrong[] = "no level; expected one such as in "
				    "\"only level<=warn\"";
	bool less = s.n > 0 && *s.p == '<', more = s.n > 0 && *s.p == '>';
	bool equal;
	struct span w;
	size_t op = less || more;
	enum level level;

	equal = op < s.n && s.p[op] == '=';
	op += equal;
	s = trim(s.p + op, s.n - op);
	w = word(&s);
	if (s.n > 0)
		return op > 0 ? wrong : NULL;
	level = level_parse(w.p, w.n);
	if (level == LEVEL_NONE)
		return w.n > 0 || op > 0 ? wrong : NULL;
	if ((less && !equal && level == LEVEL_DEBUG) ||
	    (more && !equal && level == LEVEL_EMERG))
		return "no record has such a level";
	narrow(m,
	    less               ? LEVEL_DEBUG :
		more && !equal ? level + 1 :
				 level,
	    more               ? LEVEL_EMERG :
		less && !equal ? level - 1 :
				 level);
	return NULL;
}

static const char *
set_section(struct ignore_meta *m, struct span s)
{
	struct span w = word(&s);
	struct buf b;
	bool good;

	if (w.n == 0 || s.n > 0)
		return NULL;
	buf_init(&b, SECTION_MAX);
	good = *w.p == '/' && locate_normalise(&b, w.p, w.n, false);
	if (good) {
		free(m->section);
		m->section = buf_take(&b);
	}
	buf_free(&b);
	return good ? NULL :
		      "no section; expected a directory of the site, such as "
		      "in \"only section /bboard\"";
}

static const char *
set_only(struct ignore_meta *m, struct span s)
{
	struct span w = word(&s);

	if (is_word(w, "section"))
		return set_section(m, s);
	if (is_word(w, "level"))
		return set_level(m, s);
	/* "level<=warn" is one word */
	if (w.n > 5 && strncasecmp(w.p, "level", 5) == 0 &&
	    strchr("<>=", w.p[5]) != NULL)
		return set_level(m,
		    (struct span){ w.p + 5, (size_t)(s.p + s.n - w.p) - 5 });
	return NULL;
}

static const char *
clause(struct ignore_meta *m, struct span s)
{
	struct span w = word(&s);

	if (is_word(w, "until"))
		return set_until(m, s);
	if (is_word(w, "only"))
		return set_only(m, s);
	if (is_word(w, "by"))
		set_by(m, s);
	else if (is_word(w, "because") && s.n > 0)
		set(&m->because, s);
	else if (is_word(w, "whole") && s.n == 0)
		m->whole = true;
	return NULL;
}

const char *
ignore_meta_line(struct ignore_meta *m, const char *p, size_t n, size_t *column)
{
	const char *end = p + n, *semi, *what = NULL, *at = p;
	struct span s;

	while (at < end && (is_blank(*at) || *at == '#'))
		at++;
	for (; at < end && what == NULL; at = semi + 1) {
		if ((semi = memchr(at, ';', (size_t)(end - at))) == NULL)
			semi = end;
		s = trim(at, (size_t)(semi - at));
		if (s.n > 0)
			what = clause(m, s);
		if (what != NULL)
			*column = (size_t)(s.p - p);
	}
	return what;
}
