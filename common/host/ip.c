/* SPDX-License-Identifier: ISC */
/* An internet address with a port. */
#include "common/host/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t
octets(const struct ip *ip)
{
	return ip->family == AF_INET ? 4 : 16;
}

static bool
parse_port(const char *s, uint16_t *port)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (*s < '0' || *s > '9' || *end != '\0' || n < 1 || n > 65535)
		return false;
	*port = (uint16_t)n;
	return true;
}

bool
ip_parse(const char *s, uint16_t port, struct ip *ip)
{
	char host[IP_TEXT];
	const char *end, *colon = strchr(s, ':');
	bool bracket = *s == '[';
	size_t n = strlen(s);

	memset(ip, 0, sizeof *ip);
	if (bracket) {
		if ((end = strchr(s++, ']')) == NULL)
			return false;
		n = (size_t)(end - s);
		if (end[1] != '\0' &&
		    (end[1] != ':' || !parse_port(end + 2, &port)))
			return false;
	} else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		n = (size_t)(colon - s);
		if (!parse_port(colon + 1, &port))
			return false;
	}
	if (n >= sizeof host)
		return false;
	memcpy(host, s, n);
	host[n] = '\0';
	ip->port = port;
	if (!bracket && inet_pton(AF_INET, host, ip->addr) == 1)
		ip->family = AF_INET;
	else if (inet_pton(AF_INET6, host, ip->addr) == 1)
		ip->family = AF_INET6;
	return ip->family != 0;
}

struct ip
ip_from(int family, const void *from, uint16_t port)
{
	struct ip ip = { .family = family, .port = port };

	memcpy(ip.addr, from, octets(&ip));
	return ip;
}

char *
ip_text(const struct ip *ip, char out[IP_TEXT])
{
	if (ip->family == 0 ||
	    inet_ntop(ip->family, ip->addr, out, IP_TEXT) == NULL)
		snprintf(out, IP_TEXT, "-");
	return out;
}

char *
ip_text_port(const struct ip *ip, char out[IP_TEXT])
{
	char host[INET6_ADDRSTRLEN];

	if (ip->family == 0 ||
	    inet_ntop(ip->family, ip->addr, host, sizeof host) == NULL)
		snprintf(out, IP_TEXT, "-");
	else if (ip->family == AF_INET)
		snprintf(out, IP_TEXT, "%s:%d", host, ip->port);
	else
		snprintf(out, IP_TEXT, "[%s]:%d", host, ip->port);
	return out;
}

int
ip_compare(const struct ip *a, const struct ip *b)
{
	int d;

	/* IPv4 first: AF_INET6 is the greater number everywhere */
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if ((d = memcmp(a->addr, b->addr, octets(a))) != 0)
		return d;
	return (a->port > b->port) - (a->port < b->port);
}

bool
ip_same_address(const struct ip *a, const struct ip *b)
{
	return a->family == b->family &&
	    memcmp(a->addr, b->addr, octets(a)) == 0;
}

socklen_t
ip_sockaddr(const struct ip *ip, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof *ss);
	if (ip->family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(ip->port);
		memcpy(&in->sin_addr, ip->addr, 4);
		return sizeof *in;
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(ip->port);
	memcpy(&in6->sin6_addr, ip->addr, 16);
	return sizeof *in6;
}

static bool
prefix_equal(const unsigned char *a, const unsigned char *b, int bits)
{
	size_t whole = (size_t)bits / 8;
	int rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* IANA: iana-ipv4-special-registry and iana-ipv6-special-registry, of what is
 * not globally reachable, and the multicast ranges. */
static const struct {
	unsigned char net[4];
	int bits;
	const char *what;
} special4[] = {
	{ { 0, 0, 0, 0 }, 8, "\"this network\"" },
	{ { 10, 0, 0, 0 }, 8, "private" },
	{ { 100, 64, 0, 0 }, 10, "shared by a carrier" },
	{ { 127, 0, 0, 0 }, 8, "loopback" },
	{ { 169, 254, 0, 0 }, 16, "link-local" },
	{ { 172, 16, 0, 0 }, 12, "private" },
	{ { 192, 0, 0, 0 }, 24, "reserved" },
	{ { 192, 0, 2, 0 }, 24, "for documentation" },
	{ { 192, 88, 99, 0 }, 24, "reserved" },
	{ { 192, 168, 0, 0 }, 16, "private" },
	{ { 198, 18, 0, 0 }, 15, "for benchmarks" },
	{ { 198, 51, 100, 0 }, 24, "for documentation" },
	{ { 203, 0, 113, 0 }, 24, "for documentation" },
	{ { 224, 0, 0, 0 }, 4, "multicast" },
	{ { 240, 0, 0, 0 }, 4, "reserved" },
};

static const struct {
	unsigned char net[16];
	int bits;
	const char *what;
} special6[] = {
	{ { 0 }, 128, "unspecified" },
	{ { [15] = 1 }, 128, "loopback" },
	{ { 0x01 }, 64, "discard-only" },
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, "private" },
	{ { 0x20, 0x01 }, 23, "reserved" },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "for documentation" },
	{ { 0x3f, 0xff }, 20, "for documentation" },
	{ { 0x5f, 0x00 }, 16, "reserved" },
	{ { 0xfc }, 7, "private" },
	{ { 0xfe, 0x80 }, 10, "link-local" },
	{ { 0xfe, 0xc0 }, 10, "site-local" },
	{ { 0xff }, 8, "multicast" },
};

/* IPv6 that carries an IPv4 address: where it begins. */
static const struct {
	unsigned char net[16];
	int bits, at;
} carrier[] = {
	{ { [10] = 0xff, [11] = 0xff }, 96, 12 }, /* v4-mapped */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, 12 },   /* NAT64 */
	{ { 0x20, 0x02 }, 16, 2 },                /* 6to4 */
};

const char *
ip_special(const struct ip *ip)
{
	struct ip inner;

	if (ip->family == AF_INET) {
		for (size_t i = 0; i < sizeof special4 / sizeof *special4; i++)
			if (prefix_equal(ip->addr, special4[i].net,
				special4[i].bits))
				return special4[i].what;
		return NULL;
	}
	for (size_t i = 0; i < sizeof carrier / sizeof *carrier; i++)
		if (prefix_equal(ip->addr, carrier[i].net, carrier[i].bits)) {
			inner = ip_from(AF_INET, ip->addr + carrier[i].at, 0);
			return ip_special(&inner);
		}
	for (size_t i = 0; i < sizeof special6 / sizeof *special6; i++)
		if (prefix_equal(ip->addr, special6[i].net, special6[i].bits))
			return special6[i].what;
	return NULL;
}

bool
ip_same_network(const struct ip *a, const struct ip *b)
{
	return a->family == b->family &&
	    prefix_equal(a->addr, b->addr, a->family == AF_INET ? 24 : 48);
}
