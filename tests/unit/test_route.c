/* SPDX-License-Identifier: ISC */
/* Which route takes a path. */
#include "watchdog/match/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
covers(void **state)
{
	static const struct {
		const char *prefix, *path;
		bool yes;
	} t[] = {
		{ "/news", "/news", true },
		{ "/news", "/news/", true },
		{ "/news", "/news/x.php", true },
		{ "/news", "/newsletter", false },
		{ "/news", "/newsletter/news", false },
		{ "/news", "/new", false },
		{ "/news", "/", false },
		{ "/news", "", false },
		{ "/news", "/News/x.php", false },
		{ "/news", "/shop/news/x.php", false },
		{ "/news/", "/news/x.php", true },
		{ "/news/", "/news", true },
		{ "/news/", "/newsletter", false },
		{ "/news//", "/news/x.php", true },
		{ "/news/old", "/news/old/a", true },
		{ "/news/old", "/news/older", false },
		{ "/news/old", "/news", false },
		{ "/", "/", true },
		{ "/", "/x", true },
		{ "/", "/bboard/post.php", true },
		{ "//", "/x", true },
		{ "", "/x", true },
		{ "/", "", true },
		{ "/a", "/\xff/a", false },
		{ "/\xff", "/\xff/a", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++)
		if (route_covers(t[i].prefix, t[i].path) != t[i].yes)
			fail_msg("\"%s\" and \"%s\"", t[i].prefix, t[i].path);
}

/* The prefix of the route found, or "-". */
static const char *
found(const struct routes *routes, const char *path)
{
	const struct route *r = route_find(routes, (struct span){ "", 0 },
	    path);

	return r != NULL ? r->prefix : "-";
}

static void
longest_wins_in_any_order(void **state)
{
	static char root[] = "/", news[] = "/news", old[] = "/news/old/";
	struct route up[] = { { .prefix = root }, { .prefix = news },
		{ .prefix = old } };
	struct route down[] = { { .prefix = old }, { .prefix = news },
		{ .prefix = root } };
	struct routes order[] = { { up, 3 }, { down, 3 } };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_string_equal(found(&order[i], "/news/old/a"), old);
		assert_string_equal(found(&order[i], "/news/old"), old);
		assert_string_equal(found(&order[i], "/news/older"), news);
		assert_string_equal(found(&order[i], "/newsletter"), root);
		assert_string_equal(found(&order[i], "/"), root);
		assert_string_equal(found(&order[i], NULL), "-");
	}
}

static void
no_route(void **state)
{
	static char news[] = "/news";
	struct route one[] = { { .prefix = news } };
	struct routes some = { one, 1 }, none = { NULL, 0 };

	(void)state;
	assert_string_equal(found(&some, "/shop/x"), "-");
	assert_string_equal(found(&some, "/"), "-");
	assert_string_equal(found(&none, "/news"), "-");
	assert_string_equal(found(&none, NULL), "-");
}

static void
first_of_equals(void **state)
{
	static char a[] = "/news", b[] = "/news/";
	struct route two[] = { { .prefix = a }, { .prefix = b } };
	struct routes routes = { two, 2 };

	(void)state;
	assert_ptr_equal(route_find(&routes, (struct span){ "", 0 }, "/news/x"),
	    &two[0]);
}

static void
sites(void **state)
{
	static char root[] = "/", news[] = "/news", www[] = "www.example.com",
		    shop[] = "shop.example.com";
	struct route r[] = { { .prefix = root }, { .prefix = news },
		{ .prefix = root, .site = www },
		{ .prefix = news, .site = shop } };
	const struct routes routes = { r, 4 };
	static const struct {
		const char *site, *path;
		int route; /* -1: none */
	} t[] = {
		{ "", "/news/x", 1 },
		{ "", "/x", 0 },
		{ "", NULL, -1 },
		{ "www.example.com", "/news/x", 2 },
		{ "WWW.Example.COM", "/x", 2 },
		{ "www.example.com", NULL, 2 },
		{ "www.example.co", "/news/x", 1 },
		{ "www.example.com.", "/x", 0 },
		{ "shop.example.com", "/news/x", 3 },
		{ "shop.example.com", "/newsletter", 0 },
		{ "shop.example.com", NULL, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		const struct route *got = route_find(&routes,
		    (struct span){ t[i].site, strlen(t[i].site) }, t[i].path);

		if (got != (t[i].route < 0 ? NULL : &r[t[i].route]))
			fail_msg("row %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(covers),
		cmocka_unit_test(longest_wins_in_any_order),
		cmocka_unit_test(no_route),
		cmocka_unit_test(first_of_equals),
		cmocka_unit_test(sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
