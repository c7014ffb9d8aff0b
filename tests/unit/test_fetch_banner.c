/* SPDX-License-Identifier: ISC */
/* What is said where there is no HTTP. */
#include "uptime/probe/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "tests/unit/fake_httpd.h"
#include "tests/unit/fetch_aid.h"

static struct fake_httpd server;

static bool
body_is(const struct probe *p, const char *s)
{
	return p->body.len == strlen(s) &&
	    memcmp(buf_str(&p->body), s, p->body.len) == 0;
}

static void
banners(void **state)
{
	static char ok[] = "220 ", all[] = "220 mail ESMTP\r\n", no[] = "+OK",
		    quit[] = "QUIT\r\n", and[] = "and: QUIT", empty[] = "";
	static const struct {
		char *send, *until;
		size_t max;
		enum reason reason;
		const char *body;
		bool full;
	} t[] = {
		{ NULL, NULL, 1000, REASON_NONE, "", false },
		{ quit, NULL, 1000, REASON_NONE, "", false },
		{ NULL, ok, 1000, REASON_NONE, all, false },
		{ NULL, all, 1000, REASON_NONE, all, false },
		{ NULL, empty, 1000, REASON_NONE, all, false },
		{ NULL, no, 1000, REASON_BANNER_TIMEOUT, all, false },
		{ NULL, no, 5, REASON_NONE, "220 m", true },
		{ quit, and, 1000, REASON_NONE,
		    "220 mail ESMTP\r\nand: QUIT\r\n", false },
		/* the end came: the judge says what is missing */
		{ quit, no, 1000, REASON_NONE,
		    "220 mail ESMTP\r\nand: QUIT\r\n", false },
	};
	struct fake_httpd smtp;
	struct probe p;

	(void)state;
	fake_httpd_start(&smtp, all);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct target target = { .timeout = 400 };

		target.send = t[i].send;
		target.expect.banner = t[i].until;
		fetch_try_banner(&target, "127.31.0.9", smtp.port, t[i].max,
		    NULL, &p);
		if (p.reason != t[i].reason || !body_is(&p, t[i].body) ||
		    p.body_full != t[i].full)
			fail_msg("%zu: %s, \"%s\", full %d", i,
			    fetch_try_text(&p), buf_str(&p.body), p.body_full);
		assert_true(p.times.connect > 0);
		assert_true(p.times.total >= p.times.connect);
		if (p.body.len > 0)
			assert_true(p.times.first >= p.times.connect);
		probe_free(&p);
	}
	fake_httpd_stop(&smtp);
}

static void
no_banner(void **state)
{
	char want[] = "220", rst[] = "GET /rst HTTP/1.1\r\n\r\n",
	     empty[] = "GET /empty HTTP/1.1\r\n\r\n";
	struct target t = { .timeout = 300 };
	struct probe p;
	uint16_t port;
	int s = fake_port(-1, &port);

	(void)state;
	t.expect.banner = want;
	fetch_try_banner(&t, "127.31.0.1", port, 100, NULL, &p);
	assert_string_equal(fetch_try_text(&p), "connect-refused: ");
	probe_free(&p);
	close(s);
	/* who waits for us to speak */
	fetch_try_banner(&t, "127.0.0.1", server.port, 100, NULL, &p);
	assert_string_equal(fetch_try_text(&p),
	    "banner-timeout: 0 bytes in 0.3 s");
	probe_free(&p);
	t.send = rst;
	fetch_try_banner(&t, "127.0.0.1", server.port, 100, NULL, &p);
	assert_int_equal(p.reason, REASON_CONNECT_RESET);
	probe_free(&p);
	t.send = empty;
	fetch_try_banner(&t, "127.0.0.1", server.port, 100, NULL, &p);
	assert_int_equal(p.reason, REASON_NONE);
	assert_int_equal(p.body.len, 0);
	probe_free(&p);
}

/* A word may come in pieces; what follows it is not waited for. */
static void
in_pieces(void **state)
{
	char want[] = "ban", send[] = "GET /pieces HTTP/1.1\r\n\r\n";
	struct target t = { .timeout = 5000, .send = send };
	struct probe p;

	(void)state;
	t.expect.banner = want;
	fetch_try_banner(&t, "127.0.0.1", server.port, 100, NULL, &p);
	assert_int_equal(p.reason, REASON_NONE);
	assert_string_equal(buf_str(&p.body), "a ban");
	probe_free(&p);
}

static int
begin(void **state)
{
	(void)state;
	fake_httpd_start(&server, NULL);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	fake_httpd_stop(&server);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(banners),
		cmocka_unit_test(no_banner),
		cmocka_unit_test(in_pieces),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
