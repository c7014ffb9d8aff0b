/* SPDX-License-Identifier: ISC */
/* uptime.conf: what is read, and what holds without it. */
#include "uptime/conf/conf.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "tests/unit/uptime_text.h"
#include "uptime/probe/fetch.h"

static void
test_small(void **state)
{
	struct uptime_conf u;
	const struct target *t;

	(void)state;
	uptime_text_good(
	    "mail { from = a@b.c transport = stdout }\n"
	    "site \"www.example.com\" {\n"
	    "    owners = {\"ops@example.com\"}\n\n"
	    "    url \"https://www.Example.com/x#y\" { expect = success }\n"
	    "}\n",
	    &u);
	assert_int_equal(u.nsite, 1);
	assert_int_equal(u.site[0].ntarget, 1);
	t = &u.site[0].target[0];
	assert_string_equal(t->key,
	    "www.example.com\turl\thttps://www.example.com/x");
	assert_string_equal(t->name, "https://www.example.com/x");
	assert_ptr_equal(t->site, &u.site[0]);
	assert_int_equal(t->line, 5);
	assert_int_equal(t->every, 300);
	assert_int_equal(t->timeout, 10000);
	assert_int_equal(t->slow, 0);
	assert_string_equal(t->expect.equals, "success");
	assert_true(u.site[0].v4 && u.site[0].v6 && !u.site[0].delegation);
	/* the only one who is named is told of ourselves too */
	assert_int_equal(u.mail.nadmin, 1);
	assert_string_equal(u.mail.admin[0], "ops@example.com");
	assert_non_null(strstr(u.agent, "complaints to ops@example.com)"));
	assert_string_equal(u.state, "/nowhere/u.db");
	assert_int_equal(u.nwarning, 0);
	uptime_conf_free(&u);
}

static void
test_defaults(void **state)
{
	struct uptime_conf u;

	(void)state;
	uptime_conf_default(&u);
	assert_int_equal(u.nresolver, 2);
	assert_int_equal(u.resolver[0].port, 53);
	assert_true(u.nroot >= 13);
	/* the resolvers and two roots */
	assert_int_equal(u.nwitness, 4);
	assert_true(ip_same_address(&u.witness[1].ip, &u.resolver[1]));
	assert_int_equal(u.witness[3].ip.family, AF_INET);
	assert_int_equal(u.witness[3].ip.port, 53);
	assert_false(ip_same_address(&u.witness[2].ip, &u.witness[3].ip));
	assert_true(u.deadline == 240 && u.every == 0 && u.keep == 34560000);
	assert_true(
	    u.in_flight == FETCH_MAX && u.per_host == 4 && u.per_address == 32);
	assert_true(
	    u.nrecheck == 2 && u.recheck[0] == 2000 && u.recheck[1] == 10000);
	assert_non_null(strstr(u.agent, "site-uptime/"));
	uptime_conf_free(&u);
}

static void
test_top(void **state)
{
	struct uptime_conf u;

	(void)state;
	uptime_text_good(HEAD
	    "vantage = \"bos (ton)\"\n"
	    "resolvers = {\"192.0.2.1\", \"[2001:db8::1]:5353\"}\n"
	    "roots = {\"127.0.0.9:5300\"}\n"
	    "witnesses = {\"192.0.2.7\", \"tcp:192.0.2.8:443\"}\n"
	    "allow-private = yes deadline = 50s every = 1m keep = 7d\n"
	    "in-flight = 10 per-host = 1 per-address = 2\n"
	    "recheck = {500ms} heartbeat = \"/run/beat\"\n"
	    "site a.example { url \"http://127.0.0.1:81/\" { } }\n",
	    &u);
	assert_string_equal(u.vantage, "bos (ton)");
	assert_non_null(strstr(u.agent, "monitoring from bos ?ton?;"));
	assert_int_equal(u.nresolver, 2);
	assert_int_equal(u.resolver[1].port, 5353);
	assert_int_equal(u.nroot, 1);
	assert_int_equal(u.root[0].port, 5300);
	assert_int_equal(u.nwitness, 2);
	assert_true(u.witness[1].tcp && !u.witness[0].tcp);
	assert_true(u.allow_private && u.site[0].allow_private);
	assert_int_equal(u.deadline, 50);
	assert_int_equal(u.every, 60);
	assert_int_equal(u.keep, 7 * 86400);
	assert_true(u.in_flight == 10 && u.per_host == 1 && u.per_address == 2);
	assert_true(u.nrecheck == 1 && u.recheck[0] == 500);
	assert_string_equal(u.heartbeat, "/run/beat");
	/* admin stands in for owners */
	assert_string_equal(u.site[0].owners[0], "o@b.c");
	uptime_conf_free(&u);
	/* nobody said: before the next run begins */
	uptime_text_good(HEAD
	    "every = 1m site a.example { delegation = yes }\n",
	    &u);
	assert_int_equal(u.deadline, 50);
	uptime_conf_free(&u);
	uptime_text_good(HEAD
	    "every = 5m site a.example { delegation = yes }\n",
	    &u);
	assert_int_equal(u.deadline, 240);
	uptime_conf_free(&u);
	uptime_text_good(HEAD "recheck = {}\nagent = \"us/1\"\n"
			      "site a.example { delegation = yes }\n",
	    &u);
	assert_int_equal(u.nrecheck, 0);
	assert_string_equal(u.agent, "us/1");
	uptime_conf_free(&u);
}

static void
test_site(void **state)
{
	struct uptime_conf u;
	const struct site *s;

	(void)state;
	uptime_text_good(HEAD
	    "site \"Main\" { owners = {\"x@b.c\", \"y@b.c\"}\n"
	    " delegation = yes families = {v4}\n"
	    " addresses = {\"192.0.2.1\", \"2001:db8::1\"}\n"
	    " cert-warn = 30d cert-warn-fraction = 25% ca-file = \"/ca.pem\"\n"
	    " every = 1m timeout = 5s slow = 1500ms\n"
	    " url \"https://a.example/\" { every = 2m }\n"
	    " url \"https://b.example/\" { slow = 0s timeout = 20s }\n"
	    " tcp \"Mail.example:25\" { send = \"QUIT\\r\\n\" expect = '220 '\n"
	    "   tls = yes }\n"
	    " tcp \"[2001:4860::1]:443\" { }\n"
	    "}\n"
	    "site \"Example.ORG\" { delegation = yes every = 1h }\n"
	    "exec \"stock\" { command = \"/p/check  -w 5\" timeout = 1m }\n"
	    "exec \"more\" { command = {\"/p/check\", \"a b\"}\n"
	    " owners = z@b.c }\n",
	    &u);
	assert_int_equal(u.nsite, 4);
	s = &u.site[0];
	assert_string_equal(s->owners[1], "y@b.c");
	assert_true(s->v4 && !s->v6 && s->delegation && !s->allow_private);
	assert_int_equal(s->naddresses, 2);
	assert_int_equal(s->addresses[1].family, AF_INET6);
	assert_int_equal(s->cert_warn, 30 * 86400);
	assert_true(s->cert_warn_fraction == 0.25);
	assert_string_equal(s->ca_file, "/ca.pem");
	assert_int_equal(s->ntarget, 4);
	assert_int_equal(s->target[0].every, 120);
	assert_int_equal(s->target[0].timeout, 5000);
	assert_int_equal(s->target[0].slow, 1500);
	assert_int_equal(s->target[1].every, 60);
	assert_int_equal(s->target[1].timeout, 20000);
	assert_int_equal(s->target[1].slow, 0);
	assert_int_equal(s->target[2].kind, TARGET_TCP);
	assert_string_equal(s->target[2].key, "Main\ttcp\tmail.example:25");
	assert_string_equal(s->target[2].host, "mail.example");
	assert_int_equal(s->target[2].ip.port, 25);
	assert_int_equal(s->target[2].ip.family, 0);
	assert_string_equal(s->target[2].send, "QUIT\r\n");
	assert_string_equal(s->target[2].expect.banner, "220 ");
	assert_true(s->target[2].tcp_tls);
	assert_null(s->target[3].host);
	assert_string_equal(s->target[3].name, "[2001:4860::1]:443");
	s = &u.site[1];
	assert_int_equal(s->target[0].kind, TARGET_DNS);
	assert_string_equal(s->target[0].host, "example.org");
	assert_string_equal(s->target[0].key, "Example.ORG\tdns\texample.org");
	assert_int_equal(s->target[0].every, 3600);
	s = &u.site[2];
	assert_string_equal(s->target[0].key, "stock\texec\tstock");
	assert_string_equal(s->target[0].command[0], "/p/check");
	assert_string_equal(s->target[0].command[2], "5");
	assert_null(s->target[0].command[3]);
	assert_int_equal(s->target[0].timeout, 60000);
	s = &u.site[3];
	assert_string_equal(s->target[0].command[1], "a b");
	assert_string_equal(s->owners[0], "z@b.c");
	uptime_conf_free(&u);
}

static void
test_url(void **state)
{
	struct uptime_conf u;
	const struct target *t;
	const struct expect *e;

	(void)state;
	uptime_text_good(URL
	    "status = {200, 301-302} contains = {a, 'b c'}\n"
	    "match = 'x\\d' absent = 'no\\.'\n"
	    "header = {'Server: ^nginx', X-Here}\n"
	    "number = {'0..1.5 a=(\\d+)', '-3.. b', '..7 c d'}\n"
	    "min-size = 1k max-size = 3M max-age = 1h\n"
	    "method = POST headers = {\"X-A: b\"} body = \"c\\td\"\n"
	    "user = me password-file = \"/p\" client-cert = \"/c\"\n"
	    "client-key = \"/k\" http2 = no\n"
	    "redirect-to = {\"WWW.example.net\", \"192.0.2.1\"}\n"
	    "step { url = \"https://www.example.com/login\"\n"
	    "  method = POST body = 'a=b' }\n"
	    "step { url = \"https://www.example.com/login\" }\n"
	    "step { url = \"https://other.example/\" }\n"
	    "} }\n",
	    &u);
	t = &u.site[0].target[0];
	e = &t->expect;
	assert_int_equal(e->nstatus, 2);
	assert_int_equal(e->status[0].high, 200);
	assert_int_equal(e->status[1].low, 301);
	assert_int_equal(e->ncontains, 2);
	assert_string_equal(e->contains[1], "b c");
	assert_non_null(e->match);
	assert_string_equal(e->match_source, "x\\d");
	assert_string_equal(e->absent_source, "no\\.");
	assert_int_equal(e->nheader, 2);
	assert_string_equal(e->header[0].name, "Server");
	assert_string_equal(e->header[0].source, "^nginx");
	assert_string_equal(e->header[1].name, "X-Here");
	assert_null(e->header[1].pattern);
	assert_int_equal(e->nnumber, 3);
	assert_true(e->number[0].low == 0 && e->number[0].high == 1.5);
	assert_string_equal(e->number[0].source, "a=(\\d+)");
	assert_true(e->number[1].low == -3 && e->number[1].high == HUGE_VAL);
	assert_true(e->number[2].low == -HUGE_VAL && e->number[2].high == 7);
	assert_string_equal(e->number[2].source, "c d");
	assert_int_equal(e->min_size, 1024);
	assert_int_equal(e->max_size, 3 << 20);
	/* one byte more than may be there is read */
	assert_int_equal(t->max_body, (3 << 20) + 1);
	assert_int_equal(e->max_age, 3600);
	assert_string_equal(t->ask.method, "POST");
	assert_string_equal(t->ask.header[0], "X-A: b");
	assert_string_equal(t->ask.body, "c\td");
	assert_true(t->ask.http1);
	assert_string_equal(t->redirect_to[0], "www.example.net");
	assert_string_equal(t->redirect_to[1], "192.0.2.1");
	assert_int_equal(t->nstep, 3);
	assert_string_equal(t->step[0].body, "a=b");
	assert_null(t->step[1].method);
	/* credentials are for one host */
	assert_string_equal(t->step[1].user, "me");
	assert_string_equal(t->step[1].client_key, "/k");
	assert_null(t->step[2].user);
	assert_null(t->step[2].client_cert);
	uptime_conf_free(&u);
}

static void
test_body_file(void **state)
{
	char name[] = "/tmp/test_uptime_body.XXXXXX", *text, *said;
	struct uptime_conf u;
	int fd = mkstemp(name);

	(void)state;
	assert_int_equal(write(fd, "a=b\n", 4), 4);
	text = xasprintf(URL "method = PUT body-file = '%s' } }", name);
	uptime_text_good(text, &u);
	assert_string_equal(u.site[0].target[0].ask.body, "a=b\n");
	uptime_conf_free(&u);
	assert_int_equal(write(fd, "", 1), 1);
	close(fd);
	said = uptime_text(text, &u);
	assert_non_null(strstr(said, "holds a NUL byte"));
	free(said);
	uptime_conf_free(&u);
	unlink(name);
	said = uptime_text(text, &u);
	assert_non_null(strstr(said, "cannot be read: No such file"));
	free(said);
	uptime_conf_free(&u);
	free(text);
}

/* The order in the file is not part of a target's identity. */
static void
test_order(void **state)
{
	struct uptime_conf a, b;

	(void)state;
	uptime_text_good(SITE "url \"http://a.example/\" { }\n"
			      "url \"http://b.example/\" { } }",
	    &a);
	uptime_text_good(SITE "url \"http://b.example/\" { every = 1h }\n\n\n"
			      "url \"http://A.example\" { } }",
	    &b);
	assert_string_equal(a.site[0].target[0].key, b.site[0].target[1].key);
	assert_string_equal(a.site[0].target[1].key, b.site[0].target[0].key);
	uptime_conf_free(&a);
	uptime_conf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_site),
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_body_file),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
