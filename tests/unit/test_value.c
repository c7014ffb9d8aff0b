/* SPDX-License-Identifier: ISC */
/* Small values, as people write them. */
#include "uptime/conf/value.h"

#include <sys/socket.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/host/conf.h"

#define COUNT(t) (sizeof(t) / sizeof *(t))

static void
test_plain(void **state)
{
	static const struct {
		const char *s;
		int64_t ms, size; /* -1: none */
	} t[] = {
		{ "5ms", 5, -1 },
		{ "2s", 2000, -1 },
		{ "1m", 60000, -1 },
		{ "0s", 0, -1 },
		{ "5", -1, 5 },
		{ "64k", -1, 65536 },
		{ "10M", -1, 10485760 },
		{ "1G", -1, 1073741824 },
		{ "", -1, -1 },
		{ "k", -1, -1 },
		{ "-1", -1, -1 },
		{ "1kk", -1, -1 },
		{ "1K", -1, -1 },
		{ "1 k", -1, -1 },
		{ "5msx", -1, -1 },
		{ "99999999999999999999", -1, -1 },
		{ "99999999999999999999ms", -1, -1 },
	};
	char **word;
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		int64_t v = -1;

		assert_int_equal(value_ms(t[i].s, &v), t[i].ms >= 0);
		assert_int_equal(v, t[i].ms);
		v = -1;
		assert_int_equal(conf_parse_size(t[i].s, &v), t[i].size >= 0);
		assert_int_equal(v, t[i].size);
	}
	word = value_words(" a\tbc  d ", &n);
	assert_int_equal(n, 3);
	assert_string_equal(word[1], "bc");
	assert_null(word[3]);
	for (size_t i = 0; i < n; i++)
		free(word[i]);
	free(word);
}

static void
test_ranges(void **state)
{
	static const struct {
		const char *s;
		int low, high; /* 0: none */
	} status[] = {
		{ "200", 200, 200 },
		{ "200-299", 200, 299 },
		{ "100-599", 100, 599 },
		{ "99", 0, 0 },
		{ "600", 0, 0 },
		{ "300-200", 0, 0 },
		{ "200-", 0, 0 },
		{ "-200", 0, 0 },
		{ "2xx", 0, 0 },
		{ "", 0, 0 },
		{ "99999999999", 0, 0 },
	};
	static const struct {
		const char *s;
		double want; /* -1: none */
	} fraction[] = {
		{ "0%", 0 },
		{ "25%", 0.25 },
		{ "100%", 1 },
		{ "101%", -1 },
		{ "25", -1 },
		{ "%", -1 },
		{ "-1%", -1 },
		{ "1.5%", -1 },
	};
	struct status_range r;
	double f;

	(void)state;
	for (size_t i = 0; i < COUNT(status); i++) {
		r.low = r.high = 0;
		assert_int_equal(value_status(status[i].s, &r),
		    status[i].low > 0);
		assert_int_equal(r.low, status[i].low);
		assert_int_equal(r.high, status[i].high);
	}
	for (size_t i = 0; i < COUNT(fraction); i++) {
		f = -1;
		assert_int_equal(value_fraction(fraction[i].s, &f),
		    fraction[i].want >= 0);
		assert_true(f == fraction[i].want);
	}
}

static void
test_number(void **state)
{
	static const struct {
		const char *s;
		double low, high;
		const char *pattern; /* NULL: refused */
	} t[] = {
		{ "0..100 a (b)", 0, 100, "a (b)" },
		{ "-1.5..-0.5\tx", -1.5, -0.5, "x" },
		{ "..1  x ", -HUGE_VAL, 1, "x " },
		{ "1e3.. x..y", 1000, HUGE_VAL, "x..y" },
		{ ".. x", -HUGE_VAL, HUGE_VAL, "x" },
		{ "5..5 x", 5, 5, "x" },
		{ "0..100", 0, 0, NULL },
		{ "0..100 ", 0, 0, NULL },
		{ "0...5 x", 0, 0.5, "x" },
		{ "100 x..y", 0, 0, NULL },
		{ "2..1 x", 0, 0, NULL },
		{ "a..1 x", 0, 0, NULL },
		{ "0x1..2 x", 0, 0, NULL },
		{ "nan..2 x", 0, 0, NULL },
		{ "1..inf x", 0, 0, NULL },
		{ "", 0, 0, NULL },
	};
	const char *pattern;
	double low, high;

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++) {
		if (t[i].pattern == NULL) {
			assert_non_null(
			    value_number(t[i].s, &low, &high, &pattern));
			continue;
		}
		assert_null(value_number(t[i].s, &low, &high, &pattern));
		assert_true(low == t[i].low && high == t[i].high);
		assert_string_equal(pattern, t[i].pattern);
	}
}

static void
test_names(void **state)
{
	const char *rest;
	struct ip ip;
	char *host;

	(void)state;
	assert_int_equal(value_header("X-A:  b c", &rest), 3);
	assert_string_equal(rest, "b c");
	assert_int_equal(value_header("X-A", &rest), 3);
	assert_null(rest);
	assert_int_equal(value_header("X A: b", &rest), 0);
	assert_int_equal(value_header(": b", &rest), 0);
	assert_int_equal(value_header("", &rest), 0);
	assert_null(value_host_port("A.example:25", &host, &ip));
	assert_string_equal(host, "a.example");
	assert_true(ip.family == 0 && ip.port == 25);
	free(host);
	assert_null(value_host_port("[2001:db8::1]:65535", &host, &ip));
	assert_null(host);
	assert_true(ip.family == AF_INET6 && ip.port == 65535);
	assert_non_null(value_host_port("192.0.2.1", &host, &ip));
	assert_non_null(value_host_port("2001:db8::1", &host, &ip));
	assert_non_null(value_host_port("a.example", &host, &ip));
	assert_non_null(value_host_port("a.example:65536", &host, &ip));
	assert_non_null(value_host_port("a.example:", &host, &ip));
	assert_non_null(value_host_port(":25", &host, &ip));
	assert_non_null(value_host_port("127.1:25", &host, &ip));
	assert_null(host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
