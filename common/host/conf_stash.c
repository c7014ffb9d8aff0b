/* SPDX-License-Identifier: ISC */
/* Sections kept from libConfuse 3.3 while it parses. */
#include "common/host/conf_stash.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"

#define CHUNK 64 /* sections that it may compare with */

struct conf_chunk {
	cfg_opt_t *opt;
	cfg_value_t **values; /* NULL once they are back */
	unsigned n;
};

void
conf_stash_take(struct conf_stash *s, cfg_opt_t *opt)
{
	if (opt->nvalues < CHUNK)
		return;
	s->chunk = xreallocarray(s->chunk, s->n + 1, sizeof *s->chunk);
	s->chunk[s->n++] = (struct conf_chunk){ opt, opt->values,
		opt->nvalues };
	opt->values = NULL;
	opt->nvalues = 0;
}

void
conf_stash_return(struct conf_stash *s)
{
	for (size_t i = s->n; i-- > 0;) {
		struct conf_chunk *c = &s->chunk[i];
		cfg_opt_t *o = c->opt;

		c->values = xreallocarray(c->values, c->n + o->nvalues,
		    sizeof(*c->values));
		if (o->nvalues > 0)
			memcpy(c->values + c->n, o->values,
			    o->nvalues * sizeof(*o->values));
		free(o->values);
		o->values = c->values;
		o->nvalues += c->n;
		c->values = NULL;
	}
}

/* In the order of the file, where they are equal. */
struct titled {
	const cfg_t *sec;
	unsigned index;
};

static int
by_title(const void *a, const void *b)
{
	const struct titled *x = a, *y = b;
	int c = strcmp(x->sec->title, y->sec->title);

	return c != 0 ? c : (x->index > y->index) - (x->index < y->index);
}

static void
find_twice(cfg_opt_t *opt, void (*each)(void *, const cfg_t *), void *arg)
{
	struct titled *t = xcalloc(opt->nvalues, sizeof *t);

	for (unsigned i = 0; i < opt->nvalues; i++)
		t[i] = (struct titled){ opt->values[i]->section, i };
	qsort(t, opt->nvalues, sizeof *t, by_title);
	for (unsigned i = 1; i < opt->nvalues; i++)
		if (strcmp(t[i - 1].sec->title, t[i].sec->title) == 0)
			each(arg, t[i].sec);
	free(t);
}

void
conf_stash_twice(const struct conf_stash *s,
    void (*each)(void *, const cfg_t *again), void *arg)
{
	for (size_t i = 0; i < s->n; i++) {
		cfg_opt_t *opt = s->chunk[i].opt;
		size_t first = 0;

		/* once for each */
		while (s->chunk[first].opt != opt)
			first++;
		if (first == i && (opt->flags & CFGF_NO_TITLE_DUPES) != 0)
			find_twice(opt, each, arg);
	}
}

void
conf_stash_free(struct conf_stash *s)
{
	free(s->chunk);
	memset(s, 0, sizeof *s);
}
