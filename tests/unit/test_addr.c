/* SPDX-License-Identifier: ISC */
/* Mail addresses: what passes can add no header and no command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/host/addr.h"

#define L10 "abcdefghij"
#define L64 L10 L10 L10 L10 L10 L10 "abcd"
#define L63 L10 L10 L10 L10 L10 L10 "abc"

static void
table(void **state)
{
	static const struct {
		const char *s;
		enum addr_reason reason;
	} t[] = {
		{ "", ADDR_EMPTY },
		{ "a", ADDR_OK },
		{ "root", ADDR_OK },
		{ "webmaster@example.org", ADDR_OK },
		{ "a.b-c+d_e!#$%&'*=?^`{}~@x-y.example", ADDR_OK },
		{ "a@localhost", ADDR_OK },
		{ "a@xn--bcher-kva.example", ADDR_OK },
		{ "a@1.2.3.4", ADDR_OK },
		{ "a@my_host", ADDR_OK },
		{ L64 "@" L63 ".org", ADDR_OK },
		{ L64, ADDR_OK },
		{ L64 "e", ADDR_LONG },
		{ L64 "e@example.org", ADDR_LONG },
		{ L64 "@" L63 "." L63 "." L10 L10 L10 L10 L10 L10 "a",
		    ADDR_OK },
		{ L64 "@" L63 "." L63 "." L10 L10 L10 L10 L10 L10 "ab",
		    ADDR_LONG },
		{ "@", ADDR_AT },
		{ "@example.org", ADDR_AT },
		{ "a@", ADDR_AT },
		{ "a@b@c", ADDR_AT },
		{ "a@@c", ADDR_AT },
		{ "a@b@", ADDR_AT },
		{ ".a@b", ADDR_DOTS },
		{ "a.@b", ADDR_DOTS },
		{ "a..b@c", ADDR_DOTS },
		{ ".", ADDR_DOTS },
		{ "..", ADDR_DOTS },
		{ "a@.b", ADDR_DOMAIN },
		{ "a@b.", ADDR_DOMAIN },
		{ "a@b..c", ADDR_DOMAIN },
		{ "a@.", ADDR_DOMAIN },
		{ "a@-b", ADDR_DOMAIN },
		{ "a@b-.c", ADDR_DOMAIN },
		{ "a@b.-c", ADDR_DOMAIN },
		{ "a@b!c", ADDR_DOMAIN },
		{ "a@" L63 "d.org", ADDR_DOMAIN },
		{ "a b@c", ADDR_CHARACTER },
		{ " a@b", ADDR_CHARACTER },
		{ "a@b ", ADDR_CHARACTER },
		{ "a\t@b", ADDR_CHARACTER },
		{ "a@b\r\nRCPT TO:<evil@example.org>", ADDR_CHARACTER },
		{ "a@b\nBcc: c@d", ADDR_CHARACTER },
		{ "<a@b>", ADDR_CHARACTER },
		{ "A <a@b>", ADDR_CHARACTER },
		{ "\"a\"@b", ADDR_CHARACTER },
		{ "a(b)@c", ADDR_CHARACTER },
		{ "a@[127.0.0.1]", ADDR_CHARACTER },
		{ "a,b@c", ADDR_CHARACTER },
		{ "@b:a@c", ADDR_CHARACTER },
		{ "a;b@c", ADDR_CHARACTER },
		{ "a\\b@c", ADDR_CHARACTER },
		{ "../../etc/x@c", ADDR_CHARACTER },
		{ "a/b", ADDR_CHARACTER },
		{ "|/bin/sh", ADDR_CHARACTER },
		{ "-oQ/tmp@c", ADDR_CHARACTER },
		{ "-a", ADDR_CHARACTER },
		{ "a\x7f@b", ADDR_CHARACTER },
		{ "a\x01@b", ADDR_CHARACTER },
		{ "\xc3\xa4@b", ADDR_CHARACTER },
		{ "a@b\xc3\xa4.org", ADDR_CHARACTER },
		{ "a\xff@b", ADDR_CHARACTER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		if (addr_check(t[i].s) != t[i].reason)
			print_error("%s\n", t[i].s);
		assert_int_equal(addr_check(t[i].s), t[i].reason);
	}
}

/* No byte outside of the allowed ones, at any place. */
static void
every_byte(void **state)
{
	static const char never[] = " \"(),/:;<>[\\]|\x7f";
	char s[] = "abc@def.gh";
	size_t place;
	int c;

	(void)state;
	for (place = 0; place < sizeof s - 1; place++)
		for (c = 1; c < 256; c++) {
			char was = s[place];

			s[place] = (char)c;
			if (c < ' ' || c > '~' || strchr(never, c) != NULL)
				assert_int_equal(addr_check(s), ADDR_CHARACTER);
			s[place] = was;
		}
}

static void
texts(void **state)
{
	enum addr_reason r;

	(void)state;
	for (r = ADDR_OK; r <= ADDR_DOTS; r++) {
		assert_non_null(addr_reason_text(r));
		assert_true(r == ADDR_OK ||
		    strstr(addr_reason_text(r), "expected") != NULL ||
		    r == ADDR_DOTS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
