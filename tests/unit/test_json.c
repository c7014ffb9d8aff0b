/* SPDX-License-Identifier: ISC */
/* JSON, as far as a log needs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"
#include "watchdog/format/json.h"

static void
count(void *arg, const struct json_member *m)
{
	(void)m;
	++*(int *)arg;
}

static void
json(void **state)
{
	static const struct {
		const char *text;
		int members; /* -1: no JSON */
	} t[] = {
		{ "{}", 0 },
		{ " { \"a\" : 1 , \"b\":[ ] } ", 1 },
		{ "{\"a\":{\"b\":[1,{\"c\":\"d\\\"\"}],\"e\":true},\"f\":{}}",
		    3 },
		{ "{\"a\":1}x", -1 },
		{ "{\"a\":1,}", -1 },
		{ "{\"a\" 1}", -1 },
		{ "{\"a\":}", -1 },
		{ "{\"a\":[1}", -1 },
		{ "{\"a\":1]", -1 },
		{ "{\"a\":\"\\", -1 },
		{ "{\"a\":\"b", -1 },
		{ "{\"a", -1 },
		{ "{", -1 },
		{ "[1]", -1 },
		{ "", -1 },
		{ "{\"a\":nul}", -1 },
	};
	struct buf deep;
	int n;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct span s = { xstrdup(t[i].text), strlen(t[i].text) };

		n = 0;
		if (json_walk(s, count, &n) != (t[i].members >= 0) ||
		    (t[i].members >= 0 && n != t[i].members))
			fail_msg("%s: %d", t[i].text, n);
		free((char *)s.p);
	}
	buf_init(&deep, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_adds(&deep, "{\"a\":[");
	n = 0;
	assert_false(json_walk((struct span){ deep.p, deep.len }, count, &n));
	buf_reset(&deep);
	json_text(&deep,
	    (struct span){ "\\u00e9\\ud83d\\ude00\\ud83d\\x\\", 27 });
	assert_string_equal(buf_str(&deep),
	    "\xc3\xa9\xf0\x9f\x98\x80"
	    "\xed\xa0\xbd\\x\\");
	buf_free(&deep);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
