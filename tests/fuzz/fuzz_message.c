/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as subject and body: the message has exactly our header lines,
 * CRLF only, no line over 998, and nothing but printable ASCII.  A NUL in the
 * input parts subject and body.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "common/mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_line(const char *p, size_t n, bool head)
{
	assert(n <= (head ? 998 : 76));
	for (size_t i = 0; i < n; i++)
		assert((p[i] >= ' ' && p[i] < 0x7f) || p[i] == '\t');
}

static void
check(const struct buf *b)
{
	const char *p = b->p, *end = b->p + b->len, *lf;
	bool head = true;
	int headers = 0;

	for (; p < end; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		assert(lf != NULL && lf > p && lf[-1] == '\r');
		if (lf - p == 1)
			head = false;
		if (head && *p != ' ' && *p != '\t')
			headers++;
		check_line(p, (size_t)(lf - p - 1), head);
	}
	assert(!head && headers == 13);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const to[] = { "a@example.com" };
	static const char name[] = "X-Sitewatch-Host";
	char *subject = xstrndup((const char *)p, n);
	size_t used = strlen(subject);
	struct message_extra extra = { name, subject };
	struct message m = {
		.from = "w@example.com",
		.to = to,
		.nto = 1,
		.subject = subject,
		.msgid = "x@example.com",
		.story = "y@example.com",
		.date = 1,
		.extra = &extra,
		.nextra = 1,
		.body = (const char *)p + used,
		.nbody = n - used,
	};
	struct buf b;

	buf_init(&b, 1 << 24);
	message_compose(&b, &m);
	check(&b);
	buf_free(&b);
	free(subject);
	return 0;
}
