/* SPDX-License-Identifier: ISC */
/* Replies of name servers, whole and broken. */
#include "uptime/dns/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xmem.h"

/* ---- packets ------------------------------------------------------------- */

struct packet {
	unsigned char p[70000];
	size_t n;
};

static struct packet pk;

static void
put(const void *p, size_t n)
{
	memcpy(pk.p + pk.n, p, n);
	pk.n += n;
}

static void
put16(unsigned v)
{
	unsigned char b[2] = { (unsigned char)(v >> 8), (unsigned char)v };

	put(b, 2);
}

/* As on the wire, with its last 0. */
#define NAME(s) s, sizeof s
#define RAW(s) s, sizeof s - 1
#define Q "\3WwW\7example\4test"
#define AT_Q "\xc0\x0c"

/* The question is for WwW.example.test and the type. */
static void
begin(unsigned flags, int type)
{
	pk.n = 0;
	put16(4711);
	put16(0x8000 | flags);
	put16(1);
	put16(0);
	put16(0);
	put16(0);
	put(NAME(Q));
	put16((unsigned)type);
	put16(1);
}

static void
count(enum rr_section s, int by)
{
	unsigned char *c = pk.p + 6 + 2 * s;
	int v = c[0] * 256 + c[1] + by;

	c[0] = (unsigned char)(v >> 8);
	c[1] = (unsigned char)v;
}

static void
rr(enum rr_section s, const char *owner, size_t nowner, int type,
    const char *data, size_t n)
{
	put(owner, nowner);
	put16((unsigned)type);
	put16(1);
	put16(0);
	put16(3600);
	put16((unsigned)n);
	put(data, n);
	count(s, 1);
}

static bool
parse(int type, bool exact, struct answer *a)
{
	/* a copy of its own size, for the sanitizer's sake */
	unsigned char *p = xmalloc(pk.n);
	bool ok;

	memcpy(p, pk.p, pk.n);
	ok = answer_parse(p, pk.n, "WwW.example.test", type, exact, a);
	free(p);
	return ok;
}

static bool
good(int type)
{
	struct answer a;
	bool ok = parse(type, true, &a);

	if (ok)
		answer_free(&a);
	return ok;
}

#define SOA_DATA \
	"\2ns\xc0\x10\4Host\xc0\x10" \
	"\x78\x57\x34\x12\0\0\1\0\0\0\2\0\0\0\3\0\0\0\1\x2c"
#define RRSIG_DATA \
	"\0\1\x0d\3\0\0\x0e\x10\xf0\0\0\1\xe0\0\0\1\x12\x34" \
	"\7Example\4test\0SIGNATURE"

static void
everything(void)
{
	begin(0x04a0, RR_A);
	rr(RR_ANSWER, RAW(AT_Q), RR_CNAME, RAW("\1b\xc0\x10"));
	rr(RR_ANSWER, RAW("\1B\xc0\x10"), RR_A, RAW("\xc0\0\2\1"));
	rr(RR_ANSWER, RAW(AT_Q), RR_RRSIG, RAW(RRSIG_DATA));
	rr(RR_ANSWER, RAW(AT_Q), RR_TXT, RAW("\3abc"));
	rr(RR_AUTHORITY, RAW("\xc0\x10"), RR_SOA, RAW(SOA_DATA));
	rr(RR_AUTHORITY, RAW("\xc0\x10"), RR_NS, RAW("\2ns\xc0\x10"));
	rr(RR_AUTHORITY, RAW("\xc0\x10"), RR_DS, RAW("\xab\xcd\x0d\2DIGEST"));
	rr(RR_ADDITIONAL, RAW("\2ns\xc0\x10"), RR_AAAA,
	    RAW("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"));
	rr(RR_ADDITIONAL, RAW("\xc0\x10"), RR_MX, RAW("\0\x0a\1m\xc0\x10"));
}

static void
well_formed(void **state)
{
	struct answer a;
	char text[IP_TEXT];

	(void)state;
	everything();
	assert_true(parse(RR_A, true, &a));
	assert_int_equal(a.n, 9);
	assert_true(a.aa && !a.tc && a.ra && a.ad);
	assert_int_equal(a.rcode, RCODE_NOERROR);
	assert_string_equal(a.rr[0].owner, "www.example.test");
	assert_string_equal(a.rr[0].target, "b.example.test");
	assert_int_equal(a.rr[0].type, RR_CNAME);
	assert_int_equal(a.rr[0].ttl, 3600);
	assert_string_equal(a.rr[1].owner, "b.example.test");
	assert_string_equal(ip_text(&a.rr[1].ip, text), "192.0.2.1");
	assert_int_equal(a.rr[2].covered, RR_A);
	assert_int_equal(a.rr[2].expiration, 0xf0000001);
	assert_int_equal(a.rr[2].inception, 0xe0000001);
	assert_int_equal(a.rr[2].key_tag, 0x1234);
	assert_string_equal(a.rr[2].signer, "example.test");
	assert_int_equal(a.rr[3].type, RR_TXT);
	assert_int_equal(a.rr[4].section, RR_AUTHORITY);
	assert_string_equal(a.rr[4].owner, "example.test");
	assert_string_equal(a.rr[4].target, "ns.example.test");
	assert_int_equal(a.rr[4].serial, 0x78573412);
	assert_int_equal(a.rr[4].minimum, 300);
	assert_string_equal(a.rr[5].target, "ns.example.test");
	assert_int_equal(a.rr[6].key_tag, 0xabcd);
	assert_int_equal(a.rr[7].section, RR_ADDITIONAL);
	assert_string_equal(ip_text(&a.rr[7].ip, text), "2001:db8::1");
	assert_string_equal(a.rr[8].target, "m.example.test");
	answer_free(&a);
	answer_free(&a);

	begin(RCODE_REFUSED, RR_A);
	assert_true(parse(RR_A, true, &a));
	assert_int_equal(a.n, 0);
	assert_int_equal(a.rcode, RCODE_REFUSED);
	answer_free(&a);
}

static void
edns(void **state)
{
	struct answer a;

	(void)state;
	everything();
	put("\0\0\x29\4\xd0\1\0\x80\0\0\4\0\x0a\0\0", 15);
	count(RR_ADDITIONAL, 1);
	assert_true(parse(RR_A, true, &a));
	assert_int_equal(a.n, 9);
	assert_int_equal(a.rcode, 16); /* BADVERS */
	answer_free(&a);
	/* a record of another class is none of ours, its data neither */
	everything();
	rr(RR_ADDITIONAL, RAW("\xc0\x10"), RR_A, RAW("ab"));
	pk.p[pk.n - 9] = 3;
	assert_true(parse(RR_A, true, &a));
	assert_int_equal(a.n, 9);
	answer_free(&a);
	/* 68 years and more are none (RFC 2181) */
	begin(0, RR_A);
	rr(RR_ANSWER, RAW(AT_Q), RR_A, RAW("abcd"));
	pk.p[pk.n - 10] = 0x80;
	assert_true(parse(RR_A, true, &a));
	assert_int_equal(a.rr[0].ttl, 0);
	answer_free(&a);
}

/* Every cut, and every count that is not so. */
static void
cut_anywhere(void **state)
{
	struct answer a;
	size_t n;

	(void)state;
	everything();
	assert_true(good(RR_A));
	n = pk.n;
	for (pk.n = 0; pk.n < n; pk.n++)
		if (good(RR_A))
			fail_msg("cut at %zu of %zu", pk.n, n);
	everything();
	put("", 1);
	assert_false(good(RR_A));
	for (enum rr_section s = RR_ANSWER; s <= RR_ADDITIONAL; s++) {
		everything();
		count(s, 1);
		assert_false(good(RR_A));
		everything();
		count(s, -1);
		assert_false(good(RR_A));
	}
	/* who says that it is cut may be */
	everything();
	pk.p[2] |= 2;
	for (pk.n = n; pk.n > 12 + sizeof Q + 4; pk.n--) {
		assert_true(parse(RR_A, true, &a));
		assert_true(a.tc && a.n <= 9 && (a.n == 9) == (pk.n == n));
		answer_free(&a);
	}
}

static void
another_question(void **state)
{
	static const struct {
		size_t at;
		unsigned char flip;
		bool loose; /* good if the case may differ */
	} t[] = {
		{ 2, 0x80, false },  /* a question */
		{ 2, 0x08, false },  /* another opcode */
		{ 5, 1, false },     /* no question */
		{ 5, 3, false },     /* two */
		{ 13, 0x20, true },  /* wwW */
		{ 14, 0x20, true },  /* WWW */
		{ 12, 0x20, false }, /* a length is no letter */
		{ 16, 0x20, false }, { 13, 1, false }, { 13, 0x80, false },
		{ 30, 1, false },                   /* type */
		{ 31, 1, false }, { 33, 2, false }, /* class */
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct answer a;

		begin(0, RR_A);
		assert_true(good(RR_A));
		assert_false(good(RR_AAAA));
		pk.p[t[i].at] ^= t[i].flip;
		assert_false(good(RR_A));
		if (parse(RR_A, false, &a) != t[i].loose)
			fail_msg("octet %zu", t[i].at);
	}
}

static void
ill_formed(void **state)
{
	static const struct {
		int type;
		const char *data;
		size_t n;
		bool ok;
	} t[] = {
		{ RR_A, RAW("abcd"), true },
		{ RR_A, RAW("abc"), false },
		{ RR_A, RAW("abcde"), false },
		{ RR_A, RAW(""), false },
		{ RR_AAAA, RAW("0123456789abcdef"), true },
		{ RR_AAAA, RAW("0123456789abcde"), false },
		{ RR_AAAA, RAW("0123456789abcdefg"), false },
		{ RR_NS, RAW("\1a\0"), true },
		{ RR_NS, RAW("\0"), true },
		{ RR_NS, RAW(AT_Q), true },
		{ RR_NS, RAW(AT_Q "\0"), false },
		{ RR_NS, RAW("\xc0"), false },
		{ RR_NS, RAW("\1a"), false },
		{ RR_NS, RAW("\2a\0"), false },
		{ RR_NS, RAW(""), false },
		{ RR_NS,
		    RAW("\x41"
			"a\0"),
		    false }, /* reserved labels */
		{ RR_NS,
		    RAW("\x81"
			"a\0"),
		    false },
		{ RR_NS, RAW("\xc0\x2e"), false }, /* at itself */
		{ RR_NS, RAW("\1a\xc0\x2e"), false },
		{ RR_NS, RAW("\xc0\x30\1a\0"), false }, /* ahead */
		{ RR_NS, RAW("\xff\xff"), false },
		{ RR_NS, RAW("\xc0\0"), false }, /* into the header */
		{ RR_NS, RAW("\xc0\x0b"), false },
		{ RR_NS, RAW("\xc0\x22"), true }, /* a pointer to a pointer */
		{ RR_CNAME, RAW(AT_Q AT_Q), false },
		{ RR_MX, RAW("\0\1" AT_Q), true },
		{ RR_MX, RAW("\0" AT_Q), false },
		{ RR_MX, RAW("\0\1"), false },
		{ RR_SOA,
		    RAW("\0\0"
			"01234567890123456789"),
		    true },
		{ RR_SOA,
		    RAW("\0\0"
			"0123456789012345678"),
		    false },
		{ RR_SOA,
		    RAW("\0\0"
			"012345678901234567890"),
		    false },
		{ RR_RRSIG,
		    RAW("012345678901234567"
			"\0"
			"s"),
		    true },
		{ RR_RRSIG,
		    RAW("012345678901234567"
			"\0"),
		    false },
		{ RR_RRSIG, RAW("01234567890123456"), false },
		{ RR_DS, RAW("0123"), true },
		{ RR_DS, RAW("012"), false },
		{ RR_TXT, RAW(""), true },
		{ 65, RAW("\xff\xff\xff"), true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(0, RR_A);
		rr(RR_ANSWER, RAW(AT_Q), t[i].type, t[i].data, t[i].n);
		assert_int_equal(pk.n - t[i].n, 0x2e);
		if (good(RR_A) != t[i].ok)
			fail_msg("%zu: type %d, %zu octets", i, t[i].type,
			    t[i].n);
	}
}

static void
too_much(void **state)
{
	char label[64];
	struct answer a;

	(void)state;
	begin(0, RR_A);
	for (int i = 0; i < ANSWER_MAX_RR; i++)
		rr(RR_ANSWER, RAW(AT_Q), RR_A, RAW("abcd"));
	assert_true(parse(RR_A, true, &a));
	assert_int_equal(a.n, ANSWER_MAX_RR);
	answer_free(&a);
	rr(RR_ADDITIONAL, RAW(AT_Q), RR_A, RAW("abcd"));
	assert_false(good(RR_A));
	/* names: 255 octets and not one more */
	for (int more = 0; more < 2; more++) {
		begin(0, RR_A);
		memset(label, '\\', sizeof label);
		label[0] = 63;
		for (int i = 0; i < 3; i++)
			put(label, 64);
		label[0] = (char)(61 + more);
		put(label, 62 + (size_t)more);
		rr(RR_ANSWER, RAW("\0"), RR_A, RAW("abcd"));
		assert_int_equal(parse(RR_A, true, &a), !more);
		if (!more) {
			assert_int_equal(strlen(a.rr[0].owner),
			    (63 * 3 + 61) * 2 + 3);
			answer_free(&a);
		}
	}
	/* pointers, each to the one before */
	begin(0, RR_A);
	rr(RR_ANSWER, RAW(AT_Q), 99, RAW("\1x\xc0\x0c"));
	for (int i = 0; i < 300; i++) {
		size_t at = pk.n - 4;
		char data[4] = { 1, 'x', (char)(0xc0 | at >> 8), (char)at };

		rr(RR_ANSWER, RAW(AT_Q), i < 299 ? 99 : RR_NS, data, 4);
	}
	assert_false(good(RR_A));
}

/* Nothing but pointers, each to the one before. */
static void
many_pointers(void **state)
{
	char data[2 * 130], owner[2];
	unsigned to;

	(void)state;
	for (int n = 126; n <= 127; n++) {
		begin(0, RR_A);
		for (int i = 0; i < n; i++) {
			to = i == 0 ? 12 : 0x2eu + 2 * ((unsigned)i - 1);
			data[2 * i] = (char)(0xc0 | to >> 8);
			data[2 * i + 1] = (char)to;
		}
		rr(RR_ANSWER, RAW(AT_Q), 99, data, 2 * (size_t)n);
		to = 0x2eu + 2 * ((unsigned)n - 1);
		owner[0] = (char)(0xc0 | to >> 8);
		owner[1] = (char)to;
		rr(RR_ANSWER, owner, 2, RR_A, RAW("abcd"));
		assert_int_equal(good(RR_A), n == 126);
	}
}

/* ---- names --------------------------------------------------------------- */

static void
names_as_text(void **state)
{
	static const struct {
		const char *wire;
		size_t n;
		const char *text;
	} t[] = {
		{ NAME(""), "" },
		{ NAME("\1A\2bC"), "a.bc" },
		{ NAME("\3a.b\1c"), "a\\.b.c" },
		{ NAME("\2\\a"), "\\\\a" },
		{ NAME("\6\"(;)@$"), "\\\"\\(\\;\\)\\@\\$" },
		{ NAME("\5\0\t \177\377"), "\\000\\009\\032\\127\\255" },
		{ NAME("\3_-*"), "_-*" },
		{ NAME("\2\303\274"), "\\195\\188" },
	};
	unsigned char wire[NAME_WIRE];
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(0, RR_A);
		rr(RR_ANSWER, t[i].wire, t[i].n, RR_A, RAW("abcd"));
		assert_true(parse(RR_A, true, &a));
		assert_string_equal(a.rr[0].owner, t[i].text);
		assert_int_equal(name_wire(t[i].text, wire), t[i].n);
		for (size_t k = 0; k < t[i].n; k++)
			assert_true(wire[k] == (unsigned char)t[i].wire[k] ||
			    (wire[k] ^ 0x20) == t[i].wire[k]);
		answer_free(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed),
		cmocka_unit_test(edns),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(another_question),
		cmocka_unit_test(ill_formed),
		cmocka_unit_test(too_much),
		cmocka_unit_test(many_pointers),
		cmocka_unit_test(names_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
