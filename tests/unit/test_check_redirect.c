/* SPDX-License-Identifier: ISC */
/* Which redirects are followed; words with a trap in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "uptime/judge/check.h"

#define SAME REDIRECTS_SAME
#define ANY REDIRECTS_ANY
#define NONE REDIRECTS_NONE

struct scene {
	struct site site;
	struct target target;
	struct sight sight;
};

static void
begin(struct scene *w, const char *url, enum redirects policy)
{
	memset(w, 0, sizeof *w);
	site_init(&w->site);
	target_init(&w->target, TARGET_URL);
	w->target.site = &w->site;
	w->target.redirects = policy;
	assert_null(url_parse(url, &w->target.ask.url));
	w->sight.target = &w->target;
	w->sight.nhop = 1;
}

static void
end(struct scene *w)
{
	sight_free(&w->sight);
	target_free(&w->target);
	site_free(&w->site);
}

static struct probe *
reply(struct scene *w, const char *ip, int status, const char *location)
{
	struct hop *h = &w->sight.hop[w->sight.nhop - 1];
	struct probe *p;

	h->probe = xreallocarray(h->probe, h->n + 1, sizeof *h->probe);
	p = &h->probe[h->n++];
	probe_init(p, 100);
	assert_true(ip_parse(ip, 443, &p->ip));
	p->status = status;
	if (location != NULL)
		p->location = xstrdup(location);
	return p;
}

static void
hop(struct scene *w, const char *url)
{
	assert_null(url_parse(url, &w->sight.hop[w->sight.nhop++].url));
}

static void
list(struct scene *w, const char *host)
{
	struct target *t = &w->target;

	t->redirect_to = xreallocarray(t->redirect_to, t->nredirect_to + 1,
	    sizeof *t->redirect_to);
	t->redirect_to[t->nredirect_to++] = xstrdup(host);
}

/* "-> URL", "reason: why" or "". */
static const char *
judged(struct scene *w, char out[600])
{
	char why[PROBE_DETAIL];
	enum reason reason;
	struct url next;

	if (check_redirect(&w->sight, &next, &reason, why)) {
		assert_int_equal(reason, REASON_NONE);
		assert_string_equal(why, "");
		snprintf(out, 600, "-> %s", next.text);
		url_free(&next);
	} else if (reason != REASON_NONE)
		snprintf(out, 600, "%s: %s", reason_word(reason), why);
	else {
		assert_string_equal(why, "");
		*out = '\0';
	}
	return out;
}

#define WWW "https://www.example.com/a/b?c"

static void
one_reply(void **state)
{
	static const struct {
		enum redirects policy;
		int status;
		const char *from, *location, *judged;
	} t[] = {
		{ SAME, 200, WWW, NULL, "" },
		{ SAME, 200, WWW, "https://www.example.com/", "" },
		{ SAME, 302, WWW, NULL, "" },
		{ SAME, 304, WWW, "/", "" },
		{ SAME, 300, WWW, "/", "" },
		{ SAME, 500, WWW, "/", "" },
		{ NONE, 302, WWW, "/", "" },

		{ SAME, 301, WWW, "/x", "-> https://www.example.com/x" },
		{ SAME, 302, WWW, "x", "-> https://www.example.com/a/x" },
		{ SAME, 303, WWW, "?y", "-> https://www.example.com/a/b?y" },
		{ SAME, 307, WWW, "//www.example.com/",
		    "-> https://www.example.com/" },
		{ SAME, 308, WWW, "https://www.example.com:8443/",
		    "-> https://www.example.com:8443/" },
		{ SAME, 301, WWW, "https://example.com/",
		    "-> https://example.com/" },
		{ SAME, 301, "http://example.com/", "https://WWW.example.com/",
		    "-> https://www.example.com/" },

		{ SAME, 301, WWW, "https://example.net/",
		    "redirect: leads to https://example.net/" },
		{ SAME, 301, WWW, "https://www.example.com.evil.net/",
		    "redirect: leads to https://www.example.com.evil.net/" },
		{ SAME, 301, WWW, "https://wwwexample.com/",
		    "redirect: leads to https://wwwexample.com/" },
		{ SAME, 301, WWW, "http://www.example.com/",
		    "redirect: leads to http://www.example.com/, from https "
		    "to http" },
		{ SAME, 301, WWW, "http://example.com/",
		    "redirect: leads to http://example.com/, from https to "
		    "http" },
		{ ANY, 301, WWW, "http://www.example.com/",
		    "-> http://www.example.com/" },
		{ ANY, 301, WWW, "https://example.net/",
		    "-> https://example.net/" },

		{ SAME, 301, WWW, WWW,
		    "redirect-loop: leads to " WWW ", where it came from" },
		{ SAME, 301, WWW, "#x",
		    "redirect-loop: leads to " WWW ", where it came from" },

		{ SAME, 301, WWW, "http://169.254.169.254/latest/",
		    "redirect-private: leads to "
		    "http://169.254.169.254/latest/, a link-local address" },
		{ ANY, 301, WWW, "http://127.0.0.1/",
		    "redirect-private: leads to http://127.0.0.1/, a loopback "
		    "address" },
		{ ANY, 301, WWW, "http://[::ffff:10.0.0.1]/",
		    "redirect-private: leads to http://[::ffff:10.0.0.1]/, a "
		    "private address" },
		{ ANY, 301, WWW, "http://[::1]/",
		    "redirect-private: leads to http://[::1]/, a loopback "
		    "address" },
		{ ANY, 301, WWW, "http://8.8.8.8/", "-> http://8.8.8.8/" },

		{ ANY, 301, WWW, "ftp://www.example.com/",
		    "redirect-bad: leads to ftp://www.example.com/: expected "
		    "http://host/path or https://host/path" },
		{ ANY, 301, WWW, "javascript:alert(1)",
		    "redirect-bad: leads to javascript:alert(1): expected "
		    "http://host/path or https://host/path" },
		{ ANY, 301, WWW, "https://\x1b[31m/", "redirect-bad" },
		{ ANY, 301, WWW, "https://user:pw@example.com/",
		    "redirect-bad" },
		{ ANY, 301, WWW, "https://", "redirect-bad" },
	};
	struct scene w;
	char got[600];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(&w, t[i].from, t[i].policy);
		reply(&w, "8.8.8.8", t[i].status, t[i].location);
		judged(&w, got);
		if (strcmp(t[i].judged, "redirect-bad") == 0)
			got[strcspn(got, ":")] = '\0';
		if (strcmp(got, t[i].judged) != 0)
			fail_msg("%s: \"%s\"\nnot \"%s\"", t[i].location, got,
			    t[i].judged);
		end(&w);
	}
}

static void
listed_hosts(void **state)
{
	struct scene w;
	char got[600];

	(void)state;
	begin(&w, WWW, SAME);
	list(&w, "login.example.net");
	reply(&w, "8.8.8.8", 302, "https://login.example.net/");
	assert_string_equal(judged(&w, got), "-> https://login.example.net/");
	/* and back again */
	hop(&w, "https://login.example.net/");
	reply(&w, "8.8.8.8", 302, "https://www.example.com/done");
	assert_string_equal(judged(&w, got), "-> https://www.example.com/done");
	/* or to where it has its own */
	free(w.sight.hop[1].probe[0].location);
	w.sight.hop[1].probe[0].location = xstrdup(
	    "https://www.login.example.net/");
	assert_string_equal(judged(&w, got),
	    "-> https://www.login.example.net/");
	end(&w);
}

static void
private_ones_that_are_ours(void **state)
{
	struct scene w;
	char got[600];

	(void)state;
	begin(&w, "http://127.0.0.1:8080/", SAME);
	w.site.allow_private = true;
	reply(&w, "127.0.0.1", 302, "/x");
	assert_string_equal(judged(&w, got), "-> http://127.0.0.1:8080/x");
	end(&w);
}

/* The status that is expected is the reply. */
static void
expected_status(void **state)
{
	struct scene w;
	char got[600];

	(void)state;
	begin(&w, WWW, SAME);
	w.target.expect.status = xcalloc(1, sizeof(struct status_range));
	w.target.expect.nstatus = 1;
	w.target.expect.status[0] = (struct status_range){ 301, 301 };
	reply(&w, "8.8.8.8", 301, "/x");
	assert_string_equal(judged(&w, got), "");
	w.sight.hop[0].probe[0].status = 302;
	assert_string_equal(judged(&w, got), "-> https://www.example.com/x");
	end(&w);
}

static void
failed_probes_lead_nowhere(void **state)
{
	struct scene w;
	char got[600];

	(void)state;
	begin(&w, WWW, SAME);
	assert_string_equal(judged(&w, got), "");
	probe_fail(reply(&w, "8.8.8.8", 302, "/x"), REASON_HTTP_HEADERS, "x");
	assert_string_equal(judged(&w, got), "");
	end(&w);
}

static void
five_are_enough(void **state)
{
	struct scene w;
	char got[600], url[80];

	(void)state;
	begin(&w, "https://www.example.com/0", SAME);
	for (int i = 1; i < CHECK_HOPS; i++) {
		snprintf(url, sizeof url, "https://www.example.com/%d", i);
		reply(&w, "8.8.8.8", 302, url);
		judged(&w, got);
		assert_string_equal(got + 3, url);
		hop(&w, url);
	}
	reply(&w, "8.8.8.8", 302, "https://www.example.com/last");
	assert_string_equal(judged(&w, got),
	    "redirect-loop: leads to https://www.example.com/last: more than "
	    "5 redirects");
	/* a wider circle */
	w.sight.hop[CHECK_HOPS - 1].n--;
	probe_free(&w.sight.hop[CHECK_HOPS - 1].probe[0]);
	reply(&w, "8.8.8.8", 302, "https://www.example.com/2");
	assert_string_equal(judged(&w, got),
	    "redirect-loop: leads to https://www.example.com/2, where it came "
	    "from");
	end(&w);
}

/* Of several the lowest address's that may be followed, in any order. */
static void
several_replies(void **state)
{
	static const struct {
		const char *location[3]; /* of 8.8.8.1, 2, 3 */
		const char *judged;
	} t[] = {
		{ { "/x", "/x", "/x" }, "-> https://www.example.com/x" },
		{ { "/x", "/y", "/x" }, "-> https://www.example.com/x" },
		{ { "/y", "/x", "/x" }, "-> https://www.example.com/y" },
		{ { NULL, "/x", NULL }, "-> https://www.example.com/x" },
		{ { "https://evil.net/", "/x", NULL },
		    "-> https://www.example.com/x" },
		{ { "https://evil.net/", "http://10.0.0.1/", NULL },
		    "redirect: leads to https://evil.net/" },
		{ { "http://10.0.0.1/", "https://evil.net/", "gopher:x" },
		    "redirect-private: leads to http://10.0.0.1/, a private "
		    "address" },
	};
	static const int order[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	static const char *const ip[] = { "8.8.8.1", "8.8.8.2", "8.8.8.3" };
	struct scene w;
	char got[600];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (size_t o = 0; o < 6; o++) {
			begin(&w, WWW, SAME);
			for (size_t k = 0; k < 3; k++) {
				int n = order[o][k];

				reply(&w, ip[n],
				    t[i].location[n] == NULL ? 200 : 302,
				    t[i].location[n]);
			}
			assert_string_equal(judged(&w, got), t[i].judged);
			end(&w);
		}
}

static void
long_places_are_cut(void **state)
{
	char got[600], url[4000];
	struct scene w;

	(void)state;
	begin(&w, WWW, SAME);
	memset(url, 'x', sizeof url - 1);
	memcpy(url, "https://evil.net/", 17);
	url[sizeof url - 1] = '\0';
	reply(&w, "8.8.8.8", 302, url);
	judged(&w, got);
	assert_true(strlen(got) < 150);
	assert_non_null(strstr(got, "https://evil.net/xxx"));
	end(&w);
}

/* ---- words --------------------------------------------------------------- */

static void
traps(void **state)
{
	static const struct {
		const char *word, *example; /* NULL: none */
	} t[] = {
		{ "success", "unsuccessful" },
		{ "successful", "unsuccessful" },
		{ "success: all", "no success: all" },
		{ "SUCCESS", "NOT SUCCESS" },
		{ "Success", "Not Success" },
		{ "ok", "not ok" },
		{ "OK", "NOT OK" },
		{ "ok.", "not ok." },
		{ "up", "not up" },
		{ "up 12 days", "not up 12 days" },
		{ "available", "unavailable" },
		{ "healthy", "unhealthy" },
		{ "Healthy", "Not Healthy" },
		{ "connected", "disconnected" },
		{ "connected to db", "disconnected to db" },
		{ "active", "inactive" },
		{ "valid", "invalid" },
		{ "operational", "non-operational" },
		{ "running", "not running" },
		{ "error", "no error" },
		{ "errors", "no errors" },
		{ "failed", "not failed" },
		{ "failure", "no failure" },
		{ "0 errors", "10 errors" },
		{ "3 servers up", "13 servers up" },
		{ "update", NULL },
		{ "upset", NULL },
		{ "okay", NULL },
		{ "opening hours", NULL },
		{ "Welcome to us", NULL },
		{ "status: ok", NULL },
		{ "is ok", NULL },
		{ "\"ok\"", NULL },
		{ "^success$", NULL },
		{ "\\bsuccess", NULL },
		{ "unsuccessful", NULL },
		{ "2026", NULL },
		{ "12:00", NULL },
		{ "</html>", NULL },
		{ "", NULL },
		{ "a", NULL },
	};
	const char *got;
	char buf[100];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		got = check_word_trap(t[i].word, buf, sizeof buf);
		if ((got == NULL) != (t[i].example == NULL) ||
		    (got != NULL && strcmp(got, t[i].example) != 0))
			fail_msg("%s: %s", t[i].word, got);
		/* it is one */
		if (got != NULL)
			assert_non_null(strstr(got, t[i].word));
	}
	assert_string_equal(check_word_trap("running", buf, 8), "not run");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_reply),
		cmocka_unit_test(listed_hosts),
		cmocka_unit_test(private_ones_that_are_ours),
		cmocka_unit_test(expected_status),
		cmocka_unit_test(failed_probes_lead_nowhere),
		cmocka_unit_test(five_are_enough),
		cmocka_unit_test(several_replies),
		cmocka_unit_test(long_places_are_cut),
		cmocka_unit_test(traps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
