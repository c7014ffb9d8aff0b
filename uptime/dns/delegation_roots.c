/* SPDX-License-Identifier: ISC */
/* The root servers, from IANA's root hints (b of November 2023). */
#include "uptime/dns/delegation.h"

#define V4(a, b, c, d) \
	{ \
		AF_INET, 0, \
		{ \
			a, b, c, d \
		} \
	}
#define W(x) (x) >> 8, (x)&255
#define V6(a, b, c, d, e, f, g, h) \
	{ \
		AF_INET6, 0, \
		{ \
			W(a), W(b), W(c), W(d), W(e), W(f), W(g), W(h) \
		} \
	}

/* From a to m, of each IPv4 and IPv6. */
static const struct ip roots[] = {
	V4(198, 41, 0, 4),
	V6(0x2001, 0x503, 0xba3e, 0, 0, 0, 0x2, 0x30),
	V4(170, 247, 170, 2),
	V6(0x2801, 0x1b8, 0x10, 0, 0, 0, 0, 0xb),
	V4(192, 33, 4, 12),
	V6(0x2001, 0x500, 0x2, 0, 0, 0, 0, 0xc),
	V4(199, 7, 91, 13),
	V6(0x2001, 0x500, 0x2d, 0, 0, 0, 0, 0xd),
	V4(192, 203, 230, 10),
	V6(0x2001, 0x500, 0xa8, 0, 0, 0, 0, 0xe),
	V4(192, 5, 5, 241),
	V6(0x2001, 0x500, 0x2f, 0, 0, 0, 0, 0xf),
	V4(192, 112, 36, 4),
	V6(0x2001, 0x500, 0x12, 0, 0, 0, 0, 0xd0d),
	V4(198, 97, 190, 53),
	V6(0x2001, 0x500, 0x1, 0, 0, 0, 0, 0x53),
	V4(192, 36, 148, 17),
	V6(0x2001, 0x7fe, 0, 0, 0, 0, 0, 0x53),
	V4(192, 58, 128, 30),
	V6(0x2001, 0x503, 0xc27, 0, 0, 0, 0x2, 0x30),
	V4(193, 0, 14, 129),
	V6(0x2001, 0x7fd, 0, 0, 0, 0, 0, 0x1),
	V4(199, 7, 83, 42),
	V6(0x2001, 0x500, 0x9f, 0, 0, 0, 0, 0x42),
	V4(202, 12, 27, 33),
	V6(0x2001, 0xdc3, 0, 0, 0, 0, 0, 0x35),
};

const struct ip *
delegation_roots(size_t *n)
{
	*n = sizeof roots / sizeof *roots;
	return roots;
}
