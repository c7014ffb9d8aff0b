/* SPDX-License-Identifier: ISC */
/* Members of JSON objects. */
#include "uptime/tell/json.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/host/out.h"
#include "uptime/tell/show_text.h"

/* A comma, unless this is the first of an object or array. */
static void
comma(struct buf *b)
{
	if (b->len > 0 && strchr("{[:\n", b->p[b->len - 1]) == NULL)
		buf_addc(b, ',');
}

void
json_key(struct buf *b, const char *name)
{
	comma(b);
	buf_addf(b, "\"%s\":", name);
}

void
json_open(struct buf *b)
{
	comma(b);
	buf_addc(b, '{');
}

void
json_string(struct buf *b, const char *name, const char *value)
{
	if (name != NULL)
		json_key(b, name);
	else
		comma(b);
	if (value == NULL)
		buf_adds(b, "null");
	else
		out_json_string(b, value, strlen(value));
}

void
json_number(struct buf *b, const char *name, int64_t n)
{
	json_key(b, name);
	buf_addf(b, "%" PRId64, n);
}

void
json_bool(struct buf *b, const char *name, bool yes)
{
	json_key(b, name);
	buf_adds(b, yes ? "true" : "false");
}

void
json_ms(struct buf *b, const char *name, int64_t us)
{
	char text[SHOW_NUMBER];

	json_key(b, name);
	buf_adds(b, show_ms(us, "null", text));
}

void
json_moment(struct buf *b, const char *name, int64_t t)
{
	char text[CLOCK_TEXT];

	json_string(b, name, t > 0 ? clock_rfc3339(t, text) : NULL);
}
