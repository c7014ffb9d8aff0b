/* SPDX-License-Identifier: ISC */
/* One reply against what is expected of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xmem.h"
#include "common/host/regex.h"
#include "uptime/judge/check.h"

#define NOW 1795219200 /* 2026-11-21 00:00:00 */
#define DAY 86400

static struct regex *
pattern(const char *s)
{
	char error[160];
	struct regex *r = regex_compile(s, error);

	if (r == NULL)
		fail_msg("%s: %s", s, error);
	return r;
}

/* The rest of s if it begins with the word. */
static const char *
value(const char *s, const char *word)
{
	size_t n = strlen(word);

	return strncmp(s, word, n) == 0 ? s + n : NULL;
}

/* "contains x", "number 0 10 re", … added to the target. */
static void
expect(struct target *t, const char *s)
{
	struct expect *e = &t->expect;
	const char *v;
	int end = 0;

	if ((v = value(s, "status ")) != NULL) {
		e->status = xreallocarray(e->status, e->nstatus + 1,
		    sizeof *e->status);
		assert_int_equal(sscanf(v, "%d-%d", &e->status[e->nstatus].low,
				     &e->status[e->nstatus].high),
		    2);
		e->nstatus++;
	} else if ((v = value(s, "equals ")) != NULL) {
		e->equals = xstrdup(v);
	} else if ((v = value(s, "contains ")) != NULL) {
		e->contains = xreallocarray(e->contains, e->ncontains + 1,
		    sizeof *e->contains);
		e->contains[e->ncontains++] = xstrdup(v);
	} else if ((v = value(s, "match ")) != NULL) {
		e->match = pattern(v);
		e->match_source = xstrdup(v);
	} else if ((v = value(s, "absent ")) != NULL) {
		e->absent = pattern(v);
		e->absent_source = xstrdup(v);
	} else if ((v = value(s, "header ")) != NULL) {
		e->header = xcalloc(1, sizeof *e->header);
		e->nheader = 1;
		e->header->name = xstrndup(v, strcspn(v, ":"));
		if ((v = strstr(v, ": ")) != NULL) {
			e->header->pattern = pattern(v + 2);
			e->header->source = xstrdup(v + 2);
		}
	} else if ((v = value(s, "number ")) != NULL) {
		e->number = xcalloc(1, sizeof *e->number);
		e->nnumber = 1;
		assert_int_equal(sscanf(v, "%lf %lf %n", &e->number->low,
				     &e->number->high, &end),
		    2);
		e->number->pattern = pattern(v + end);
		e->number->source = xstrdup(v + end);
	} else if ((v = value(s, "min ")) != NULL) {
		e->min_size = strtol(v, NULL, 10);
	} else if ((v = value(s, "max ")) != NULL) {
		e->max_size = strtol(v, NULL, 10);
	} else if ((v = value(s, "age ")) != NULL) {
		e->max_age = strtol(v, NULL, 10);
	} else if ((v = value(s, "banner ")) != NULL) {
		e->banner = xstrdup(v);
	} else
		fail_msg("%s", s);
}

/* "grade reason: detail" a line. */
static char *
findings(const struct target *t, const struct probe *p, bool last)
{
	struct findings l = { NULL, 0 };
	struct buf b;

	buf_init(&b, 65536);
	check_probe(&l, t, p, last, NOW);
	for (size_t i = 0; i < l.n; i++)
		buf_addf(&b, "%s%s %s: %s", i > 0 ? "\n" : "",
		    grade_word(l.finding[i].grade),
		    reason_word(l.finding[i].reason), l.finding[i].detail);
	free(l.finding);
	return buf_take(&b);
}

struct scene {
	struct site site;
	struct target target;
	struct probe probe;
};

static void
begin(struct scene *w, enum target_kind kind, const char *what, size_t max)
{
	site_init(&w->site);
	target_init(&w->target, kind);
	w->target.site = &w->site;
	w->target.slow = 0;
	if (what != NULL)
		expect(&w->target, what);
	probe_init(&w->probe, max);
	w->probe.status = 200;
}

static void
end(struct scene *w)
{
	probe_free(&w->probe);
	target_free(&w->target);
	site_free(&w->site);
}

static void
assert_found(const struct scene *w, bool last, const char *want)
{
	char *got = findings(&w->target, &w->probe, last);

	if (strcmp(got, want) != 0)
		fail_msg("%d \"%s\":\n%s\nnot\n%s", w->probe.status,
		    buf_str(&w->probe.body), got, want);
	free(got);
}

static void
replies(void **state)
{
	static const struct {
		int status;
		const char *head, *body;
		const char *expect[3];
		const char *found;
	} t[] = {
		/* the test page of old */
		{ 200, "", "success", { "equals success" }, "" },
		{ 200, "", "  success\r\n\n", { "equals success" }, "" },
		{ 200, "", "success", { "equals  success\n" }, "" },
		{ 200, "", "unsuccessful: database down", { "equals success" },
		    "down body-other: expected \"success\", got "
		    "\"unsuccessful: database down\"" },
		{ 200, "", "Success", { "equals success" },
		    "down body-other: expected \"success\", got \"Success\"" },
		{ 200, "", "", { "equals success" },
		    "down body-other: expected \"success\", got nothing" },
		{ 200, "", " \n ", { "equals success" },
		    "down body-other: expected \"success\", got nothing" },
		{ 200, "",
		    "<!DOCTYPE html>\n<html><head>\n<TITLE >Domain "
		    "parked</title>",
		    { "equals success" },
		    "down body-other: expected \"success\", got a page with "
		    "the title \"Domain parked\"" },
		{ 200, "", "<html><title></title><p>x", { "equals success" },
		    "down body-other: expected \"success\", got "
		    "\"<html><title></title><p>x\"" },
		{ 200, "", "a\x1b[31m\n\n b\xff", { "equals success" },
		    "down body-other: expected \"success\", got "
		    "\"a\\x1b[31m b\\xff\"" },

		/* status */
		{ 204, "", "", { NULL }, "" },
		{ 299, "", "", { NULL }, "" },
		{ 300, "", "", { NULL }, "down status: 300, expected 200-299" },
		{ 500, "", "", { NULL }, "down status: 500, expected 200-299" },
		{ 401, "", "", { "status 401-401" }, "" },
		{ 200, "", "", { "status 401-401", "status 403-404" },
		    "down status: 200, expected 401, 403-404" },
		{ 404, "", "", { "status 401-401", "status 403-404" }, "" },
		{ 500, "", "oh", { "equals success" },
		    "down status: 500, expected 200-299\n"
		    "down body-other: expected \"success\", got \"oh\"" },

		/* words */
		{ 200, "", "Welcome to us", { "contains come" }, "" },
		{ 200, "", "Welcome", { "contains come", "contains us" },
		    "down body-lacks: no \"us\" in \"Welcome\"" },
		{ 200, "", "", { "contains us" },
		    "down body-lacks: no \"us\" in nothing" },

		/* patterns */
		{ 200, "", "a\nok\nb", { "match ^ok$" }, "" },
		{ 200, "", "not ok", { "match ^ok$" },
		    "down body-lacks: no '^ok$' in \"not ok\"" },
		{ 200, "", "fine", { "absent (?i)error|fatal" }, "" },
		{ 200, "", "PHP Fatal error", { "absent (?i)error|fatal" },
		    "down body-has: there is \"Fatal\", found by "
		    "'(?i)error|fatal'" },

		/* numbers */
		{ 200, "", "queue: 17", { "number 0 20 queue: (\\d+)" }, "" },
		{ 200, "", "queue: 0", { "number 0 20 queue: (\\d+)" }, "" },
		{ 200, "", "queue: 20", { "number 0 20 queue: (\\d+)" }, "" },
		{ 200, "", "queue: 21", { "number 0 20 queue: (\\d+)" },
		    "down body-number: 21, expected at most 20, found by "
		    "'queue: (\\d+)'" },
		{ 200, "", "free: -1.5e2", { "number 0 inf free: (\\S+)" },
		    "down body-number: -150, expected at least 0, found by "
		    "'free: (\\S+)'" },
		{ 200, "", "free: nan", { "number 0 9 free: (\\S+)" },
		    "down body-number: \"nan\" is no number, found by "
		    "'free: (\\S+)'" },
		{ 200, "", "free: 0x1", { "number 0 9 free: (\\S+)" },
		    "down body-number: \"0x1\" is no number, found by "
		    "'free: (\\S+)'" },
		{ 200, "", "free: 1-2", { "number 0 9 free: (\\S+)" },
		    "down body-number: \"1-2\" is no number, found by "
		    "'free: (\\S+)'" },
		{ 200, "", "free: 3,5", { "number 0 9 free: (\\S+)" },
		    "down body-number: \"3,5\" is no number, found by "
		    "'free: (\\S+)'" },
		{ 200, "", "x", { "number 0 9 x(\\d)?" },
		    "down body-number: nothing is no number, found by "
		    "'x(\\d)?'" },
		{ 200, "", "x", { "number 0 9 y(\\d)" },
		    "down body-number: no 'y(\\d)' in \"x\"" },

		/* sizes */
		{ 200, "", "12345", { "min 5", "max 5" }, "" },
		{ 200, "", "1234", { "min 5" },
		    "down body-size: 4 bytes, expected at least 5" },
		{ 200, "", "123456", { "max 5" },
		    "down body-size: 6 bytes, expected at most 5" },

		/* headers */
		{ 200, "Server: nginx\r\n", "", { "header server" }, "" },
		{ 200, "Server: nginx\r\n", "", { "header server: ^ng" }, "" },
		{ 200, "A: 1\r\nA: 2\r\n", "", { "header A: 2" }, "" },
		{ 200, "Server: nginx\r\n", "", { "header X-Frame-Options" },
		    "down header: there is no header X-Frame-Options" },
		{ 200, "A: 1\r\nA: 2\r\n", "", { "header A: 3" },
		    "down header: A: expected '3', got \"2\"" },

		/* age */
		{ 200,
		    "Date: Sat, 21 Nov 2026 00:00:00 GMT\r\n"
		    "Last-Modified: Fri, 20 Nov 2026 23:59:00 GMT\r\n",
		    "", { "age 60" }, "" },
		{ 200,
		    "Date: Sat, 21 Nov 2026 00:00:01 GMT\r\n"
		    "Last-Modified: Fri, 20 Nov 2026 23:59:00 GMT\r\n",
		    "", { "age 60" },
		    "down body-age: 1m 1s old, expected at most 1m" },
		/* by the server's clock, not by ours */
		{ 200,
		    "Date: Fri, 01 May 2026 00:01:00 GMT\r\n"
		    "Last-Modified: Fri, 01 May 2026 00:00:30 GMT\r\n",
		    "", { "age 60" }, "" },
		{ 200, "Last-Modified: Fri, 20 Nov 2026 00:00:00 GMT\r\n", "",
		    { "age 60" },
		    "down body-age: 1d old, expected at most 1m" },
		{ 200, "Last-Modified: Sun, 22 Nov 2026 00:00:00 GMT\r\n", "",
		    { "age 60" }, "" },
		{ 200,
		    "Age: 1\r\nLast-Modified: Fri, 20 Nov 2026 00:00:00 "
		    "GMT\r\n",
		    "", { "age 60" },
		    "down body-age: 1d old, expected at most 1m" },
		{ 200, "Age: 61\r\n", "", { "age 60" },
		    "down body-age: 1m 1s old, expected at most 1m" },
		{ 200, "Age: 60\r\n", "", { "age 60" }, "" },
		{ 200, "Age: 99999999999999999999\r\n", "", { "age 60" },
		    "down body-age: neither Last-Modified nor Age tells it" },
		{ 200, "", "", { "age 60" },
		    "down body-age: neither Last-Modified nor Age tells it" },
		{ 200, "Last-Modified: yesterday\r\n", "", { "age 60" },
		    "down body-age: neither Last-Modified nor Age tells it" },
	};
	struct scene w;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(&w, TARGET_URL, NULL, 65536);
		for (size_t k = 0; k < 3 && t[i].expect[k] != NULL; k++)
			expect(&w.target, t[i].expect[k]);
		w.probe.status = t[i].status;
		buf_adds(&w.probe.head, t[i].head);
		buf_adds(&w.probe.body, t[i].body);
		assert_found(&w, true, t[i].found);
		/* on the way it does not matter */
		assert_found(&w, false, "");
		end(&w);
	}
}

static void
zeros_in_the_body(void **state)
{
	struct scene w;

	(void)state;
	begin(&w, TARGET_URL, "equals success", 100);
	expect(&w.target, "contains end");
	expect(&w.target, "match end$");
	buf_add(&w.probe.body, "success\0the end", 15);
	assert_found(&w, true,
	    "down body-other: expected \"success\", got \"success\\x00the "
	    "end\"");
	end(&w);
}

/* What was not read to its end. */
static void
more_than_the_maximum(void **state)
{
	static const struct {
		const char *expect, *head, *found;
	} t[] = {
		{ "equals success", "",
		    "down body-other: expected \"success\", got \"success\"" },
		{ "contains x", "",
		    "down body-lacks: no \"x\" in the first 7 bytes of "
		    "\"success\"" },
		{ "contains cc", "", "" },
		{ "match x", "",
		    "down body-lacks: no 'x' in the first 7 bytes of "
		    "\"success\"" },
		{ "absent x", "", "" },
		{ "max 7", "Content-Length: 1000\r\n",
		    "down body-size: 1,000 bytes, expected at most 7" },
		{ "min 8", "Content-Length: 1000\r\n", "" },
		{ "min 8", "Content-Length: 3\r\n",
		    "down body-size: 7 bytes, expected at least 8" },
	};
	struct scene w;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(&w, TARGET_URL, t[i].expect, 7);
		w.probe.body_full = true;
		buf_adds(&w.probe.head, t[i].head);
		buf_adds(&w.probe.body, "success");
		assert_found(&w, true, t[i].found);
		end(&w);
	}
}

static void
wild_patterns_are_no_evidence(void **state)
{
	static const char *const t[] = { "match ^(a|a)*b$", "absent ^(a|a)*b$",
		"number 0 1 ^(a|a)*b$" };
	struct scene w;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(&w, TARGET_URL, t[i], 65536);
		for (size_t k = 0; k < 3000; k++)
			buf_addc(&w.probe.body, 'a');
		buf_addc(&w.probe.body, 'c');
		buf_addc(&w.probe.body, 'b');
		assert_found(&w, true,
		    "unknown resources: the pattern '^(a|a)*b$' runs wild on "
		    "this reply");
		end(&w);
	}
}

static void
long_excerpts_are_cut(void **state)
{
	struct scene w;

	(void)state;
	begin(&w, TARGET_URL, "equals success", 65536);
	for (size_t i = 0; i < 6000; i++)
		buf_adds(&w.probe.body, "x\n\t ");
	assert_found(&w, true,
	    "down body-other: expected \"success\", got \"x x x x x x x x x x "
	    "x x x x x x x x x x x x x x x x x x…\"");
	end(&w);
}

static void
certificates(void **state)
{
	static const struct {
		int life, left; /* days */
		int64_t warn;
		double fraction;
		const char *found;
	} t[] = {
		{ 90, 30, 14 * DAY, 0, "" },
		{ 90, 14, 14 * DAY, 0, "" },
		{ 90, 13, 14 * DAY, 0,
		    "warning tls-expiring: expires in 13d, 2026-12-04" },
		{ 90, 1, 0, 0, "" },
		{ 90, 1, 0, 0.1,
		    "warning tls-expiring: expires in 1d, 2026-11-22" },
		{ 400, 39, 14 * DAY, 0.1,
		    "warning tls-expiring: expires in 39d, 2026-12-30" },
		{ 400, 40, 14 * DAY, 0.1, "" },
		/* one of six days would always be near its end */
		{ 6, 5, 14 * DAY, 0.1, "" },
		{ 6, 0, 14 * DAY, 0.1,
		    "warning tls-expiring: expires in 0s, 2026-11-21" },
		{ 90, 70, 60 * DAY, 0, "" },
		{ 90, 59, 60 * DAY, 0,
		    "warning tls-expiring: expires in 59d, 2027-01-19" },
	};
	struct scene w;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(&w, TARGET_URL, NULL, 10);
		w.site.cert_warn = t[i].warn;
		w.site.cert_warn_fraction = t[i].fraction;
		w.probe.cert.seen = true;
		w.probe.cert.not_after = NOW + t[i].left * DAY;
		w.probe.cert.not_before = w.probe.cert.not_after -
		    t[i].life * DAY;
		for (int last = 0; last < 2; last++) {
			assert_found(&w, last, t[i].found);
		}
		/* what failed before its end was looked at, or by it */
		probe_fail(&w.probe, REASON_TLS_HOST, "x");
		assert_found(&w, true, "down tls-host: x");
		w.probe.reason = REASON_NONE;
		w.probe.cert.seen = false;
		assert_found(&w, true, "");
		end(&w);
	}
}

static void
times(void **state)
{
	static const struct {
		int64_t slow, total;
		const char *found;
	} t[] = {
		{ 0, 99000000, "" },
		{ 2000, 2000000, "" },
		{ 2000, 3214000, "warning slow: 3.21 s, expected at most 2 s" },
		{ 500, 501000,
		    "warning slow: 0.501 s, expected at most 0.5 s" },
		{ 500, -1, "" },
	};
	struct scene w;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(&w, TARGET_URL, NULL, 10);
		w.target.slow = t[i].slow;
		w.probe.times.total = t[i].total;
		assert_found(&w, true, t[i].found);
		end(&w);
	}
}

static void
banners(void **state)
{
	static const struct {
		const char *banner, *body, *found;
	} t[] = {
		{ NULL, "", "" },
		{ NULL, "anything", "" },
		{ "220 ", "220 mx.example.com ESMTP\r\n", "" },
		{ "220 ", "554 go away\r\n",
		    "down banner: expected \"220\", got \"554 go away\"" },
		{ "SSH-2.0", "",
		    "down banner: expected \"SSH-2.0\", got "
		    "nothing" },
	};
	struct scene w;
	char text[80];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin(&w, TARGET_TCP, NULL, 100);
		if (t[i].banner != NULL) {
			snprintf(text, sizeof text, "banner %s", t[i].banner);
			expect(&w.target, text);
		}
		buf_adds(&w.probe.body, t[i].body);
		assert_found(&w, true, t[i].found);
		end(&w);
	}
}

/* A reason of the transport's is a finding by itself. */
static void
transport(void **state)
{
	struct scene w;
	char want[200];

	(void)state;
	begin(&w, TARGET_URL, "equals success", 10);
	for (int r = REASON_NONE + 1; r < REASON_N; r++) {
		const char *grade = "down";

		if (reason_layer((enum reason)r) == LAYER_SELF ||
		    r == REASON_PLUGIN_UNKNOWN || r == REASON_PLUGIN_BROKEN)
			grade = "unknown";
		else if (r == REASON_PLUGIN_WARNING)
			grade = "warning";
		probe_fail(&w.probe, (enum reason)r, "so");
		snprintf(want, sizeof want, "%s %s: so", grade,
		    reason_word((enum reason)r));
		assert_found(&w, true, want);
	}
	end(&w);
}

/* A clock that stands before this program was written. */
static void
wrong_clock(void **state)
{
	static const enum reason reason[] = { REASON_TLS_NOT_YET,
		REASON_TLS_EXPIRED, REASON_TLS_HOST };
	struct findings l = { NULL, 0 };
	struct scene w;

	(void)state;
	begin(&w, TARGET_URL, NULL, 10);
	for (size_t i = 0; i < 3; i++) {
		probe_fail(&w.probe, reason[i], "%s", "");
		check_probe(&l, &w.target, &w.probe, true, 86400);
	}
	assert_int_equal(l.n, 3);
	assert_int_equal(l.finding[0].reason, REASON_CLOCK);
	assert_int_equal(l.finding[0].grade, GRADE_UNKNOWN);
	assert_string_equal(l.finding[0].detail,
	    "it is 1970-01-02 here, which the certificate denies");
	assert_int_equal(l.finding[1].reason, REASON_CLOCK);
	assert_int_equal(l.finding[2].reason, REASON_TLS_HOST);
	free(l.finding);
	end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),
		cmocka_unit_test(zeros_in_the_body),
		cmocka_unit_test(more_than_the_maximum),
		cmocka_unit_test(wild_patterns_are_no_evidence),
		cmocka_unit_test(long_excerpts_are_cut),
		cmocka_unit_test(certificates),
		cmocka_unit_test(times),
		cmocka_unit_test(banners),
		cmocka_unit_test(transport),
		cmocka_unit_test(wrong_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
