/* SPDX-License-Identifier: ISC */
/* One transfer from its beginning to its end. */
#include "tests/unit/fetch_aid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "uptime/probe/fetch.h"
#include "uptime/probe/loop.h"

#define AGENT "sitewatch/0 (+https://example.org/)"

static void
count(void *arg, struct probe *p)
{
	int *n = arg;

	(void)p;
	++*n;
}

static bool
is_over(void *arg)
{
	return *(const int *)arg > 0;
}

static void
turn(struct loop *loop, struct fetch *f, const int *n)
{
	/* never from the call that starts it */
	assert_int_equal(*n, 0);
	loop_until(loop, is_over, (void *)n);
	fetch_free(f);
	loop_free(loop);
	assert_int_equal(*n, 1);
}

void
fetch_try(const struct fetch_try *t, struct probe *p)
{
	struct loop *loop = loop_new();
	struct fetch *f = fetch_new(loop, AGENT);
	struct request plain = { .method = NULL };
	struct request *r = t->request != NULL ? t->request : &plain;
	struct fetch_ask ask = { .request = r, .ca_file = t->ca_file };
	struct url to = { .text = NULL };
	int n = 0;

	assert_null(url_parse(t->from != NULL ? t->from : t->url, &r->url));
	assert_null(url_parse(t->url, &to));
	ask.url = t->from != NULL ? &to : &r->url;
	ask.jar = t->jar;
	ask.timeout_ms = t->timeout_ms != 0 ? t->timeout_ms : 20000;
	assert_true(ip_parse(t->address != NULL ? t->address : "127.0.0.1",
	    to.port, &ask.ip));
	probe_init(p, t->max != 0 ? t->max : 100000);
	fetch_start(f, &ask, p, count, &n);
	turn(loop, f, &n);
	assert_int_equal(ip_compare(&p->ip, &ask.ip), 0);
	url_free(&r->url);
	url_free(&to);
}

void
fetch_try_banner(const struct target *t, const char *address, uint16_t port,
    size_t max, const char *ca_file, struct probe *p)
{
	struct loop *loop = loop_new();
	struct fetch *f = fetch_new(loop, AGENT);
	struct ip ip;
	int n = 0;

	assert_true(ip_parse(address, port, &ip));
	probe_init(p, max);
	fetch_banner(f, t, &ip, ca_file, p, count, &n);
	turn(loop, f, &n);
}

const char *
fetch_try_text(const struct probe *p)
{
	static char text[PROBE_DETAIL + 100];

	snprintf(text, sizeof text, "%s: %s", reason_word(p->reason),
	    p->detail);
	return text;
}
