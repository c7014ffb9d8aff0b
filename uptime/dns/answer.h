/* SPDX-License-Identifier: ISC */
/*
 * A reply of a name server, taken apart.  Pure.  The packet is a stranger's:
 * lengths, pointers and counts are checked, names and data cleaned or kept as
 * octets; what is ill-formed makes the whole reply ill-formed.
 */
#ifndef UPTIME_DNS_ANSWER_H
#define UPTIME_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/host/ip.h"

#define ANSWER_NAME 1025 /* a name as text, escaped (RFC 1035 5.1), with NUL */
#define ANSWER_MAX_RR 1024

/* Types (RFC 1035, 3596, 4034). */
enum {
	RR_A = 1,
	RR_NS = 2,
	RR_CNAME = 5,
	RR_SOA = 6,
	RR_MX = 15,
	RR_TXT = 16,
	RR_AAAA = 28,
	RR_DS = 43,
	RR_RRSIG = 46,
	RR_DNSKEY = 48
};

enum {
	RCODE_NOERROR,
	RCODE_FORMERR,
	RCODE_SERVFAIL,
	RCODE_NXDOMAIN,
	RCODE_NOTIMP,
	RCODE_REFUSED
};
const char *rcode_text(int rcode, char out[16]);

enum rr_section { RR_ANSWER, RR_AUTHORITY, RR_ADDITIONAL };

struct rr {
	enum rr_section section;
	char *owner; /* lower case, no final dot, "" for the root */
	int type;
	uint32_t ttl;
	struct ip ip;     /* A, AAAA */
	char *target;     /* NS, CNAME, MX; SOA: the primary; as owner */
	uint32_t serial;  /* SOA */
	uint32_t minimum; /* SOA: how long a NO is kept */
	int covered;      /* RRSIG: the type that is signed */
	int64_t inception, expiration; /* RRSIG, seconds since 1970 */
	char *signer;                  /* RRSIG */
	uint16_t key_tag;              /* RRSIG, DS */
};

struct answer {
	int rcode;
	bool aa, tc, ra, ad;
	struct rr *rr;
	size_t n;
};

/*
 * False if the packet is no well-formed reply to this question: another id is
 * the caller's business, but name (to the letter's case, when exact), type and
 * class must be those asked.  Otherwise *a is to be freed.
 */
bool answer_parse(const unsigned char *packet, size_t len, const char *name,
    int type, bool exact, struct answer *a);
void answer_free(struct answer *);

#define NAME_WIRE 255
/* The name on the wire, case kept; its length, or 0 if it is none (an empty or
 * overlong label, more than NAME_WIRE octets, a bad escape). */
size_t name_wire(const char *, unsigned char wire[NAME_WIRE]);
/* Same name, whatever the case of ASCII letters; final dots do not matter. */
bool name_equal(const char *, const char *);
/* name is zone or below it; everything is below "". */
bool name_below(const char *name, const char *zone);
/* The number of labels; 0 for the root. */
int name_labels(const char *);
/* Is serial a older than b (RFC 1982)?  False where that is undefined. */
bool serial_before(uint32_t a, uint32_t b);

#endif
