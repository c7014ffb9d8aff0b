/* SPDX-License-Identifier: ISC */
/* What is asked: methods, headers, bodies, secrets, cookies. */
#include "uptime/probe/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/fake_httpd.h"
#include "tests/unit/fetch_aid.h"
#include "tests/unit/scratch.h"

static struct fake_httpd server;

static char *
url_of(const char *path, char out[200])
{
	snprintf(out, 200, "http://www.example.test:%u%s", server.port, path);
	return out;
}

static void
echo(struct request *r, const char *url, const char *from, struct fetch_jar *j,
    struct probe *p)
{
	struct fetch_try t = { .url = url,
		.request = r,
		.from = from,
		.jar = j };

	fetch_try(&t, p);
	if (p->reason != REASON_NONE)
		fail_msg("%s: %s", url, fetch_try_text(p));
}

static void
requests(void **state)
{
	struct request r = { .method = NULL };
	char url[200], want[400], x[] = "X-Word: a b", post[] = "POST",
				  put[] = "PUT", head[] = "HEAD",
				  form[] = "a=1&b=%20";
	char *header[] = { x };
	struct probe p;

	(void)state;
	echo(&r, url_of("/echo/x?y=1", url), NULL, NULL, &p);
	snprintf(want, sizeof want,
	    "GET /echo/x?y=1 HTTP/1.1\r\nHost: www.example.test:%u\r\n"
	    "User-Agent: sitewatch/0 (+https://example.org/)\r\n"
	    "Accept: */*\r\n\r\n",
	    server.port);
	assert_string_equal(buf_str(&p.body), want);
	probe_free(&p);

	r = (struct request){ .method = post,
		.body = form,
		.header = header,
		.nheader = 1 };
	echo(&r, url_of("/echo", url), NULL, NULL, &p);
	assert_non_null(strstr(buf_str(&p.body), "POST /echo HTTP/1.1\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "X-Word: a b\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\n\r\na=1&b=%20"));
	probe_free(&p);

	r = (struct request){ .method = put, .body = form };
	echo(&r, url_of("/echo", url), NULL, NULL, &p);
	assert_non_null(strstr(buf_str(&p.body), "PUT /echo HTTP/1.1\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\n\r\na=1&b=%20"));
	probe_free(&p);

	r = (struct request){ .method = head };
	echo(&r, url_of("/echo", url), NULL, NULL, &p);
	assert_int_equal(p.status, 200);
	assert_int_equal(p.body.len, 0);
	probe_free(&p);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
login(void **state)
{
	char user[] = "joe", file[] = "secret", url[200];
	struct request r = { .user = user, .password_file = file };
	struct fetch_try t = { .url = url_of("/echo", url), .request = &r };
	struct probe p;

	(void)state;
	write_file("secret", "sesame\n", 0600);
	echo(&r, url, NULL, NULL, &p);
	assert_non_null(strstr(buf_str(&p.body),
	    "Authorization: Basic am9lOnNlc2FtZQ==\r\n"));
	probe_free(&p);
	/* what others can read is no secret */
	assert_int_equal(chmod("secret", 0644), 0);
	fetch_try(&t, &p);
	assert_int_equal(p.reason, REASON_RESOURCES);
	assert_non_null(strstr(p.detail, "password-file secret: "));
	probe_free(&p);
	assert_int_equal(unlink("secret"), 0);
	fetch_try(&t, &p);
	assert_int_equal(p.reason, REASON_RESOURCES);
	probe_free(&p);
}

/* Where a redirect leads to, nothing goes that was not meant for it. */
static void
redirects_tell_no_secrets(void **state)
{
	char user[] = "joe", file[] = "secret", post[] = "POST", url[200];
	char x[] = "X-Key: 1", form[] = "a=1", from[200];
	char *header[] = { x };
	static const struct {
		const char *origin;
		unsigned port; /* 0: the server's */
		bool told;
	} t[] = {
		{ "http://www.example.test", 0, true },
		{ "http://other.example.test", 0, false },
		{ "http://www.example.test", 1, false },
		{ "https://www.example.test", 0, false },
	};
	struct probe p;

	(void)state;
	write_file("secret", "sesame\n", 0600);
	url_of("/echo", url);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct request r = { .user = user,
			.password_file = file,
			.method = post,
			.body = form,
			.header = header,
			.nheader = 1 };

		snprintf(from, sizeof from, "%s:%u/", t[i].origin,
		    t[i].port != 0 ? t[i].port : server.port);
		echo(&r, url, from, NULL, &p);
		assert_memory_equal(buf_str(&p.body), "GET /echo", 9);
		assert_null(strstr(buf_str(&p.body), "a=1"));
		if ((strstr(buf_str(&p.body), "Authorization") != NULL) !=
			t[i].told ||
		    (strstr(buf_str(&p.body), "X-Key") != NULL) != t[i].told)
			fail_msg("%zu: %s", i, buf_str(&p.body));
		probe_free(&p);
	}
	unlink("secret");
}

static void
cookies(void **state)
{
	struct fetch_jar *jar = fetch_jar_new();
	struct request r = { .method = NULL };
	char url[200];
	struct probe p;

	(void)state;
	echo(&r, url_of("/cookie", url), NULL, jar, &p);
	probe_free(&p);
	echo(&r, url_of("/echo", url), NULL, jar, &p);
	assert_non_null(strstr(buf_str(&p.body), "Cookie: id=42\r\n"));
	probe_free(&p);
	/* another host's are none of its business */
	snprintf(url, sizeof url, "http://other.test:%u/echo", server.port);
	echo(&r, url, NULL, jar, &p);
	assert_null(strstr(buf_str(&p.body), "Cookie"));
	probe_free(&p);
	fetch_jar_free(jar);
	/* and without a jar there are none */
	echo(&r, url_of("/echo", url), NULL, NULL, &p);
	assert_null(strstr(buf_str(&p.body), "Cookie"));
	probe_free(&p);
	fetch_jar_free(NULL);
}

static int
begin(void **state)
{
	fake_httpd_start(&server, NULL);
	return scratch_enter(state);
}

static int
end(void **state)
{
	fake_httpd_stop(&server);
	return scratch_leave(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(login),
		cmocka_unit_test(redirects_tell_no_secrets),
		cmocka_unit_test(cookies),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
