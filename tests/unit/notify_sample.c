/* SPDX-License-Identifier: ISC */
/* Notices for the tests of mails. */
#include "tests/unit/notify_sample.h"

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

const struct notify_env env_boston = { .vantage = "boston",
	.conf = "/etc/sitewatch/uptime.conf",
	.now = NOW };

static char www_name[] = "www.example.com";
static char shop_name[] = "shop.example.com";
static char mail_name[] = "mail.example.net";
const struct site site_www = { .name = www_name };
const struct site site_shop = { .name = shop_name };
const struct site site_mx = { .name = mail_name };

const char layer_table[] =
    "  registry      ok        example.com is delegated            12 ms\n"
    "  name servers  ok        2 of 2 answer                      9.9 ms\n"
    "  records       ok        192.0.2.1, 2001:db8::1; TTL 5m      12 ms\n"
    "  TCP           ok        2 of 2 addresses, port 443          14 ms\n"
    "  TLS           FAIL      the certificate has expired (all    19 ms\n"
    "                          2 addresses: 2026-11-21)\n"
    "  HTTP          not evaluated\n"
    "  body          not evaluated\n"
    "\n"
    "  address      HTTP  connect      TLS     wait    total\n"
    "  192.0.2.1       -    14 ms        -        -    61 ms\n"
    "  2001:db8::1     -    14 ms        -        -    65 ms\n"
    "    the certificate has expired (2026-11-21)\n"
    "\n"
    "  certificate   until 2026-11-21 (3m ago), www.example.com by R11\n";

struct notice *
notice_make(const struct told *t)
{
	struct notice *n = xcalloc(1, sizeof *n);
	struct target *target = xcalloc(1, sizeof *target);

	target->kind = t->kind;
	target->name = xstrdup(t->name);
	target->key = xasprintf("key of %s", t->name);
	target->site = t->site;
	n->target = target;
	n->debts = t->debts;
	n->verdict.grade = t->grade;
	n->verdict.us = -1;
	n->verdict.layer = LAYER_N;
	n->state.reason = t->reason;
	n->state.layer = reason_layer(t->reason);
	if ((t->debts & (DEBT_DOWN | DEBT_WORSE)) != 0) {
		n->verdict.reason = t->reason;
		n->verdict.layer = reason_layer(t->reason);
		snprintf(n->verdict.detail, sizeof n->verdict.detail, "%s",
		    t->detail != NULL ? t->detail : "");
	}
	if (t->debts & DEBT_WORSE)
		n->state.overlay = t->grade;
	if (t->ago != 0 && (t->debts & (DEBT_WORSE | DEBT_WHOLE)) != 0)
		n->state.overlay_since = NOW - t->ago;
	else if (t->ago != 0)
		n->began = NOW - t->ago;
	n->evidence = t->evidence != NULL ? xstrdup(t->evidence) : NULL;
	n->incident = t->incident;
	return n;
}

void
notice_free(struct notice *n)
{
	struct target *t = (struct target *)(uintptr_t)n->target;

	free(t->name);
	free(t->key);
	free(t);
	free(n->evidence);
	free(n);
}

void
notice_mail(struct buf *out, struct notice **n, size_t count,
    const struct notify_env *env)
{
	const struct notice **of = xcalloc(count + 1, sizeof *of);

	for (size_t i = 0; i < count; i++)
		of[i] = n[i];
	notify_order(of, count);
	buf_adds(out, "Subject: ");
	notify_subject(out, of, count, env);
	buf_adds(out, "\n\n");
	notify_body(out, of, count, env);
	assert_false(out->full);
	free(of);
}

void
told_mail(struct buf *out, const struct told *t, size_t count,
    const struct notify_env *env)
{
	struct notice **n = xcalloc(count + 1, sizeof *n);

	for (size_t i = 0; i < count; i++) {
		n[i] = notice_make(&t[i]);
		if (n[i]->debts == DEBT_DOWN && n[i]->evidence != NULL)
			n[i]->last_good = n[i]->began - MINUTE;
	}
	notice_mail(out, n, count, env);
	for (size_t i = 0; i < count; i++)
		notice_free(n[i]);
	free(n);
}

size_t
mail_lines(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->p[i] == '\n';
	return n;
}

void
assert_mail_has(const struct buf *b, const char *what)
{
	if (strstr(buf_str(b), what) == NULL)
		fail_msg("no \"%s\" in:\n%s", what, buf_str(b));
}

void
assert_mail_lacks(const struct buf *b, const char *what)
{
	if (strstr(buf_str(b), what) != NULL)
		fail_msg("\"%s\" in:\n%s", what, buf_str(b));
}
