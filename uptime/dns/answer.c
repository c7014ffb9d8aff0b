/* SPDX-License-Identifier: ISC */
/*
 * The bounded parser of name servers' replies.  glibc's ns_parserr would do the
 * framing, but not the insides of records: one reader for both is less.
 *
 * Two passes over the packet, so that an answer is one piece of memory: the
 * first checks everything and counts, the second writes.
 */
#include "uptime/dns/answer.h"

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/xmem.h"

#define HEADER 12
#define LABEL 63
#define POINTERS 127 /* in a row: there are no more labels in a name */
#define CLASS_IN 1
#define TYPE_OPT 41

/* A place in the packet; what would pass the end sets bad and gives zeros. */
struct reader {
	const unsigned char *p;
	size_t len, at;
	bool bad;
};

/* Where strings go: nowhere in the first pass, which counts them.  What is not
 * kept is written all the same, and overwritten: peak is the room it takes. */
struct writer {
	char *to;
	size_t used, peak;
};

/* ---- octets -------------------------------------------------------------- */

static bool
have(struct reader *r, size_t n)
{
	if (r->bad || r->len - r->at < n)
		r->bad = true;
	return !r->bad;
}

static unsigned
get8(struct reader *r)
{
	return have(r, 1) ? r->p[r->at++] : 0;
}

static unsigned
get16(struct reader *r)
{
	unsigned v = get8(r) << 8;

	return v | get8(r);
}

static uint32_t
get32(struct reader *r)
{
	uint32_t v = (uint32_t)get16(r) << 16;

	return v | get16(r);
}

static const unsigned char *
get(struct reader *r, size_t n)
{
	const unsigned char *p = r->p + r->at;

	if (!have(r, n))
		return NULL;
	r->at += n;
	return p;
}

/* ---- names --------------------------------------------------------------- */

/* Of a zone file; as libresolv's ns_name_ntop has it. */
static size_t
escape(unsigned char c, char *out)
{
	if (c <= ' ' || c >= 0x7f) {
		out[0] = '\\';
		out[1] = (char)('0' + c / 100);
		out[2] = (char)('0' + c / 10 % 10);
		out[3] = (char)('0' + c % 10);
		return 4;
	}
	if (memchr("\".;\\()@$", c, 8) != NULL) {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	out[0] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
	return 1;
}

/* The name at r, which is left behind it.  out is in lower case; its length is
 * returned.  Pointers must lead back: so there are no loops. */
static size_t
get_name(struct reader *r, char out[ANSWER_NAME])
{
	size_t n = 0, wire = 1, lowest = r->at, behind = 0;
	unsigned c, hops = 0;

	while ((c = get8(r)) != 0 && !r->bad) {
		if ((c & 0xc0) == 0xc0) {
			c = (c & 0x3f) << 8;
			c |= get8(r);
			if (behind == 0)
				behind = r->at;
			if (c >= lowest || c < HEADER || ++hops > POINTERS) {
				r->bad = true;
				break;
			}
			r->at = lowest = c;
			continue;
		}
		wire += c + 1;
		if (c > LABEL || wire > NAME_WIRE || !have(r, c)) {
			r->bad = true;
			break;
		}
		if (n > 0)
			out[n++] = '.';
		while (c-- > 0)
			n += escape(r->p[r->at++], out + n);
	}
	if (behind != 0)
		r->at = behind;
	out[n] = '\0';
	return n;
}

/* The name as a string of the answer; NULL in the first pass. */
static char *
take_name(struct reader *r, struct writer *w)
{
	char text[ANSWER_NAME], *to = NULL;
	size_t n = get_name(r, text) + 1;

	if (w->to != NULL)
		to = memcpy(w->to + w->used, text, n);
	w->used += n;
	if (w->used > w->peak)
		w->peak = w->used;
	return to;
}

/* One character of a name as text: 0..255, or -1; *end: it ends a label. */
static int
next_octet(const char **s, bool *end)
{
	const unsigned char *p = (const unsigned char *)*s;
	unsigned v;

	*end = *p == '.';
	*s += 1;
	if (*p != '\\')
		return *p;
	if (p[1] < '0' || p[1] > '9') {
		*s += 1;
		return p[1] != '\0' ? p[1] : -1;
	}
	for (int i = 2; i <= 3; i++)
		if (p[i] < '0' || p[i] > '9')
			return -1;
	v = (p[1] - '0') * 100u + (p[2] - '0') * 10u + (p[3] - '0');
	*s += 3;
	return v <= 255 ? (int)v : -1;
}

size_t
name_wire(const char *s, unsigned char wire[NAME_WIRE])
{
	size_t n = 1, label = 0; /* label: where the length of this one goes */
	bool end;
	int c;

	if (strcmp(s, ".") == 0)
		s++;
	while (*s != '\0') {
		if ((c = next_octet(&s, &end)) == -1)
			return 0;
		if (!end) {
			if (n >= NAME_WIRE - 1 || n - label > LABEL)
				return 0;
			wire[n++] = (unsigned char)c;
			continue;
		}
		if (n == label + 1)
			return 0;
		wire[label] = (unsigned char)(n - label - 1);
		label = n++;
	}
	if (n == label + 1) { /* the root, or behind a final dot */
		wire[label] = 0;
		return n;
	}
	wire[label] = (unsigned char)(n - label - 1);
	wire[n++] = 0;
	return n;
}

/* Is s[i] behind an odd number of backslashes? */
static bool
escaped(const char *s, size_t i)
{
	size_t n = 0;

	while (n < i && s[i - n - 1] == '\\')
		n++;
	return n % 2 == 1;
}

/* Without the final dot. */
static size_t
name_length(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && s[n - 1] == '.' && !escaped(s, n - 1) ? n - 1 : n;
}

bool
name_equal(const char *a, const char *b)
{
	size_t n = name_length(a);

	return n == name_length(b) && strncasecmp(a, b, n) == 0;
}

bool
name_below(const char *name, const char *zone)
{
	size_t n = name_length(name), z = name_length(zone);

	if (z == 0)
		return true;
	if (z > n || strncasecmp(name + n - z, zone, z) != 0)
		return false;
	return z == n || (name[n - z - 1] == '.' && !escaped(name, n - z - 1));
}

int
name_labels(const char *s)
{
	size_t n = name_length(s);
	int labels = n > 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] == '.' && !escaped(s, i))
			labels++;
	return labels;
}

bool
serial_before(uint32_t a, uint32_t b)
{
	uint32_t ahead = b - a;

	return ahead != 0 && ahead < 0x80000000u;
}

/* ---- records ------------------------------------------------------------- */

static void
get_soa(struct reader *r, struct writer *w, struct rr *rr)
{
	char mailbox[ANSWER_NAME];

	rr->target = take_name(r, w);
	get_name(r, mailbox);
	rr->serial = get32(r);
	get(r, 12); /* refresh, retry, expire */
	rr->minimum = get32(r);
}

static void
get_rrsig(struct reader *r, struct writer *w, struct rr *rr)
{
	rr->covered = (int)get16(r);
	get(r, 6); /* algorithm, labels, the TTL it had */
	rr->expiration = get32(r);
	rr->inception = get32(r);
	rr->key_tag = (uint16_t)get16(r);
	rr->signer = take_name(r, w);
	if (r->at == r->len) /* no signature */
		r->bad = true;
	r->at = r->len;
}

/* r ends where the record ends. */
static void
get_data(struct reader *r, struct writer *w, struct rr *rr)
{
	const unsigned char *p;

	switch (rr->type) {
	case RR_A:
		if ((p = get(r, 4)) != NULL)
			rr->ip = ip_from(AF_INET, p, 0);
		break;
	case RR_AAAA:
		if ((p = get(r, 16)) != NULL)
			rr->ip = ip_from(AF_INET6, p, 0);
		break;
	case RR_MX:
		get16(r);
		rr->target = take_name(r, w);
		break;
	case RR_NS:
	case RR_CNAME:
		rr->target = take_name(r, w);
		break;
	case RR_SOA:
		get_soa(r, w, rr);
		break;
	case RR_RRSIG:
		get_rrsig(r, w, rr);
		break;
	case RR_DS:
		rr->key_tag = (uint16_t)get16(r);
		get(r, 2); /* algorithm, digest type */
		r->at = r->len;
		break;
	default:
		r->at = r->len;
	}
	if (r->at != r->len)
		r->bad = true;
}

/* One record; false if it is none of the list (EDNS, another class). */
static bool
get_rr(struct reader *r, struct writer *w, struct rr *rr, int *rcode)
{
	struct reader data;
	size_t used = w->used;
	unsigned class;
	bool listed;

	rr->owner = take_name(r, w);
	rr->type = (int)get16(r);
	class = get16(r);
	rr->ttl = get32(r);
	listed = rr->type != TYPE_OPT && class == CLASS_IN;
	data = *r;
	data.len = get16(&data);
	data.len += data.at;
	if (data.bad || data.len > r->len) {
		r->bad = true;
		return false;
	}
	r->at = data.len;
	if (rr->type == TYPE_OPT && rr->section == RR_ADDITIONAL)
		*rcode = (*rcode & 0xf) | (int)(rr->ttl >> 24) << 4;
	if (rr->ttl > 0x7fffffff) /* RFC 2181 8 */
		rr->ttl = 0;
	if (listed)
		get_data(&data, w, rr);
	else
		w->used = used;
	r->bad = data.bad;
	return listed;
}

/*
 * All records behind the question.  a->rr: NULL in the first pass.  A reply
 * that says it was cut may be cut anywhere: what was whole is kept.
 */
static bool
get_records(struct reader *r, struct writer *w, const unsigned count[3],
    struct answer *a)
{
	struct rr rr;
	size_t used;

	a->n = 0;
	for (enum rr_section s = RR_ANSWER; s <= RR_ADDITIONAL; s++)
		for (unsigned i = 0; i < count[s]; i++) {
			memset(&rr, 0, sizeof rr);
			rr.section = s;
			used = w->used;
			if (get_rr(r, w, &rr, &a->rcode)) {
				if (r->bad) {
					w->used = used;
					return a->tc;
				}
				if (a->rr != NULL)
					a->rr[a->n] = rr;
				a->n++;
			}
			if (r->bad)
				return a->tc;
		}
	return a->tc || r->at == r->len;
}

/* Header and question; count: of the records. */
static bool
get_question(struct reader *r, const char *name, int type, bool exact,
    unsigned count[3], struct answer *a)
{
	unsigned char wire[NAME_WIRE];
	size_t n = name_wire(name, wire);
	const unsigned char *q;
	unsigned flags;

	get16(r);
	flags = get16(r);
	if (get16(r) != 1)
		r->bad = true;
	for (int i = 0; i < 3; i++)
		count[i] = get16(r);
	/* The first name of a packet has nothing to point at. */
	q = get(r, n);
	if (n == 0 || q == NULL || (flags & 0xf800) != 0x8000 ||
	    count[0] + count[1] + count[2] > ANSWER_MAX_RR)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned c = q[i] ^ wire[i], l = wire[i] | 0x20u;

		if (c != 0 && (exact || c != 0x20 || l < 'a' || l > 'z'))
			return false;
	}
	a->rcode = (int)(flags & 0xf);
	a->aa = (flags & 0x0400) != 0;
	a->tc = (flags & 0x0200) != 0;
	a->ra = (flags & 0x0080) != 0;
	a->ad = (flags & 0x0020) != 0;
	return get16(r) == (unsigned)type && get16(r) == CLASS_IN && !r->bad;
}

bool
answer_parse(const unsigned char *packet, size_t len, const char *name,
    int type, bool exact, struct answer *a)
{
	struct reader r = { .p = packet, .len = len }, begin;
	struct writer w = { .to = NULL };
	unsigned count[3];
	size_t n;

	memset(a, 0, sizeof *a);
	if (!get_question(&r, name, type, exact, count, a))
		return false;
	begin = r;
	if (!get_records(&r, &w, count, a))
		return false;
	if ((n = a->n) == 0)
		return true;
	a->rr = xmalloc(n * sizeof *a->rr + w.peak);
	w = (struct writer){ .to = (char *)(a->rr + n) };
	get_records(&begin, &w, count, a);
	return true;
}

void
answer_free(struct answer *a)
{
	free(a->rr);
	a->rr = NULL;
	a->n = 0;
}

/* ---- words --------------------------------------------------------------- */

const char *
rcode_text(int rcode, char out[16])
{
	static const char *const word[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED" };

	if (rcode >= 0 && rcode < (int)(sizeof word / sizeof *word))
		return word[rcode];
	snprintf(out, 16, "RCODE%d", rcode);
	return out;
}
