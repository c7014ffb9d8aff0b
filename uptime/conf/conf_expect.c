/* SPDX-License-Identifier: ISC */
/* uptime.conf: what is expected of a reply. */
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "common/host/regex.h"
#include "uptime/conf/conf_part.h"
#include "uptime/conf/value.h"
#include "uptime/judge/check.h"

#define SIZE_LIMIT ((int64_t)1 << 30) /* bytes; what is kept is memory */

static struct regex *
read_pattern(struct conf *c, cfg_t *sec, const char *key, unsigned index,
    const char *pattern)
{
	char error[160];
	struct regex *r = regex_compile(pattern, error);

	if (r == NULL)
		conf_error(c, sec, key, index, "%s = '%s': %s", key, pattern,
		    error);
	return r;
}

static void
read_match(struct conf *c, cfg_t *sec, const char *key, struct regex **r,
    char **source)
{
	const char *s = conf_string(c, sec, key);

	if (s == NULL || (*r = read_pattern(c, sec, key, 0, s)) == NULL)
		return;
	*source = xstrdup(s);
}

static void
read_status(struct conf *c, cfg_t *sec, struct expect *e)
{
	unsigned size = cfg_size(sec, "status");
	const char *s;

	e->status = xcalloc(size + 1, sizeof *e->status);
	for (unsigned i = 0; i < size; i++) {
		s = cfg_getnstr(sec, "status", i);
		if (value_status(s, &e->status[e->nstatus]))
			e->nstatus++;
		else
			conf_error(c, sec, "status", i,
			    "status: \"%s\": expected 200, or 200-299", s);
	}
}

static void
read_headers(struct conf *c, cfg_t *sec, struct expect *e)
{
	unsigned size = cfg_size(sec, "header");
	struct expect_header *h;
	const char *s, *pattern;
	size_t n;

	e->header = xcalloc(size + 1, sizeof *e->header);
	for (unsigned i = 0; i < size; i++) {
		s = cfg_getnstr(sec, "header", i);
		if ((n = value_header(s, &pattern)) == 0) {
			conf_error(c, sec, "header", i,
			    "header: \"%s\": expected 'Name: PATTERN', or the "
			    "name alone",
			    s);
			continue;
		}
		h = &e->header[e->nheader++];
		h->name = xstrndup(s, n);
		if (pattern == NULL || *pattern == '\0')
			continue;
		h->pattern = read_pattern(c, sec, "header", i, pattern);
		h->source = xstrdup(pattern);
	}
}

static void
read_numbers(struct conf *c, cfg_t *sec, struct expect *e)
{
	unsigned size = cfg_size(sec, "number");
	struct expect_number *num;
	const char *s, *pattern, *what;

	e->number = xcalloc(size + 1, sizeof *e->number);
	for (unsigned i = 0; i < size; i++) {
		s = cfg_getnstr(sec, "number", i);
		num = &e->number[e->nnumber];
		what = value_number(s, &num->low, &num->high, &pattern);
		if (what != NULL) {
			conf_error(c, sec, "number", i, "number: '%s': %s", s,
			    what);
			continue;
		}
		num->pattern = read_pattern(c, sec, "number", i, pattern);
		if (num->pattern == NULL)
			continue;
		num->source = xstrdup(pattern);
		e->nnumber++;
	}
}

/* As large as what must be known of the body, unless somebody said. */
static void
read_sizes(struct conf *c, cfg_t *sec, struct target *t)
{
	struct expect *e = &t->expect;
	int64_t max = (int64_t)t->max_body, need;

	conf_size(c, sec, "min-size", SIZE_LIMIT - 1, &e->min_size);
	conf_size(c, sec, "max-size", SIZE_LIMIT - 1, &e->max_size);
	conf_size(c, sec, "max-body", SIZE_LIMIT, &max);
	conf_duration(c, sec, "max-age", 1, &e->max_age);
	if (e->max_size >= 0 && e->min_size > e->max_size)
		conf_error(c, sec, "min-size", 0,
		    "min-size is more than max-size");
	need = e->max_size >= 0 ? e->max_size + 1 : e->min_size;
	if (cfg_size(sec, "max-body") == 0 && max < need)
		max = need;
	if (max < need)
		conf_error(c, sec, "max-body", 0,
		    "no more than max-body is read; expected it to be larger "
		    "than min-size and max-size");
	if (max < 1)
		conf_error(c, sec, "max-body", 0,
		    "max-body = \"0\": expected at least 1");
	t->max_body = (size_t)max;
}

/* A word without the characters that mean something in a pattern. */
static bool
is_plain(const char *pattern)
{
	return pattern[strcspn(pattern, "\\^$.|?*+()[]{}")] == '\0';
}

/* "success" is in "unsuccessful: database down" too. */
static void
doubt_word(const struct conf_part *p, cfg_t *sec, const char *key,
    unsigned index, const char *word, const struct expect *e)
{
	char buf[256];
	const char *trap = check_word_trap(word, buf, sizeof buf);

	/* what must be absent, or is all of the body, tells them apart */
	if (trap == NULL || e->equals != NULL)
		return;
	if (e->absent != NULL &&
	    regex_search(e->absent, trap, strlen(trap), NULL, NULL) ==
		REGEX_MATCH)
		return;
	conf_doubt(p, sec, key, index,
	    "%s = \"%s\": \"%s\" has it too; expect = … wants the whole body "
	    "to be it, absent = '…' excludes the other",
	    key, word, trap);
}

static const char *
check_word(const char *s)
{
	return *s != '\0' ? NULL : "is empty, and in every body";
}

void
conf_expect(const struct conf_part *p, cfg_t *sec, struct target *t)
{
	struct expect *e = &t->expect;
	const char *s = conf_string(p->c, sec, "expect");

	read_status(p->c, sec, e);
	if (s != NULL)
		e->equals = xstrdup(s);
	conf_list(p->c, sec, "contains", check_word, &e->contains,
	    &e->ncontains);
	read_match(p->c, sec, "match", &e->match, &e->match_source);
	read_match(p->c, sec, "absent", &e->absent, &e->absent_source);
	read_headers(p->c, sec, e);
	read_numbers(p->c, sec, e);
	read_sizes(p->c, sec, t);
	for (unsigned i = 0; i < cfg_size(sec, "contains"); i++)
		doubt_word(p, sec, "contains", i,
		    cfg_getnstr(sec, "contains", i), e);
	if (e->match_source != NULL && is_plain(e->match_source))
		doubt_word(p, sec, "match", 0, e->match_source, e);
}

void
conf_expect_banner(const struct conf_part *p, cfg_t *sec, struct target *t)
{
	const char *s = conf_string(p->c, sec, "expect");

	if (s != NULL)
		t->expect.banner = xstrdup(s);
}
