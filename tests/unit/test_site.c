/* SPDX-License-Identifier: ISC */
/* URLs and host names, good ones and a stranger's. */
#include "uptime/site.h"

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xmem.h"

#define COUNT(t) (sizeof(t) / sizeof *(t))

static void
test_parse(void **state)
{
	static const struct {
		const char *in, *text, *host;
		unsigned port;
		const char *path;
		int family;
	} t[] = {
		{ "http://www.example.com", "http://www.example.com/",
		    "www.example.com", 80, "/", 0 },
		{ "https://www.example.com/", "https://www.example.com/",
		    "www.example.com", 443, "/", 0 },
		{ "HTTPS://WWW.Example.COM:443/A?b=C#d",
		    "https://www.example.com/A?b=C", "www.example.com", 443,
		    "/A?b=C", 0 },
		{ "http://a.example:8080?q", "http://a.example:8080/?q",
		    "a.example", 8080, "/?q", 0 },
		{ "http://a.example:443/", "http://a.example:443/", "a.example",
		    443, "/", 0 },
		{ "http://a.example:/x", "http://a.example/x", "a.example", 80,
		    "/x", 0 },
		{ "http://a.example./x", "http://a.example/x", "a.example", 80,
		    "/x", 0 },
		{ "http://localhost/", "http://localhost/", "localhost", 80,
		    "/", 0 },
		{ "http://_x.r3---sn-a.example/",
		    "http://_x.r3---sn-a.example/", "_x.r3---sn-a.example", 80,
		    "/", 0 },
		{ "http://a.example/x#y?z", "http://a.example/x", "a.example",
		    80, "/x", 0 },
		{ "http://a.example#y", "http://a.example/", "a.example", 80,
		    "/", 0 },
		{ "http://a.example/u@h:1", "http://a.example/u@h:1",
		    "a.example", 80, "/u@h:1", 0 },
		/* addresses */
		{ "http://192.0.2.1/", "http://192.0.2.1/", "192.0.2.1", 80,
		    "/", AF_INET },
		{ "https://192.0.2.1:8443", "https://192.0.2.1:8443/",
		    "192.0.2.1", 8443, "/", AF_INET },
		{ "http://192.0.2.1./", "http://192.0.2.1/", "192.0.2.1", 80,
		    "/", AF_INET },
		{ "http://[2001:DB8:0::1]:81/x", "http://[2001:db8::1]:81/x",
		    "2001:db8::1", 81, "/x", AF_INET6 },
		{ "https://[::1]", "https://[::1]/", "::1", 443, "/",
		    AF_INET6 },
		/* not ASCII */
		{ "http://b\xc3\xbc"
		  "cher.example/\xc3\xa4?\xff",
		    "http://xn--bcher-kva.example/%C3%A4?%FF",
		    "xn--bcher-kva.example", 80, "/%C3%A4?%FF", 0 },
		{ "http://B\xc3\x9c"
		  "CHER.example/",
		    "http://xn--bcher-kva.example/", "xn--bcher-kva.example",
		    80, "/", 0 },
		{ "http://stra\xc3\x9f"
		  "e.example/",
		    "http://xn--strae-oqa.example/", "xn--strae-oqa.example",
		    80, "/", 0 },
		{ "http://_x.\xc3\xa4.example/", "http://_x.xn--4ca.example/",
		    "_x.xn--4ca.example", 80, "/", 0 },
		/* u and U+0308 */
		{ "http://bu\xcc\x88"
		  "cher.example/",
		    "http://xn--bcher-kva.example/", "xn--bcher-kva.example",
		    80, "/", 0 },
		/* U+3002 is a dot */
		{ "http://www\xe3\x80\x82"
		  "example/",
		    "http://www.example/", "www.example", 80, "/", 0 },
		/* dots */
		{ "http://a.example/a/b/../c", "http://a.example/a/c",
		    "a.example", 80, "/a/c", 0 },
		{ "http://a.example/../../c?../d", "http://a.example/c?../d",
		    "a.example", 80, "/c?../d", 0 },
		{ "http://a.example//a/.//b/.", "http://a.example//a//b/",
		    "a.example", 80, "//a//b/", 0 },
		{ "http://a.example/a/..", "http://a.example/", "a.example", 80,
		    "/", 0 },
		{ "http://a.example/.a/..b/c..", "http://a.example/.a/..b/c..",
		    "a.example", 80, "/.a/..b/c..", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct url u;
		const char *what = url_parse(t[i].in, &u);

		if (what != NULL)
			fail_msg("%s: %s", t[i].in, what);
		assert_string_equal(u.text, t[i].text);
		assert_string_equal(u.host, t[i].host);
		assert_int_equal(u.port, t[i].port);
		assert_string_equal(u.path, t[i].path);
		assert_int_equal(u.tls, strncmp(t[i].text, "https", 5) == 0);
		assert_int_equal(u.ip.family, t[i].family);
		assert_int_equal(u.ip.port, t[i].family ? t[i].port : 0);
		url_free(&u);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *in, *says;
	} t[] = {
		{ "", "expected http://" },
		{ "/", "expected http://" },
		{ "www.example.com", "expected http://" },
		{ "ftp://www.example.com/", "expected http://" },
		{ "file:///etc/passwd", "expected http://" },
		{ "http:/www.example.com/", "expected http://" },
		{ "javascript:alert(1)", "expected http://" },
		{ "http://", "has no good host name" },
		{ "http:///x", "has no good host name" },
		{ "http://:80/", "has no good host name" },
		{ "http://u@h.example/", "password-file" },
		{ "http://u:p@h.example/", "password-file" },
		{ "http://h.example@evil.example/", "password-file" },
		{ "http://h.example\\@evil.example/", "backslash" },
		{ "http://h.example/a b", "blank" },
		{ "http://h.example/\r\nSet-Cookie:a", "control character" },
		{ " http://h.example/", "blank" },
		{ "http://h.example/\x7f", "control character" },
		{ "http://h.example:0/", "bad port" },
		{ "http://h.example:65536/", "bad port" },
		{ "http://h.example:99999999999999999999/", "bad port" },
		{ "http://h.example:-1/", "bad port" },
		{ "http://h.example:80:80/", "has no good host" },
		{ "http://h.example:80a/", "bad port" },
		{ "http://[::1/", "has no good host name" },
		{ "http://[]/", "has no good host name" },
		{ "http://[::1]x/", "has no good host name" },
		{ "http://[192.0.2.1]/", "has no good host name" },
		{ "http://[fe80::1%25eth0]/", "has no good host name" },
		{ "http://[v1.x]/", "has no good host name" },
		{ "http://2001:db8::1/", "[2001:db8::1]" },
		{ "http://a..example/", "is no host name" },
		{ "http://.example/", "is no host name" },
		{ "http://./", "is no host name" },
		{ "http://a.example../", "is no host name" },
		{ "http://a%2eexample/", "is no host name" },
		{ "http://a,b/", "is no host name" },
		{ "http://a*b.example/", "is no host name" },
		/* what inet_aton(3) would make an address of */
		{ "http://127.1/", "ends in a number" },
		{ "http://0x7f.1/", "ends in a number" },
		{ "http://0x7f000001/", "ends in a number" },
		{ "http://0X7F.0.0.0X1/", "ends in a number" },
		{ "http://127.0.0.0x/", "ends in a number" },
		{ "http://2130706433/", "ends in a number" },
		{ "http://0177.0.0.1/", "ends in a number" },
		{ "http://127.0.0.1.1/", "ends in a number" },
		{ "http://127.0.0.01/", "ends in a number" },
		{ "http://256.0.0.1/", "ends in a number" },
		{ "http://127.0.0.1../", "is no host name" },
		{ "http://0/", "ends in a number" },
		{ "http://example.1/", "ends in a number" },
		/* fullwidth 127.0.0.1, circled 1, fullwidth / and @ */
		{ "http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0."
		  "\xef\xbc\x91/",
		    "ends in a number" },
		{ "http://127.0.0.\xe2\x91\xa0/", "ends in a number" },
		{ "http://evil.example\xef\xbc\x8f.good.example/", "is no " },
		{ "http://u\xef\xbc\xa0h.example/", "is no " },
		{ "http://a\xe2\x84\x80.example/", "is no " },
		/* only a soft hyphen, which vanishes */
		{ "http://\xc2\xad/", "is no " },
		{ "http://\xff.example/", "IDNA" },
		{ "http://\xc0\xae.example/", "IDNA" },
	};
	char *longish;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct url u;
		const char *what = url_parse(t[i].in, &u);

		if (what == NULL)
			fail_msg("%s was taken for %s", t[i].in, u.text);
		if (strstr(what, t[i].says) == NULL)
			fail_msg("%s: \"%s\" lacks \"%s\"", t[i].in, what,
			    t[i].says);
		assert_null(u.text);
		assert_null(u.host);
		url_free(&u);
	}
	longish = xasprintf("http://a.example/%08192d", 0);
	{
		struct url u;

		assert_non_null(strstr(url_parse(longish, &u), "too long"));
		longish[8192] = '\0';
		assert_null(url_parse(longish, &u));
		assert_int_equal(strlen(u.text), 8192);
		url_free(&u);
	}
	free(longish);
}

static void
test_join(void **state)
{
	static const char base[] = "http://a.example:81/b/c/d?q";
	static const struct {
		const char *in, *want; /* NULL: refused */
	} t[] = {
		/* RFC 3986 5.4, ours without ";p", "g:h" and fragments */
		{ "g", "http://a.example:81/b/c/g" },
		{ "./g", "http://a.example:81/b/c/g" },
		{ "g/", "http://a.example:81/b/c/g/" },
		{ "/g", "http://a.example:81/g" },
		{ "//g", "http://g/" },
		{ "?y", "http://a.example:81/b/c/d?y" },
		{ "g?y", "http://a.example:81/b/c/g?y" },
		{ "#s", "http://a.example:81/b/c/d?q" },
		{ "g#s", "http://a.example:81/b/c/g" },
		{ "g?y#s", "http://a.example:81/b/c/g?y" },
		{ ";x", "http://a.example:81/b/c/;x" },
		{ "", "http://a.example:81/b/c/d?q" },
		{ ".", "http://a.example:81/b/c/" },
		{ "./", "http://a.example:81/b/c/" },
		{ "..", "http://a.example:81/b/" },
		{ "../", "http://a.example:81/b/" },
		{ "../g", "http://a.example:81/b/g" },
		{ "../..", "http://a.example:81/" },
		{ "../../g", "http://a.example:81/g" },
		{ "../../../../g", "http://a.example:81/g" },
		{ "/./g", "http://a.example:81/g" },
		{ "/../g", "http://a.example:81/g" },
		{ "g.", "http://a.example:81/b/c/g." },
		{ "..g", "http://a.example:81/b/c/..g" },
		{ "./../g", "http://a.example:81/b/g" },
		{ "g;x=1/../y", "http://a.example:81/b/c/y" },
		{ "g?y/../x", "http://a.example:81/b/c/g?y/../x" },
		{ "https://x.example", "https://x.example/" },
		{ "//X.example:82/y", "http://x.example:82/y" },
		{ "//a.example:80/", "http://a.example/" },
		{ "1:2", "http://a.example:81/b/c/1:2" },
		/* as browsers take it */
		{ " /a b ", "http://a.example:81/a%20b" },
		{ "/\xc3\xa4", "http://a.example:81/%C3%A4" },
		{ "http:g", NULL },
		{ "g:h", NULL },
		{ "javascript:alert(1)", NULL },
		{ "ftp://x/", NULL },
		{ "///x", NULL },
		{ "//u@x/", NULL },
		{ "//169.254.43518/", NULL },
		{ "/\\x", NULL },
		{ "/a\tb", NULL },
		{ "//a b/", NULL },
	};
	struct url b, u;
	char *longish;

	(void)state;
	assert_null(url_parse(base, &b));
	for (size_t i = 0; i < COUNT(t); i++) {
		const char *what = url_join(&b, t[i].in, &u);

		if (t[i].want == NULL) {
			if (what == NULL)
				fail_msg("%s was taken for %s", t[i].in,
				    u.text);
		} else {
			if (what != NULL)
				fail_msg("%s: %s", t[i].in, what);
			assert_string_equal(u.text, t[i].want);
		}
		url_free(&u);
	}
	longish = xasprintf("%09000d", 0);
	assert_non_null(strstr(url_join(&b, longish, &u), "too long"));
	memset(longish, ' ', 8000);
	longish[8000] = 'x';
	longish[8001] = '\0';
	assert_null(url_join(&b, longish, &u));
	assert_string_equal(u.text, "http://a.example:81/b/c/x");
	url_free(&u);
	longish[0] = 'x'; /* every blank becomes three bytes */
	assert_non_null(strstr(url_join(&b, longish, &u), "too long"));
	free(longish);
	url_free(&b);
	assert_null(url_parse("https://[2001:db8::1]:444/x", &b));
	assert_null(url_join(&b, "y", &u));
	assert_string_equal(u.text, "https://[2001:db8::1]:444/y");
	url_free(&u);
	url_free(&b);
}

static void
test_host(void **state)
{
	char *host, *longish;

	(void)state;
	assert_null(host_ascii("WWW.Example.COM.", &host));
	assert_string_equal(host, "www.example.com");
	free(host);
	assert_non_null(host_ascii("192.0.2.1", &host));
	assert_null(host);
	assert_non_null(host_ascii("", &host));
	assert_non_null(host_ascii(".", &host));
	longish = xasprintf("%064d.example", 0);
	assert_non_null(host_ascii(longish, &host));
	assert_null(host_ascii(longish + 1, &host));
	free(host);
	free(longish);
	longish = xasprintf("%060d.%060d.%060d.%060d.%09d.x", 0, 0, 0, 0, 0);
	assert_non_null(host_ascii(longish, &host)); /* 255 */
	assert_null(host_ascii(longish + 2, &host));
	free(host);
	free(longish);
	longish = xasprintf("%0100000d", 0);
	assert_non_null(host_ascii(longish, &host));
	free(longish);
}

static void
test_init(void **state)
{
	struct site s;
	struct target t;

	(void)state;
	site_init(&s);
	assert_true(s.v4 && s.v6 && !s.delegation && !s.allow_private);
	assert_int_equal(s.cert_warn, 14 * 86400);
	site_free(&s);
	site_free(&s); /* nothing twice */
	target_init(&t, TARGET_TCP);
	assert_int_equal(t.kind, TARGET_TCP);
	assert_int_equal(t.every, 300);
	assert_int_equal(t.timeout, 10000);
	assert_int_equal(t.slow, 0);
	assert_true(t.expect.max_age < 0 && t.expect.min_size < 0 &&
	    t.expect.max_size < 0);
	t.command = xcalloc(2, sizeof *t.command);
	t.command[0] = xstrdup("x");
	t.step = xcalloc(1, sizeof *t.step);
	t.step[t.nstep++].body = xstrdup("y");
	target_free(&t);
	target_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
