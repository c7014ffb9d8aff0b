/* SPDX-License-Identifier: ISC */
/* What a stretch of time looks like as a whole, and as a page. */
#include "watchdog/tell/overview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "watchdog/match/urls.h"
#include "watchdog/tell/overview_page.h"

#define FROM 480000 /* the stretch: hours */
#define TO (FROM + 24)

static struct span
span(const char *s)
{
	return (struct span){ s, strlen(s) };
}

/* hours: relative to FROM */
static void
add(struct overview *o, uint64_t id, const char *path, int64_t first,
    const struct story_hour *hours, size_t n)
{
	struct story_hour h[8];
	struct story s = { .fingerprint = { 7, id },
		.route = "/",
		.site = "",
		.level = LEVEL_ERROR,
		.first = (FROM + first) * 3600,
		.path = path,
		.file = "/var/log/x",
		.message = span("boom"),
		.sample = span("the whole\nof it"),
		.hour = h,
		.nhour = n };

	for (size_t i = 0; i < n; i++) {
		h[i].hour = FROM + hours[i].hour;
		h[i].records = hours[i].records;
		s.last = h[i].hour * 3600;
	}
	overview_add(o, &s);
}

static void
news(void **state)
{
	static const struct {
		int64_t first;
		struct story_hour h[4];
		size_t n;
		enum news news;
		int64_t records, before;
	} t[] = {
		{ 3, { { 3, 2 }, { 23, 5 } }, 2, NEWS_NEW, 7, 0 },
		{ 0, { { 0, 1 } }, 1, NEWS_NEW, 1, 0 },
		{ -1, { { -1, 4 }, { 1, 4 } }, 2, NEWS_KNOWN, 4, 4 },
		{ -1, { { -1, 4 } }, 1, NEWS_GONE, 0, 4 },
		{ -24, { { -24, 1 } }, 1, NEWS_GONE, 0, 1 },
		{ -99, { { -24, 6 }, { 5, 20 } }, 2, NEWS_GROWING, 20, 6 },
		{ -99, { { -24, 7 }, { 5, 20 } }, 2, NEWS_KNOWN, 20, 7 },
		{ -99, { { -25, 6 }, { 5, 19 } }, 2, NEWS_KNOWN, 19, 0 },
		/* what comes after the stretch does not count */
		{ -99, { { -5, 6 }, { 24, 99 } }, 2, NEWS_GONE, 0, 6 },
	};
	struct overview o;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		overview_init(&o, FROM, TO);
		add(&o, i, "/a/b", t[i].first, t[i].h, t[i].n);
		overview_finish(&o);
		assert_int_equal(o.ngroup, 1);
		if (o.group[0].news != t[i].news ||
		    o.group[0].records != t[i].records ||
		    o.group[0].before != t[i].before)
			fail_msg("row %zu: %s, %lld, %lld", i,
			    news_name(o.group[0].news),
			    (long long)o.group[0].records,
			    (long long)o.group[0].before);
		assert_int_equal(o.records, t[i].records);
		assert_int_equal(o.before, t[i].before);
		overview_free(&o);
	}
	/* long ago, or never: no part of it */
	overview_init(&o, FROM, TO);
	add(&o, 1, "/a", -99, &(struct story_hour){ -25, 3 }, 1);
	add(&o, 2, "/a", -99, NULL, 0);
	overview_finish(&o);
	assert_int_equal(o.ngroup + o.nsection, 0);
	overview_free(&o);
}

static void
orders_and_sections(void **state)
{
	static const struct story_hour old[] = { { -1, 9 }, { 2, 5 } };
	static const struct story_hour in[] = { { 23, 6 } };
	static const struct story_hour gone[] = { { -2, 1 } };
	struct overview o;

	(void)state;
	overview_init(&o, FROM, TO);
	add(&o, 1, "/bboard/x", -9, old, 2);
	add(&o, 2, "/bboard/y", -9, gone, 1);
	add(&o, 3, "/bboard/", 23, in, 1);
	add(&o, 4, "/x", -9, old, 2);
	add(&o, 5, "", 23, in, 1);
	overview_finish(&o);
	assert_int_equal(o.records, 22);
	assert_int_equal(o.hour[2], 10);
	assert_int_equal(o.hour[23], 12);
	assert_int_equal(o.nbin, 24);
	assert_int_equal(o.of[NEWS_NEW], 2);
	assert_int_equal(o.group[0].news, NEWS_NEW);
	assert_int_equal(o.group[2].news, NEWS_GONE);
	assert_int_equal(o.group[4].news, NEWS_KNOWN);
	assert_memory_equal(o.group[0].message, "boom", 5);
	assert_int_equal(o.nsection, 3);
	assert_memory_equal(o.section[0].name.p, "/bboard", 7);
	assert_int_equal(o.section[0].name.n, 7);
	assert_int_equal(o.section[0].records, 11);
	assert_int_equal(o.section[0].before, 10);
	assert_int_equal(o.section[0].groups, 2);
	assert_int_equal(o.section[0].fresh, 1);
	assert_int_equal(o.section[1].name.n, 0);
	assert_int_equal(o.section[2].name.n, 1);
	overview_free(&o);
}

/* However long: so many bars, and each hour in one of them. */
static void
bins(void **state)
{
	struct overview o;
	struct story_hour last;

	(void)state;
	for (int64_t hours = 1; hours <= STORY_DAYS * 24; hours++) {
		overview_init(&o, FROM, FROM + hours);
		assert_in_range(o.nbin, 1, OVERVIEW_BINS);
		assert_true((int64_t)o.nbin * o.step >= hours);
		assert_true((int64_t)(o.nbin - 1) * o.step < hours);
		last = (struct story_hour){ hours - 1, 3 };
		add(&o, 1, "/", 0, &last, 1);
		overview_finish(&o);
		assert_int_equal(o.bin[o.nbin - 1], 3);
		overview_free(&o);
	}
}

static void
page_is_harmless(void **state)
{
	static const char bad[] =
	    "<script>alert(1)</script>\x1b[31m\xff \xe2\x80\xae\"'&";
	static const struct story_hour h = { 3, 2 };
	struct story_hour at = { FROM + h.hour, h.records };
	struct overview_env env = { bad, FROM * 3600, NULL };
	struct story s = { .route = bad,
		.site = bad,
		.path = bad,
		.file = bad,
		.first = FROM * 3600,
		.last = FROM * 3600,
		.message = span(bad),
		.sample = span(bad),
		.hour = &at,
		.nhour = 1 };
	struct overview o;
	struct buf page;

	(void)state;
	overview_init(&o, FROM, TO);
	overview_add(&o, &s);
	overview_add_url(&o, bad, 2);
	overview_finish(&o);
	buf_init(&page, 1 << 20);
	overview_page(&page, &o, &env);
	assert_null(strstr(buf_str(&page), "<script"));
	assert_non_null(strstr(page.p, "&lt;script&gt;alert(1)"));
	assert_non_null(strstr(page.p, "\\x1b[31m\\xff \\xe2\\x80\\xae"));
	assert_non_null(strstr(page.p, "&amp;"));
	assert_null(strchr(page.p, '\x1b'));
	assert_null(strchr(page.p, '\xff'));
	buf_free(&page);
	overview_free(&o);
}

static void
urls(void **state)
{
	struct urls *u = urls_new();
	char path[32];
	int64_t sum = 0;

	(void)state;
	urls_add(u, 5, "/a");
	urls_add(u, 5, "/b");
	urls_add(u, 6, "/a");
	urls_add(u, 5, "/a");
	assert_int_equal(urls_count(u), 3);
	assert_int_equal(urls_at(u, 0)->records, 2);
	assert_int_equal(urls_at(u, 2)->hour, 6);
	for (int i = 0; i < 2 * URLS_MAX; i++) {
		snprintf(path, sizeof path, "/%d", i);
		urls_add(u, 7, path);
	}
	/* what is not named is counted all the same */
	assert_int_equal(urls_count(u), URLS_MAX + 1);
	assert_string_equal(urls_at(u, URLS_MAX)->path, "");
	for (size_t i = 0; i < urls_count(u); i++)
		sum += urls_at(u, i)->records;
	assert_int_equal(sum, 4 + 2 * URLS_MAX);
	urls_free(u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(news),
		cmocka_unit_test(orders_and_sections),
		cmocka_unit_test(bins),
		cmocka_unit_test(page_is_harmless),
		cmocka_unit_test(urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
