/* SPDX-License-Identifier: ISC */
/*
 * PostgreSQL's log to stderr, whatever log_line_prefix is, as long as it
 * begins with the time:
 * 2026-11-28 18:00:01.123 UTC [123] user@db ERROR:  text
 * 2026-11-28 18:00:01.123 UTC [123] user@db STATEMENT:  SELECT
 *         1 / 0;                           (indented by a tab)
 * The lines of one report have a head each, and those of other processes
 * come in between.  csvlog is not read.
 */
#define _GNU_SOURCE /* memmem */
#include "watchdog/format/format.h"

#include "watchdog/format/format_head.h"
#include "watchdog/read/reader.h"
#include "watchdog/format/take.h"
#include "watchdog/format/when.h"

#define PREFIX_MAX 300 /* bytes; two names of 63 and an address */

/* The head's word: its level, or a part of the report before. */
static const struct {
	const char *word;
	enum level level; /* LEVEL_NONE: a part */
} words[] = {
	{ "LOG", LEVEL_INFO },
	{ "ERROR", LEVEL_ERROR },
	{ "STATEMENT", LEVEL_NONE },
	{ "DETAIL", LEVEL_NONE },
	{ "HINT", LEVEL_NONE },
	{ "CONTEXT", LEVEL_NONE },
	{ "QUERY", LEVEL_NONE },
	{ "LOCATION", LEVEL_NONE },
	{ "BACKTRACE", LEVEL_NONE },
	{ "FATAL", LEVEL_CRIT },
	{ "PANIC", LEVEL_EMERG },
	{ "WARNING", LEVEL_WARN },
	{ "NOTICE", LEVEL_NOTICE },
	{ "INFO", LEVEL_INFO },
	{ "DEBUG", LEVEL_DEBUG },
	{ "DEBUG1", LEVEL_DEBUG },
	{ "DEBUG2", LEVEL_DEBUG },
	{ "DEBUG3", LEVEL_DEBUG },
	{ "DEBUG4", LEVEL_DEBUG },
	{ "DEBUG5", LEVEL_DEBUG },
};
#define NWORD (sizeof words / sizeof *words)

struct head {
	size_t word;
	struct span prefix; /* behind the time */
	struct span text;
};

/* The word that ends at `end`, with a blank or a colon in front: its index,
 * or NWORD. */
static size_t
word_before(const char *from, const char *end)
{
	size_t i, n;

	for (i = 0; i < NWORD; i++) {
		n = strlen(words[i].word);
		if ((size_t)(end - from) > n &&
		    memcmp(end - n, words[i].word, n) == 0 &&
		    (end[-(ptrdiff_t)n - 1] == ' ' ||
			end[-(ptrdiff_t)n - 1] == ':'))
			break;
	}
	return i;
}

/* Behind the time: the prefix up to the first such word and ":  ". */
static bool
find_word(struct span s, struct head *h)
{
	size_t within = s.n < PREFIX_MAX ? s.n : PREFIX_MAX;
	const char *at = s.p;

	while (
	    (at = memmem(at, within - (size_t)(at - s.p), ":  ", 3)) != NULL) {
		h->word = word_before(s.p, at);
		if (h->word < NWORD) {
			h->prefix = (struct span){ s.p, (size_t)(at - s.p) };
			take_bytes(&s, (size_t)(at - s.p) + 3);
			h->text = s;
			return true;
		}
		at++;
	}
	return false;
}

static bool
take_head(struct span s, struct head *h, struct fields *f)
{
	return when_take(&s, &f->has_time, &f->time) && find_word(s, h);
}

/* The process in "[123]" or "[123-4]", or nothing that all share. */
static uint32_t
key_of(struct span prefix)
{
	const char *open = memchr(prefix.p, '[', prefix.n);
	struct span s = prefix;

	if (open == NULL)
		return format_key("", 0);
	take_bytes(&s, (size_t)(open - s.p) + 1);
	prefix = s;
	take_digits(&s);
	return format_key(prefix.p, (size_t)(s.p - prefix.p));
}

static bool
postgresql_starts(const struct format *self, struct format_state *state,
    const struct lines *l, uint8_t *starts, uint32_t *key)
{
	struct fields f;
	struct head h;
	struct span s;

	(void)self;
	for (size_t i = 0; i < l->n; i++) {
		s.p = lines_at(l, i, &s.n);
		if (take_head(s, &h, &f)) {
			starts[i] = words[h.word].level != LEVEL_NONE;
			state->key = key[i] = key_of(h.prefix);
			state->open = true; /* a part may follow */
		} else {
			/* Another program's line, of archive_command say,
			 * must not vanish in a record that is fine. */
			starts[i] = s.n > 0 && s.p[0] != '\t' && s.p[0] != ' ';
			if (starts[i])
				state->key = 0;
			key[i] = state->key;
		}
	}
	return true;
}

/* STATEMENT and the like */
static bool
postgresql_is_part(struct span line)
{
	struct fields f;
	struct head h;

	return take_head(line, &h, &f) && words[h.word].level == LEVEL_NONE;
}

static bool
postgresql_parse(const struct format *self, const char *record, size_t len,
    struct fields *f)
{
	struct head h;

	(void)self;
	if (!take_head(take_line(record, len), &h, f))
		return false;
	f->level = words[h.word].level;
	f->message = h.text;
	head_judge(f);
	return true;
}

const struct format format_postgresql = { .name = "postgresql",
	.judges = true,
	.starts = postgresql_starts,
	.parse = postgresql_parse,
	.is_part = postgresql_is_part };
