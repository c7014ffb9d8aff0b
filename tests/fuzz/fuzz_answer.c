/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a reply: refused, or taken apart into names that can be asked
 * for again.  The first octet chooses: the packet as it is, or with a header
 * and a question that are right.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xmem.h"
#include "uptime/dns/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define HEADER 12

static const unsigned char question[] = "\1a\4test\0\0\1\0\1";

static void
check_name(const char *s)
{
	unsigned char wire[NAME_WIRE];

	if (s == NULL)
		return;
	assert(strlen(s) < ANSWER_NAME);
	assert(name_wire(s, wire) > 0);
	assert(name_equal(s, s) && name_below(s, s) && name_below(s, ""));
	assert(name_labels(s) <= 127);
	for (; *s != '\0'; s++)
		assert(*s > ' ' && *s < 0x7f && (*s < 'A' || *s > 'Z'));
}

static void
check(const unsigned char *p, size_t n, bool exact)
{
	struct answer a;

	if (!answer_parse(p, n, "a.test", RR_A, exact, &a))
		return;
	assert(a.n <= ANSWER_MAX_RR && a.rcode >= 0 && a.rcode < 4096);
	for (size_t i = 0; i < a.n; i++) {
		const struct rr *rr = &a.rr[i];

		assert(rr->owner != NULL && rr->section <= RR_ADDITIONAL);
		assert(i == 0 || rr->section >= a.rr[i - 1].section);
		assert((rr->ip.family != 0) ==
		    (rr->type == RR_A || rr->type == RR_AAAA));
		assert((rr->target != NULL) ==
		    (rr->type == RR_NS || rr->type == RR_CNAME ||
			rr->type == RR_MX || rr->type == RR_SOA));
		assert((rr->signer != NULL) == (rr->type == RR_RRSIG));
		check_name(rr->owner);
		check_name(rr->target);
		check_name(rr->signer);
	}
	answer_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t q = sizeof question - 1;
	unsigned char *whole;

	if (n < 1 + HEADER)
		return 0;
	check(p + 1, n - 1, (*p & 2) != 0);
	if ((*p & 1) == 0)
		return 0;
	whole = xmalloc(n - 1 + q);
	memcpy(whole, p + 1, HEADER);
	whole[2] = (unsigned char)((whole[2] & 7) | 0x80);
	whole[4] = 0;
	whole[5] = 1;
	memcpy(whole + HEADER, question, q);
	memcpy(whole + HEADER + q, p + 1 + HEADER, n - 1 - HEADER);
	check(whole, n - 1 + q, true);
	free(whole);
	return 0;
}
