/* SPDX-License-Identifier: ISC */
/* What stands in a mail of site-uptime, how much of it, and that its bytes are
 * clean. */
#include "uptime/tell/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/base/xmem.h"
#include "tests/unit/notify_sample.h"

/* Long tables. */
#define TEN(c) \
	c "0\n" c "1\n" c "2\n" c "3\n" c "4\n" c "5\n" c "6\n" c "7\n" c \
	  "8\n" c "9\n"
#define FORTY(c) TEN(c "0") TEN(c "1") TEN(c "2") TEN(c "3")

/* ---- bodies ------------------------------------------------------------ */

/* What a mail says beyond the golden ones. */
static void
bodies(void **state)
{
	static const struct told whole = { &site_www, DBTEST, 0, DEBT_WHOLE,
		GRADE_OK, REFUSED, NULL, DAY, layer_table, 0 },
				 zone = { &site_www, "example.com", TARGET_DNS,
					 D, REASON_NS_LAME, "a.ns", 70, NULL,
					 0 },
				 odd = { &site_www, "disk space", TARGET_EXEC,
					 D, REASON_PLUGIN_CRITICAL, "", 70,
					 NULL, 3 },
				 option = { &site_www, "-rf", TARGET_EXEC, D,
					 REASON_PLUGIN_CRITICAL, "", 70, NULL,
					 3 },
				 evil = { &site_www, "it's", TARGET_EXEC, D,
					 REASON_PLUGIN_CRITICAL, "", 70, NULL,
					 3 };
	const struct notice *of[1];
	struct notice *n;
	struct buf out;

	(void)state;
	buf_init(&out, MAIL_MAX);
	told_mail(&out, &whole, 1, &env_boston);
	assert_mail_has(&out,
	    "\nOK  " DBTEST "\n  was amiss: TCP: the connection "
	    "was refused\n  lasted        1d, 20 Nov 14:03:10 CET "
	    "to 21 Nov 14:03:10 CET\n\nHow all targets stand:\n");
	assert_mail_lacks(&out, "evaluated");
	assert_mail_lacks(&out, "check");
	buf_reset(&out);
	told_mail(&out, &zone, 1, &env_boston);
	assert_mail_has(&out, "uptime.conf dns example.com\n");
	assert_mail_has(&out, "  to blame      name server operator\n");
	assert_mail_lacks(&out, "incident");
	assert_mail_lacks(&out, "last good");
	buf_reset(&out);
	told_mail(&out, &odd, 1, &env_boston);
	assert_mail_has(&out, "uptime.conf check 'disk space'\n");
	buf_reset(&out);
	told_mail(&out, &evil, 1, &env_boston);
	assert_mail_has(&out, "uptime.conf check TARGET\n");
	buf_reset(&out);
	told_mail(&out, &option, 1, &env_boston);
	assert_mail_has(&out, "uptime.conf check TARGET\n");
	/* of a verdict without a reason the state's is told */
	buf_reset(&out);
	n = notice_make(&zone);
	n->verdict.reason = REASON_NONE;
	of[0] = n;
	notify_body(&out, of, 1, &env_boston);
	assert_mail_has(&out,
	    "  name servers: the name server does not serve the "
	    "zone (lame)\n");
	notice_free(n);
	/* up, but */
	buf_reset(&out);
	n = notice_make(&whole);
	n->debts = DEBT_UP;
	n->verdict.grade = GRADE_DEGRADED;
	n->verdict.reason = REASON_NS_TIMEOUT;
	n->verdict.layer = LAYER_NAMESERVER;
	snprintf(n->verdict.detail, sizeof n->verdict.detail, "a.ns");
	of[0] = n;
	notify_body(&out, of, 1, &env_boston);
	assert_mail_has(&out,
	    "\n  but           DEGRADED: name servers: the name "
	    "server does not answer (a.ns)\n");
	assert_mail_has(&out, "  was down: TCP: the connection was refused\n");
	notice_free(n);
	/* nothing to tell */
	buf_reset(&out);
	notify_subject(&out, NULL, 0, &env_boston);
	notify_body(&out, NULL, 0, &env_boston);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

/* ---- many -------------------------------------------------------------- */

/* What the i-th of a great many has to tell. */
static struct notice *
some(size_t i, size_t causes, const char *evidence)
{
	static const struct site *const site[] = { &site_www, &site_shop,
		&site_mx };
	static const unsigned debts[] = { DEBT_DOWN, DEBT_WORSE, DEBT_UP,
		DEBT_WHOLE };
	struct told t = { site[i % 3], NULL, TARGET_URL, debts[i / 7 % 4],
		GRADE_DEGRADED, (enum reason)(1 + i % causes), "seen so", 70,
		evidence, 5 };
	char name[48];

	snprintf(name, sizeof name, "https://%zu.example.com/", i);
	t.name = name;
	return notice_make(&t);
}

static size_t
sum_of(const struct buf *b)
{
	const char *p = buf_str(b);
	size_t all = 0;

	/* each target is named or counted */
	for (; (p = strstr(p, "https://")) != NULL; p++)
		if (strncmp(p - 7, " check ", 7) != 0 &&
		    strncmp(p - 6, "ple   ", 6) != 0) /* for example */
			all++;
	for (p = buf_str(b); (p = strstr(p, " more target")) != NULL; p++) {
		const char *digits = p;
		size_t n = 0, unit = 1;

		while (digits > b->p && strchr("0123456789,", digits[-1])) {
			if (*--digits == ',')
				continue;
			n += unit * (size_t)(*digits - '0');
			unit *= 10;
		}
		all += n;
	}
	return all;
}

/* However much there is: a screen, and no target is lost. */
static void
caps_keep_counts(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 5, 8, 9, 10, 40, 500, 10000 };
	static const size_t causes[] = { 1, 2, 5, 40 };
	static const char *const evidence[] = { NULL, "one line", layer_table,
		FORTY("a") FORTY("b") };
	struct buf out;

	(void)state;
	buf_init(&out, MAIL_MAX);
	for (size_t i = 0; i < 10 * 4 * 4; i++) {
		size_t count = sizes[i % 10];
		struct notice **n = xcalloc(count, sizeof *n);

		for (size_t k = 0; k < count; k++)
			n[k] = some(k, causes[i / 10 % 4], evidence[i / 40]);
		buf_reset(&out);
		notice_mail(&out, n, count, &env_boston);
		assert_int_equal(sum_of(&out), count);
		/* with the two lines of the subject */
		assert_true(mail_lines(&out) <= MAIL_LINES + 2);
		assert_true(
		    strcspn(buf_str(&out), "\n") <= strlen("Subject: ") + 152);
		assert_mail_has(&out, "--\nsite-uptime at boston");
		for (size_t k = 0; k < count; k++)
			notice_free(n[k]);
		free(n);
	}
	buf_free(&out);
}

/* Several of one cause. */
static void
groups(void **state)
{
	static const struct told t[] = {
		{ &site_mx, "z", 0, D, TIMED_OUT, "in 10 s", DAY, NULL, 1 },
		{ &site_www, "a", 0, D, TIMED_OUT, "in 20 s", 70, NULL, 2 },
		{ &site_www, "b", 0, D, TIMED_OUT, "", 70, "the table", 3 },
		{ &site_www, "c", 0, D, TIMED_OUT, "", 0, NULL, 4 },
		{ &site_www, "d", 0, D, TIMED_OUT, "", 70, "another", 5 },
		{ &site_www, "e", 0, D, TIMED_OUT, "", 70, NULL, 6 },
		{ &site_www, "f", 0, D, TIMED_OUT, "", 70, NULL, 7 },
		{ &site_www, "g", 0, D, TIMED_OUT, "", 70, NULL, 8 },
		{ &site_www, "h", 0, D, TIMED_OUT, "", 70, NULL, 9 },
		{ &site_www, "i", 0, D, TIMED_OUT, "", 70, NULL, 10 },
	};
	struct buf out;

	(void)state;
	buf_init(&out, MAIL_MAX);
	told_mail(&out, t, 10, &env_boston);
	assert_mail_has(&out,
	    "\nDOWN  10 targets of 2 sites\n"
	    "  TCP: the connection timed out\n"
	    "  20 Nov 14:03  z  in 10 s\n"
	    "  since 14:02   a  in 20 s\n"
	    "  since 14:02   b\n"
	    "                c\n"
	    "  since 14:02   d\n"
	    "  since 14:02   e\n"
	    "  since 14:02   f\n"
	    "  since 14:02   g\n"
	    "                2 more targets\n"
	    "  to blame      network\n"
	    "\n"
	    "  for example   b\n"
	    "the table\n"
	    "\n"
	    "To see it again:\n");
	buf_free(&out);
}

/* However long the first one's table is, there is room for the others. */
static void
room_is_kept(void **state)
{
	static const struct told t[] = {
		{ &site_mx, "a", 0, D, TIMED_OUT, "", 70, FORTY("first "), 1 },
		{ &site_mx, "b", 0, D, REFUSED, "", 70, FORTY("second "), 1 },
		{ &site_mx, "c", 0, D, REASON_NXDOMAIN, "", 70, NULL, 1 },
		{ &site_mx, "d", 0, D, REASON_NODATA, "", 70, NULL, 1 },
	};
	static const struct told two[] = {
		{ &site_mx, "a", 0, D, TIMED_OUT, "", 70, "first", 1 },
		{ &site_mx, "b", 0, D, REFUSED, "", 70, FORTY("second "), 1 },
	};
	struct buf out;

	(void)state;
	buf_init(&out, MAIL_MAX);
	told_mail(&out, t, 4, &env_boston);
	assert_mail_has(&out, "first 00\n");
	assert_mail_has(&out, " more lines)\n");
	assert_mail_has(&out, "DOWN  b\n");
	assert_mail_lacks(&out, "second");
	assert_mail_has(&out, "DOWN  c\n");
	assert_mail_has(&out, "DOWN  d\n");
	assert_mail_lacks(&out, "more target");
	assert_true(mail_lines(&out) <= MAIL_LINES + 2);
	/* what is not the first's is there whole or not at all */
	buf_reset(&out);
	told_mail(&out, t + 1, 2, &env_boston);
	assert_mail_has(&out, "second 00\n");
	buf_reset(&out);
	told_mail(&out, two, 2, &env_boston);
	assert_mail_has(&out, "\nfirst\n");
	assert_mail_lacks(&out, "second");
	buf_free(&out);
}

/* A table that is too long is cut, and says so. */
static void
evidence_is_cut(void **state)
{
	static const struct told t = { &site_www, DBTEST, TARGET_URL, D,
		REASON_TLS_EXPIRED, "", 130, FORTY("a") FORTY("b"), 17 };
	struct buf out;

	(void)state;
	buf_init(&out, MAIL_MAX);
	told_mail(&out, &t, 1, &env_boston);
	assert_true(mail_lines(&out) <= MAIL_LINES + 2);
	assert_true(mail_lines(&out) >= MAIL_LINES - 4);
	assert_mail_has(&out, "\na39\nb00\nb01\n  (38 more lines)\n\nTo see");
	buf_free(&out);
}

/* 6: the order of the configuration changes nothing. */
static void
order_before_is_nothing(void **state)
{
	struct notice *a[50], *b[50], *t;
	struct buf one, two;
	unsigned rnd = 3;

	(void)state;
	for (size_t i = 0; i < 50; i++)
		a[i] = b[i] = some(i, 4, NULL);
	for (size_t i = 49; i > 0; i--) {
		size_t k;

		rnd = rnd * 1664525 + 1013904223;
		k = (rnd >> 8) % (i + 1);
		t = b[i];
		b[i] = b[k];
		b[k] = t;
	}
	buf_init(&one, MAIL_MAX);
	buf_init(&two, MAIL_MAX);
	notice_mail(&one, a, 50, &env_boston);
	notice_mail(&two, b, 50, &env_boston);
	assert_string_equal(buf_str(&one), buf_str(&two));
	buf_free(&one);
	buf_free(&two);
	for (size_t i = 0; i < 50; i++)
		notice_free(a[i]);
}

/* ---- bytes from outside ------------------------------------------------ */

#define EVIL "\x1b[31m\xff\xe2\x80\xae\r\nBcc: x\t"

static void
bytes_are_clean(void **state)
{
	static char site_name[] = "www" EVIL;
	static const struct site site = { .name = site_name };
	static const struct notify_env env = { .vantage = "b" EVIL,
		.conf = "/etc/" EVIL,
		.now = NOW };
	static const struct told t[] = {
		{ &site, EVIL, TARGET_URL, D, TIMED_OUT, EVIL, 70,
		    "row \x1b[31m\xff\nnext", 1 },
		{ &site, "b" EVIL, TARGET_URL, D, TIMED_OUT, "b" EVIL, 70, NULL,
		    1 },
		{ &site, "c" EVIL, TARGET_URL, DEBT_UP, GRADE_OK, TIMED_OUT,
		    NULL, 70, NULL, 1 },
	};
	struct buf out, body, again;

	(void)state;
	buf_init(&out, MAIL_MAX);
	buf_init(&body, MAIL_MAX);
	buf_init(&again, MAIL_MAX);
	for (size_t n = 1; n <= 4; n++) {
		buf_reset(&out);
		buf_reset(&body);
		buf_reset(&again);
		if (n < 4)
			told_mail(&out, t, n, &env);
		else
			notify_blind(&out, &body, 1, 2, 1, &env);
		buf_addf(&out, "\n\n%s", buf_str(&body));
		/* What is clean stays as it is. */
		assert_true(
		    text_clean(&again, buf_str(&out), out.len, TEXT_BLOCK));
		assert_string_equal(buf_str(&again), buf_str(&out));
		assert_int_equal(strcspn(buf_str(&out), "\n"),
		    strstr(buf_str(&out), "\n\n") - buf_str(&out));
		/* no command that a shell would read otherwise */
		if (n < 4) {
			assert_mail_has(&out, "-c uptime.conf check TARGET\n");
			assert_mail_lacks(&out, "\nBcc");
		}
	}
	buf_free(&out);
	buf_free(&body);
	buf_free(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies),
		cmocka_unit_test(caps_keep_counts),
		cmocka_unit_test(groups),
		cmocka_unit_test(room_is_kept),
		cmocka_unit_test(evidence_is_cut),
		cmocka_unit_test(order_before_is_nothing),
		cmocka_unit_test(bytes_are_clean),
	};

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
