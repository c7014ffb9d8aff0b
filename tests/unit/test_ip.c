/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/host/ip.h"

static const struct {
	const char *in, *out; /* NULL: refused */
	uint16_t port;
} parses[] = {
	{ "192.0.2.1", "192.0.2.1", 53 },
	{ "192.0.2.1:5353", "192.0.2.1", 5353 },
	{ "2001:db8::1", "2001:db8::1", 53 },
	{ "2001:DB8:0::1", "2001:db8::1", 53 },
	{ "[2001:db8::1]", "2001:db8::1", 53 },
	{ "[2001:db8::1]:5353", "2001:db8::1", 5353 },
	{ "::", "::", 53 },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", 53 },
	{ "", NULL, 0 },
	{ "192.0.2", NULL, 0 },
	{ "192.0.2.1:", NULL, 0 },
	{ "192.0.2.1:0", NULL, 0 },
	{ "192.0.2.1:65536", NULL, 0 },
	{ "192.0.2.1:+5", NULL, 0 },
	{ "192.0.2.1:53x", NULL, 0 },
	{ "0x7f.1", NULL, 0 },
	{ "2130706433", NULL, 0 },
	{ "[192.0.2.1]", NULL, 0 },
	{ "[2001:db8::1", NULL, 0 },
	{ "[2001:db8::1]53", NULL, 0 },
	{ "[]", NULL, 0 },
	{ "2001:db8::1::2", NULL, 0 },
	{ "fe80::1%eth0", NULL, 0 },
	{ "localhost", NULL, 0 },
	{ "1111111111111111111111111111111111111111111111111111111111111111",
	    NULL, 0 },
};

static void
addresses_are_read(void **state)
{
	char text[IP_TEXT];
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof parses / sizeof *parses; i++) {
		print_message("%s\n", parses[i].in);
		assert_int_equal(ip_parse(parses[i].in, 53, &ip),
		    parses[i].out != NULL);
		if (parses[i].out == NULL)
			continue;
		assert_string_equal(ip_text(&ip, text), parses[i].out);
		assert_int_equal(ip.port, parses[i].port);
		/* and back */
		ip_text_port(&ip, text);
		assert_true(ip_parse(text, 1, &ip));
		assert_int_equal(ip.port, parses[i].port);
	}
}

static const struct {
	const char *ip, *what; /* NULL: public */
} specials[] = {
	{ "8.8.8.8", NULL },
	{ "9.255.255.255", NULL },
	{ "10.0.0.0", "private" },
	{ "11.0.0.0", NULL },
	{ "0.1.2.3", "\"this network\"" },
	{ "100.63.255.255", NULL },
	{ "100.64.0.1", "shared by a carrier" },
	{ "100.127.255.255", "shared by a carrier" },
	{ "100.128.0.0", NULL },
	{ "127.1.2.3", "loopback" },
	{ "169.254.169.254", "link-local" },
	{ "172.15.255.255", NULL },
	{ "172.16.0.0", "private" },
	{ "172.31.255.255", "private" },
	{ "172.32.0.0", NULL },
	{ "192.168.1.1", "private" },
	{ "198.17.255.255", NULL },
	{ "198.19.0.1", "for benchmarks" },
	{ "224.0.0.1", "multicast" },
	{ "255.255.255.255", "reserved" },
	{ "2001:4860:4860::8888", NULL },
	{ "2a00::1", NULL },
	{ "::", "unspecified" },
	{ "::1", "loopback" },
	{ "::ffff:10.0.0.1", "private" },
	{ "::ffff:8.8.8.8", NULL },
	{ "64:ff9b::a9fe:a9fe", "link-local" },
	{ "2002:7f00:1::", "loopback" },
	{ "2002:808:808::1", NULL },
	{ "2001:db8::1", "for documentation" },
	{ "fd12::1", "private" },
	{ "fe80::1", "link-local" },
	{ "ff02::1", "multicast" },
};

static void
special_addresses_are_known(void **state)
{
	struct ip ip;

	(void)state;
	for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
		const char *what;

		assert_true(ip_parse(specials[i].ip, 0, &ip));
		what = ip_special(&ip);
		print_message("%s %s\n", specials[i].ip, what ? what : "-");
		if (specials[i].what == NULL)
			assert_null(what);
		else {
			assert_non_null(what);
			assert_string_equal(what, specials[i].what);
		}
	}
}

static void
networks_and_order(void **state)
{
	struct ip a, b, c, d;

	(void)state;
	assert_true(ip_parse("192.0.2.1:53", 0, &a));
	assert_true(ip_parse("192.0.2.200:54", 0, &b));
	assert_true(ip_parse("192.0.3.1", 0, &c));
	assert_true(ip_parse("2001:db8:1:2::1", 0, &d));
	assert_true(ip_same_network(&a, &b));
	assert_false(ip_same_network(&a, &c));
	assert_false(ip_same_network(&a, &d));
	assert_true(ip_compare(&a, &b) < 0);
	assert_true(ip_compare(&d, &c) > 0);
	b = a;
	b.port = 54;
	assert_true(ip_same_address(&a, &b));
	assert_true(ip_compare(&a, &b) < 0);
	assert_true(ip_parse("2001:db8:1:3::1", 0, &c));
	assert_true(ip_same_network(&c, &d));
	assert_true(ip_parse("2001:db8:2::1", 0, &c));
	assert_false(ip_same_network(&c, &d));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(special_addresses_are_known),
		cmocka_unit_test(networks_and_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
