/* SPDX-License-Identifier: ISC */
/* uptime.conf: what is refused, what is doubted, and with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "tests/unit/uptime_text.h"

#define COUNT(t) (sizeof(t) / sizeof *(t))

static void
test_errors(void **state)
{
	static const struct {
		const char *text, *says; /* in this order, ';' between them */
	} t[] = {
		{ "mail { from = a@b.c }\n", ":: no site to probe" },
		{ "mail { from = a@b.c }\nsite a.example { delegation = yes }",
		    ":2: site \"a.example\": nobody to tell; expected owners" },
		{ "mail { from = a@b.c }\nexec a { command = '/p' }",
		    ":2: exec \"a\": nobody to tell" },
		{ "resolvers = {}\nroots = {} witnesses = {}\n" SITE
		  "delegation = yes }",
		    ":: resolvers = {}: expected an address or more;:: roots "
		    "= {}: expected;:: witnesses = {}: expected" },
		{ HEAD "\nresolver = {\"192.0.2.1\"} site a { url "
		       "\"http://a.example/\" { contain = x } }",
		    ":3: unknown key \"contain\" in url; did you mean "
		    "\"contains\"?;:3: unknown key \"resolver\"; did you mean "
		    "\"resolvers\"?" },
		{ SITE "}",
		    ":2: site \"www.example.com\" has nothing to "
		    "probe" },
		{ HEAD "site \"a b\" { delegation = yes }",
		    ":2: site \"a b\": with delegation = yes and no url its "
		    "name is walked to, but it is no host name" },
		{ SITE "url \"https://192.0.2.1/\" { }\ndelegation = yes }",
		    "*:4: delegation = yes, but there are only addresses" },
		{ SITE "url \"https://me:secret@h.example/\" { } }",
		    ":3: url: a user or a password in a URL is refused; "
		    "expected user = and password-file =" },
		{ SITE "url \"h.example\" { } }",
		    ":3: url \"h.example\": expected http://" },
		{ SITE "url \"https://a.example/\" { }\n"
		       "url \"https://a.example/\" { } }",
		    ":4: found duplicate title" },
		{ SITE "url \"https://a.example/\" { }\n"
		       "url \"https://A.example:443\" { } }",
		    ":2: https://a.example/ is there twice, on lines 3 and 4" },
		{ SITE "tcp \"a.example:25\" { }\ntcp \"A.example:25\" { } }",
		    ":2: a.example:25 is there twice, on lines 3 and 4" },
		{ SITE "url \"http://127.0.0.1/\" { }\n"
		       "url \"http://[::1]/\" { }\ntcp \"10.0.0.1:25\" { }\n"
		       "url \"http://a.example/\" {\n"
		       "step { url = \"http://192.168.0.1/\" } } }",
		    "*:3: 127.0.0.1 is no public address (;allow-private = "
		    "yes;:4: ::1 is no;:5: 10.0.0.1 is no;:6: 192.168.0.1 is "
		    "no" },
		{ SITE "tcp \"a.example\" { }\ntcp \"192.0.2.1\" { }\n"
		       "tcp \"a.example:0\" { }\ntcp \"127.1:25\" { } }",
		    ":3: tcp \"a.example\": expected host:port;:4: tcp;:5: "
		    "tcp;:6: tcp \"127.1:25\": ends in a number" },
		{ URL "every = 9s\ntimeout = 50ms\nslow = 5 } }",
		    ":4: every = \"9s\": expected at least 10s;:5: timeout = "
		    "\"50ms\": expected at least 100ms;:6: slow = \"5\": "
		    "expected a duration" },
		{ URL "every = 10s timeout = 11s } }",
		    ":4: timeout is longer than every" },
		{ SITE "timeout = 10m\nurl \"https://a.example/\" { }\n}",
		    ":3: timeout is longer than every" },
		{ URL "slow = 10s } }",
		    ":4: slow is not shorter than timeout" },
		{ URL "status = {99,\n600, 300-200, 2xx, \"\"} } }",
		    ":4: status: \"99\": expected 200, or 200-299;:5: ;:5: "
		    ";:5: ;:5: " },
		{ URL "match = 'a('\nabsent = 'a['\nheader = {': x', 'A: *'}\n"
		      "number = {'5..1 x', 'x', '1..2', 'a..2 x', '0x1..2 x',\n"
		      "'0..1 ('} } }",
		    ":4: match = 'a(': missing;:5: absent = ;:6: header = ;:6: "
		    "header: \": x\": expected 'Name: PATTERN';:7: number: "
		    "'0x1..2 x': expected LOW..HIGH;:7: number: '1..2': ;:7: "
		    "number: '5..1 x': expected the lower bound first;:7: "
		    "number: 'a..2 x';:7: number: 'x';:8: number = '(': " },
		{ URL "min-size = 2k\nmax-size = 1k } }",
		    ":4: min-size is more than max-size" },
		{ URL "max-size = 2k\nmax-body = 1k } }",
		    ":5: no more than max-body is read" },
		{ URL "max-body = 5x\nmin-size = 2G } }",
		    ":4: max-body = \"5x\": expected a size;:5: min-size = "
		    "\"2G\": expected at most" },
		{ URL "contains = \"\" } }", ":4: contains: \"\": is empty" },
		{ URL "body = success } }",
		    ":4: a body is sent, and GET has none; expected method = "
		    "POST" },
		{ URL "method = POST body = a\nbody-file = \"/x\" } }",
		    ":5: expected body or body-file, not both" },
		{ URL "method = HEAD contains = a } }",
		    ":4: the reply to HEAD has no body" },
		{ URL "method = FETCH } }",
		    ":4: method = \"FETCH\": expected GET, HEAD" },
		{ URL "headers = {\"Host: x\", \"a b: c\", foo,\n"
		      "\"A: b\\r\\nC: d\"} } }",
		    ":4: headers: \"Host: x\": is made from;:4: headers: \"a "
		    "b: c\": expected \"Name: value\";:4: headers: \"foo\": "
		    "expected;:5: headers: \"A: b\\x0d\\x0aC: d\": has a "
		    "control character" },
		{ URL "user = a } }", ":4: user needs password-file" },
		{ URL "user = \"a:b\" password-file = \"/x\" } }",
		    ":4: user = \"a:b\": expected a name alone" },
		{ URL "password-file = \"/x\" } }",
		    ":4: password-file needs user" },
		{ URL "client-key = \"/x\" } }",
		    ":4: client-key needs client-cert" },
		{ SITE "url \"http://a.example/\" { client-cert = \"/x\" } }",
		    ":3: a client certificate needs https://" },
		{ URL "redirect = never } }",
		    ":4: redirect = \"never\": expected same, any or none" },
		{ URL "redirect = any redirect-to = {b.example} } }",
		    ":4: redirect-to names hosts besides" },
		{ URL "redirect-to = {\"http://b.example\"} } }",
		    ":4: redirect-to: \"http://b.example\": is no host name" },
		{ URL "step { method = GET }\nstep { url = x } } }",
		    ":4: step needs url;:5: url = \"x\": expected http://" },
		{ SITE "families = {v5}\naddresses = {\"a\", \"192.0.2.1:80\"}"
		       "\ncert-warn-fraction = 110%\nca-file = x\n"
		       "delegation = maybe url \"http://a.example/\" { } }",
		    ":3: families: \"v5\": expected v4 or v6;:4: addresses: "
		    "\"192.0.2.1:80\": expected an address;:4: addresses: "
		    "\"a\";:5: cert-warn-fraction;:6: ca-file = \"x\": "
		    "expected a path;:7: delegation = \"maybe\"" },
		{ HEAD "exec a { }\nexec b { command = \"p x\" }\n"
		       "exec c { command = \" \" }",
		    ":2: exec \"a\" needs command;:3: command: \"p\": expected "
		    "a path;:4: exec \"c\" needs command" },
		{ HEAD "resolvers = {\"9.9.9.9:0\", \"a.example\"}\n"
		       "witnesses = {\"x\"} in-flight = 1001 per-host = 0\n"
		       "per-address = -1 recheck = {1s,1s,1s,1s,1s,x}\n"
		       "keep = 1h agent = \"a\\nb\" heartbeat = x\n"
		       "site a.example { delegation = yes }",
		    ":2: resolvers: ;:2: resolvers: \"a.example\": expected an "
		    "address;:3: in-flight = \"1001\": expected a number from "
		    "1 to 1000;:3: per-host = ;:3: witnesses: ;:4: "
		    "per-address = ;:4: recheck: expected at most 4;:5: agent "
		    "= \"a\\x0ab\": expected no control;:5: heartbeat = ;:5: "
		    "keep = \"1h\": expected at least 86400s" },
		{ HEAD "site \"a\\tb\" { url \"http://a.example/\" { } }\n"
		       "site \"\" { delegation = yes }",
		    ":2: site \"a b\": expected a name without control;:3: "
		    "site \"\": expected a name;:3: site \"\": with" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct uptime_conf u;
		char *said = uptime_text(t[i].text, &u), *at = said;
		char *says = xstrdup(t[i].says), *p, *next;
		size_t lines = 0, parts = 0;

		for (p = said; *p != '\0'; p++)
			lines += *p == '\n';
		p = says;
		/* * : more than one of them are in a line */
		if (*p == '*')
			p++;
		for (; p != NULL; p = next, parts++) {
			if ((next = strchr(p, ';')) != NULL && next[1] != ' ')
				*next++ = '\0';
			else if (next != NULL) {
				/* a semicolon of the text's own */
				next = strstr(next + 1, ";:");
				if (next != NULL)
					*next++ = '\0';
			}
			if (*p == ':' && p[1] == ':')
				p++;
			if ((at = strstr(at, p)) == NULL)
				fail_msg("%s\nsays\n%s\nwhich lacks (there) %s",
				    t[i].text, said, p);
			at += strlen(p);
		}
		if (*t[i].says != '*' && lines != parts)
			fail_msg("%s\nsays\n%s", t[i].text, said);
		free(says);
		free(said);
		uptime_conf_free(&u);
	}
}

static void
test_warnings(void **state)
{
	static const struct {
		const char *text, *says; /* NULL: nothing */
	} t[] = {
		{ URL "contains = {Welcome,\nsuccess} } }",
		    ":5: warning: contains = \"success\": \"unsuccess" },
		{ URL "match = success } }",
		    ":4: warning: match = \"success\"" },
		{ URL "match = '^success$' } }", NULL },
		{ URL "expect = success } }", NULL },
		{ URL "contains = success absent = '(?i)unsuccess' } }", NULL },
		{ URL "contains = success absent = 'error' } }",
		    ":4: warning: " },
		{ SITE "url \"http://a.example/\" { user = a\n"
		       "password-file = \"/x\" } }",
		    ":3: warning: the password is sent in clear" },
		{ HEAD "resolvers = {\"192.0.2.1\"}\n"
		       "site a.example { delegation = yes }",
		    ":2: warning: one resolver cannot be doubted" },
		{ HEAD "witnesses = {\"192.0.2.1\"}\n"
		       "site a.example { delegation = yes }",
		    ":2: warning: witnesses: there are 1; expected 3" },
		{ HEAD "every = 5m deadline = 6m\n"
		       "site a.example { delegation = yes }",
		    ":2: warning: deadline is longer than every" },
		{ HEAD "every = 5m\nsite a.example { delegation = yes\n"
		       "every = 1m }",
		    ":3: warning: a.example has every = 60s, but runs come "
		    "every 300s" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		struct uptime_conf u;

		uptime_text_good(t[i].text, &u);
		if (t[i].says == NULL && u.nwarning > 0)
			fail_msg("%s\nsays %s", t[i].text, u.warning[0]);
		if (t[i].says != NULL) {
			assert_int_equal(u.nwarning, 1);
			if (strstr(u.warning[0], t[i].says) != u.warning[0])
				fail_msg("%s\nsays %s, lacks %s", t[i].text,
				    u.warning[0], t[i].says);
		}
		uptime_conf_free(&u);
	}
}

static void
test_missing(void **state)
{
	struct uptime_conf u;
	char *said = uptime_text(NULL, &u);

	(void)state;
	assert_string_equal(said,
	    ": cannot be read: No such file or directory\n");
	free(said);
	uptime_conf_free(&u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
