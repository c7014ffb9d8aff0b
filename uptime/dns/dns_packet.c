/* SPDX-License-Identifier: ISC */
/* Questions on the wire: what a forger cannot guess, and EDNS. */
#include <sys/random.h>

#include <string.h>
#include <sysexits.h>

#include "common/base/log.h"
#include "uptime/dns/dns_in.h"

#define EDNS_SIZE 1232 /* fits every path without fragments (DNS flag day) */

/* From the kernel, many at a time: a call for each question costs more than
 * the question. */
static unsigned char
random_octet(void)
{
	static unsigned char pool[4096];
	static size_t left;
	ssize_t n;

	if (left == 0) {
		if ((n = getrandom(pool, sizeof pool, 0)) <= 0)
			fatal(EX_OSERR, "getrandom: %m");
		left = (size_t)n;
	}
	return pool[--left];
}

static void
mix_case(char *s)
{
	unsigned bits = 0;

	for (int i = 0; *s != '\0'; s++) {
		if ((*s | 0x20) < 'a' || (*s | 0x20) > 'z')
			continue;
		if (i++ % 8 == 0)
			bits = random_octet();
		*s = (char)((*s & ~0x20) | (int)(bits & 0x20));
		/* the next bit to bit 5, where the case of a letter is */
		bits = bits << 1 | bits >> 7;
	}
}

static unsigned char *
put16(unsigned char *p, unsigned v)
{
	*p++ = (unsigned char)(v >> 8);
	*p++ = (unsigned char)v;
	return p;
}

bool
packet_make(struct ask *a)
{
	unsigned char *p = a->packet;
	size_t n;

	mix_case(a->name);
	if ((n = name_wire(a->name, p + DNS_HEADER)) == 0)
		return false;
	*p++ = random_octet();
	*p++ = random_octet();
	*p++ = a->recurse; /* RD; opcode 0 */
	*p++ = 0;
	p = put16(p, 1);
	p = put16(p, 0);
	p = put16(p, 0);
	p = put16(p, a->edns);
	p = put16(p + n, (unsigned)a->type);
	p = put16(p, 1); /* class IN */
	if (a->edns) {
		*p++ = 0; /* the root */
		p = put16(p, 41);
		p = put16(p, EDNS_SIZE);
		p = put16(p, 0);
		p = put16(p, a->dnssec ? 0x8000 : 0);
		p = put16(p, 0);
	}
	a->len = (size_t)(p - a->packet);
	return true;
}
