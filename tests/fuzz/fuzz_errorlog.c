/* SPDX-License-Identifier: ISC */
/*
 * Any text as an ErrorLogFormat, up to the first LF: what is accepted is a
 * pattern that compiles; the rest is a record, whose fields stay within it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/format/format.h"
#include "watchdog/format/format_custom.h"
#include "watchdog/read/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
inside(struct span s, const char *record, size_t len)
{
	assert(s.n == 0 || (s.p >= record && s.p + s.n <= record + len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *lf = n > 0 ? memchr(p, '\n', n) : NULL;
	size_t text = lf != NULL ? (size_t)(lf - p) : n;
	const char *record = (const char *)p + text;
	struct custom_error e = { .what = "" };
	struct format *f;
	struct fields fields;
	struct buf format, room;

	buf_init(&format, SIZE_MAX);
	buf_init(&room, RECORD_MAX);
	buf_adds(&format, "apache:");
	if (memchr(p, '\0', text) == NULL)
		buf_add(&format, (const char *)p, text);
	f = format_custom_apache(buf_str(&format), &e);
	assert(f != NULL || e.what[0] != '\0');
	if (f != NULL) {
		format_parse(f, record, n - text, &fields, &room);
		inside(fields.message, record, n - text);
		inside(fields.status, record, n - text);
		inside(fields.site, record, n - text);
		inside(fields.rest, record, n - text);
	}
	format_custom_free(f);
	buf_free(&format);
	buf_free(&room);
	return 0;
}
