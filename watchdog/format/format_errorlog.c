/* SPDX-License-Identifier: ISC */
/*
 * An ErrorLogFormat of httpd 2.4 as a pattern.  httpd writes it field by
 * field; a field begins at a blank that is not escaped, or at "% ", which
 * writes nothing, and vanishes with all that decorates it when one of its
 * items is empty.  The message alone is always there.
 */
#include "watchdog/format/format_custom.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"

#define WORD "[^\\s\\]]+?"
#define CLOCK "\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?"
#define LEVELS "emerg|alert|crit|error|warn|notice|info|debug|trace[1-8]"

/*
 * The items.  Those with a group are read; with `may` they may be empty.
 * What a client sends (%{}i, %V) is never read for more than its end.
 */
static const struct item {
	char letter;
	bool may;
	const char *group, *pattern;
} items[] = {
	{ 't', false, "time",
	    "[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d " CLOCK " \\d{4}" },
	{ 'l', false, "level", LEVELS },
	{ 'E', true, "status",
	    "\\((?:EAI |OS |os 0x)?-?[0-9a-f]+\\)[^:\\n]+?" },
	{ 'v', true, "site", WORD },
	{ 'm', true, NULL, "[^\\s\\]]*?" }, /* mod_php 5 has no name */
	{ 'P', false, NULL, "\\d+" },
	{ 'T', true, NULL, "\\d+" },
	{ 'k', true, NULL, "\\d+" },
	{ 'F', true, NULL, "[^\\s\\]]+?\\(\\d+\\)" },
	{ 'a', true, NULL, WORD },
	{ 'A', true, NULL, WORD },
	{ 'L', true, NULL, WORD },
	{ 'V', true, NULL, WORD },
	{ 'e', true, NULL, "[^\\n]+?" },
	{ 'i', true, NULL, "[^\\n]+?" },
	{ 'n', true, NULL, "[^\\n]+?" },
};
#define NITEM (sizeof items / sizeof *items)

static const char compact[] = "\\d{4}-\\d\\d-\\d\\d " CLOCK; /* %{c}t */

struct compiler {
	const char *format;
	struct buf *out;
	struct buf field; /* the one that is being read */
	bool may;         /* it may vanish */
	bool message;     /* %M was there */
	bool named[NITEM];
};

static void
end_field(struct compiler *c)
{
	if (c->field.len > 0)
		buf_addf(c->out, c->may ? "(?:%s)?" : "%s", buf_str(&c->field));
	buf_reset(&c->field);
	c->may = false;
}

static void
add_literal(struct compiler *c, char ch)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
				    "QRSTUVWXYZ0123456789";

	/* a letter behind a backslash means something else */
	if ((unsigned char)ch < 0x80 && strchr(plain, ch) == NULL)
		buf_addc(&c->field, '\\');
	buf_addc(&c->field, ch);
}

static void
add_message(struct compiler *c)
{
	end_field(c);
	buf_adds(c->out, "(?<message>[^\\n]*?)");
	c->message = true;
}

/* The length of "%{arg}-+12", whatever of it is there; which of them. */
static size_t
modifiers(const char *p, bool *hyphen, bool *plus, bool *level, bool *iso)
{
	const char *from = p, *close;

	*hyphen = *plus = *level = *iso = false;
	for (;; p++) {
		if (*p == '{' && (close = strchr(p, '}')) != NULL) {
			*iso = memchr(p, 'c', (size_t)(close - p)) != NULL;
			p = close;
		} else if (*p == '-')
			*hyphen = true;
		else if (*p == '+')
			*plus = true;
		else if (*p >= '0' && *p <= '9')
			*level = true;
		else
			return (size_t)(p - from);
	}
}

static void
add_item(struct compiler *c, size_t i, bool hyphen, bool iso)
{
	const struct item *it = &items[i];
	const char *pattern = it->letter == 't' && iso ? compact : it->pattern;

	buf_adds(&c->field, "(?:");
	if (it->group != NULL && !c->named[i]) {
		buf_addf(&c->field, "(?<%s>%s)", it->group, pattern);
		c->named[i] = true;
	} else
		buf_adds(&c->field, pattern);
	buf_adds(&c->field, hyphen ? "|-)" : ")");
}

/* One that begins with '%'; returns what is behind it, NULL if it is none. */
static const char *
compile_item(struct compiler *c, const char *p, char error[160])
{
	bool hyphen, plus, level, iso;
	const char *from = p++;
	size_t i;

	if (*p == ' ') {
		end_field(c);
		return p + 1;
	}
	if (*p == '%') {
		add_literal(c, '%');
		return p + 1;
	}
	p += modifiers(p, &hyphen, &plus, &level, &iso);
	if (*p == 'M' && !c->message) {
		add_message(c);
		return p + 1;
	}
	for (i = 0; i < NITEM && items[i].letter != *p; i++)
		;
	if (i == NITEM) {
		snprintf(error, 160,
		    "column %zu of the ErrorLogFormat: expected an item of "
		    "httpd 2.4, and %%M once",
		    (size_t)(from - c->format) + 1);
		return NULL;
	}
	c->may |= level || (items[i].may && !hyphen && !plus);
	add_item(c, i, hyphen, iso);
	return p + 1;
}

/* Returns what is behind it, NULL for the end of a line. */
static const char *
compile_literal(struct compiler *c, const char *p, char error[160])
{
	if (*p == ' ') { /* many are one */
		end_field(c);
		while (*p == ' ')
			add_literal(c, *p++);
	} else if (*p == '\n' || (*p == '\\' && (p[1] == 'n' || p[1] == 'r'))) {
		snprintf(error, 160,
		    "column %zu of the ErrorLogFormat: expected one line",
		    (size_t)(p - c->format) + 1);
		return NULL;
	} else if (*p == '\\' && p[1] != '\0') {
		add_literal(c, p[1] == 't' ? '\t' : p[1]);
		p += 2;
	} else
		add_literal(c, *p++);
	return p;
}

bool
format_errorlog(struct buf *out, const char *format, char error[160])
{
	struct compiler c = { .format = format, .out = out };
	const char *p = format;

	buf_init(&c.field, SIZE_MAX);
	buf_adds(out, "\\A");
	while (p != NULL && *p != '\0')
		p = *p == '%' ? compile_item(&c, p, error) :
				compile_literal(&c, p, error);
	end_field(&c);
	buf_adds(out, "(?![^\\n])");
	buf_free(&c.field);
	/* the first two items are the time and the level */
	if (p != NULL && (!c.message || (!c.named[0] && !c.named[1]))) {
		snprintf(error, 160,
		    "expected %%M and %%t or %%l in an ErrorLogFormat");
		p = NULL;
	}
	return p != NULL;
}
