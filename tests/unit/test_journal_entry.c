/* SPDX-License-Identifier: ISC */
/* The journal's export format: fields, cuts, and what becomes text. */
#include "watchdog/read/journal_entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/xmem.h"

#define HEAD "__REALTIME_TIMESTAMP=1764367045000042\n_HOSTNAME=www\n"
#define WHEN "2025-11-28T21:57:25.000042Z www "

/* All entries of an export as text, fed in pieces of at most `piece` bytes
 * (0: at random), "BAD" where it is none, "OPEN" where it ends too early. */
static void
text_of(struct buf *out, const char *p, size_t n, size_t piece)
{
	enum entry_status st = ENTRY_MORE;
	struct entry e;
	struct buf text;
	size_t some, taken;

	entry_init(&e);
	buf_init(&text, ENTRY_TEXT);
	while (n > 0 && st != ENTRY_BAD) {
		some = piece > 0 ? piece : (size_t)rand() % 7 + 1;
		if (some > n)
			some = n;
		st = entry_feed(&e, p, some, &taken);
		assert_true(taken <= some);
		assert_true(st != ENTRY_MORE || taken == some);
		p += taken;
		n -= taken;
		if (st != ENTRY_WHOLE)
			continue;
		buf_reset(&text);
		entry_text(&e, &text);
		assert_false(text.full);
		buf_add(out, text.p, text.len);
	}
	if (st == ENTRY_BAD)
		buf_adds(out, "BAD");
	else if (entry_open(&e))
		buf_adds(out, "OPEN");
	buf_free(&text);
	entry_free(&e);
}

#define BINARY(name, n, data) name "\n" n "\0\0\0\0\0\0\0" data "\n"
#define ROW(export, text) \
	{ \
		export, sizeof export - 1, text \
	}

static const struct {
	const char *export;
	size_t n;
	const char *text;
} rows[] = {
	ROW("", ""),
	ROW("\n\n", ""),
	ROW(HEAD "PRIORITY=3\nSYSLOG_IDENTIFIER=nginx\n_COMM=x\n_PID=12\n"
		 "MESSAGE=it broke\n\n",
	    "<3>1 " WHEN "nginx 12 - - it broke\n"),
	/* what is missing */
	ROW("MESSAGE=a\n\n", "<6>1 - - - - - - a\n"),
	ROW(HEAD "_COMM=sh\nMESSAGE=a\n\n", "<6>1 " WHEN "sh - - - a\n"),
	ROW(HEAD "PRIORITY=3\n\n", ""),
	ROW(HEAD "MESSAGE=\n\n", ""),
	ROW("PRIORITY=9\nMESSAGE=a\n\n", "<6>1 - - - - - - a\n"),
	ROW("PRIORITY=33\nMESSAGE=a\n\n", "<3>1 - - - - - - a\n"),
	ROW("__REALTIME_TIMESTAMP=x1\nMESSAGE=a\n\n", "<6>1 - - - - - - a\n"),
	ROW("__REALTIME_TIMESTAMP=99999999999999999999\nMESSAGE=a\n\n",
	    "<6>1 - - - - - - a\n"),
	/* an entry has nothing of the one before; the first of two counts */
	ROW("_PID=1\nMESSAGE=a\n\nMESSAGE=b\nMESSAGE=c\n\n",
	    "<6>1 - - - 1 - - a\n<6>1 - - - - - - b\n"),
	/* names that are others' */
	ROW("MESSAG=x\nMESSAGES=x\nMESSAGE_ID=x\nX=1\n\nMESSAGE=a\n\n",
	    "<6>1 - - - - - - a\n"),
	ROW("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMESSAGE=x\n"
	    "MESSAGE=a=b\n\n",
	    "<6>1 - - - - - - a=b\n"),
	ROW("SYSLOG_IDENTIFIER=my app\x7f\x01\nMESSAGE=a\n\n",
	    "<6>1 - - my_app__ - - - a\n"),
	/* binary */
	ROW(BINARY("MESSAGE", "\003", "a\nb") "\n", "<6>1 - - - - - - a\nb\n"),
	ROW(BINARY("MESSAGE", "\002", "\n\n") "\n", ""),
	ROW(BINARY("MESSAGE", "\000", "") "\n", ""),
	ROW(BINARY("COREDUMP", "\005", "\n\nx=\n") "MESSAGE=a\n\n",
	    "<6>1 - - - - - - a\n"),
	ROW(BINARY("MESSAGE", "\006", "a\n\n b\n") "\n",
	    "<6>1 - - - - - - a\n\n b\n"),
	ROW(BINARY("MESSAGE", "\003", "a\0b") "\n",
	    "<6>1 - - - - - - a#000b\n"),
	ROW(BINARY("MESSAGE", "\002", "ab") "X", "OPEN"),
	ROW("MESSAGE\n\002\0\0\0\0\0\0\0abX", "BAD"),
	ROW("MESSAGE\n\377\377\377\377\377\377\377\377ab\n\n", "OPEN"),
	ROW("MESSAGE\n\001\0\0", "OPEN"),
	ROW("MESSAGE=a\n", "OPEN"),
	ROW("MESS", "OPEN"),
	/* nothing in a message passes for another entry, or for an escape of
	 * rsyslog's */
	ROW(BINARY("MESSAGE", "\043",
		"a\n<3>1 - - x - - - b\n<b>\nNov 28 18:") "\n",
	    "<6>1 - - - - - - a\n <3>1 - - x - - - b\n<b>\nNov 28 18:\n"),
	ROW(BINARY("MESSAGE", "\045",
		"a\n2026-11-28T18:00:01+01:00 h p[1]: x") "\n",
	    "<6>1 - - - - - - a\n 2026-11-28T18:00:01+01:00 h p[1]: x\n"),
	ROW(BINARY("MESSAGE", "\025", "a\nNov 28 18:00:01 h x") "\n",
	    "<6>1 - - - - - - a\n Nov 28 18:00:01 h x\n"),
	ROW("MESSAGE=#012 #0 #1\n\n", "<6>1 - - - - - - #043012 #0430 #1\n"),
};

static void
table(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, SIZE_MAX);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t piece = 1; piece < 400; piece += 7) {
			buf_reset(&out);
			text_of(&out, rows[i].export, rows[i].n, piece);
			assert_string_equal(buf_str(&out), rows[i].text);
		}
	buf_free(&out);
}

/* All of them behind each other, wherever the pieces end. */
static void
random_cuts(void **state)
{
	struct buf all, whole, cut;

	(void)state;
	srand(1);
	buf_init(&all, SIZE_MAX);
	buf_init(&whole, SIZE_MAX);
	buf_init(&cut, SIZE_MAX);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].text, "OPEN") != 0 &&
		    strcmp(rows[i].text, "BAD") != 0)
			buf_add(&all, rows[i].export, rows[i].n);
	text_of(&whole, all.p, all.len, all.len);
	assert_non_null(strstr(whole.p, "it broke"));
	for (int k = 0; k < 1000; k++) {
		buf_reset(&cut);
		text_of(&cut, all.p, all.len, 0);
		assert_string_equal(buf_str(&cut), whole.p);
	}
	buf_free(&all);
	buf_free(&whole);
	buf_free(&cut);
}

/* The head of a huge message is kept, and it says how much is not; other
 * fields of any size leave no trace. */
static void
huge(void **state)
{
	static const char tail[] =
	    " [1048576 more bytes of this entry are left out]\n";
	size_t n = ENTRY_MESSAGE + 1024 * 1024;
	struct buf in, out;

	(void)state;
	buf_init(&in, SIZE_MAX);
	buf_init(&out, SIZE_MAX);
	buf_adds(&in, "COREDUMP=");
	for (size_t i = 0; i < n; i++)
		buf_addc(&in, 'c');
	buf_adds(&in, "\nMESSAGE=");
	for (size_t i = 0; i < n; i++)
		buf_addc(&in, '\0');
	buf_adds(&in, "\n\nMESSAGE=next\n\n");
	text_of(&out, in.p, in.len, 65536);
	assert_non_null(strstr(out.p, tail));
	assert_string_equal(strstr(out.p, tail) + strlen(tail),
	    "<6>1 - - - - - - next\n");
	assert_true(out.len < ENTRY_TEXT + 100);
	buf_free(&in);
	buf_free(&out);
}

static void
same(void **state)
{
	(void)state;
	assert_true(
	    entry_same("s=1;i=2;b=a;m=3;t=4;x=5", "s=9;i=8;b=a;m=3;t=4;x=5"));
	assert_false(
	    entry_same("s=1;i=2;b=a;m=3;t=4;x=5", "s=1;i=2;b=a;m=3;t=4;x=6"));
	assert_true(entry_same("x", "x"));
	assert_false(entry_same("x", "s=1;b=2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(random_cuts),
		cmocka_unit_test(huge),
		cmocka_unit_test(same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
