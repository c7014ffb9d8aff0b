/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as the journal's export: taken in pieces of any size, with the same
 * text, of which each entry's first line alone is one of syslog's.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/span.h"
#include "watchdog/format/envelope.h"
#include "watchdog/format/format.h"
#include "watchdog/read/journal_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct buf *text)
{
	const struct envelope_kind *kind = format_syslog.data;
	struct span all = { text->p, text->len }, line;
	struct envelope e;
	const char *lf;
	bool first = true;

	assert(!text->full);
	for (; all.n > 0; first = false) {
		lf = memchr(all.p, '\n', all.n);
		assert(lf != NULL);
		line = span_until(all, lf);
		memset(&e, 0, sizeof e);
		assert(kind->open(line, &e) == first);
		assert(memchr(line.p, '\0', line.n) == NULL);
		all = span_from(all, lf + 1);
	}
}

static void
text_of(const char *p, size_t n, size_t piece, struct buf *out)
{
	enum entry_status st = ENTRY_MORE;
	struct buf text;
	struct entry e;
	size_t taken;

	entry_init(&e);
	buf_init(&text, ENTRY_TEXT);
	while (n > 0 && st != ENTRY_BAD) {
		st = entry_feed(&e, p, piece < n ? piece : n, &taken);
		assert(taken > 0 && taken <= n);
		p += taken;
		n -= taken;
		if (st != ENTRY_WHOLE)
			continue;
		buf_reset(&text);
		entry_text(&e, &text);
		check(&text);
		buf_add(out, text.p, text.len);
	}
	buf_addc(out, st == ENTRY_BAD || entry_open(&e) ? '-' : '+');
	buf_free(&text);
	entry_free(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf whole, cut;

	if (n == 0)
		return 0;
	buf_init(&whole, SIZE_MAX);
	buf_init(&cut, SIZE_MAX);
	text_of((const char *)p + 1, n - 1, SIZE_MAX, &whole);
	text_of((const char *)p + 1, n - 1, *p % 16 + 1, &cut);
	assert(whole.len == cut.len && memcmp(whole.p, cut.p, whole.len) == 0);
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
