/* SPDX-License-Identifier: ISC */
/* The verdict, from what was seen. */
#include "uptime/judge/check.h"

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
#include "uptime/dns/walk.h"

#define NOW 1795219200 /* 2026-11-21 00:00:00 */

/* A target and what was seen of it; begun, told, judged, ended. */
struct scene {
	struct site site;
	struct target target;
	struct sight sight;
	struct resolution resolution[CHECK_HOPS];
	char detail[CHECK_HOPS][PROBE_DETAIL];
	struct walk walk;
};

static void
begin(struct scene *w, enum target_kind kind)
{
	memset(w, 0, sizeof *w);
	site_init(&w->site);
	target_init(&w->target, kind);
	w->target.site = &w->site;
	w->target.slow = 2000;
	if (kind == TARGET_URL) {
		assert_null(
		    url_parse("https://www.example.com/", &w->target.ask.url));
		w->target.expect.equals = xstrdup("success");
	} else if (kind != TARGET_EXEC)
		w->target.host = xstrdup("www.example.com");
	w->sight.target = &w->target;
	w->sight.now = NOW;
	w->sight.nhop = 1;
	w->sight.zone = xcalloc(1, sizeof *w->sight.zone);
}

static void
end(struct scene *w)
{
	for (size_t i = 0; i < CHECK_HOPS; i++)
		free(w->resolution[i].ip);
	free(w->walk.ip);
	sight_free(&w->sight);
	target_free(&w->target);
	site_free(&w->site);
}

static struct ip
address(const char *text)
{
	struct ip ip;

	if (!ip_parse(text, 443, &ip))
		fail_msg("%s", text);
	return ip;
}

static void
add_address(struct ip **list, size_t *n, const char *text)
{
	*list = xreallocarray(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = address(text);
}

/* One more answer at the present hop: a good one. */
static struct probe *
add_probe(struct scene *w, const char *ip)
{
	struct hop *h = &w->sight.hop[w->sight.nhop - 1];
	struct probe *p;

	h->probe = xreallocarray(h->probe, h->n + 1, sizeof *h->probe);
	p = &h->probe[h->n++];
	probe_init(p, 1000);
	if (ip != NULL)
		p->ip = address(ip);
	p->status = 200;
	buf_adds(&p->body, "success");
	p->times = (struct probe_times){ 500, 1000, 3000, 7000, 7500 };
	return p;
}

static enum reason
reason_of(const char *word)
{
	enum reason r = reason_find(word);

	if (r == REASON_NONE)
		fail_msg("%s", word);
	return r;
}

/* "ip reason detail…" */
static void
add_failure(struct scene *w, char *arg)
{
	char *ip = strtok_r(arg, " ", &arg), *word = strtok_r(NULL, " ", &arg);
	struct probe *p = add_probe(w, strcmp(ip, "-") == 0 ? NULL : ip);

	probe_fail(p, reason_of(word), "%s", arg);
}

static void
set_zone(struct scene *w, char *arg)
{
	char *layer = strtok_r(arg, " ", &arg);
	char *grade = strtok_r(NULL, " ", &arg);
	char *reason = strtok_r(NULL, " ", &arg);
	struct layer_result *at;
	enum layer l;

	w->sight.walk = &w->walk;
	assert_true(layer_find(layer, &l));
	at = &w->sight.zone->at[l];
	at->evaluated = l != LAYER_SELF;
	for (int g = 0; g < GRADE_N; g++)
		if (strcmp(grade_word((enum grade)g), grade) == 0)
			at->grade = (enum grade)g;
	if (reason != NULL)
		at->reason = reason_of(reason);
	snprintf(at->detail, sizeof at->detail, "%s", arg);
}

static void
set_resolution(struct scene *w, char *arg, enum evidence e)
{
	size_t i = w->sight.nhop - 1;
	struct resolution *r = &w->resolution[i];
	char *word;

	w->sight.hop[i].resolution = r;
	r->detail = w->detail[i];
	r->evidence = e;
	r->us = 500;
	if (e != EVIDENCE_PASS) {
		r->reason = reason_of(strtok_r(arg, " ", &arg));
		snprintf(w->detail[i], sizeof w->detail[i], "%s", arg);
		return;
	}
	while ((word = strtok_r(arg, " ", &arg)) != NULL)
		add_address(&r->ip, &r->n, word);
}

/* The words of the tables below. */
static void
tell(struct scene *w, const char *line)
{
	struct sight *s = &w->sight;
	char copy[300], error[160], *arg;
	struct probe *p;

	snprintf(copy, sizeof copy, "%s", line);
	arg = copy + strcspn(copy, " ");
	if (*arg != '\0')
		*arg++ = '\0';
	if (strcmp(copy, "found") == 0)
		set_resolution(w, arg, EVIDENCE_PASS);
	else if (strcmp(copy, "unfound") == 0)
		set_resolution(w, arg, EVIDENCE_FAIL);
	else if (strcmp(copy, "unasked") == 0)
		set_resolution(w, arg, EVIDENCE_NONE);
	else if (strcmp(copy, "partial") == 0)
		w->resolution[0].partial = reason_of(arg);
	else if (strcmp(copy, "walked") == 0) {
		s->walk = &w->walk;
		while ((line = strtok_r(arg, " ", &arg)) != NULL)
			add_address(&w->walk.ip, &w->walk.nip, line);
	} else if (strcmp(copy, "zone") == 0)
		set_zone(w, arg);
	else if (strcmp(copy, "good") == 0)
		add_probe(w, strcmp(arg, "-") == 0 ? NULL : arg);
	else if (strcmp(copy, "bad") == 0)
		add_failure(w, arg);
	else if (strcmp(copy, "body") == 0) {
		p = add_probe(w, strtok_r(arg, " ", &arg));
		buf_reset(&p->body);
		buf_adds(&p->body, arg);
	} else if (strcmp(copy, "slowly") == 0) {
		p = add_probe(w, strtok_r(arg, " ", &arg));
		p->times.total = 3000000;
		buf_reset(&p->body);
		buf_adds(&p->body, arg);
	} else if (strcmp(copy, "contains") == 0) {
		w->target.expect.contains = xcalloc(1, sizeof(char *));
		w->target.expect.contains[0] = xstrdup(arg);
		w->target.expect.ncontains = 1;
	} else if (strcmp(copy, "wild") == 0) {
		w->target.expect.match = regex_compile("^(s|s)*b$", error);
		w->target.expect.match_source = xstrdup("^(s|s)*b$");
		p = add_probe(w, arg);
		buf_reset(&p->body);
		for (int i = 0; i < 900; i++)
			buf_addc(&p->body, 's');
		buf_adds(&p->body, "cb");
		free(w->target.expect.equals);
		w->target.expect.equals = NULL;
	} else if (strcmp(copy, "status") == 0) {
		p = add_probe(w, strtok_r(arg, " ", &arg));
		p->status = (int)strtol(arg, NULL, 10);
	} else if (strcmp(copy, "slow") == 0)
		add_probe(w, arg)->times.total = 3000000;
	else if (strcmp(copy, "cert") == 0) {
		p = add_probe(w, arg);
		p->cert.seen = true;
		p->cert.not_before = NOW - 80 * 86400;
		p->cert.not_after = NOW + 10 * 86400;
	} else if (strcmp(copy, "early") == 0) {
		p = add_probe(w, strtok_r(arg, " ", &arg));
		probe_fail(p, REASON_TLS_NOT_YET, "%s", "");
		p->cert.seen = true;
		p->cert.not_before = NOW + strtol(arg, NULL, 10);
		p->cert.not_after = NOW + 90 * 86400;
	} else if (strcmp(copy, "leads") == 0) {
		p = add_probe(w, strtok_r(arg, " ", &arg));
		p->status = 302;
		p->location = xstrdup(arg);
	} else if (strcmp(copy, "hop") == 0) {
		s->nhop++;
		assert_null(url_parse(arg, &s->hop[s->nhop - 1].url));
	} else if (strcmp(copy, "stopped") == 0) {
		s->stopped = reason_of(strtok_r(arg, " ", &arg));
		snprintf(s->why, sizeof s->why, "%s", arg);
	} else if (strcmp(copy, "url") == 0) {
		url_free(&w->target.ask.url);
		assert_null(url_parse(arg, &w->target.ask.url));
	} else if (strcmp(copy, "ours") == 0)
		add_address(&w->site.addresses, &w->site.naddresses, arg);
	else if (strcmp(copy, "banner") == 0)
		w->target.expect.banner = xstrdup(arg);
	else if (strcmp(copy, "offline") == 0)
		s->offline = true;
	else if (strcmp(copy, "no-v6") == 0)
		s->no_v6 = true;
	else if (strcmp(copy, "no-v4") == 0)
		s->no_v4 = true;
	else if (strcmp(copy, "only-v6") == 0)
		w->site.v4 = false;
	else if (strcmp(copy, "only-v4") == 0)
		w->site.v6 = false;
	else if (strcmp(copy, "private") == 0)
		w->site.allow_private = true;
	else if (strcmp(copy, "1970") == 0)
		s->now = 86400;
	else if (strcmp(copy, "none") == 0)
		s->nhop = 0;
	else
		fail_msg("%s", line);
}

/* "grade layer reason: detail [layer=good/all …]", where '~' is a warning,
 * '!' degraded, '?' no evidence, 'X' down. */
static char *
verdict(const struct sight *s)
{
	static const char mark[] = "\0?~!X";
	static const char *const evidence[] = { "pass", "fail", "none" };
	struct verdict v;
	struct buf b;

	check_judge(&v, s);
	buf_init(&b, 4096);
	buf_addf(&b, "%s/%s %s %s: %s [", grade_word(v.grade),
	    evidence[v.evidence], layer_word(v.layer), reason_word(v.reason),
	    v.detail);
	for (size_t l = LAYER_REGISTRY; l < LAYER_N; l++) {
		const struct layer_result *at = &v.at[l];

		if (!at->evaluated) {
			assert_int_equal(at->grade, GRADE_OK);
			continue;
		}
		buf_addf(&b, " %s", layer_word((enum layer)l));
		if (mark[at->grade] != '\0')
			buf_addc(&b, mark[at->grade]);
		if (at->all > 0)
			buf_addf(&b, "=%d/%d", at->good, at->all);
	}
	buf_adds(&b, " ]");
	if (v.evidence == EVIDENCE_NONE)
		assert_int_equal(v.grade, GRADE_UNKNOWN);
	if (v.grade == GRADE_OK)
		assert_int_equal(v.layer, LAYER_N);
	return buf_take(&b);
}

static enum target_kind
kind_of(const char *word)
{
	static const char *const kind[] = { "url", "tcp", "dns", "exec" };

	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++)
		if (strcmp(kind[i], word) == 0)
			return (enum target_kind)i;
	fail_msg("\"%s\" is no kind of a target", word);
	return TARGET_URL;
}

/* Each scene of the file, and all that differ are told. */
static void
verdicts(void **state)
{
	FILE *f = fopen("tests/data/verdicts.txt", "r");
	int scenes = 0, wrong = 0, n = 0;
	struct scene w;
	char line[500], *got;
	bool begun = false;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		n++;
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#' || *line == '\0')
			continue;
		if (*line == '\t') {
			assert_true(begun);
			tell(&w, line + 1);
		} else if (*line != '=') {
			begin(&w, kind_of(line));
			begun = true;
		} else {
			assert_true(begun);
			got = verdict(&w.sight);
			if (strcmp(got, line + 2) != 0) {
				print_error("verdicts.txt:%d:\n%s\n", n, got);
				wrong++;
			}
			free(got);
			end(&w);
			begun = false;
			scenes++;
		}
	}
	fclose(f);
	assert_int_equal(wrong, 0);
	assert_true(scenes > 80);
}

/* Stages follow each other; the slowest address counts. */
static void
times(void **state)
{
	struct scene w;
	struct verdict v;

	(void)state;
	begin(&w, TARGET_URL);
	tell(&w, "found 8.8.8.1 8.8.8.2");
	add_probe(&w, "8.8.8.1")->times = (struct probe_times){ 1, 1000, 9000,
		10000, 10500 };
	add_probe(&w, "8.8.8.2")->times = (struct probe_times){ 1, 2000, 3000,
		11000, 11200 };
	check_judge(&v, &w.sight);
	assert_int_equal(v.at[LAYER_REGISTRY].us, -1);
	assert_int_equal(v.at[LAYER_RECORDS].us, 500);
	assert_int_equal(v.at[LAYER_TCP].us, 2000);
	assert_int_equal(v.at[LAYER_TLS].us, 8000);
	assert_int_equal(v.at[LAYER_HTTP].us, 8000);
	assert_int_equal(v.at[LAYER_BODY].us, 500);
	assert_int_equal(v.at[LAYER_LATENCY].us, 11200);
	assert_int_equal(v.us, 11200);
	/* where it ended, what was left took all the rest */
	w.sight.hop[0].probe[0].times = (struct probe_times){ 1, 1000, -1, -1,
		20000 };
	probe_fail(&w.sight.hop[0].probe[0], REASON_TLS_TIMEOUT, "x");
	check_judge(&v, &w.sight);
	assert_int_equal(v.at[LAYER_TCP].us, 2000);
	assert_int_equal(v.at[LAYER_TLS].us, 19000);
	assert_int_equal(v.us, 11200);
	end(&w);

	/* no TLS */
	begin(&w, TARGET_URL);
	tell(&w, "url http://8.8.8.1/");
	add_probe(&w, "8.8.8.1")->times = (struct probe_times){ 1, 1000, -1,
		10000, 10500 };
	check_judge(&v, &w.sight);
	assert_int_equal(v.at[LAYER_TLS].us, -1);
	assert_int_equal(v.at[LAYER_HTTP].us, 9000);
	end(&w);
}

/* ---- any order ----------------------------------------------------------- */

static unsigned
random_number(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

static void
shuffle(struct hop *h, uint64_t *seed)
{
	struct probe t;
	size_t k;

	for (size_t i = h->n; i > 1; i--) {
		k = random_number(seed, (unsigned)i);
		t = h->probe[i - 1];
		h->probe[i - 1] = h->probe[k];
		h->probe[k] = t;
	}
}

/* Any answer of an address; true if it is a good one. */
static bool
tell_any(struct scene *w, const char *ip, bool may_lead, uint64_t *seed)
{
	static const struct {
		const char *what, *rest;
	} any[] = { { "good", "" }, { "good", "" }, { "slow", "" },
		{ "cert", "" }, { "status", " 500" },
		{ "body", " unsuccessful" }, { "bad", " connect-refused" },
		{ "bad", " tls-host x" }, { "bad", " http-timeout" },
		{ "bad", " body-cut" }, { "bad", " deadline" },
		{ "bad", " connect-unreachable" }, { "leads", " /x" },
		{ "leads", " /x" }, { "leads", " /y" } };
	unsigned n = sizeof any / sizeof *any - (may_lead ? 0 : 3);
	unsigned i = random_number(seed, n);
	char line[100];

	snprintf(line, sizeof line, "%s %s%s", any[i].what, ip, any[i].rest);
	tell(w, line);
	return i < 4;
}

/* A sight like those that happen; how many replies of the end are good. */
static int
tell_all(struct scene *w, uint64_t *seed)
{
	static const char *const ip[] = { "8.8.8.1", "8.8.8.2", "8.8.8.3",
		"2001:4860::1", "2001:4860::2" };
	unsigned n = 1 + random_number(seed, 5);
	bool leads = random_number(seed, 3) == 0;
	int good = 0;

	tell(w, "found 8.8.8.1 8.8.8.2 8.8.8.3 2001:4860::1 2001:4860::2");
	if (random_number(seed, 4) == 0)
		tell(w, "no-v6");
	for (unsigned i = 0; i < n; i++)
		good += tell_any(w, ip[i], leads, seed);
	if (!leads)
		return good;
	tell(w, "leads 8.8.8.4 /x");
	tell(w, "hop https://www.example.com/x");
	tell(w, "found 8.8.8.1 8.8.8.2 8.8.8.3 2001:4860::1 2001:4860::2");
	for (unsigned i = 0; i < n; i++)
		good += tell_any(w, ip[i], false, seed);
	return good;
}

static void
any_order_and_never_good_for_nothing(void **state)
{
	uint64_t seed = 1, again;
	struct scene w;
	struct verdict v;
	char *first, *other;
	int good;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		begin(&w, TARGET_URL);
		again = seed;
		good = tell_all(&w, &seed);
		first = verdict(&w.sight);
		check_judge(&v, &w.sight);
		if (v.evidence == EVIDENCE_PASS && good == 0)
			fail_msg("%d: %s", i, first);
		if (v.grade == GRADE_DOWN && good > 0)
			fail_msg("%d: %s", i, first);
		for (int k = 0; k < 3; k++) {
			for (size_t h = 0; h < w.sight.nhop; h++)
				shuffle(&w.sight.hop[h], &again);
			other = verdict(&w.sight);
			assert_string_equal(first, other);
			free(other);
		}
		free(first);
		end(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(times),
		cmocka_unit_test(any_order_and_never_good_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
