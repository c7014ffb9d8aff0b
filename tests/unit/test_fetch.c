/* SPDX-License-Identifier: ISC */
/* HTTP, from servers that misbehave. */
#define _GNU_SOURCE
#include "uptime/probe/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/unit/fake_httpd.h"
#include "tests/unit/fetch_aid.h"
#include "uptime/probe/loop.h"

static struct fake_httpd server;

static char *
url_of(const char *path, char out[200])
{
	snprintf(out, 200, "http://www.example.test:%u%s", server.port, path);
	return out;
}

static void
get(const char *path, struct probe *p)
{
	char url[200];
	struct fetch_try t = { .url = url_of(path, url) };

	fetch_try(&t, p);
}

static bool
body_is(const struct probe *p, const char *s)
{
	return p->body.len == strlen(s) &&
	    memcmp(buf_str(&p->body), s, p->body.len) == 0;
}

/* ---- replies ------------------------------------------------------------- */

static void
replies(void **state)
{
	static const struct {
		const char *path;
		enum reason reason;
		int status, http;   /* -1: whatever */
		const char *body;   /* NULL: whatever */
		const char *detail; /* somewhere in it */
	} t[] = {
		{ "/ok", REASON_NONE, 200, 11, " success\n", "" },
		{ "/500", REASON_NONE, 500, 11, "oops", "" },
		{ "/redirect", REASON_NONE, 302, 11, "", "" },
		{ "/early", REASON_NONE, 200, 11, "hi", "" },
		{ "/trailers", REASON_NONE, 200, 11, "hi", "" },
		{ "/old", REASON_NONE, 200, 10, "until the end", "" },
		{ "/gzip", REASON_NONE, 200, 11, "\x1f\x8b\x08\x09\x09", "" },
		{ "/twice", REASON_NONE, 200, 11, "hi", "" },
		{ "/big", REASON_NONE, 200, 11, NULL, "" },
		{ "/endless", REASON_NONE, 200, 11, NULL, "" },
		{ "/cut", REASON_BODY_CUT, 200, 11, "only this",
		    "after 9 bytes" },
		{ "/half", REASON_BODY_CUT, 200, 11, "only this",
		    "after 9 bytes" },
		{ "/cut-rst", REASON_BODY_CUT, 200, 11, "only this",
		    "after 9 bytes" },
		{ "/chunk-cut", REASON_BODY_CUT, 200, 11, "only this", "" },
		{ "/chunk-bad", REASON_BODY_CUT, 200, 11, "", "" },
		{ "/head-cut", REASON_HTTP_GARBAGE, 200, 11, "",
		    "inside the headers" },
		{ "/status-cut", REASON_HTTP_EMPTY, 0, 0, "", "" },
		{ "/empty", REASON_HTTP_EMPTY, 0, 0, "", "" },
		{ "/rst", REASON_CONNECT_RESET, 0, 0, "", "before any reply" },
		{ "/http09", REASON_HTTP_GARBAGE, 0, 0, "",
		    "\"<html>hello</html>\"" },
		{ "/ssh", REASON_HTTP_GARBAGE, 0, 0, "",
		    "\"SSH-2.0-OpenSSH_9.2\"" },
		{ "/bad-status", REASON_HTTP_GARBAGE, 0, 0, "", "" },
		{ "/bad-length", REASON_HTTP_GARBAGE, 200, 11, "", "" },
		{ "/early-end", REASON_HTTP_EMPTY, 0, 0, "", "" },
		{ "/heads", REASON_HTTP_HEADERS, 200, 11, "", "65536 bytes" },
		{ "/endless-hints", REASON_HTTP_HEADERS, -1, -1, "", "" },
		{ "/endless-trailers", REASON_HTTP_HEADERS, 200, 11, "", "" },
		{ "/long-line", REASON_HTTP_HEADERS, 200, 11, "", "" },
	};
	struct probe p;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		get(t[i].path, &p);
		if (p.reason != t[i].reason ||
		    (t[i].status >= 0 && p.status != t[i].status) ||
		    (t[i].http >= 0 && p.http != t[i].http) ||
		    (t[i].body != NULL && !body_is(&p, t[i].body)) ||
		    strstr(p.detail, t[i].detail) == NULL)
			fail_msg("%s: %s; %d, HTTP %d, %zu bytes \"%s\"",
			    t[i].path, fetch_try_text(&p), p.status, p.http,
			    p.body.len, buf_str(&p.body));
		probe_free(&p);
	}
}

static void
head_and_location(void **state)
{
	struct probe p;
	const char *v;
	size_t n;

	(void)state;
	get("/redirect", &p);
	assert_string_equal(p.location, "/ok");
	assert_string_equal(buf_str(&p.head),
	    "Location:  /ok \r\nContent-Length: 0\r\n");
	v = probe_header(&p, "content-length", 0, &n);
	assert_non_null(v);
	assert_int_equal(n, 1);
	probe_free(&p);
	/* of what precedes and follows the reply nothing is in its head */
	get("/early", &p);
	assert_string_equal(buf_str(&p.head), "Content-Length: 2\r\n");
	assert_null(p.location);
	probe_free(&p);
	get("/trailers", &p);
	assert_string_equal(buf_str(&p.head), "Transfer-Encoding: chunked\r\n");
	probe_free(&p);
}

static void
body_is_capped(void **state)
{
	static const struct {
		const char *path;
		size_t max, len;
		bool full;
	} t[] = {
		{ "/ok", 9, 9, false },
		{ "/ok", 8, 8, true },
		{ "/ok", 1, 1, true },
		{ "/big", 300000, 300000, false },
		{ "/big", 299999, 299999, true },
		{ "/endless", 5000, 5000, true },
		{ "/endless", 1000000, 1000000, true },
	};
	struct probe p;
	char url[200];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct fetch_try try = { .url = url_of(t[i].path, url),
			.max = t[i].max };

		fetch_try(&try, &p);
		if (p.reason != REASON_NONE || p.status != 200 ||
		    p.body.len != t[i].len || p.body_full != t[i].full)
			fail_msg("%s %zu: %s, %zu bytes, full %d", t[i].path,
			    t[i].max, fetch_try_text(&p), p.body.len,
			    p.body_full);
		probe_free(&p);
	}
}

static void
times_grow(void **state)
{
	struct probe p;

	(void)state;
	get("/ok", &p);
	assert_true(p.times.connect > 0);
	assert_int_equal(p.times.tls, -1);
	assert_true(p.times.first >= p.times.connect);
	assert_true(p.times.total >= p.times.first);
	assert_int_equal(p.times.dns, -1);
	assert_false(p.cert.seen);
	probe_free(&p);
	get("/empty", &p);
	assert_true(p.times.connect > 0);
	assert_int_equal(p.times.first, -1);
	assert_true(p.times.total >= p.times.connect);
	probe_free(&p);
}

/* ---- time ---------------------------------------------------------------- */

static void
timeouts(void **state)
{
	static const struct {
		const char *path;
		enum reason reason;
	} t[] = {
		{ "/silent", REASON_HTTP_TIMEOUT },
		{ "/head-drip", REASON_HTTP_TIMEOUT },
		{ "/drip", REASON_BODY_TIMEOUT },
	};
	struct probe p;
	char url[200];
	int64_t began;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct fetch_try try = { .url = url_of(t[i].path, url),
			.timeout_ms = 300 };

		began = clock_mono();
		fetch_try(&try, &p);
		if (p.reason != t[i].reason)
			fail_msg("%s: %s", t[i].path, fetch_try_text(&p));
		assert_in_range(clock_mono() - began, 290, 5000);
		assert_in_range(p.times.total, 290000, 5000000);
		probe_free(&p);
	}
}

static int
fill(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	a.sin_addr.s_addr = htonl(0x7f1f0001);
	a.sin_port = htons(port);
	connect(s, (struct sockaddr *)&a, sizeof a);
	return s;
}

static void
no_connection(void **state)
{
	struct probe p;
	char url[200];
	struct fetch_try t = { .url = url,
		.address = "127.31.0.1",
		.timeout_ms = 300 };
	uint16_t port;
	int s, fd[4];

	(void)state;
	s = fake_port(-1, &port);
	snprintf(url, sizeof url, "http://www.example.test:%u/", port);
	fetch_try(&t, &p);
	assert_string_equal(fetch_try_text(&p), "connect-refused: ");
	assert_int_equal(p.times.connect, -1);
	assert_int_equal(p.status, 0);
	probe_free(&p);
	close(s);

	/* a full queue drops what comes */
	s = fake_port(0, &port);
	for (int i = 0; i < 4; i++)
		fd[i] = fill(port);
	snprintf(url, sizeof url, "http://www.example.test:%u/", port);
	fetch_try(&t, &p);
	assert_string_equal(fetch_try_text(&p), "connect-timeout: 0.3 s");
	probe_free(&p);
	for (int i = 0; i < 4; i++)
		close(fd[i]);
	close(s);
}

/* ---- the environment -------------------------------------------------- */

/* Set for all of these tests: nobody listens there. */
static void
environment_is_ignored(void **state)
{
	struct probe p;

	(void)state;
	assert_non_null(getenv("http_proxy"));
	get("/ok", &p);
	assert_int_equal(p.reason, REASON_NONE);
	assert_int_equal(p.status, 200);
	probe_free(&p);
}

/* ---- many at once -------------------------------------------------------- */

#define MANY 200

struct crowd {
	struct probe probe[MANY];
	int done;
};

static void
arrived(void *arg, struct probe *p)
{
	struct crowd *c = arg;

	(void)p;
	c->done++;
}

static bool
all_there(void *arg)
{
	return ((struct crowd *)arg)->done == MANY;
}

/* Two names, one of them everywhere: what an address says is its own. */
static void
the_right_address(void **state)
{
	struct loop *loop = loop_new();
	struct fetch *f = fetch_new(loop, "x");
	struct crowd *c = calloc(1, sizeof *c);
	struct request r[2] = { { .method = NULL }, { .method = NULL } };
	char url[200], address[IP_TEXT];

	(void)state;
	assert_null(url_parse(url_of("/who", url), &r[0].url));
	snprintf(url, sizeof url, "http://other.test:%u/who", server.port);
	assert_null(url_parse(url, &r[1].url));
	for (int round = 0; round < 2; round++) {
		c->done = 0;
		for (int i = 0; i < MANY; i++) {
			struct fetch_ask ask = { .request = &r[i % 2],
				.url = &r[i % 2].url,
				.timeout_ms = 20000 };

			snprintf(address, sizeof address, "127.31.0.%d", i + 1);
			assert_true(ip_parse(address, server.port, &ask.ip));
			probe_init(&c->probe[i], 1000);
			fetch_start(f, &ask, &c->probe[i], arrived, c);
		}
		loop_until(loop, all_there, c);
		for (int i = 0; i < MANY; i++) {
			struct probe *p = &c->probe[i];

			snprintf(address, sizeof address, "127.31.0.%d", i + 1);
			if (p->reason != REASON_NONE || !body_is(p, address))
				fail_msg("%s: %s, \"%s\"", address,
				    fetch_try_text(p), buf_str(&p->body));
			probe_free(p);
		}
	}
	fetch_free(f);
	loop_free(loop);
	url_free(&r[0].url);
	url_free(&r[1].url);
	free(c);
}

/* One after the other: what went wrong with the first is its own too. */
static void
the_right_errno(void **state)
{
	static const struct {
		const char *path;
		enum reason reason;
	} t[] = { { "/rst", REASON_CONNECT_RESET },
		{ "/empty", REASON_HTTP_EMPTY }, { "/ok", REASON_NONE },
		{ "/empty", REASON_HTTP_EMPTY } };
	struct loop *loop = loop_new();
	struct fetch *f = fetch_new(loop, "x");
	struct fetch_ask ask = { .timeout_ms = 20000 };
	struct crowd c;
	char url[200];

	(void)state;
	assert_true(ip_parse("127.0.0.1", server.port, &ask.ip));
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct request r = { .method = NULL };

		assert_null(url_parse(url_of(t[i].path, url), &r.url));
		ask.request = &r;
		ask.url = &r.url;
		probe_init(&c.probe[0], 1000);
		c.done = MANY - 1;
		fetch_start(f, &ask, &c.probe[0], arrived, &c);
		loop_until(loop, all_there, &c);
		if (c.probe[0].reason != t[i].reason)
			fail_msg("%zu: %s", i, fetch_try_text(&c.probe[0]));
		probe_free(&c.probe[0]);
		url_free(&r.url);
	}
	fetch_free(f);
	loop_free(loop);
}

static void
ipv6(void **state)
{
	char url[200];
	struct fetch_try t = { .url = url_of("/who", url), .address = "::1" };
	struct probe p;

	(void)state;
	fetch_try(&t, &p);
	if (p.reason == REASON_CONNECT_UNREACHABLE ||
	    p.reason == REASON_RESOURCES)
		skip(); /* no ::1 on this machine */
	assert_string_equal(fetch_try_text(&p), "none: ");
	assert_true(body_is(&p, "::1"));
	probe_free(&p);
	/* a literal in the URL is asked for by name, and nobody else is */
	snprintf(url, sizeof url, "http://[::1]:%u/who", server.port);
	fetch_try(&t, &p);
	assert_string_equal(fetch_try_text(&p), "none: ");
	assert_true(body_is(&p, "::1"));
	probe_free(&p);
}

/* No descriptor is left: that says nothing of the server. */
static void
no_descriptors(void **state)
{
	struct loop *loop = loop_new();
	struct fetch *f = fetch_new(loop, "x");
	struct crowd *c = calloc(1, sizeof *c);
	struct request r = { .method = NULL };
	struct fetch_ask ask = { .request = &r, .timeout_ms = 5000 };
	struct rlimit all, none = { 3, 0 };
	char url[200];

	(void)state;
	assert_null(url_parse(url_of("/ok", url), &r.url));
	ask.url = &r.url;
	assert_true(ip_parse("127.0.0.1", server.port, &ask.ip));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	none.rlim_max = all.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	probe_init(&c->probe[0], 1000);
	c->done = MANY - 1;
	fetch_start(f, &ask, &c->probe[0], arrived, c);
	loop_until(loop, all_there, c);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
	assert_int_equal(c->probe[0].reason, REASON_RESOURCES);
	assert_non_null(strstr(c->probe[0].detail, "open files"));
	probe_free(&c->probe[0]);
	fetch_free(f);
	loop_free(loop);
	url_free(&r.url);
	free(c);
}

static void
freed_in_flight(void **state)
{
	struct loop *loop = loop_new();
	struct fetch *f = fetch_new(loop, "x");
	struct crowd *c = calloc(1, sizeof *c);
	struct request r = { .method = NULL };
	struct fetch_ask ask = { .request = &r, .timeout_ms = 20000 };
	struct target t = { .timeout = 20000 };
	char url[200], never[] = "never";

	(void)state;
	t.expect.banner = never;
	assert_null(url_parse(url_of("/silent", url), &r.url));
	ask.url = &r.url;
	assert_true(ip_parse("127.0.0.1", server.port, &ask.ip));
	for (int i = 0; i < 3; i++) {
		probe_init(&c->probe[i], 1000);
		if (i < 2)
			fetch_start(f, &ask, &c->probe[i], arrived, c);
		else
			fetch_banner(f, &t, &ask.ip, NULL, &c->probe[i],
			    arrived, c);
	}
	for (int i = 0; i < 5; i++)
		loop_turn(loop, 20);
	assert_int_equal(c->done, 0);
	fetch_free(f);
	assert_int_equal(c->done, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(c->probe[i].reason, REASON_DEADLINE);
		probe_free(&c->probe[i]);
	}
	loop_free(loop);
	url_free(&r.url);
	free(c);
	fetch_free(NULL);
}

/* ---- */

static int
begin(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
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
		cmocka_unit_test(replies),
		cmocka_unit_test(head_and_location),
		cmocka_unit_test(body_is_capped),
		cmocka_unit_test(times_grow),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(no_connection),
		cmocka_unit_test(environment_is_ignored),
		cmocka_unit_test(the_right_address),
		cmocka_unit_test(the_right_errno),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(no_descriptors),
		cmocka_unit_test(freed_in_flight),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
