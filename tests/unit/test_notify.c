/* SPDX-License-Identifier: ISC */
/* The mails of site-uptime: golden ones byte by byte, subjects, order. */
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
#include "common/base/xmem.h"
#include "tests/unit/golden.h"
#include "tests/unit/notify_sample.h"

/* ---- golden mails ------------------------------------------------------ */

static void
one_down(void **state)
{
	static const struct told t = { &site_www, DBTEST, TARGET_URL, DEBT_DOWN,
		GRADE_DOWN, REASON_TLS_EXPIRED, "2026-11-21T13:00:00Z", 130,
		layer_table, 17 };
	struct buf out;

	(void)state;
	buf_init(&out, MAIL_MAX);
	told_mail(&out, &t, 1, &env_boston);
	golden("uptime-down.txt", &out);
	buf_free(&out);
}

#define SHOP "https://shop.example.com/"
#define TIMEOUT "192.0.2.90: no answer to SYN within 10 s"

static void
mixed(void **state)
{
	static const struct told t[] = {
		{ &site_mx, "mail.example.net:25", TARGET_TCP, DEBT_UP,
		    GRADE_OK, REASON_BANNER_TIMEOUT, NULL, 64 * MINUTE, NULL,
		    12 },
		{ &site_shop, SHOP "pay", TARGET_URL, DEBT_DOWN, GRADE_DOWN,
		    REASON_CONNECT_TIMEOUT, TIMEOUT, 70, NULL, 19 },
		{ &site_mx, "https://webmail.example.net/", TARGET_URL,
		    DEBT_WORSE, GRADE_DEGRADED, REASON_CONNECT_REFUSED,
		    "2001:db8::25", 130, NULL, 0 },
		{ &site_www, DBTEST, TARGET_URL, DEBT_DOWN, GRADE_DOWN,
		    REASON_TLS_EXPIRED, "2026-11-21T13:00:00Z", 130,
		    layer_table, 17 },
		{ &site_shop, SHOP, TARGET_URL, DEBT_DOWN, GRADE_DOWN,
		    REASON_CONNECT_TIMEOUT, TIMEOUT, 130, NULL, 18 },
	};
	struct buf out;

	(void)state;
	buf_init(&out, MAIL_MAX);
	told_mail(&out, t, 5, &env_boston);
	golden("uptime-mixed.txt", &out);
	buf_free(&out);
}

static void
one_up(void **state)
{
	static const struct told t = { &site_www, DBTEST, TARGET_URL, DEBT_UP,
		GRADE_OK, REASON_TLS_EXPIRED, NULL, 3 * HOUR + 130, layer_table,
		17 };
	struct buf out;

	(void)state;
	buf_init(&out, MAIL_MAX);
	told_mail(&out, &t, 1, &env_boston);
	golden("uptime-up.txt", &out);
	buf_free(&out);
}

static void
blind(void **state)
{
	struct buf out, body;

	(void)state;
	buf_init(&out, MAIL_MAX);
	buf_init(&body, MAIL_MAX);
	buf_adds(&out, "Subject: ");
	notify_blind(&out, &body, NOW - 29 * MINUTE, NOW - 10, 40, &env_boston);
	buf_addf(&out, "\n\n%s", buf_str(&body));
	golden("uptime-blind.txt", &out);
	buf_free(&body);
	buf_free(&out);
}

/* ---- subjects --------------------------------------------------------- */

static void
subject_of(struct buf *out, const struct told *t, size_t count)
{
	buf_reset(out);
	told_mail(out, t, count, &env_boston);
	buf_cut(out, strcspn(buf_str(out), "\n"));
}

static void
subjects(void **state)
{
	static const struct {
		const char *want;
		struct told t[4];
	} t[] = {
		{ "[DOWN] www.example.com: TCP: the connection timed out "
		  "(since 14:02)",
		    { { &site_www, "a", 0, D, TIMED_OUT, "x", 70, NULL, 1 } } },
		{ "[DOWN] www.example.com: TCP: the connection timed out "
		  "(since 21 Nov 14:03)",
		    { { &site_www, "a", 0, D, TIMED_OUT, "", 365 * DAY, NULL,
			1 } } },
		/* not today: with the date; not known: without */
		{ "[DOWN] www.example.com: TCP: the connection timed out "
		  "(since 20 Nov 14:03)",
		    { { &site_www, "a", 0, D, TIMED_OUT, "", DAY, NULL, 1 } } },
		{ "[DOWN] www.example.com: TCP: the connection timed out "
		  "(since 20 Nov 23:59)",
		    { { &site_www, "a", 0, D, TIMED_OUT, "", 50650, NULL,
			1 } } },
		{ "[DOWN] www.example.com: TCP: the connection timed out",
		    { { &site_www, "a", 0, D, TIMED_OUT, "", 0, NULL, 1 } } },
		/* the clock went back */
		{ "[DOWN] www.example.com: TCP: the connection timed out",
		    { { &site_www, "a", 0, D, TIMED_OUT, "", -60, NULL, 1 } } },
		{ "[DOWN] www.example.com: for a reason that is not known "
		  "(since 14:02)",
		    { { &site_www, "a", 0, D, REASON_NONE, "", 70, NULL,
			1 } } },
		/* several of one site */
		{ "[DOWN] www.example.com: 2 targets: TCP: the connection "
		  "timed out (since 14:01)",
		    { { &site_www, "a", 0, D, TIMED_OUT, "", 70, NULL, 1 },
			{ &site_www, "b", 0, D, TIMED_OUT, "", 130, NULL,
			    2 } } },
		{ "[DOWN] www.example.com: 2 targets; first TCP: the "
		  "connection timed out (since 14:02)",
		    { { &site_www, "b", 0, D, REFUSED, "", 130, NULL, 1 },
			{ &site_www, "a", 0, D, TIMED_OUT, "", 70, NULL,
			    2 } } },
		{ "[DOWN] www.example.com: TCP: the connection was refused "
		  "(since 14:02), 1 up",
		    { { &site_www, "a", 0, DEBT_UP, GRADE_OK, REFUSED, "", 99,
			  NULL, 1 },
			{ &site_www, "b", 0, D, REFUSED, "", 70, NULL, 1 } } },
		/* of several sites: sites are counted */
		{ "[DOWN] 2 sites: TCP: the connection timed out (since "
		  "14:01)",
		    { { &site_www, "a", 0, D, TIMED_OUT, "", 70, NULL, 1 },
			{ &site_www, "b", 0, D, TIMED_OUT, "", 70, NULL, 1 },
			{ &site_mx, "b", 0, D, TIMED_OUT, "", 130, NULL,
			    2 } } },
		{ "[DOWN] 2 sites, 1 up; first shop.example.com: TCP: the "
		  "connection was refused (since 14:02)",
		    { { &site_shop, "a", 0, D, REFUSED, "", 70, NULL, 1 },
			{ &site_www, "b", 0, D, TIMED_OUT, "", 70, NULL, 1 },
			{ &site_shop, "c", 0, DEBT_UP, GRADE_OK, REFUSED, "",
			    70, NULL, 1 } } },
		{ "[DOWN] 3 sites; first mail.example.net: TCP: the "
		  "connection was refused (since 14:02)",
		    { { &site_mx, "a", 0, D, REFUSED, "", 70, NULL, 1 },
			{ &site_shop, "b", 0, D, TIMED_OUT, "", 99, NULL, 1 },
			{ &site_www, "c", 0, D, REFUSED, "", 70, NULL, 1 } } },
		{ "[DOWN] mail.example.net: TCP: the connection timed out "
		  "(since 14:01), 1 degraded, 1 warning, 1 ok again",
		    { { &site_www, "a", 0, DEBT_WORSE, GRADE_WARNING,
			  REASON_TLS_EXPIRING, "", 70, NULL, 1 },
			{ &site_www, "b", 0, DEBT_WHOLE, GRADE_OK, TIMED_OUT,
			    "", 70, NULL, 1 },
			{ &site_shop, "c", 0, DEBT_WORSE, GRADE_DEGRADED,
			    REFUSED, "", 70, NULL, 1 },
			{ &site_mx, "b", 0, D, TIMED_OUT, "", 130, NULL,
			    2 } } },
		/* what is over */
		{ "[UP] www.example.com: was down for 1m 10s (TCP: the "
		  "connection timed out)",
		    { { &site_www, "a", 0, DEBT_UP, GRADE_OK, TIMED_OUT, "", 70,
			NULL, 1 } } },
		{ "[UP] www.example.com: was down (TCP: the connection timed "
		  "out)",
		    { { &site_www, "a", 0, DEBT_UP, GRADE_OK, TIMED_OUT, "", 0,
			NULL, 1 } } },
		{ "[UP] 2 sites: were down for 1m 10s (TCP: the connection "
		  "timed out)",
		    { { &site_www, "a", 0, DEBT_UP, GRADE_OK, TIMED_OUT, "", 70,
			  NULL, 1 },
			{ &site_mx, "a", 0, DEBT_UP, GRADE_OK, TIMED_OUT, "",
			    60, NULL, 1 } } },
		{ "[OK] www.example.com: works fully again after 1d (TCP: "
		  "the connection was refused)",
		    { { &site_www, "a", 0, DEBT_WHOLE, GRADE_OK, REFUSED, "",
			DAY, NULL, 0 } } },
		{ "[WARNING] www.example.com: TLS: the certificate expires "
		  "soon (since 14:02)",
		    { { &site_www, "a", 0, DEBT_WORSE, GRADE_WARNING,
			REASON_TLS_EXPIRING, "", 70, NULL, 0 } } },
	};
	struct buf out;
	size_t n;

	(void)state;
	buf_init(&out, MAIL_MAX);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		for (n = 0; n < 4 && t[i].t[n].site != NULL; n++)
			;
		subject_of(&out, t[i].t, n);
		assert_string_equal(buf_str(&out) + strlen("Subject: "),
		    t[i].want);
	}
	buf_free(&out);
}

/* Sites lie together, whatever their targets are called. */
static void
order(void **state)
{
	static const struct told t[] = {
		{ &site_www, "a", 0, DEBT_UP, GRADE_OK, REFUSED, "", 70, NULL,
		    0 },
		{ &site_www, "c", 0, D, REFUSED, "", 70, NULL, 0 },
		{ &site_shop, "b", 0, D, TIMED_OUT, "", 70, NULL, 0 },
		{ &site_www, "a", 0, D, REFUSED, "", 70, NULL, 0 },
		{ &site_mx, "z", 0, D, REFUSED, "", 70, NULL, 0 },
		{ &site_mx, "a", 0, DEBT_WORSE, GRADE_DEGRADED, REFUSED, "", 0,
		    NULL, 0 },
	};
	static const size_t want[] = { 4, 2, 3, 1, 5, 0 };
	const struct notice *of[6];
	struct notice *n[6];

	(void)state;
	for (size_t i = 0; i < 6; i++)
		of[i] = n[i] = notice_make(&t[i]);
	notify_order(of, 6);
	for (size_t i = 0; i < 6; i++)
		assert_ptr_equal(of[i], n[want[i]]);
	for (size_t i = 0; i < 6; i++)
		notice_free(n[i]);
}

/* A name of any length leaves the time in the subject. */
static void
long_names(void **state)
{
	static char name[3000];
	static const struct site site = { .name = name };
	const struct told t[] = {
		{ &site, name, TARGET_URL, D, REASON_REMOVED, name, 70, name,
		    1 },
		{ &site_www, name, TARGET_URL, D, REFUSED, name, 70, NULL, 1 },
		{ &site_mx, name, TARGET_URL, D, REFUSED, name, 70, NULL, 1 },
		{ &site_mx, name, TARGET_URL, DEBT_WORSE, GRADE_DEGRADED,
		    REFUSED, name, 70, NULL, 1 },
		{ &site_mx, name, TARGET_URL, DEBT_UP, GRADE_OK, REFUSED, name,
		    70, NULL, 1 },
	};
	struct buf out;

	(void)state;
	memset(name, 'a', sizeof name - 1);
	buf_init(&out, MAIL_MAX);
	for (size_t n = 1; n <= 5; n++) {
		buf_reset(&out);
		told_mail(&out, t, n, &env_boston);
		assert_true(mail_lines(&out) <= MAIL_LINES + 2);
		buf_cut(&out, strcspn(buf_str(&out), "\n"));
		/* "…" has three bytes */
		assert_true(out.len <= strlen("Subject: ") + 150 + 4);
		assert_string_equal(buf_str(&out) + out.len - 14,
		    " (since 14:02)");
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_down),
		cmocka_unit_test(mixed),
		cmocka_unit_test(one_up),
		cmocka_unit_test(blind),
		cmocka_unit_test(subjects),
		cmocka_unit_test(order),
		cmocka_unit_test(long_names),
	};

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
