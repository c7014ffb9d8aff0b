/* SPDX-License-Identifier: ISC */
/* Paths: normalised, decoded, cut off their docroot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "watchdog/match/locate.h"

#define SPAN(s) \
	{ \
		s, sizeof s - 1 \
	}

static void
normalises(void **state)
{
	static const struct {
		struct span in;
		bool url;
		const char *out; /* NULL: refused */
	} t[] = {
		{ SPAN("/"), true, "/" },
		{ SPAN("/a/b.php"), true, "/a/b.php" },
		{ SPAN("/a/"), true, "/a/" },
		{ SPAN("//a///b//"), true, "/a/b/" },
		{ SPAN("/./a/./b/."), true, "/a/b/" },
		{ SPAN("/a/b/.."), true, "/a/" },
		{ SPAN("/a/b/../"), true, "/a/" },
		{ SPAN("/a/../b"), true, "/b" },
		{ SPAN("/a/../../b"), true, "/b" },
		{ SPAN("/.."), true, "/" },
		{ SPAN("/../../etc/passwd"), true, "/etc/passwd" },
		{ SPAN("/..."), true, "/..." },
		{ SPAN("/..a/.b/c."), true, "/..a/.b/c." },
		{ SPAN("/a?b=/c"), true, "/a" },
		{ SPAN("/a#b"), true, "/a" },
		{ SPAN("/?"), true, "/" },
		{ SPAN("/%61/%2e%2e/%2E/b"), true, "/b" },
		{ SPAN("/a%2fb%2F..%2fc"), true, "/a/c" },
		{ SPAN("/a%3Fb"), true, "/a?b" },
		{ SPAN("/%252e%252e/a"), true, "/%2e%2e/a" },
		{ SPAN("/%zz%4"), true, "/%zz%4" },
		{ SPAN("/%"), true, "/%" },
		{ SPAN("/%c3%a9\xff"), true, "/\xc3\xa9\xff" },
		{ SPAN("/a%0ab"), true, "/a\nb" },
		{ SPAN("/a%00b"), true, NULL },
		{ SPAN("/a\0b"), true, NULL },
		{ SPAN("/a\0b"), false, NULL },
		{ SPAN(""), true, NULL },
		{ SPAN("*"), true, NULL },
		{ SPAN("a/b"), true, NULL },
		{ SPAN("?/a"), true, NULL },
		{ SPAN("http://h/a?b"), true, "/a" },
		{ SPAN("https://h:1/../a"), true, "/a" },
		{ SPAN("http://h"), true, NULL },
		{ SPAN("h:443"), true, NULL },
		{ SPAN("/a?b#c%2f/../d"), false, "/d" },
		{ SPAN("/a%2fb?c"), false, "/a%2fb?c" },
		{ SPAN("http://h/a"), false, NULL },
		{ SPAN(""), false, NULL },
	};
	struct buf b;
	size_t i;
	bool done;

	(void)state;
	buf_init(&b, 100);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&b);
		buf_adds(&b, "keep");
		done = locate_normalise(&b, t[i].in.p, t[i].in.n, t[i].url);
		if (done != (t[i].out != NULL) ||
		    strcmp(buf_str(&b) + 4, t[i].out != NULL ? t[i].out : "") !=
			0)
			fail_msg("%.*s: %s", (int)t[i].in.n, t[i].in.p,
			    buf_str(&b));
	}
	buf_free(&b);
}

static void
too_long_is_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 6);
	buf_adds(&b, "ab");
	assert_false(locate_normalise(&b, "/cdefg", 6, true));
	assert_string_equal(buf_str(&b), "ab");
	assert_true(locate_normalise(&b, "/cde", 4, true));
	assert_string_equal(buf_str(&b), "ab/cde");
	buf_free(&b);
}

static void
docroots(void **state)
{
	static const struct docroot roots[] = { { .dir = SPAN("/srv/a") },
		{ .dir = SPAN("/srv/a/b/") }, { .dir = SPAN("/srv/a-old") },
		{ SPAN("/srv/bb/current"), SPAN("/bboard") } };
	static const struct docroot all[] = { { .dir = SPAN("/") } };
	static const struct {
		const char *file, *path;
	} t[] = {
		{ "/srv/a/x.php", "/x.php" },
		{ "/srv/a/b/x.php", "/x.php" },
		{ "/srv/a/bb/x.php", "/bb/x.php" },
		{ "/srv/a", "/" },
		{ "/srv/a/", "/" },
		{ "/srv/a/b", "/" },
		{ "/srv/a-old/x", "/x" },
		{ "/srv/a-older/x", NULL },
		{ "/srv/bb/current/x.php", "/bboard/x.php" },
		{ "/srv/bb/current", "/bboard" },
		{ "/srv/bb/current/", "/bboard/" },
		{ "/srv/bb/x", NULL },
		{ "/srv//a/./x", "/x" },
		{ "/srv/a/../b/x", NULL },
		{ "/srv/a/../a/x", "/x" },
		{ "/srv", NULL },
		{ "/etc/passwd", NULL },
		{ "srv/a/x", NULL },
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 100);
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		buf_reset(&b);
		if (locate_file(&b, t[i].file, strlen(t[i].file), roots, 4) !=
			(t[i].path != NULL) ||
		    strcmp(buf_str(&b), t[i].path != NULL ? t[i].path : "") !=
			0)
			fail_msg("%s: %s", t[i].file, buf_str(&b));
	}
	buf_reset(&b);
	assert_false(locate_file(&b, "/srv/a/x", 8, NULL, 0));
	assert_true(locate_file(&b, "/srv/a/x", 8, all, 1));
	assert_string_equal(buf_str(&b), "/srv/a/x");
	buf_free(&b);
}

static void
sections(void **state)
{
	static const struct {
		const char *path, *section;
	} t[] = {
		{ "/bboard/post.php", "/bboard" },
		{ "/bboard/", "/bboard" },
		{ "/bboard/private/x", "/bboard/private" },
		{ "/x.php", "/" },
		{ "/", "/" },
		{ "", "" },
	};
	struct span s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++) {
		s = locate_section(t[i].path, strlen(t[i].path));
		assert_int_equal(s.n, strlen(t[i].section));
		assert_memory_equal(s.p, t[i].section, s.n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normalises),
		cmocka_unit_test(too_long_is_refused),
		cmocka_unit_test(docroots),
		cmocka_unit_test(sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
