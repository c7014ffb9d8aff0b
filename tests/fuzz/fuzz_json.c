/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an object of JSON: what is handed out lies in them, in order
 * and no deeper than allowed, and a string is never longer unescaped.
 */
#include <assert.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "watchdog/format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct seen {
	struct span all;
	const char *last; /* where the last value ended */
};

static void
inside(const struct seen *s, struct span part)
{
	assert(part.n == 0 ||
	    (part.p >= s->all.p && part.p + part.n <= s->all.p + s->all.n));
}

static void
on_member(void *arg, const struct json_member *m)
{
	struct seen *s = arg;
	struct buf b;

	inside(s, m->parent);
	inside(s, m->name);
	inside(s, m->value);
	assert(m->depth >= 1 && m->depth <= JSON_DEPTH);
	assert(m->value.p >= s->last);
	s->last = m->value.p + m->value.n;
	if (m->kind != JSON_STRING)
		return;
	buf_init(&b, SIZE_MAX);
	json_text(&b, m->value);
	assert(b.len <= m->value.n);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct seen s = { { (const char *)p, n }, (const char *)p };

	json_walk(s.all, on_member, &s);
	return 0;
}
