/* SPDX-License-Identifier: ISC */
/* The performance data of a plugin's text. */
#include <stdlib.h>
#include <string.h>

#include "uptime/probe/plugin.h"

struct cursor {
	const char *p, *end;
};

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* 'It''s a label' or label, up to the '='.  False: there is none. */
static bool
take_label(struct cursor *c, char *out, size_t size)
{
	bool quoted = c->p < c->end && *c->p == '\'';
	size_t n = 0;

	for (c->p += quoted; c->p < c->end; c->p++) {
		if (quoted && *c->p == '\'') {
			if (++c->p >= c->end || *c->p != '\'')
				break;
		} else if (!quoted && (*c->p == '=' || is_blank(*c->p)))
			break;
		if (n + 1 < size)
			out[n++] = *c->p;
	}
	out[n] = '\0';
	if (n == 0 || c->p >= c->end || *c->p != '=')
		return false;
	c->p++;
	return true;
}

/* 12.5ms up to a ';' or a blank.  "U" says that there is no value. */
static bool
take_value(struct cursor *c, struct plugin_value *v)
{
	char text[48], *unit;
	size_t n = 0;

	while (c->p + n < c->end && c->p[n] != ';' && !is_blank(c->p[n]))
		n++;
	if (n == 0 || n >= sizeof text)
		return false;
	memcpy(text, c->p, n);
	text[n] = '\0';
	/* neither 0x1f nor nan nor inf */
	if (strspn(text, "0123456789+-.") == 0 || text[1] == 'x' ||
	    text[1] == 'X')
		return false;
	v->value = strtod(text, &unit);
	n = strlen(unit);
	if (unit == text || n >= sizeof v->unit ||
	    strspn(unit,
		"%abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ") != n)
		return false;
	memcpy(v->unit, unit, n + 1);
	return true;
}

static size_t
take_all(struct cursor c, struct plugin_value *v, size_t found, size_t max)
{
	struct plugin_value one;

	while (c.p < c.end) {
		if (is_blank(*c.p)) {
			c.p++;
			continue;
		}
		if (take_label(&c, one.label, sizeof one.label) &&
		    take_value(&c, &one)) {
			if (found < max)
				v[found] = one;
			found++;
		}
		while (c.p < c.end && !is_blank(*c.p))
			c.p++;
	}
	return found;
}

/* Behind the '|' of the first line, and behind the one of the long text, from
 * there to the end. */
size_t
plugin_values(const char *text, size_t n, struct plugin_value *v, size_t max)
{
	const char *end = text + n, *line = memchr(text, '\n', n), *bar;
	size_t found = 0;

	if (line == NULL)
		line = end;
	bar = memchr(text, '|', (size_t)(line - text));
	if (bar != NULL)
		found = take_all((struct cursor){ bar + 1, line }, v, found,
		    max);
	bar = memchr(line, '|', (size_t)(end - line));
	if (bar != NULL)
		found = take_all((struct cursor){ bar + 1, end }, v, found,
		    max);
	return found;
}
